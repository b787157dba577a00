//! Makes masks the way a program does, for tests of one mask at a time.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Built, Masked};
use crate::error::{Refusal, ValueError};
use crate::key::MasterKey;
use crate::masks::rule::{self, RuleRequest};
use crate::row::Row;
use crate::types::{ColumnType, Kind};

/// Bytes 0 to 31: the key of every known answer.
pub(crate) fn key() -> MasterKey {
    let bytes = std::array::from_fn(|n| u8::try_from(n).expect("32 fits a byte"));
    MasterKey::new(&bytes).expect("32 different bytes")
}

/// A column of `kind`, with the limit of `varchar(n)` if one is given.
pub(crate) fn column(kind: Kind, chars_max: Option<u32>) -> ColumnType {
    ColumnType {
        display: kind.word().into(),
        name: kind.word().into(),
        is_array: false,
        labels: None,
        chars_max,
        numeric_precision: None,
        numeric_scale: None,
        kind,
        codec: None,
    }
}

/// The lists of the tests: a few words each, of one to twelve characters.
pub(crate) fn words() -> BTreeMap<String, Vec<String>> {
    let lists = [
        ("en_US/first_name", "Ada Bo Christopher Dee Evelyn"),
        ("en_US/last_name", "Ng Smith Fitzgerald Wu"),
        ("de_DE/first_name", "Jörg Änne Ute"),
        ("de_DE/last_name", "Müller Öz"),
        ("en_US/user_name", "kim lee christopher jo"),
        ("en_US/street_name", "Elm Oak Boulevard Po"),
        ("en_US/city", "Rome Y Springfield Bath Lyon"),
        ("de_DE/city", "Köln Überlingen Aue"),
        ("en_US/country", "Chad Kazakhstan Peru"),
        ("en_US/company", "Acme Umbrella Hooli"),
        ("en_US/postcode", "10001 94103 60601-1234"),
    ];
    let split = |words: &str| words.split(' ').map(str::to_owned).collect();
    lists.iter().map(|(name, words)| ((*name).to_owned(), split(words))).collect()
}

/// Build the mask of `rule` (as in a rules file, but JSON) for a column, in domain "d".
pub(crate) fn build(rule: &str, column_type: &ColumnType) -> Result<Built, Vec<Refusal>> {
    build_with(rule, column_type, Some(&key()))
}

/// The same with another key, or none.
pub(crate) fn build_with(
    rule: &str,
    column_type: &ColumnType,
    key: Option<&MasterKey>,
) -> Result<Built, Vec<Refusal>> {
    let value: Value = serde_json::from_str(rule).expect("tests write JSON");
    let asked = RuleRequest::read(&value, "d").expect("tests write rules");
    let columns = [("id".to_owned(), Kind::Int8)];
    let (_, built) = rule::build(&asked, column_type, key, &words(), &columns)?;
    Ok(built.expect("the mask is one that is built"))
}

/// The mask of `rule` for a text column.
pub(crate) fn text(rule: &str) -> Built {
    build(rule, &column(Kind::Text, None)).expect("the rule is sound")
}

/// Why a rule is refused for a text column of that limit: the codes.
pub(crate) fn refusals(rule: &str, chars_max: Option<u32>) -> Vec<&'static str> {
    match build(rule, &column(Kind::Text, chars_max)) {
        Ok(_) => Vec::new(),
        Err(refusals) => refusals.iter().map(|refusal| refusal.code).collect(),
    }
}

/// Mask one value beside a row without columns; `None` where it became NULL.
pub(crate) fn apply(built: &Built, value: &[u8]) -> Result<Option<Vec<u8>>, ValueError> {
    let mut spans = Vec::new();
    let row = Row::read(&[0, 0], &mut spans).expect("an empty tuple");
    let mut out = b"before".to_vec();
    let masked = built.mask.apply(value, &row, &mut out)?;
    assert_eq!(b"before", &out[..6], "a mask appends and touches nothing else");
    Ok((masked == Masked::Value).then(|| out.split_off(6)))
}

/// The same for masks that take any bytes and never give NULL.
pub(crate) fn apply_bytes(built: &Built, value: &[u8]) -> Vec<u8> {
    apply(built, value).expect("masks are total").expect("a value stays a value")
}

/// The same for text that becomes text.
pub(crate) fn apply_text(built: &Built, value: &str) -> String {
    String::from_utf8(apply_bytes(built, value.as_bytes())).expect("text is UTF-8")
}
