//! `json` and `jsonb`.
//!
//! | offset | bytes | meaning                                   |
//! |--------|-------|-------------------------------------------|
//! | 0      | 1     | 1, the version: `jsonb` only              |
//! | then   | n     | the document as text                      |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/json.c` `json_send`; `jsonb.c` `jsonb_send`, `jsonb_recv`.

use serde::de::IgnoredAny;

use super::text::read as read_utf8;
use super::{Codec, Kind, Nesting};
use crate::encode::value::Value;
use crate::error::ValueError;

const VERSION: ValueError = ValueError::new("expected jsonb of version 1, found another version or none");
const TEXT: ValueError = ValueError::new("expected a JSON document, found another text");
const VALUE: ValueError = ValueError::new("expected a JSON document, found a value of another type");
const NUL: ValueError = ValueError::new("expected jsonb strings without \\u0000, found one");

/// The version byte of `jsonb`.
pub const JSONB_VERSION: u8 = 1;

/// The codec of `json`.
pub const JSON: Codec = Codec {
    names: &["json"],
    kind: Kind::Json,
    source: "src/backend/utils/adt/json.c, json_send",
    is_text_as_sent: true,
    nesting: Nesting::Neither,
    to_text: |value, out| to_text(Kind::Json, value, out),
    from_text: |text, out| from_text(Kind::Json, text, out),
    from_value: |value, _, out| from_value(Kind::Json, value, out),
};

/// The codec of `jsonb`. What [`Codec::from_text`] writes is a valid document, not the form the server
/// stores: it sorts keys and drops doubles when it loads it.
pub const JSONB: Codec = Codec {
    names: &["jsonb"],
    kind: Kind::Jsonb,
    source: "src/backend/utils/adt/jsonb.c, jsonb_send",
    is_text_as_sent: false,
    nesting: Nesting::Neither,
    to_text: |value, out| to_text(Kind::Jsonb, value, out),
    from_text: |text, out| from_text(Kind::Jsonb, text, out),
    from_value: |value, _, out| from_value(Kind::Jsonb, value, out),
};

/// The document's text; it is not parsed.
///
/// # Errors
/// If a `jsonb` has not version 1, or it is not UTF-8.
pub fn read(kind: Kind, value: &[u8]) -> Result<&str, ValueError> {
    if kind != Kind::Jsonb {
        return read_utf8(value);
    }
    match value {
        [JSONB_VERSION, document @ ..] => read_utf8(document),
        _ => Err(VERSION),
    }
}

fn to_text(kind: Kind, value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.extend_from_slice(read(kind, value)?.as_bytes());
    Ok(())
}

fn from_text(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let _: IgnoredAny = serde_json::from_str(text).map_err(|_| TEXT)?;
    if kind == Kind::Jsonb {
        if has_escaped_nul(text) {
            return Err(NUL);
        }
        out.push(JSONB_VERSION);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Characters are a document's text, not a JSON string.
fn from_value(kind: Kind, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Str(text) => from_text(kind, text, out),
        Value::Map(document) | Value::List(document) | Value::Tuple(document) => {
            document.with_json(&mut |text| from_text(kind, text, out))
        }
        Value::Bool(is_true) => from_text(kind, if *is_true { "true" } else { "false" }, out),
        Value::Int(number) => from_text(kind, &number.to_string(), out),
        Value::BigInt(number) => from_text(kind, number, out),
        Value::Float(number) if number.is_finite() => from_text(kind, &format!("{number:e}"), out),
        _ => Err(VALUE),
    }
}

/// Whether \u0000 stands in a document, not counting a backslash that is itself escaped.
fn has_escaped_nul(document: &str) -> bool {
    let mut rest = document;
    while let Some(at) = rest.find('\\') {
        let tail = rest.get(at + 1..).unwrap_or_default();
        if tail.starts_with("u0000") {
            return true;
        }
        // The character behind a backslash is part of its escape.
        rest = tail.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(json_send(v), 'hex'), and jsonb_send
        let json = [
            (r#"{"a": [1, 2.50, "\u00e9"]}"#, "7b2261223a205b312c20322e35302c20225c7530306539225d7d"),
            (" null ", "20 6e 75 6c 6c 20"),
        ];
        samples::check(&JSON, &json);
        let jsonb = [
            (r#"{"a": [1, 2.50, "é"]}"#, "01 7b2261223a205b312c20322e35302c2022c3a9225d7d"),
            ("null", "01 6e 75 6c 6c"),
        ];
        samples::check(&JSONB, &jsonb);
    }

    #[test]
    fn other_versions_and_bytes_are_refused() {
        for hex in ["", "00 31", "02 31", "7b 7d", "01 ff"] {
            assert_eq!(None, samples::to_text(&JSONB, &samples::bytes(hex)), "{hex}");
        }
        assert_eq!(None, samples::to_text(&JSON, b"\xff"));
    }

    #[test]
    fn texts_that_are_no_document_are_refused() {
        samples::check_refused(&JSON, &["", "{", "{'a': 1}", "nul", "1 2", "\"\0\""]);
        samples::check_refused(&JSONB, &[r#""\u0000""#, r#"{"a\\\u0000": 1}"#]);
        samples::check_input(&JSONB, &[(r#""\\u0000""#, r#""\\u0000""#)]);
        samples::check_input(&JSON, &[(r#""\u0000""#, r#""\u0000""#)]);
    }

    #[test]
    fn deep_documents_do_not_exhaust_the_stack() {
        let deep = "[".repeat(1_000_000);

        samples::check_refused(&JSON, &[&deep]);
    }
}
