//! `time`.
//!
//! | offset | bytes | meaning                                                           |
//! |--------|-------|-------------------------------------------------------------------|
//! | 0      | 8     | microseconds from midnight, big-endian; 24:00:00 is a value       |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/date.c` `time_send`, `time_recv`.

use super::calendar::{DAY_US, Scanner, push_time};
use super::{Codec, Kind, Nesting, is_space};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a time of 8 bytes, found another length");
const RANGE: ValueError = ValueError::new("expected a time from 00:00 to 24:00, found one outside");
const VALUE: ValueError = ValueError::new("expected a time, found a value of another type");
const ZONED: ValueError = ValueError::new("expected a time without a zone, found one with it");
const TEXT: ValueError = ValueError::new("expected a time as HH:MM:SS, found another text");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["time"],
    kind: Kind::Time,
    source: "src/backend/utils/adt/date.c, time_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// Microseconds from midnight.
///
/// # Errors
/// If it has not 8 bytes, or is no time of a day.
pub fn read(value: &[u8]) -> Result<i64, ValueError> {
    let time_us = value.try_into().map(i64::from_be_bytes).map_err(|_| LENGTH)?;
    if (0..=DAY_US).contains(&time_us) { Ok(time_us) } else { Err(RANGE) }
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    push_time(out, read(value)?);
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let mut scanner = Scanner(text.trim_matches(is_space));
    let time_us = scanner.time()?;
    if !scanner.0.is_empty() {
        return Err(TEXT);
    }
    out.extend_from_slice(&time_us.to_be_bytes());
    Ok(())
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Time(time_us, None) => {
            if !(0..=DAY_US).contains(time_us) {
                return Err(RANGE);
            }
            out.extend_from_slice(&time_us.to_be_bytes());
        }
        Value::Time(_, Some(_)) => return Err(ZONED),
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
        // PostgreSQL 15.18 and 18.6: select v, encode(time_send(v), 'hex')
        let times = [
            ("00:00:00", "00 00 00 00 00 00 00 00"),
            ("12:34:56", "00 00 00 0a 8b da 1c 00"),
            ("23:59:59.999999", "00 00 00 14 1d d7 5f ff"),
            ("24:00:00", "00 00 00 14 1d d7 60 00"),
            ("01:02:03.5", "00 00 00 00 dd f0 19 e0"),
            ("00:00:00.00001", "00 00 00 00 00 00 00 0a"),
        ];
        samples::check(&CODEC, &times);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        samples::check_input(&CODEC, &[("7:30", "07:30:00"), (" 07:30:15.250 ", "07:30:15.25")]);
        let others = [
            "",
            "7",
            "7:3",
            "25:00",
            "24:00:01",
            "07:60",
            "07:00:60",
            "07:30 pm",
            "07:30:15.1234567",
            "07:30:1",
        ];
        samples::check_refused(&CODEC, &others);
    }

    #[test]
    fn other_lengths_and_times_are_refused() {
        samples::check_fixed_length(&CODEC, "00 00 00 00 00 00 00 00");
        assert_eq!(None, samples::to_text(&CODEC, &(DAY_US + 1).to_be_bytes()));
        assert_eq!(None, samples::to_text(&CODEC, &(-1i64).to_be_bytes()));
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(time_us in 0..=DAY_US) {
            let value = time_us.to_be_bytes().to_vec();

            let text = samples::to_text(&CODEC, &value).expect("text");

            prop_assert_eq!(Some(value), samples::from_text(&CODEC, &text));
        }
    }
}
