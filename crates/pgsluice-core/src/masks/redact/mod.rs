//! `redact`: free text without what names people, accounts and machines in it.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, OutputChars, Parameter, ParameterKind, Promises, Spec,
};
use crate::error::{Refusal, ValueError};
use crate::key::Prf;
use crate::row::Row;
use crate::types::Kind;
use scan::{Scan, Sort, Sorts};

mod forms;
mod scan;
mod standin;
#[cfg(test)]
mod tests;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "redact",
    summary: "Replace what names people, accounts and machines inside free text, and keep the rest of it",
    accepts: &[Kind::Text],
    parameters: &[
        Parameter::optional(
            "kinds",
            ParameterKind::List,
            "What is looked for: email, phone, card, iban, ip, mac, host, url; all of them without it",
        ),
        Parameter::optional(
            "with",
            ParameterKind::OneOf(&["marker", "mask"]),
            "\"marker\" writes [email], [phone] and so on; \"mask\" writes a valid stand-in of the same form",
        ),
    ],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"redact\", kinds = [\"email\", \"phone\"] }",
    algorithm: include_str!("algorithm.txt"),
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let prf = match build.parameters.text("with") {
        Some("mask") => Some(build.prf()?),
        _ => None,
    };
    Ok(Built {
        mask: Box::new(Redact {
            sorts: sorts(build)?,
            stand_ins: prf.map(|prf| Sort::ALL.map(|(_, word)| prf.child(word))),
            chars_max: build.column_type.chars_max.map(|limit| limit as usize),
        }),
        promises: SPEC.promises,
        output_chars: OutputChars::Fits,
    })
}

fn sorts(build: &Build<'_>) -> Result<Sorts, Refusal> {
    let words = build.parameters.list("kinds");
    let words = words.unwrap_or_else(|| Sort::ALL.map(|(_, word)| word.to_owned()).to_vec());
    let refusal = |message: String| {
        let known = Sort::ALL.map(|(_, word)| word).join(", ");
        Refusal::new("parameter", message, format!("Name some of {known}."))
    };
    if words.is_empty() {
        return Err(refusal("parameter \"kinds\" of mask \"redact\" names nothing to look for".into()));
    }
    let mut sorts = Sorts::default();
    for word in words {
        let Some((sort, _)) = Sort::ALL.into_iter().find(|(_, known)| *known == word) else {
            return Err(refusal(format!("unrecognized kind \"{word}\" of mask \"redact\"")));
        };
        sorts.insert(sort);
    }
    Ok(sorts)
}

struct Redact {
    sorts: Sorts,
    /// The function of each sort, in the order of [`Sort::ALL`]; `None` where markers are written.
    stand_ins: Option<[Prf; Sort::ALL.len()]>,
    chars_max: Option<usize>,
}

impl Mask for Redact {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let start = out.len();
        let mut kept = 0;
        for found in Scan::new(value, self.sorts) {
            out.extend_from_slice(&value[kept..found.start]);
            let (place, (_, word)) = (found.sort as usize, Sort::ALL[found.sort as usize]);
            if let Some(stand_ins) = &self.stand_ins {
                standin::push(&stand_ins[place], found.sort, &value[found.start..found.end], out);
            } else {
                out.push(b'[');
                out.extend_from_slice(word.as_bytes());
                out.push(b']');
            }
            kept = found.end;
        }
        out.extend_from_slice(&value[kept..]);
        if let Some(limit) = self.chars_max {
            cut(out, start, limit);
        }
        Ok(Masked::Value)
    }
}

/// Cut what stands from `start` on to `limit` characters: replacements may be longer than what they replace.
fn cut(out: &mut Vec<u8>, start: usize, limit: usize) {
    if out.len() - start > limit {
        let starts = out[start..].iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80);
        if let Some((place, _)) = starts.into_iter().nth(limit) {
            out.truncate(start + place);
        }
    }
}
