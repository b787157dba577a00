//! What makes two values of a key column equal, and an order of them that every writer agrees on.
//!
//! The order is that of the key's bytes, so that writers lock rows in one order; it is the server's order for
//! whole numbers, dates and times only.

use super::spec::TypeSpec;
use crate::row::Field;
use crate::types::canonical::with_canonical;
use crate::types::{Kind, find_in};

/// How the values of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// As signed numbers of 2, 4 or 8 bytes.
    Signed,
    /// By the bytes that equal values of a kind have in common.
    Canonical(Kind),
    /// `char(n)`: by the bytes without the blanks at the end.
    Blanks,
    /// By their bytes.
    Bytes,
    /// By their bytes, though the server may call other bytes equal: `citext`, `jsonb`, arrays, composites.
    Inexact,
    /// By the characters of a text form, of which a value may have several.
    Text,
}

impl KeyForm {
    /// How values of a type, behind all domains, are compared.
    #[must_use]
    pub fn new(base: &TypeSpec) -> Self {
        let codec = (base.kind == "base").then(|| find_in(&base.schema, &base.name)).flatten();
        match (base.kind.as_str(), codec.map(|codec| codec.kind)) {
            ("enum", _) => Self::Bytes,
            (
                _,
                Some(
                    Kind::Int2
                    | Kind::Int4
                    | Kind::Int8
                    | Kind::Date
                    | Kind::Time
                    | Kind::Timestamp
                    | Kind::Timestamptz,
                ),
            ) => Self::Signed,
            (_, Some(kind @ (Kind::Float4 | Kind::Float8 | Kind::Numeric))) => Self::Canonical(kind),
            (_, Some(Kind::Text)) if base.name == "bpchar" => Self::Blanks,
            (_, Some(Kind::Text)) if base.name == "citext" => Self::Inexact,
            (_, Some(Kind::Json | Kind::Jsonb | Kind::Other) | None) => Self::Inexact,
            (_, Some(_)) => Self::Bytes,
        }
    }

    /// Whether values that differ here are never equal on the server, under a deterministic collation.
    #[must_use]
    pub fn is_exact(self) -> bool {
        !matches!(self, Self::Inexact | Self::Text)
    }

    /// Append the field so that whole keys compare as their bytes do: NULL first.
    pub fn push(self, field: Field<'_>, out: &mut Vec<u8>) {
        let Some(bytes) = field else {
            out.push(0);
            return;
        };
        out.push(1);
        match self {
            Self::Signed => {
                let number = match *bytes {
                    [a, b] => i64::from(i16::from_be_bytes([a, b])),
                    [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
                    _ => bytes.try_into().map_or(0, i64::from_be_bytes),
                };
                // The highest bit turned round: negative numbers come first.
                out.extend_from_slice(&(number ^ i64::MIN).to_be_bytes());
            }
            Self::Canonical(kind) => {
                // Invariant: the bytes are of the kind, the encoder wrote them.
                let _ = with_canonical(kind, bytes, |bytes| push_ended(bytes, out));
            }
            Self::Blanks => {
                let end = bytes.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
                push_ended(bytes.get(..end).unwrap_or_default(), out);
            }
            Self::Bytes | Self::Inexact | Self::Text => push_ended(bytes, out),
        }
    }
}

/// Bytes of any length with an end that sorts before all that could follow: 00 as 00 01, the end as 00 00.
fn push_ended(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(0, rest) {
        let (head, tail) = rest.split_at(at + 1);
        out.extend_from_slice(head);
        out.push(1);
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(&[0, 0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(fields: &[Option<Vec<u8>>]) -> Vec<u8> {
        let mut out = Vec::new();
        for field in fields {
            KeyForm::Bytes.push(field.as_deref(), &mut out);
        }
        out
    }

    proptest! {
        #[test]
        fn keys_of_several_fields_compare_field_by_field(
            left: [Option<Vec<u8>>; 2], right: [Option<Vec<u8>>; 2],
        ) {
            prop_assert_eq!(left.cmp(&right), key(&left).cmp(&key(&right)));
        }

        #[test]
        fn whole_numbers_compare_as_such(left: i64, right: i64) {
            let key = |number: i64| {
                let mut out = Vec::new();
                KeyForm::Signed.push(Some(&number.to_be_bytes()), &mut out);
                out
            };

            prop_assert_eq!(left.cmp(&right), key(left).cmp(&key(right)));
        }
    }

    #[test]
    fn numbers_of_one_value_are_one_key() {
        let key = |text: &str| {
            let (mut value, mut out) = (Vec::new(), Vec::new());
            (crate::types::numeric::CODEC.from_text)(text, &mut value).expect("a number");
            KeyForm::Canonical(Kind::Numeric).push(Some(&value), &mut out);
            out
        };

        assert_eq!(key("1.5"), key("1.500"));
        assert_ne!(key("1.5"), key("1.51"));
    }

    #[test]
    fn blanks_at_the_end_of_a_char_do_not_count() {
        let key = |text: &[u8]| {
            let mut out = Vec::new();
            KeyForm::Blanks.push(Some(text), &mut out);
            out
        };

        assert_eq!(key(b"a"), key(b"a  "));
        assert_ne!(key(b"a"), key(b" a"));
    }
}
