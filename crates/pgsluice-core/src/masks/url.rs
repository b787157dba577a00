//! `url`: a valid address of a page that does not exist, one for each value.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness, base32, email,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "url",
    summary: "Replace the value by a valid, stable and unique https address at a reserved domain",
    accepts: &[Kind::Text],
    parameters: &[Parameter::optional(
        "host",
        ParameterKind::Text,
        "The host of each address; \"example.com\", which RFC 2606 reserves, so that no request arrives",
    )],
    promises: Promises { uniqueness: Uniqueness::Bits128, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "\"url\"",
    algorithm: "https://, the host, a slash, then the word of the value as base-32 digits (a-z, 2-7) from the lowest up: \
26 of them, or as many as the column's limit leaves room for, at least 8.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let head = format!("https://{}/", email::host(build)?).into_bytes();
    let head_chars = u32::try_from(head.len()).unwrap_or(u32::MAX);
    let (digits, uniqueness) = base32::fit(build.column_type, head_chars);
    Ok(Built {
        mask: Box::new(Url { prf: build.prf()?, digits, head }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::AtMost(digits + head_chars),
    })
}

struct Url {
    prf: Prf,
    digits: u32,
    head: Vec<u8>,
}

impl Mask for Url {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        out.extend_from_slice(&self.head);
        base32::push(self.prf.word(value), self.digits, out);
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::masks::trial;

    // As for `token`, with info=b"pgsluice/1/mask/url/d".
    #[test]
    fn known_answers() {
        let value = "https://a.example/x?y=1";
        let other = trial::text(r#"{"mask": "url", "host": "test.internal"}"#);

        let expected = "https://example.com/h2qcwxfbn37cnemdhuf7yuuxrc";
        assert_eq!(expected, trial::apply_text(&trial::text("\"url\""), value));
        assert_eq!("https://test.internal/h2qcwxfbn37cnemdhuf7yuuxrc", trial::apply_text(&other, value));
    }

    #[test]
    fn column_limit_is_obeyed() {
        let build =
            |limit| trial::build("\"url\"", &trial::column(Kind::Text, Some(limit))).expect("it fits");

        assert_eq!(30, trial::apply_text(&build(30), "x").len());
        assert_eq!(Uniqueness::Lossy, build(45).promises.uniqueness);
        assert_eq!(Uniqueness::Bits128, build(46).promises.uniqueness);
        assert_eq!(OutputChars::AtMost(28), build(27).output_chars);
    }

    #[test]
    fn hosts_that_are_none_are_refused() {
        for host in ["", "a b", "-a.example", "a..b", "exa/mple", "a:80", "ü.example"] {
            let rule = format!(r#"{{"mask": "url", "host": "{host}"}}"#);
            assert_eq!(vec!["parameter"], trial::refusals(&rule, None), "{host}");
        }
    }

    proptest! {
        #[test]
        fn promises_hold(a in any::<Vec<u8>>(), b in any::<Vec<u8>>()) {
            let mask = trial::text("\"url\"");

            let first = trial::apply_bytes(&mask, &a);

            prop_assert_eq!(a == b, first == trial::apply_bytes(&mask, &b));
            prop_assert!(first.starts_with(b"https://example.com/"));
            prop_assert!(first[20..].iter().all(u8::is_ascii_alphanumeric));
        }
    }
}
