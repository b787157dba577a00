//! `bytea`.
//!
//! | offset | bytes | meaning   |
//! |--------|-------|-----------|
//! | 0      | n     | the bytes |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/varlena.c` `byteasend`, `byteain`, `byteaout`.

use super::{Codec, Kind, Nesting, push_display};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const HEX: ValueError =
    ValueError::new("expected pairs of hexadecimal digits behind \\x, found another text");
const VALUE: ValueError = ValueError::new("expected bytes, found a value of another type");
const ESCAPE: ValueError =
    ValueError::new("expected \\\\ or three octal digits behind a backslash, found another text");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["bytea"],
    kind: Kind::Bytea,
    source: "src/backend/utils/adt/varlena.c, byteasend",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

#[expect(clippy::unnecessary_wraps, reason = "it has the shape of every codec; any bytes are a bytea")]
fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.extend_from_slice(b"\\x");
    for byte in value {
        push_display(out, format_args!("{byte:02x}"));
    }
    Ok(())
}

/// Both forms of the server: \x and hexadecimal digits, or characters with \\ and \ooo escapes.
fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let mut high = None;
        for character in digits.chars() {
            if high.is_none() && character.is_ascii_whitespace() {
                continue;
            }
            let digit = character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(HEX)?;
            high = match high {
                None => Some(digit),
                Some(high) => {
                    out.push(high << 4 | digit);
                    None
                }
            };
        }
        return if high.is_none() { Ok(()) } else { Err(HEX) };
    }
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let byte;
        (byte, rest) = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => (b'\\', tail),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), tail)
            }
            (b'\\', _) => return Err(ESCAPE),
            (byte, tail) => (*byte, tail),
        };
        out.push(byte);
    }
    Ok(())
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::Str(text) => from_text(text, out)?,
        _ => return Err(VALUE),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(byteasend(v), 'hex')
        samples::check(&CODEC, &[("\\x", ""), ("\\x00ff10", "00 ff 10"), ("\\x615c6201", "61 5c 62 01")]);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        samples::check_input(
            &CODEC,
            &[("\\xAB cd", "\\xabcd"), ("a\\\\b\\001", "\\x615c6201"), ("é", "\\xc3a9"), ("", "\\x")],
        );
        samples::check_refused(&CODEC, &["\\xabc", "\\xa b", "\\xgg", "\\", "\\400", "\\08", "\\n"]);
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(value: Vec<u8>) {
            let text = samples::to_text(&CODEC, &value).expect("text");

            prop_assert_eq!(Some(value), samples::from_text(&CODEC, &text));
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = samples::from_text(&CODEC, &text);
        }
    }
}
