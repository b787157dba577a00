//! Which spellings of a text are looked for: the whole of it, its number, and on the target the words and numbers in it.
//!
//! | spelling | of                                                        | written as                       |
//! |----------|-----------------------------------------------------------|----------------------------------|
//! | whole    | a text of six characters and more                         | without outer blanks, ASCII folded to lower case |
//! | number   | a text of digits, blanks and `+-()./` with seven digits and more | its digits                |
//!
//! Shorter ones meet each other by chance too often to tell anything.

use std::ops::Range;

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::document;
use crate::types::array::Elements;
use crate::types::{Kind, json, uuid};

/// Whole texts of fewer characters are not looked for.
pub const WHOLE_CHARS_MIN: usize = 6;
/// Words of fewer bytes are not looked for.
pub const WORD_BYTES_MIN: usize = 8;
/// Numbers of fewer digits are not looked for.
pub const NUMBER_DIGITS_MIN: usize = 7;
/// Longer runs of digits are no number of anybody's.
const NUMBER_DIGITS_MAX: usize = 64;
const NUMBER: u64 = 0x6e75_6d62_6572;

/// What the texts of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Texts {
    /// The field itself.
    Text,
    /// The elements of an array.
    Elements,
    /// The strings of a `json`.
    Json,
    /// The strings of a `jsonb`.
    Jsonb,
    /// The digits of a `uuid` with their hyphens.
    Uuid,
}

impl Texts {
    /// Whether a text of the field is the whole field.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Text | Self::Uuid)
    }

    /// Whether words and numbers within a text are looked for: a `uuid` has none.
    #[must_use]
    pub fn has_parts(self) -> bool {
        self != Self::Uuid
    }

    /// Call `each` with every text of a value; a value that is none of its type has none.
    pub fn of(self, value: &[u8], mut each: impl FnMut(&[u8])) {
        match self {
            Self::Text => each(value),
            Self::Json => document::strings(value, each),
            Self::Jsonb => {
                document::strings(json::read(Kind::Jsonb, value).unwrap_or_default().as_bytes(), each);
            }
            Self::Elements => {
                let Ok(mut elements) = Elements::read(value) else { return };
                while let Ok(Some(element)) = elements.next_element() {
                    if let Some(element) = element {
                        each(element);
                    }
                }
            }
            Self::Uuid => {
                let mut text = Vec::with_capacity(36);
                if (uuid::CODEC.to_text)(value, &mut text).is_ok() {
                    each(&text);
                }
            }
        }
    }
}

/// Hashes spellings. The scratch is used again from text to text.
pub struct Speller {
    seed: u64,
    scratch: Vec<u8>,
}

impl Speller {
    /// Hash under `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, scratch: Vec::new() }
    }

    /// The hashes of a text as a whole: of its letters, and of its digits where it is a number.
    pub fn whole(&mut self, text: &[u8]) -> [Option<u64>; 2] {
        let text = text.trim_ascii();
        if !has_chars(text, WHOLE_CHARS_MIN) {
            return [None, None];
        }
        [Some(self.folded(text)), self.number(text)]
    }

    /// Call `each` with the hash of every word and number that is a part of a text.
    pub fn parts(&mut self, text: &[u8], mut each: impl FnMut(u64)) {
        let text = text.trim_ascii();
        // Most texts are one word and no number; this is the hot loop of a verification.
        let mut seen = 0;
        let mut digits = 0;
        for &byte in text {
            let class = CLASSES[usize::from(byte)];
            seen |= class;
            digits += usize::from(class & DIGIT != 0);
        }
        if seen & SEPARATOR != 0 && text.len() > WORD_BYTES_MIN {
            for word in text.split(|&byte| CLASSES[usize::from(byte)] & SEPARATOR != 0) {
                if word.len() < WORD_BYTES_MIN {
                    continue;
                }
                let word = trim_punctuation(word);
                if word.len() >= WORD_BYTES_MIN && word.len() < text.len() && !is_number(word) {
                    each(self.folded(word));
                }
            }
        }
        if digits >= NUMBER_DIGITS_MIN && !is_number(text) {
            self.numbers(text, each);
        }
    }

    fn numbers(&mut self, text: &[u8], mut each: impl FnMut(u64)) {
        let mut rest = 0..text.len();
        while let Some(run) = next_number(text, rest) {
            rest = run.end..text.len();
            // Digits among letters are part of a code, and codes of digits meet by chance.
            let around = [run.start.checked_sub(1), Some(run.end)];
            let is_alone =
                around.into_iter().flatten().all(|at| !text.get(at).is_some_and(u8::is_ascii_alphanumeric));
            if is_alone && let Some(hashed) = self.number(&text[run]) {
                each(hashed);
            }
        }
    }

    fn folded(&mut self, text: &[u8]) -> u64 {
        self.scratch.clear();
        self.scratch.extend_from_slice(text);
        self.scratch.make_ascii_lowercase();
        xxh3_64_with_seed(&self.scratch, self.seed)
    }

    fn number(&mut self, text: &[u8]) -> Option<u64> {
        if !is_number(text) {
            return None;
        }
        self.scratch.clear();
        self.scratch.extend(text.iter().filter(|byte| byte.is_ascii_digit()));
        let fits = (NUMBER_DIGITS_MIN..=NUMBER_DIGITS_MAX).contains(&self.scratch.len());
        fits.then(|| xxh3_64_with_seed(&self.scratch, self.seed ^ NUMBER))
    }
}

/// Where the next number is: from a digit to the last digit before something that is of no number.
fn next_number(text: &[u8], within: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[within.clone()];
    let start = rest.iter().position(u8::is_ascii_digit)?;
    let length = rest[start..].iter().position(|&byte| !is_of_number(byte)).unwrap_or(rest.len() - start);
    let last = rest[start..start + length].iter().rposition(u8::is_ascii_digit)?;
    Some(within.start + start..within.start + start + last + 1)
}

/// Whether a text has so many characters.
fn has_chars(text: &[u8], count: usize) -> bool {
    // A character has four bytes at most; bytes that go on one begin with 10.
    text.len() >= 4 * count || text.iter().filter(|&&byte| byte & 0xc0 != 0x80).take(count).count() == count
}

const SEPARATOR: u8 = 1;
const OF_NUMBER: u8 = 2;
const DIGIT: u8 = 4;

/// What each byte can be.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        let mut class = 0;
        if byte.is_ascii_whitespace()
            || byte.is_ascii_control()
            || matches!(
                byte,
                b'"' | b'\''
                    | b'<'
                    | b'>'
                    | b'('
                    | b')'
                    | b'['
                    | b']'
                    | b'{'
                    | b'}'
                    | b','
                    | b';'
                    | b'|'
                    | b'='
            )
        {
            class |= SEPARATOR;
        }
        if byte.is_ascii_digit() {
            class |= DIGIT | OF_NUMBER;
        }
        if matches!(byte, b' ' | b'+' | b'-' | b'(' | b')' | b'.' | b'/') {
            class |= OF_NUMBER;
        }
        classes[byte as usize] = class;
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    classes
};

fn trim_punctuation(word: &[u8]) -> &[u8] {
    let is_inner = |byte: &u8| !b".:!?-_".contains(byte);
    let start = word.iter().position(is_inner).unwrap_or(word.len());
    let end = word.iter().rposition(is_inner).map_or(start, |last| last + 1);
    &word[start..end]
}

fn is_of_number(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & OF_NUMBER != 0
}

fn is_number(text: &[u8]) -> bool {
    text.iter().all(|&byte| is_of_number(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> [Option<u64>; 2] {
        Speller::new(7).whole(text.as_bytes())
    }

    /// Whether `text` holds `original` as a word or number in it.
    fn holds(text: &str, original: &str) -> bool {
        let wanted = whole(original);
        let mut is_found = false;
        Speller::new(7).parts(text.as_bytes(), |hash| is_found |= wanted.contains(&Some(hash)));
        is_found
    }

    #[test]
    fn spellings_of_one_text_are_one() {
        assert_eq!(whole("Ada@Mail.example"), whole(" ada@mail.EXAMPLE\n"));
        assert_eq!(whole("+49 (30) 123-4567")[1], whole("49301234567")[1]);
        assert_ne!(whole("ada@mail.example"), whole("bob@mail.example"));
        assert_ne!(whole("12345678")[0], whole("12345678")[1]);
    }

    #[test]
    fn short_texts_have_no_spelling() {
        assert_eq!([None, None], whole(""));
        assert_eq!([None, None], whole("12345"));
        assert_eq!([None, None], whole("äöüßé"));
        assert_eq!(None, whole("123456")[1]);
        assert!(whole("äöüßéè")[0].is_some());
    }

    #[test]
    fn words_and_numbers_are_found_in_a_text() {
        assert!(holds("write to <Ada@Mail.example>, please", "ada@mail.example"));
        assert!(holds("mail: ada@mail.example.", "ada@mail.example"));
        assert!(holds("call +49 30 1234567!", "+49-30-1234567"));
        assert!(holds("card 4111-1111-1111-1111 expired", "4111111111111111"));
        assert!(!holds("ada@mail.example", "ada@mail.example"), "the whole is no part");
        assert!(!holds("write to ada", "ada@mail.example"));
        assert!(!holds("in 2024 and 1234", "20241234"), "two numbers are not one");
        assert!(!holds("notada@mail.example x", "ada@mail.example"));
        assert!(!holds("+49 30 1234567", "49301234567"), "the whole is no part");
        assert!(!holds("code 1234567a 1", "1234567"), "digits of a code are no number");
        assert!(!holds("a1234567 is a code", "1234567"));
    }

    #[test]
    fn a_word_that_is_a_number_is_found_once() {
        let mut found = 0;

        Speller::new(7).parts(b"card 4111111111111111 expired", |_| found += 1);

        // The card and the word "expired" is one byte too short.
        assert_eq!(1, found);
    }

    #[test]
    fn texts_of_documents_arrays_and_uuids_are_found() {
        let texts = |kind: Texts, value: &[u8]| {
            let mut found = Vec::new();
            kind.of(value, |text| found.push(String::from_utf8(text.to_vec()).expect("UTF-8")));
            found
        };

        assert_eq!(vec!["x"], texts(Texts::Jsonb, b"\x01{\"a\": \"x\"}"));
        assert_eq!(vec!["x"], texts(Texts::Json, b"[\"x\", 1]"));
        assert_eq!(vec!["00000000-0000-0000-0000-000000000001"], texts(Texts::Uuid, &1u128.to_be_bytes()));
        let array = [
            &[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1][..],
            b"x",
            &[0xff; 4],
        ];
        assert_eq!(vec!["x"], texts(Texts::Elements, &array.concat()));
        for kind in [Texts::Jsonb, Texts::Json, Texts::Uuid, Texts::Elements] {
            assert!(texts(kind, b"\xff").is_empty(), "{kind:?}");
        }
    }
}
