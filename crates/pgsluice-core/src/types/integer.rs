//! `int2`, `int4`, `int8`: one format in three widths.
//!
//! | offset | bytes     | meaning                            |
//! |--------|-----------|------------------------------------|
//! | 0      | 2, 4 or 8 | two's complement, big-endian       |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/int.c` `int2send`, `int4send`; `int8.c` `int8send`.

use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::encode::value::Value;
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected an integer of its type's 2, 4 or 8 bytes, found others");
const TEXT: ValueError = ValueError::new("expected a whole number, found another text");
const VALUE: ValueError = ValueError::new("expected a whole number, found a value of another type");
const FRACTION: ValueError = ValueError::new("expected a whole number, found one with decimals");
const RANGE: ValueError = ValueError::new("expected a number in the range of its type, found one outside");

/// The codec of `int2`.
pub const INT2: Codec = Codec {
    names: &["int2"],
    kind: Kind::Int2,
    source: "src/backend/utils/adt/int.c, int2send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| to_text(Kind::Int2, value, out),
    from_text: |text, out| from_text(Kind::Int2, text, out),
    from_value: |value, _, out| from_value(Kind::Int2, value, out),
};

/// The codec of `int4`.
pub const INT4: Codec = Codec {
    names: &["int4"],
    kind: Kind::Int4,
    source: "src/backend/utils/adt/int.c, int4send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| to_text(Kind::Int4, value, out),
    from_text: |text, out| from_text(Kind::Int4, text, out),
    from_value: |value, _, out| from_value(Kind::Int4, value, out),
};

/// The codec of `int8`.
pub const INT8: Codec = Codec {
    names: &["int8"],
    kind: Kind::Int8,
    source: "src/backend/utils/adt/int8.c, int8send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| to_text(Kind::Int8, value, out),
    from_text: |text, out| from_text(Kind::Int8, text, out),
    from_value: |value, _, out| from_value(Kind::Int8, value, out),
};

/// The value of an integer of `kind`.
///
/// # Errors
/// If it has not as many bytes as the kind.
pub fn read(kind: Kind, value: &[u8]) -> Result<i64, ValueError> {
    match kind {
        Kind::Int2 => value.try_into().map(|bytes| i64::from(i16::from_be_bytes(bytes))),
        Kind::Int4 => value.try_into().map(|bytes| i64::from(i32::from_be_bytes(bytes))),
        _ => value.try_into().map(i64::from_be_bytes),
    }
    .map_err(|_| LENGTH)
}

/// Append `number` as an integer of `kind`.
///
/// # Errors
/// If it is out of the kind's range.
pub fn write(kind: Kind, number: i64, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match kind {
        Kind::Int2 => out.extend_from_slice(&i16::try_from(number).map_err(|_| RANGE)?.to_be_bytes()),
        Kind::Int4 => out.extend_from_slice(&i32::try_from(number).map_err(|_| RANGE)?.to_be_bytes()),
        _ => out.extend_from_slice(&number.to_be_bytes()),
    }
    Ok(())
}

/// The least and the greatest value of a kind; those of `int8` for any kind that is no integer.
#[must_use]
pub fn range(kind: Kind) -> (i64, i64) {
    match kind {
        Kind::Int2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Kind::Int4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

fn to_text(kind: Kind, value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    push_display(out, format_args!("{}", read(kind, value)?));
    Ok(())
}

fn from_text(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = text.trim_matches(is_space);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TEXT);
    }
    write(kind, text.parse().map_err(|_| RANGE)?, out)
}

/// A decimal number without decimals is a whole one; a float is not, however it looks.
fn from_value(kind: Kind, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Int(number) => write(kind, *number, out),
        Value::Str(text) => from_text(kind, text, out),
        Value::BigInt(_) => Err(RANGE),
        Value::Decimal(text) => write(kind, whole(text)?, out),
        _ => Err(VALUE),
    }
}

/// The whole number that a decimal text with an exponent or zeros as decimals stands for.
fn whole(text: &str) -> Result<i64, ValueError> {
    let mut numeric = Vec::new();
    (super::numeric::CODEC.from_text)(text, &mut numeric)?;
    let number = super::numeric::read(&numeric)?;
    let (weight, groups) = number.significant();
    let Ok(last) = usize::try_from(weight) else {
        return if groups.is_empty() { Ok(0) } else { Err(FRACTION) };
    };
    if !number.is_finite() {
        return Err(VALUE);
    }
    if groups.len() > last + 1 {
        return Err(FRACTION);
    }
    let mut magnitude = 0i128;
    for weight in (0..=weight).rev() {
        magnitude = magnitude
            .checked_mul(10_000)
            .and_then(|magnitude| magnitude.checked_add(i128::from(number.group(weight))))
            .ok_or(RANGE)?;
    }
    let signed = if number.sign == super::numeric::Sign::Minus { -magnitude } else { magnitude };
    i64::try_from(signed).map_err(|_| RANGE)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(int2send(v), 'hex'), and so on
        let int2 = [("0", "00 00"), ("1", "00 01"), ("-1", "ff ff"), ("32767", "7f ff"), ("-32768", "80 00")];
        samples::check(&INT2, &int2);
        let int4 = [("0", "00 00 00 00"), ("2147483647", "7f ff ff ff"), ("-2147483648", "80 00 00 00")];
        samples::check(&INT4, &int4);
        let int8 = [
            ("-1", "ff ff ff ff ff ff ff ff"),
            ("9223372036854775807", "7f ff ff ff ff ff ff ff"),
            ("-9223372036854775808", "80 00 00 00 00 00 00 00"),
        ];
        samples::check(&INT8, &int8);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        samples::check_input(&INT4, &[(" +7 ", "7"), ("-0", "0"), ("007", "7")]);
        samples::check_refused(&INT4, &["", "-", "+-1", "1.0", "1e3", "0x10", "2147483648", "-2147483649"]);
        samples::check_refused(&INT2, &["32768", "-32769"]);
        samples::check_refused(&INT8, &["9223372036854775808", "99999999999999999999999999"]);
    }

    #[test]
    fn other_lengths_are_refused() {
        samples::check_fixed_length(&INT2, "00 01");
        samples::check_fixed_length(&INT4, "00 00 00 01");
        samples::check_fixed_length(&INT8, "00 00 00 00 00 00 00 01");
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(number: i64, kind in 0usize..3) {
            let (codec, number) = match kind {
                0 => (&INT2, number >> 48),
                1 => (&INT4, number >> 32),
                _ => (&INT8, number),
            };
            let mut value = Vec::new();
            write(codec.kind, number, &mut value).expect("in range");

            let text = samples::to_text(codec, &value).expect("text");

            prop_assert_eq!(number.to_string(), text.clone());
            prop_assert_eq!(Some(value), samples::from_text(codec, &text));
        }
    }
}
