//! The parameters of a rule: declared by each mask as data, checked once against that, then read by type.

use serde_json::{Map, Value};

use crate::error::Refusal;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// true or false.
    Bool,
    /// A whole number in these bounds, both allowed.
    Integer(i64, i64),
    /// A number in these bounds, both allowed.
    Number(f64, f64),
    /// A string.
    Text,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A list of strings or numbers.
    List,
    /// A table of rules, as the `paths` of `json`.
    Table,
    /// A string, number or boolean: a value in the column's own type.
    Scalar,
    /// A rule: a mask's name or a table with `mask`.
    Rule,
}

/// One parameter of a mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// What rules call it.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParameterKind,
    /// Whether it must be given.
    pub is_required: bool,
    /// What it does and what holds without it.
    pub summary: &'static str,
}

impl Parameter {
    /// A parameter that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, kind: ParameterKind, summary: &'static str) -> Self {
        Self { name, kind, is_required: false, summary }
    }

    /// A parameter that must be given.
    #[must_use]
    pub const fn required(name: &'static str, kind: ParameterKind, summary: &'static str) -> Self {
        Self { name, kind, is_required: true, summary }
    }
}

impl ParameterKind {
    /// What it takes, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Self::Number(low, high) => format!("a number from {low} to {high}"),
            Self::Text => "a string".into(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::List => "a list of strings or numbers".into(),
            Self::Table => "a table of rules".into(),
            Self::Scalar => "a string, number or boolean".into(),
            Self::Rule => "a mask's name or a table with \"mask\"".into(),
        }
    }

    fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Bool => value.is_boolean(),
            Self::Integer(low, high) => value.as_i64().is_some_and(|n| (*low..=*high).contains(&n)),
            Self::Number(low, high) => value.as_f64().is_some_and(|n| (*low..=*high).contains(&n)),
            Self::Text => value.is_string(),
            Self::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::List => {
                value.as_array().is_some_and(|list| list.iter().all(|v| v.is_string() || v.is_number()))
            }
            Self::Table => value.is_object(),
            Self::Scalar => value.is_string() || value.is_number() || value.is_boolean(),
            Self::Rule => value.is_string() || value.is_object(),
        }
    }
}

/// The parameters a rule gave, after [`Parameters::check`].
#[derive(Debug, Clone, Default)]
pub struct Parameters(Map<String, Value>);

impl Parameters {
    /// Check what a rule gave against what its mask declares; every problem is one refusal.
    ///
    /// # Errors
    /// The list of all problems.
    pub fn check(
        mask: &str,
        declared: &[Parameter],
        given: &Map<String, Value>,
    ) -> Result<Self, Vec<Refusal>> {
        let mut refusals = Vec::new();
        for (name, value) in given {
            let Some(parameter) = declared.iter().find(|parameter| parameter.name == name) else {
                let known: Vec<&str> = declared.iter().map(|parameter| parameter.name).collect();
                let hint = if known.is_empty() {
                    format!("Mask \"{mask}\" takes no parameters.")
                } else {
                    format!("Mask \"{mask}\" takes {}.", known.join(", "))
                };
                let message = format!("unrecognized parameter \"{name}\" of mask \"{mask}\"");
                refusals.push(Refusal::new("parameter", message, hint));
                continue;
            };
            if !parameter.kind.takes(value) {
                let message =
                    format!("parameter \"{name}\" of mask \"{mask}\" takes {}", parameter.kind.words());
                refusals.push(Refusal::new("parameter", message, format!("{}.", parameter.summary)));
            }
        }
        for parameter in declared {
            if parameter.is_required && !given.contains_key(parameter.name) {
                let message = format!("mask \"{mask}\" needs parameter \"{}\"", parameter.name);
                refusals.push(Refusal::new("parameter", message, format!("{}.", parameter.summary)));
            }
        }
        if refusals.is_empty() { Ok(Self(given.clone())) } else { Err(refusals) }
    }

    /// A parameter as it was given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A string parameter.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A whole-number parameter.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// A number parameter.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    /// A boolean parameter, false if it was not given.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A list parameter as the text of its items.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let items = self.0.get(name)?.as_array()?;
        Some(items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect())
    }

    /// A table parameter.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0.get(name)?.as_object()
    }
}
