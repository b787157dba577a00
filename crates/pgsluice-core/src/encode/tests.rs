//! Containers and numbers against bytes that a server wrote, and rows put together of them.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::value::{Container, UseEntry, UseValue, Value};
use super::{ColumnSpec, Columns, Encoder, Form, RowsBuilder, TypeSpec};
use crate::error::ValueError;
use crate::types::samples;

/// A caller's value, owned.
enum Given {
    Null,
    Int(i64),
    Text(&'static str),
    List(Vec<Given>),
    Tuple(Vec<Given>),
}

impl Given {
    fn with(&self, use_value: UseValue<'_>) -> Result<(), ValueError> {
        match self {
            Self::Null => use_value(&Value::Null),
            Self::Int(number) => use_value(&Value::Int(*number)),
            Self::Text(text) => use_value(&Value::Str(text)),
            Self::List(items) => use_value(&Value::List(&Items(items))),
            Self::Tuple(items) => use_value(&Value::Tuple(&Items(items))),
        }
    }
}

struct Items<'a>(&'a [Given]);

impl Container for Items<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn each_item(&self, use_item: UseValue<'_>) -> Result<(), ValueError> {
        self.0.iter().try_for_each(|item| item.with(use_item))
    }

    fn each_entry(&self, _: UseEntry<'_>) -> Result<(), ValueError> {
        Ok(())
    }

    fn with_entry(&self, _: &str, _: UseValue<'_>) -> Result<bool, ValueError> {
        Ok(false)
    }

    fn with_json(&self, _: &mut dyn FnMut(&str) -> Result<(), ValueError>) -> Result<(), ValueError> {
        Ok(())
    }
}

fn base(oid: u32, name: &str) -> Json {
    json!({"oid": oid, "schema": "pg_catalog", "name": name, "kind": "base"})
}

fn of(kind: &str, part: &str, inner: Json) -> Json {
    let mut spec = json!({"oid": 1, "schema": "pg_catalog", "name": kind, "kind": kind});
    spec[part] = inner;
    spec
}

fn write(form: Form, spec: Json, given: &Given) -> Option<Vec<u8>> {
    let spec: TypeSpec = serde_json::from_value(spec).expect("a spec");
    let encoder = Encoder::new(&spec).expect("an encoder");
    let mut out = Vec::new();
    given.with(&mut |value| encoder.write(form, value, &mut out)).ok()?;
    Some(out)
}

fn binary(spec: Json, given: &Given) -> Option<Vec<u8>> {
    write(Form::Binary, spec, given)
}

fn text(spec: Json, given: &Given) -> Option<String> {
    write(Form::Text, spec, given).and_then(|text| String::from_utf8(text).ok())
}

fn list(numbers: &[i64]) -> Given {
    Given::List(numbers.iter().map(|number| Given::Int(*number)).collect())
}

#[test]
fn arrays_are_written_as_the_server_does() {
    // PostgreSQL 18.6: select encode(array_send('{1,NULL,-3}'::int4[]), 'hex'), and so on
    let int4s = || of("array", "element", base(23, "int4"));
    let with_null = Given::List(vec![Given::Int(1), Given::Null, Given::Int(-3)]);
    let expected =
        "00000001 00000001 00000017 00000003 00000001 00000004 00000001 ffffffff 00000004 fffffffd";
    assert_eq!(Some(samples::bytes(expected)), binary(int4s(), &with_null));
    assert_eq!(Some(r#"{"1",NULL,"-3"}"#.to_owned()), text(int4s(), &with_null));

    let square = Given::List(vec![list(&[1, 2]), list(&[3, 4])]);
    let expected = "00000002 00000000 00000017 00000002 00000001 00000002 00000001
        00000004 00000001 00000004 00000002 00000004 00000003 00000004 00000004";
    assert_eq!(Some(samples::bytes(expected)), binary(int4s(), &square));
    assert_eq!(Some(r#"{{"1","2"},{"3","4"}}"#.to_owned()), text(int4s(), &square));

    let expected = Some(samples::bytes("00000000 00000000 00000017"));
    assert_eq!(expected, binary(int4s(), &list(&[])));
    assert_eq!(expected, binary(int4s(), &Given::List(vec![list(&[]), list(&[])])));
}

#[test]
fn arrays_of_other_forms_are_refused() {
    let int4s = || of("array", "element", base(23, "int4"));
    let ragged = vec![
        Given::List(vec![list(&[1]), list(&[2, 3])]),
        Given::List(vec![list(&[1]), Given::Int(2)]),
        Given::List(vec![Given::Int(1), list(&[2])]),
        Given::List(vec![list(&[]), list(&[1])]),
        Given::List(vec![list(&[1]), Given::Null]),
        Given::Text("{1}"),
        (0..7).fold(Given::Int(1), |inner, _| Given::List(vec![inner])),
    ];
    for given in ragged {
        assert_eq!((None, None), (binary(int4s(), &given), text(int4s(), &given)));
    }
}

#[test]
fn ranges_are_written_as_the_server_does() {
    // PostgreSQL 18.6: select encode(range_send('[1,5)'::int4range), 'hex'), and multirange_send
    let range = || of("range", "subtype", base(23, "int4"));
    let bounds = |lower, upper| Given::Tuple(vec![lower, upper]);
    let cases = [
        (bounds(Given::Int(1), Given::Int(5)), "02 00000004 00000001 00000004 00000005", r#"["1","5")"#),
        (Given::Text("(,5)"), "08 00000004 00000005", r#"(,"5")"#),
        (Given::Text(" empty "), "01", "empty"),
    ];
    for (given, hex, shown) in cases {
        assert_eq!(Some(samples::bytes(hex)), binary(range(), &given));
        assert_eq!(Some(shown.to_owned()), text(range(), &given));
    }
    let numeric = of("range", "subtype", base(1700, "numeric"));
    let expected = "04 0000000c 0002000000000001 00011388 0000000a 00010000000000000002";
    assert_eq!(Some(samples::bytes(expected)), binary(numeric, &Given::Text("(1.5,2]")));

    let multirange = of("multirange", "subtype", base(23, "int4"));
    let expected = "00000002 00000011 02 00000004 00000001 00000004 00000005 00000009 12 00000004 00000008";
    let given = Given::Text("{[1,5), [8,)}");
    assert_eq!(Some(samples::bytes(expected)), binary(multirange, &given));
}

#[test]
fn texts_that_are_no_range_are_refused() {
    let range = || of("range", "subtype", base(23, "int4"));
    for text in ["", "[", "[1,2", "1,2", "[1)", "[1,2,3)", "[a,2)", "[\"1,2)", "[1,2\\", "()", "[]", "[1,(2)"]
    {
        assert_eq!(None, binary(range(), &Given::Text(text)), "{text}");
    }
}

#[test]
fn composites_are_written_as_the_server_does() {
    // PostgreSQL 18.6: select encode(record_send(row(1, null, 'ab'::text)), 'hex'), whose null is of unknown type
    let field = |name: &str, field_type: Json| json!({"name": name, "type": field_type});
    let spec = || {
        let fields = json!([
            field("a", base(23, "int4")),
            field("b", base(0x2c1, "int4")),
            field("c", base(25, "text"))
        ]);
        of("composite", "fields", fields)
    };
    let given = |text| Given::Tuple(vec![Given::Int(1), Given::Null, Given::Text(text)]);

    let expected = "00000003 00000017 00000004 00000001 000002c1 ffffffff 00000019 00000002 6162";
    assert_eq!(Some(samples::bytes(expected)), binary(spec(), &given("ab")));
    assert_eq!(Some(r#"("1",,"a""\\b,)")"#.to_owned()), text(spec(), &given("a\"\\b,)")));
    assert_eq!(None, binary(spec(), &Given::Tuple(vec![Given::Int(1)])));
    assert_eq!(None, binary(spec(), &Given::Int(1)));
}

#[test]
fn a_row_that_is_given_up_leaves_nothing_behind() {
    let spec: Vec<ColumnSpec> = serde_json::from_value(json!([
        {"name": "a", "form": "binary", "is_not_null": true, "type": base(23, "int4")},
        {"name": "b", "form": "text", "type": base(1700, "numeric")},
    ]))
    .expect("specs");
    let columns = Arc::new(Columns::compile(spec).expect("columns"));
    let mut builder = RowsBuilder::new(&columns, 2);

    for (position, a, b) in [(7, Value::Int(1), Value::Null), (8, Value::Int(2), Value::Decimal("1.50"))] {
        builder.begin_row();
        builder.field(0, &Value::Int(9)).expect("an int4");
        assert!(builder.field(1, &Value::Bool(true)).is_err());
        builder.give_up_row();
        builder.begin_row();
        assert!(builder.field(0, &Value::Null).is_err());
        builder.give_up_row();
        builder.begin_row();
        builder.field(0, &a).expect("an int4");
        builder.field(1, &b).expect("a numeric");
        builder.end_row(position);
    }
    let rows = builder.finish();

    let expected = "0002 00000004 00000001 ffffffff 0002 00000004 00000002 00000004 312e3530";
    assert_eq!(&samples::bytes(expected), rows.bytes());
    assert_eq!(&[7, 8], rows.positions());
}

fn numeric(value: &Value<'_>, limits: Option<(u32, i32)>) -> Option<Vec<u8>> {
    let limits = super::value::Limits { numeric: limits, ..Default::default() };
    let mut out = Vec::new();
    (crate::types::numeric::CODEC.from_value)(value, &limits, &mut out).ok()?;
    Some(out)
}

proptest! {
    #[test]
    fn short_and_long_numbers_are_written_alike(
        digits in "-?[0-9]{1,20}(\\.[0-9]{1,20})?", number: i64, float: f64,
    ) {
        let codec = &crate::types::numeric::CODEC;
        prop_assert_eq!(samples::from_text(codec, &digits), numeric(&Value::Decimal(&digits), None));
        prop_assert_eq!(samples::from_text(codec, &number.to_string()), numeric(&Value::Int(number), None));
        let shown = numeric(&Value::Float(float), None).and_then(|value| samples::to_text(codec, &value));
        prop_assert_eq!(Some(float), shown.and_then(|text| text.parse().ok()));
    }

    #[test]
    fn a_number_fits_exactly_if_nothing_of_it_is_rounded(
        whole in 0u64..1_000_000, decimals in 0u32..10_000, precision in 1u32..12, scale in 0i32..6,
    ) {
        let text = format!("{whole}.{decimals:04}");
        let tail = format!("{decimals:04}");
        let decimals_used = i32::try_from(tail.trim_end_matches('0').len()).expect("few");
        let whole_used = if whole == 0 { 0 } else { whole.to_string().len() };
        let room = i64::from(precision) - i64::from(scale);
        // Zeros behind the point take from the room where it is less than none.
        let leading = tail.len() - tail.trim_start_matches('0').len();
        let used = if whole == 0 { -i64::try_from(leading).expect("few") } else { i64::try_from(whole_used).expect("few") };
        let is_zero = whole == 0 && decimals == 0;
        let fits = is_zero || (decimals_used <= scale && used <= room);

        let written = numeric(&Value::Decimal(&text), Some((precision, scale)));

        prop_assert_eq!(fits, written.is_some(), "{} in ({}, {})", text, precision, scale);
    }

    #[test]
    fn no_text_makes_a_range_panic(given: String) {
        let spec: TypeSpec = serde_json::from_value(of("multirange", "subtype", base(23, "int4"))).expect("a spec");
        let encoder = Encoder::new(&spec).expect("an encoder");
        let _ = encoder.write(Form::Binary, &Value::Str(&given), &mut Vec::new());
        let wrapped = format!("{{[{given})}}");
        let _ = encoder.write(Form::Text, &Value::Str(&wrapped), &mut Vec::new());
    }
}
