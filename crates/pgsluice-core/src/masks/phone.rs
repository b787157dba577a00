//! `phone`: another number of the same form, in the same country.

use super::digits::{FORMAT_KEPT, KEEP_FIRST, KEEP_LAST, Kept, replace};
use super::numerals::{Numerals, algorithm};
use super::{Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, Spec};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "phone",
    summary: "Replace the digits of a telephone number, keep its punctuation, leading zeros and calling code",
    accepts: &[Kind::Text],
    parameters: &[
        Parameter { summary: "Digits that stay behind the calling code, as an area code; 0", ..KEEP_FIRST },
        KEEP_LAST,
    ],
    promises: FORMAT_KEPT,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"phone\", keep_first = 3 }",
    algorithm: algorithm!(
        "A calling code is there if the first character that is neither blank nor ( is a +, a digit follows it, and \
         no letter A-Z or a-z stands between it and the third digit behind it (the last, if there are fewer). The \
         code is one digit if that is 1 or 7, none if it is 0, two if they are 20, 27, 30 to 34, 36, 39 to 41, 43 to 49, 51 to 58, 60 to 66, 81, 82, 84, \
         86, 90 to 95 or 98, and three otherwise, or as many as there are. All up to the last digit of the code stays; without one \
         the whole value is the rest. The rest is treated as by mask digits: keep_first, keep_last and leading zeros \
         count in the rest alone, the text of the tweak is the digits of the code and then the kept ones. Runs of \
         letters A-Z and a-z that are, in any case, x, ext, extn or extension stay; the letters of other runs are \
         replaced too, in one list with the digits, in the order of the text. That is done again, on the result with the places of the first time, until \
         the runs that stay are the same as in the value."
    ),
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    Ok(Built {
        mask: Box::new(Phone { numerals: Numerals::new(build.prf()?), kept: Kept::of(build) }),
        promises: SPEC.promises,
        output_chars: OutputChars::Fits,
    })
}

struct Phone {
    numerals: Numerals,
    kept: Kept,
}

impl Mask for Phone {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let (mut code, mut code_digits) = ([0; CODE_DIGITS_MAX], 0);
        let behind_code = calling_code(value, |digit| {
            code[code_digits] = digit;
            code_digits += 1;
        });
        let code = &code[..code_digits];
        let start = out.len() + behind_code;
        out.extend_from_slice(value);
        let rest = &mut out[start..];
        if !rest.iter().any(u8::is_ascii_alphabetic) {
            replace(&self.numerals, rest, self.kept, code, 0, |_| false);
            return Ok(Masked::Value);
        }
        let free = free_letters(rest);
        let letters = free.iter().filter(|&&is_free| is_free).count();
        // Ends: the cycle that holds the value leads back to a text whose words stand where its own do.
        loop {
            replace(&self.numerals, rest, self.kept, code, letters, |at| free[at]);
            if letters == 0 || free_letters(rest) == free {
                return Ok(Masked::Value);
            }
        }
    }
}

/// Zones of ITU-T E.164 give codes of one to three digits.
const CODE_DIGITS_MAX: usize = 3;

/// Where the calling code of `value` ends, 0 without one; `digit` gets each digit of it.
fn calling_code<F: FnMut(u8)>(value: &[u8], mut digit: F) -> usize {
    let plus = value.iter().position(|byte| !matches!(byte, b' ' | b'('));
    let Some(plus) = plus.filter(|&at| value[at] == b'+') else { return 0 };
    let mut digits = [(0usize, 0u8); CODE_DIGITS_MAX];
    let mut found = 0;
    for (at, &byte) in value.iter().enumerate().skip(plus + 1) {
        if byte.is_ascii_digit() {
            digits[found] = (at, byte);
            found += 1;
            if found == CODE_DIGITS_MAX {
                break;
            }
        }
    }
    let digits = &digits[..found];
    let Some(&(last, _)) = digits.last() else { return 0 };
    if value[plus..last].iter().any(u8::is_ascii_alphabetic) {
        return 0;
    }
    let second = digits.get(1).map_or(0, |&(_, byte)| byte);
    let length = code_length(digits[0].1, second).min(found);
    digits[..length].iter().for_each(|&(_, byte)| digit(byte));
    digits[..length].last().map_or(0, |&(at, _)| at + 1)
}

/// Digits of a calling code by its first two (ITU-T E.164, list of assigned country codes, 2016-11-15).
fn code_length(first: u8, second: u8) -> usize {
    match (first, second) {
        (b'0', _) => 0,
        (b'1' | b'7', _) => 1,
        (b'2', b'0' | b'7')
        | (b'3', b'0'..=b'4' | b'6' | b'9')
        | (b'4', b'0' | b'1' | b'3'..=b'9')
        | (b'5', b'1'..=b'8')
        | (b'6', b'0'..=b'6')
        | (b'8', b'1' | b'2' | b'4' | b'6')
        | (b'9', b'0'..=b'5' | b'8') => 2,
        _ => 3,
    }
}

/// Words that say an extension follows; they are no secret, and programs look for them.
const EXTENSION_WORDS: [&[u8]; 4] = [b"x", b"ext", b"extn", b"extension"];

/// For each byte whether it is a letter that is replaced.
fn free_letters(text: &[u8]) -> Vec<bool> {
    let mut free = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, tail) = rest.split_at(letters);
        let stays = EXTENSION_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
        free.extend(word.iter().map(|_| !stays));
        let others = tail.iter().take_while(|byte| !byte.is_ascii_alphabetic()).count();
        free.extend(tail[..others].iter().map(|_| false));
        rest = &tail[others..];
    }
    free
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numerals::testing::{apply, built, images};

    #[test]
    fn calling_codes_stay() {
        let cases = [
            ("+1 (212) 555-0123", "+1 ("),
            ("+7 495 1234567", "+7 "),
            ("+49 (0) 30 1234567", "+49 (0) "),
            ("+351 21 123 45 67", "+351 "),
            (" (+44) 20 7946 0958", " (+44) "),
            ("+8821 6123 4567", "+882"),
            ("+4", "+4"),
            ("+", "+"),
            ("+x", "+x"),
            ("0049 30 1234567", "00"),
            ("+0 12", "+0 "),
        ];
        for keep_first in 0..3 {
            let parameters = format!(r#"{{"keep_first": {keep_first}}}"#);
            let mask = built("phone", "text", &parameters).expect("a mask");
            for (value, head) in cases {
                let masked = images(&mask, [value.to_owned()]);
                assert!(masked[0].starts_with(head), "{value}");
                assert!(masked[0] != value || value.len() == head.len(), "{value}");
            }
        }
    }

    #[test]
    fn numbers_of_one_code_stay_apart() {
        let mask = built("phone", "text", r#"{"keep_first": 1}"#).expect("a mask");
        let numbers: Vec<String> = (10_000..20_000).map(|n| format!("+49 {n}")).collect();

        assert!(numbers == images(&mask, numbers.clone()));
    }

    #[test]
    fn words_of_extensions_stay_and_other_letters_do_not() {
        let mask = built("phone", "text", "{}").expect("a mask");

        let masked = apply(&mask, "1-800-FLOWERS EXT. 12 x9");

        assert!(!masked.contains("FLOWERS"));
        assert_eq!((" EXT. ", " x"), (&masked[13..19], &masked[21..23]));
    }

    #[test]
    fn letters_are_permuted_around_the_words_that_stay() {
        let mask = built("phone", "text", "{}").expect("a mask");
        let values = (b'a'..=b'z').flat_map(|c| (1..10).map(move |n| format!("{n} {}", c as char)));
        let mut values: Vec<String> = values.collect();
        values.sort_unstable();

        assert!(values == images(&mask, values.clone()));
        assert!(apply(&mask, "5 x").ends_with(" x"));
    }

    #[test]
    fn a_code_with_letters_inside_is_none() {
        let mask = built("phone", "text", "{}").expect("a mask");
        let values: Vec<String> = (100..1000).map(|n| format!("+{}a{:02}", n / 100, n % 100)).collect();

        images(&mask, values);
    }

    #[test]
    fn parameters_out_of_bounds_are_refused() {
        assert!(built("phone", "text", r#"{"keep_first": 65}"#).is_err());
        assert!(built("phone", "text", r#"{"country": "DE"}"#).is_err());
    }

    proptest! {
        #[test]
        fn shapes_stay_and_values_stay_apart(
            values in prop::collection::btree_set("[ (]{0,2}[+]?[0-9 xtean.ü/-]{0,30}", 1..20)
        ) {
            let mask = built("phone", "text", "{}").expect("a mask");
            images(&mask, values);
        }
    }
}
