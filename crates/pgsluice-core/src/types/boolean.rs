//! `bool`.
//!
//! | offset | bytes | meaning                                    |
//! |--------|-------|--------------------------------------------|
//! | 0      | 1     | 0 is false; any other loads as true, the server sends 1 |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/bool.c` `boolsend`, `boolrecv`, `parse_bool_with_len`.

use super::{Codec, Kind, Nesting, is_space};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a bool of 1 byte, found another length");
const TEXT: ValueError = ValueError::new("expected true or false, found another text");
const VALUE: ValueError = ValueError::new("expected a bool, found a value of another type");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["bool"],
    kind: Kind::Bool,
    source: "src/backend/utils/adt/bool.c, boolsend",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// The value.
///
/// # Errors
/// If it is not one byte.
pub fn read(value: &[u8]) -> Result<bool, ValueError> {
    if let [byte] = value { Ok(*byte != 0) } else { Err(LENGTH) }
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.push(if read(value)? { b't' } else { b'f' });
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = text.trim_matches(is_space).to_ascii_lowercase();
    let is_start_of = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if is_start_of("true", 1) || is_start_of("yes", 1) || is_start_of("on", 2) || text == "1" {
        out.push(1);
    } else if is_start_of("false", 1) || is_start_of("no", 1) || is_start_of("off", 2) || text == "0" {
        out.push(0);
    } else {
        return Err(TEXT);
    }
    Ok(())
}

/// A number is no bool, though Python's `bool` is a number.
fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Bool(is_true) => out.push(u8::from(*is_true)),
        Value::Str(text) => from_text(text, out)?,
        _ => return Err(VALUE),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(boolsend(v), 'hex')
        samples::check(&CODEC, &[("t", "01"), ("f", "00")]);
        assert_eq!(Some("t"), samples::to_text(&CODEC, &[7]).as_deref());
    }

    #[test]
    fn words_of_the_server_are_read() {
        let words =
            [("true", "t"), (" YES ", "t"), ("on", "t"), ("1", "t"), ("F", "f"), ("of", "f"), ("0", "f")];
        samples::check_input(&CODEC, &words);
        samples::check_refused(&CODEC, &["", "o", "2", "truee", "maybe"]);
    }

    #[test]
    fn other_lengths_are_refused() {
        samples::check_fixed_length(&CODEC, "01");
    }
}
