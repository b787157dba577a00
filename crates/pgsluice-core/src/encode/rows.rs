//! Encoded rows with the places they had in the caller's input: sorted, cut, told apart, and given out.

use std::sync::Arc;

use super::spec::{Column, Columns};
use super::value::Value;
use crate::buffer::Buffer;
use crate::error::ValueError;
use crate::row::{Field, begin_field, end_field};

const NULL: ValueError = ValueError::new("expected a value, as the column is NOT NULL, found NULL");
const LARGE: ValueError = ValueError::new("expected a value below 1 GiB, found a larger one");

/// One long row at the start must not take memory for as many of them.
const RESERVED_BYTES_MAX: usize = 1 << 20;

/// OID of `int8`.
const INT8_OID: u32 = 20;

/// Tuples without header and trailer, wiped when they are dropped.
pub struct Rows {
    columns: Arc<Columns>,
    bytes: Buffer,
    /// Where each tuple begins.
    starts: Vec<usize>,
    positions: Vec<i64>,
}

/// No value in a debug print, whatever prints it.
impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("rows", &self.len())
            .field("bytes", &self.size_bytes())
            .finish_non_exhaustive()
    }
}

impl Rows {
    fn empty(columns: &Arc<Columns>) -> Self {
        Self {
            columns: Arc::clone(columns),
            bytes: Buffer::default(),
            starts: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Bytes of the tuples.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The place of each row in the caller's input.
    #[must_use]
    pub fn positions(&self) -> &[i64] {
        &self.positions
    }

    /// The column at `ordinal`.
    #[must_use]
    pub fn column(&self, ordinal: usize) -> Option<&Column> {
        self.columns.0.get(ordinal)
    }

    fn tuple(&self, row: usize) -> &[u8] {
        let start = self.starts.get(row).copied().unwrap_or(self.bytes.len());
        let end = self.starts.get(row + 1).copied().unwrap_or(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default()
    }

    pub(super) fn field(&self, row: usize, ordinal: usize) -> Field<'_> {
        let mut rest = self.tuple(row).get(2..)?;
        for _ in 0..ordinal {
            let (length, tail) = rest.split_first_chunk::<4>()?;
            rest = tail.get(usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0)..)?;
        }
        let (length, tail) = rest.split_first_chunk::<4>()?;
        tail.get(..usize::try_from(i32::from_be_bytes(*length)).ok()?)
    }

    /// The rows of these numbers, in their order.
    fn picked(&self, rows: impl ExactSizeIterator<Item = usize>) -> Self {
        let mut picked = Self::empty(&self.columns);
        picked.starts.reserve(rows.len());
        picked.positions.reserve(rows.len());
        picked.bytes.reserve(if rows.len() == self.len() { self.size_bytes() } else { 0 });
        for row in rows {
            picked.starts.push(picked.bytes.len());
            picked.bytes.extend_from_slice(self.tuple(row));
            picked.positions.extend(self.positions.get(row));
        }
        picked
    }

    /// The keys of all rows, one behind the other, and where each ends.
    fn keys(&self, ordinals: &[usize]) -> Keys {
        let mut bytes = Buffer::default();
        let mut ends = Vec::with_capacity(self.len());
        for row in 0..self.len() {
            for &ordinal in ordinals {
                if let Some(column) = self.column(ordinal) {
                    column.key.push(self.field(row, ordinal), &mut bytes);
                }
            }
            ends.push(bytes.len());
        }
        Keys { bytes, ends }
    }

    /// The rows in the order of their keys; those of one key as they came. `None` where they stand so already.
    #[must_use]
    pub fn sorted_by(&self, ordinals: &[usize]) -> Option<Self> {
        let order = self.keys(ordinals).order();
        let is_sorted = order.iter().enumerate().all(|(place, &row)| place == row);
        (!is_sorted).then(|| self.picked(order.into_iter()))
    }

    /// The rows of each key without all but the last, or the first; the rest as they stand, and the places of
    /// those left out. Rows with NULL in the key are no duplicates. `None` where there are none.
    #[must_use]
    pub fn deduplicated(&self, ordinals: &[usize], is_last_kept: bool) -> Option<(Self, Vec<i64>)> {
        let keys = self.keys(ordinals);
        let mut is_kept = vec![true; self.len()];
        let order = keys.order();
        for pair in order.windows(2) {
            if let [before, behind] = *pair
                && keys.key(before) == keys.key(behind)
                && !self.has_null(before, ordinals)
            {
                is_kept[if is_last_kept { before } else { behind }] = false;
            }
        }
        let of = |wanted: bool| -> Vec<usize> {
            is_kept.iter().enumerate().filter(|(_, kept)| **kept == wanted).map(|(row, _)| row).collect()
        };
        let dropped: Vec<i64> =
            of(false).into_iter().filter_map(|row| self.positions.get(row).copied()).collect();
        (!dropped.is_empty()).then(|| (self.picked(of(true).into_iter()), dropped))
    }

    /// Whether two rows have one key.
    #[must_use]
    pub fn has_duplicates(&self, ordinals: &[usize]) -> bool {
        let keys = self.keys(ordinals);
        keys.order().windows(2).any(|pair| {
            matches!(*pair, [before, behind]
                if keys.key(before) == keys.key(behind) && !self.has_null(before, ordinals))
        })
    }

    fn has_null(&self, row: usize, ordinals: &[usize]) -> bool {
        ordinals.iter().any(|&ordinal| self.field(row, ordinal).is_none())
    }

    /// The places of rows with NULL in one of these columns.
    #[must_use]
    pub fn null_positions(&self, ordinals: &[usize]) -> Vec<i64> {
        let rows = (0..self.len()).filter(|&row| self.has_null(row, ordinals));
        rows.filter_map(|row| self.positions.get(row).copied()).collect()
    }

    /// The rows from `start` up to `stop`, which is not among them.
    #[must_use]
    pub fn slice(&self, start: usize, stop: usize) -> Self {
        let stop = stop.min(self.len());
        self.picked(start.min(stop)..stop)
    }

    /// The rows but those of these numbers.
    #[must_use]
    pub fn without(&self, ordinals: &[usize]) -> Self {
        let mut is_kept = vec![true; self.len()];
        for &ordinal in ordinals {
            if let Some(kept) = is_kept.get_mut(ordinal) {
                *kept = false;
            }
        }
        let rows: Vec<usize> =
            is_kept.into_iter().enumerate().filter(|(_, kept)| *kept).map(|(row, _)| row).collect();
        self.picked(rows.into_iter())
    }

    /// The rows of several, one after the other; `None` for none, or for rows of different encoders.
    #[must_use]
    pub fn joined(parts: &[&Self]) -> Option<Self> {
        let first = parts.first()?;
        let mut joined = Self::empty(&first.columns);
        joined.bytes.reserve(parts.iter().map(|part| part.size_bytes()).sum());
        for part in parts {
            if !Arc::ptr_eq(&part.columns, &first.columns) {
                return None;
            }
            let base = joined.bytes.len();
            joined.starts.extend(part.starts.iter().map(|start| start + base));
            joined.bytes.extend_from_slice(&part.bytes);
            joined.positions.extend_from_slice(&part.positions);
        }
        Some(joined)
    }

    /// The tuples, one after the other.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The send format of a one-dimensional array of a column's values.
    #[must_use]
    pub fn array(&self, ordinal: usize) -> Option<Buffer> {
        let element_oid = self.column(ordinal)?.element_oid;
        let mut out = self.array_head(element_oid)?;
        for row in 0..self.len() {
            let field = self.field(row, ordinal);
            let length = field.map_or(Some(-1), |field| i32::try_from(field.len()).ok())?;
            out.extend_from_slice(&length.to_be_bytes());
            match field {
                Some(field) => out.extend_from_slice(field),
                // The flags' last byte, in the head.
                None => out[7] = 1,
            }
        }
        Some(out)
    }

    /// The send format of an `int8[]` of the rows' places.
    #[must_use]
    pub fn position_array(&self) -> Option<Buffer> {
        let mut out = self.array_head(INT8_OID)?;
        for position in &self.positions {
            out.extend_from_slice(&8i32.to_be_bytes());
            out.extend_from_slice(&position.to_be_bytes());
        }
        Some(out)
    }

    fn array_head(&self, element_oid: u32) -> Option<Buffer> {
        let mut out = Buffer::default();
        out.reserve(20 + self.len() * 12);
        out.extend_from_slice(&u32::from(!self.is_empty()).to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&element_oid.to_be_bytes());
        if !self.is_empty() {
            out.extend_from_slice(&i32::try_from(self.len()).ok()?.to_be_bytes());
            out.extend_from_slice(&1i32.to_be_bytes());
        }
        Some(out)
    }
}

struct Keys {
    bytes: Buffer,
    ends: Vec<usize>,
}

impl Keys {
    fn key(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).and_then(|row| self.ends.get(row)).copied().unwrap_or(0);
        self.ends.get(row).and_then(|&end| self.bytes.get(start..end)).unwrap_or_default()
    }

    /// Row numbers in the order of keys; those of one key in their own.
    ///
    /// The first bytes are beside the number: most keys are told apart without a look at the others.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<(u128, usize)> =
            (0..self.ends.len()).map(|row| (first_bytes(self.key(row)), row)).collect();
        order.sort_by(|left, right| {
            left.0.cmp(&right.0).then_with(|| self.key(left.1).cmp(self.key(right.1)))
        });
        order.into_iter().map(|(_, row)| row).collect()
    }
}

/// The first 16 bytes as a number that compares as they do, filled up with zeros.
fn first_bytes(key: &[u8]) -> u128 {
    let mut first = [0; 16];
    let length = key.len().min(first.len());
    first[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(first)
}

/// Puts rows together value by value; a row with a fault is left out.
pub struct RowsBuilder {
    rows: Rows,
    start: usize,
}

impl RowsBuilder {
    /// Begin with room for `rows` rows.
    #[must_use]
    pub fn new(columns: &Arc<Columns>, rows: usize) -> Self {
        let mut empty = Rows::empty(columns);
        empty.starts.reserve(rows);
        empty.positions.reserve(rows);
        Self { rows: empty, start: 0 }
    }

    /// Begin a row.
    pub fn begin_row(&mut self) {
        // Invariant: `Columns::compile` takes no more than 32,767.
        let count = i16::try_from(self.rows.columns.0.len()).unwrap_or(i16::MAX);
        self.start = self.rows.bytes.len();
        self.rows.bytes.extend_from_slice(&count.to_be_bytes());
    }

    /// Write the next value, of column `ordinal`.
    ///
    /// # Errors
    /// If it is none of the column's; the row must be given up then.
    pub fn field(&mut self, ordinal: usize, value: &Value<'_>) -> Result<(), ValueError> {
        let Rows { columns, bytes, .. } = &mut self.rows;
        // Invariant: callers go through the columns.
        let Some(column) = columns.0.get(ordinal) else { return Ok(()) };
        if let Value::Null = value {
            if column.is_not_null {
                return Err(NULL);
            }
            bytes.extend_from_slice(&(-1i32).to_be_bytes());
            return Ok(());
        }
        let at = begin_field(bytes);
        column.encoder.write(column.form, value, bytes)?;
        end_field(bytes, at).ok_or(LARGE)
    }

    /// Keep the row.
    pub fn end_row(&mut self, position: i64) {
        if self.rows.is_empty() {
            // The others will be about as long: a buffer that grows is copied again and again.
            let bytes = self.rows.bytes.len().saturating_mul(self.rows.starts.capacity());
            self.rows.bytes.reserve(bytes.min(RESERVED_BYTES_MAX));
        }
        self.rows.starts.push(self.start);
        self.rows.positions.push(position);
    }

    /// Leave the row out.
    pub fn give_up_row(&mut self) {
        let bytes = &mut self.rows.bytes;
        // What is wiped at the end reaches hardly beyond what is there then.
        bytes.iter_mut().skip(self.start).for_each(|byte| *byte = 0);
        bytes.truncate(self.start);
    }

    /// The rows that were kept.
    #[must_use]
    pub fn finish(self) -> Rows {
        self.rows
    }
}
