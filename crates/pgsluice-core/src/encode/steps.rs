//! Which steps of a scale a column's values fall on: what a writer asks to know the partitions of its rows.

use std::collections::BTreeSet;

use super::key::KeyForm;
use super::rows::Rows;

impl Rows {
    /// The distinct quotients of a column's values by `step`, rounded down, and whether one of them is NULL.
    ///
    /// Values count in the unit of their send format: a number as it is, a date in days and a timestamp in
    /// microseconds since 2000-01-01, infinities as the ends of their scale. `None` for a column of another kind.
    #[must_use]
    pub fn steps(&self, ordinal: usize, step: i64) -> Option<(BTreeSet<i64>, bool)> {
        if step < 1 || self.column(ordinal)?.key != KeyForm::Signed {
            return None;
        }
        let mut found = BTreeSet::new();
        let mut has_null = false;
        let mut last = None;
        for row in 0..self.len() {
            let Some(field) = self.field(row, ordinal) else {
                has_null = true;
                continue;
            };
            let quotient = signed(field)?.div_euclid(step);
            // Rows mostly come in the order of time.
            if last != Some(quotient) {
                found.insert(quotient);
                last = Some(quotient);
            }
        }
        Some((found, has_null))
    }
}

/// A big-endian number of 2, 4 or 8 bytes.
fn signed(field: &[u8]) -> Option<i64> {
    match field.len() {
        2 => field.first_chunk().map(|bytes| i64::from(i16::from_be_bytes(*bytes))),
        4 => field.first_chunk().map(|bytes| i64::from(i32::from_be_bytes(*bytes))),
        8 => field.first_chunk().map(|bytes| i64::from_be_bytes(*bytes)),
        _ => None,
    }
}
