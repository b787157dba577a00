//! In which form a value is compared: as sent, or so that what the server writes anew counts as equal.

use std::borrow::Cow;

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::document;
use crate::error::ValueError;
use crate::types::canonical::with_canonical;
use crate::types::{Codec, ColumnType, Kind, array, json, numeric};

/// In which form the values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Byte by byte.
    #[default]
    Raw,
    /// Without the blanks at the end: `char(n)` is padded by the server.
    Trimmed,
    /// Numbers in send format by their value: a scale in the type adds zeros.
    Numeric,
    /// Numbers in their text form by their value.
    Decimal,
    /// `jsonb` by its content: the server sorts keys when it loads one.
    Jsonb,
    /// The source's value as text: the target's column is of another type and is read as text.
    Text,
}

/// How one column is compared.
#[derive(Debug)]
pub struct Comparison {
    form: Form,
    is_array: bool,
    codec: Option<&'static Codec>,
}

impl Comparison {
    /// Compare values of `column_type` in `form`; arrays element by element unless they are compared as sent.
    #[must_use]
    pub fn new(form: Form, column_type: &ColumnType) -> Self {
        Self { form, is_array: column_type.is_array && form != Form::Text, codec: column_type.codec }
    }

    /// Hash one value; equal values have equal hashes. `is_expected` is a value of the source, perhaps masked.
    ///
    /// A value that is not what its type says is compared byte by byte.
    pub fn hash(&self, value: &[u8], seed: u64, is_expected: bool, scratch: &mut Vec<u8>) -> u128 {
        let hashed = if self.is_array {
            self.hash_array(value, seed, scratch)
        } else {
            self.hash_one(value, seed, is_expected, scratch)
        };
        hashed.unwrap_or_else(|_| xxh3_128_with_seed(value, seed))
    }

    fn hash_one(
        &self,
        value: &[u8],
        seed: u64,
        is_expected: bool,
        scratch: &mut Vec<u8>,
    ) -> Result<u128, ValueError> {
        let hash = |bytes: &[u8]| xxh3_128_with_seed(bytes, seed);
        match (self.form, self.codec) {
            (Form::Raw, _) | (Form::Text, None) => Ok(hash(value)),
            (Form::Trimmed, _) => Ok(hash(value.trim_suffix_blanks())),
            (Form::Numeric, _) => with_canonical(Kind::Numeric, value, hash),
            (Form::Decimal, codec) => {
                let text = if is_expected { as_text(value, codec, scratch)? } else { Cow::Borrowed(value) };
                let text = std::str::from_utf8(&text).map_err(|_| NOT_TEXT)?;
                let mut binary = Vec::new();
                (numeric::CODEC.from_text)(text, &mut binary)?;
                with_canonical(Kind::Numeric, &binary, hash)
            }
            (Form::Jsonb, _) => document::hash(json::read(Kind::Jsonb, value)?.as_bytes(), seed),
            (Form::Text, codec) if is_expected => Ok(hash(&as_text(value, codec, scratch)?)),
            (Form::Text, _) => Ok(hash(value)),
        }
    }

    /// Hash dimensions and elements; the number of the element's type is another one in another database.
    fn hash_array(&self, value: &[u8], seed: u64, scratch: &mut Vec<u8>) -> Result<u128, ValueError> {
        let mut elements = array::Elements::read(value)?;
        let mut parts = Vec::with_capacity(value.len() + 16);
        for (length, lower) in &elements.dimensions {
            parts.extend_from_slice(&length.to_be_bytes());
            parts.extend_from_slice(&lower.to_be_bytes());
        }
        while let Some(element) = elements.next_element()? {
            match element {
                None => parts.push(0),
                Some(element) => {
                    parts.push(1);
                    let hashed = self.hash_one(element, seed, true, scratch)?;
                    parts.extend_from_slice(&hashed.to_le_bytes());
                }
            }
        }
        Ok(xxh3_128_with_seed(&parts, seed))
    }
}

const NOT_TEXT: ValueError = ValueError::new("expected a number in words, found other bytes");

/// A masked value as the server's output function writes it; a kept one came as text.
fn as_text<'a>(
    value: &'a [u8],
    codec: Option<&'static Codec>,
    scratch: &'a mut Vec<u8>,
) -> Result<Cow<'a, [u8]>, ValueError> {
    let Some(codec) = codec else { return Ok(Cow::Borrowed(value)) };
    scratch.clear();
    (codec.to_text)(value, scratch)?;
    Ok(Cow::Borrowed(scratch))
}

trait TrimSuffixBlanks {
    fn trim_suffix_blanks(&self) -> &[u8];
}

impl TrimSuffixBlanks for [u8] {
    fn trim_suffix_blanks(&self) -> &[u8] {
        let end = self.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
        &self[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::find;

    fn column_type(name: &str, is_array: bool) -> ColumnType {
        let json = serde_json::json!({"display": name, "name": name, "is_array": is_array});
        serde_json::from_value::<ColumnType>(json).expect("a column type").resolve()
    }

    fn sent(name: &str, text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        (find(name).expect("a codec").from_text)(text, &mut out).expect("a value");
        out
    }

    fn are_equal(form: Form, name: &str, expected: &[u8], found: &[u8]) -> bool {
        let comparison = Comparison::new(form, &column_type(name, false));
        let mut scratch = Vec::new();
        comparison.hash(expected, 7, true, &mut scratch) == comparison.hash(found, 7, false, &mut scratch)
    }

    #[test]
    fn what_a_server_writes_anew_is_equal() {
        assert!(are_equal(Form::Trimmed, "bpchar", b"ab", b"ab   "));
        assert!(are_equal(Form::Numeric, "numeric", &sent("numeric", "1.5"), &sent("numeric", "1.500")));
        assert!(are_equal(Form::Decimal, "int4", &sent("int4", "15"), b"15.00"));
        assert!(are_equal(Form::Text, "int4", &sent("int4", "15"), b"15"));
        assert!(are_equal(Form::Text, "key", b"as it came", b"as it came"));
        assert!(are_equal(
            Form::Jsonb,
            "jsonb",
            b"\x01{\"b\": 1, \"a\": [2]}",
            b"\x01{\"a\": [2.0], \"b\": 1}"
        ));
    }

    #[test]
    fn other_values_are_not() {
        assert!(!are_equal(Form::Raw, "bpchar", b"ab", b"ab "));
        assert!(!are_equal(Form::Raw, "numeric", &sent("numeric", "1.5"), &sent("numeric", "1.50")));
        assert!(!are_equal(Form::Trimmed, "bpchar", b" ab", b"ab"));
        assert!(!are_equal(Form::Numeric, "numeric", &sent("numeric", "1.5"), &sent("numeric", "1.51")));
        assert!(!are_equal(Form::Decimal, "int4", &sent("int4", "15"), b"15.01"));
        assert!(!are_equal(Form::Jsonb, "jsonb", b"\x01{\"a\": 1}", b"\x01{\"a\": \"1\"}"));
    }

    #[test]
    fn bytes_of_no_value_are_compared_as_they_are() {
        for form in [Form::Numeric, Form::Decimal, Form::Jsonb, Form::Text] {
            assert!(are_equal(form, "key", b"\xff\x00", b"\xff\x00"), "{form:?}");
            assert!(!are_equal(form, "key", b"\xff\x00", b"\xff\x01"), "{form:?}");
        }
    }

    #[test]
    fn arrays_are_equal_whatever_number_their_type_has() {
        let elements = [&[0, 0, 0, 3][..], b"one", &[0xff; 4], &[0, 0, 0, 0]].concat();
        let head = |flags: u8, oid: u8, lower: u8| {
            [&[0, 0, 0, 1, 0, 0, 0, flags, 0, 0, 0x40, oid, 0, 0, 0, 3, 0, 0, 0, lower], &elements[..]]
                .concat()
        };
        let comparison = Comparison::new(Form::Raw, &column_type("text", true));
        let hash = |value: &[u8]| comparison.hash(value, 7, true, &mut Vec::new());

        assert_eq!(hash(&head(1, 1, 1)), hash(&head(1, 2, 1)));
        assert_ne!(hash(&head(1, 1, 1)), hash(&head(1, 1, 0)));
        assert_ne!(hash(&head(1, 1, 1)), hash(&head(1, 1, 1)[..30]));
    }
}
