//! `iban`: another account of the same country, with the right check digits.

use super::digits::FORMAT_KEPT;
use super::numerals::{Numerals, Symbol, algorithm};
use super::{Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Spec};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "iban",
    summary: "Replace an IBAN by another of the same country and form with right check digits",
    accepts: &[Kind::Text],
    parameters: &[Parameter::optional(
        "keep_first",
        ParameterKind::Integer(0, 30),
        "Characters behind the check digits that stay, as a bank's code (8 in Germany); 0. An account that has no others keeps none",
    )],
    promises: FORMAT_KEPT,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"iban\", keep_first = 8 }",
    algorithm: algorithm!(
        "Blanks (0x20) do not count and stay. An IBAN is a value that is then of 15 to 34 characters: two letters, two digits, the \
         rest letters or digits (A-Z, a-z, 0-9), where the two digits, as a number, are 98 - (the rest, the two letters and 00, each letter written as \
         its place in the alphabet plus 9, as one decimal number, modulo 97). In an IBAN the rest but for its first keep_first characters (0 \
         if not given, or if the rest is not longer than that) is replaced by PERMUTE, letters by letters of the same case; \
         the tweak is that of the text of the two letters in upper case and then the characters of the rest that stay; then the two digits are computed anew. \
         In any other value all letters and digits A-Z, a-z, 0-9 are replaced by PERMUTE, tweak 0, again until the result is \
         not an IBAN; other characters stay."
    ),
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let kept = build.parameters.integer("keep_first").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    Ok(Built {
        mask: Box::new(Iban { numerals: Numerals::new(build.prf()?), kept }),
        promises: SPEC.promises,
        output_chars: OutputChars::Fits,
    })
}

struct Iban {
    numerals: Numerals,
    kept: usize,
}

impl Mask for Iban {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let start = out.len();
        out.extend_from_slice(value);
        let text = &mut out[start..];
        if let Some(found) = Account::find(text).filter(|found| found.is_valid(text)) {
            self.replace_account(&found, text);
            return Ok(Masked::Value);
        }
        let count = text.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
        // Ends: the cycle that holds the value leads back to a text that is no IBAN.
        loop {
            self.numerals.replace(text, count, 0, |_, byte| Symbol::of(byte));
            if !Account::find(text).is_some_and(|found| found.is_valid(text)) {
                return Ok(Masked::Value);
            }
        }
    }
}

impl Iban {
    fn replace_account(&self, found: &Account, text: &mut [u8]) {
        let kept = if self.kept < found.characters { self.kept } else { 0 };
        let mut shown = [0u8; CHARACTERS_MAX];
        shown[..2].copy_from_slice(&found.country(text));
        let account = &mut text[found.rest_at..];
        let letters = account.iter().filter(|&&byte| byte != b' ').take(kept);
        for (place, &byte) in shown[2..].iter_mut().zip(letters) {
            *place = byte;
        }
        let tweak = self.numerals.tweak(&shown[..2 + kept]);
        let mut ordinal = 0;
        self.numerals.replace(account, found.characters - kept, tweak, |at, byte| {
            if at == 0 {
                // The second pass begins.
                ordinal = 0;
            }
            ordinal += usize::from(byte != b' ');
            if ordinal > kept { Symbol::of(byte) } else { None }
        });
        let check = found.check(text);
        for (&at, digit) in found.check_at.iter().zip([check / 10, check % 10]) {
            text[at] = b'0' + digit;
        }
    }
}

/// ISO 13616-1: at most 34 characters, 15 in the shortest in use (Norway).
const CHARACTERS_MAX: usize = 34;
const CHARACTERS_MIN: usize = 15;

/// Where the parts of a text stand that has the form of an IBAN.
struct Account {
    country_at: [usize; 2],
    check_at: [usize; 2],
    /// Where what follows the check digits begins.
    rest_at: usize,
    /// Characters of that, blanks apart.
    characters: usize,
}

impl Account {
    fn find(text: &[u8]) -> Option<Self> {
        let mut at = [0; 4];
        let mut characters = 0;
        for (place, &byte) in text.iter().enumerate().filter(|&(_, &byte)| byte != b' ') {
            let fits = match characters {
                0 | 1 => byte.is_ascii_alphabetic(),
                2 | 3 => byte.is_ascii_digit(),
                _ => byte.is_ascii_alphanumeric() && characters < CHARACTERS_MAX,
            };
            if !fits {
                return None;
            }
            if let Some(slot) = at.get_mut(characters) {
                *slot = place;
            }
            characters += 1;
        }
        let [first, second, tens, ones] = at;
        (characters >= CHARACTERS_MIN).then(|| Self {
            country_at: [first, second],
            check_at: [tens, ones],
            rest_at: ones + 1,
            characters: characters - 4,
        })
    }

    fn country(&self, text: &[u8]) -> [u8; 2] {
        self.country_at.map(|at| text[at].to_ascii_uppercase())
    }

    fn is_valid(&self, text: &[u8]) -> bool {
        let [tens, ones] = self.check_at.map(|at| text[at] - b'0');
        tens * 10 + ones == self.check(text)
    }

    /// The check digits that belong to the rest (ISO/IEC 7064, MOD 97-10), from 2 to 98.
    fn check(&self, text: &[u8]) -> u8 {
        let country = self.country(text);
        let letters = text[self.rest_at..].iter().chain(&country).chain(b"00");
        let sum = letters.fold(0u64, |sum, &byte| {
            // Far enough below 2^64 for two digits more; a division for each of them would be half of the mask's time.
            let sum = if sum < 1 << 56 { sum } else { sum % 97 };
            match byte {
                b'0'..=b'9' => sum * 10 + u64::from(byte - b'0'),
                b'A'..=b'Z' => sum * 100 + u64::from(byte - b'A') + 10,
                b'a'..=b'z' => sum * 100 + u64::from(byte - b'a') + 10,
                _ => sum,
            }
        });
        98 - u8::try_from(sum % 97).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numerals::testing::{apply, built, images};
    use super::*;

    fn is_iban(text: &str) -> bool {
        Account::find(text.as_bytes()).is_some_and(|found| found.is_valid(text.as_bytes()))
    }

    /// Examples of the SWIFT IBAN registry.
    const REGISTRY: [&str; 6] = [
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
        "fr14 2004 1010 0505 0001 3m02 606",
        "BR1800360305000010009795493C1",
    ];

    #[test]
    fn accounts_stay_in_their_country_with_right_check_digits() {
        let mask = built("iban", "text", "{}").expect("a mask");
        for value in REGISTRY {
            assert!(is_iban(value), "{value}");

            let masked = images(&mask, [value.to_owned()]);

            assert!(is_iban(&masked[0]) && masked[0] != value && masked[0][..2] == value[..2], "{value}");
        }
    }

    #[test]
    fn what_is_kept_stays_unless_nothing_else_is_there() {
        let mask = built("iban", "text", r#"{"keep_first": 8}"#).expect("a mask");
        assert_eq!("3704 0044", &apply(&mask, REGISTRY[0])[5..14]);
        let whole = built("iban", "text", r#"{"keep_first": 11}"#).expect("a mask");
        assert_ne!("86011117947", &apply(&whole, REGISTRY[2])[4..]);
    }

    #[test]
    fn accounts_and_other_texts_stay_apart() {
        let mask = built("iban", "text", r#"{"keep_first": 8}"#).expect("a mask");
        // All check digits of all accounts that differ in three digits: valid ones and others.
        let accounts = (0..100_000).map(|n| format!("NO{:02}86011117{:03}", n % 100, n / 100));

        let images = images(&mask, accounts);

        assert_eq!(1000, images.iter().filter(|image| is_iban(image)).count());
    }

    #[test]
    fn texts_that_are_no_iban_are_masked_letter_by_letter() {
        let mask = built("iban", "text", "{}").expect("a mask");
        for value in ["DE89 3704 0044 0532 0130 01", "Account: 12/34-ab", "DE89", "GB 29-NWBK-6016"] {
            let masked = images(&mask, [value.to_owned()]);
            assert!(masked[0] != value && !is_iban(&masked[0]), "{value}");
        }
        assert_eq!(("", "ü –"), (&*apply(&mask, ""), &*apply(&mask, "ü –")));
    }

    #[test]
    fn parameters_out_of_bounds_are_refused() {
        for parameters in [r#"{"keep_first": 31}"#, r#"{"keep_first": -1}"#, r#"{"keep_bank": true}"#] {
            assert!(built("iban", "text", parameters).is_err(), "{parameters}");
        }
    }

    proptest! {
        #[test]
        fn any_account_stays_valid(country in "[A-Z]{2}", rest in "[A-Z0-9]{11,30}", kept in 0..31) {
            let mut value = format!("{country}00{rest}");
            let found = Account::find(value.as_bytes()).expect("the form of an IBAN");
            let check = found.check(value.as_bytes());
            value.replace_range(2..4, &format!("{check:02}"));
            let mask = built("iban", "text", &format!(r#"{{"keep_first": {kept}}}"#)).expect("a mask");

            let masked = images(&mask, [value]);

            prop_assert!(is_iban(&masked[0]));
        }

        #[test]
        fn any_text_keeps_its_shape(value in "\\PC{0,80}") {
            let mask = built("iban", "text", "{}").expect("a mask");
            images(&mask, [value]);
        }
    }
}
