//! `numeric`: decimal digits in groups of four.
//!
//! | offset | bytes | meaning                                                                    |
//! |--------|-------|----------------------------------------------------------------------------|
//! | 0      | 2     | n, the number of groups                                                    |
//! | 2      | 2     | weight, signed: the first group counts 10000^weight                        |
//! | 4      | 2     | sign: 0000 +, 4000 -, c000 NaN, d000 Infinity, f000 -Infinity              |
//! | 6      | 2     | dscale: decimals shown, at most 16383; 20 (hexadecimal) with the infinities |
//! | 8      | 2 n   | groups, each 0 to 9999                                                     |
//!
//! Digits behind dscale do not count: the server cuts them off when it loads the value.
//! Source: PostgreSQL 18, `src/backend/utils/adt/numeric.c` `numeric_send`, `numeric_recv`, `get_str_from_var`.

use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::error::ValueError;

const LENGTH: ValueError =
    ValueError::new("expected a numeric as long as its groups say, found another length");
const SIGN: ValueError = ValueError::new("expected a numeric with a sign PostgreSQL has, found another");
const DIGIT: ValueError = ValueError::new("expected numeric groups from 0 to 9999, found a greater one");
const SCALE: ValueError = ValueError::new("expected a numeric with at most 16383 decimals, found more");
const TEXT: ValueError = ValueError::new("expected a number, found another text");
const RANGE: ValueError = ValueError::new("expected a number in the range of numeric, found one outside");

/// Most decimals a value shows (`NUMERIC_DSCALE_MAX`).
pub const DSCALE_MAX: u16 = 0x3fff;
/// Most digits before the point: 32,768 groups, as many as a weight of 16 bits allows.
pub const WHOLE_DIGITS_MAX: u32 = 131_072;
/// What the server sends as dscale of the infinities; it accepts 0 too.
const DSCALE_INFINITY: u16 = 0x20;

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["numeric"],
    kind: Kind::Numeric,
    source: "src/backend/utils/adt/numeric.c, numeric_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value: super::numeric_value::from_value,
};

/// What stands before the digits, or instead of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Zero or more.
    Plus,
    /// Less than zero.
    Minus,
    /// Not a number; the groups do not count.
    NaN,
    /// Infinity; the groups do not count.
    Infinity,
    /// -Infinity; the groups do not count.
    MinusInfinity,
}

impl Sign {
    fn code(self) -> u16 {
        match self {
            Self::Plus => 0,
            Self::Minus => 0x4000,
            Self::NaN => 0xc000,
            Self::Infinity => 0xd000,
            Self::MinusInfinity => 0xf000,
        }
    }
}

/// A value, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Numeric<'a> {
    /// Its sign.
    pub sign: Sign,
    /// The first group counts 10000^weight.
    pub weight: i16,
    /// Decimals shown.
    pub dscale: u16,
    groups: &'a [[u8; 2]],
}

impl Numeric<'_> {
    /// Whether it is neither NaN nor one of the infinities.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        matches!(self.sign, Sign::Plus | Sign::Minus)
    }

    /// The group that counts 10000^`weight`; 0 where none is stored.
    #[must_use]
    pub fn group(&self, weight: i32) -> u16 {
        let at = usize::try_from(i32::from(self.weight) - weight).ok();
        at.and_then(|at| self.groups.get(at)).map_or(0, |group| u16::from_be_bytes(*group))
    }

    /// Weight of the first group that is not zero, and the groups from there to the last that is not.
    #[must_use]
    pub fn significant(&self) -> (i32, &[[u8; 2]]) {
        let zeros = self.groups.iter().take_while(|group| **group == [0, 0]).count();
        let end = self.groups.iter().rposition(|group| *group != [0, 0]).map_or(zeros, |last| last + 1);
        let weight = i32::from(self.weight) - i32::try_from(zeros).unwrap_or(0);
        (if zeros == end { 0 } else { weight }, self.groups.get(zeros..end).unwrap_or_default())
    }
}

/// A value from its send format.
///
/// # Errors
/// If the bytes are no such thing.
pub fn read(value: &[u8]) -> Result<Numeric<'_>, ValueError> {
    let (head, groups) = value.split_first_chunk::<8>().ok_or(LENGTH)?;
    let [c0, c1, w0, w1, s0, s1, d0, d1] = *head;
    let (groups, rest) = groups.as_chunks::<2>();
    if !rest.is_empty() || usize::from(u16::from_be_bytes([c0, c1])) != groups.len() {
        return Err(LENGTH);
    }
    let sign = match u16::from_be_bytes([s0, s1]) {
        0 => Sign::Plus,
        0x4000 => Sign::Minus,
        0xc000 => Sign::NaN,
        0xd000 => Sign::Infinity,
        0xf000 => Sign::MinusInfinity,
        _ => return Err(SIGN),
    };
    let dscale = u16::from_be_bytes([d0, d1]);
    if dscale > DSCALE_MAX {
        return Err(SCALE);
    }
    if groups.iter().any(|group| u16::from_be_bytes(*group) > 9999) {
        return Err(DIGIT);
    }
    Ok(Numeric { sign, weight: i16::from_be_bytes([w0, w1]), dscale, groups })
}

/// Append the send format of a finite value. `groups` are lowest first and the lowest counts
/// 10000^`weight_lowest`; zeros at either end are left out.
///
/// # Errors
/// If it has more digits than a numeric.
pub fn write(
    is_negative: bool,
    groups: &[u16],
    weight_lowest: i32,
    dscale: u16,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let low = groups.iter().take_while(|&&group| group == 0).count();
    let end = groups.iter().rposition(|&group| group != 0).map_or(low, |last| last + 1);
    let significant = groups.get(low..end).unwrap_or_default();
    let is_zero = significant.is_empty();
    let weight = i32::try_from(end).ok().and_then(|end| weight_lowest.checked_add(end - 1));
    let weight = if is_zero { Some(0) } else { weight };
    let weight = weight.and_then(|weight| i16::try_from(weight).ok()).ok_or(RANGE)?;
    let sign = if is_negative && !is_zero { Sign::Minus } else { Sign::Plus };
    out.extend_from_slice(&u16::try_from(significant.len()).map_err(|_| RANGE)?.to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.code().to_be_bytes());
    out.extend_from_slice(&dscale.to_be_bytes());
    for group in significant.iter().rev() {
        out.extend_from_slice(&group.to_be_bytes());
    }
    Ok(())
}

pub(super) fn write_special(sign: Sign, out: &mut Vec<u8>) {
    let dscale = if sign == Sign::NaN { 0 } else { DSCALE_INFINITY };
    out.extend_from_slice(&[0, 0, 0, 0]);
    out.extend_from_slice(&sign.code().to_be_bytes());
    out.extend_from_slice(&dscale.to_be_bytes());
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number = read(value)?;
    match number.sign {
        Sign::NaN => out.extend_from_slice(b"NaN"),
        Sign::Infinity => out.extend_from_slice(b"Infinity"),
        Sign::MinusInfinity => out.extend_from_slice(b"-Infinity"),
        Sign::Plus | Sign::Minus => push_finite(&number, out),
    }
    Ok(())
}

fn push_finite(number: &Numeric<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    let (weight, _) = number.significant();
    push_display(out, format_args!("{}", number.group(weight.max(0))));
    for weight in (0..weight.max(0)).rev() {
        push_display(out, format_args!("{:04}", number.group(weight)));
    }
    if number.dscale > 0 {
        out.push(b'.');
        let end = out.len() + usize::from(number.dscale);
        let mut weight = -1;
        while out.len() < end {
            push_display(out, format_args!("{:04}", number.group(weight)));
            weight -= 1;
        }
        out.truncate(end);
    }
    let is_zero = out.get(start..).is_none_or(|digits| digits.iter().all(|byte| matches!(byte, b'0' | b'.')));
    if number.sign == Sign::Minus && !is_zero {
        out.insert(start, b'-');
    }
}

pub(super) fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = text.trim_matches(is_space);
    let (is_negative, plain) = match text.strip_prefix('-') {
        Some(plain) => (true, plain),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.eq_ignore_ascii_case("nan") {
        write_special(Sign::NaN, out);
    } else if plain.eq_ignore_ascii_case("infinity") || plain.eq_ignore_ascii_case("inf") {
        write_special(if is_negative { Sign::MinusInfinity } else { Sign::Infinity }, out);
    } else {
        let decimal = parse(plain)?;
        write(is_negative, &decimal.groups, decimal.weight_lowest, decimal.dscale, out)?;
    }
    Ok(())
}

struct Parsed {
    groups: Vec<u16>,
    weight_lowest: i32,
    dscale: u16,
}

fn parse(text: &str) -> Result<Parsed, ValueError> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| TEXT)?),
        None => (text, 0),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(decimals.bytes()).collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(TEXT);
    }
    // The number is `digits` x 10^-scale.
    let scale =
        i32::try_from(decimals.len()).ok().and_then(|count| count.checked_sub(exponent)).ok_or(RANGE)?;
    let dscale = u16::try_from(scale.max(0)).ok().filter(|dscale| *dscale <= DSCALE_MAX).ok_or(RANGE)?;
    let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.drain(..leading);
    let whole_digits = i64::try_from(digits.len()).unwrap_or(i64::MAX) - i64::from(scale);
    if !digits.is_empty() && whole_digits > i64::from(WHOLE_DIGITS_MAX) {
        return Err(RANGE);
    }
    // Pad on the right until the lowest digit ends a group.
    let padding = usize::try_from(scale.rem_euclid(4)).map_or(0, |over| (4 - over) % 4);
    digits.resize(digits.len() + padding, b'0');
    let weight_lowest = -(scale + i32::try_from(padding).unwrap_or(0)).div_euclid(4);
    let group = |digits: &[u8]| digits.iter().fold(0, |group, digit| group * 10 + u16::from(digit - b'0'));
    Ok(Parsed { groups: digits.rchunks(4).map(group).collect(), weight_lowest, dscale })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(numeric_send(v), 'hex')
        let numbers = [
            ("0", "0000 0000 0000 0000"),
            ("0.00", "0000 0000 0000 0002"),
            ("1.5", "0002 0000 0000 0001 0001 1388"),
            ("-1.5", "0002 0000 4000 0001 0001 1388"),
            ("0.0001", "0001 ffff 0000 0004 0001"),
            ("0.00001", "0001 fffe 0000 0005 03e8"),
            ("-0.000000012300", "0002 fffe 4000 000c 0001 08fc"),
            ("10000", "0001 0001 0000 0000 0001"),
            ("12345678.90123", "0004 0001 0000 0005 04d2 162e 2334 0bb8"),
            ("99999", "0002 0001 0000 0000 0009 270f"),
            ("100000000000000000000", "0001 0005 0000 0000 0001"),
            ("100000000000000000000.5", "0007 0005 0000 0001 0001 0000 0000 0000 0000 0000 1388"),
            ("NaN", "0000 0000 c000 0000"),
            ("Infinity", "0000 0000 d000 0020"),
            ("-Infinity", "0000 0000 f000 0020"),
        ];
        samples::check(&CODEC, &numbers);
    }

    #[test]
    fn unusual_bytes_mean_what_the_server_says() {
        // PostgreSQL 18.6, loaded by COPY BINARY and shown: leading zero groups, digits behind dscale, minus zero.
        let numbers = [
            ("0003 0001 0000 0001 0000 0001 1388", "1.5"),
            ("0002 0000 0000 0000 0001 1388", "1"),
            ("0001 ffff 4000 0002 0001", "0.00"),
            ("0000 0000 d000 0000", "Infinity"),
        ];
        for (hex, text) in numbers {
            assert_eq!(Some(text), samples::to_text(&CODEC, &samples::bytes(hex)).as_deref());
        }
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        let texts = [
            (" +007.50 ", "7.50"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0.0", "0.0"),
            ("-inf", "-Infinity"),
        ];
        samples::check_input(&CODEC, &texts);
        samples::check_refused(
            &CODEC,
            &["", ".", "-", "1,5", "0x10", "1e", "1e1.5", "--1", "1_000", "1e2147483648"],
        );
        samples::check_refused(&CODEC, &["1e131072", "1e-16384", "1e2147483647", "1e-2147483648"]);
        samples::check_input(&CODEC, &[("0e131072", "0")]);
        assert_eq!(
            Some(131_072),
            samples::from_text(&CODEC, "1e131071")
                .and_then(|value| samples::to_text(&CODEC, &value))
                .map(|text| text.len())
        );
    }

    #[test]
    fn cut_long_and_impossible_values_are_refused() {
        samples::check_fixed_length(&CODEC, "0002 0000 0000 0001 0001 1388");
        for hex in
            ["0001 0000 0000 0000 2710", "0000 0000 8000 0000", "0000 0000 0000 4000", "ffff 0000 0000 0000"]
        {
            assert_eq!(None, samples::to_text(&CODEC, &samples::bytes(hex)), "{hex}");
        }
    }

    proptest! {
        #[test]
        fn texts_come_back(negative: bool, whole in "[1-9][0-9]{0,30}|0", decimals in "[0-9]{0,30}") {
            let is_zero = whole == "0" && decimals.bytes().all(|byte| byte == b'0');
            let sign = if negative && !is_zero { "-" } else { "" };
            let point = if decimals.is_empty() { "" } else { "." };
            let text = format!("{sign}{whole}{point}{decimals}");

            let value = samples::from_text(&CODEC, &text).expect("a number");

            prop_assert_eq!(Some(text), samples::to_text(&CODEC, &value));
        }

        #[test]
        fn no_bytes_make_it_panic(value: Vec<u8>, text: String) {
            let _ = (samples::to_text(&CODEC, &value), samples::from_text(&CODEC, &text));
        }
    }
}
