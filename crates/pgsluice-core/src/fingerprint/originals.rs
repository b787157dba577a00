//! The originals that must not appear on the target: keyed hashes of the spellings of every value that is masked.
//!
//! At most so many hashes are held. Where there are more, they are looked for in parts: those whose lowest bits are
//! the part's number, each part with a reading of its own.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::key::MasterKey;

/// The values are hashes already.
#[derive(Default)]
pub struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type Hashes = HashSet<u64, BuildHasherDefault<AsIs>>;

/// The hashes of one part.
#[derive(Default)]
pub struct Part {
    hashes: Hashes,
    /// 2^bits parts in all.
    bits: u32,
    number: u64,
}

impl Part {
    /// Whether there is no original.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether a hash is one of an original.
    #[must_use]
    pub fn contains(&self, hash: u64) -> bool {
        self.is_in(hash) && self.hashes.contains(&hash)
    }

    fn is_in(&self, hash: u64) -> bool {
        hash & ((1 << self.bits) - 1) == self.number
    }
}

/// The originals of a whole database; several threads add and look at once.
pub struct Originals {
    /// Of the hashes.
    pub seed: u64,
    hashes_max: usize,
    part: RwLock<Part>,
}

impl Originals {
    /// Hold at most `hashes_max` at once, in the first part.
    #[must_use]
    pub fn new(key: &MasterKey, hashes_max: usize) -> Self {
        let subkey = key.subkey("verify", "originals");
        let seed = u64::from_le_bytes(*subkey.first_chunk().expect("a subkey has 32 bytes"));
        Self { seed, hashes_max: hashes_max.max(1), part: RwLock::default() }
    }

    /// Add the hashes of a batch; where they become too many, there are twice as many parts from here on.
    pub fn add(&self, hashes: &[u64]) {
        let mut part = self.write();
        for &hash in hashes {
            if part.is_in(hash) {
                part.hashes.insert(hash);
            }
            // The first part alone tells how many there must be; the others are of one size with it.
            while part.number == 0 && part.hashes.len() > self.hashes_max && part.bits < u64::BITS - 1 {
                part.bits += 1;
                let (bits, number) = (part.bits, part.number);
                part.hashes.retain(|hash| hash & ((1 << bits) - 1) == number);
            }
        }
    }

    /// Begin another part: from now on its hashes are added and looked for.
    pub fn begin_part(&self, number: u64) {
        let mut part = self.write();
        part.number = number;
        part.hashes.clear();
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> u64 {
        1 << self.read().bits
    }

    /// How many hashes this part has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.read().hashes.len()
    }

    /// Look into the part; nobody adds to it meanwhile.
    pub fn read(&self) -> RwLockReadGuard<'_, Part> {
        self.part.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Part> {
        self.part.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn originals(hashes_max: usize) -> Originals {
        let bytes = std::array::from_fn(|i| u8::try_from(i * 7).expect("below 256"));
        Originals::new(&MasterKey::new(&bytes).expect("32 different bytes"), hashes_max)
    }

    fn some_hashes() -> Vec<u64> {
        (0..1000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
    }

    #[test]
    fn what_was_added_is_found_and_nothing_else() {
        let originals = originals(10_000);

        originals.add(&some_hashes());
        originals.add(&some_hashes());

        assert_eq!((1, 1000), (originals.parts(), originals.count()));
        assert!(some_hashes().iter().all(|hash| originals.read().contains(*hash)));
        assert!(!originals.read().contains(1));
    }

    #[test]
    fn too_many_are_looked_for_in_parts_and_none_is_lost() {
        let originals = originals(100);
        originals.add(&some_hashes());
        let parts = originals.parts();
        let mut found = 0;

        for number in 0..parts {
            if number > 0 {
                originals.begin_part(number);
                originals.add(&some_hashes());
            }
            found += some_hashes().iter().filter(|hash| originals.read().contains(**hash)).count();
            assert!(number > 0 || originals.count() <= 100);
        }

        assert!(parts >= 10);
        assert_eq!(1000, found);
    }
}
