//! Counts the rows that differ: a second reading of the buckets whose sums are not equal, rows as hashes.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use super::layout::{Layout, RowHasher, Side};
use super::{Fingerprint, bucket_of, each_row};
use crate::batch::RawBatch;
use crate::error::RowError;
use crate::program::Program;
use crate::transform::NoFunctions;

/// How many rows differ, in the buckets that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Rows of the source that the target has not.
    pub missing: u64,
    /// Rows of the target that the source has not.
    pub extra: u64,
    /// Rows that both have and that are not equal.
    pub changed: u64,
    /// Of these, for each column.
    pub changed_in: Vec<u64>,
    /// Buckets that differ.
    pub buckets: u64,
    /// Of these, how many were looked at.
    pub buckets_counted: u64,
}

/// The rows of some buckets, as hashes.
pub struct Details {
    layout: Arc<Layout>,
    bucket_count: usize,
    buckets: Vec<u32>,
    different: u64,
    expected: Vec<u64>,
    found: Vec<u64>,
    /// Of the rows that were counted as missing or changed.
    different_keys: HashSet<[u64; 2]>,
}

impl Details {
    /// Prepare for the rows that are not equal in two fingerprints, with at most `bytes_max` of hashes a side.
    /// Where more rows differ, a share of the buckets is counted.
    #[must_use]
    pub fn new(expected: &Fingerprint, found: &Fingerprint, bytes_max: u64) -> Self {
        let mut buckets = expected.different_buckets(found);
        let different = buckets.len() as u64;
        let count = expected.buckets.len();
        let row_bytes = 8 * (2 + expected.layout.columns.len() as u64);
        let bucket_bytes = (expected.rows.max(found.rows) * row_bytes).div_ceil(count as u64).max(1);
        buckets.truncate(usize::try_from(bytes_max / bucket_bytes).unwrap_or(usize::MAX).max(1));
        Self {
            layout: Arc::clone(&expected.layout),
            bucket_count: count,
            buckets,
            different,
            expected: Vec::new(),
            found: Vec::new(),
            different_keys: HashSet::new(),
        }
    }

    /// Add a batch of the source's rows as the program masks them.
    ///
    /// # Errors
    /// On the first row a mask cannot work on.
    pub fn add_expected(&mut self, program: &Program, raw: &RawBatch) -> Result<(), RowError> {
        let masked = program.run(raw, &NoFunctions)?;
        let mut rows = std::mem::take(&mut self.expected);
        self.add(&masked.bytes, Side::Expected, &mut rows);
        self.expected = rows;
        Ok(())
    }

    /// Add a batch of the target's rows.
    pub fn add_found(&mut self, raw: &RawBatch) {
        let mut rows = std::mem::take(&mut self.found);
        self.add(raw.bytes(), Side::Found, &mut rows);
        self.found = rows;
    }

    fn add(&self, tuples: &[u8], side: Side, rows: &mut Vec<u64>) {
        let mut hasher = RowHasher::default();
        each_row(tuples, |row| {
            let (key, _) = hasher.row(&self.layout, side, |ordinal| row.field(ordinal));
            let bucket = u32::try_from(bucket_of(key, self.bucket_count)).unwrap_or(u32::MAX);
            if self.buckets.binary_search(&bucket).is_ok() {
                rows.extend([high(key), low(key)]);
                rows.extend(hasher.columns.iter().map(|hash| low(*hash)));
            }
        });
    }

    /// Count what differs, when all rows of both sides were added; their hashes are gone then.
    #[must_use]
    pub fn count(&mut self) -> Differences {
        let stride = 2 + self.layout.columns.len();
        let (expected_rows, found_rows) =
            (std::mem::take(&mut self.expected), std::mem::take(&mut self.found));
        let mut expected: Vec<&[u64]> = expected_rows.chunks_exact(stride).collect();
        let mut found: Vec<&[u64]> = found_rows.chunks_exact(stride).collect();
        expected.sort_unstable();
        found.sort_unstable();
        let mut counted = Differences {
            changed_in: vec![0; self.layout.columns.len()],
            buckets: self.different,
            buckets_counted: self.buckets.len() as u64,
            ..Differences::default()
        };
        let (mut expected, mut found) = (&expected[..], &found[..]);
        while let Some(key) = lower_key(expected, found) {
            let (ours, theirs);
            (ours, expected) = expected.split_at(expected.partition_point(|row| row[..2] <= *key));
            (theirs, found) = found.split_at(found.partition_point(|row| row[..2] <= *key));
            let different = count_key(ours, theirs, &mut counted);
            if different && let [high, low] = *key {
                self.different_keys.insert([high, low]);
            }
        }
        counted
    }

    /// How many of a batch's rows are among those of the source that were counted as missing or changed.
    ///
    /// # Errors
    /// On the first row a mask cannot work on.
    pub fn different_in(&self, program: &Program, raw: &RawBatch) -> Result<u64, RowError> {
        let masked = program.run(raw, &NoFunctions)?;
        let mut hasher = RowHasher::default();
        let mut count = 0;
        each_row(&masked.bytes, |row| {
            let (key, _) = hasher.row(&self.layout, Side::Expected, |ordinal| row.field(ordinal));
            count += u64::from(self.different_keys.contains(&[high(key), low(key)]));
        });
        Ok(count)
    }
}

fn lower_key<'a>(expected: &[&'a [u64]], found: &[&'a [u64]]) -> Option<&'a [u64]> {
    let keys = [expected.first(), found.first()];
    keys.into_iter().flatten().map(|row| &row[..2]).min()
}

/// Count the rows of one key, more than one on a side where no index keeps keys apart; tell whether some of ours
/// differ.
fn count_key(ours: &[&[u64]], theirs: &[&[u64]], counted: &mut Differences) -> bool {
    let (ours, theirs) = without_equal(ours, theirs);
    for (our, their) in ours.iter().zip(&theirs) {
        counted.changed += 1;
        for (at, (a, b)) in our[2..].iter().zip(&their[2..]).enumerate() {
            counted.changed_in[at] += u64::from(a != b);
        }
    }
    counted.missing += ours.len().saturating_sub(theirs.len()) as u64;
    counted.extra += theirs.len().saturating_sub(ours.len()) as u64;
    !ours.is_empty()
}

/// Take away the rows that both have, as often as both have them; both are sorted.
fn without_equal<'a>(ours: &[&'a [u64]], theirs: &[&'a [u64]]) -> (Vec<&'a [u64]>, Vec<&'a [u64]>) {
    let (mut our, mut their) = (0, 0);
    let (mut only_ours, mut only_theirs) = (Vec::new(), Vec::new());
    while our < ours.len() && their < theirs.len() {
        match ours[our].cmp(theirs[their]) {
            Ordering::Equal => (our, their) = (our + 1, their + 1),
            Ordering::Less => {
                only_ours.push(ours[our]);
                our += 1;
            }
            Ordering::Greater => {
                only_theirs.push(theirs[their]);
                their += 1;
            }
        }
    }
    only_ours.extend_from_slice(&ours[our..]);
    only_theirs.extend_from_slice(&theirs[their..]);
    (only_ours, only_theirs)
}

fn high(hash: u128) -> u64 {
    low(hash >> 64)
}

fn low(hash: u128) -> u64 {
    u64::try_from(hash & u128::from(u64::MAX)).unwrap_or(0)
}
