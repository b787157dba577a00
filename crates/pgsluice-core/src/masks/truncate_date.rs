//! `truncate-date`: the year, month, week or hour a moment lies in.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::calendar::{Civil, DAY_US, HOUR_US, MINUTE_US, civil, days};
use crate::types::{Kind, date, timestamp};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "truncate-date",
    summary: "Cut a date or timestamp (with time zone: in UTC) down to the start of its year, quarter, month, week, day, hour or minute; what is left is true",
    accepts: &[Kind::Date, Kind::Timestamp, Kind::Timestamptz],
    parameters: &[Parameter::optional(
        "to",
        ParameterKind::OneOf(UNITS),
        "What is left; \"month\". Day, hour and minute are for timestamps only",
    )],
    promises: Promises { keeps_order: true, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"truncate-date\", to = \"year\" }",
    algorithm: "As PostgreSQL's date_trunc(`to`, value) in UTC: the first moment of the year, quarter, month, week (they begin on Monday), day, hour or minute that holds the value, in the proleptic \
                Gregorian calendar with 1 BC before 1 AD. If it lies before the type's first, 4714-11-24 00:00 BC, that one. infinity and -infinity stay.",
    build,
};

const UNITS: &[&str] = &["year", "quarter", "month", "week", "day", "hour", "minute"];

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    /// So many months, counted from January of year 0.
    Months(i64),
    Week,
    /// So many microseconds, a day at most.
    Span(i64),
}

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let to = build.parameters.text("to").unwrap_or("month");
    let unit = match to {
        "year" => Unit::Months(12),
        "quarter" => Unit::Months(3),
        "week" => Unit::Week,
        "day" => Unit::Span(DAY_US),
        "hour" => Unit::Span(HOUR_US),
        "minute" => Unit::Span(MINUTE_US),
        _ => Unit::Months(1),
    };
    let is_date = build.column_type.kind == Kind::Date;
    if is_date && matches!(unit, Unit::Span(_)) {
        return Err(Refusal::new(
            "parameter",
            format!("mask \"truncate-date\" to \"{to}\" would leave a date as it is"),
            "Use \"week\", \"month\", \"quarter\" or \"year\", or say \"keep\".",
        ));
    }
    let mask = TruncateDate { unit, is_date };
    Ok(Built { mask: Box::new(mask), promises: SPEC.promises, output_chars: OutputChars::NotText })
}

struct TruncateDate {
    unit: Unit,
    is_date: bool,
}

/// The first day of the months or week that hold `day`; 2000-01-03 was a Monday.
fn first_day(unit: Unit, day: i64) -> i64 {
    let Unit::Months(months) = unit else { return day - (day - 2).rem_euclid(7) };
    let Civil { year, month, .. } = civil(day);
    days(Civil { year, month: month - (month - 1) % months, day: 1 })
}

impl Mask for TruncateDate {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        if self.is_date {
            let day = date::read(value)?;
            let first = first_day(self.unit, i64::from(day)).max(i64::from(date::FIRST));
            // The start of a span that holds a date is no later than it, so it fits as the date did.
            let first = i32::try_from(first).ok().filter(|_| !date::is_infinite(day)).unwrap_or(day);
            out.extend_from_slice(&first.to_be_bytes());
        } else {
            let at_us = timestamp::read(value)?;
            let first_us = match self.unit {
                _ if timestamp::is_infinite(at_us) => at_us,
                Unit::Span(span_us) => at_us - at_us.rem_euclid(span_us),
                unit => {
                    let first = first_day(unit, at_us.div_euclid(DAY_US)).saturating_mul(DAY_US);
                    first.max(timestamp::FIRST_US)
                }
            };
            out.extend_from_slice(&first_us.to_be_bytes());
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

    fn built(name: &str, to: &str) -> Built {
        probe::build("truncate-date", &probe::column(name), &json!({"to": to})).expect("built")
    }

    #[test]
    fn moments_are_cut_as_by_the_server() {
        // PostgreSQL 15.18 and 18.6: select unit, v, date_trunc(unit, v) for these v and units
        let known = [
            ("day", "0001-12-31 23:59:59 BC", "0001-12-31 00:00:00 BC"),
            ("hour", "0001-12-31 23:59:59 BC", "0001-12-31 23:00:00 BC"),
            ("minute", "0001-12-31 23:59:59 BC", "0001-12-31 23:59:00 BC"),
            ("month", "0001-12-31 23:59:59 BC", "0001-12-01 00:00:00 BC"),
            ("quarter", "0001-12-31 23:59:59 BC", "0001-10-01 00:00:00 BC"),
            ("week", "0001-12-31 23:59:59 BC", "0001-12-25 00:00:00 BC"),
            ("year", "0001-12-31 23:59:59 BC", "0001-01-01 00:00:00 BC"),
            ("day", "0044-03-15 13:00:00 BC", "0044-03-15 00:00:00 BC"),
            ("hour", "0044-03-15 13:00:00 BC", "0044-03-15 13:00:00 BC"),
            ("minute", "0044-03-15 13:00:00 BC", "0044-03-15 13:00:00 BC"),
            ("month", "0044-03-15 13:00:00 BC", "0044-03-01 00:00:00 BC"),
            ("quarter", "0044-03-15 13:00:00 BC", "0044-01-01 00:00:00 BC"),
            ("week", "0044-03-15 13:00:00 BC", "0044-03-11 00:00:00 BC"),
            ("year", "0044-03-15 13:00:00 BC", "0044-01-01 00:00:00 BC"),
            ("day", "1999-12-31 23:59:59.999999", "1999-12-31 00:00:00"),
            ("hour", "1999-12-31 23:59:59.999999", "1999-12-31 23:00:00"),
            ("minute", "1999-12-31 23:59:59.999999", "1999-12-31 23:59:00"),
            ("month", "1999-12-31 23:59:59.999999", "1999-12-01 00:00:00"),
            ("quarter", "1999-12-31 23:59:59.999999", "1999-10-01 00:00:00"),
            ("week", "1999-12-31 23:59:59.999999", "1999-12-27 00:00:00"),
            ("year", "1999-12-31 23:59:59.999999", "1999-01-01 00:00:00"),
            ("day", "2000-01-02 00:00:00", "2000-01-02 00:00:00"),
            ("hour", "2000-01-02 00:00:00", "2000-01-02 00:00:00"),
            ("minute", "2000-01-02 00:00:00", "2000-01-02 00:00:00"),
            ("month", "2000-01-02 00:00:00", "2000-01-01 00:00:00"),
            ("quarter", "2000-01-02 00:00:00", "2000-01-01 00:00:00"),
            ("week", "2000-01-02 00:00:00", "1999-12-27 00:00:00"),
            ("year", "2000-01-02 00:00:00", "2000-01-01 00:00:00"),
            ("day", "2024-05-17 12:34:56.789", "2024-05-17 00:00:00"),
            ("hour", "2024-05-17 12:34:56.789", "2024-05-17 12:00:00"),
            ("minute", "2024-05-17 12:34:56.789", "2024-05-17 12:34:00"),
            ("month", "2024-05-17 12:34:56.789", "2024-05-01 00:00:00"),
            ("quarter", "2024-05-17 12:34:56.789", "2024-04-01 00:00:00"),
            ("week", "2024-05-17 12:34:56.789", "2024-05-13 00:00:00"),
            ("year", "2024-05-17 12:34:56.789", "2024-01-01 00:00:00"),
        ];
        for (to, given, expected) in known {
            assert_eq!([expected], *probe::texts("timestamp", &built("timestamp", to), &[given]), "{to}");
        }
    }

    #[test]
    fn dates_are_cut_as_timestamps_are() {
        for to in ["year", "quarter", "month", "week"] {
            for words in ["2024-05-17", "2000-01-02", "0044-03-15 BC", "5874897-12-31"] {
                let [masked] = &probe::texts("date", &built("date", to), &[words])[..] else { panic!("one") };
                if words != "5874897-12-31" {
                    let stamp = probe::texts("timestamp", &built("timestamp", to), &[words]);
                    assert_eq!(
                        [masked.replacen(" BC", "", 1)
                            + " 00:00:00"
                            + if masked.ends_with("BC") { " BC" } else { "" }],
                        *stamp
                    );
                }
            }
        }
        let month = probe::build("truncate-date", &probe::column("date"), &json!({})).expect("built");
        assert_eq!(["2024-05-01"], *probe::texts("date", &month, &["2024-05-17"]));
    }

    #[test]
    fn edges_are_taken_infinities_stay_and_the_first_day_holds() {
        for to in UNITS {
            for name in ["date", "timestamp", "timestamptz"] {
                if name != "date" || !["day", "hour", "minute"].contains(to) {
                    let built = built(name, to);
                    probe::is_total(&built, name);
                    assert_eq!(
                        ["infinity", "-infinity"],
                        *probe::texts(name, &built, &["infinity", "-infinity"])
                    );
                }
            }
        }
        assert_eq!(["4714-11-24 BC"], *probe::texts("date", &built("date", "year"), &["4714-12-31 BC"]));
        assert_eq!(
            ["4714-11-24 00:00:00 BC"],
            *probe::texts("timestamp", &built("timestamp", "week"), &["4714-11-24 05:00 BC"])
        );
        probe::refuses_other_lengths(&built("date", "year"), &[0; 4]);
        probe::refuses_other_lengths(&built("timestamp", "hour"), &[0; 8]);
    }

    #[test]
    fn rules_that_change_nothing_are_refused() {
        for to in ["day", "hour", "minute", "second", "Year"] {
            assert_eq!(
                Some("parameter"),
                probe::refusal("truncate-date", &probe::column("date"), &json!({"to": to}))
            );
        }
        assert_eq!(Some("mask-type"), probe::refusal("truncate-date", &probe::column("time"), &json!({})));
    }

    proptest! {
        #[test]
        fn order_stays_and_nothing_gets_later(a in timestamp::FIRST_US..=timestamp::LAST_US, near in -100_000_000_000i64..100_000_000_000, at in 0..UNITS.len()) {
            let built = built("timestamptz", UNITS[at]);
            let mask = |at_us: i64| {
                let masked = probe::apply(&built, &at_us.to_be_bytes()).expect("masked");
                i64::from_be_bytes(masked.try_into().expect("eight bytes"))
            };
            let b = a.saturating_add(near).clamp(timestamp::FIRST_US, timestamp::LAST_US);
            prop_assert!(mask(a) <= a);
            prop_assert_eq!(mask(a), mask(mask(a)));
            prop_assert!(mask(a.min(b)) <= mask(a.max(b)));
        }
    }
}
