//! `noise`: numbers moved a little, by a share of themselves or by an amount.

use super::amounts::{Limits, scaled};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::canonical::with_canonical;
use crate::types::decimal::Groups;
use crate::types::numeric::{self, Sign};
use crate::types::{Kind, float, integer};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "noise",
    summary: "Move a number up or down by at most a share of it, or by at most an amount. Its magnitude shows; a small number with a `ratio` moves by one \
              unit only, and 0 stays 0",
    accepts: &[Kind::Int2, Kind::Int4, Kind::Int8, Kind::Float4, Kind::Float8, Kind::Numeric],
    parameters: &[
        Parameter::optional(
            "ratio",
            ParameterKind::Number(0.000_001, 1.0),
            "The longest move as a share of the number; 0.1 if `absolute` is not given either",
        ),
        Parameter::optional(
            "absolute",
            ParameterKind::Number(0.000_000_01, 1e15),
            "The longest move as a number; 0 moves too then",
        ),
    ],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"noise\", ratio = 0.1 }",
    algorithm: "Take the stream of the canonical bytes of the value x (as for \"choice\"). f = 1 + its number below M, where M = the exact value of the float `ratio` x 10^12, rounded to a whole number \
                (half to even), or 10^12 for `absolute`. The sign is minus if the lowest bit of the next u64 is 1. b = |x|, or `absolute`, for integers and numerics as a multiple of \
                10^-8 (its exact value rounded, half to even). Integers: d = b f / 10^12 rounded up to a whole number, at most the type's greatest; the \
                result is x +- d, or x -+ d if that is out of range. Numerics: the same, exactly, in units of 10^-dscale of the value (10^-s for numeric(p,s) with \
                s < 0), d at most 10^p - 1 units of 10^-s, and out of range means p digits before those units or more (131072 before the point without p); dscale stays. Floats: \
                d = b * (f / 1e12) in binary64; the result is the first of x +- d, x -+ d (each in binary64, then rounded to binary32 for float4), the next float after x in the \
                direction of the sign and the next in the other one, that is finite and not x. 0 stays 0 with `ratio`; NaN and infinities stay.",
    build,
};

/// `ratio` and the number drawn count in these.
const PARTS: u64 = 1_000_000_000_000;
const RATIO_DEFAULT: f64 = 0.1;

#[derive(Clone, Copy)]
enum Base {
    /// A share of the value itself.
    Value,
    /// An amount, as a float and as a multiple of 10^-8.
    Amount(f64, u128),
}

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let (ratio, absolute) = (build.parameters.number("ratio"), build.parameters.number("absolute"));
    if ratio.is_some() && absolute.is_some() {
        return Err(Refusal::new(
            "parameter",
            "mask \"noise\" takes \"ratio\" or \"absolute\", and both were given",
            "Leave one of them out.",
        ));
    }
    let (base, most) = match absolute {
        Some(amount) => (Base::Amount(amount, scaled(amount, 8)), PARTS),
        None => (Base::Value, u64::try_from(scaled(ratio.unwrap_or(RATIO_DEFAULT), 12)).unwrap_or(PARTS)),
    };
    let mask = Noise {
        prf: build.prf()?,
        kind: build.column_type.kind,
        base,
        most,
        column: Limits::of(build.column_type),
    };
    Ok(Built { mask: Box::new(mask), promises: SPEC.promises, output_chars: OutputChars::NotText })
}

struct Noise {
    prf: Prf,
    kind: Kind,
    base: Base,
    /// The greatest factor, in [`PARTS`].
    most: u64,
    column: Limits,
}

impl Mask for Noise {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let mut stream = with_canonical(self.kind, value, |bytes| self.prf.stream(bytes))?;
        let factor = 1 + stream.below(self.most);
        let is_down = stream.u64() & 1 == 1;
        match self.kind {
            Kind::Float4 => self.float_4(float::read_4(value)?, factor, is_down, out),
            Kind::Float8 => self.float_8(float::read_8(value)?, factor, is_down, out),
            Kind::Numeric => self.numeric(value, factor, is_down, out)?,
            _ => self.integer(integer::read(self.kind, value)?, factor, is_down, out)?,
        }
        Ok(Masked::Value)
    }
}

#[expect(clippy::float_cmp, reason = "whether a float moved at all is asked, not whether it is near")]
impl Noise {
    fn integer(&self, number: i64, factor: u64, is_down: bool, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let (least, most) = integer::range(self.kind);
        let distance = match self.base {
            Base::Value => {
                (u128::from(number.unsigned_abs()) * u128::from(factor)).div_ceil(u128::from(PARTS))
            }
            Base::Amount(_, amount) => {
                (amount * u128::from(factor)).div_ceil(u128::from(PARTS) * 100_000_000)
            }
        };
        let distance = i64::try_from(distance).unwrap_or(most).min(most);
        let distance = if is_down { -distance } else { distance };
        let is_inside = |moved: &i64| (least..=most).contains(moved);
        // No distance is greater than the type's greatest value, so one of the two directions is inside.
        let moved = number.checked_add(distance).filter(is_inside);
        let moved = moved.or_else(|| number.checked_sub(distance).filter(is_inside)).unwrap_or(number);
        integer::write(self.kind, moved, out)
    }

    /// How far a float goes, down if negative; `None` if it stays.
    fn distance(&self, number: f64, factor: u64, is_down: bool) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "both are at most 10^12, below 2^53")]
        let share = factor as f64 / PARTS as f64;
        let distance = match self.base {
            _ if !number.is_finite() => return None,
            Base::Value if number == 0.0 => return None,
            Base::Value => number.abs() * share,
            Base::Amount(amount, _) => amount * share,
        };
        Some(if is_down { -distance } else { distance })
    }

    fn float_8(&self, number: f64, factor: u64, is_down: bool, out: &mut Vec<u8>) {
        let moved = self.distance(number, factor, is_down).map_or(number, |distance| {
            let (up, down) = (number.next_up(), number.next_down());
            let (next, other) = if is_down { (down, up) } else { (up, down) };
            let places = [number + distance, number - distance, next, other];
            places.into_iter().find(|place| place.is_finite() && *place != number).unwrap_or(number)
        });
        out.extend_from_slice(&moved.to_be_bytes());
    }

    fn float_4(&self, number: f32, factor: u64, is_down: bool, out: &mut Vec<u8>) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounding is wanted; beyond the range it is infinite"
        )]
        let round = |number: f64| number as f32;
        let wide = f64::from(number);
        let moved = self.distance(wide, factor, is_down).map_or(number, |distance| {
            let (up, down) = (number.next_up(), number.next_down());
            let (next, other) = if is_down { (down, up) } else { (up, down) };
            let places = [round(wide + distance), round(wide - distance), next, other];
            places.into_iter().find(|place| place.is_finite() && *place != number).unwrap_or(number)
        });
        out.extend_from_slice(&moved.to_be_bytes());
    }

    fn numeric(&self, value: &[u8], factor: u64, is_down: bool, out: &mut Vec<u8>) -> Result<(), ValueError> {
        let number = numeric::read(value)?;
        if !number.is_finite() {
            out.extend_from_slice(value);
            return Ok(());
        }
        let fraction = self.column.fraction(number.dscale);
        // Digits that a unit leaves to its right: behind dscale, or before the point where the scale is negative.
        let unit = match usize::try_from(-self.column.scale) {
            Ok(above) if number.dscale == 0 => 4 * fraction + above,
            _ => 4 * fraction - usize::from(number.dscale),
        };
        let whole_least = if matches!(self.base, Base::Value) { 0 } else { AMOUNT_GROUPS };
        let magnitude = Groups::load(&number, fraction, whole_least);
        let (mut distance, was_cut) = self.numeric_distance(&magnitude, factor, fraction);
        distance.round_up(unit, was_cut);
        let digits_most = self.column.digits(fraction);
        if distance.digits() > digits_most {
            distance.fill_nines(unit, digits_most);
        }
        let was_minus = number.sign == Sign::Minus;
        let mut moved = magnitude.clone();
        let mut is_minus = was_minus;
        if was_minus == is_down {
            moved.add(&distance);
            if moved.digits() > digits_most {
                moved.clone_from(&magnitude);
                is_minus ^= moved.subtract_through_zero(distance);
            }
        } else {
            is_minus ^= moved.subtract_through_zero(distance);
        }
        numeric::write(is_minus, &moved, -i32::try_from(fraction).unwrap_or(0), number.dscale, out)
    }

    fn numeric_distance(&self, magnitude: &Groups, factor: u64, fraction: usize) -> (Groups, bool) {
        match self.base {
            Base::Value => magnitude.scaled(factor),
            Base::Amount(_, amount) => {
                // `amount` counts 10^-8 and `factor` 10^-12: their product has five groups behind the point.
                let start = isize::try_from(fraction).unwrap_or(0) - 5;
                let mut distance = Groups::zero(magnitude.len());
                let was_cut = distance.put(amount * u128::from(factor), start);
                (distance, was_cut)
            }
        }
    }
}

/// An `absolute` of 10^15 has 16 digits before the point.
const AMOUNT_GROUPS: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::{Built, probe};
    use crate::types::ColumnType;

    fn built(column: &ColumnType, rule: &Value) -> Built {
        probe::build("noise", column, rule).expect("built")
    }

    fn decimal(precision: u32, scale: i32) -> ColumnType {
        ColumnType {
            numeric_precision: Some(precision),
            numeric_scale: Some(scale),
            ..probe::column("numeric")
        }
    }

    #[test]
    fn results_are_those_of_the_algorithm() {
        // From a second implementation in Python: blake3 1.0, whole numbers, Decimal and Fraction.
        let plain = |name| probe::column(name);
        let (tenth, all) = (json!({"ratio": 0.1}), json!({"ratio": 1.0}));
        let known: [(ColumnType, Value, &str, &str); 12] = [
            (plain("int2"), json!({}), "1 -1 100 -20000 32767 -32768", "0 0 104 -20937 30640 -30020"),
            (plain("int2"), json!({"absolute": 50.5}), "0 1 -32768 32767", "-34 -6 -32725 32734"),
            (plain("int2"), json!({"absolute": 1e6}), "0 -32768 32767", "-32767 -1 0"),
            (
                plain("int8"),
                all.clone(),
                "1 1000000000000000000 9223372036854775807 -9223372036854775808",
                "0 1639351753405000000 2926437229724717567 -5869615276089186581",
            ),
            (
                plain("numeric"),
                tenth.clone(),
                "1.50 -0.01 100 12345678901234567890.123 0.00",
                "1.61 -0.02 91 12512671052682255797.368 0.00",
            ),
            (plain("numeric"), json!({"absolute": 2.5}), "0 0.00 -7.125 1000", "1 0.93 -6.930 998"),
            (decimal(5, 2), all, "999.99 -999.99 0.01", "759.15 -840.71 0.00"),
            (decimal(3, -2), json!({"absolute": 1e6}), "99900 -100 0", "0 99800 99900"),
            (
                plain("float8"),
                tenth.clone(),
                "1 -2.5 1e+300 5e-324 1.7976931348623157e+308",
                "1.042754777478 -2.3937204144825 1.048966553257e+300 0 1.6479624793704942e+308",
            ),
            (plain("float8"), json!({"absolute": 0.5}), "0 1e+17", "-0.3292097404935 1.0000000000000002e+17"),
            (plain("float4"), tenth, "1 -2.5 3.4028235e+38 1e-45", "1.0427548 -2.3937204 3.301451e+38 3e-45"),
            (plain("float4"), json!({}), "NaN -Infinity -0", "NaN -Infinity -0"),
        ];
        for (column, rule, values, expected) in known {
            let values: Vec<&str> = values.split(' ').collect();

            let masked = probe::texts(&column.name, &built(&column, &rule), &values);

            assert_eq!(expected, masked.join(" "), "{} {rule}", column.name);
        }
    }

    #[test]
    fn edges_are_taken() {
        for name in ["int2", "int4", "int8", "float4", "float8", "numeric"] {
            for rule in [
                json!({}),
                json!({"ratio": 1.0}),
                json!({"ratio": 0.000_001}),
                json!({"absolute": 1e15}),
                json!({"absolute": 1e-8}),
            ] {
                probe::is_total(&built(&probe::column(name), &rule), name);
            }
        }
        probe::refuses_other_lengths(
            &built(&probe::column("numeric"), &json!({})),
            &probe::value("numeric", "12345.678"),
        );
    }

    #[test]
    fn equal_numerics_of_other_scales_and_integers_of_other_widths_agree() {
        let numeric = built(&probe::column("numeric"), &json!({"absolute": 1}));
        let [a, b] = &probe::texts("numeric", &numeric, &["5.0000", "5.00000000"])[..] else { panic!("two") };
        assert!(b.starts_with(a.get(..5).expect("five")));
        let [int2, int8] = ["int2", "int8"]
            .map(|name| probe::texts(name, &built(&probe::column(name), &json!({})), &["12345"]));
        assert_eq!(int2, int8);
    }

    #[test]
    fn the_longest_numerics_take_no_longer_than_their_digits() {
        let built = built(&probe::column("numeric"), &json!({}));
        let value = probe::value("numeric", &format!("{}.{}", "9".repeat(131_072), "9".repeat(16_383)));
        let started = std::time::Instant::now();

        for _ in 0..10 {
            probe::apply(&built, &value).expect("masked");
        }

        // About 0.2 ms each here; quadratic time would be minutes.
        assert!(started.elapsed().as_secs() < 5);
    }

    #[test]
    fn rules_that_cannot_be_are_refused() {
        let refused = [
            json!({"ratio": 0}),
            json!({"ratio": 1.1}),
            json!({"absolute": -1}),
            json!({"ratio": 0.1, "absolute": 1}),
            json!({"share": 1}),
        ];
        for rule in refused {
            assert_eq!(Some("parameter"), probe::refusal("noise", &probe::column("int4"), &rule), "{rule}");
        }
        assert_eq!(Some("mask-type"), probe::refusal("noise", &probe::column("date"), &json!({})));
    }

    proptest! {
        #[test]
        fn integers_change_and_stay_near(number: i64, narrow: bool, ratio in 0.000_001..1.0) {
            let (name, number) = if narrow { ("int4", number >> 32) } else { ("int8", number) };
            let built = built(&probe::column(name), &json!({"ratio": ratio}));
            let masked = &probe::texts(name, &built, &[&number.to_string()])[0];
            let distance = i128::from(number).abs_diff(masked.parse::<i128>().expect("a number"));
            prop_assert_eq!(number == 0, distance == 0);
            #[expect(clippy::cast_precision_loss, reason = "a bound with room for its rounding")]
            let (distance, bound) = (distance as f64, number.unsigned_abs() as f64 * ratio * 1.000_001 + 1.0);
            prop_assert!(distance <= bound);
        }

        #[test]
        fn numerics_change_and_fit_their_column(
            unscaled: i64, precision in 1u32..19, scale in -3i32..25, ratio in 0.000_001..1.0, absolute in 0.000_001..1e15, by_ratio: bool,
        ) {
            let number = unscaled % 10i64.pow(precision);
            let column = decimal(precision, scale);
            let rule = if by_ratio { json!({"ratio": ratio}) } else { json!({"absolute": absolute}) };
            let text = format!("{number}e{}", -scale);
            let value = probe::value("numeric", &text);

            let masked = probe::apply(&built(&column, &rule), &value).expect("masked");

            prop_assert_eq!(by_ratio && number == 0, masked == value, "{}", text);
            // What the column takes is what a fixed value of it may be; the server checks the same.
            let shown = probe::text("numeric", &masked);
            prop_assert_eq!(None, probe::refusal("fixed", &column, &json!({"value": shown})));
            prop_assert_eq!(value[6..8].to_vec(), masked[6..8].to_vec());
        }

        #[test]
        fn floats_change(bits: u64, ratio in 0.000_001..1.0) {
            let built_8 = built(&probe::column("float8"), &json!({"ratio": ratio}));
            let built_4 = built(&probe::column("float4"), &json!({"ratio": ratio}));
            let eight = bits.to_be_bytes();
            let four = [eight[0], eight[1], eight[2], eight[3]];
            let stays = |number: f64| !number.is_finite() || number == 0.0;
            prop_assert_eq!(stays(f64::from_be_bytes(eight)), probe::apply(&built_8, &eight) == Ok(eight.to_vec()));
            prop_assert_eq!(stays(f32::from_be_bytes(four).into()), probe::apply(&built_4, &four) == Ok(four.to_vec()));
        }
    }
}
