//! Seals what a checkpoint must remember and nobody may read: XChaCha20-Poly1305 under a
//! subkey of the run's key. The associated data ties a seal to its run, table and batch, so
//! that a row moved or changed by hand does not open.
//!
//! | offset | bytes | meaning                                            |
//! |--------|-------|----------------------------------------------------|
//! | 0      | 1     | version, 1                                         |
//! | 1      | 24    | nonce: keyed hash of associated data and plaintext |
//! | 25     | n+16  | ciphertext and tag                                 |

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use crate::key::MasterKey;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Seal `plaintext` so that only the holder of the key can read or change it.
///
/// The nonce is derived from the content (as in SIV modes): no random source is needed, and
/// a nonce comes twice only for the same content, which then shows as equal and no more.
#[must_use]
pub fn seal(key: &MasterKey, associated: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut content = (associated.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(associated);
    content.extend_from_slice(plaintext);
    let mac = key.mac("seal-nonce", &content);
    let nonce: [u8; NONCE_BYTES] = *mac.first_chunk().expect("an HMAC-SHA-256 has 32 bytes");
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: associated })
        .expect("the plaintext is a key of a few bytes, far below the cipher's limit");
    let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    out.push(VERSION);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

/// Open what [`seal`] made; `None` if a byte of it, the associated data or the key differs.
#[must_use]
pub fn open(key: &MasterKey, associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (&version, rest) = sealed.split_first()?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES)?;
    if version != VERSION {
        return None;
    }
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    cipher(key).decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: associated }).ok()
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(key.subkey("seal", "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MasterKey {
        let bytes = std::array::from_fn(|i| u8::try_from(i * 7).expect("below 256"));
        MasterKey::new(&bytes).expect("32 different bytes")
    }

    #[test]
    fn sealed_opens_and_a_changed_bit_does_not() {
        let sealed = seal(&key(), b"run/table/1", b"a key");

        assert_eq!(Some(b"a key".to_vec()), open(&key(), b"run/table/1", &sealed));
        assert_eq!(None, open(&key(), b"run/table/2", &sealed));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(None, open(&key(), b"run/table/1", &changed), "byte {at}");
            assert_eq!(None, open(&key(), b"run/table/1", &sealed[..at]), "cut at {at}");
        }
    }

    #[test]
    fn the_plaintext_is_not_in_the_seal() {
        let sealed = seal(&key(), b"", b"0123456789abcdef");

        assert!(!sealed.windows(8).any(|window| window == b"01234567"));
    }
}
