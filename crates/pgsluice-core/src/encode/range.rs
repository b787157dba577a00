//! Ranges and multiranges of any subtype.
//!
//! | offset | bytes | meaning                                                                     |
//! |--------|-------|-----------------------------------------------------------------------------|
//! | 0      | 1     | 1 empty, 2 lower bound belongs to it, 4 upper does, 8 no lower, 16 no upper |
//! | then   |       | for each bound that there is its length and bytes                           |
//!
//! A multirange is a count of 4 bytes, then each range with its length.
//! Source: PostgreSQL 18, `src/backend/utils/adt/rangetypes.c` `range_send`, `range_recv`, `range_parse`;
//! `multirangetypes.c` `multirange_send`, `multirange_in`.

use super::composite::quote;
use super::encoder::Encoder;
use super::value::{Container, Value};
use crate::error::ValueError;
use crate::row::{begin_field, end_field};
use crate::types::is_space;

const VALUE: ValueError =
    ValueError::new("expected a range, a tuple of two bounds or a str, found a value of another type");
const RANGES: ValueError =
    ValueError::new("expected a list of ranges or a str, found a value of another type");
const TEXT: ValueError = ValueError::new("expected a range as \"[lower,upper)\", found another text");
const LARGE: ValueError = ValueError::new("expected a value below 1 GiB, found a larger one");

const EMPTY: u8 = 1;
const LOWER_INCLUDED: u8 = 2;
const UPPER_INCLUDED: u8 = 4;
const NO_LOWER: u8 = 8;
const NO_UPPER: u8 = 16;

/// Go through a range: its flags with each bound that it has.
///
/// `write_bound` is told whether it is the upper one; NULL says that there is none.
fn parts(
    value: &Value<'_>,
    mut write_bound: impl FnMut(bool, &Value<'_>) -> Result<(), ValueError>,
) -> Result<u8, ValueError> {
    match value {
        Value::Tuple(bounds) if bounds.len() == 2 => {
            let mut flags = LOWER_INCLUDED;
            let mut is_upper = false;
            bounds.each_item(&mut |bound| {
                if let Value::Null = bound {
                    flags |= if is_upper { NO_UPPER } else { NO_LOWER };
                }
                write_bound(std::mem::replace(&mut is_upper, true), bound)
            })?;
            Ok(flags)
        }
        Value::Range(range) => range_parts(*range, write_bound),
        Value::Str(text) => text_parts(text, write_bound),
        _ => Err(VALUE),
    }
}

fn range_parts(
    range: &dyn Container,
    mut write_bound: impl FnMut(bool, &Value<'_>) -> Result<(), ValueError>,
) -> Result<u8, ValueError> {
    let is = |name: &str| {
        let mut is_true = false;
        range.with_entry(name, &mut |value| {
            is_true = matches!(value, Value::Bool(true));
            Ok(())
        })?;
        Ok(is_true)
    };
    if is("isempty")? {
        return Ok(EMPTY);
    }
    let mut flags = 0;
    for (is_upper, name, included, included_flag, none_flag) in [
        (false, "lower", "lower_inc", LOWER_INCLUDED, NO_LOWER),
        (true, "upper", "upper_inc", UPPER_INCLUDED, NO_UPPER),
    ] {
        let mut has_bound = false;
        range.with_entry(name, &mut |bound| {
            has_bound = !matches!(bound, Value::Null);
            write_bound(is_upper, bound)
        })?;
        flags |= if !has_bound {
            none_flag
        } else if is(included)? {
            included_flag
        } else {
            0
        };
    }
    Ok(flags)
}

fn text_parts(
    text: &str,
    mut write_bound: impl FnMut(bool, &Value<'_>) -> Result<(), ValueError>,
) -> Result<u8, ValueError> {
    let text = text.trim_matches(is_space);
    if text.eq_ignore_ascii_case("empty") {
        return Ok(EMPTY);
    }
    let mut flags = match text.as_bytes() {
        [b'[', .., b')'] => LOWER_INCLUDED,
        [b'(', .., b']'] => UPPER_INCLUDED,
        [b'[', .., b']'] => LOWER_INCLUDED | UPPER_INCLUDED,
        [b'(', .., b')'] => 0,
        _ => return Err(TEXT),
    };
    // Brackets are one byte each, and there are two.
    let mut rest = text.get(1..text.len() - 1).ok_or(TEXT)?.chars();
    let (lower, is_last) = bound(&mut rest)?;
    if is_last {
        return Err(TEXT);
    }
    let (upper, is_last) = bound(&mut rest)?;
    if !is_last {
        return Err(TEXT);
    }
    for (is_upper, text, flag) in [(false, lower, NO_LOWER), (true, upper, NO_UPPER)] {
        if text.is_none() {
            flags |= flag;
        }
        write_bound(is_upper, &text.as_deref().map_or(Value::Null, Value::Str))?;
    }
    Ok(flags)
}

/// Read a bound up to the comma behind it, or to the end: `None` where nothing stands.
fn bound(rest: &mut std::str::Chars<'_>) -> Result<(Option<String>, bool), ValueError> {
    let mut text = String::new();
    let (mut is_there, mut is_quoted) = (false, false);
    while let Some(next) = rest.next() {
        match next {
            ',' if !is_quoted => return Ok((is_there.then_some(text), false)),
            '[' | ']' | '(' | ')' if !is_quoted => return Err(TEXT),
            '\\' => text.push(rest.next().ok_or(TEXT)?),
            '"' if is_quoted && rest.as_str().starts_with('"') => {
                rest.next();
                text.push('"');
            }
            '"' => is_quoted = !is_quoted,
            other => text.push(other),
        }
        is_there = true;
    }
    if is_quoted { Err(TEXT) } else { Ok((is_there.then_some(text), true)) }
}

/// Append the send format of a range.
pub fn write_binary(subtype: &Encoder, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    out.push(0);
    let flags = parts(value, |_, bound| match bound {
        Value::Null => Ok(()),
        bound => subtype.write_field(bound, out),
    })?;
    out[start] = flags;
    Ok(())
}

/// Append the characters that `range_in` reads.
pub fn write_text(subtype: &Encoder, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    out.push(b'[');
    let mut text = Vec::new();
    let flags = parts(value, |is_upper, bound| {
        if is_upper {
            out.push(b',');
        }
        if let Value::Null = bound {
            return Ok(());
        }
        text.clear();
        subtype.write_text(bound, &mut text)?;
        quote(&text, out);
        Ok(())
    })?;
    if flags & EMPTY != 0 {
        out.truncate(start);
        out.extend_from_slice(b"empty");
        return Ok(());
    }
    if flags & LOWER_INCLUDED == 0 {
        out[start] = b'(';
    }
    out.push(if flags & UPPER_INCLUDED == 0 { b')' } else { b']' });
    Ok(())
}

/// Append the send format of a multirange.
pub fn write_multirange_binary(
    subtype: &Encoder,
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut count = 0u32;
    each_range(value, &mut |range| {
        count += 1;
        let at = begin_field(out);
        write_binary(subtype, range, out)?;
        end_field(out, at).ok_or(LARGE)
    })?;
    out[start..start + 4].copy_from_slice(&count.to_be_bytes());
    Ok(())
}

/// Append the characters that `multirange_in` reads.
pub fn write_multirange_text(
    subtype: &Encoder,
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    out.push(b'{');
    let mut is_first = true;
    each_range(value, &mut |range| {
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        write_text(subtype, range, out)
    })?;
    out.push(b'}');
    Ok(())
}

fn each_range(
    value: &Value<'_>,
    use_range: &mut dyn FnMut(&Value<'_>) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    match value {
        Value::List(ranges) | Value::Tuple(ranges) => ranges.each_item(use_range),
        Value::Str(text) => {
            let inner = text
                .trim_matches(is_space)
                .strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'))
                .ok_or(TEXT)?;
            let mut rest = inner.trim_matches(is_space);
            while !rest.is_empty() {
                let end = range_end(rest).ok_or(TEXT)?;
                let (range, behind) = rest.split_at_checked(end).ok_or(TEXT)?;
                use_range(&Value::Str(range))?;
                rest = behind.trim_start_matches(is_space);
                rest = match rest.strip_prefix(',').map(|behind| behind.trim_start_matches(is_space)) {
                    Some(behind) if !behind.is_empty() => behind,
                    None if rest.is_empty() => rest,
                    _ => return Err(TEXT),
                };
            }
            Ok(())
        }
        _ => Err(RANGES),
    }
}

/// Bytes up to the end of the first range of a text.
fn range_end(text: &str) -> Option<usize> {
    if text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
        return Some(5);
    }
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b')' | b']' if !is_quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}
