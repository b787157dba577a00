//! What the tests of masks share: a fixed key, and values in words.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Built, Masked};
use crate::error::{Refusal, ValueError};
use crate::key::MasterKey;
use crate::masks::rule::{self, RuleRequest};
use crate::row::{Row, push_field};
use crate::types::{ColumnType, Kind, find};

/// The key of all known answers: bytes 0 to 31.
pub(super) fn key() -> MasterKey {
    let mut bytes = [0; 32];
    for (number, byte) in (0..).zip(&mut bytes) {
        *byte = number;
    }
    MasterKey::new(&bytes).expect("32 different bytes")
}

/// A column type by its name in `pg_type`; other fields are set by the test.
pub(super) fn column(name: &str) -> ColumnType {
    let json = serde_json::json!({"display": name, "name": name});
    serde_json::from_value::<ColumnType>(json).expect("a column type").resolve()
}

/// Build the mask of a rule in domain "d", in a table with column "person" of type `int4`.
pub(super) fn build(name: &str, column: &ColumnType, parameters: &Value) -> Result<Built, Vec<Refusal>> {
    let kinds = [("person".to_owned(), Kind::Int4)];
    let asked = RuleRequest {
        mask: name.into(),
        domain: "d".into(),
        parameters: parameters.as_object().cloned().unwrap_or_default(),
    };
    let (_, built) = rule::build(&asked, column, Some(&key()), &BTreeMap::new(), &kinds)?;
    Ok(built.expect("a mask that masks"))
}

/// The code of the refusal of a rule.
pub(super) fn refusal(name: &str, column: &ColumnType, parameters: &Value) -> Option<&'static str> {
    build(name, column, parameters).err().and_then(|refusals| refusals.first().map(|refusal| refusal.code))
}

/// Mask one value in a row without columns.
pub(super) fn apply(built: &Built, value: &[u8]) -> Result<Vec<u8>, ValueError> {
    apply_in(built, value, &[])
}

/// Mask one value in a row of these fields.
pub(super) fn apply_in(built: &Built, value: &[u8], fields: &[Option<&[u8]>]) -> Result<Vec<u8>, ValueError> {
    let mut tuple = i16::try_from(fields.len()).expect("few fields").to_be_bytes().to_vec();
    for field in fields {
        push_field(&mut tuple, *field);
    }
    let mut spans = Vec::new();
    let row = Row::read(&tuple, &mut spans).expect("a tuple");
    // What stands in the output before is not the mask's.
    let mut out = vec![7];
    assert_eq!(Masked::Value, built.mask.apply(value, &row, &mut out)?);
    assert_eq!(7, out.remove(0));
    Ok(out)
}

/// Send format of a value in words.
pub(super) fn value(name: &str, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    (find(name).expect("a codec").from_text)(text, &mut out).expect("a value");
    out
}

/// A value in words.
pub(super) fn text(name: &str, value: &[u8]) -> String {
    let mut out = Vec::new();
    (find(name).expect("a codec").to_text)(value, &mut out).expect("a value of its type");
    String::from_utf8(out).expect("UTF-8")
}

/// Mask values in words, one for each that is given.
pub(super) fn texts(name: &str, built: &Built, values: &[&str]) -> Vec<String> {
    let mask = |given: &&str| text(name, &apply(built, &value(name, given)).expect("masked"));
    values.iter().map(mask).collect()
}

/// Every length below that of a value, and one byte more, is an error and no panic.
pub(super) fn refuses_other_lengths(built: &Built, value: &[u8]) {
    for length in 0..value.len() {
        assert!(apply(built, &value[..length]).is_err(), "{length} bytes");
    }
    let longer = [value, &[0]].concat();
    assert!(apply(built, &longer).is_err(), "one byte more");
}

/// Values at the edges of a type, in words.
pub(super) fn extremes(name: &str) -> &'static [&'static str] {
    match name {
        "bool" => &["t", "f"],
        "int2" => &["0", "1", "-1", "32767", "-32768"],
        "int4" => &["0", "1", "-1", "2147483647", "-2147483648"],
        "int8" => &["0", "1", "-1", "9223372036854775807", "-9223372036854775808"],
        "float4" => {
            &["0", "-0", "1e-45", "-1.5", "3.4028235e+38", "-3.4028235e+38", "NaN", "Infinity", "-Infinity"]
        }
        "float8" => &[
            "0",
            "-0",
            "5e-324",
            "-1.5",
            "1.7976931348623157e+308",
            "-1.7976931348623157e+308",
            "NaN",
            "Infinity",
            "-Infinity",
        ],
        "numeric" => &[
            "0",
            "0.000",
            "-0.01",
            "99999999.9999",
            "1e131071",
            "-9e131071",
            "1e-16383",
            "-1e-16383",
            "NaN",
            "Infinity",
            "-Infinity",
        ],
        "date" => &[
            "4714-11-24 BC",
            "4713-01-01 BC",
            "0001-12-31 BC",
            "2000-02-29",
            "5874897-12-31",
            "infinity",
            "-infinity",
        ],
        "timestamp" | "timestamptz" => &[
            "4714-11-24 00:00:00 BC",
            "0001-12-31 23:59:59.999999 BC",
            "1999-12-31 23:59:59.999999",
            "294276-12-31 23:59:59.999999",
            "infinity",
            "-infinity",
        ],
        "inet" => &[
            "0.0.0.0/0",
            "255.255.255.255",
            "10.0.0.1/8",
            "::/0",
            "::",
            "::ffff:1.2.3.4/97",
            "ff02::1",
            "2001:db8::1/127",
        ],
        "cidr" => &[
            "0.0.0.0/0",
            "128.0.0.0/1",
            "8.8.8.8/32",
            "172.16.0.0/12",
            "::/0",
            "8000::/1",
            "::ffff:1.2.3.4/128",
            "::ffff:0.0.0.0/97",
        ],
        "macaddr" => &["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03"],
        "macaddr8" => &["00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff"],
        "uuid" => &["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
        _ => &["", " ", "word", "Überlänge", "\u{1f600}", "10.0.0.1", "08:00:2b:01:02:03"],
    }
}

/// A mask gives a value of the type for every edge of it, and the same one again.
pub(super) fn is_total(built: &Built, name: &str) {
    for words in extremes(name) {
        let given = value(name, words);
        let masked = apply(built, &given).unwrap_or_else(|error| panic!("{name} {words}: {error}"));
        text(name, &masked);
        assert_eq!(Ok(masked), apply(built, &given), "{name} {words}");
    }
}
