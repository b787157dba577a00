//! `json`: a document with a rule for each path, and one for all that no path names.

use serde_json::Value;

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::{Kind, text};
use automaton::State;
use leaf::Leaf;

mod automaton;
mod escape;
mod leaf;
mod path;
#[cfg(test)]
mod tests;
mod walk;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "json",
    summary: "Mask inside a document, path by path; what no path names becomes null",
    accepts: &[Kind::Json, Kind::Jsonb],
    parameters: &[
        Parameter::optional(
            "paths",
            ParameterKind::Table,
            "A rule for each path: $ and then .name, .\"any name\", .*, [0] or [*] a step; it covers all below it that \
no longer path names",
        ),
        Parameter::optional(
            "otherwise",
            ParameterKind::Rule,
            "The rule for all that no path names; \"null\" without it, so that a member added later shows nothing",
        ),
        Parameter::optional(
            "keys",
            ParameterKind::OneOf(&["keep", "hash"]),
            "The names of members that no path names: \"keep\" passes them, even where they are personal data; \
\"hash\" replaces them by tokens",
        ),
    ],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Column,
    words: &[],
    example: "{ mask = \"json\", paths = { \"$.ip\" = \"hash\", \"$.plan\" = \"keep\" }, otherwise = \"null\" }",
    algorithm: include_str!("algorithm.txt"),
    build,
};

/// First byte of a `jsonb` (`PostgreSQL` 18, `src/backend/utils/adt/jsonb.c`, `jsonb_send`).
const JSONB_VERSION: u8 = 1;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let none = serde_json::Map::new();
    let mut refusals = Vec::new();
    let (mut paths, mut leaves, mut is_deterministic) = (Vec::new(), Vec::new(), true);
    for (name, rule) in build.parameters.table("paths").unwrap_or(&none) {
        match path::read(name) {
            Ok(steps) => paths.push(steps),
            Err(refusal) => refusals.push(refusal),
        }
        leaves.push(take(build, name, rule, &mut is_deterministic, &mut refusals));
    }
    let null = Value::String("null".into());
    let otherwise = build.parameters.get("otherwise").unwrap_or(&null);
    leaves.push(take(build, "otherwise", otherwise, &mut is_deterministic, &mut refusals));
    let states = if refusals.is_empty() { automaton::compile(&paths)? } else { Vec::new() };
    if let Some(first) = refusals.first() {
        let messages: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
        return Err(Refusal::new(first.code, messages.join("; "), first.hint.clone()));
    }
    let is_hashed = build.parameters.text("keys") == Some("hash");
    let keys = is_hashed.then(|| build.prf().map(|prf| prf.child("keys"))).transpose()?;
    Ok(Built {
        mask: Box::new(Json { is_binary: build.column_type.kind == Kind::Jsonb, states, leaves, keys }),
        promises: Promises { deterministic: is_deterministic, ..SPEC.promises },
        output_chars: OutputChars::NotText,
    })
}

/// Build one rule; what is refused is told with its place.
fn take(
    build: &Build<'_>,
    place: &str,
    rule: &Value,
    is_deterministic: &mut bool,
    refusals: &mut Vec<Refusal>,
) -> Leaf {
    match leaf::build(build, place, rule) {
        Ok((leaf, deterministic)) => {
            *is_deterministic &= deterministic;
            leaf
        }
        Err(found) => {
            refusals.extend(found.into_iter().map(|refusal| Refusal {
                message: format!("path \"{place}\" of mask \"json\": {}", refusal.message),
                ..refusal
            }));
            Leaf::Null
        }
    }
}

struct Json {
    is_binary: bool,
    states: Vec<State>,
    /// The rules in the order of the paths, then the one for everything else.
    leaves: Vec<Leaf>,
    /// What replaces the names of members.
    keys: Option<Prf>,
}

impl Mask for Json {
    fn apply(&self, value: &[u8], row: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let document = match (self.is_binary, value) {
            (false, document) => document,
            (true, [JSONB_VERSION, document @ ..]) => {
                out.push(JSONB_VERSION);
                document
            }
            (true, _) => return Err(ValueError::new("expected version 1 of jsonb, found another or none")),
        };
        let text = text::read(document)?;
        let mut walk = walk::Walk { json: self, row, text, at: 0, out, scratch: Vec::new() };
        walk.document(automaton::ROOT, self.leaves.len() - 1)?;
        Ok(Masked::Value)
    }
}
