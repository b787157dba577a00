//! A run of tuples without header and trailer, and what is known of it.

use crate::buffer::Buffer;

/// Tuples as they came from a source. Wiped when dropped: they are not masked yet.
pub struct RawBatch {
    bytes: Buffer,
    rows: u64,
    last_tuple_start: usize,
}

impl RawBatch {
    /// Take `rows` whole tuples, the last of which begins at `last_tuple_start`.
    #[must_use]
    pub fn new(bytes: impl Into<Buffer>, rows: u64, last_tuple_start: usize) -> Self {
        Self { bytes: bytes.into(), rows, last_tuple_start }
    }

    /// The last tuple; empty where there is none.
    #[must_use]
    pub fn last_tuple(&self) -> &[u8] {
        self.bytes.get(self.last_tuple_start..).unwrap_or_default()
    }

    /// The tuples, one after the other.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many tuples.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

/// No value in a debug print, whatever prints it.
impl std::fmt::Debug for RawBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawBatch")
            .field("rows", &self.rows)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A transformed batch, ready for a target.
pub struct Batch {
    /// Tuples, or lines of text COPY: what goes between header and trailer.
    pub bytes: Buffer,
    /// How many rows.
    pub rows: u64,
    /// Sum of the source rows' hashes, see [`crate::digest`].
    pub digest: u128,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("rows", &self.rows)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
