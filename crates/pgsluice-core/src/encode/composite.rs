//! Composites: tuples by position, mappings and objects by the names of fields.
//!
//! | offset | bytes | meaning                                                      |
//! |--------|-------|--------------------------------------------------------------|
//! | 0      | 4     | number of fields                                             |
//! | then   |       | for each field its type's OID, its length (-1 = NULL), bytes |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/rowtypes.c` `record_send`, `record_recv`, `record_in`.

use super::encoder::Encoder;
use super::value::Value;
use crate::error::ValueError;

const VALUE: ValueError = ValueError::new(
    "expected a tuple, a dict or an object with the fields of the composite, found a value of another type",
);
const COUNT: ValueError =
    ValueError::new("expected as many values as the composite has fields, found more or fewer");
const FIELD: ValueError = ValueError::new("expected every field of the composite, found one missing");

/// Hand out the value of each field, in order.
fn each_field(
    fields: &[(String, Encoder)],
    value: &Value<'_>,
    mut use_field: impl FnMut(&Encoder, &Value<'_>) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    match value {
        Value::Tuple(items) | Value::List(items) => {
            if items.len() != fields.len() {
                return Err(COUNT);
            }
            let mut rest = fields.iter();
            items.each_item(&mut |item| {
                let (_, field) = rest.next().ok_or(COUNT)?;
                use_field(field, item)
            })
        }
        Value::Map(entries) if entries.len() > fields.len() => Err(COUNT),
        Value::Map(entries) | Value::Object(entries) => {
            for (name, field) in fields {
                if !entries.with_entry(name, &mut |value| use_field(field, value))? {
                    return Err(FIELD);
                }
            }
            Ok(())
        }
        _ => Err(VALUE),
    }
}

/// Append the send format.
pub fn write_binary(
    fields: &[(String, Encoder)],
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    out.extend_from_slice(&u32::try_from(fields.len()).map_err(|_| COUNT)?.to_be_bytes());
    each_field(fields, value, |field, value| {
        out.extend_from_slice(&field.oid.to_be_bytes());
        field.write_field(value, out)
    })
}

/// Append the characters that `record_in` reads: a field without any is NULL, all others have quotes.
pub fn write_text(
    fields: &[(String, Encoder)],
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    out.push(b'(');
    let mut is_first = true;
    let mut text = Vec::new();
    each_field(fields, value, |field, value| {
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        if let Value::Null = value {
            return Ok(());
        }
        text.clear();
        field.write_text(value, &mut text)?;
        quote(&text, out);
        Ok(())
    })?;
    out.push(b')');
    Ok(())
}

/// Put in quotes, with quotes and backslashes doubled: how `record_in` and `range_in` read any characters.
pub fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'"');
}
