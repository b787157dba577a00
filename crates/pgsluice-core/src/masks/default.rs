//! `default`: the column never leaves the source; the target fills in its default.

use super::{Action, Build, Built, DefaultDomain, Promises, Spec};
use crate::error::Refusal;
use crate::types::Kind;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "default",
    summary: "Leave the column on the source; the target's default takes its place",
    accepts: Kind::ALL,
    parameters: &[],
    promises: Promises { deterministic: false, keeps_null: false, ..Promises::LOSSY },
    action: Action::Omit,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "\"default\"",
    algorithm: "The column is named neither in the source's SELECT nor in the target's COPY.",
    build,
};

fn build(_: &Build<'_>) -> Result<Built, Refusal> {
    Err(Refusal::new(
        "mask-place",
        "mask \"default\" works on whole columns, not inside a value",
        "Use \"null\" or \"fixed\" here.",
    ))
}
