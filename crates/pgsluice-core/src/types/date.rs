//! `date`.
//!
//! | offset | bytes | meaning                                                             |
//! |--------|-------|---------------------------------------------------------------------|
//! | 0      | 4     | days from 2000-01-01, big-endian; greatest = infinity, least = -infinity |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/date.c` `date_send`, `date_recv`;
//! `src/include/datatype/timestamp.h` `IS_VALID_DATE`.

use super::calendar::{Scanner, infinity_sign, push_date};
use super::{Codec, Kind, Nesting, is_space};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a date of 4 bytes, found another length");
const VALUE: ValueError = ValueError::new("expected a date, found a value of another type");
const RANGE: ValueError =
    ValueError::new("expected a date from 4714-11-24 BC to 5874897-12-31, found one outside");

/// infinity.
pub const INFINITY: i32 = i32::MAX;
/// -infinity.
pub const MINUS_INFINITY: i32 = i32::MIN;
/// 4714-11-24 BC, Julian day 0: the first date there is.
pub const FIRST: i32 = -2_451_545;
/// 5874897-12-31, the last one (`DATE_END_JULIAN` - 1).
pub const LAST: i32 = 2_145_031_948;

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["date"],
    kind: Kind::Date,
    source: "src/backend/utils/adt/date.c, date_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// Days from 2000-01-01, or one of the infinities.
///
/// # Errors
/// If it has not 4 bytes, or is no date of the server's.
pub fn read(value: &[u8]) -> Result<i32, ValueError> {
    let days = value.try_into().map(i32::from_be_bytes).map_err(|_| LENGTH)?;
    if (FIRST..=LAST).contains(&days) || is_infinite(days) { Ok(days) } else { Err(RANGE) }
}

/// Whether `days` stands for infinity or -infinity.
#[must_use]
pub fn is_infinite(days: i32) -> bool {
    days == INFINITY || days == MINUS_INFINITY
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    match read(value)? {
        INFINITY => out.extend_from_slice(b"infinity"),
        MINUS_INFINITY => out.extend_from_slice(b"-infinity"),
        days => {
            if push_date(out, i64::from(days)) {
                out.extend_from_slice(b" BC");
            }
        }
    }
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let days = match infinity_sign(text) {
        Some(1) => INFINITY,
        Some(_) => MINUS_INFINITY,
        None => {
            let mut scanner = Scanner(text.trim_matches(is_space));
            let date = scanner.date()?;
            let days = i32::try_from(scanner.end(date)?).map_err(|_| RANGE)?;
            if !(FIRST..=LAST).contains(&days) {
                return Err(RANGE);
            }
            days
        }
    };
    out.extend_from_slice(&days.to_be_bytes());
    Ok(())
}

/// A timestamp is no date: its time would be lost.
fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Date(days) => {
            let days = i32::try_from(*days).ok().filter(|days| (FIRST..=LAST).contains(days)).ok_or(RANGE)?;
            out.extend_from_slice(&days.to_be_bytes());
        }
        Value::Str(text) => from_text(text, out)?,
        _ => return Err(VALUE),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(date_send(v), 'hex')
        let dates = [
            ("2000-01-01", "00 00 00 00"),
            ("1999-12-31", "ff ff ff ff"),
            ("2024-02-29", "00 00 22 79"),
            ("0001-01-01", "ff f4 db f9"),
            ("0001-12-31 BC", "ff f4 db f8"),
            ("4713-11-24 BC", "ff da 99 15"),
            ("0044-03-15 BC", "ff f4 9d 7b"),
            ("9999-12-31", "00 2c 95 d3"),
            ("12345-06-07", "00 39 a8 1f"),
            ("5874897-12-31", "7f da 97 0c"),
            ("infinity", "7f ff ff ff"),
            ("-infinity", "80 00 00 00"),
        ];
        samples::check(&CODEC, &dates);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        samples::check_input(
            &CODEC,
            &[(" 2024-2-9 ", "2024-02-09"), ("Infinity", "infinity"), ("0044-03-15 bc", "0044-03-15 BC")],
        );
        let others = [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "0000-01-01",
            "24-01-01",
            "2024-01-01x",
            "01/02/2024",
        ];
        samples::check_refused(&CODEC, &others);
        samples::check_refused(&CODEC, &["5874898-01-01", "4715-01-01 BC", "9999999-01-01", "2024-01-0é"]);
    }

    #[test]
    fn other_lengths_and_days_are_refused() {
        samples::check_fixed_length(&CODEC, "00 00 00 01");
        // PostgreSQL 18.6 refuses to load both: "date out of range".
        assert_eq!(None, samples::to_text(&CODEC, &(FIRST - 1).to_be_bytes()));
        assert_eq!(None, samples::to_text(&CODEC, &(LAST + 1).to_be_bytes()));
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(days in FIRST..=LAST) {
            let value = days.to_be_bytes().to_vec();

            let text = samples::to_text(&CODEC, &value).expect("text");

            prop_assert_eq!(Some(value), samples::from_text(&CODEC, &text));
        }
    }
}
