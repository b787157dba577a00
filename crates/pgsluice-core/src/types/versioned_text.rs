//! `jsonpath`, `ltree`, `lquery` and `ltxtquery`: a version and the characters, which the server parses.
//!
//! | offset | bytes | meaning         |
//! |--------|-------|-----------------|
//! | 0      | 1     | 1, the version  |
//! | 1      | n     | the characters  |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/jsonpath.c` `jsonpath_send`, `jsonpath_recv`;
//! `contrib/ltree/ltree_io.c` `ltree_send`, `lquery_send`; `ltxtquery_io.c` `ltxtq_send`.

use super::{Codec, Kind, Nesting, text};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const VERSION: ValueError = ValueError::new("expected version 1 of the type's format, found another or none");

const fn of(names: &'static [&'static str], source: &'static str) -> Codec {
    Codec {
        names,
        kind: Kind::Other,
        source,
        is_text_as_sent: false,
        nesting: Nesting::Both,
        to_text,
        from_text,
        from_value,
    }
}

/// The codec of `jsonpath`.
pub const JSONPATH: Codec = of(&["jsonpath"], "src/backend/utils/adt/jsonpath.c, jsonpath_send");
/// The codec of `ltree`.
pub const LTREE: Codec = of(&["ltree"], "contrib/ltree/ltree_io.c, ltree_send");
/// The codec of `lquery`.
pub const LQUERY: Codec = of(&["lquery"], "contrib/ltree/ltree_io.c, lquery_send");
/// The codec of `ltxtquery`.
pub const LTXTQUERY: Codec = of(&["ltxtquery"], "contrib/ltree/ltxtquery_io.c, ltxtq_send");

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        [1, characters @ ..] => {
            out.extend_from_slice(text::read(characters)?.as_bytes());
            Ok(())
        }
        _ => Err(VERSION),
    }
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.push(1);
    (text::CODEC.from_text)(text, out)
}

fn from_value(value: &Value<'_>, limits: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.push(1);
    (text::CODEC.from_value)(value, limits, out)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(ltree_send(v), 'hex'), and jsonpath_send
        samples::check(&LTREE, &[("Top.Science", "01 546f702e536369656e6365"), ("", "01")]);
        samples::check(&JSONPATH, &[("$.\"a\"", "01 242e226122")]);
        for hex in ["", "00", "02 61", "61"] {
            assert_eq!(None, samples::to_text(&LTREE, &samples::bytes(hex)), "{hex}");
        }
        samples::check_refused(&LTREE, &["a\0"]);
    }
}
