//! `hash`: a keyed hash in hexadecimal, cut to the column.

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
    name: "hash",
    summary: "Replace the value by a keyed hash in hexadecimal, cut to the column",
    accepts: &[Kind::Text, Kind::Bytea],
    parameters: &[Parameter::optional(
        "length",
        ParameterKind::Integer(8, 64),
        "Hexadecimal digits; 32, or the column's limit if that is less",
    )],
    promises: Promises { uniqueness: Uniqueness::Bits128, ..Promises::LOSSY },
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "\"hash\"",
    algorithm: "The first `length` (32, or the column's limit if that is less) lower-case hexadecimal digits of the block of the value; a bytea gets the first half as many bytes, rounded down.",
    build,
};

/// 32 digits are 128 bits: no two values meet in practice.
const DIGITS_DEFAULT: u32 = 32;

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let asked = build.parameters.integer("length").and_then(|n| u32::try_from(n).ok());
    let limit = build.column_type.chars_max.unwrap_or(u32::MAX);
    let digits = asked.unwrap_or(DIGITS_DEFAULT.min(limit));
    let uniqueness = if digits >= DIGITS_DEFAULT { Uniqueness::Bits128 } else { Uniqueness::Lossy };
    Ok(Built {
        mask: Box::new(Hash {
            prf: build.prf()?,
            digits: digits as usize,
            is_text: build.column_type.kind == Kind::Text,
        }),
        promises: Promises { uniqueness, ..SPEC.promises },
        output_chars: OutputChars::AtMost(digits),
    })
}

struct Hash {
    prf: Prf,
    digits: usize,
    is_text: bool,
}

impl Mask for Hash {
    fn apply(&self, value: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        let block = self.prf.block(value);
        if self.is_text {
            let digits = block.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(self.digits);
            out.extend(digits.map(|digit| b"0123456789abcdef"[digit as usize]));
        } else {
            out.extend(block.iter().take(self.digits / 2));
        }
        Ok(Masked::Value)
    }
}
