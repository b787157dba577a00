//! `choice`: one of a list, or of an enum's own labels.

use serde_json::Value;

use super::per::{self, Per};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, Parameter, ParameterKind, Promises, Spec, literal,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::Kind;
use crate::types::canonical::with_canonical;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "choice",
    summary: "Replace the value by one of a list, or by one of its enum's labels. A column with few different values is only \
              relabelled (equal values stay equal, and their frequencies show): name `per` to spread the choices over the rows",
    accepts: literal::KINDS,
    parameters: &[
        Parameter::optional(
            "values",
            ParameterKind::List,
            "What to choose from; for an enum, without it, its own labels",
        ),
        Parameter::optional(
            "weights",
            ParameterKind::List,
            "How often each comes up, a whole number from 0 up for each of `values`; without it all alike",
        ),
        per::parameter(
            "A column of the same table whose value decides instead of the masked one, for instance its key",
        ),
    ],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"choice\", values = [\"red\", \"green\"], weights = [3, 1] }",
    algorithm: "With `per` and a value there: the stream of child \"per\" of the function over the canonical bytes of that field; \
                else the stream of child \"value\" over the canonical bytes of the masked value. n = its number below the sum of \
                all weights (each 1 by default). The replacement is the first item whose weight, added to those before it, exceeds n. \
                It may be the value itself. Canonical bytes: integers as 8 bytes big-endian; floats as float8, -0 as 0, NaN as \
                7ff8000000000000; numeric as 4 bytes weight of the first group that is not zero (0 for zero, NaN, infinities), 1 byte sign \
                (0 zero or more, 1 below, 2 NaN, 3 Infinity, 4 -Infinity), then its groups of 2 bytes without zero groups at either \
                end; others, and arrays in `per`, as sent.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let column = build.column_type;
    let items = build.parameters.list("values").or_else(|| column.labels.clone()).unwrap_or_default();
    let refuse = |message: &str, hint: &str| Refusal::new("parameter", message, hint);
    if items.is_empty() {
        return Err(refuse(
            "mask \"choice\" has nothing to choose from",
            "Give a list, for example values = [\"a\", \"b\"].",
        ));
    }
    let encode = |(number, text): (usize, &String)| {
        literal::encode(build, &format!("item {} of parameter \"values\"", number + 1), text)
    };
    let values = items.iter().enumerate().map(encode).collect::<Result<Vec<_>, _>>()?;
    let hint = "Give a whole number from 0 up for each of the values, not all of them 0.";
    let weights = weights(build, values.len())
        .ok_or_else(|| refuse("parameter \"weights\" of mask \"choice\" does not fit its values", hint))?;
    let mut total = 0u64;
    let ends: Vec<u64> = weights
        .iter()
        .map(|weight| {
            total += u64::from(*weight);
            total
        })
        .collect();
    if total == 0 {
        return Err(refuse("parameter \"weights\" of mask \"choice\" lets nothing come up", hint));
    }
    let output_chars = literal::output_chars(column.kind, &values);
    let mask = Choice {
        prf: build.prf()?.child("value"),
        per: Per::of(build)?,
        kind: column.kind,
        values,
        ends,
        total,
    };
    Ok(Built { mask: Box::new(mask), promises: SPEC.promises, output_chars })
}

fn weights(build: &Build<'_>, count: usize) -> Option<Vec<u32>> {
    let Some(given) = build.parameters.get("weights") else { return Some(vec![1; count]) };
    let weight = |value: &Value| value.as_u64().and_then(|weight| u32::try_from(weight).ok());
    let weights: Vec<u32> = given.as_array()?.iter().map(weight).collect::<Option<_>>()?;
    (weights.len() == count).then_some(weights)
}

struct Choice {
    prf: Prf,
    per: Option<Per>,
    kind: Kind,
    values: Vec<Vec<u8>>,
    /// The sum of the weights up to each item and with it.
    ends: Vec<u64>,
    total: u64,
}

impl Mask for Choice {
    fn apply(&self, value: &[u8], row: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let mut stream = match self.per.as_ref().and_then(|per| per.stream(row)) {
            Some(stream) => stream,
            None => with_canonical(self.kind, value, |bytes| self.prf.stream(bytes))?,
        };
        let number = stream.below(self.total);
        let item = self.ends.partition_point(|&end| end <= number);
        out.extend_from_slice(self.values.get(item).map_or(&[][..], Vec::as_slice));
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::probe;
    use crate::types::ColumnType;

    #[test]
    fn choices_are_those_of_the_algorithm() {
        // From a second implementation in Python: blake3 1.0, HKDF of hashlib and hmac.
        let four = json!({"values": ["a", "b", "c", "d"]});
        let weighted = json!({"values": ["a", "b", "c"], "weights": [1, 0, 9]});
        let text = probe::column("text");
        let built = |rule| probe::build("choice", &text, rule).expect("built");
        assert_eq!(["b", "d", "c", "b"], *probe::texts("text", &built(&four), &["x", "y", "z", ""]));
        assert_eq!(["c", "c", "c", "c"], *probe::texts("text", &built(&weighted), &["x", "y", "z", ""]));
        let numbers = json!({"values": [10, 20, 30, 40]});
        let numbers = probe::build("choice", &probe::column("numeric"), &numbers).expect("built");
        assert_eq!(["40", "40", "40"], *probe::texts("numeric", &numbers, &["1.5", "1.50", "-3"]));
    }

    #[test]
    fn another_column_decides_where_it_has_a_value() {
        let rule = json!({"values": ["a", "b", "c", "d"], "per": "person"});
        let built = probe::build("choice", &probe::column("text"), &rule).expect("built");
        let choose = |value: &[u8], person: Option<i32>| {
            let person = person.map(i32::to_be_bytes);
            probe::apply_in(&built, value, &[person.as_ref().map(<[u8; 4]>::as_slice)]).expect("masked")
        };

        let choices: Vec<Vec<u8>> = (0..5).map(|person| choose(b"same", Some(person))).collect();

        assert_eq!(["c", "b", "d", "c", "b"].map(|choice| choice.as_bytes().to_vec()), *choices);
        assert_eq!(choose(b"x", Some(1)), choose(b"y", Some(1)));
        assert_eq!(b"d".to_vec(), choose(b"y", None));
    }

    #[test]
    fn an_enum_chooses_from_its_labels() {
        let labels = ["new", "paid", "gone"].map(str::to_owned);
        let column = ColumnType { labels: Some(labels.to_vec()), ..probe::column("status") }.resolve();
        let built = probe::build("choice", &column, &json!({"per": "person"})).expect("built");
        let mut seen = Vec::new();
        for person in 0..100i32 {
            let masked = probe::apply_in(&built, b"new", &[Some(&person.to_be_bytes())]).expect("masked");
            seen.push(String::from_utf8(masked).expect("a label"));
        }
        seen.sort();
        seen.dedup();

        assert_eq!(["gone", "new", "paid"], *seen);
    }

    #[test]
    fn weights_are_about_kept() {
        let rule = json!({"values": [0, 1], "weights": [1, 3]});
        let built = probe::build("choice", &probe::column("int4"), &rule).expect("built");
        let ones = (0..10_000i32)
            .filter(|number| probe::apply(&built, &number.to_be_bytes()) == Ok(vec![0, 0, 0, 1]));

        let count = ones.count();

        assert!((7_300..7_700).contains(&count), "{count}");
    }

    #[test]
    fn edges_of_all_types_are_taken() {
        for (name, item) in
            [("bool", "t"), ("int2", "7"), ("float4", "1"), ("numeric", "1.0"), ("date", "2000-01-01")]
        {
            let built =
                probe::build("choice", &probe::column(name), &json!({"values": [item]})).expect("built");
            probe::is_total(&built, name);
        }
    }

    #[test]
    fn rules_that_cannot_be_are_refused() {
        let refused = [
            json!({}),
            json!({"values": []}),
            json!({"values": ["a", "longer"]}),
            json!({"values": ["a"], "weights": [0]}),
            json!({"values": ["a"], "weights": [1, 1]}),
            json!({"values": ["a"], "weights": [-1]}),
            json!({"values": ["a"], "weights": [0.5]}),
            json!({"values": ["a"], "per": "nobody"}),
            json!({"values": "a"}),
            json!({"values": ["a"], "weight": [1]}),
        ];
        let column = ColumnType { chars_max: Some(3), ..probe::column("varchar") };
        for rule in refused {
            assert_eq!(Some("parameter"), probe::refusal("choice", &column, &rule), "{rule}");
        }
        assert_eq!(
            Some("mask-type"),
            probe::refusal("choice", &probe::column("point"), &json!({"values": ["a"]}))
        );
    }
}
