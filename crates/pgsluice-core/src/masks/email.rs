//! `email`: a valid address at a reserved domain, one for each value.

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
    name: "email",
    summary: "Replace the value by a valid, stable and unique address at a reserved domain",
    accepts: &[Kind::Text],
    parameters: &[Parameter::optional(
        "host",
        ParameterKind::Text,
        "What stands behind the @; \"example.com\", which RFC 2606 reserves, so that no mail ever arrives",
    )],
    promises: Promises { uniqueness: Uniqueness::Bits128, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "\"email\"",
    algorithm: "The word of the value, as base-32 digits (a-z, 2-7) from the lowest up, 26 of them or as many as the column's limit leaves room for beside @ and the host, at least 8, then @ and the host.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let tail = format!("@{}", host(build)?).into_bytes();
    let tail_chars = u32::try_from(tail.len()).unwrap_or(u32::MAX);
    let (digits, uniqueness) = base32::fit(build.column_type, tail_chars);
    Ok(Built {
        mask: Box::new(Email { prf: build.prf()?, digits, tail }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::AtMost(digits + tail_chars),
    })
}

/// The parameter `host`: a host name, of a reserved domain without one.
pub(super) fn host<'a>(build: &Build<'a>) -> Result<&'a str, Refusal> {
    let host = build.parameters.text("host").unwrap_or("example.com");
    let is_host = host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
    if is_host {
        return Ok(host);
    }
    Err(Refusal::new(
        "parameter",
        format!("parameter \"host\" of mask \"{}\" is no host name", build.mask),
        "Give a name of letters, digits, hyphens and dots, for example \"example.com\".",
    ))
}

struct Email {
    prf: Prf,
    digits: u32,
    tail: Vec<u8>,
}

impl Mask for Email {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        base32::push(self.prf.word(value), self.digits, out);
        out.extend_from_slice(&self.tail);
        Ok(Masked::Value)
    }
}
