//! FF1 (NIST SP 800-38G) with AES-256 on strings whose halves are 64-bit numbers: what the crate `fpe` computes,
//! without its allocations.

use aes::Aes256Enc;
use fpe::ff1::{FF1, NumeralString, Operations};

use crate::error::ValueError;

const NOT_NUMERALS: ValueError = ValueError::new("expected a million numeral strings or more, found fewer");

/// FF1 under one key and radix.
pub(super) struct Ff1 {
    cipher: FF1<Aes256Enc>,
    radix: u32,
    /// Numerals a half may have: their numbers stay within 64 bits.
    half_max: usize,
    /// Fewer numerals have less than the million strings that NIST SP 800-38G revision 1 demands.
    length_min: usize,
}

/// NIST SP 800-38G revision 1, second public draft, section 5: the least number of strings.
const DOMAIN_MIN: u128 = 1_000_000;

impl Ff1 {
    /// `None` if the radix is not from 2 to 65,536.
    pub(super) fn new(key: &[u8; 32], radix: u32) -> Option<Self> {
        let cipher = FF1::new(key, radix).ok()?;
        let powers = || std::iter::successors(Some(1u128), |power| power.checked_mul(u128::from(radix)));
        let half_max = powers().take_while(|&power| power <= 1 << 64).count() - 1;
        let length_min = powers().take_while(|&power| power < DOMAIN_MIN).count();
        Some(Self { cipher, radix, half_max, length_min })
    }

    /// The most numerals one call takes.
    pub(super) fn length_max(&self) -> usize {
        self.half_max * 2
    }

    /// The fewest numerals one call takes.
    pub(super) fn length_min(&self) -> usize {
        self.length_min
    }

    /// Encrypt the string of `length` numerals that writes `number`.
    ///
    /// # Errors
    /// If `length` is out of bounds.
    pub(super) fn encrypt(&self, number: u128, length: usize, tweak: &[u8]) -> Result<u128, ValueError> {
        if length < self.length_min() || length > self.length_max() {
            return Err(NOT_NUMERALS);
        }
        let right_length = length - length / 2;
        let modulus = power(self.radix, right_length);
        let half = |number: u128| u64::try_from(number).map_err(|_| NOT_NUMERALS);
        let text = Numerals {
            left: Half { number: half(number / modulus)?, length: length / 2 },
            right: Half { number: half(number % modulus)?, length: right_length },
        };
        let image = self.cipher.encrypt(tweak, &text).map_err(|_| NOT_NUMERALS)?;
        Ok(u128::from(image.left.number) * modulus + u128::from(image.right.number))
    }
}

/// `radix` to the power of `length`, at most 2^64 for every half.
fn power(radix: u32, length: usize) -> u128 {
    u128::from(radix).saturating_pow(u32::try_from(length).unwrap_or(u32::MAX))
}

#[derive(Clone, Copy)]
struct Half {
    number: u64,
    length: usize,
}

#[derive(Clone, Copy)]
struct Numerals {
    left: Half,
    right: Half,
}

impl NumeralString for Numerals {
    type Ops = Half;

    fn is_valid(&self, radix: u32) -> bool {
        [self.left, self.right].iter().all(|half| u128::from(half.number) < power(radix, half.length))
    }

    fn numeral_count(&self) -> usize {
        self.left.length + self.right.length
    }

    fn split(&self) -> (Half, Half) {
        (self.left, self.right)
    }

    fn concat(left: Half, right: Half) -> Self {
        Self { left, right }
    }
}

/// A number, big-endian, without its leading bytes.
struct Bytes {
    all: [u8; 16],
    skipped: usize,
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.all[self.skipped..]
    }
}

impl Half {
    /// The number of the bytes `other`, modulo `modulus`. A half of 64 bits gets 12 bytes (step 4 of the
    /// algorithm), so nothing is shifted out.
    fn offset<I: Iterator<Item = u8>>(other: I, modulus: u128) -> u128 {
        let offset = other.fold(0u128, |sum, byte| (sum << 8) | u128::from(byte));
        offset % modulus
    }

    fn of(number: u128, length: usize) -> Self {
        // Below a modulus of at most 2^64.
        Self { number: u64::try_from(number).unwrap_or(u64::MAX), length }
    }
}

impl Operations for Half {
    type Bytes = Bytes;

    fn numeral_count(&self) -> usize {
        self.length
    }

    fn to_be_bytes(&self, _: u32, b: usize) -> Bytes {
        Bytes { all: u128::from(self.number).to_be_bytes(), skipped: 16usize.saturating_sub(b) }
    }

    fn add_mod_exp(self, other: impl Iterator<Item = u8>, radix: u32, m: usize) -> Self {
        let modulus = power(radix, m);
        let sum = u128::from(self.number) + Self::offset(other, modulus);
        Self::of(if sum < modulus { sum } else { sum % modulus }, m)
    }

    fn sub_mod_exp(self, other: impl Iterator<Item = u8>, radix: u32, m: usize) -> Self {
        let modulus = power(radix, m);
        let difference = u128::from(self.number) + modulus - Self::offset(other, modulus);
        Self::of(difference % modulus, m)
    }
}

#[cfg(test)]
mod tests {
    use fpe::ff1::FlexibleNumeralString;
    use proptest::prelude::*;

    use super::*;

    /// NIST, "FF1samples.pdf", the key of samples 7 to 9.
    const KEY: [u8; 32] = [
        0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c, 0xef,
        0x43, 0x59, 0xd8, 0xd5, 0x80, 0xaa, 0x4f, 0x7f, 0x03, 0x6d, 0x6f, 0x04, 0xfc, 0x6a, 0x94,
    ];

    fn number(text: &str, radix: u32) -> u128 {
        u128::from_str_radix(text, radix).expect("numerals")
    }

    #[test]
    fn the_samples_of_nist_come_out() {
        let samples: [(u32, &[u8], &str, &str); 3] = [
            (10, b"", "0123456789", "6657667009"),
            (10, b"9876543210", "0123456789", "1001623463"),
            (36, b"7777pqrs777", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
        ];
        for (radix, tweak, plain, sealed) in samples {
            let ff1 = Ff1::new(&KEY, radix).expect("a radix");
            assert_eq!(Ok(number(sealed, radix)), ff1.encrypt(number(plain, radix), plain.len(), tweak));
        }
    }

    #[test]
    fn small_domains_long_strings_and_other_radices_are_refused() {
        let ff1 = Ff1::new(&KEY, 10).expect("a radix");
        assert_eq!((6, 38), (ff1.length_min(), ff1.length_max()));
        assert!(ff1.encrypt(0, 5, b"").is_err() && ff1.encrypt(0, 39, b"").is_err());
        assert!(ff1.encrypt(u128::MAX, 6, b"").is_err());
        assert!(Ff1::new(&KEY, 1).is_none() && Ff1::new(&KEY, 65_537).is_none());
        // 999^2 is below a million, 1000^2 is one.
        assert_eq!(3, Ff1::new(&KEY, 999).expect("a radix").length_min());
        assert_eq!(2, Ff1::new(&KEY, 1000).expect("a radix").length_min());
        assert_eq!(
            (20, 128),
            Ff1::new(&KEY, 2).map(|ff1| (ff1.length_min(), ff1.length_max())).expect("a radix")
        );
    }

    #[test]
    fn what_is_encrypted_is_decrypted() {
        let half = |number, length| Half { number, length };
        let ff1 = Ff1::new(&KEY, 2).expect("a radix");
        let text = Numerals { left: half(u64::MAX, 64), right: half(1, 64) };

        let sealed = ff1.cipher.encrypt(b"t", &text).expect("128 bits");

        let opened = ff1.cipher.decrypt(b"t", &sealed).expect("128 bits");
        assert_eq!((u64::MAX, 1), (opened.left.number, opened.right.number));
    }

    proptest! {
        #[test]
        fn results_are_those_of_the_crates_own_strings(
            radix in prop::sample::select(vec![10u32, 16, 26, 36, 41, 62, 64, 65_535, 65_536]),
            seeds in prop::collection::vec(any::<u16>(), 40),
            length in 0usize..40,
            tweak: u64,
        ) {
            let ff1 = Ff1::new(&KEY, radix).expect("a radix");
            let length = length.clamp(ff1.length_min(), ff1.length_max());
            let numerals = seeds[..length].iter().map(|&seed| u16::try_from(u32::from(seed) % radix).expect("below 2^16"));
            let numerals: Vec<u16> = numerals.collect();
            let join = |numerals: &[u16]| {
                numerals.iter().fold(0u128, |sum, &numeral| sum * u128::from(radix) + u128::from(numeral))
            };

            let ours = ff1.encrypt(join(&numerals), length, &tweak.to_le_bytes());

            let theirs = FlexibleNumeralString::from(numerals);
            let theirs = ff1.cipher.encrypt(&tweak.to_le_bytes(), &theirs).expect("numerals");
            prop_assert_eq!(Ok(join(&Vec::from(theirs))), ours);
        }
    }
}
