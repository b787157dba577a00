//! `person-name`: a name of a person, first, last or both.

use super::words::{LOCALE, WordList, nothing_fits, pick_algorithm};
use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "person-name",
    summary: "Replace the value by the name of a person",
    accepts: &[Kind::Text],
    parameters: &[
        Parameter::optional(
            "part",
            ParameterKind::OneOf(&["full", "first", "last"]),
            "Which part of a name the column holds; \"full\" is first, blank, last",
        ),
        LOCALE,
    ],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &["first_name", "last_name"],
    example: "{ mask = \"person-name\", part = \"last\" }",
    algorithm: pick_algorithm!(
        "part \"first\": a word picked from first_name with room for the column's limit; \"last\": one from last_name; \
\"full\": a word f from first_name with room for the limit less one less the characters of the shortest last_name, a \
blank, and a word from last_name with room for the limit less one less the characters of f, both from one stream. \
Chance may give a value itself: once in as many values as the list has words, for \"full\" once in their product."
    ),
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let room = build.column_type.chars_max.unwrap_or(u32::MAX);
    let part = build.parameters.text("part").unwrap_or("full");
    let take = |own: &str, list: &str| {
        (part == own || part == "full").then(|| WordList::build(build, list)).transpose()
    };
    let first = take("first", "first_name")?;
    let last = take("last", "last_name")?;
    let chars = |words: &Option<WordList>| words.as_ref().map_or(0, WordList::chars_min);
    let (first_min, last_min) = (chars(&first), chars(&last));
    let chars_min = first_min.saturating_add(last_min).saturating_add(u32::from(part == "full"));
    if chars_min > room {
        return Err(nothing_fits(build.mask, chars_min, room));
    }
    Ok(Built {
        mask: Box::new(PersonName { prf: build.prf()?, first, last, last_min, room }),
        promises: SPEC.promises,
        output_chars: OutputChars::Fits,
    })
}

struct PersonName {
    prf: Prf,
    first: Option<WordList>,
    last: Option<WordList>,
    last_min: u32,
    room: u32,
}

impl Mask for PersonName {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let mut stream = self.prf.stream(value);
        match (&self.first, &self.last) {
            (Some(first), Some(last)) => {
                let room = self.room.saturating_sub(1);
                let (word, chars) = first.pick(&mut stream, room.saturating_sub(self.last_min));
                out.extend_from_slice(word);
                out.push(b' ');
                out.extend_from_slice(last.pick(&mut stream, room.saturating_sub(chars)).0);
            }
            (Some(words), None) | (None, Some(words)) => {
                out.extend_from_slice(words.pick(&mut stream, self.room).0);
            }
            (None, None) => {}
        }
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

    // Python: as for the words, with info=b"pgsluice/1/mask/person-name/d".
    #[test]
    fn known_answers() {
        let full = trial::text("\"person-name\"");
        let narrow = limited("\"person-name\"", 9);
        let german = trial::text(r#"{"mask": "person-name", "locale": "de_DE"}"#);
        let first = trial::text(r#"{"mask": "person-name", "part": "first"}"#);
        let last = trial::text(r#"{"mask": "person-name", "part": "last"}"#);

        for (value, expected) in [
            ("alice", ["Christopher Fitzgerald", "Dee Smith", "Änne Öz", "Christopher", "Fitzgerald"]),
            ("bob", ["Christopher Wu", "Evelyn Ng", "Änne Öz", "Christopher", "Smith"]),
            ("Zoë", ["Bo Wu", "Bo Wu", "Änne Öz", "Bo", "Smith"]),
        ] {
            let found = [&full, &narrow, &german, &first, &last].map(|mask| trial::apply_text(mask, value));
            assert_eq!(expected.map(str::to_owned), found);
        }
    }

    #[test]
    fn limits_leave_room_for_both_parts_or_refuse() {
        assert_eq!("Bo", &trial::apply_text(&limited("\"person-name\"", 5), "alice")[..2]);
        assert_eq!(vec!["mask-too-long"], trial::refusals("\"person-name\"", Some(4)));
        let first = r#"{"mask": "person-name", "part": "first"}"#;
        assert_eq!("Bo", trial::apply_text(&limited(first, 2), "alice"));
        assert_eq!(vec!["mask-too-long"], trial::refusals(first, Some(1)));
    }

    #[test]
    fn refusals_name_their_reason() {
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "person-name", "part": "middle"}"#, None));
        let rule = r#"{"mask": "person-name", "locale": "xx"}"#;
        assert_eq!(vec!["words-missing"], trial::refusals(rule, None));
    }

    proptest! {
        #[test]
        fn results_fit_and_are_stable(value in any::<Vec<u8>>(), limit in 5u32..30) {
            let mask = limited("\"person-name\"", limit);

            let name = trial::apply_bytes(&mask, &value);

            prop_assert!(name.len() <= limit as usize);
            let text = String::from_utf8(name.clone()).expect("words");
            let (first, last) = text.split_once(' ').expect("two words");
            prop_assert!(trial::words()["en_US/first_name"].contains(&first.to_owned()));
            prop_assert!(trial::words()["en_US/last_name"].contains(&last.to_owned()));
            prop_assert_eq!(name, trial::apply_bytes(&mask, &value));
        }
    }
}
