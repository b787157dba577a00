//! `PostGIS`'s `geometry` and `geography`: EWKB, which the server reads.
//!
//! | offset | bytes | meaning                                                      |
//! |--------|-------|--------------------------------------------------------------|
//! | 0      | n     | byte order, type with flags, SRID where flagged, coordinates |
//!
//! Source: `PostGIS` 3.5, `postgis/lwgeom_inout.c` `LWGEOM_send`, `LWGEOM_recv`.

use super::{Codec, Kind, Nesting, push_display};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const VALUE: ValueError =
    ValueError::new("expected EWKB as bytes or as hexadecimal digits, found a value of another type");
const HEX: ValueError = ValueError::new("expected EWKB as hexadecimal digits, found another text");
const HEAD: ValueError =
    ValueError::new("expected EWKB that begins with its byte order 0 or 1, found other bytes");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["geometry", "geography"],
    kind: Kind::Other,
    source: "postgis/lwgeom_inout.c, LWGEOM_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    check(value)?;
    for byte in value {
        push_display(out, format_args!("{byte:02X}"));
    }
    Ok(())
}

/// Byte order and type are five bytes.
fn check(value: &[u8]) -> Result<(), ValueError> {
    match value {
        [0 | 1, _, _, _, _, ..] => Ok(()),
        _ => Err(HEAD),
    }
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    for [high, low] in pairs {
        out.push(digit(*high).ok_or(HEX)? << 4 | digit(*low).ok_or(HEX)?);
    }
    if !rest.is_empty() {
        return Err(HEX);
    }
    check(out.get(start..).unwrap_or_default())
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Bytes(bytes) => {
            check(bytes)?;
            out.extend_from_slice(bytes);
            Ok(())
        }
        Value::Str(text) => from_text(text, out),
        _ => Err(VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn ewkb_is_passed_on_and_written_as_digits() {
        // The bytes of POINT(1 2) with SRID 4326, from the PostGIS manual on EWKB.
        let point = "0101000020E6100000000000000000F03F0000000000000040";
        samples::check(&CODEC, &[(point, point)]);
        samples::check_refused(&CODEC, &["", "01", "POINT(1 2)", "0201000000", "010100000"]);
    }
}
