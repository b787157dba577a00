//! `street`, `city`, `postcode`, `country`, `company`: a word of a list the plan brought. Owns how words
//! are picked and made to fit a column; each mask of this family is one [`Spec`] here and one row in the list of masks.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::{Prf, Stream};
use crate::row::Row;
use crate::types::Kind;

/// Which words are taken; the plan brings each list as "<locale>/<list>".
pub(super) const LOCALE: Parameter = Parameter::optional(
    "locale",
    ParameterKind::Text,
    "Language and country of the words, as Faker names them: \"de_DE\"; \"en_US\" without it",
);

const LOCALE_DEFAULT: &str = "en_US";

/// How [`WordList::pick`] works, for the `algorithm` of every mask that uses it.
macro_rules! pick_algorithm {
    ($text:literal) => {
        concat!(
            $text,
            " To pick from a list L of n words with room for c characters: the word at place below(n) of the \
value's stream; if it has more than c characters, the word at place below(m) among the m words of at most c \
characters, ordered by their number of characters and, among equals, as in L. Without a limit there is room for any word."
        )
    };
}
pub(super) use pick_algorithm;

/// `street`.
pub const STREET: Spec =
    spec("street", "Replace the value by the name of a street", &["street_name"], "\"street\"");
/// `city`.
pub const CITY: Spec = spec(
    "city",
    "Replace the value by the name of a city",
    &["city"],
    "{ mask = \"city\", locale = \"de_DE\" }",
);
/// `postcode`.
pub const POSTCODE: Spec = spec(
    "postcode",
    "Replace the value by a postcode of the locale's form; it need not belong to a masked city beside it",
    &["postcode"],
    "\"postcode\"",
);
/// `country`.
pub const COUNTRY: Spec =
    spec("country", "Replace the value by the name of a country", &["country"], "\"country\"");
/// `company`.
pub const COMPANY: Spec =
    spec("company", "Replace the value by the name of a company", &["company"], "\"company\"");

const fn spec(
    name: &'static str,
    summary: &'static str,
    words: &'static [&'static str],
    example: &'static str,
) -> Spec {
    Spec {
        name,
        summary,
        accepts: &[Kind::Text],
        parameters: &[LOCALE],
        promises: Promises::LOSSY,
        action: Action::Mask,
        default_domain: DefaultDomain::Mask,
        words,
        example,
        algorithm: pick_algorithm!(
            "A word picked from the mask's list with room for the column's limit; with n words, one value in n gets \
itself if it is a word of the list."
        ),
        build,
    }
}

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let list = super::find(build.mask).and_then(|spec| spec.words.first()).copied().unwrap_or_default();
    let words = WordList::build(build, list)?;
    let room = build.column_type.chars_max.unwrap_or(u32::MAX);
    if words.chars_min() > room {
        return Err(nothing_fits(build.mask, words.chars_min(), room));
    }
    Ok(Built {
        mask: Box::new(Word { prf: build.prf()?, words, room }),
        promises: Promises::LOSSY,
        output_chars: OutputChars::Fits,
    })
}

/// Say that not even the shortest result fits the column.
pub(super) fn nothing_fits(mask: &str, least: u32, limit: u32) -> Refusal {
    Refusal::new(
        "mask-too-long",
        format!("mask \"{mask}\" gives {least} characters at least, and the column holds {limit}"),
        "Use a mask with a shorter result, or widen the column on both sides.",
    )
}

struct Word {
    prf: Prf,
    words: WordList,
    room: u32,
}

impl Mask for Word {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        out.extend_from_slice(self.words.pick(&mut self.prf.stream(value), self.room).0);
        Ok(Masked::Value)
    }
}

/// A list of words, never empty, that knows which of them fit.
///
/// A value that is long in one column and cut in another keeps its word wherever that fits: the
/// same person has the same name in both tables.
pub(super) struct WordList {
    /// Each word and its number of characters, in the order of the plan.
    words: Vec<(Box<[u8]>, u32)>,
    /// Places in `words` by number of characters; equals keep their order.
    by_chars: Vec<usize>,
}

impl WordList {
    /// Take the list of that name in the rule's locale.
    ///
    /// # Errors
    /// If the plan did not bring it, or a word holds a NUL character.
    pub(super) fn build(build: &Build<'_>, list: &str) -> Result<Self, Refusal> {
        let locale = build.parameters.text(LOCALE.name).unwrap_or(LOCALE_DEFAULT);
        Self::new(build.words(&format!("{locale}/{list}"))?, list)
    }

    fn new(words: &[String], list: &str) -> Result<Self, Refusal> {
        if words.is_empty() || words.iter().any(|word| word.contains('\0')) {
            return Err(Refusal::new(
                "words-missing",
                format!("the list of words \"{list}\" is empty or holds a NUL character"),
                "Choose a locale that has them, for example locale = \"en_US\".",
            ));
        }
        let chars = |word: &String| u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
        let words: Vec<(Box<[u8]>, u32)> =
            words.iter().map(|word| (Box::from(word.as_bytes()), chars(word))).collect();
        let mut by_chars: Vec<usize> = (0..words.len()).collect();
        by_chars.sort_by_key(|&place| words[place].1);
        Ok(Self { words, by_chars })
    }

    /// Characters of the shortest word.
    pub(super) fn chars_min(&self) -> u32 {
        self.by_chars.first().map_or(0, |&place| self.words[place].1)
    }

    /// Pick a word of at most `room` characters, and say how many it has.
    ///
    /// `room` is at least [`WordList::chars_min`]; below that the word is empty.
    pub(super) fn pick(&self, stream: &mut Stream, room: u32) -> (&[u8], u32) {
        match stream.pick(&self.words) {
            Some((word, chars)) if *chars <= room => (word, *chars),
            _ => self.pick_short(stream, room),
        }
    }

    fn pick_short(&self, stream: &mut Stream, room: u32) -> (&[u8], u32) {
        let fitting = self.by_chars.partition_point(|&place| self.words[place].1 <= room);
        let place = stream.pick(&self.by_chars[..fitting]);
        place.map_or((&[], 0), |&place| (&self.words[place].0, self.words[place].1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::masks::trial;

    fn limited(rule: &str, limit: u32) -> Built {
        trial::build(rule, &trial::column(Kind::Text, Some(limit))).expect("it fits")
    }

    // Python: the stream of blake3(value, key=subkey of b"pgsluice/1/mask/city/d"), words[u64 * len(words) >> 64].
    #[test]
    fn known_answers() {
        let plain = trial::text("\"city\"");
        let narrow = limited("\"city\"", 4);
        let german = trial::text(r#"{"mask": "city", "locale": "de_DE"}"#);

        for (value, word, short, other) in [
            ("alice", "Rome", "Rome", "Köln"),
            ("bob", "Y", "Y", "Überlingen"),
            ("", "Springfield", "Lyon", "Überlingen"),
            ("Zoë", "Lyon", "Lyon", "Aue"),
        ] {
            assert_eq!(word, trial::apply_text(&plain, value));
            assert_eq!(short, trial::apply_text(&narrow, value));
            assert_eq!(other, trial::apply_text(&german, value));
        }
    }

    #[test]
    fn each_mask_draws_from_its_own_list() {
        for spec in [STREET, CITY, POSTCODE, COUNTRY, COMPANY] {
            let word = trial::apply_text(&trial::text(&format!("{:?}", spec.name)), "x");

            assert!(trial::words()[&format!("en_US/{}", spec.words[0])].contains(&word), "{}", spec.name);
        }
    }

    #[test]
    fn limits_count_characters_and_refuse_where_no_word_fits() {
        let rule = r#"{"mask": "city", "locale": "de_DE"}"#;

        assert_eq!("Aue", trial::apply_text(&limited(rule, 3), "alice"));
        assert_eq!(vec!["mask-too-long"], trial::refusals(rule, Some(2)));
        assert_eq!("Y", trial::apply_text(&limited("\"city\"", 1), "alice"));
    }

    #[test]
    fn refusals_name_their_reason() {
        assert_eq!(vec!["words-missing"], trial::refusals(r#"{"mask": "city", "locale": "xx"}"#, None));
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "city", "locale": 1}"#, None));
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "city", "land": "x"}"#, None));
        assert!(WordList::new(&["a\0".into()], "city").is_err());
        assert!(WordList::new(&[], "city").is_err());
    }

    proptest! {
        #[test]
        fn results_are_words_that_fit(value in any::<Vec<u8>>(), limit in 1u32..14) {
            let mask = limited("\"city\"", limit);

            let word = trial::apply_bytes(&mask, &value);

            let word = String::from_utf8(word).expect("a word");
            prop_assert!(word.chars().count() <= limit as usize);
            prop_assert!(trial::words()["en_US/city"].contains(&word));
            prop_assert_eq!(word.as_bytes(), trial::apply_bytes(&mask, &value));
            let wide = trial::apply_bytes(&trial::text("\"city\""), &value);
            prop_assert!(wide.len() > limit as usize || wide == word.as_bytes());
        }
    }
}
