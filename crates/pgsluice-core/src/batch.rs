//! A run of tuples without header and trailer, and what is known of it.

use zeroize::Zeroize;

/// Tuples as they came from a source. Wiped when dropped: they are not masked yet.
pub struct RawBatch {
    bytes: Vec<u8>,
    rows: u64,
}

impl RawBatch {
    /// Take `rows` whole tuples.
    #[must_use]
    pub fn new(bytes: Vec<u8>, rows: u64) -> Self {
        Self { bytes, rows }
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

impl Drop for RawBatch {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// No value in a debug print, whatever prints it.
impl std::fmt::Debug for RawBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawBatch").field("rows", &self.rows).field("bytes", &self.bytes.len()).finish()
    }
}

/// A transformed batch, ready for a target.
pub struct Batch {
    /// Tuples, or lines of text COPY: what goes between header and trailer.
    pub bytes: Vec<u8>,
    /// How many rows.
    pub rows: u64,
    /// Sum of the source rows' hashes, see [`crate::digest`].
    pub digest: u128,
    /// The source's key fields of the last row, as one tuple; empty for tables without a key.
    pub last_key: Vec<u8>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.last_key.zeroize();
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("rows", &self.rows).field("bytes", &self.bytes.len()).finish()
    }
}
