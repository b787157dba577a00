//! `keep`: the column passes as it is, said in words.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
    Uniqueness,
};
use crate::error::{Refusal, ValueError};
use crate::row::Row;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "keep",
    summary: "Pass the column as it is",
    accepts: Kind::ALL,
    parameters: &[Parameter::optional(
        "reason",
        ParameterKind::Text,
        "Why the column may be seen; kept with the plan",
    )],
    promises: Promises {
        deterministic: true,
        uniqueness: Uniqueness::Bijective,
        keeps_null: true,
        keeps_length: true,
        keeps_format: true,
        keeps_order: true,
    },
    action: Action::Keep,
    default_domain: DefaultDomain::Column,
    words: &[],
    example: "\"keep\"",
    algorithm: "The replacement is the value.",
    build,
};

#[expect(clippy::unnecessary_wraps, reason = "every mask's `build` may refuse")]
fn build(_: &Build<'_>) -> Result<Built, Refusal> {
    Ok(Built { mask: Box::new(Keep), promises: SPEC.promises, output_chars: OutputChars::Fits })
}

/// Used inside containers (a JSON path that is kept); a kept column is copied in whole runs instead.
struct Keep;

impl Mask for Keep {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        out.extend_from_slice(value);
        Ok(Masked::Value)
    }
}
