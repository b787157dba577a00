//! A rule as it comes from the plan or stands inside another rule, and the mask made from it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Action, Build, Built, Parameters, Spec, find};
use crate::error::Refusal;
use crate::key::MasterKey;
use crate::types::{ColumnType, Kind};

/// A rule as the plan resolved it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleRequest {
    /// Name of the mask, "python" for a function, "drop" for a field that only orders the rows.
    pub mask: String,
    /// The domain its subkey is derived for.
    #[serde(default)]
    pub domain: String,
    /// The mask's parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
}

impl RuleRequest {
    /// Read a rule inside a rule: a mask's name, or a table with "mask", perhaps "domain", and parameters.
    /// `domain` is what holds where it names none.
    ///
    /// # Errors
    /// If it is neither.
    pub fn read(rule: &Value, domain: &str) -> Result<Self, Refusal> {
        let refusal = |message: &str| {
            Refusal::new("parameter", message, "Write \"hash\", or { mask = \"hash\", length = 16 }.")
        };
        let mut parameters = match rule {
            Value::String(mask) => {
                return Ok(Self { mask: mask.clone(), domain: domain.into(), parameters: Map::new() });
            }
            Value::Object(table) => table.clone(),
            _ => return Err(refusal("expected a mask's name or a table with \"mask\", found neither")),
        };
        let mut take = |name: &str| match parameters.shift_remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(refusal(&format!("\"{name}\" of a rule takes a string"))),
        };
        let mask = take("mask")?.ok_or_else(|| refusal("a rule inside a rule needs \"mask\""))?;
        let domain = take("domain")?.unwrap_or_else(|| domain.into());
        Ok(Self { mask, domain, parameters })
    }
}

/// Make the mask of a rule for values of `column_type`, also for rules inside a value (JSON paths).
/// A mask whose action is not to mask is not built.
pub(crate) fn build(
    rule: &RuleRequest,
    column_type: &ColumnType,
    key: Option<&MasterKey>,
    words: &BTreeMap<String, Vec<String>>,
    kinds: &[(String, Kind)],
) -> Result<(&'static Spec, Option<Built>), Vec<Refusal>> {
    let Some(spec) = find(&rule.mask) else {
        return Err(vec![Refusal::new(
            "mask-unrecognized",
            format!("unrecognized mask \"{}\"", rule.mask),
            "See \"pgsluice masks\" for the list.",
        )]);
    };
    if !spec.accepts.contains(&column_type.kind) {
        let words: Vec<&str> = spec.accepts.iter().map(|kind| kind.word()).collect();
        return Err(vec![Refusal::new(
            "mask-type",
            format!("mask \"{}\" does not take type {}", spec.name, column_type.display),
            format!("It takes {}.", words.join(", ")),
        )]);
    }
    let parameters = Parameters::check(spec.name, spec.parameters, &rule.parameters)?;
    if matches!(spec.action, Action::Omit | Action::Null | Action::Keep) {
        return Ok((spec, None));
    }
    let from = Build {
        column_type,
        parameters: &parameters,
        key,
        mask: spec.name,
        domain: &rule.domain,
        words,
        columns: kinds,
    };
    let built = (spec.build)(&from).map_err(|refusal| vec![refusal])?;
    Ok((spec, Some(built)))
}
