//! `interval`: months, days and microseconds, none of which is turned into another.
//!
//! | offset | bytes | meaning                    |
//! |--------|-------|----------------------------|
//! | 0      | 8     | microseconds, big-endian   |
//! | 8      | 4     | days                       |
//! | 12     | 4     | months                     |
//!
//! The infinities of PostgreSQL 17 are not written: their bytes are finite intervals on older servers.
//! Source: PostgreSQL 18, `src/backend/utils/adt/timestamp.c` `interval_send`; `datetime.c` `EncodeInterval`,
//! `DecodeInterval`, `DecodeISO8601Interval`.

use super::calendar::{DAY_US, HOUR_US, MINUTE_US, Scanner, push_time};
use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected an interval of 16 bytes, found another length");
const RANGE: ValueError = ValueError::new("expected an interval in the range of its type, found one outside");
const TEXT: ValueError = ValueError::new(
    "expected an interval as \"1 year 2 mons 3 days 04:05:06\" or P1Y2M3DT4H5M6S, found another text",
);
const VALUE: ValueError = ValueError::new("expected an interval, found a value of another type");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["interval"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/timestamp.c, interval_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

#[derive(Default)]
struct Parts {
    months: i64,
    days: i64,
    us: i64,
}

impl Parts {
    fn write(&self, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let days = i32::try_from(self.days).map_err(|_| RANGE)?;
        let months = i32::try_from(self.months).map_err(|_| RANGE)?;
        // All at their greatest or least are the infinities of newer servers.
        if months == i32::MAX && days == i32::MAX || months == i32::MIN && days == i32::MIN {
            return Err(RANGE);
        }
        out.extend_from_slice(&self.us.to_be_bytes());
        out.extend_from_slice(&days.to_be_bytes());
        out.extend_from_slice(&months.to_be_bytes());
        Ok(())
    }

    /// Add `count` times the unit.
    fn add(&mut self, count: i64, unit: Unit) -> Option<()> {
        let (part, factor) = match unit {
            Unit::Months(factor) => (&mut self.months, factor),
            Unit::Days(factor) => (&mut self.days, factor),
            Unit::Us(factor) => (&mut self.us, factor),
        };
        *part = part.checked_add(count.checked_mul(factor)?)?;
        Some(())
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Months(i64),
    Days(i64),
    Us(i64),
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (us, rest) = value.split_first_chunk::<8>().ok_or(LENGTH)?;
    let (days, months) = rest.split_first_chunk::<4>().ok_or(LENGTH)?;
    let us = i64::from_be_bytes(*us);
    let days = i64::from(i32::from_be_bytes(*days));
    let months = i64::from(months.try_into().map(i32::from_be_bytes).map_err(|_| LENGTH)?);
    let start = out.len();
    let mut was_negative = false;
    for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if count != 0 {
            let space = if out.len() > start { " " } else { "" };
            let plus = if was_negative && count > 0 { "+" } else { "" };
            let plural = if count == 1 { "" } else { "s" };
            push_display(out, format_args!("{space}{plus}{count} {unit}{plural}"));
            was_negative = count < 0;
        }
    }
    if us != 0 || out.len() == start {
        if out.len() > start {
            out.push(b' ');
        }
        if us < 0 {
            out.push(b'-');
        } else if was_negative {
            out.push(b'+');
        }
        // Hours may have any number of digits, so that the rest is less than an hour.
        let magnitude = us.unsigned_abs();
        let hour_us = HOUR_US.unsigned_abs();
        push_display(out, format_args!("{:02}", magnitude / hour_us));
        let mut within = Vec::new();
        push_time(&mut within, i64::try_from(magnitude % hour_us).unwrap_or(0));
        out.extend_from_slice(within.get(2..).unwrap_or_default());
    }
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = text.trim_matches(is_space);
    let parts = match text.strip_prefix(['P', 'p']) {
        Some(rest) => iso(rest),
        None => words(text),
    };
    parts.ok_or(TEXT)?.write(out)
}

/// "1 year -2 mons 3 days -04:05:06.7", and numbers with other units.
fn words(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut words = text.split_ascii_whitespace();
    let mut is_empty = true;
    while let Some(word) = words.next() {
        is_empty = false;
        if word.contains(':') {
            let (sign, plain) = signed(word);
            parts.add(sign, Unit::Us(clock(plain)?))?;
            continue;
        }
        let digits = word.trim_end_matches(|next: char| next.is_ascii_alphabetic());
        let unit = if digits.len() == word.len() { words.next()? } else { word.get(digits.len()..)? };
        add_number(&mut parts, digits, unit_of(unit)?)?;
    }
    (!is_empty).then_some(parts)
}

/// 1Y2M3DT4H5M6.5S, as it stands behind P.
fn iso(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let (date, time) = text.split_once(['T', 't']).map_or((text, None), |(date, time)| (date, Some(time)));
    for (rest, is_time) in [(date, false), (time.unwrap_or(""), true)] {
        let mut rest = rest;
        while !rest.is_empty() {
            let at = rest.find(|next: char| next.is_ascii_alphabetic())?;
            let (digits, unit) = rest.split_at_checked(at)?;
            let unit_word = unit.get(..1)?;
            rest = unit.get(1..)?;
            let unit = match (unit_word.to_ascii_uppercase().as_str(), is_time) {
                ("Y", false) => Unit::Months(12),
                ("M", false) => Unit::Months(1),
                ("W", false) => Unit::Days(7),
                ("D", false) => Unit::Days(1),
                ("H", true) => Unit::Us(HOUR_US),
                ("M", true) => Unit::Us(MINUTE_US),
                ("S", true) => Unit::Us(1_000_000),
                _ => return None,
            };
            add_number(&mut parts, digits, unit)?;
        }
    }
    let is_given = !date.is_empty() || time.is_some_and(|time| !time.is_empty());
    is_given.then_some(parts)
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(plain) => (-1, plain),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Hours may go beyond a day.
fn clock(text: &str) -> Option<i64> {
    let mut scanner = Scanner(text);
    let hours = scanner.digits(1, 10).filter(|_| scanner.eats(":"))?;
    let rest = format!("00:{}", scanner.0);
    let mut scanner = Scanner(&rest);
    let within_us = scanner.time().ok().filter(|_| scanner.0.is_empty())?;
    hours.checked_mul(HOUR_US)?.checked_add(within_us)
}

/// A number of a unit; decimals only of units of fixed length, down to the microsecond.
fn add_number(parts: &mut Parts, text: &str, unit: Unit) -> Option<()> {
    let (sign, plain) = signed(text);
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    parts.add(sign * whole, unit)?;
    if decimals.is_empty() {
        return Some(());
    }
    let Unit::Us(factor) = unit else { return None };
    let digits = i128::from(decimals.parse::<i64>().ok()?);
    let power = 10i128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let product = digits * i128::from(factor);
    let us = i64::try_from(product / power).ok().filter(|_| product % power == 0)?;
    parts.add(sign, Unit::Us(us))
}

fn unit_of(word: &str) -> Option<Unit> {
    let word = word.to_ascii_lowercase();
    Some(match word.as_str() {
        "year" | "years" | "y" | "yr" | "yrs" => Unit::Months(12),
        "mon" | "mons" | "month" | "months" => Unit::Months(1),
        "week" | "weeks" | "w" => Unit::Days(7),
        "day" | "days" | "d" => Unit::Days(1),
        "hour" | "hours" | "h" | "hr" | "hrs" => Unit::Us(HOUR_US),
        "minute" | "minutes" | "min" | "mins" | "m" => Unit::Us(MINUTE_US),
        "second" | "seconds" | "sec" | "secs" | "s" => Unit::Us(1_000_000),
        "millisecond" | "milliseconds" | "ms" => Unit::Us(1000),
        "microsecond" | "microseconds" | "us" => Unit::Us(1),
        _ => return None,
    })
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Interval { months, days, us } => Parts { months: *months, days: *days, us: *us }.write(out),
        Value::Str(text) => from_text(text, out),
        _ => Err(VALUE),
    }
}

const _: () = assert!(DAY_US == 24 * HOUR_US, "hours are counted apart from days");

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(interval_send(v), 'hex')
        let intervals = [
            ("00:00:00", "0000000000000000 00000000 00000000"),
            ("1 day", "0000000000000000 00000001 00000000"),
            ("1 year 2 mons 3 days 04:05:06.789", "000000036c97ca88 00000003 0000000e"),
            ("-1 days +00:00:01", "00000000000f4240 ffffffff 00000000"),
            ("-1 mons -2 days -00:00:03", "ffffffffffd23940 fffffffe ffffffff"),
            ("100:00:00", "00000053d1ac1000 00000000 00000000"),
        ];
        samples::check(&CODEC, &intervals);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        let texts = [
            ("P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"),
            ("PT36H", "36:00:00"),
            ("2 weeks", "14 days"),
            ("1h 30min", "01:30:00"),
            ("1.5 hours", "01:30:00"),
            ("-5 ms", "-00:00:00.005"),
        ];
        samples::check_input(&CODEC, &texts);
        samples::check_refused(&CODEC, &["", "P", "PT", "1", "1.5 mons", "day", "infinity", "1 day 5", "é"]);
    }

    #[test]
    fn other_lengths_are_refused() {
        samples::check_fixed_length(&CODEC, "0000000000000000 00000001 00000000");
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(months: i32, days: i32, us in -(i64::MAX / 4)..i64::MAX / 4) {
            let mut value = Vec::new();
            if (Parts { months: months.into(), days: days.into(), us }).write(&mut value).is_ok() {
                let text = samples::to_text(&CODEC, &value).expect("text");

                prop_assert_eq!(Some(value), samples::from_text(&CODEC, &text));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = samples::from_text(&CODEC, &text);
        }
    }
}
