//! Tells whether two sets of rows are equal, and how many differ, without keeping a row: order-free sums of keyed hashes.
//!
//! Per column and per bucket of rows (by the hash of what tells rows apart) there is a sum modulo 2^128 of the hashes
//! of its values or rows. A column whose sums are equal on both sides holds the same values; if all buckets are equal
//! too, they stand in the same rows. Hashes and sums never leave the process.

use std::sync::Arc;

use crate::batch::RawBatch;
use crate::error::RowError;
use crate::program::Program;
use crate::row::{Row, tuples};
use crate::transform::NoFunctions;

pub mod details;
pub mod document;
pub mod form;
pub mod layout;
pub mod originals;
pub mod spelling;
#[cfg(test)]
mod tests;

use layout::{Layout, RowHasher, Side};
use originals::Originals;
use spelling::{Speller, Texts};

/// 1 MiB of sums for a large table; 65,536 rows that differ are still told apart from the others.
const BUCKETS_MAX: usize = 1 << 16;
/// A bucket for about so many rows: a table of few rows needs no megabyte.
const BUCKET_ROWS: u64 = 16;

/// What is known of one column on one side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColumnSums {
    sum: u128,
    /// Values that are NULL.
    pub nulls: u64,
    /// Values that the source has and that are the same after masking.
    pub unchanged: u64,
    /// Values that the source has.
    pub originals: u64,
}

/// How often originals were found in one searched field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hits {
    /// Values that are an original.
    pub whole: u64,
    /// Words, numbers, elements and strings within values that are one.
    pub inside: u64,
}

/// The sums of one side of a table.
pub struct Fingerprint {
    layout: Arc<Layout>,
    rows: u64,
    columns: Vec<ColumnSums>,
    buckets: Vec<u128>,
    hits: Vec<Hits>,
}

impl Fingerprint {
    /// Begin with no row.
    #[must_use]
    pub fn new(layout: Arc<Layout>) -> Self {
        Self {
            rows: 0,
            columns: vec![ColumnSums::default(); layout.columns.len()],
            buckets: vec![0; BUCKETS_MAX],
            hits: vec![Hits::default(); layout.searched.len()],
            layout,
        }
    }

    /// Begin the other side of the same table, with as many buckets.
    #[must_use]
    pub fn other_side(&self) -> Self {
        Self { buckets: vec![0; self.buckets.len()], ..Self::new(Arc::clone(&self.layout)) }
    }

    /// Add a batch of the source's rows as the program masks them.
    ///
    /// # Errors
    /// On the first row a mask cannot work on.
    pub fn add_expected(&mut self, program: &Program, raw: &RawBatch) -> Result<(), RowError> {
        let layout = Arc::clone(&self.layout);
        let mut hasher = RowHasher::default();
        let masked = program.run(raw, &NoFunctions)?;
        each_pair(raw.bytes(), &masked.bytes, |before, after| {
            let (key, hash) = hasher.row(&layout, Side::Expected, |ordinal| after.field(ordinal));
            self.add(key, hash, &hasher.columns, |ordinal| {
                after.field(layout.columns[ordinal].expected).is_none()
            });
            for (at, column) in layout.columns.iter().enumerate().filter(|(_, column)| column.is_masked) {
                let original = before.field(column.source);
                if original.is_some() {
                    self.columns[at].originals += 1;
                    let masked = hasher.columns[at];
                    let is_same = masked == hasher.value(column, Side::Expected, original);
                    self.columns[at].unchanged += u64::from(is_same);
                }
            }
        });
        Ok(())
    }

    /// Add a batch of the target's rows, and look for originals in it.
    pub fn add_found(&mut self, raw: &RawBatch, originals: &Originals) {
        let layout = Arc::clone(&self.layout);
        let mut hasher = RowHasher::default();
        each_row(raw.bytes(), |row| {
            let (key, hash) = hasher.row(&layout, Side::Found, |ordinal| row.field(ordinal));
            self.add(key, hash, &hasher.columns, |ordinal| {
                row.field(layout.columns[ordinal].found).is_none()
            });
        });
        self.search_found(raw, originals);
    }

    /// Look for originals in a batch of the target's rows.
    pub fn search_found(&mut self, raw: &RawBatch, originals: &Originals) {
        let places = self.layout.searched.iter();
        let fields: Vec<_> = places.map(|place| Some((place.found, place.texts))).collect();
        search(raw.bytes(), &fields, originals, &mut self.hits);
    }

    /// Look for originals in a batch of the source's rows as the program masks them: what masks leave by themselves.
    ///
    /// # Errors
    /// On the first row a mask cannot work on.
    pub fn search_expected(
        &mut self,
        program: &Program,
        raw: &RawBatch,
        originals: &Originals,
    ) -> Result<(), RowError> {
        let fields: Vec<_> = self.layout.searched.iter().map(|place| place.expected).collect();
        search(&program.run(raw, &NoFunctions)?.bytes, &fields, originals, &mut self.hits);
        Ok(())
    }

    fn add(&mut self, key: u128, row: u128, hashes: &[u128], is_null: impl Fn(usize) -> bool) {
        self.rows += 1;
        let bucket = bucket_of(key, self.buckets.len());
        self.buckets[bucket] = self.buckets[bucket].wrapping_add(row);
        for (at, (sums, hash)) in self.columns.iter_mut().zip(hashes).enumerate() {
            sums.sum = sums.sum.wrapping_add(*hash);
            sums.nulls += u64::from(is_null(at));
        }
    }

    /// Keep as many buckets as the rows need: to be called when all rows of the first side were added.
    pub fn fold(&mut self) {
        while self.buckets.len() > 1 && self.rows / BUCKET_ROWS < self.buckets.len() as u64 {
            self.buckets = self.buckets.as_chunks::<2>().0.iter().map(|[a, b]| a.wrapping_add(*b)).collect();
        }
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What is known of each column.
    #[must_use]
    pub fn columns(&self) -> &[ColumnSums] {
        &self.columns
    }

    /// What was found in each searched field.
    #[must_use]
    pub fn hits(&self) -> &[Hits] {
        &self.hits
    }

    /// For each column whether both sides hold the same values.
    #[must_use]
    pub fn equal_columns(&self, other: &Self) -> Vec<bool> {
        self.columns
            .iter()
            .zip(&other.columns)
            .map(|(a, b)| self.rows == other.rows && a.sum == b.sum)
            .collect()
    }

    /// The buckets whose rows are not the same on both sides.
    #[must_use]
    pub fn different_buckets(&self, other: &Self) -> Vec<u32> {
        let pairs = self.buckets.iter().zip(&other.buckets);
        (0u32..).zip(pairs).filter(|(_, (a, b))| a != b).map(|(bucket, _)| bucket).collect()
    }
}

/// Add the spellings of a batch of source rows to the originals.
pub fn collect(layout: &Layout, raw: &RawBatch, originals: &Originals) {
    if layout.hidden.is_empty() {
        return;
    }
    let mut speller = Speller::new(originals.seed);
    let mut hashes = Vec::new();
    each_row(raw.bytes(), |row| {
        for place in &layout.hidden {
            if let Some(value) = row.field(place.source) {
                place.texts.of(value, |text| hashes.extend(speller.whole(text).into_iter().flatten()));
            }
        }
    });
    originals.add(&hashes);
}

fn search(rows: &[u8], fields: &[Option<(usize, Texts)>], originals: &Originals, hits: &mut [Hits]) {
    let part = originals.read();
    if part.is_empty() || fields.is_empty() {
        return;
    }
    // Hashed first and looked up then: lookups miss the caches, and side by side they wait together.
    let mut speller = Speller::new(originals.seed);
    let mut candidates = Vec::new();
    each_row(rows, |row| {
        for (slot, field) in fields.iter().enumerate() {
            let Some((ordinal, texts)) = *field else { continue };
            if let Some(value) = row.field(ordinal) {
                texts.of(value, |text| spell(text, texts, slot, &mut speller, &mut candidates));
            }
        }
    });
    let mut is_found = false;
    for candidate in candidates {
        let is_same_text = candidate.is_another_spelling && is_found;
        is_found = part.contains(candidate.hash) || is_same_text;
        if is_found && !is_same_text {
            let hits = &mut hits[candidate.slot];
            *(if candidate.is_whole { &mut hits.whole } else { &mut hits.inside }) += 1;
        }
    }
}

/// A spelling of a text of the target, or of a part of it.
struct Candidate {
    hash: u64,
    slot: usize,
    is_whole: bool,
    /// Of the same text as the one before, which counts once.
    is_another_spelling: bool,
}

fn spell(text: &[u8], texts: Texts, slot: usize, speller: &mut Speller, candidates: &mut Vec<Candidate>) {
    let is_whole = texts.is_whole();
    for (number, hash) in speller.whole(text).into_iter().flatten().enumerate() {
        candidates.push(Candidate { hash, slot, is_whole, is_another_spelling: number > 0 });
    }
    if texts.has_parts() {
        speller.parts(text, |hash| {
            candidates.push(Candidate { hash, slot, is_whole: false, is_another_spelling: false });
        });
    }
}

/// Which of `count` buckets (a power of two) a row belongs to: by the highest bits, so that two neighbours can be one.
fn bucket_of(key: u128, count: usize) -> usize {
    let high = u64::try_from(key >> 96).unwrap_or(0);
    usize::try_from(high >> (32 - count.trailing_zeros().min(32))).unwrap_or(0)
}

fn each_row(rows: &[u8], mut each: impl FnMut(&Row<'_>)) {
    let mut spans = Vec::new();
    for tuple in tuples(rows) {
        if let Some(row) = Row::read(tuple, &mut spans) {
            each(&row);
        }
    }
}

fn each_pair(before: &[u8], after: &[u8], mut each: impl FnMut(&Row<'_>, &Row<'_>)) {
    let (mut spans_before, mut spans_after) = (Vec::new(), Vec::new());
    for (before, after) in tuples(before).zip(tuples(after)) {
        if let (Some(before), Some(after)) =
            (Row::read(before, &mut spans_before), Row::read(after, &mut spans_after))
        {
            each(&before, &after);
        }
    }
}
