//! `null`: every value becomes NULL.

use super::{Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Promises, Spec};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "null",
    summary: "Replace every value by NULL",
    accepts: Kind::ALL,
    parameters: &[],
    promises: Promises::LOSSY,
    action: Action::Null,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "\"null\"",
    algorithm: "The replacement is NULL.",
    build,
};

#[expect(clippy::unnecessary_wraps, reason = "every mask's `build` may refuse")]
fn build(_: &Build<'_>) -> Result<Built, Refusal> {
    Ok(Built { mask: Box::new(Null), promises: SPEC.promises, output_chars: OutputChars::Fits })
}

/// Used inside containers (a JSON path that is nulled); a nulled column costs nothing.
struct Null;

impl Mask for Null {
    fn apply(&self, _: &[u8], _: &Row<'_>, _: &mut Vec<u8>) -> Result<Masked, ValueError> {
        Ok(Masked::Null)
    }
}
