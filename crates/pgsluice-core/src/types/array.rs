//! Arrays: a container around an element type that the catalog names.
//!
//! | offset | bytes | meaning                                             |
//! |--------|-------|-----------------------------------------------------|
//! | 0      | 4     | dimensions d, 0 for an empty array, 6 at most       |
//! | 4      | 4     | flags: 1 if an element may be NULL                  |
//! | 8      | 4     | OID of the element type                             |
//! | 12     | 8 d   | for each dimension its length and its lower bound   |
//! | then   |       | for each element its length (-1 = NULL) and bytes   |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/arrayfuncs.c` `array_send`, `ReadArrayBinary`.

use crate::error::ValueError;
use crate::masks::Masked;
use crate::row::{Field, begin_field, end_field};

const CUT: ValueError = ValueError::new("expected a whole array, found its bytes cut short");
const LONG: ValueError = ValueError::new("expected the end of the array, found more bytes");
const DIMENSIONS: ValueError = ValueError::new("expected an array of 0 to 6 dimensions of lengths from 0 up");
const FLAGS: ValueError = ValueError::new("expected array flags 0 or 1, found others");
const TOO_LARGE: ValueError = ValueError::new("expected an array below 1 GiB, found a larger one");

/// `MAXDIM` of `src/include/utils/array.h`.
const DIMENSIONS_MAX: u32 = 6;

/// An array's dimensions and elements, borrowed.
pub struct Elements<'a> {
    /// Length and lower bound of each dimension, outermost first.
    pub dimensions: Vec<(i32, i32)>,
    rest: &'a [u8],
    left: u64,
}

impl<'a> Elements<'a> {
    /// Read the head of an array.
    ///
    /// # Errors
    /// If it is not one.
    pub fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut rest = value;
        let count = u32::from_be_bytes(take(&mut rest)?);
        let flags = u32::from_be_bytes(take(&mut rest)?);
        let _element_oid: [u8; 4] = take(&mut rest)?;
        if count > DIMENSIONS_MAX {
            return Err(DIMENSIONS);
        }
        if flags > 1 {
            return Err(FLAGS);
        }
        let mut dimensions = Vec::with_capacity(count as usize);
        let mut left = u64::from(count > 0);
        for _ in 0..count {
            let length = i32::from_be_bytes(take(&mut rest)?);
            let lower = i32::from_be_bytes(take(&mut rest)?);
            left = u64::try_from(length).ok().and_then(|n| left.checked_mul(n)).ok_or(DIMENSIONS)?;
            dimensions.push((length, lower));
        }
        Ok(Self { dimensions, rest, left })
    }

    /// The next element, `None` after the last.
    ///
    /// # Errors
    /// If its length does not fit the bytes, or bytes follow the last one.
    pub fn next_element(&mut self) -> Result<Option<Field<'a>>, ValueError> {
        if self.left == 0 {
            return if self.rest.is_empty() { Ok(None) } else { Err(LONG) };
        }
        self.left -= 1;
        let length = i32::from_be_bytes(take(&mut self.rest)?);
        if length == -1 {
            return Ok(Some(None));
        }
        let length = usize::try_from(length).map_err(|_| CUT)?;
        let (element, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
        self.rest = rest;
        Ok(Some(Some(element)))
    }
}

/// Copy an array with each element that is not NULL replaced by what `mask` appends.
///
/// # Errors
/// If the bytes are no array, or `mask` fails on an element.
pub fn map_elements(
    value: &[u8],
    out: &mut Vec<u8>,
    mut mask: impl FnMut(&[u8], &mut Vec<u8>) -> Result<Masked, ValueError>,
) -> Result<(), ValueError> {
    let mut elements = Elements::read(value)?;
    let start = out.len();
    let head = value.len() - elements.rest.len();
    out.extend_from_slice(&value[..head]);
    while let Some(element) = elements.next_element()? {
        let masked = match element {
            None => Masked::Null,
            Some(element) => {
                let at = begin_field(out);
                let masked = mask(element, out)?;
                if masked == Masked::Value {
                    end_field(out, at).ok_or(TOO_LARGE)?;
                } else {
                    out.truncate(at - 4);
                }
                masked
            }
        };
        if masked == Masked::Null {
            out.extend_from_slice(&(-1i32).to_be_bytes());
            // The flag may say so though no element is NULL, never the other way round.
            out[start + 7] = 1;
        }
    }
    Ok(())
}

/// Append the array as `array_out` writes it, elements by `to_text`.
///
/// # Errors
/// If the bytes are no array, or an element is not of its type.
pub fn to_text(
    value: &[u8],
    out: &mut Vec<u8>,
    element_to_text: fn(&[u8], &mut Vec<u8>) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    let mut elements = Elements::read(value)?;
    let dimensions = elements.dimensions.clone();
    if elements.left == 0 {
        elements.next_element()?;
        out.extend_from_slice(b"{}");
        return Ok(());
    }
    if dimensions.iter().any(|&(_, lower)| lower != 1) {
        for (length, lower) in &dimensions {
            let upper = i64::from(*lower) + i64::from(*length) - 1;
            out.extend_from_slice(format!("[{lower}:{upper}]").as_bytes());
        }
        out.push(b'=');
    }
    // Elements below one entry of each dimension, outermost first.
    let mut spans: Vec<u64> = vec![1; dimensions.len()];
    for at in (0..dimensions.len()).rev() {
        let inner = spans.get(at + 1).copied().unwrap_or(1);
        spans[at] = inner.saturating_mul(u64::try_from(dimensions[at].0).unwrap_or(0));
    }
    let mut ordinal = 0u64;
    let mut text = Vec::new();
    while let Some(element) = elements.next_element()? {
        let opened = spans.iter().filter(|&&span| ordinal.is_multiple_of(span)).count();
        if ordinal > 0 {
            out.push(b',');
        }
        out.resize(out.len() + opened, b'{');
        match element {
            None => out.extend_from_slice(b"NULL"),
            Some(element) => {
                text.clear();
                element_to_text(element, &mut text)?;
                quote(&text, out);
            }
        }
        ordinal += 1;
        let closed = spans.iter().filter(|&&span| ordinal.is_multiple_of(span)).count();
        out.resize(out.len() + closed, b'}');
    }
    Ok(())
}

/// Quote always: an element that needs no quotes may have them.
pub(crate) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], ValueError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(CUT)?;
    *rest = tail;
    Ok(*head)
}
