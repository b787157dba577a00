//! The masks as data, for rules, docs and tests.

use pgsluice_core::encode::rules::RULES;
use pgsluice_core::masks::{self, Action, DefaultDomain, ParameterKind};
use pgsluice_core::types;
use pyo3::prelude::*;

/// One parameter of a mask.
#[pyclass(frozen, get_all, module = "pgsluice._core")]
#[derive(Clone)]
pub struct Parameter {
    name: &'static str,
    takes: String,
    is_required: bool,
    holds_rules: bool,
    summary: &'static str,
}

/// One mask as data.
#[pyclass(frozen, get_all, module = "pgsluice._core")]
#[expect(clippy::struct_excessive_bools, reason = "each is a promise of its own, none a state")]
pub struct MaskSpec {
    name: &'static str,
    summary: &'static str,
    accepts: Vec<&'static str>,
    parameters: Vec<Parameter>,
    action: &'static str,
    default_domain: &'static str,
    words: Vec<&'static str>,
    example: &'static str,
    algorithm: &'static str,
    deterministic: bool,
    uniqueness: &'static str,
    keeps_null: bool,
    keeps_length: bool,
    keeps_format: bool,
    keeps_order: bool,
}

impl MaskSpec {
    fn new(spec: &masks::Spec) -> Self {
        let parameter = |parameter: &masks::Parameter| Parameter {
            name: parameter.name,
            takes: parameter.kind.words(),
            is_required: parameter.is_required,
            holds_rules: matches!(parameter.kind, ParameterKind::Table | ParameterKind::Rule),
            summary: parameter.summary,
        };
        Self {
            name: spec.name,
            summary: spec.summary,
            accepts: spec.accepts.iter().map(|kind| kind.word()).collect(),
            parameters: spec.parameters.iter().map(parameter).collect(),
            action: match spec.action {
                Action::Keep => "keep",
                Action::Mask => "mask",
                Action::Null => "null",
                Action::Omit => "omit",
            },
            default_domain: match spec.default_domain {
                DefaultDomain::Mask => "mask",
                DefaultDomain::Column => "column",
            },
            words: spec.words.to_vec(),
            example: spec.example,
            algorithm: spec.algorithm,
            deterministic: spec.promises.deterministic,
            uniqueness: spec.promises.uniqueness.word(),
            keeps_null: spec.promises.keeps_null,
            keeps_length: spec.promises.keeps_length,
            keeps_format: spec.promises.keeps_format,
            keeps_order: spec.promises.keeps_order,
        }
    }
}

/// Every mask, in the order of the reference.
#[pyfunction]
pub fn mask_specs() -> Vec<MaskSpec> {
    masks::MASKS.iter().map(|spec| MaskSpec::new(spec)).collect()
}

/// `pg_type` names of every type with a codec, with the kind masks call it.
#[pyfunction]
pub fn type_names() -> Vec<(&'static str, &'static str)> {
    let pairs =
        |codec: &&types::Codec| codec.names.iter().map(|name| (*name, codec.kind.word())).collect::<Vec<_>>();
    types::TYPES.iter().flat_map(pairs).collect()
}

/// Names of types with the values they take and a note, for the docs.
#[pyfunction]
pub fn value_rules() -> Vec<(Vec<&'static str>, &'static str, &'static str)> {
    RULES.iter().map(|rule| (rule.types.to_vec(), rule.takes, rule.note)).collect()
}
