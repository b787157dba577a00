//! `token`: an opaque, unique string that says nothing of the value, not even across columns.

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
    name: "token",
    summary: "Replace the value by an opaque, unique token, unrelated to the tokens of other columns",
    accepts: &[Kind::Text],
    parameters: &[Parameter::optional(
        "prefix",
        ParameterKind::Text,
        "What each token begins with, as \"cus_\"; nothing without it",
    )],
    promises: Promises { uniqueness: Uniqueness::Bits128, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Column,
    words: &[],
    example: "{ mask = \"token\", prefix = \"cus_\" }",
    algorithm: "The prefix, then the word of the value as base-32 digits (a-z, 2-7) from the lowest up: 26 of them, \
or as many as the column's limit leaves room for, at least 8.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let prefix = build.parameters.text("prefix").unwrap_or_default();
    if prefix.contains('\0') {
        return Err(Refusal::new(
            "parameter",
            "parameter \"prefix\" of mask \"token\" holds a NUL character, which no text column takes",
            "Give a prefix of letters, digits and punctuation.",
        ));
    }
    let prefix_chars = u32::try_from(prefix.chars().count()).unwrap_or(u32::MAX);
    let (digits, uniqueness) = base32::fit(build.column_type, prefix_chars);
    Ok(Built {
        mask: Box::new(Token { prf: build.prf()?, digits, prefix: prefix.as_bytes().to_vec() }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::AtMost(digits.saturating_add(prefix_chars)),
    })
}

struct Token {
    prf: Prf,
    digits: u32,
    prefix: Vec<u8>,
}

impl Mask for Token {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        out.extend_from_slice(&self.prefix);
        base32::push(self.prf.word(value), self.digits, out);
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::masks::trial;

    // Python's blake3 and an HKDF by hand: 26 base-32 digits of int.from_bytes(blake3(value, key=subkey).digest()[:16],
    // "little"), subkey = HKDF-SHA-256(bytes(range(32)), info=b"pgsluice/1/mask/token/d").
    #[test]
    fn known_answers() {
        let plain = trial::text("\"token\"");
        let prefixed = trial::text(r#"{"mask": "token", "prefix": "cüs_"}"#);

        assert_eq!("3vuqfxpujfma4bqm5hqgfbcptf", trial::apply_text(&plain, "alice"));
        assert_eq!("exr5stvtzrl6ps6r6prseddybe", trial::apply_text(&plain, ""));
        assert_eq!("cüs_3vuqfxpujfma4bqm5hqgfbcptf", trial::apply_text(&prefixed, "alice"));
    }

    #[test]
    fn column_limit_counts_the_prefix_in_characters() {
        let rule = r#"{"mask": "token", "prefix": "ü_"}"#;
        let build = |limit| trial::build(rule, &trial::column(Kind::Text, Some(limit))).expect("it fits");

        assert_eq!("ü_3vuqfxpu", trial::apply_text(&build(10), "alice"));
        assert_eq!(Uniqueness::Lossy, build(27).promises.uniqueness);
        assert_eq!(Uniqueness::Bits128, build(28).promises.uniqueness);
        assert_eq!(OutputChars::AtMost(28), build(28).output_chars);
        // The program refuses what is longer than the column; so it does below 8 digits.
        assert_eq!(OutputChars::AtMost(10), build(9).output_chars);
    }

    #[test]
    fn refusals_name_their_reason() {
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "token", "prefix": "a\u0000"}"#, None));
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "token", "prefix": 1}"#, None));
        assert_eq!(vec!["parameter"], trial::refusals(r#"{"mask": "token", "suffix": "a"}"#, None));
        let keyless = trial::build_with("\"token\"", &trial::column(Kind::Text, None), None);
        assert_eq!("key-missing", keyless.err().expect("no key")[0].code);
    }

    proptest! {
        #[test]
        fn promises_hold(a in proptest::collection::vec(any::<u8>(), 0..80), b in any::<Vec<u8>>()) {
            let mask = trial::text("\"token\"");

            let first = trial::apply_bytes(&mask, &a);

            prop_assert_eq!(&first, &trial::apply_bytes(&mask, &a));
            prop_assert_eq!(a == b, first == trial::apply_bytes(&mask, &b));
            prop_assert_ne!(&a, &first);
        }
    }
}
