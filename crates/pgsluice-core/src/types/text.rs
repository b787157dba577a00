//! `text`, `varchar`, `char(n)`, `name`, `citext` and enum labels: the characters in the client's encoding,
//! which is UTF-8 on every connection of ours.
//!
//! | offset | bytes | meaning        |
//! |--------|-------|----------------|
//! | 0      | n     | the characters |

use super::{Codec, Kind, Nesting};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const NOT_UTF8: ValueError = ValueError::new("expected UTF-8 characters, found other bytes");
const VALUE: ValueError = ValueError::new("expected a str, found a value of another type");
const LONG: ValueError =
    ValueError::new("expected at most as many characters as the type's length says, found more");
const LONG_NAME: ValueError = ValueError::new("expected a name of at most 63 bytes, found more");
const HAS_NUL: ValueError = ValueError::new("expected characters other than NUL, found one");

/// `NAMEDATALEN` - 1.
const NAME_BYTES_MAX: usize = 63;

/// The codec of the character types.
pub const CODEC: Codec = Codec {
    names: &["text", "varchar", "bpchar", "name", "citext"],
    kind: Kind::Text,
    source: "src/backend/utils/adt/varlena.c, textsend",
    is_text_as_sent: true,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// The codec of every enum: the label.
pub const ENUM: Codec = Codec {
    names: &[],
    kind: Kind::Enum,
    source: "src/backend/utils/adt/enum.c, enum_send",
    is_text_as_sent: true,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// The codec of `xml`, which the server parses.
pub const XML: Codec = Codec {
    names: &["xml"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/xml.c, xml_recv",
    is_text_as_sent: true,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// The characters of a value.
///
/// # Errors
/// If they are not UTF-8.
pub fn read(value: &[u8]) -> Result<&str, ValueError> {
    std::str::from_utf8(value).map_err(|_| NOT_UTF8)
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.extend_from_slice(read(value)?.as_bytes());
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(HAS_NUL);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Nothing is cut: not the blanks that the server would drop without a word, nor the end of a name.
fn from_value(value: &Value<'_>, limits: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let Value::Str(text) = value else { return Err(VALUE) };
    if limits.name == "name" && text.len() > NAME_BYTES_MAX {
        return Err(LONG_NAME);
    }
    // A character has a byte or more: most values need no counting.
    let is_long = |chars_max: usize| text.len() > chars_max && text.chars().count() > chars_max;
    if limits.chars_max.is_some_and(|chars_max| is_long(chars_max as usize)) {
        return Err(LONG);
    }
    from_text(text, out)
}
