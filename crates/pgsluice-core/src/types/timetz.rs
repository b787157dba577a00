//! `timetz`.
//!
//! | offset | bytes | meaning                                       |
//! |--------|-------|-----------------------------------------------|
//! | 0      | 8     | microseconds from midnight, as in `time`      |
//! | 8      | 4     | seconds west of UTC, less than 16 hours       |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/date.c` `timetz_send`, `timetz_recv`.

use super::calendar::{DAY_US, Scanner, push_time};
use super::timestamp::zone;
use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a time with a zone of 12 bytes, found another length");
const RANGE: ValueError =
    ValueError::new("expected a time from 00:00 to 24:00 with a zone up to 15:59:59, found one outside");
const TEXT: ValueError = ValueError::new("expected a time with a zone as HH:MM:SS+HH:MM, found another text");
const ZONELESS: ValueError = ValueError::new("expected a time with a zone, found one without");
const VALUE: ValueError = ValueError::new("expected a time with a zone, found a value of another type");

/// `TZDISP_LIMIT`: 16 hours.
const OFFSET_S_LIMIT: i32 = 16 * 3600;

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["timetz"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/date.c, timetz_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

fn write(time_us: i64, east_s: i32, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if !(0..=DAY_US).contains(&time_us) || east_s <= -OFFSET_S_LIMIT || east_s >= OFFSET_S_LIMIT {
        return Err(RANGE);
    }
    out.extend_from_slice(&time_us.to_be_bytes());
    out.extend_from_slice(&(-east_s).to_be_bytes());
    Ok(())
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let (time_us, west_s) = value.split_first_chunk::<8>().ok_or(LENGTH)?;
    let west_s: i32 = west_s.try_into().map(i32::from_be_bytes).map_err(|_| LENGTH)?;
    push_time(out, i64::from_be_bytes(*time_us));
    let seconds = west_s.unsigned_abs();
    let sign = if west_s > 0 { '-' } else { '+' };
    push_display(out, format_args!("{sign}{:02}", seconds / 3600));
    if !seconds.is_multiple_of(3600) {
        push_display(out, format_args!(":{:02}", seconds / 60 % 60));
    }
    if !seconds.is_multiple_of(60) {
        push_display(out, format_args!(":{:02}", seconds % 60));
    }
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let mut scanner = Scanner(text.trim_matches(is_space));
    let time_us = scanner.time()?;
    scanner.0 = scanner.0.trim_start_matches(is_space);
    let east_us = zone(&mut scanner)?.ok_or(ZONELESS)?;
    if !scanner.0.is_empty() {
        return Err(TEXT);
    }
    write(time_us, i32::try_from(east_us / 1_000_000).map_err(|_| RANGE)?, out)
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Time(time_us, Some(east_s)) => write(*time_us, *east_s, out),
        Value::Time(_, None) => Err(ZONELESS),
        Value::Str(text) => from_text(text, out),
        _ => Err(VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(timetz_send(v), 'hex')
        let times = [
            ("00:00:00+00", "0000000000000000 00000000"),
            ("04:05:06.789+05:30", "000000036c97ca88 ffffb2a8"),
            ("24:00:00-15:59:59", "000000141dd76000 0000e0ff"),
        ];
        samples::check(&CODEC, &times);
        samples::check_input(&CODEC, &[("4:05Z", "04:05:00+00"), ("04:05 +01", "04:05:00+01")]);
        samples::check_refused(&CODEC, &["", "04:05", "04:05+16", "04:05+01x", "25:00+00"]);
        samples::check_fixed_length(&CODEC, "0000000000000000 00000000");
    }
}
