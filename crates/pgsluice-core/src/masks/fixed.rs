//! `fixed`: one value for all.

use super::{
    Action, Build, Built, DefaultDomain, Mask, Masked, Parameter, ParameterKind, Promises, Spec, literal,
};
use crate::error::{Refusal, ValueError};
use crate::row::Row;

/// The mask as data.
pub const SPEC: Spec = Spec {
    name: "fixed",
    summary: "Replace every value by one that the rule gives",
    accepts: literal::KINDS,
    parameters: &[Parameter::required(
        "value",
        ParameterKind::Scalar,
        "The value, in PostgreSQL's own form: value = \"2000-01-01\" for a date",
    )],
    promises: Promises::LOSSY,
    action: Action::Mask,
    default_domain: DefaultDomain::Mask,
    words: &[],
    example: "{ mask = \"fixed\", value = \"hidden\" }",
    algorithm: "The replacement is `value`, whatever the value was; a value that was the same already stays what it is.",
    build,
};

fn build(build: &Build<'_>) -> Result<Built, Refusal> {
    let text = build.parameters.get("value").map(literal::words).unwrap_or_default();
    let value = literal::encode(build, "parameter \"value\"", &text)?;
    let output_chars = literal::output_chars(build.column_type.kind, std::slice::from_ref(&value));
    Ok(Built { mask: Box::new(Fixed { value }), promises: SPEC.promises, output_chars })
}

struct Fixed {
    value: Vec<u8>,
}

impl Mask for Fixed {
    fn apply(&self, _: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
        out.extend_from_slice(&self.value);
        Ok(Masked::Value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::probe;
    use crate::types::ColumnType;

    #[test]
    fn every_value_becomes_the_given_one() {
        let samples = [
            ("text", json!("hidden"), "hidden"),
            ("bool", json!(true), "t"),
            ("int2", json!(-5), "-5"),
            ("int8", json!("9223372036854775807"), "9223372036854775807"),
            ("float8", json!(1.5), "1.5"),
            ("numeric", json!("1.50"), "1.50"),
            ("date", json!("2000-01-01"), "2000-01-01"),
            ("timestamptz", json!("2000-01-01T12:00Z"), "2000-01-01 12:00:00+00"),
            ("jsonb", json!("{\"a\": null}"), "{\"a\": null}"),
            ("inet", json!("10.0.0.0/8"), "10.0.0.0/8"),
        ];
        for (name, given, expected) in samples {
            let built = probe::build("fixed", &probe::column(name), &json!({"value": given})).expect("built");

            let masked = probe::apply(&built, b"anything").expect("masked");

            assert_eq!(expected, probe::text(name, &masked));
        }
    }

    fn refusal(column: &ColumnType, value: &Value) -> Option<&'static str> {
        probe::refusal("fixed", column, &json!({"value": value}))
    }

    #[test]
    fn values_the_column_cannot_hold_are_refused() {
        let varchar = ColumnType { chars_max: Some(3), ..probe::column("varchar") };
        let labels = Some(vec!["new".to_owned(), "paid".to_owned()]);
        let label = ColumnType { labels, ..probe::column("status") }.resolve();
        let money =
            ColumnType { numeric_precision: Some(5), numeric_scale: Some(2), ..probe::column("numeric") };
        let hundreds =
            ColumnType { numeric_precision: Some(3), numeric_scale: Some(-2), ..probe::column("numeric") };
        let taken = [
            (&varchar, json!("äöü")),
            (&label, json!("paid")),
            (&money, json!(-999.99)),
            (&money, json!("NaN")),
            (&hundreds, json!(99900)),
        ];
        for (column, value) in taken {
            assert_eq!(None, refusal(column, &value), "{value} {}", column.display);
        }
        let refused = [
            (&varchar, json!("four")),
            (&label, json!("gone")),
            (&money, json!(1000)),
            (&money, json!(1.005)),
            (&money, json!("Infinity")),
            (&hundreds, json!(50)),
            (&hundreds, json!(100_000)),
            (&probe::column("int2"), json!(40_000)),
            (&probe::column("int4"), json!(1.5)),
            (&probe::column("uuid"), json!("no")),
            (&probe::column("name"), json!("n".repeat(64))),
            (&probe::column("text"), json!("a\0b")),
        ];
        for (column, value) in refused {
            assert_eq!(Some("parameter"), refusal(column, &value), "{value} {}", column.display);
        }
    }

    #[test]
    fn a_refusal_does_not_quote_the_value() {
        let refusals = probe::build("fixed", &probe::column("int4"), &json!({"value": "canary"})).err();

        assert!(!format!("{refusals:?}").contains("canary"));
    }

    #[test]
    fn the_value_must_be_given_and_types_without_codec_are_refused() {
        assert_eq!(Some("parameter"), probe::refusal("fixed", &probe::column("text"), &json!({})));
        assert_eq!(Some("parameter"), probe::refusal("fixed", &probe::column("text"), &json!({"value": []})));
        assert_eq!(
            Some("mask-type"),
            probe::refusal("fixed", &probe::column("point"), &json!({"value": "(1,2)"}))
        );
    }
}
