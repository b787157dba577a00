//! `numeric` from a caller's numbers, exactly: what `numeric(p, s)` would round is refused.

use super::numeric::{DSCALE_MAX, Sign, from_text, read, write, write_special};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const VALUE: ValueError = ValueError::new("expected a number, found a value of another type");
const DECIMALS: ValueError =
    ValueError::new("expected no more decimals than the type's scale, found some that it would round away");
const DIGITS: ValueError =
    ValueError::new("expected no more digits before the point than the type has, found more");
const INFINITE: ValueError =
    ValueError::new("expected a finite number, as a numeric with a precision holds, found an infinite one");

/// Groups of four digits that 128 bits hold, with one for padding.
const GROUPS_INLINE: usize = 11;
/// Digits that always fit 128 bits, padding included.
const DIGITS_INLINE: usize = 34;

/// Append the send format of `value`.
pub(super) fn from_value(value: &Value<'_>, limits: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    match value {
        Value::Int(number) => write_short(*number < 0, u128::from(number.unsigned_abs()), 0, out)?,
        Value::Decimal(text) | Value::Str(text) | Value::BigInt(text) => from_digits(text, out)?,
        Value::Float(number) => from_float(*number, out)?,
        _ => return Err(VALUE),
    }
    limits
        .numeric
        .map_or(Ok(()), |(precision, scale)| check(out.get(start..).unwrap_or_default(), precision, scale))
}

/// The shortest decimal number that is read back as this float.
fn from_float(number: f64, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if number.is_nan() {
        write_special(Sign::NaN, out);
    } else if number.is_infinite() {
        write_special(if number > 0.0 { Sign::Infinity } else { Sign::MinusInfinity }, out);
    } else {
        from_text(&format!("{number:e}"), out)?;
    }
    Ok(())
}

/// Numbers of a usual length without an exponent take no memory of their own.
fn from_digits(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (is_negative, plain) = match text.as_bytes() {
        [b'-', plain @ ..] => (true, plain),
        plain => (false, plain),
    };
    if plain.is_empty() || plain.len() > DIGITS_INLINE {
        return from_text(text, out);
    }
    let mut number = 0u128;
    let mut scale = None;
    for byte in plain {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + u128::from(byte - b'0');
                scale = scale.map(|scale: u16| scale + 1);
            }
            b'.' if scale.is_none() && plain.len() > 1 => scale = Some(0),
            _ => return from_text(text, out),
        }
    }
    write_short(is_negative, number, scale.unwrap_or(0), out)
}

/// `number` x 10^-`scale`, for numbers of at most 34 digits.
fn write_short(is_negative: bool, number: u128, scale: u16, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let padding = (4 - scale % 4) % 4;
    let mut number = number * 10u128.pow(u32::from(padding));
    let mut groups = [0u16; GROUPS_INLINE];
    let mut count = 0;
    while number != 0 {
        // The remainder is below 10,000.
        groups[count] = u16::try_from(number % 10_000).unwrap_or(0);
        number /= 10_000;
        count += 1;
    }
    write(is_negative, &groups[..count], -i32::from((scale + padding) / 4), scale.min(DSCALE_MAX), out)
}

/// Refuse what `numeric(precision, scale)` would round or not take.
fn check(value: &[u8], precision: u32, scale: i32) -> Result<(), ValueError> {
    let number = read(value)?;
    if !number.is_finite() {
        return if number.sign == Sign::NaN { Ok(()) } else { Err(INFINITE) };
    }
    let (weight, groups) = number.significant();
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return Ok(()) };
    let digits = |group: u16| group.checked_ilog10().map_or(0, |log| i64::from(log) + 1);
    let whole = i64::from(weight) * 4 + digits(u16::from_be_bytes(*first));
    let mut last = u16::from_be_bytes(*last);
    let lowest = i64::from(weight) + 1 - i64::try_from(groups.len()).unwrap_or(0);
    let mut decimals = -lowest * 4;
    while last.is_multiple_of(10) && last != 0 {
        last /= 10;
        decimals -= 1;
    }
    if decimals > i64::from(scale) {
        return Err(DECIMALS);
    }
    if whole > i64::from(precision) - i64::from(scale) { Err(DIGITS) } else { Ok(()) }
}
