//! `shift-date`: whole days to and fro, the same for all dates of one person if asked.

use super::per::{self, Per};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::calendar::DAY_US;
use crate::types::{Kind, date, timestamp};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "shift-date",
    summary: "Move a date by 1 to `days` days back or forth; the time of day stays. The real date is within `days` of the masked one, and whoever knows \
              one real date of a person knows that person's shift where `per` is given",
    accepts: &[Kind::Date, Kind::Timestamp, Kind::Timestamptz],
    parameters: &[
        Parameter::optional("days", ParameterKind::Integer(1, DAYS_MAX), "The longest shift; 30"),
        per::parameter(
            "A column of the same table whose value decides the shift, for instance a person's key: all dates of one person move \
             together, so that their order and distances stay; without it, and where it is NULL, each day has its own shift",
        ),
    ],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"shift-date\", days = 30, per = \"id\" }",
    algorithm: "With `per` and a value there: the stream of child \"per\" of the function over the canonical bytes of that field (as for \"choice\"); else the \
                stream of child \"day\" over the value's day, days from 2000-01-01 (timestamps: rounded down, in UTC), as 8 bytes big-endian. \
                n = its number below 2 `days`; the shift is n - `days` days if that is negative, else n - `days` + 1, so never 0. \
                If the shifted value is outside of the type's range (4714-11-24 BC to 5874897-12-31, 294276-12-31 for timestamps), the shift is \
                turned round. infinity and -infinity stay.",
    build,
};

const DAYS_DEFAULT: i64 = 30;
/// A hundred years. Below the span of every type, so that one of the two directions always fits.
const DAYS_MAX: i64 = 36_500;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let days = build.parameters.integer("days").unwrap_or(DAYS_DEFAULT);
    let mask = ShiftDate {
        prf: build.prf()?.child("day"),
        per: Per::of(build)?,
        is_date: build.column_type.kind == Kind::Date,
        days,
    };
    Ok(Built { mask: Box::new(mask), promises: SPEC.promises, output_chars: OutputChars::NotText })
}

struct ShiftDate {
    prf: Prf,
    per: Option<Per>,
    is_date: bool,
    days: i64,
}

impl ShiftDate {
    fn shift(&self, day: i64, row: &Row<'_>) -> i64 {
        let by_person = self.per.as_ref().and_then(|per| per.stream(row));
        let mut stream = by_person.unwrap_or_else(|| self.prf.stream(&day.to_be_bytes()));
        let number = stream.below(2 * self.days.unsigned_abs());
        let shift = i64::try_from(number).unwrap_or(0) - self.days;
        if shift < 0 { shift } else { shift + 1 }
    }
}

/// `value` moved by `shift`, or the other way if that leads out of `first..=last`.
fn moved(value: i64, shift: i64, first: i64, last: i64) -> i64 {
    let there = value.saturating_add(shift);
    if (first..=last).contains(&there) { there } else { value.saturating_sub(shift).clamp(first, last) }
}

impl Mask for ShiftDate {
    fn apply(&self, value: &[u8], row: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        if self.is_date {
            let days = date::read(value)?;
            if date::is_infinite(days) {
                out.extend_from_slice(value);
                return Ok(Masked::Value);
            }
            let shift = self.shift(i64::from(days), row);
            let there = moved(i64::from(days), shift, i64::from(date::FIRST), i64::from(date::LAST));
            out.extend_from_slice(&i32::try_from(there).unwrap_or(days).to_be_bytes());
        } else {
            let at_us = timestamp::read(value)?;
            if timestamp::is_infinite(at_us) {
                out.extend_from_slice(value);
                return Ok(Masked::Value);
            }
            let shift_us = self.shift(at_us.div_euclid(DAY_US), row) * DAY_US;
            let there = moved(at_us, shift_us, timestamp::FIRST_US, timestamp::LAST_US);
            out.extend_from_slice(&there.to_be_bytes());
        }
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Built, probe};
    use super::*;

    fn built(name: &str, parameters: &serde_json::Value) -> Built {
        probe::build("shift-date", &probe::column(name), parameters).expect("built")
    }

    fn for_person(built: &Built, name: &str, value: &str, person: i32) -> String {
        let value = probe::value(name, value);
        probe::text(name, &probe::apply_in(built, &value, &[Some(&person.to_be_bytes())]).expect("masked"))
    }

    #[test]
    fn shifts_are_those_of_the_algorithm() {
        // From a second implementation in Python: blake3 1.0, dates of datetime.
        let dates = ["2024-02-29", "1999-12-31", "2000-01-01"];
        assert_eq!(
            ["2024-03-07", "2000-01-27", "1999-12-12"],
            *probe::texts("date", &built("date", &json!({})), &dates)
        );
        let long = json!({"days": 36_500});
        assert_eq!(
            ["2044-05-27", "2089-11-14", "1933-11-14"],
            *probe::texts("date", &built("date", &long), &dates)
        );
        let per = built("date", &json!({"per": "person"}));
        assert_eq!(
            ["2024-03-23", "2000-01-23", "2000-01-24"],
            dates.map(|date| for_person(&per, "date", date, 7))
        );
        let per = built("date", &json!({"per": "person", "days": 365}));
        assert_eq!(
            ["2024-09-14", "2000-07-16", "2000-07-17"],
            dates.map(|date| for_person(&per, "date", date, -7))
        );
    }

    #[test]
    fn timestamps_move_with_their_day_and_keep_their_time() {
        for (name, zone) in [("timestamp", ""), ("timestamptz", "+00")] {
            let times =
                ["2024-02-29 00:00:00", "2024-02-29 23:59:59.999999"].map(|time| format!("{time}{zone}"));
            let expected =
                ["2024-03-07 00:00:00", "2024-03-07 23:59:59.999999"].map(|time| format!("{time}{zone}"));
            let times: Vec<&str> = times.iter().map(String::as_str).collect();

            assert_eq!(expected, *probe::texts(name, &built(name, &json!({})), &times));
        }
    }

    #[test]
    fn without_a_person_the_day_decides() {
        let (by_day, per) = (built("date", &json!({})), built("date", &json!({"per": "person"})));
        let value = probe::value("date", "2024-02-29");

        assert_eq!(probe::apply(&by_day, &value), probe::apply_in(&per, &value, &[None]));
    }

    #[test]
    fn edges_are_taken_infinities_stay_and_nothing_else_does() {
        for name in ["date", "timestamp", "timestamptz"] {
            let built = built(name, &json!({"days": 36_500}));
            probe::is_total(&built, name);
            for words in probe::extremes(name) {
                let value = probe::value(name, words);
                let is_same = probe::apply(&built, &value) == Ok(value);
                assert_eq!(words.contains("infinity"), is_same, "{words}");
            }
        }
        probe::refuses_other_lengths(&built("date", &json!({})), &[0; 4]);
        probe::refuses_other_lengths(&built("timestamp", &json!({})), &[0; 8]);
    }

    #[test]
    fn rules_that_cannot_be_are_refused() {
        for rule in [
            json!({"days": 0}),
            json!({"days": 36_501}),
            json!({"days": 1.5}),
            json!({"per": "nobody"}),
            json!({"day": 1}),
        ] {
            assert_eq!(
                Some("parameter"),
                probe::refusal("shift-date", &probe::column("date"), &rule),
                "{rule}"
            );
        }
        assert_eq!(Some("mask-type"), probe::refusal("shift-date", &probe::column("time"), &json!({})));
    }

    proptest! {
        #[test]
        fn shifts_are_whole_days_within_the_bound_and_never_none(at_us in timestamp::FIRST_US..=timestamp::LAST_US, days in 1i64..=36_500) {
            let built = built("timestamp", &json!({"days": days}));
            let masked = probe::apply(&built, &at_us.to_be_bytes()).expect("masked");
            let moved_us = i64::from_be_bytes(masked.try_into().expect("eight bytes")) - at_us;
            prop_assert_eq!(0, moved_us % DAY_US);
            prop_assert!((1..=days).contains(&(moved_us / DAY_US).abs()));
        }

        #[test]
        fn a_persons_dates_keep_their_distances(a in -100_000i32..100_000, b in -100_000i32..100_000, person: i32) {
            let built = built("date", &json!({"per": "person"}));
            let mask = |days: i32| {
                let masked = probe::apply_in(&built, &days.to_be_bytes(), &[Some(&person.to_be_bytes())]).expect("masked");
                i32::from_be_bytes(masked.try_into().expect("four bytes"))
            };
            prop_assert_eq!(a - b, mask(a) - mask(b));
        }
    }
}
