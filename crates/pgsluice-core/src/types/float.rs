//! `float4`, `float8`: IEEE 754, every bit pattern kept.
//!
//! | offset | bytes  | meaning                              |
//! |--------|--------|--------------------------------------|
//! | 0      | 4 or 8 | binary32 or binary64, big-endian     |
//!
//! The text is the shortest that lies strictly between the midpoints to the neighbours (a text on a
//! midpoint would read back as the same value only under round-half-even, which the server does not
//! rely on), with an exponent below 1e-04 and from 1e+06 (`float4`) or 1e+15 (`float8`).
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/float.c` `float4send`, `float8send`, `float8in_internal`;
//! `src/common/f2s.c`, `d2s.c` (`STRICTLY_SHORTEST` 0), `to_chars`.

use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::encode::value::Value;
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a float of its type's 4 or 8 bytes, found others");
const TEXT: ValueError = ValueError::new("expected a number, found another text");
const VALUE: ValueError = ValueError::new("expected a number, found a value of another type");
const INEXACT: ValueError =
    ValueError::new("expected a whole number that a float of its type holds exactly, found another");
const RANGE: ValueError = ValueError::new("expected a number in the range of its type, found one outside");

/// The codec of `float4`.
pub const FLOAT4: Codec = Codec {
    names: &["float4"],
    kind: Kind::Float4,
    source: "src/backend/utils/adt/float.c, float4send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: to_text_4,
    from_text: from_text_4,
    from_value: |value, _, out| from_value_4(value, out),
};

/// The codec of `float8`.
pub const FLOAT8: Codec = Codec {
    names: &["float8"],
    kind: Kind::Float8,
    source: "src/backend/utils/adt/float.c, float8send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: to_text_8,
    from_text: from_text_8,
    from_value: |value, _, out| from_value_8(value, out),
};

/// The value of a `float4`.
///
/// # Errors
/// If it has not 4 bytes.
pub fn read_4(value: &[u8]) -> Result<f32, ValueError> {
    value.try_into().map(f32::from_be_bytes).map_err(|_| LENGTH)
}

/// The value of a `float8`.
///
/// # Errors
/// If it has not 8 bytes.
pub fn read_8(value: &[u8]) -> Result<f64, ValueError> {
    value.try_into().map(f64::from_be_bytes).map_err(|_| LENGTH)
}

fn to_text_4(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number = read_4(value)?;
    let pattern = number.to_bits();
    let exponent = i32::try_from(pattern >> 23 & 0xff).unwrap_or(0);
    let parts = Parts::new(u64::from(pattern & 0x7f_ffff), exponent, 23);
    if !push_special(f64::from(number), out) {
        let format = |digits: Option<usize>| match digits {
            None => format!("{:e}", number.abs()),
            Some(digits) => format!("{:.*e}", digits - 1, number.abs()),
        };
        push(out, number.is_sign_negative(), parts, 6, format, |text| text.parse() == Ok(number.abs()));
    }
    Ok(())
}

fn to_text_8(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number = read_8(value)?;
    let pattern = number.to_bits();
    let exponent = i32::try_from(pattern >> 52 & 0x7ff).unwrap_or(0);
    let parts = Parts::new(pattern & 0xf_ffff_ffff_ffff, exponent, 52);
    if !push_special(number, out) {
        let format = |digits: Option<usize>| match digits {
            None => format!("{:e}", number.abs()),
            Some(digits) => format!("{:.*e}", digits - 1, number.abs()),
        };
        push(out, number.is_sign_negative(), parts, 15, format, |text| text.parse() == Ok(number.abs()));
    }
    Ok(())
}

/// A whole number must be held exactly: an identifier in a float column must not become its neighbour.
/// Numbers with decimals are rounded to the nearest float, as any text of one is.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the way back tells what was lost"
)]
fn from_value_8(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number = match value {
        Value::Float(number) => *number,
        Value::Int(number) if (*number as f64) as i128 == i128::from(*number) => *number as f64,
        Value::Int(_) | Value::BigInt(_) => return Err(INEXACT),
        Value::Str(text) | Value::Decimal(text) => return from_text_8(text, out),
        _ => return Err(VALUE),
    };
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the way back tells what was lost"
)]
fn from_value_4(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number = match value {
        Value::Float(number) => {
            let short = *number as f32;
            if short.is_infinite() != number.is_infinite() || (short == 0.0) != (*number == 0.0) {
                return Err(RANGE);
            }
            short
        }
        Value::Int(number) if (*number as f32) as i128 == i128::from(*number) => *number as f32,
        Value::Int(_) | Value::BigInt(_) => return Err(INEXACT),
        Value::Str(text) | Value::Decimal(text) => return from_text_4(text, out),
        _ => return Err(VALUE),
    };
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

fn push_special(number: f64, out: &mut Vec<u8>) -> bool {
    if number.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if number.is_infinite() {
        out.extend_from_slice(if number > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else if number == 0.0 {
        out.extend_from_slice(if number.is_sign_negative() { b"-0" } else { b"0" });
    } else {
        return false;
    }
    true
}

/// A positive number as `mantissa` x 2^`exponent`.
#[derive(Clone, Copy)]
struct Parts {
    mantissa: u64,
    exponent: i32,
    /// The neighbour below is only half as far away.
    is_power_of_two: bool,
}

impl Parts {
    fn new(fraction: u64, biased: i32, fraction_bits: i32) -> Self {
        let bias = if fraction_bits == 23 { 127 } else { 1023 };
        if biased == 0 {
            return Self { mantissa: fraction, exponent: 1 - bias - fraction_bits, is_power_of_two: false };
        }
        Self {
            mantissa: fraction | 1 << fraction_bits,
            exponent: biased - bias - fraction_bits,
            is_power_of_two: fraction == 0 && biased > 1,
        }
    }

    /// Whether `digits` x 10^`power` lies exactly between this number and a neighbour.
    fn is_midpoint(self, digits: u64, power: i32) -> bool {
        if !self.mantissa.is_multiple_of(2) {
            // An odd mantissa loses the tie, so no text on its midpoints reads back as it.
            return false;
        }
        let above = (u128::from(self.mantissa) * 2 + 1, self.exponent - 1);
        let below = if self.is_power_of_two {
            (u128::from(self.mantissa) * 4 - 1, self.exponent - 2)
        } else {
            (u128::from(self.mantissa) * 2).checked_sub(1).map_or((0, 0), |odd| (odd, self.exponent - 1))
        };
        is_equal(digits, power, above) || is_equal(digits, power, below)
    }
}

/// Whether `digits` x 10^`power` is `odd` x 2^`exponent`.
fn is_equal(digits: u64, power: i32, (odd, exponent): (u128, i32)) -> bool {
    // digits x 5^power x 2^power: the powers of five go to the side where they multiply. A product over
    // 128 bits cannot equal the other side, which is below 2^64.
    let Some(five) = 5u128.checked_pow(power.unsigned_abs()) else { return false };
    let left = if power >= 0 { u128::from(digits).checked_mul(five) } else { Some(u128::from(digits)) };
    let right = if power >= 0 { Some(odd) } else { odd.checked_mul(five) };
    let (Some(left), Some(right)) = (left, right) else { return false };
    if left == 0 || right == 0 {
        return false;
    }
    let twos = left.trailing_zeros();
    left >> twos == right && i32::try_from(twos).is_ok_and(|twos| twos + power == exponent)
}

/// The digits, without trailing zeros, and the decimal exponent of the first of them.
fn split(scientific: &str) -> (String, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits.trim_end_matches('0').to_owned(), exponent.parse().unwrap_or(0))
}

/// More never stand in a shortest text of a `float8`.
const DIGITS_MAX: usize = 17;

fn push(
    out: &mut Vec<u8>,
    is_negative: bool,
    parts: Parts,
    exponent_from: i32,
    format: impl Fn(Option<usize>) -> String,
    reads_back: impl Fn(&str) -> bool,
) {
    let (mut digits, mut exponent) = split(&format(None));
    // Of two shortest texts as close, the server takes the one that ends in an even digit; so does an
    // explicit precision. At a power of two that may leave the narrower side, and the first one stands.
    let rounded = format(Some(digits.len()));
    if reads_back(&rounded) {
        (digits, exponent) = split(&rounded);
    }
    let count = |digits: &str| i32::try_from(digits.len()).unwrap_or(0);
    let is_midpoint = |digits: &str, exponent: i32| {
        parts.is_midpoint(digits.parse().unwrap_or(0), exponent + 1 - count(digits))
    };
    let mut more = digits.len() + 1;
    while more <= DIGITS_MAX && is_midpoint(&digits, exponent) {
        (digits, exponent) = split(&format(Some(more)));
        more += 1;
    }
    if is_negative {
        out.push(b'-');
    }
    if exponent < -4 || exponent >= exponent_from {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if exponent < 0 { '-' } else { '+' };
        push_display(out, format_args!("{first}{point}{rest}e{sign}{:02}", exponent.abs()));
    } else if exponent < 0 {
        let zeros = "000".get(..usize::try_from(-exponent - 1).unwrap_or(0)).unwrap_or_default();
        push_display(out, format_args!("0.{zeros}{digits}"));
    } else {
        let whole = usize::try_from(exponent + 1).unwrap_or(0);
        match digits.split_at_checked(whole) {
            Some((whole, "")) => push_display(out, format_args!("{whole}")),
            Some((whole, rest)) => push_display(out, format_args!("{whole}.{rest}")),
            None => push_display(out, format_args!("{digits:0<whole$}")),
        }
    }
}

/// The text without the spaces around it, if it is a number or one of the special words.
fn number_text(text: &str) -> Result<&str, ValueError> {
    let text = text.trim_matches(is_space);
    let plain = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_word = ["inf", "infinity", "nan"].iter().any(|word| plain.eq_ignore_ascii_case(word));
    let is_number = plain.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    if is_word || is_number { Ok(text) } else { Err(TEXT) }
}

/// The server refuses a text that overflows, or that is not zero and yet would become zero.
fn check_range(text: &str, is_infinite: bool, is_zero: bool) -> Result<(), ValueError> {
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit());
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let has_digits = mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if is_number && (is_infinite || (is_zero && has_digits)) { Err(RANGE) } else { Ok(()) }
}

fn from_text_4(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = number_text(text)?;
    let number: f32 = text.parse().map_err(|_| TEXT)?;
    check_range(text, number.is_infinite(), number == 0.0)?;
    let number = if number.is_nan() { f32::NAN } else { number };
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

fn from_text_8(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = number_text(text)?;
    let number: f64 = text.parse().map_err(|_| TEXT)?;
    check_range(text, number.is_infinite(), number == 0.0)?;
    let number = if number.is_nan() { f64::NAN } else { number };
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(float4send(v), 'hex'), and float8send
        let float4 = [
            ("0", "00 00 00 00"),
            ("-0", "80 00 00 00"),
            ("1.5", "3f c0 00 00"),
            ("0.1", "3d cc cc cd"),
            ("999999", "49 74 23 f0"),
            ("1e+06", "49 74 24 00"),
            ("1.234567e+06", "49 96 b4 38"),
            ("0.0001", "38 d1 b7 17"),
            ("1.5e-05", "37 7b a8 82"),
            ("3.4028235e+38", "7f 7f ff ff"),
            ("1e-45", "00 00 00 01"),
            ("NaN", "7f c0 00 00"),
            ("Infinity", "7f 80 00 00"),
            ("-Infinity", "ff 80 00 00"),
            // 9e+09 lies on the midpoint.
            ("8.999999e+09", "50 06 1c 46"),
            // Half-way between ..062 and ..063: the even one.
            ("0.00024414062", "39 80 00 00"),
            ("-244049.62", "c8 6e 54 68"),
        ];
        samples::check(&FLOAT4, &float4);
        let float8 = [
            ("-0", "80 00 00 00 00 00 00 00"),
            ("0.1", "3f b9 99 99 99 99 99 9a"),
            ("999999999999999", "43 0c 6b f5 26 33 ff f8"),
            ("1e+15", "43 0c 6b f5 26 34 00 00"),
            ("1.2345678901234568e+17", "43 7b 69 b4 ba 63 0f 35"),
            ("0.0001", "3f 1a 36 e2 eb 1c 43 2d"),
            ("-1.5e-05", "be ef 75 10 4d 55 1d 69"),
            ("1.7976931348623157e+308", "7f ef ff ff ff ff ff ff"),
            ("5e-324", "00 00 00 00 00 00 00 01"),
            ("1e+100", "54 b2 49 ad 25 94 c3 7d"),
            ("9.007199254740992e+15", "43 40 00 00 00 00 00 00"),
            ("NaN", "7f f8 00 00 00 00 00 00"),
            ("-Infinity", "ff f0 00 00 00 00 00 00"),
        ];
        samples::check(&FLOAT8, &float8);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        samples::check_input(
            &FLOAT8,
            &[(" +1.50 ", "1.5"), ("1E3", "1000"), ("-inf", "-Infinity"), (".5", "0.5")],
        );
        samples::check_refused(&FLOAT8, &["", "1,5", "one", "0x10", "1e", "1e400", "1e-400", "--1"]);
        samples::check_refused(&FLOAT4, &["1e39", "1e-50"]);
    }

    #[test]
    fn other_lengths_are_refused() {
        samples::check_fixed_length(&FLOAT4, "3f c0 00 00");
        samples::check_fixed_length(&FLOAT8, "3f f8 00 00 00 00 00 00");
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(bits: u64) {
            let wide = f64::from_bits(bits);
            if !wide.is_nan() {
                let value = wide.to_be_bytes().to_vec();
                let text = samples::to_text(&FLOAT8, &value).expect("text");
                prop_assert_eq!(Some(value), samples::from_text(&FLOAT8, &text));
            }
            let narrow = f32::from_bits(u32::try_from(bits >> 32).unwrap_or(0));
            if !narrow.is_nan() {
                let value = narrow.to_be_bytes().to_vec();
                let text = samples::to_text(&FLOAT4, &value).expect("text");
                prop_assert_eq!(Some(value), samples::from_text(&FLOAT4, &text));
            }
        }
    }
}
