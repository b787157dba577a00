//! Reads and writes the bytes of PostgreSQL's types: one file a type, [`TYPES`] is the contents page.
//!
//! Only what is masked, or written as text COPY, is ever decoded; everything else passes as the same bytes.

use serde::Deserialize;

use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

pub mod array;
pub mod bit;
pub mod boolean;
pub mod bytea;
pub mod calendar;
pub mod canonical;
pub mod date;
pub mod decimal;
pub mod float;
pub mod geometric;
pub mod geometry;
pub mod hstore;
pub mod inet;
pub mod integer;
pub mod interval;
pub mod json;
pub mod macaddr;
pub mod numeric;
pub mod numeric_value;
pub mod oid;
#[cfg(test)]
pub(crate) mod samples;
pub mod single_char;
pub mod text;
pub mod time;
pub mod timestamp;
pub mod timetz;
pub mod uuid;
pub mod vector;
pub mod versioned_text;

/// Every type with a codec.
pub const TYPES: &[&Codec] = &[
    &boolean::CODEC,
    &integer::INT2,
    &integer::INT4,
    &integer::INT8,
    &float::FLOAT4,
    &float::FLOAT8,
    &numeric::CODEC,
    &text::CODEC,
    &json::JSON,
    &json::JSONB,
    &bytea::CODEC,
    &uuid::CODEC,
    &date::CODEC,
    &time::CODEC,
    &timestamp::TIMESTAMP,
    &timestamp::TIMESTAMPTZ,
    &inet::INET,
    &inet::CIDR,
    &macaddr::MACADDR,
    &macaddr::MACADDR8,
];

/// Types that callers write and no mask reads.
pub const WRITTEN_TYPES: &[&Codec] = &[
    &interval::CODEC,
    &timetz::CODEC,
    &oid::OID,
    &oid::XID,
    &oid::CID,
    &oid::XID8,
    &oid::PG_LSN,
    &single_char::CODEC,
    &bit::BIT,
    &bit::VARBIT,
    &geometric::POINT,
    &geometric::LSEG,
    &geometric::BOX,
    &geometric::PATH,
    &geometric::POLYGON,
    &geometric::LINE,
    &geometric::CIRCLE,
    &versioned_text::JSONPATH,
    &versioned_text::LTREE,
    &versioned_text::LQUERY,
    &versioned_text::LTXTQUERY,
    &text::XML,
    &hstore::CODEC,
    &vector::VECTOR,
    &vector::HALFVEC,
    &geometry::CODEC,
];

/// What masks tell apart. Types of one kind share a wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `bool`.
    Bool,
    /// `int2`.
    Int2,
    /// `int4`.
    Int4,
    /// `int8`.
    Int8,
    /// `float4`.
    Float4,
    /// `float8`.
    Float8,
    /// `numeric`.
    Numeric,
    /// `text`, `varchar`, `char(n)`, `name`, `citext`: the characters themselves.
    Text,
    /// `json`.
    Json,
    /// `jsonb`.
    Jsonb,
    /// `bytea`.
    Bytea,
    /// `uuid`.
    Uuid,
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `timestamp`.
    Timestamp,
    /// `timestamptz`.
    Timestamptz,
    /// `inet` and `cidr`.
    Inet,
    /// `macaddr`.
    Macaddr,
    /// `macaddr8`.
    Macaddr8,
    /// An enum: its label.
    Enum,
    /// Any other type: it can be kept, nulled or left to its default.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Bool,
        Self::Int2,
        Self::Int4,
        Self::Int8,
        Self::Float4,
        Self::Float8,
        Self::Numeric,
        Self::Text,
        Self::Json,
        Self::Jsonb,
        Self::Bytea,
        Self::Uuid,
        Self::Date,
        Self::Time,
        Self::Timestamp,
        Self::Timestamptz,
        Self::Inet,
        Self::Macaddr,
        Self::Macaddr8,
        Self::Enum,
        Self::Other,
    ];

    /// The word for it in docs and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int2 => "int2",
            Self::Int4 => "int4",
            Self::Int8 => "int8",
            Self::Float4 => "float4",
            Self::Float8 => "float8",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Bytea => "bytea",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Timestamptz => "timestamptz",
            Self::Inet => "inet",
            Self::Macaddr => "macaddr",
            Self::Macaddr8 => "macaddr8",
            Self::Enum => "enum",
            Self::Other => "other",
        }
    }
}

/// Which lists within a list are further dimensions of an array of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// Lists and tuples: no value of the type is one.
    Both,
    /// Lists: a tuple is a value.
    Lists,
    /// Neither: both are values.
    Neither,
}

/// A type as data: one of these stands in each type's file.
pub struct Codec {
    /// Its names in `pg_type.typname`.
    pub names: &'static [&'static str],
    /// What masks call it.
    pub kind: Kind,
    /// PostgreSQL file and function its wire format is taken from.
    pub source: &'static str,
    /// Whether the send format is the text.
    pub is_text_as_sent: bool,
    /// Which lists within a list are further dimensions of an array of it.
    pub nesting: Nesting,
    /// Append the value as the server's output function would write it (settings: ISO dates, UTC, hex bytea).
    ///
    /// Errors if the bytes are not in the type's send format.
    pub to_text: fn(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError>,
    /// Append the send format of a value given as text, in the form [`Codec::to_text`] writes.
    ///
    /// Errors if the text is no value of the type.
    pub from_text: fn(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError>,
    /// Append the send format of a caller's value, never NULL, where nothing of it is lost.
    ///
    /// Errors if the value is of another type, out of range, or longer than `limits` allow.
    pub from_value: fn(value: &Value<'_>, limits: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError>,
}

/// Types of extensions, which may lie in any schema.
const EXTENSION_TYPES: &[&str] =
    &["citext", "hstore", "ltree", "lquery", "ltxtquery", "vector", "halfvec", "geometry", "geography"];

/// Find the codec of a base type by its schema and its name: a `date` of somebody's own is not the built-in one.
#[must_use]
pub fn find_in(schema: &str, name: &str) -> Option<&'static Codec> {
    let is_known = schema == "pg_catalog" || EXTENSION_TYPES.contains(&name);
    let written = || WRITTEN_TYPES.iter().copied().find(|codec| codec.names.contains(&name));
    if is_known { find(name).or_else(written) } else { None }
}

/// Find the codec of a type by its name in `pg_type`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Codec> {
    TYPES.iter().copied().find(|codec| codec.names.contains(&name))
}

/// A column's type as the catalog describes it, with domains resolved to their base type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnType {
    /// As `format_type` writes it: "character varying(20)[]".
    pub display: String,
    /// `pg_type.typname` of the type, of the element for arrays.
    pub name: String,
    /// Whether it is an array of that.
    #[serde(default)]
    pub is_array: bool,
    /// The labels of an enum, in their order.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// n of `varchar(n)` and `char(n)`, the least of all domains on the way.
    #[serde(default)]
    pub chars_max: Option<u32>,
    /// Precision of `numeric(p, s)`, in decimal digits.
    #[serde(default)]
    pub numeric_precision: Option<u32>,
    /// Scale of `numeric(p, s)`.
    #[serde(default)]
    pub numeric_scale: Option<i32>,
    /// What masks call it; found by [`ColumnType::resolve`].
    #[serde(skip, default = "other")]
    pub kind: Kind,
    /// Its codec, where there is one.
    #[serde(skip)]
    pub codec: Option<&'static Codec>,
}

fn other() -> Kind {
    Kind::Other
}

impl ColumnType {
    /// Look the type up in [`TYPES`].
    #[must_use]
    pub fn resolve(mut self) -> Self {
        self.codec = if self.labels.is_some() { Some(&text::ENUM) } else { find(&self.name) };
        self.kind = self.codec.map_or(Kind::Other, |codec| codec.kind);
        self
    }

    /// char(n): values come padded with blanks that do not count.
    #[must_use]
    pub fn is_blank_padded(&self) -> bool {
        self.name == "bpchar"
    }

    /// citext: "A" and "a" are equal, so they must get equal replacements.
    #[must_use]
    pub fn is_case_insensitive(&self) -> bool {
        self.name == "citext"
    }
}

impl std::fmt::Debug for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codec").field("names", &self.names).finish_non_exhaustive()
    }
}

/// What the server passes over around values: blanks of ASCII, and none of the many others that Unicode has.
///
/// Source: PostgreSQL 18, `src/backend/parser/scansup.c` `scanner_isspace`.
#[must_use]
pub fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Append formatted text; no allocation of its own.
pub(crate) fn push_display(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    std::io::Write::write_fmt(out, arguments).expect("a Vec takes every byte");
}
