//! `card`: another card number with the right check digit.

use super::digits::{FORMAT_KEPT, Kept, replace};
use super::numerals::{Numerals, algorithm};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "card",
    summary: "Replace a card number by another of the same form that passes the Luhn check if it does",
    accepts: &[Kind::Text],
    parameters: &[
        Parameter::optional(
            "keep_bin",
            ParameterKind::Bool,
            "Whether the first 6 digits, which name the issuer, stay where there are 12 or more; false",
        ),
        Parameter::optional(
            "repair",
            ParameterKind::Bool,
            "Whether a number that fails the Luhn check gets one that passes; two values may meet then; false",
        ),
    ],
    promises: FORMAT_KEPT,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"card\", keep_bin = true }",
    algorithm: algorithm!(
        "Only the digits 0-9 count; all other characters stay. With n digits, n at least 2, the last is the check \
         digit and the others are replaced as by mask digits with keep_first = 6 if keep_bin is true and n is at least 12, \
         otherwise 0. Then the check digit is set: the Luhn sum (from the right, every second digit doubled, less 9 \
         if above 9) modulo 10 is 0 if repair is true, otherwise what it was in the value. With n = 1 \
         the digit is replaced as by mask digits."
    ),
    build,
};

/// Digits of an issuer's number.
const BIN_DIGITS: usize = 6;
/// The shortest card numbers (ISO/IEC 7812-1: from 10, in use from 12); with fewer too little is left to hide.
const CARD_DIGITS_MIN: usize = 12;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let repair = build.parameters.flag("repair");
    let uniqueness = if repair { Uniqueness::Lossy } else { Uniqueness::Bijective };
    Ok(Built {
        mask: Box::new(Card {
            numerals: Numerals::new(build.prf()?),
            keep_bin: build.parameters.flag("keep_bin"),
            repair,
        }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::Fits,
    })
}

struct Card {
    numerals: Numerals,
    keep_bin: bool,
    repair: bool,
}

impl Mask for Card {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let start = out.len();
        out.extend_from_slice(value);
        let text = &mut out[start..];
        let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
        let Some(check) = text.iter().rposition(u8::is_ascii_digit) else { return Ok(Masked::Value) };
        if digits == 1 {
            replace(&self.numerals, text, Kept::default(), b"", 0, |_| false);
            return Ok(Masked::Value);
        }
        let first = if self.keep_bin && digits >= CARD_DIGITS_MIN { BIN_DIGITS } else { 0 };
        let wanted = if self.repair { 0 } else { luhn_sum(text) };
        replace(&self.numerals, &mut text[..check], Kept { first, last: 0 }, b"", 0, |_| false);
        text[check] = b'0';
        text[check] += (wanted + 10 - luhn_sum(text)) % 10;
        Ok(Masked::Value)
    }
}

/// The Luhn sum of the digits, modulo 10 (ISO/IEC 7812-1, annex B): 0 for a valid number.
fn luhn_sum(text: &[u8]) -> u8 {
    let digits = text.iter().rev().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0');
    let mut is_doubled = true;
    let sum = digits.fold(0u64, |sum, digit| {
        is_doubled = !is_doubled;
        sum + u64::from(if is_doubled { DOUBLED[usize::from(digit)] } else { digit })
    });
    u8::try_from(sum % 10).unwrap_or(0)
}

/// A digit doubled, less 9 if above 9.
const DOUBLED: [u8; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numerals::testing::{apply, built, images};
    use super::*;

    #[test]
    fn sums_are_those_of_the_published_test_numbers() {
        for number in ["4111 1111 1111 1111", "378282246310005", "6011-1111-1111-1117", "0", ""] {
            assert_eq!(0, luhn_sum(number.as_bytes()), "{number}");
        }
        assert_eq!(1, luhn_sum(b"4111111111111112"));
    }

    #[test]
    fn every_valid_number_of_a_length_is_hit_once() {
        let mask = built("card", "text", "{}").expect("a mask");
        let valid = |n: &String| luhn_sum(n.as_bytes()) == 0;
        let numbers: Vec<String> = (10_000..100_000).map(|n| n.to_string()).collect();
        let (valid, invalid): (Vec<String>, Vec<String>) = numbers.into_iter().partition(valid);

        assert!(valid == images(&mask, valid.clone()));
        assert!(invalid == images(&mask, invalid.clone()));
    }

    #[test]
    fn the_issuer_stays_if_asked_and_the_number_is_long_enough() {
        let mask = built("card", "text", r#"{"keep_bin": true}"#).expect("a mask");

        let (card, short) = (apply(&mask, "4111-11 11 1111.1111"), apply(&mask, "41111111111"));

        assert!(card.starts_with("4111-11 ") && luhn_sum(card.as_bytes()) == 0);
        assert!(!short.starts_with("411111"));
        let all: Vec<String> = (0..100_000).step_by(7).map(|n| format!("411111{n:06}")).collect();
        images(&mask, all);
    }

    #[test]
    fn repair_makes_every_number_valid_and_says_what_it_costs() {
        let mask = built("card", "text", r#"{"repair": true}"#).expect("a mask");

        assert_eq!(Uniqueness::Lossy, mask.promises.uniqueness);
        for number in 10..2000 {
            assert_eq!(0, luhn_sum(apply(&mask, &number.to_string()).as_bytes()));
        }
    }

    #[test]
    fn values_that_are_no_cards_are_masked_too() {
        let mask = built("card", "text", "{}").expect("a mask");

        assert_eq!(("", "none", "0"), (&*apply(&mask, ""), &*apply(&mask, "none"), &*apply(&mask, "0")));
        let digits: Vec<String> = (1..10).map(|n| n.to_string()).collect();
        assert!(digits == images(&mask, digits.clone()));
    }

    #[test]
    fn parameters_of_another_type_are_refused() {
        assert!(built("card", "text", r#"{"keep_bin": 6}"#).is_err());
        assert!(built("card", "text", r#"{"repair": "yes"}"#).is_err());
    }

    proptest! {
        #[test]
        fn sums_and_shapes_stay(value in "[0-9 .ü-]{0,60}", keep_bin: bool) {
            let mask = built("card", "text", &format!(r#"{{"keep_bin": {keep_bin}}}"#)).expect("a mask");

            let masked = images(&mask, [value.clone()]);

            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(digits < 2 || luhn_sum(value.as_bytes()) == luhn_sum(masked[0].as_bytes()));
        }
    }
}
