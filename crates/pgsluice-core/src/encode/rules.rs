//! Which values go into which types, in words: the reference page is made from it.
//!
//! Every codec's name stands in one rule, which a test holds.

/// What values types take.
pub struct Rule {
    /// `pg_type.typname`, or what containers are called.
    pub types: &'static [&'static str],
    /// Values that are taken, of Python's types.
    pub takes: &'static str,
    /// What is refused, or a promise that one would not guess; empty where there is nothing to say.
    pub note: &'static str,
}

/// Every rule, in the order of the page.
pub const RULES: &[Rule] = &[
    Rule {
        types: &["bool"],
        takes: "`bool`; `str` that the server reads as one",
        note: "0 and 1 are no bools.",
    },
    Rule {
        types: &["int2", "int4", "int8"],
        takes: "`int` in range; `Decimal` without decimals; `str` of digits",
        note: "Floats are refused, also 1.0; so are bools.",
    },
    Rule {
        types: &["float4", "float8"],
        takes: "`float`; `int` that the type holds exactly; `Decimal` and `str`, rounded to the nearest float",
        note: "A float beyond the range of `float4`, or one that would become 0 there, is refused.",
    },
    Rule {
        types: &["numeric"],
        takes: "`Decimal`, `int` of any size; `float` by its shortest digits; `str`",
        note: "Where the type has precision and scale, digits that it would round away are refused, and too many before the point.",
    },
    Rule {
        types: &["text", "varchar", "bpchar", "name", "citext", "xml"],
        takes: "`str`",
        note: "NUL is refused, and more characters than `varchar(n)` or `char(n)` has, blanks at the end too; more than 63 bytes of a `name`.",
    },
    Rule {
        types: &["bytea"],
        takes: "`bytes`, `bytearray`, `memoryview`; `str` as the server reads it",
        note: "",
    },
    Rule {
        types: &["json", "jsonb"],
        takes: "`dict` and `list`, by `json.dumps`; `int`, `float`, `bool`; `str` as the text of a document",
        note: "A `str` is no JSON string: quote it. `jsonb` takes no \\u0000. `None` is NULL; JSON's null is the `str` \"null\".",
    },
    Rule { types: &["uuid"], takes: "`UUID`; `bytes` of 16; `str`", note: "" },
    Rule {
        types: &["date"],
        takes: "`date`; `str`, with \"infinity\"",
        note: "A `datetime` is refused: its time would be lost. 9999-12-31 is that day.",
    },
    Rule { types: &["time"], takes: "`time` without a zone; `str`", note: "\"24:00\" is a time." },
    Rule { types: &["timetz"], takes: "`time` with a zone; `str` with one", note: "" },
    Rule {
        types: &["timestamp"],
        takes: "`datetime` without a zone; `date`, which is its midnight; `str` without a zone, with \"infinity\"",
        note: "A `datetime` with a zone is refused: nobody said in which zone the column counts.",
    },
    Rule {
        types: &["timestamptz"],
        takes: "`datetime` with a zone; `str` with one, with \"infinity\"",
        note: "A `datetime` without a zone is refused, and so is a `date`: whose midnight it is, nobody said.",
    },
    Rule {
        types: &["interval"],
        takes: "`timedelta` as days and microseconds; `str` in words or ISO 8601",
        note: "Days are never turned into hours, nor hours into days.",
    },
    Rule { types: &["inet", "cidr"], takes: "objects of `ipaddress`; `str`", note: "" },
    Rule { types: &["macaddr", "macaddr8"], takes: "`str`", note: "" },
    Rule { types: &["oid", "xid", "cid", "xid8"], takes: "`int` in range; `str` of digits", note: "" },
    Rule { types: &["pg_lsn"], takes: "`str`", note: "" },
    Rule { types: &["char"], takes: "`str` of one ASCII character or none", note: "" },
    Rule {
        types: &["bit", "varbit"],
        takes: "`str` of zeros and ones; `asyncpg.BitString`",
        note: "`bit(n)` takes n bits, `varbit(n)` n at most.",
    },
    Rule {
        types: &["point", "lseg", "box", "line", "circle"],
        takes: "tuples of numbers: (x, y), ((x, y), (x, y)), (A, B, C), ((x, y), radius); `str`",
        note: "",
    },
    Rule {
        types: &["path", "polygon"],
        takes: "tuples of points; a list of points, which is an open path; `asyncpg.Path`; `str`",
        note: "",
    },
    Rule { types: &["jsonpath", "ltree", "lquery", "ltxtquery"], takes: "`str`", note: "" },
    Rule { types: &["hstore"], takes: "`dict` of `str` to `str` or `None`; `str`", note: "" },
    Rule {
        types: &["vector", "halfvec"],
        takes: "`list` or `tuple` of numbers; arrays of numpy; `str`",
        note: "Numbers must be finite; they are rounded to the nearest float of the type.",
    },
    Rule {
        types: &["geometry", "geography"],
        takes: "EWKB as `bytes`, or as `str` of hexadecimal digits",
        note: "Well-known text is refused; have the server make EWKB of it.",
    },
    Rule {
        types: &["enums"],
        takes: "`str` that is a label; members of an `Enum` whose value is one",
        note: "",
    },
    Rule { types: &["domains"], takes: "what their base type takes", note: "Checks are the server's." },
    Rule {
        types: &["arrays"],
        takes: "`list` or `tuple`; lists within lists are dimensions, all of one length",
        note: "Where an element may be a tuple (composites, ranges, shapes), only lists are dimensions; of JSON, vectors, paths and multiranges there is one dimension.",
    },
    Rule {
        types: &["ranges"],
        takes: "a range object of asyncpg or psycopg; a tuple (lower, upper), which is [lower, upper); `str`",
        note: "`None` is no bound.",
    },
    Rule { types: &["multiranges"], takes: "`list` of ranges; `str`", note: "" },
    Rule {
        types: &["composites"],
        takes: "`tuple` in the order of the fields; `dict` or an object with all of their names",
        note: "",
    },
    Rule {
        types: &["every other type"],
        takes: "`str`, or `int` as its digits, which the server reads",
        note: "Such a column goes as text and is cast, never by COPY: `money`, `tsvector`, `tsquery`, `regclass` and their like, types of extensions that are not named here.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{TYPES, WRITTEN_TYPES};

    #[test]
    fn every_codec_stands_in_one_rule() {
        for name in TYPES.iter().chain(WRITTEN_TYPES).flat_map(|codec| codec.names) {
            let count = RULES.iter().filter(|rule| rule.types.contains(name)).count();

            assert_eq!(1, count, "{name}");
        }
    }
}
