//! What stands in for a thing that was found, where a marker is not wanted: of the same form, valid, and the
//! same wherever the same thing is found.

use std::io::Write as _;

use super::forms::{luhn, mod97};
use super::scan::Sort;
use crate::key::{Prf, Stream};
use crate::masks::base32;

/// 13 digits of five bits: 65 bits of the word.
const DIGITS: u32 = 13;

/// Append a stand-in for `found`.
pub(super) fn push(prf: &Prf, sort: Sort, found: &[u8], out: &mut Vec<u8>) {
    match sort {
        Sort::Email => {
            base32::push(prf.word(found), DIGITS, out);
            out.extend_from_slice(b"@example.com");
        }
        Sort::Host => {
            base32::push(prf.word(found), DIGITS, out);
            out.extend_from_slice(b".example.com");
        }
        Sort::Url => {
            out.extend_from_slice(b"https://example.com/");
            base32::push(prf.word(found), DIGITS, out);
        }
        Sort::Phone => push_digits(&mut prf.stream(found), found, out),
        Sort::Card => push_card(prf, found, out),
        Sort::Iban => push_iban(prf, found, out),
        Sort::Ip => push_ip(prf, found, out),
        Sort::Mac => {
            out.extend_from_slice(b"02");
            for byte in &prf.block(found)[..5] {
                // Writing to a vector cannot fail.
                let _ = write!(out, ":{byte:02x}");
            }
        }
    }
}

/// Another digit for each digit, another letter for each letter; all else stays.
fn push_digits(stream: &mut Stream, found: &[u8], out: &mut Vec<u8>) {
    out.extend(found.iter().map(|&byte| match byte {
        b'0'..=b'9' => b'0' + below(stream, 10),
        b'a'..=b'z' => b'a' + below(stream, 26),
        b'A'..=b'Z' => b'A' + below(stream, 26),
        _ => byte,
    }));
}

fn below(stream: &mut Stream, bound: u8) -> u8 {
    u8::try_from(stream.below(u64::from(bound))).unwrap_or(0)
}

fn push_card(prf: &Prf, found: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    push_digits(&mut prf.stream(found), found, out);
    let number = &mut out[start..];
    if let Some(last) = number.last_mut() {
        *last = b'0';
    }
    let digits: Vec<u8> = number.iter().copied().filter(u8::is_ascii_digit).collect();
    if let Some(last) = number.last_mut() {
        *last = b'0' + (10 - luhn(&digits)) % 10;
    }
}

/// The country stays, the check digits are those of the new account.
fn push_iban(prf: &Prf, found: &[u8], out: &mut Vec<u8>) {
    let Some((head, account)) = found.split_first_chunk::<4>() else { return };
    let start = out.len();
    out.extend_from_slice(&[head[0], head[1], b'0', b'0']);
    push_digits(&mut prf.stream(found), account, out);
    let new = &mut out[start..];
    let fed = new[4..].iter().chain(&new[..4]).filter(|byte| byte.is_ascii_alphanumeric());
    let check = 98 - fed.fold(0, |sum, &byte| mod97(sum, byte));
    if let (Ok(tens), Ok(ones)) = (u8::try_from(check / 10), u8::try_from(check % 10)) {
        new[2] = b'0' + tens;
        new[3] = b'0' + ones;
    }
}

/// A private address for IPv4, one of the documentation's (RFC 3849) for IPv6.
fn push_ip(prf: &Prf, found: &[u8], out: &mut Vec<u8>) {
    let block = prf.block(found);
    if found.contains(&b':') {
        out.extend_from_slice(b"2001:db8");
        for pair in block[..12].chunks_exact(2) {
            let _ = write!(out, ":{:02x}{:02x}", pair[0], pair[1]);
        }
    } else {
        let _ = write!(out, "10.{}.{}.{}", block[0], block[1], block[2]);
    }
}
