//! `email`: a valid address at a reserved domain, one for each value.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
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

/// 26 digits of five bits hold the 128 of a word.
const DIGITS: u32 = 26;
/// Below 8 digits (40 bits) a few hundred thousand addresses already meet.
const DIGITS_MIN: u32 = 8;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let host = build.parameters.text("host").unwrap_or("example.com");
    let is_host = host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
    if !is_host {
        return Err(Refusal::new(
            "parameter",
            "parameter \"host\" of mask \"email\" is no host name",
            "Give a name of letters, digits, hyphens and dots, for example \"example.com\".",
        ));
    }
    let tail = format!("@{host}").into_bytes();
    let tail_chars = u32::try_from(tail.len()).unwrap_or(u32::MAX);
    let room = build.column_type.chars_max.unwrap_or(u32::MAX).saturating_sub(tail_chars);
    let digits = DIGITS.min(room).max(DIGITS_MIN);
    let uniqueness = if digits == DIGITS { Uniqueness::Bits128 } else { Uniqueness::Lossy };
    Ok(Built {
        mask: Box::new(Email { prf: build.prf()?, digits, tail }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::AtMost(digits + tail_chars),
    })
}

struct Email {
    prf: Prf,
    digits: u32,
    tail: Vec<u8>,
}

impl Mask for Email {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let mut word = self.prf.word(value);
        for _ in 0..self.digits {
            out.push(b"abcdefghijklmnopqrstuvwxyz234567"[(word & 31) as usize]);
            word >>= 5;
        }
        out.extend_from_slice(&self.tail);
        Ok(Masked::Value)
    }
}
