//! `bit(n)` and `varbit(n)`.
//!
//! | offset | bytes | meaning                                        |
//! |--------|-------|------------------------------------------------|
//! | 0      | 4     | number of bits, big-endian                     |
//! | 4      | n     | the bits, first one highest, filled up with 0  |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/varbit.c` `varbit_send`, `varbit_recv`, `varbit_in`.

use super::{Codec, Kind, Nesting};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected bits as many as their count says, found others");
const TEXT: ValueError = ValueError::new("expected zeros and ones, found another text");
const VALUE: ValueError =
    ValueError::new("expected bits as a str of zeros and ones, found a value of another type");
const COUNT: ValueError = ValueError::new("expected as many bits as the type has, found more or fewer");
const LONG: ValueError =
    ValueError::new("expected at most as many bits as the type's length says, found more");

/// The codec of `bit`.
pub const BIT: Codec = Codec {
    names: &["bit"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/varbit.c, bit_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value: |value, limits, out| {
        from_value(value, limits, |bits, n| if bits == n { Ok(()) } else { Err(COUNT) }, out)
    },
};

/// The codec of `varbit`.
pub const VARBIT: Codec = Codec {
    names: &["varbit"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/varbit.c, varbit_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value: |value, limits, out| {
        from_value(value, limits, |bits, n| if bits <= n { Ok(()) } else { Err(LONG) }, out)
    },
};

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (count, bytes) = value.split_first_chunk::<4>().ok_or(LENGTH)?;
    let count = usize::try_from(u32::from_be_bytes(*count)).map_err(|_| LENGTH)?;
    if bytes.len() != count.div_ceil(8) {
        return Err(LENGTH);
    }
    let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| b'0' + (byte >> at & 1)));
    out.extend(bits.take(count));
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let count = i32::try_from(text.len()).map_err(|_| TEXT)?;
    out.extend_from_slice(&count.to_be_bytes());
    for eight in text.as_bytes().chunks(8) {
        let mut byte = 0;
        for (at, digit) in eight.iter().enumerate() {
            match digit {
                b'0' => {}
                b'1' => byte |= 0x80 >> at,
                _ => return Err(TEXT),
            }
        }
        out.push(byte);
    }
    Ok(())
}

/// The explicit casts of the server cut and fill; here the length is what the type says.
fn from_value(
    value: &Value<'_>,
    limits: &Limits,
    check: impl FnOnce(usize, usize) -> Result<(), ValueError>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let Value::Str(text) = value else { return Err(VALUE) };
    if let Some(n) = limits.chars_max {
        check(text.len(), n as usize)?;
    }
    from_text(text, out)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(varbit_send(v), 'hex')
        samples::check(&VARBIT, &[("", "00000000"), ("1", "00000001 80"), ("000000011", "00000009 01 80")]);
        samples::check_refused(&VARBIT, &["2", "b1", "1 0", "é"]);
        for hex in ["", "000000", "00000001", "00000001 8000", "ffffffff"] {
            assert_eq!(None, samples::to_text(&VARBIT, &samples::bytes(hex)), "{hex}");
        }
    }
}
