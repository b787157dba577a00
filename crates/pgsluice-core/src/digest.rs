//! An order-free fingerprint of rows: the sum, modulo 2^128, of a fast hash of each tuple.
//!
//! It is sealed with an HMAC before it leaves the process ([`crate::key::MasterKey::mac`]):
//! bare, a batch of one guessable row would give that row away.

use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Fingerprint of a set of rows; sums of disjoint sets are the fingerprint of their union.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    seed: u64,
    sum: u128,
}

impl Digest {
    /// Start with no rows; equal seeds give comparable digests.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, sum: 0 }
    }

    /// Add one tuple.
    pub fn add(&mut self, tuple: &[u8]) {
        self.sum = self.sum.wrapping_add(xxh3_128_with_seed(tuple, self.seed));
    }

    /// The sum so far.
    #[must_use]
    pub fn sum(&self) -> u128 {
        self.sum
    }
}
