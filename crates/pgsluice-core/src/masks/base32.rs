//! The digits of 128-bit words: for masks whose results are unique because they spell one out.

use super::Uniqueness;
use crate::types::ColumnType;

/// 26 digits of five bits hold the 128 of a word.
pub(super) const DIGITS: u32 = 26;
/// Below 8 digits (40 bits) a few hundred thousand results already meet.
pub(super) const DIGITS_MIN: u32 = 8;

/// Lower case only: a case-insensitive column must not merge two of them.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Append the lowest `digits` digits of `word`, lowest first.
pub(super) fn push(word: u128, digits: u32, out: &mut Vec<u8>) {
    let mut rest = word;
    for _ in 0..digits {
        out.push(ALPHABET[(rest & 31) as usize]);
        rest >>= 5;
    }
}

/// How many digits a column has room for beside `others` characters, and what so many promise.
/// Never below [`DIGITS_MIN`]: the program refuses where even those do not fit.
pub(super) fn fit(column_type: &ColumnType, others: u32) -> (u32, Uniqueness) {
    let room = column_type.chars_max.unwrap_or(u32::MAX).saturating_sub(others);
    let digits = DIGITS.min(room).max(DIGITS_MIN);
    let uniqueness = if digits == DIGITS { Uniqueness::Bits128 } else { Uniqueness::Lossy };
    (digits, uniqueness)
}
