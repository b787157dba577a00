//! Derives all pseudo-randomness from the run's key; nothing else does.
//!
//! The 256-bit key is never used itself. HKDF-SHA-256 (RFC 5869) gives a subkey per purpose
//! and, for masks, per domain: `pgsluice/1/<purpose>/<name>` is the info string, the salt is
//! empty. The functions on values are keyed BLAKE3, a PRF.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// The run's key. Wiped when dropped, never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    /// Take the 32 bytes of a key. `None` where they plainly are no random key: fewer than
    /// 16 different bytes come up in less than one random key out of 10^9.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Option<Self> {
        let mut seen = [false; 256];
        for &byte in bytes {
            seen[byte as usize] = true;
        }
        let distinct = seen.iter().filter(|&&is_seen| is_seen).count();
        (distinct >= 16).then(|| Self(*bytes))
    }

    /// Derive the 32-byte subkey of `purpose` and `name`.
    #[must_use]
    pub fn subkey(&self, purpose: &str, name: &str) -> [u8; KEY_BYTES] {
        let mut subkey = [0; KEY_BYTES];
        let info = ["pgsluice/1/", purpose, "/", name];
        let info = info.map(str::as_bytes);
        Hkdf::<Sha256>::new(None, &self.0)
            .expand_multi_info(&info, &mut subkey)
            .expect("32 bytes are within the 8,160 that HKDF-SHA-256 gives");
        subkey
    }

    /// The pseudo-random function of one mask in one domain.
    #[must_use]
    pub fn prf(&self, mask: &str, domain: &str) -> Prf {
        Prf::new(self.subkey(&format!("mask/{mask}"), domain))
    }

    /// Name the key without giving it away: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        let subkey = self.subkey("key-id", "");
        format!("{:016x}", u64::from_be_bytes(*subkey.first_chunk().expect("a subkey has 32 bytes")))
    }

    /// HMAC-SHA-256 of `data` under the subkey of `purpose`.
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let subkey = self.subkey("mac", purpose);
        let mut mac = Hmac::<Sha256>::new_from_slice(&subkey).expect("HMAC takes a key of any length");
        mac.update(data);
        mac.finalize().into_bytes().into()
    }

    /// Seed for the digests of rows.
    #[must_use]
    pub fn digest_seed(&self) -> u64 {
        let subkey = self.subkey("digest", "");
        u64::from_le_bytes(*subkey.first_chunk().expect("a subkey has 32 bytes"))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// A pseudo-random function of a value under one subkey: keyed BLAKE3.
///
/// Equal values give equal results under one subkey; under another they are unrelated.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Prf([u8; KEY_BYTES]);

impl Prf {
    /// Take a subkey.
    #[must_use]
    pub fn new(subkey: [u8; KEY_BYTES]) -> Self {
        Self(subkey)
    }

    /// 32 pseudo-random bytes for `value`.
    #[must_use]
    pub fn block(&self, value: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.0, value).as_bytes()
    }

    /// 128 pseudo-random bits for `value`: the first 16 bytes of its block, little-endian.
    #[must_use]
    pub fn word(&self, value: &[u8]) -> u128 {
        u128::from_le_bytes(*self.block(value).first_chunk().expect("a block has 32 bytes"))
    }

    /// As many pseudo-random numbers as wanted for `value`.
    #[must_use]
    pub fn stream(&self, value: &[u8]) -> Stream {
        Stream { prf: self.clone(), block: self.block(value), used: 0, turn: 0 }
    }

    /// A subkey of this function's own: two independent permutations in one mask.
    #[must_use]
    pub fn child(&self, name: &str) -> Prf {
        Prf(self.block(name.as_bytes()))
    }

    /// 16 bytes to key a `SipHash` with.
    #[must_use]
    pub(crate) fn sip_key(&self) -> [u8; 16] {
        *self.block(b"siphash").first_chunk().expect("a block has 32 bytes")
    }

    /// 32 bytes to key AES-256 with.
    #[must_use]
    pub fn aes_key(&self) -> [u8; 32] {
        self.block(b"aes")
    }
}

impl std::fmt::Debug for Prf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prf(…)")
    }
}

/// The numbers of one value, in order. The first 32 bytes are the value's block; block n > 0
/// is the function of block n - 1 followed by n as one little-endian `u32`.
pub struct Stream {
    prf: Prf,
    block: [u8; 32],
    used: usize,
    turn: u32,
}

impl Stream {
    /// The next eight bytes, little-endian.
    pub fn u64(&mut self) -> u64 {
        if self.used == self.block.len() {
            self.refill();
        }
        let bytes = self.block[self.used..].first_chunk().expect("blocks are used in steps of eight");
        self.used += 8;
        u64::from_le_bytes(*bytes)
    }

    /// A number below `bound` (0 for a bound of 0): the high half of the next number times
    /// `bound`. Its bias is below `bound` / 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// One of `items`; `None` if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).ok()?)
    }

    fn refill(&mut self) {
        self.turn += 1;
        let mut input = [0u8; 36];
        input[..32].copy_from_slice(&self.block);
        input[32..].copy_from_slice(&self.turn.to_le_bytes());
        self.block = self.prf.block(&input);
        self.used = 0;
    }
}
