//! `username`: a name to log in with, one for each value.

use super::words::{LOCALE, WordList, nothing_fits, pick_algorithm};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness, base32,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "username",
    summary: "Replace the value by a stable and unique user name: a word and letters and digits",
    accepts: &[Kind::Text],
    parameters: &[
        Parameter::optional(
            "digits",
            ParameterKind::Integer(4, 26),
            "Letters and digits behind the word; 26, which makes it unique, or as many as the column has room for, at \
least 8. Fewer read better and may meet",
        ),
        LOCALE,
    ],
    promises: Promises { uniqueness: Uniqueness::Bits128, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &["user_name"],
    example: "\"username\"",
    algorithm: pick_algorithm!(
        "Let w be the first two numbers of the value's stream, the first one the low half. A word picked from user_name \
with room for the column's limit less the digits, then w as base-32 digits (a-z, 2-7) from the lowest up: `digits` of \
them, or without that parameter 26 or as many as the limit less the shortest word leaves room for, at least 8."
    ),
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let words = WordList::build(build, "user_name")?;
    let limit = build.column_type.chars_max.unwrap_or(u32::MAX);
    let asked = build.parameters.integer("digits").and_then(|digits| u32::try_from(digits).ok());
    let (fitting, _) = base32::fit(build.column_type, words.chars_min());
    let digits = asked.unwrap_or(fitting);
    let least = words.chars_min().saturating_add(digits);
    if least > limit {
        return Err(nothing_fits(build.mask, least, limit));
    }
    let uniqueness = if digits == base32::DIGITS { Uniqueness::Bits128 } else { Uniqueness::Lossy };
    Ok(Built {
        mask: Box::new(Username { prf: build.prf()?, words, digits, room: limit - digits }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::Fits,
    })
}

struct Username {
    prf: Prf,
    words: WordList,
    digits: u32,
    room: u32,
}

impl Mask for Username {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let mut stream = self.prf.stream(value);
        let low = u128::from(stream.u64());
        let word = low | u128::from(stream.u64()) << 64;
        out.extend_from_slice(self.words.pick(&mut stream, self.room).0);
        base32::push(word, self.digits, out);
        Ok(Masked::Value)
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

    // Python: as for the words and `token`, with info=b"pgsluice/1/mask/username/d".
    #[test]
    fn known_answers() {
        let plain = trial::text("\"username\"");
        let narrow = limited(r#"{"mask": "username", "digits": 8}"#, 11);

        for (value, wide, short) in [
            ("alice", "kimowftkgsfbp47es4uzsr6fhsnye", "kimowftkgsf"),
            ("bob", "leeeo4gloqvp62sl3aav37o2fca4e", "leeeo4gloqv"),
            ("", "christopherijkccm7e6yhk5yjbv4kyjd4dag", "kimijkccm7e"),
        ] {
            assert_eq!(wide, trial::apply_text(&plain, value));
            assert_eq!(short, trial::apply_text(&narrow, value));
        }
    }

    #[test]
    fn digits_follow_the_limit_and_decide_uniqueness() {
        let build = |limit| limited("\"username\"", limit);

        assert_eq!(Uniqueness::Bits128, build(28).promises.uniqueness);
        assert_eq!(Uniqueness::Lossy, build(27).promises.uniqueness);
        assert_eq!(10, trial::apply_text(&build(10), "alice").len());
        assert_eq!(vec!["mask-too-long"], trial::refusals("\"username\"", Some(9)));
        let short = r#"{"mask": "username", "digits": 4}"#;
        assert_eq!(Uniqueness::Lossy, trial::text(short).promises.uniqueness);
        assert_eq!(6, trial::apply_text(&limited(short, 6), "alice").len());
        assert_eq!(vec!["mask-too-long"], trial::refusals(short, Some(5)));
    }

    #[test]
    fn refusals_name_their_reason() {
        for rule in [r#"{"mask": "username", "digits": 3}"#, r#"{"mask": "username", "digits": 27}"#] {
            assert_eq!(vec!["parameter"], trial::refusals(rule, None));
        }
        let rule = r#"{"mask": "username", "locale": "xx"}"#;
        assert_eq!(vec!["words-missing"], trial::refusals(rule, None));
    }

    proptest! {
        #[test]
        fn promises_hold(a in any::<Vec<u8>>(), b in any::<Vec<u8>>(), limit in 28u32..60) {
            let mask = limited("\"username\"", limit);

            let first = trial::apply_bytes(&mask, &a);

            prop_assert!(first.len() <= limit as usize);
            prop_assert!(first.iter().all(u8::is_ascii_alphanumeric));
            prop_assert_eq!(a == b, first == trial::apply_bytes(&mask, &b));
        }
    }
}
