//! `"char"`: one byte, which is nobody's `char(1)`.
//!
//! | offset | bytes | meaning                      |
//! |--------|-------|------------------------------|
//! | 0      | 1     | the byte; 0 is the empty one |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/char.c` `charsend`, `charin`, `charout`.

use super::{Codec, Kind, Nesting, push_display};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a \"char\" of 1 byte, found another length");
const TEXT: ValueError = ValueError::new("expected one ASCII character or none, found another text");
const VALUE: ValueError = ValueError::new("expected a str, found a value of another type");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["char"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/char.c, charsend",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        [0] => {}
        [byte @ 1..=0x7f] => out.push(*byte),
        [byte] => push_display(out, format_args!("\\{byte:03o}")),
        _ => return Err(LENGTH),
    }
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.push(match text.as_bytes() {
        [] => 0,
        [byte @ 1..=0x7f] => *byte,
        [b'\\', a @ b'2'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] => {
            (a - b'0') << 6 | (b - b'0') << 3 | (c - b'0')
        }
        _ => return Err(TEXT),
    });
    Ok(())
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Str(text) => from_text(text, out),
        _ => Err(VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(charsend(v), 'hex')
        samples::check(&CODEC, &[("a", "61"), ("", "00"), ("\\377", "ff")]);
        samples::check_refused(&CODEC, &["ab", "é", "\0", "\\400"]);
        samples::check_fixed_length(&CODEC, "61");
    }
}
