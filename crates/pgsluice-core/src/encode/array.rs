//! Arrays of any type: lists, and lists of lists for further dimensions.
//!
//! The format is that of [`crate::types::array`]. Lower bounds are 1.

use super::encoder::Encoder;
use super::value::{Container, Value};
use crate::error::ValueError;
use crate::types::Nesting;

const VALUE: ValueError = ValueError::new("expected a list, found a value of another type");
const RAGGED: ValueError =
    ValueError::new("expected lists of one length in each dimension of an array, found others");
const DEEP: ValueError = ValueError::new("expected an array of at most 6 dimensions, found more");
const LENGTH: ValueError = ValueError::new("expected fewer than 2^31 elements, found more");

/// `MAXDIM` of `src/include/utils/array.h`.
const DIMENSIONS_MAX: usize = 6;

fn items<'a>(value: &Value<'a>) -> Option<&'a dyn Container> {
    match value {
        Value::List(items) | Value::Tuple(items) => Some(*items),
        _ => None,
    }
}

fn inner<'a>(value: &Value<'a>, nesting: Nesting) -> Option<&'a dyn Container> {
    match (value, nesting) {
        (Value::List(items), Nesting::Both | Nesting::Lists) | (Value::Tuple(items), Nesting::Both) => {
            Some(*items)
        }
        _ => None,
    }
}

/// The lengths along the first items; empty where one of them is 0.
fn lengths(list: &dyn Container, nesting: Nesting) -> Result<Vec<usize>, ValueError> {
    let mut lengths = Vec::new();
    measure(list, nesting, &mut lengths)?;
    if lengths.len() > DIMENSIONS_MAX {
        return Err(DEEP);
    }
    if lengths.contains(&0) {
        check_empty(list, nesting, &lengths)?;
        lengths.clear();
    }
    Ok(lengths)
}

fn measure(list: &dyn Container, nesting: Nesting, lengths: &mut Vec<usize>) -> Result<(), ValueError> {
    lengths.push(list.len());
    let mut is_first = true;
    if lengths.len() > DIMENSIONS_MAX || nesting == Nesting::Neither || list.is_empty() {
        return Ok(());
    }
    list.each_item(&mut |item| match inner(item, nesting) {
        Some(items) if std::mem::take(&mut is_first) => measure(items, nesting, lengths),
        _ => {
            is_first = false;
            Ok(())
        }
    })
}

/// An array with an empty dimension is empty, but not if others in it are not.
fn check_empty(list: &dyn Container, nesting: Nesting, lengths: &[usize]) -> Result<(), ValueError> {
    let Some((length, rest)) = lengths.split_first() else { return Ok(()) };
    if list.len() != *length {
        return Err(RAGGED);
    }
    list.each_item(&mut |item| match inner(item, nesting) {
        Some(items) => check_empty(items, nesting, rest),
        None => Err(RAGGED),
    })
}

/// Go through the elements of an array whose lists are all of the given lengths.
fn each_element(
    list: &dyn Container,
    lengths: &[usize],
    nesting: Nesting,
    use_event: &mut dyn FnMut(Event<'_, '_>) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    let Some((length, rest)) = lengths.split_first() else { return Ok(()) };
    if list.len() != *length {
        return Err(RAGGED);
    }
    use_event(Event::Open)?;
    let mut is_first = true;
    list.each_item(&mut |item| {
        if !std::mem::take(&mut is_first) {
            use_event(Event::Next)?;
        }
        match inner(item, nesting) {
            Some(items) if !rest.is_empty() => each_element(items, rest, nesting, use_event),
            None if rest.is_empty() => use_event(Event::Element(item)),
            _ => Err(RAGGED),
        }
    })?;
    use_event(Event::Close)
}

/// What comes next in an array.
enum Event<'a, 'v> {
    Open,
    Next,
    Element(&'a Value<'v>),
    Close,
}

/// Append the send format.
pub fn write_binary(element: &Encoder, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let list = items(value).ok_or(VALUE)?;
    let nesting = element.nesting();
    let lengths = lengths(list, nesting)?;
    let start = out.len();
    out.extend_from_slice(&u32::try_from(lengths.len()).map_err(|_| DEEP)?.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&element.oid.to_be_bytes());
    for length in &lengths {
        out.extend_from_slice(&i32::try_from(*length).map_err(|_| LENGTH)?.to_be_bytes());
        out.extend_from_slice(&1i32.to_be_bytes());
    }
    let mut has_null = false;
    each_element(list, &lengths, nesting, &mut |event| {
        let Event::Element(item) = event else { return Ok(()) };
        has_null |= matches!(item, Value::Null);
        element.write_field(item, out)
    })?;
    if has_null {
        // The flags' last byte, in the head written above.
        out[start + 7] = 1;
    }
    Ok(())
}

/// Append the characters that `array_in` reads.
pub fn write_text(element: &Encoder, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let list = items(value).ok_or(VALUE)?;
    let nesting = element.nesting();
    let lengths = lengths(list, nesting)?;
    if lengths.is_empty() {
        out.extend_from_slice(b"{}");
        return Ok(());
    }
    let mut text = Vec::new();
    each_element(list, &lengths, nesting, &mut |event| {
        match event {
            Event::Open => out.push(b'{'),
            Event::Next => out.push(element.delimiter),
            Event::Close => out.push(b'}'),
            Event::Element(Value::Null) => out.extend_from_slice(b"NULL"),
            Event::Element(item) => {
                text.clear();
                element.write_text(item, &mut text)?;
                crate::types::array::quote(&text, out);
            }
        }
        Ok(())
    })
}
