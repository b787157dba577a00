//! `fpe`: format-preserving encryption of the characters of an alphabet, FF1 of NIST SP 800-38G.

use super::digits::FORMAT_KEPT;
use super::ff1::Ff1;
use super::numerals::chain;
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::permute::Permutation;
use crate::row::Row;
use crate::types::{Kind, text};

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "fpe",
    summary: "Encrypt the characters of an alphabet among themselves (FF1, AES-256), keep all others in their places",
    accepts: &[Kind::Text],
    parameters: &[
        Parameter::optional(
            "alphabet",
            ParameterKind::OneOf(&[
                "digits",
                "lower",
                "upper",
                "letters",
                "alphanumeric",
                "hex",
                "hex-upper",
            ]),
            "Which characters are encrypted; \"alphanumeric\" (0-9, A-Z, a-z)",
        ),
        Parameter::optional(
            "characters",
            ParameterKind::Text,
            "An alphabet of your own, 2 to 65,536 different characters, instead of a named one",
        ),
    ],
    promises: Promises { keeps_format: false, ..FORMAT_KEPT },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"fpe\", alphabet = \"digits\" }",
    algorithm: "The numerals are the value's characters that are in the alphabet, by their place in it from 0 (digits: 0-9; lower: a-z; \
        upper: A-Z; letters: A-Z, a-z; alphanumeric, the default: 0-9, A-Z, a-z; hex: 0-9, a-f; hex-upper: 0-9, A-F; `characters`: as \
        they stand; for citext each is lowered first, if that gives one character, and repeated ones are dropped); all other characters stay. \
        With r characters in the alphabet and n numerals: h is the largest number with r^h <= 2^64, the numerals are cut into c = n / 2h chunks (rounded up), the \
        first n mod c of them of n / c + 1 numerals, the others of n / c (rounded down). A chunk is the number its numerals write, the \
        first highest. permute(x, t) of a chunk of m numerals: if r^m >= 10^6, FF1 (NIST SP 800-38G) of the m numerals with AES-256 under \
        the block of the text aes as its key and t (8 bytes, little-endian) as its tweak; otherwise the permutation of 0..r^m \
        under the tweak t. One chunk: t is n. Several: from left to right, t starts as n, x = permute(x, t), then t = link(t, x); after that \
        from the last chunk but one back to the first, t starts as n xor 2^63, for each t = link(t, the chunk to its right as it is now), x = \
        permute(x, t). link(t, x) is the first 8 bytes, little-endian, of the block of t (8 bytes, little-endian) followed by x \
        (16 bytes, little-endian). The numerals are written back into their places.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let name = build.parameters.text("alphabet");
    let own = build.parameters.text("characters");
    if name.is_some() && own.is_some() {
        return Err(parameter(
            "mask \"fpe\" got both \"alphabet\" and \"characters\"",
            "Give one of the two.",
        ));
    }
    let name = name.unwrap_or("alphanumeric");
    let mut characters: Vec<char> = own.map_or_else(|| named(name), |own| own.chars().collect());
    check(&characters, build.column_type.is_blank_padded())?;
    if build.column_type.is_case_insensitive() {
        characters = lowered(&characters);
    }
    let too_few = || {
        parameter(
            "parameter \"characters\" of mask \"fpe\" leaves fewer than 2 characters or more than 65,536",
            "Give more of them; for citext an upper and a lower letter are one.",
        )
    };
    let prf = build.prf()?;
    let radix = u32::try_from(characters.len()).map_err(|_| too_few())?;
    let ff1 = Ff1::new(&prf.aes_key(), radix).ok_or_else(too_few)?;
    let keeps_format = own.is_none() && matches!(name, "digits" | "lower" | "upper");
    Ok(Built {
        mask: Box::new(Fpe {
            ff1,
            permutation: Permutation::new(&prf, 1),
            prf,
            alphabet: Alphabet::new(characters),
        }),
        promises: Promises { keeps_format, ..SPEC.promises },
        output_chars: OutputChars::Fits,
    })
}

fn parameter(message: &str, hint: &str) -> Refusal {
    Refusal::new("parameter", message, hint)
}

fn named(alphabet: &str) -> Vec<char> {
    match alphabet {
        "digits" => ('0'..='9').collect(),
        "lower" => ('a'..='z').collect(),
        "upper" => ('A'..='Z').collect(),
        "letters" => ('A'..='Z').chain('a'..='z').collect(),
        "hex" => ('0'..='9').chain('a'..='f').collect(),
        "hex-upper" => ('0'..='9').chain('A'..='F').collect(),
        _ => ('0'..='9').chain('A'..='Z').chain('a'..='z').collect(),
    }
}

fn check(characters: &[char], is_blank_padded: bool) -> Result<(), Refusal> {
    let mut sorted = characters.to_vec();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(parameter(
            "parameter \"characters\" of mask \"fpe\" names a character twice",
            "Name each once.",
        ));
    }
    if characters.contains(&'\0') {
        return Err(parameter(
            "parameter \"characters\" of mask \"fpe\" holds a NUL, which no text of a server can",
            "Leave it out.",
        ));
    }
    if is_blank_padded && characters.contains(&' ') {
        return Err(parameter(
            "parameter \"characters\" of mask \"fpe\" holds a blank, and char(n) does not tell values apart by blanks at the end",
            "Leave it out.",
        ));
    }
    Ok(())
}

fn lowered(characters: &[char]) -> Vec<char> {
    let mut lowered: Vec<char> = Vec::with_capacity(characters.len());
    let mut seen = std::collections::HashSet::new();
    for &character in characters {
        let mut lower = character.to_lowercase();
        let one = match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => character,
        };
        if seen.insert(one) {
            lowered.push(one);
        }
    }
    lowered
}

/// Characters by their place and back.
struct Alphabet {
    characters: Vec<char>,
    ascii: [Option<u32>; 128],
    others: Vec<(char, u32)>,
}

impl Alphabet {
    fn new(characters: Vec<char>) -> Self {
        let mut ascii = [None; 128];
        let mut others = Vec::new();
        for (numeral, &character) in (0u32..).zip(&characters) {
            match ascii.get_mut(character as usize) {
                Some(place) => *place = Some(numeral),
                None => others.push((character, numeral)),
            }
        }
        others.sort_unstable();
        Self { characters, ascii, others }
    }

    fn numeral(&self, character: char) -> Option<u32> {
        if let Some(&numeral) = self.ascii.get(character as usize) {
            return numeral;
        }
        let at = self.others.binary_search_by_key(&character, |&(known, _)| known).ok()?;
        self.others.get(at).map(|&(_, numeral)| numeral)
    }

    fn radix(&self) -> u128 {
        self.characters.len() as u128
    }
}

struct Fpe {
    prf: Prf,
    ff1: Ff1,
    permutation: Permutation,
    alphabet: Alphabet,
}

impl Mask for Fpe {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let text = text::read(value)?;
        let mut numerals: Vec<u32> = text.chars().filter_map(|c| self.alphabet.numeral(c)).collect();
        self.encrypt(&mut numerals);
        let mut numerals = numerals.into_iter();
        let mut utf8 = [0; 4];
        for character in text.chars() {
            let stays = self.alphabet.numeral(character).is_none();
            let numeral = if stays { None } else { numerals.next() };
            let replaced = numeral.and_then(|numeral| self.alphabet.characters.get(numeral as usize));
            out.extend_from_slice(replaced.unwrap_or(&character).encode_utf8(&mut utf8).as_bytes());
        }
        Ok(Masked::Value)
    }
}

impl Fpe {
    fn encrypt(&self, numerals: &mut [u32]) {
        if numerals.is_empty() {
            return;
        }
        let tweak = numerals.len() as u64;
        let chunks = numerals.len().div_ceil(self.ff1.length_max());
        if chunks == 1 {
            let image = self.permute(self.number(numerals), numerals.len(), tweak);
            return self.write(image, numerals);
        }
        let (length, longer) = (numerals.len() / chunks, numerals.len() % chunks);
        let (head, tail) = numerals.split_at_mut(longer * (length + 1));
        let all = || head.chunks(length + 1).chain(tail.chunks(length));
        let mut numbers: Vec<u128> = all().map(|chunk| self.number(chunk)).collect();
        chain(&self.prf, &mut numbers, tweak, |at, number, tweak| {
            self.permute(number, length + usize::from(at < longer), tweak)
        });
        let all = head.chunks_mut(length + 1).chain(tail.chunks_mut(length));
        for (chunk, &number) in all.zip(&numbers) {
            self.write(number, chunk);
        }
    }

    fn permute(&self, number: u128, length: usize, tweak: u64) -> u128 {
        if length < self.ff1.length_min() {
            let count = self.alphabet.radix().pow(u32::try_from(length).unwrap_or(u32::MAX));
            return self.permutation.resized(count).apply(number, tweak);
        }
        // Invariant: chunks are cut to what FF1 takes, and their numbers are below r^length.
        self.ff1.encrypt(number, length, &tweak.to_le_bytes()).expect("a chunk is as long as FF1 takes")
    }

    fn number(&self, numerals: &[u32]) -> u128 {
        // Below r^(2h), so within 128 bits.
        numerals.iter().fold(0, |sum, &numeral| sum * self.alphabet.radix() + u128::from(numeral))
    }

    fn write(&self, number: u128, numerals: &mut [u32]) {
        let mut rest = number;
        for numeral in numerals.iter_mut().rev() {
            *numeral = u32::try_from(rest % self.alphabet.radix()).unwrap_or(0);
            rest /= self.alphabet.radix();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numerals::testing::{apply, built, images, shape};

    #[test]
    fn every_text_of_a_length_is_hit_once() {
        // 10^4 is below a million and goes through the permutation; 10^6 is FF1's.
        for (count, width) in [(10_000, 4), (1_000_000, 6)] {
            let mask = built("fpe", "text", r#"{"alphabet": "digits"}"#).expect("a mask");
            let all: Vec<String> = (0..count).map(|n| format!("{n:0width$}")).collect();

            assert!(all == images(&mask, all.clone()));
        }
    }

    #[test]
    fn alphabets_hold_what_they_say() {
        let all: String = (' '..='~').collect();
        let cases = [
            ("digits", "0123456789"),
            ("lower", "abcdefghijklmnopqrstuvwxyz"),
            ("hex", "0123456789abcdef"),
            ("hex-upper", "0123456789ABCDEF"),
        ];
        for (alphabet, characters) in cases {
            let mask = built("fpe", "text", &format!(r#"{{"alphabet": "{alphabet}"}}"#)).expect("a mask");
            let masked = apply(&mask, &all);

            for (before, after) in all.chars().zip(masked.chars()) {
                let is_inside = characters.contains(before);
                assert_eq!(is_inside, characters.contains(after));
                assert!(is_inside || before == after);
            }
        }
        for alphabet in ["upper", "letters", "alphanumeric"] {
            let mask = built("fpe", "text", &format!(r#"{{"alphabet": "{alphabet}"}}"#)).expect("a mask");
            assert_ne!(all[33..59], apply(&mask, &all)[33..59], "{alphabet}");
            assert_eq!(alphabet == "upper", mask.promises.keeps_format);
        }
    }

    #[test]
    fn own_characters_are_encrypted_among_themselves() {
        let mask = built("fpe", "text", r#"{"characters": "añ漢🙂"}"#).expect("a mask");

        let masked = apply(&mask, "añ漢🙂-b-añ漢🙂-añ漢🙂");

        assert_eq!(16, masked.chars().count());
        assert!(masked.chars().all(|c| "añ漢🙂-b".contains(c)) && masked.contains("-b-"));
    }

    #[test]
    fn citext_values_stay_apart_in_any_case() {
        let mask = built("fpe", "citext", r#"{"alphabet": "letters"}"#).expect("a mask");
        let all: Vec<String> =
            ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}"))).collect();

        assert!(all == images(&mask, all.clone()));
    }

    #[test]
    fn alphabets_that_cannot_work_are_refused() {
        let cases = [
            ("text", r#"{"characters": ""}"#),
            ("text", r#"{"characters": "a"}"#),
            ("text", r#"{"characters": "aba"}"#),
            ("text", r#"{"characters": "ab\u0000"}"#),
            ("text", r#"{"characters": "ab", "alphabet": "hex"}"#),
            ("text", r#"{"alphabet": "klingon"}"#),
            ("citext", r#"{"characters": "aA"}"#),
            ("bpchar", r#"{"characters": "a b"}"#),
        ];
        for (type_name, parameters) in cases {
            assert!(built("fpe", type_name, parameters).is_err(), "{parameters}");
        }
    }

    #[test]
    fn values_without_numerals_stay_and_huge_ones_are_masked() {
        let mask = built("fpe", "text", "{}").expect("a mask");
        assert_eq!(("", "ü-٣"), (&*apply(&mask, ""), &*apply(&mask, "ü-٣")));
        let value = "a".repeat(1_000_003);

        let masked = apply(&mask, &value);

        assert_eq!(value.len(), masked.len());
        assert!(masked.bytes().filter(|&byte| byte == b'a').count() < 20_000);
    }

    proptest! {
        #[test]
        fn lengths_and_other_characters_stay(value in "[a-z0-9 ü.]{0,120}") {
            let mask = built("fpe", "text", r#"{"alphabet": "lower"}"#).expect("a mask");
            let masked = apply(&mask, &value);
            let hidden = |text: &str| text.replace(|c: char| c.is_ascii_lowercase(), "a");
            prop_assert_eq!((hidden(&value), value.len()), (hidden(&masked), masked.len()));
            prop_assert_eq!(shape(&value), shape(&masked));
        }

        #[test]
        fn values_stay_apart(values in prop::collection::btree_set("[ab]{127,132}", 2..20)) {
            let mask = built("fpe", "text", r#"{"characters": "ab"}"#).expect("a mask");
            images(&mask, values);
        }
    }
}
