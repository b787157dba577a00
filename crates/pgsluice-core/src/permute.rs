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

use crate::key::Prf;

/// Ten rounds, as many as FF1 has, where a half has eight bits or more.
const ROUNDS: u8 = 10;
/// Small halves mix slowly; twice the ten costs little on values this short.
const ROUNDS_SMALL: u8 = 20;
const SMALL_BITS: u32 = 16;

/// A permutation of `0..count`, one for each tweak.
#[derive(Clone)]
pub struct Permutation {
    start: SipState,
    count: u128,
    bits_low: u32,
    bits_high: u32,
}

impl Permutation {
    /// Make the permutation of `0..count` that belongs to `prf`; a count of 0 means 2^128.
    #[must_use]
    pub fn new(prf: &Prf, count: u128) -> Self {
        Self::with_start(SipState::new(&prf.sip_key()), count)
    }

    /// The permutation of another count that belongs to the same function: as `new`, without deriving the key again,
    /// for sets whose size only the value tells.
    #[must_use]
    pub fn resized(&self, count: u128) -> Self {
        Self::with_start(self.start, count)
    }

    fn with_start(start: SipState, count: u128) -> Self {
        let bits = count.wrapping_sub(1).checked_ilog2().map_or(0, |highest| highest + 1).max(2);
        let bits_low = bits / 2;
        Self { start, count, bits_low, bits_high: bits - bits_low }
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
    #[inline]
    fn round(&self, round: u8, half: u64, tweak: u64) -> u64 {
        self.start.hash_17(u64::from(round) | half << 8, half >> 56 | tweak << 8, tweak >> 56)
    }
}

/// `SipHash`-2-4 (Aumasson and Bernstein, 2012) of a message that is always 17 bytes: without the lengths, the loop
/// and the tail of a general one it takes half the time, and the rounds of a permutation are nothing else.
#[derive(Clone, Copy)]
struct SipState([u64; 4]);

const MESSAGE_BYTES: u64 = 17;

impl SipState {
    /// The state under a key, before any byte of a message.
    fn new(key: &[u8; 16]) -> Self {
        let number = u128::from_le_bytes(*key);
        let low = u64::try_from(number & u128::from(u64::MAX)).expect("64 bits are left");
        let high = u64::try_from(number >> 64).expect("64 bits are left");
        Self([
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ])
    }

    /// Hash 17 bytes: two little-endian words and the last byte.
    #[inline]
    fn hash_17(mut self, first: u64, second: u64, last: u64) -> u64 {
        for word in [first, second, last | MESSAGE_BYTES << 56] {
            self.0[3] ^= word;
            self.mix();
            self.mix();
            self.0[0] ^= word;
        }
        self.0[2] ^= 0xff;
        for _ in 0..4 {
            self.mix();
        }
        let [a, b, c, d] = self.0;
        a ^ b ^ c ^ d
    }

    #[inline]
    fn mix(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32).wrapping_add(d);
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        d = d.rotate_left(21) ^ a;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
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
    fn seventeen_bytes_are_hashed_as_by_the_siphasher_crate() {
        let key: [u8; 16] = std::array::from_fn(|at| u8::try_from(at * 7 % 256).expect("a byte"));
        let reference = siphasher::sip::SipHasher24::new_with_key(&key);
        for seed in 0..1000u64 {
            let first = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let second = first.rotate_left(29) ^ seed;
            let last = first >> 56;

            let message =
                [&first.to_le_bytes()[..], &second.to_le_bytes(), &[last.to_le_bytes()[0]]].concat();

            assert_eq!(reference.hash(&message), SipState::new(&key).hash_17(first, second, last));
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
