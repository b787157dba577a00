//! `digits`: other digits in the same places.

use super::numerals::{Numerals, Symbol, algorithm};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "digits",
    summary: "Replace every digit, keep punctuation, length and leading zeros",
    accepts: &[Kind::Text],
    parameters: &[KEEP_FIRST, KEEP_LAST],
    promises: FORMAT_KEPT,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"digits\", keep_last = 4 }",
    algorithm: algorithm!(
        "Only the digits 0-9 count; all other characters stay. With n digits: keep_first and keep_last (0 if not \
         given) both count as 0 if their sum is n or more. The first z digits that are 0 stay, and so do the first \
         keep_first and the last keep_last digits; the digits between are replaced by PERMUTE, the first of them as \
         a digit that is never 0 if it is the first digit of all that is not 0. The tweak is that of the text of the keep_first and keep_last \
         digits, one after the other."
    ),
    build,
};

/// How many digits stay at the left.
pub(super) const KEEP_FIRST: Parameter = Parameter::optional(
    "keep_first",
    ParameterKind::Integer(0, 64),
    "Digits at the left that stay; 0. A value that has no others keeps none",
);

/// How many digits stay at the right.
pub(super) const KEEP_LAST: Parameter = Parameter::optional(
    "keep_last",
    ParameterKind::Integer(0, 64),
    "Digits at the right that stay; 0. A value that has no others keeps none",
);

/// What all masks promise that permute the characters of a text in their places.
pub(super) const FORMAT_KEPT: Promises =
    Promises { uniqueness: Uniqueness::Bijective, keeps_length: true, keeps_format: true, ..Promises::LOSSY };

/// How many digits stay at either end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Kept {
    pub(super) fn of(build: &Build<'_>) -> Self {
        let digits = |name| build.parameters.integer(name).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        Self { first: digits(KEEP_FIRST.name), last: digits(KEEP_LAST.name) }
    }
}

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    Ok(Built {
        mask: Box::new(Digits { numerals: Numerals::new(build.prf()?), kept: Kept::of(build) }),
        promises: SPEC.promises,
        output_chars: OutputChars::Fits,
    })
}

struct Digits {
    numerals: Numerals,
    kept: Kept,
}

impl Mask for Digits {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let start = out.len();
        out.extend_from_slice(value);
        replace(&self.numerals, &mut out[start..], self.kept, b"", 0, |_| false);
        Ok(Masked::Value)
    }
}

/// Replace the digits of `text` that are not kept, and the letters that `is_free` names by their place: `letters` of
/// them. `prefix` belongs to what is kept.
pub(super) fn replace<F: Fn(usize) -> bool>(
    numerals: &Numerals,
    text: &mut [u8],
    kept: Kept,
    prefix: &[u8],
    letters: usize,
    is_free: F,
) {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let kept = if kept.first + kept.last >= digits { Kept::default() } else { kept };
    let zeros = text.iter().filter(|byte| byte.is_ascii_digit()).take_while(|&&byte| byte == b'0').count();
    let first = zeros.max(kept.first);
    let last = digits - kept.last;
    let is_leading = zeros >= kept.first;
    let tweak = if kept.first + kept.last == 0 {
        numerals.tweak(prefix)
    } else {
        let mut shown = prefix.to_vec();
        let digits = text.iter().copied().filter(u8::is_ascii_digit).enumerate();
        shown.extend(digits.filter(|(at, _)| *at < kept.first || *at >= last).map(|(_, digit)| digit));
        numerals.tweak(&shown)
    };
    let mut ordinal = 0;
    numerals.replace(text, last.saturating_sub(first) + letters, tweak, |at, byte| {
        if at == 0 {
            // The second pass begins.
            ordinal = 0;
        }
        if !byte.is_ascii_digit() {
            return if is_free(at) { Symbol::of(byte) } else { None };
        }
        let digit = ordinal;
        ordinal += 1;
        if digit < first || digit >= last {
            None
        } else if is_leading && digit == first {
            Some(Symbol::nonzero(byte))
        } else {
            Symbol::of(byte)
        }
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numerals::testing::{apply, built, images};

    #[test]
    fn every_number_of_a_length_is_hit_once() {
        let mask = built("digits", "text", "{}").expect("a mask");
        let numbers: Vec<String> = (1000..10_000).map(|n| format!("{}-{:03}", n / 1000, n % 1000)).collect();

        assert!(numbers == images(&mask, numbers.clone()));
    }

    #[test]
    fn kept_digits_stay_unless_nothing_else_is_there() {
        let cases = [
            (r#"{"keep_last": 4}"#, "12-3456-789", "6-789"),
            (r#"{"keep_first": 3}"#, "123 456", "123 "),
            (r#"{"keep_first": 64, "keep_last": 64}"#, "", ""),
        ];
        for (parameters, value, kept) in cases {
            let mask = built("digits", "text", parameters).expect("a mask");
            let masked = apply(&mask, value);
            assert!(masked.contains(kept) && (masked != value || value.is_empty()), "{parameters}");
        }

        let mask = built("digits", "text", r#"{"keep_first": 2, "keep_last": 2}"#).expect("a mask");
        let numbers: Vec<String> = (1000..10_000).map(|n| n.to_string()).collect();
        assert!(numbers == images(&mask, numbers.clone()));
        let fifth: Vec<String> = (0..10).map(|n| format!("12{n}34")).collect();
        assert!(fifth == images(&mask, fifth.clone()));
    }

    #[test]
    fn parameters_out_of_bounds_are_refused() {
        for parameters in
            [r#"{"keep_first": -1}"#, r#"{"keep_last": 65}"#, r#"{"keep_last": "4"}"#, r#"{"keep": 4}"#]
        {
            assert!(built("digits", "text", parameters).is_err(), "{parameters}");
        }
        assert!(built("digits", "int4", "{}").is_err());
    }

    #[test]
    fn values_without_free_digits_stay() {
        let mask = built("digits", "text", "{}").expect("a mask");
        for value in ["", "no digit", "٣٤ Ⅷ ５", "0", "00-00"] {
            assert_eq!(value, apply(&mask, value));
        }
    }

    #[test]
    fn ten_megabytes_are_one_value() {
        let mask = built("digits", "text", "{}").expect("a mask");
        let value = "7".repeat(10_000_000);

        let masked = apply(&mask, &value);

        assert_eq!(value.len(), masked.len());
        assert!(masked.bytes().filter(|&byte| byte == b'7').count() < 1_100_000);
    }

    proptest! {
        #[test]
        fn leading_zeros_and_shape_stay(value in "[0]{0,5}[0-9 ./ü-]{0,90}", first in 0..9, last in 0..9) {
            let parameters = format!(r#"{{"keep_first": {first}, "keep_last": {last}}}"#);
            let mask = built("digits", "text", &parameters).expect("a mask");
            let zeros = |text: &str| text.chars().filter(char::is_ascii_digit).take_while(|&c| c == '0').count();

            let images = images(&mask, [value.clone()]);

            prop_assert_eq!(zeros(&value), zeros(&images[0]));
        }

        #[test]
        fn numbers_stay_apart(numbers in prop::collection::btree_set("[0-9]{37,41}", 2..9)) {
            let mask = built("digits", "text", "{}").expect("a mask");
            images(&mask, numbers);
        }
    }
}
