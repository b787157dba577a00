//! `text`: filler of the same length.

use super::{Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Promises, Spec};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::Kind;

/// 128 words, so that seven bits pick one and a block of the stream gives 32 of them.
macro_rules! lorem {
    () => {
        "a ab ac ad adipiscing aenean aliquam amet ante aptent arcu at auctor augue bibendum blandit class commodo \
condimentum congue consectetur consequat convallis cras cubilia curabitur cursus dapibus diam dictum dignissim dis dolor \
donec dui duis efficitur egestas eget eleifend elementum elit enim erat eros est et etiam eu euismod ex facilisi facilisis \
fames faucibus felis fermentum feugiat finibus fringilla fusce gravida habitant hendrerit iaculis id imperdiet in integer \
interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula lobortis lorem luctus maecenas magna massa mattis \
mauris maximus metus mi molestie mollis morbi nam nec neque nibh nisi nisl non nulla nunc odio orci ornare pharetra \
placerat porta posuere pretium proin purus quam quis rhoncus risus sapien sed sem sit tellus tempor tortor turpis urna \
varius velit vitae"
    };
}

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "text",
    summary: "Replace the value by meaningless words, as many characters as it has",
    accepts: &[Kind::Text],
    parameters: &[],
    promises: Promises { keeps_length: true, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "\"text\"",
    algorithm: concat!(
        "The characters of the value are counted (bytes other than 0x80 to 0xbf). Each byte of the value's stream, in \
order, its highest bit dropped, picks one of 128 words; the words are joined by single blanks and cut to that many \
characters, and a blank at the end becomes \"a\". If the result is the value itself, its first letter becomes the next \
one of the alphabet (z becomes a). Blanks and line ends of the value are not kept: they would show its shape. An empty \
value stays empty. The words: ",
        lorem!(),
        "."
    ),
    build,
};

const WORDS: usize = 128;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let mut words = [""; WORDS];
    for (place, word) in words.iter_mut().zip(lorem!().split(' ')) {
        *place = word;
    }
    Ok(Built {
        mask: Box::new(Text { prf: build.prf()?, words }),
        promises: SPEC.promises,
        output_chars: OutputChars::Fits,
    })
}

struct Text {
    prf: Prf,
    words: [&'static str; WORDS],
}

impl Mask for Text {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let chars = value.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        let start = out.len();
        let end = start + chars;
        let mut stream = self.prf.stream(value);
        while out.len() < end {
            for byte in stream.u64().to_le_bytes() {
                out.extend_from_slice(self.words[usize::from(byte & 127)].as_bytes());
                out.push(b' ');
            }
        }
        out.truncate(end);
        if let Some(last) = out[start..].last_mut()
            && *last == b' '
        {
            *last = b'a';
        }
        if out[start..] == *value
            && let Some(first) = out.get_mut(start)
        {
            *first = if *first == b'z' { b'a' } else { *first + 1 };
        }
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::masks::trial;

    #[test]
    fn there_is_a_word_for_each_byte() {
        assert_eq!(WORDS, lorem!().split(' ').count());
    }

    // Python: words[byte & 127] for the bytes of the stream, with info=b"pgsluice/1/mask/text/d".
    #[test]
    fn known_answers() {
        let mask = trial::text("\"text\"");

        let greeting = trial::apply_text(&mask, "Grüße an Jörg, bis Montag!\n");

        assert_eq!("lacinia dui fermentum imper", greeting);
        let expected = "condimentum risus nibh hendrerit dignissim sed magna consequat metus n";
        assert_eq!(expected, trial::apply_text(&mask, &"x".repeat(70)));
        assert_eq!("", trial::apply_text(&mask, ""));
    }

    #[test]
    fn no_short_value_is_its_own_filler() {
        let mask = trial::text("\"text\"");
        for first in b'a'..=b'z' {
            for second in [b"".as_slice(), b"a", b"d", b"t", b" "] {
                let value = [&[first], second].concat();
                assert_ne!(value, trial::apply_bytes(&mask, &value));
            }
        }
    }

    #[test]
    fn ten_megabytes_and_bytes_that_are_no_characters_pass() {
        let mask = trial::text("\"text\"");

        let long = trial::apply_bytes(&mask, &vec![b'x'; 10_000_000]);

        assert_eq!(10_000_000, long.len());
        let broken = trial::apply_bytes(&mask, b"a\xff\xfe\x80b");
        assert_eq!(4, broken.len());
    }

    #[test]
    fn parameters_are_refused() {
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "text", "words": 3}"#, None));
    }

    proptest! {
        #[test]
        fn promises_hold(value in any::<String>()) {
            let mask = trial::text("\"text\"");

            let filler = trial::apply_text(&mask, &value);

            prop_assert_eq!(value.chars().count(), filler.chars().count());
            prop_assert!(value.is_empty() || value != filler);
            prop_assert!(!filler.ends_with(' '));
            prop_assert_eq!(filler, trial::apply_text(&mask, &value));
        }
    }
}
