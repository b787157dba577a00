//! Writes values of one type, whatever it is made of.

use std::collections::HashSet;

use super::spec::{Form, TypeSpec};
use super::value::{Limits, Value};
use super::{array, composite, range};
use crate::error::ValueError;
use crate::row::{begin_field, end_field};
use crate::types::{Codec, Nesting, find_in};

const LABEL: ValueError = ValueError::new("expected one of the enum's labels, found another value");
const NUL: ValueError = ValueError::new("expected characters other than NUL, found one");
const TEXT: ValueError = ValueError::new("expected the value's text as a str, found a value of another type");
const LARGE: ValueError = ValueError::new("expected a value below 1 GiB, found a larger one");

/// What writes the values of a type.
#[derive(Debug)]
pub struct Encoder {
    /// The type's own number: what an array or a composite says its parts are.
    pub oid: u32,
    /// What stands between the elements of its arrays' text.
    pub delimiter: u8,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Codec(&'static Codec, Limits),
    Enum(HashSet<String>),
    Array(Box<Encoder>),
    Range(Box<Encoder>),
    Multirange(Box<Encoder>),
    Composite(Vec<(String, Encoder)>),
    /// A type whose send format nobody here writes.
    TextOnly(String),
}

impl Encoder {
    /// Find out how values of a type are written.
    ///
    /// # Errors
    /// A sentence where the description lacks what its kind needs.
    pub fn new(spec: &TypeSpec) -> Result<Self, String> {
        let part = |part: &Option<Box<TypeSpec>>| {
            let part = part.as_deref().ok_or_else(|| format!("type {:?} lacks its parts", spec.name))?;
            Self::new(part).map(Box::new)
        };
        let shape = match spec.kind.as_str() {
            "base" => match find_in(&spec.schema, &spec.name) {
                Some(codec) => Shape::Codec(codec, spec.limits()),
                None => Shape::TextOnly(spec.name.clone()),
            },
            "domain" => part(&spec.base)?.shape,
            "array" => Shape::Array(part(&spec.element)?),
            "range" => Shape::Range(part(&spec.subtype)?),
            "multirange" => Shape::Multirange(part(&spec.subtype)?),
            "enum" => Shape::Enum(spec.labels.iter().flatten().cloned().collect()),
            "composite" => {
                let field =
                    |field: &super::spec::FieldSpec| Ok((field.name.clone(), Self::new(&field.field_type)?));
                Shape::Composite(spec.fields.iter().flatten().map(field).collect::<Result<_, String>>()?)
            }
            _ => return Err(format!("type {:?} is of an unrecognized kind", spec.name)),
        };
        // A type's delimiter is a "char" of the server's: one byte.
        let delimiter = u8::try_from(spec.delimiter).unwrap_or(b',');
        Ok(Self { oid: spec.oid, delimiter, shape })
    }

    /// The name of the first type in it that has no binary form here.
    #[must_use]
    pub fn text_only(&self) -> Option<&str> {
        match &self.shape {
            Shape::Codec(..) | Shape::Enum(_) => None,
            Shape::Array(part) | Shape::Range(part) | Shape::Multirange(part) => part.text_only(),
            Shape::Composite(fields) => fields.iter().find_map(|(_, field)| field.text_only()),
            Shape::TextOnly(name) => Some(name),
        }
    }

    /// What a list within a list of its values is.
    #[must_use]
    pub fn nesting(&self) -> Nesting {
        match &self.shape {
            Shape::Composite(_) | Shape::Range(_) => Nesting::Lists,
            Shape::Codec(codec, _) => codec.nesting,
            Shape::Multirange(_) | Shape::Array(_) => Nesting::Neither,
            Shape::Enum(_) | Shape::TextOnly(_) => Nesting::Both,
        }
    }

    /// Append a value, never NULL, in a form.
    ///
    /// # Errors
    /// If it is no value of the type, or something of it would be lost.
    pub fn write(&self, form: Form, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
        match form {
            Form::Binary => self.write_binary(value, out),
            Form::Text => self.write_text(value, out),
        }
    }

    /// Append a value or NULL, in binary, with its length before it.
    ///
    /// # Errors
    /// As [`Encoder::write`].
    pub fn write_field(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
        if let Value::Null = value {
            out.extend_from_slice(&(-1i32).to_be_bytes());
            return Ok(());
        }
        let at = begin_field(out);
        self.write_binary(value, out)?;
        end_field(out, at).ok_or(LARGE)
    }

    fn write_binary(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
        match &self.shape {
            Shape::Codec(codec, limits) => (codec.from_value)(value, limits, out),
            Shape::Enum(labels) => write_label(labels, value, out),
            Shape::Array(element) => array::write_binary(element, value, out),
            Shape::Range(subtype) => range::write_binary(subtype, value, out),
            Shape::Multirange(subtype) => range::write_multirange_binary(subtype, value, out),
            Shape::Composite(fields) => composite::write_binary(fields, value, out),
            Shape::TextOnly(_) => Err(TEXT),
        }
    }

    /// Append a value, never NULL, as its type's input function reads it.
    ///
    /// # Errors
    /// As [`Encoder::write`].
    pub fn write_text(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
        match &self.shape {
            Shape::Codec(codec, limits) => {
                let start = out.len();
                (codec.from_value)(value, limits, out)?;
                if codec.is_text_as_sent {
                    return Ok(());
                }
                let sent = out.split_off(start);
                (codec.to_text)(&sent, out)
            }
            Shape::Enum(labels) => write_label(labels, value, out),
            Shape::Array(element) => array::write_text(element, value, out),
            Shape::Range(subtype) => range::write_text(subtype, value, out),
            Shape::Multirange(subtype) => range::write_multirange_text(subtype, value, out),
            Shape::Composite(fields) => composite::write_text(fields, value, out),
            Shape::TextOnly(_) => write_plain(value, out),
        }
    }
}

fn write_label(labels: &HashSet<String>, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Str(label) if labels.contains(*label) => out.extend_from_slice(label.as_bytes()),
        _ => return Err(LABEL),
    }
    Ok(())
}

/// A text that the server reads, or does not.
fn write_plain(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Str(text) if text.contains('\0') => return Err(NUL),
        Value::Str(text) | Value::BigInt(text) => out.extend_from_slice(text.as_bytes()),
        Value::Int(number) => crate::types::push_display(out, format_args!("{number}")),
        _ => return Err(TEXT),
    }
    Ok(())
}
