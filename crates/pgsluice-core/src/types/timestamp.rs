//! `timestamp` and `timestamptz`: one format; the second counts in UTC and is written in it.
//!
//! | offset | bytes | meaning                                                                         |
//! |--------|-------|---------------------------------------------------------------------------------|
//! | 0      | 8     | microseconds from 2000-01-01 00:00, big-endian; greatest = infinity, least = -infinity |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/timestamp.c` `timestamp_send`, `timestamp_recv`;
//! `src/include/datatype/timestamp.h` `IS_VALID_TIMESTAMP`; `src/backend/utils/adt/datetime.c` `EncodeDateTime`.

use super::calendar::{DAY_US, HOUR_US, MINUTE_US, Scanner, infinity_sign, push_date, push_time};
use super::{Codec, Kind, Nesting, is_space};
use crate::encode::value::Value;
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a timestamp of 8 bytes, found another length");
const RANGE: ValueError =
    ValueError::new("expected a timestamp from 4714-11-24 BC to 294276, found one outside");
const TEXT: ValueError = ValueError::new("expected a timestamp as YYYY-MM-DD HH:MM:SS, found another text");
const VALUE: ValueError = ValueError::new("expected a timestamp, found a value of another type");
const ZONED: ValueError = ValueError::new("expected a timestamp without a zone, found one with it");
const ZONELESS: ValueError = ValueError::new("expected a timestamp with a zone, found one without");
const ZONE: ValueError =
    ValueError::new("expected a zone as Z, +HH or +HH:MM up to 15:59, found another text");

/// infinity.
pub const INFINITY: i64 = i64::MAX;
/// -infinity.
pub const MINUS_INFINITY: i64 = i64::MIN;
/// 4714-11-24 00:00 BC, the first timestamp there is (`MIN_TIMESTAMP`).
pub const FIRST_US: i64 = -211_813_488_000_000_000;
/// 294276-12-31 23:59:59.999999, the last one (`END_TIMESTAMP` - 1).
pub const LAST_US: i64 = 9_223_371_331_199_999_999;

/// The codec of `timestamp`.
pub const TIMESTAMP: Codec = Codec {
    names: &["timestamp"],
    kind: Kind::Timestamp,
    source: "src/backend/utils/adt/timestamp.c, timestamp_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| to_text(false, value, out),
    from_text: |text, out| from_text(false, text, out),
    from_value: |value, _, out| from_value(value, out),
};

/// The codec of `timestamptz`.
pub const TIMESTAMPTZ: Codec = Codec {
    names: &["timestamptz"],
    kind: Kind::Timestamptz,
    source: "src/backend/utils/adt/timestamp.c, timestamptz_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| to_text(true, value, out),
    from_text: |text, out| from_text(true, text, out),
    from_value: |value, _, out| moment_from_value(value, out),
};

/// Microseconds from 2000-01-01, or one of the infinities.
///
/// # Errors
/// If it has not 8 bytes, or is no timestamp of the server's.
pub fn read(value: &[u8]) -> Result<i64, ValueError> {
    let at_us = value.try_into().map(i64::from_be_bytes).map_err(|_| LENGTH)?;
    if (FIRST_US..=LAST_US).contains(&at_us) || is_infinite(at_us) { Ok(at_us) } else { Err(RANGE) }
}

/// Whether `at_us` stands for infinity or -infinity.
#[must_use]
pub fn is_infinite(at_us: i64) -> bool {
    at_us == INFINITY || at_us == MINUS_INFINITY
}

fn to_text(has_zone: bool, value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    match read(value)? {
        INFINITY => out.extend_from_slice(b"infinity"),
        MINUS_INFINITY => out.extend_from_slice(b"-infinity"),
        at_us => {
            let is_bc = push_date(out, at_us.div_euclid(DAY_US));
            out.push(b' ');
            push_time(out, at_us.rem_euclid(DAY_US));
            if has_zone {
                out.extend_from_slice(b"+00");
            }
            if is_bc {
                out.extend_from_slice(b" BC");
            }
        }
    }
    Ok(())
}

fn from_text(has_zone: bool, text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let at_us = match infinity_sign(text) {
        Some(1) => INFINITY,
        Some(_) => MINUS_INFINITY,
        None => {
            let at_us = parse(has_zone, text.trim_matches(is_space))?;
            if !(FIRST_US..=LAST_US).contains(&at_us) {
                return Err(RANGE);
            }
            at_us
        }
    };
    out.extend_from_slice(&at_us.to_be_bytes());
    Ok(())
}

fn parse(has_zone: bool, text: &str) -> Result<i64, ValueError> {
    let mut scanner = Scanner(text);
    let date = scanner.date()?;
    let mut time_us = 0;
    let mut zone_us = 0;
    let is_time_next =
        |rest: &str| rest.trim_start_matches(is_space).starts_with(|next: char| next.is_ascii_digit());
    if scanner.eats("T") || is_time_next(scanner.0) {
        scanner.0 = scanner.0.trim_start_matches(is_space);
        time_us = scanner.time()?;
        zone_us = zone(&mut scanner)?.unwrap_or(0);
        if zone_us != 0 && !has_zone {
            return Err(TEXT);
        }
    }
    let days = scanner.end(date)?;
    days.checked_mul(DAY_US).and_then(|at_us| at_us.checked_add(time_us)?.checked_sub(zone_us)).ok_or(RANGE)
}

/// Microseconds east of UTC, `None` where no zone stands.
pub(super) fn zone(scanner: &mut Scanner<'_>) -> Result<Option<i64>, ValueError> {
    if scanner.eats("Z") {
        return Ok(Some(0));
    }
    let sign = match scanner.0.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Ok(None),
    };
    scanner.0 = scanner.0.get(1..).unwrap_or_default();
    let hours = scanner.digits(1, 2).ok_or(ZONE)?;
    let mut part = || {
        let has_colon = scanner.eats(":");
        match scanner.digits(2, 2) {
            None if has_colon => Err(ZONE),
            number => Ok(number.unwrap_or(0)),
        }
    };
    let (minutes, seconds) = (part()?, part()?);
    if hours > 15 || minutes > 59 || seconds > 59 {
        return Err(ZONE);
    }
    Ok(Some(sign * (hours * HOUR_US + minutes * MINUTE_US + seconds * 1_000_000)))
}

/// No zone is taken away or assumed; a date is its midnight.
fn from_value(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Timestamp(at_us) => write(*at_us, out),
        Value::Date(days) => write(days.checked_mul(DAY_US).ok_or(RANGE)?, out),
        Value::Moment(_) => Err(ZONED),
        // UTC is a zone too.
        Value::Str(text) if has_zone(text.trim_matches(is_space)) => Err(ZONED),
        Value::Str(text) => from_text(false, text, out),
        _ => Err(VALUE),
    }
}

/// Whose midnight a date is, nobody knows.
fn moment_from_value(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Moment(at_us) => write(*at_us, out),
        Value::Timestamp(_) | Value::Date(_) => Err(ZONELESS),
        Value::Str(text) if infinity_sign(text).is_none() && !has_zone(text.trim_matches(is_space)) => {
            Err(ZONELESS)
        }
        Value::Str(text) => from_text(true, text, out),
        _ => Err(VALUE),
    }
}

fn write(at_us: i64, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if !(FIRST_US..=LAST_US).contains(&at_us) {
        return Err(RANGE);
    }
    out.extend_from_slice(&at_us.to_be_bytes());
    Ok(())
}

/// Whether a zone stands behind the time, which stands behind the date.
fn has_zone(text: &str) -> bool {
    text.split_once([' ', 'T', 't']).is_some_and(|(_, time)| time.contains(['+', '-', 'Z', 'z']))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6, timezone UTC: select v, encode(timestamp_send(v), 'hex'), and timestamptz_send
        let timestamps = [
            ("2000-01-01 00:00:00", "00 00 00 00 00 00 00 00"),
            ("1999-12-31 23:59:59.5", "ff ff ff ff ff f8 5e e0"),
            ("2024-02-29 12:34:56.123456", "00 02 b5 83 41 68 5e 40"),
            ("0044-03-15 13:00:00 BC", "ff 1a f9 e9 d1 da 74 00"),
            ("4713-11-24 00:00:00 BC", "fd 0f 99 83 eb 0a e0 00"),
            ("294276-12-31 23:59:59.999999", "7f ff ff 5b b3 b2 9f ff"),
            ("infinity", "7f ff ff ff ff ff ff ff"),
            ("-infinity", "80 00 00 00 00 00 00 00"),
        ];
        samples::check(&TIMESTAMP, &timestamps);
        let with_zone = [
            ("2000-01-01 00:00:00+00", "00 00 00 00 00 00 00 00"),
            ("2024-07-01 10:34:56.1+00", "00 02 bf 2b ea bb da a0"),
            ("0044-03-15 13:00:00.5+00 BC", "ff 1a f9 e9 d1 e2 15 20"),
            ("294276-12-31 23:59:59.999999+00", "7f ff ff 5b b3 b2 9f ff"),
            ("infinity", "7f ff ff ff ff ff ff ff"),
            ("-infinity", "80 00 00 00 00 00 00 00"),
        ];
        samples::check(&TIMESTAMPTZ, &with_zone);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        let texts = [
            ("2024-07-01", "2024-07-01 00:00:00+00"),
            ("2024-07-01T12:34Z", "2024-07-01 12:34:00+00"),
            ("2024-07-01T12:34:56+02:00", "2024-07-01 10:34:56+00"),
            ("2024-07-01 12:34:56-0530", "2024-07-01 18:04:56+00"),
            ("2024-07-01 24:00", "2024-07-02 00:00:00+00"),
        ];
        samples::check_input(&TIMESTAMPTZ, &texts);
        samples::check_refused(
            &TIMESTAMP,
            &["2024-07-01 12:00+02", "", "2024-07-01 12", "2024-07-01Tx", "2024-02-30 12:00"],
        );
        samples::check_refused(
            &TIMESTAMPTZ,
            &["2024-07-01 12:00+16", "2024-07-01 12:00+", "2024-07-01 12:00+02:", "294277-01-01"],
        );
    }

    #[test]
    fn other_lengths_and_moments_are_refused() {
        samples::check_fixed_length(&TIMESTAMP, "00 00 00 00 00 00 00 00");
        assert_eq!(None, samples::to_text(&TIMESTAMP, &(FIRST_US - 1).to_be_bytes()));
        assert_eq!(None, samples::to_text(&TIMESTAMPTZ, &(LAST_US + 1).to_be_bytes()));
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(at_us in FIRST_US..=LAST_US, has_zone: bool) {
            let codec = if has_zone { &TIMESTAMPTZ } else { &TIMESTAMP };
            let value = at_us.to_be_bytes().to_vec();

            let text = samples::to_text(codec, &value).expect("text");

            prop_assert_eq!(Some(value), samples::from_text(codec, &text));
        }
    }
}
