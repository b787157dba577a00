//! `text`, `varchar`, `char(n)`, `name`, `citext` and enum labels: the characters in the client's encoding,
//! which is UTF-8 on every connection of ours.
//!
//! | offset | bytes | meaning        |
//! |--------|-------|----------------|
//! | 0      | n     | the characters |

use super::{Codec, Kind};
use crate::error::ValueError;

const NOT_UTF8: ValueError = ValueError::new("expected UTF-8 characters, found other bytes");
const HAS_NUL: ValueError = ValueError::new("expected characters other than NUL, found one");

/// The codec of the character types.
pub const CODEC: Codec = Codec {
    names: &["text", "varchar", "bpchar", "name", "citext"],
    kind: Kind::Text,
    source: "src/backend/utils/adt/varlena.c, textsend",
    to_text,
    from_text,
};

/// The codec of every enum: the label.
pub const ENUM: Codec = Codec {
    names: &[],
    kind: Kind::Enum,
    source: "src/backend/utils/adt/enum.c, enum_send",
    to_text,
    from_text,
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
    if text.contains('\0') {
        return Err(HAS_NUL);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}
