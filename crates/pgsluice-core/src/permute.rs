//! Keyed permutations of small sets: what makes a mask of integers, digits or UUIDs bijective.
//!
//! An alternating Feistel network over w bits, round function `SipHash`-2-4 under a subkey,
//! cycle-walked into `0..count` (Black and Rogaway, "Ciphers with Arbitrary Finite Domains",
//! CT-RSA 2002). It is a permutation whatever the rounds do; they only make it look random.
//!
//! | part     | exactly                                                                                  |
//! |----------|------------------------------------------------------------------------------------------|
//! | w        | bits of count - 1, at least 2                                                            |
//! | halves   | `low`, the w / 2 low bits (rounded down), and `high`, the rest                           |
//! | rounds   | 20 if w is at most 16, else 10; even ones (the first is 0): `high ^= F(low)`, odd ones: `low ^= F(high)` |
//! | F(half)  | as many low bits as the other half has of `SipHash`-2-4 of round (1 byte), half (8) and tweak (8), little-endian |
//! | key of F | the first 16 bytes of the subkey's block of `siphash`                                    |
//! | walk     | all rounds again, with the same tweak, until the result is below count                   |

use siphasher::sip::SipHasher24;

use crate::key::Prf;

/// Ten rounds, as many as FF1 has, where a half has eight bits or more.
const ROUNDS: u8 = 10;
/// Small halves mix slowly; twice the ten costs little on values this short.
const ROUNDS_SMALL: u8 = 20;
const SMALL_BITS: u32 = 16;

/// A permutation of `0..count`, one for each tweak.
#[derive(Clone)]
pub struct Permutation {
    hasher: SipHasher24,
    count: u128,
    bits_low: u32,
    bits_high: u32,
}

impl Permutation {
    /// Make the permutation of `0..count` that belongs to `prf`; a count of 0 means 2^128.
    #[must_use]
    pub fn new(prf: &Prf, count: u128) -> Self {
        Self::with_hasher(SipHasher24::new_with_key(&prf.sip_key()), count)
    }

    /// The permutation of another count that belongs to the same function: as `new`, without deriving the key again,
    /// for sets whose size only the value tells.
    #[must_use]
    pub fn resized(&self, count: u128) -> Self {
        Self::with_hasher(self.hasher, count)
    }

    fn with_hasher(hasher: SipHasher24, count: u128) -> Self {
        let bits = count.wrapping_sub(1).checked_ilog2().map_or(0, |highest| highest + 1).max(2);
        let bits_low = bits / 2;
        Self { hasher, count, bits_low, bits_high: bits - bits_low }
    }

    /// The image of `value`, which is below `count`; values that are not stay as they are.
    #[must_use]
    pub fn apply(&self, value: u128, tweak: u64) -> u128 {
        if self.count != 0 && value >= self.count {
            return value;
        }
        let mut image = self.rounds(value, tweak);
        // At most half of the network's domain lies outside, so this ends after two walks on average,
        // and it always ends: the cycle that holds `value` leads back into the set.
        while self.count != 0 && image >= self.count {
            image = self.rounds(image, tweak);
        }
        image
    }

    fn rounds(&self, value: u128, tweak: u64) -> u128 {
        let mask_low = u64::MAX >> (64 - self.bits_low);
        let mask_high = u64::MAX >> (64 - self.bits_high);
        let low_part = value & u128::from(mask_low);
        let mut low = u64::try_from(low_part).unwrap_or(u64::MAX);
        let mut high = u64::try_from((value >> self.bits_low) & u128::from(mask_high)).unwrap_or(u64::MAX);
        let rounds = if self.bits_low + self.bits_high <= SMALL_BITS { ROUNDS_SMALL } else { ROUNDS };
        for round in 0..rounds {
            if round % 2 == 0 {
                high ^= self.round(round, low, tweak) & mask_high;
            } else {
                low ^= self.round(round, high, tweak) & mask_low;
            }
        }
        (u128::from(high) << self.bits_low) | u128::from(low)
    }

    /// `SipHash` of 17 bytes: round number, half and tweak, little-endian.
    fn round(&self, round: u8, half: u64, tweak: u64) -> u64 {
        let mut input = [0u8; 17];
        input[0] = round;
        input[1..9].copy_from_slice(&half.to_le_bytes());
        input[9..].copy_from_slice(&tweak.to_le_bytes());
        self.hasher.hash(&input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_set_is_permuted() {
        let prf = Prf::new([7; 32]);
        for count in (1..130).chain([255, 256, 257, 1000, 32_768, 65_535]) {
            let permutation = Permutation::new(&prf, count);
            let mut images: Vec<u128> = (0..count).map(|value| permutation.apply(value, 3)).collect();
            images.sort_unstable();
            assert!(images.iter().copied().eq(0..count), "0..{count}");
            let resized = Permutation::new(&prf, 9).resized(count);
            assert_eq!(permutation.apply(count / 2, 3), resized.apply(count / 2, 3));
        }
    }

    #[test]
    fn tweaks_and_keys_give_other_permutations() {
        let one = Permutation::new(&Prf::new([1; 32]), 1 << 31);
        let two = Permutation::new(&Prf::new([2; 32]), 1 << 31);
        let same = (0..1000).filter(|&value| one.apply(value, 0) == two.apply(value, 0)).count();
        let same_tweak = (0..1000).filter(|&value| one.apply(value, 0) == one.apply(value, 1)).count();
        assert_eq!((0, 0), (same, same_tweak));
    }

    #[test]
    fn wide_sets_keep_values_apart() {
        let permutation = Permutation::new(&Prf::new([1; 32]), 0);
        let mut images: Vec<u128> = (0..10_000).map(|value| permutation.apply(value << 60, 0)).collect();
        images.sort_unstable();
        images.dedup();
        assert_eq!(10_000, images.len());
    }
}
