//! `bucket`: numbers rounded down to a multiple of a width.

use super::amounts::{Limits, scaled};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::decimal::Groups;
use crate::types::numeric::{self, Sign};
use crate::types::{Kind, float, integer};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "bucket",
    summary: "Round a number down to a multiple of `width`. What is left is true, multiples of `width` do not change, and a bucket that holds few rows \
              hides them little",
    accepts: &[Kind::Int2, Kind::Int4, Kind::Int8, Kind::Float4, Kind::Float8, Kind::Numeric],
    parameters: &[Parameter::required(
        "width",
        ParameterKind::Number(0.000_000_01, 1e15),
        "Numbers from a multiple of it up to the next get that multiple; a whole number for integers",
    )],
    promises: Promises { keeps_order: true, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"bucket\", width = 100 }",
    algorithm: "The greatest multiple of `width` that is not greater than the value. Integers and numerics: exactly, `width` as a multiple of 10^-8 (its exact \
                value rounded, half to even); if it is below the least value of the type or of numeric(p,s), that one (without p: -(10^131072 - 1)). A numeric keeps its dscale, or \
                gets that of `width` (without zeros at its end) if that is more. Floats: floor(x / width) * width in binary64, 0 for -0, then rounded to binary32 for float4; \
                the type's least finite value where that is -infinity, its greatest where it is infinity. NaN and infinities stay.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let kind = build.column_type.kind;
    let width = build.parameters.number("width").unwrap_or(1.0);
    let refuse = |why: &str| {
        let message =
            format!("parameter \"width\" of mask \"bucket\" {why} for type {}", build.column_type.display);
        Err(Refusal::new("parameter", message, "Give a width that values of the column can be multiples of."))
    };
    let (_, most) = integer::range(kind);
    let is_integer = matches!(kind, Kind::Int2 | Kind::Int4 | Kind::Int8);
    let whole_width = i64::try_from(scaled(width, 0)).ok().filter(|whole| *whole <= most);
    if is_integer && width.fract() != 0.0 {
        return refuse("must be a whole number");
    }
    if is_integer && whole_width.is_none() {
        return refuse("is too large");
    }
    let column = Limits::of(build.column_type);
    let parts = scaled(width, 8).max(1);
    // A scale of eight or more holds every width there is; 10^38 is beyond every width.
    let unit = u32::try_from(8 - column.scale).map_or(1, |exponent| 10u128.saturating_pow(exponent));
    if kind == Kind::Numeric && column.precision.is_some() && !parts.is_multiple_of(unit) {
        return refuse("has more decimals than the column keeps");
    }
    let mut decimals = 8;
    while decimals > 0 && parts.is_multiple_of(10u128.pow(9 - u32::from(decimals))) {
        decimals -= 1;
    }
    let mask =
        Bucket { kind, width, whole_width: whole_width.unwrap_or(most).max(1), parts, decimals, column };
    Ok(Built { mask: Box::new(mask), promises: SPEC.promises, output_chars: OutputChars::NotText })
}

struct Bucket {
    kind: Kind,
    width: f64,
    whole_width: i64,
    /// The width as a multiple of 10^-8.
    parts: u128,
    /// Decimals of the width.
    decimals: u16,
    column: Limits,
}

/// 10^-8, the unit of a width, is two groups.
const PART_GROUPS: usize = 2;
/// A width of 10^15 in units of 10^-8 has 24 digits.
const WIDTH_GROUPS: usize = 6;

impl Mask for Bucket {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        match self.kind {
            Kind::Float4 => {
                let number = float::read_4(value)?;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "rounding is what is wanted; it is clamped behind"
                )]
                let floor = ((f64::from(number) / self.width).floor() * self.width) as f32;
                let floor = if number.is_finite() { (floor + 0.0).clamp(f32::MIN, f32::MAX) } else { number };
                out.extend_from_slice(&floor.to_be_bytes());
            }
            Kind::Float8 => {
                let number = float::read_8(value)?;
                let floor = (number / self.width).floor() * self.width;
                let floor = if number.is_finite() { (floor + 0.0).clamp(f64::MIN, f64::MAX) } else { number };
                out.extend_from_slice(&floor.to_be_bytes());
            }
            Kind::Numeric => self.numeric(value, out)?,
            _ => {
                let (least, _) = integer::range(self.kind);
                let number = integer::read(self.kind, value)?;
                let floor = number.checked_sub(number.rem_euclid(self.whole_width)).unwrap_or(least);
                integer::write(self.kind, floor.max(least), out)?;
            }
        }
        Ok(Masked::Value)
    }
}

impl Bucket {
    fn numeric(&self, value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
        let number = numeric::read(value)?;
        if !number.is_finite() {
            out.extend_from_slice(value);
            return Ok(());
        }
        let fraction = self.column.fraction(number.dscale).max(PART_GROUPS);
        let mut floor = Groups::load(&number, fraction, WIDTH_GROUPS);
        let start = fraction - PART_GROUPS;
        let had_more = floor.cut_below(4 * start);
        let over = floor.remainder(start, self.parts);
        let start = isize::try_from(start).unwrap_or(0);
        let mut step = Groups::zero(floor.len());
        let is_minus = number.sign == Sign::Minus;
        if !is_minus {
            step.put(over, start);
            floor.subtract(&step);
        } else if over != 0 || had_more {
            step.put(self.parts - over, start);
            floor.add(&step);
            let digits_most = self.column.digits(fraction);
            if floor.digits() > digits_most {
                let scale = i64::from(self.column.scale);
                let unit = i64::try_from(4 * fraction).unwrap_or(0) - scale;
                floor.fill_nines(usize::try_from(unit).unwrap_or(0), digits_most);
            }
        }
        let dscale = number.dscale.max(self.decimals);
        numeric::write(is_minus, &floor, -i32::try_from(fraction).unwrap_or(0), dscale, out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::{Built, probe};
    use crate::types::ColumnType;

    fn built(column: &ColumnType, width: &Value) -> Built {
        probe::build("bucket", column, &json!({"width": width})).expect("built")
    }

    fn decimal(precision: u32, scale: i32) -> ColumnType {
        ColumnType {
            numeric_precision: Some(precision),
            numeric_scale: Some(scale),
            ..probe::column("numeric")
        }
    }

    #[test]
    fn numbers_are_rounded_down() {
        // PostgreSQL 18.6: select floor(v / width) * width, with numerics for all but the floats.
        let plain = |name| probe::column(name);
        let known: [(ColumnType, Value, &[&str], &[&str]); 9] = [
            (
                plain("int4"),
                json!(10),
                &["0", "9", "10", "-1", "-10", "-11"],
                &["0", "0", "10", "-10", "-10", "-20"],
            ),
            (plain("int2"), json!(1000), &["32767", "-32768"], &["32000", "-32768"]),
            (
                plain("int8"),
                json!(1e15),
                &["9223372036854775807", "-9223372036854775808"],
                &["9223000000000000000", "-9223372036854775808"],
            ),
            (
                plain("numeric"),
                json!(0.25),
                &["1.5", "1.60", "-0.1", "0", "123456789012345678901234567890.99999", "-1e-20"],
                &[
                    "1.50",
                    "1.50",
                    "-0.25",
                    "0.00",
                    "123456789012345678901234567890.75000",
                    "-0.25000000000000000000",
                ],
            ),
            (
                plain("numeric"),
                json!(100),
                &["99.99", "-0.01", "100", "NaN"],
                &["0.00", "-100.00", "100", "NaN"],
            ),
            (decimal(3, 0), json!(1000), &["999", "-999", "-1"], &["0", "-999", "-999"]),
            (decimal(5, 2), json!(0.05), &["1.27", "-1.27"], &["1.25", "-1.30"]),
            (
                plain("float8"),
                json!(0.5),
                &["1.7", "-1.7", "-0", "Infinity"],
                &["1.5", "-2", "0", "Infinity"],
            ),
            (
                plain("float4"),
                json!(1e15),
                &["3.4028235e+38", "-3.4028235e+38", "1", "-1"],
                &["3.4028235e+38", "-3.4028235e+38", "0", "-1e+15"],
            ),
        ];
        for (column, width, values, expected) in known {
            assert_eq!(
                expected,
                probe::texts(&column.name, &built(&column, &width), values),
                "{} {width}",
                column.name
            );
        }
    }

    #[test]
    fn edges_are_taken() {
        for name in ["int2", "int4", "int8", "float4", "float8", "numeric"] {
            for width in [json!(1), json!(7), json!(10_000)] {
                probe::is_total(&built(&probe::column(name), &width), name);
            }
        }
        let numeric = built(&probe::column("numeric"), &json!(1e-8));
        probe::is_total(&numeric, "numeric");
        probe::refuses_other_lengths(&numeric, &probe::value("numeric", "12345.678"));
        let least = format!("-{}", "9".repeat(131_072));
        assert_eq!(
            [&*least],
            *probe::texts("numeric", &built(&probe::column("numeric"), &json!(7e14)), &[&least])
        );
    }

    #[test]
    fn widths_the_column_cannot_keep_are_refused() {
        let refused = [
            (probe::column("int4"), json!(0.5)),
            (probe::column("int2"), json!(40_000)),
            (probe::column("int4"), json!(0)),
            (probe::column("float8"), json!(-1)),
            (decimal(5, 2), json!(0.001)),
            (decimal(5, -2), json!(150)),
        ];
        for (column, width) in refused {
            assert_eq!(
                Some("parameter"),
                probe::refusal("bucket", &column, &json!({"width": width})),
                "{width}"
            );
        }
        assert_eq!(Some("parameter"), probe::refusal("bucket", &probe::column("int4"), &json!({})));
        assert_eq!(Some("mask-type"), probe::refusal("bucket", &probe::column("date"), &json!({"width": 1})));
    }

    proptest! {
        #[test]
        fn integers_and_numerics_agree_with_whole_numbers(number: i32, width in 1i32..100_000) {
            let expected = i64::from(number) - i64::from(number.rem_euclid(width));
            let eight = probe::texts("int8", &built(&probe::column("int8"), &json!(width)), &[&number.to_string()]);
            prop_assert_eq!(&[expected.to_string()], &*eight);
            let four = probe::texts("int4", &built(&probe::column("int4"), &json!(width)), &[&number.to_string()]);
            prop_assert_eq!(&[expected.max(i64::from(i32::MIN)).to_string()], &*four);
            let exact = probe::texts("numeric", &built(&probe::column("numeric"), &json!(width)), &[&number.to_string()]);
            prop_assert_eq!(&[expected.to_string()], &*exact);
        }

        #[test]
        fn order_stays(a: f64, b: f64, four: (f32, f32), width in 0.000_001..1e9) {
            let eight = built(&probe::column("float8"), &json!(width));
            let mask = |number: f64| f64::from_be_bytes(probe::apply(&eight, &number.to_be_bytes()).expect("masked").try_into().expect("8"));
            prop_assert!(a.is_nan() || b.is_nan() || mask(a.min(b)) <= mask(a.max(b)));
            let narrow = built(&probe::column("float4"), &json!(width));
            let mask = |number: f32| f32::from_be_bytes(probe::apply(&narrow, &number.to_be_bytes()).expect("masked").try_into().expect("4"));
            let (a, b) = four;
            prop_assert!(a.is_nan() || b.is_nan() || mask(a.min(b)) <= mask(a.max(b)));
        }
    }
}
