//! Days and civil dates: the proleptic Gregorian calendar in one place, and the words dates are written in.
//!
//! Days count from 2000-01-01, as PostgreSQL's do; years are astronomical: 0 is 1 BC, -1 is 2 BC.
//! Source of the conversions: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use super::{is_space, push_display};
use crate::error::ValueError;

const TEXT: ValueError =
    ValueError::new("expected a date as YYYY-MM-DD, with BC behind it if it is, found another text");
const TIME: ValueError =
    ValueError::new("expected a time as HH:MM:SS with up to six decimals, found another text");

/// Days from 0000-03-01, where eras of 400 years begin, to 2000-01-01.
const ERA_OFFSET_DAYS: i64 = 730_425;
const DAYS_PER_ERA: i64 = 146_097;

/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;
/// Microseconds of an hour.
pub const HOUR_US: i64 = 3_600_000_000;
/// Microseconds of a minute.
pub const MINUTE_US: i64 = 60_000_000;

/// A date by its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Astronomical year: 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

/// The date that many days after 2000-01-01.
#[must_use]
pub fn civil(days: i64) -> Civil {
    let days = days.saturating_add(ERA_OFFSET_DAYS);
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    Civil { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
}

/// Days from 2000-01-01 to a date with a year of at most 9 digits.
#[must_use]
pub fn days(date: Civil) -> i64 {
    let year = date.year - i64::from(date.month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = if date.month > 2 { date.month - 3 } else { date.month + 9 };
    let day_of_year = (153 * month + 2) / 5 + date.day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - ERA_OFFSET_DAYS
}

/// Append YYYY-MM-DD; true if " BC" must follow at the end of the whole text.
pub fn push_date(out: &mut Vec<u8>, days: i64) -> bool {
    let Civil { year, month, day } = civil(days);
    let is_bc = year <= 0;
    let year = if is_bc { 1 - year } else { year };
    push_display(out, format_args!("{year:04}-{month:02}-{day:02}"));
    is_bc
}

/// Append HH:MM:SS and the decimals of the second that are not trailing zeros.
pub fn push_time(out: &mut Vec<u8>, time_us: i64) {
    let seconds = time_us / 1_000_000;
    let fraction = time_us % 1_000_000;
    push_display(out, format_args!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    if fraction != 0 {
        push_display(out, format_args!(".{fraction:06}"));
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// What is left to read of a text.
pub struct Scanner<'a>(pub &'a str);

impl Scanner<'_> {
    /// The number in the next digits, from `least` to `most` of them.
    pub fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.parse().ok()
    }

    /// Whether the text goes on with `word`, in any case; it is passed over then.
    pub fn eats(&mut self, word: &str) -> bool {
        let Some((head, rest)) = self.0.split_at_checked(word.len()) else { return false };
        let is_there = head.eq_ignore_ascii_case(word);
        if is_there {
            self.0 = rest;
        }
        is_there
    }

    /// Read YYYY-MM-DD: its parts, the year as written.
    ///
    /// # Errors
    /// If it stands not there, or no calendar has that day.
    pub fn date(&mut self) -> Result<Civil, ValueError> {
        let mut part = |least, most, separator: &str| {
            let number = self.digits(least, most)?;
            (separator.is_empty() || self.eats(separator)).then_some(number)
        };
        let mut read =
            || Some(Civil { year: part(4, 7, "-")?, month: part(1, 2, "-")?, day: part(1, 2, "")? });
        let found = read().filter(|date| date.year > 0).ok_or(TEXT)?;
        // 2024-01-023 is the 23rd for the server, whatever follows.
        if self.is_digit_next() { Err(TEXT) } else { Ok(found) }
    }

    fn is_digit_next(&self) -> bool {
        self.0.starts_with(|next: char| next.is_ascii_digit())
    }

    /// Read HH:MM, seconds and decimals if they follow: microseconds, 24:00 at most.
    ///
    /// Decimals need seconds: 04:05.5 is four minutes and 5.5 seconds for the server.
    ///
    /// # Errors
    /// If it stands not there.
    pub fn time(&mut self) -> Result<i64, ValueError> {
        let hours = self.digits(1, 2).filter(|_| self.eats(":")).ok_or(TIME)?;
        let minutes = self.digits(2, 2).ok_or(TIME)?;
        let has_seconds = self.eats(":");
        let seconds = if has_seconds { self.digits(2, 2).ok_or(TIME)? } else { 0 };
        let mut fraction_us = 0;
        if self.eats(".") {
            if !has_seconds {
                return Err(TIME);
            }
            let before = self.0.len();
            let digits = self.digits(1, 6).ok_or(TIME)?;
            let count = u32::try_from(before - self.0.len()).unwrap_or(6);
            fraction_us = digits * 10i64.pow(6 - count.min(6));
        }
        let time_us = hours * HOUR_US + minutes * MINUTE_US + seconds * 1_000_000 + fraction_us;
        let is_time = minutes < 60 && seconds < 60 && time_us <= DAY_US && !self.is_digit_next();
        if is_time { Ok(time_us) } else { Err(TIME) }
    }

    /// Read " BC" if it follows, then the end of the text: the days of `date` from 2000-01-01.
    ///
    /// # Errors
    /// If other text follows, or no calendar has that day.
    pub fn end(&mut self, date: Civil) -> Result<i64, ValueError> {
        self.0 = self.0.trim_start_matches(is_space);
        let date = if self.eats("bc") { Civil { year: 1 - date.year, ..date } } else { date };
        let number = days(date);
        if self.0.trim_end_matches(is_space).is_empty() && civil(number) == date {
            Ok(number)
        } else {
            Err(TEXT)
        }
    }
}

/// 1 for "infinity", -1 for "-infinity", in any case.
#[must_use]
pub fn infinity_sign(text: &str) -> Option<i8> {
    let word = text.trim_matches(is_space);
    let (sign, word) = word.strip_prefix('-').map_or((1, word), |word| (-1, word));
    word.eq_ignore_ascii_case("infinity").then_some(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days_are_found() {
        // PostgreSQL 18.6: select 'DATE'::date - '2000-01-01'::date
        let known = [
            ((2000, 1, 1), 0),
            ((1999, 12, 31), -1),
            ((2024, 2, 29), 8825),
            ((1, 1, 1), -730_119),
            ((0, 12, 31), -730_120),
            ((-4712, 11, 24), -2_451_179),
            ((5_874_897, 12, 31), 2_145_031_948),
        ];
        for ((year, month, day), expected) in known {
            let date = Civil { year, month, day };

            assert_eq!((expected, date), (days(date), civil(expected)));
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut last = civil(-800_000);
        for number in -799_999..800_000 {
            let date = civil(number);
            let is_next_day = date == Civil { day: last.day + 1, ..last };
            let is_next_month = date == Civil { year: last.year, month: last.month + 1, day: 1 };
            let is_next_year = date == Civil { year: last.year + 1, month: 1, day: 1 } && last.month == 12;
            assert!(is_next_day || is_next_month && last.day >= 28 || is_next_year, "{number}");
            last = date;
        }
    }

    proptest! {
        #[test]
        fn dates_come_back(number in -3_000_000i64..2_200_000_000) {
            prop_assert_eq!(number, days(civil(number)));
        }
    }
}
