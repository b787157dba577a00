//! Permutes the digits and letters of a text among the texts of the same shape: what `digits`, `phone`, `card`
//! and `iban` have in common. It knows symbols and their radix, not what they mean.

use crate::key::Prf;
use crate::permute::Permutation;

/// How symbols are permuted, for the `algorithm` of each mask that does it.
macro_rules! algorithm {
    ($text:literal) => {
        concat!(
            $text,
            " PERMUTE replaces a list of symbols under a tweak T. Each symbol is a number below its radix: 10 for 0-9, ",
            "26 for A-Z and for a-z, and 9 for a digit that is never 0 (1 counts as 0). Read from the left, the longest run of symbols whose ",
            "radices multiply to at most 10^38 is a chunk, then the next; a chunk is the number its symbols write, ",
            "the first symbol highest, and is replaced by the permutation of 0..(product of its radices) under a ",
            "tweak t. One chunk: t is T. Several: from left to right, t starts as T, x = permute(x, t), then t = ",
            "link(t, x); after that from the last chunk but one back to the first, t starts as T xor 2^63, for each t = link(t, the ",
            "chunk to its right as it is now), x = permute(x, t). link(t, x) is the first 8 bytes, little-endian, of ",
            "the block of t (8 bytes, little-endian) followed by x (16 bytes, little-endian). Symbols keep their place ",
            "and radix. The tweak of a text K is 0 if K is empty, else the first 8 bytes, little-endian, of the block of K."
        )
    };
}
pub(super) use algorithm;

/// The largest chunk; far enough below 2^128 that no product of a count and a radix is lost unseen.
const COUNT_MAX: u128 = 10u128.pow(38);

/// A character that may change, as a number below its radix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Symbol {
    number: u8,
    radix: u8,
    base: u8,
}

impl Symbol {
    /// A digit or letter; `None` for every other byte.
    #[inline]
    pub(super) fn of(byte: u8) -> Option<Self> {
        let (base, radix) = match byte {
            b'0'..=b'9' => (b'0', 10),
            b'A'..=b'Z' => (b'A', 26),
            b'a'..=b'z' => (b'a', 26),
            _ => return None,
        };
        Some(Self { number: byte - base, radix, base })
    }

    /// A digit from 1 to 9 that stays one.
    #[inline]
    pub(super) fn nonzero(byte: u8) -> Self {
        Self { number: byte.wrapping_sub(b'1') % 9, radix: 9, base: b'1' }
    }

    /// The character.
    #[inline]
    pub(super) fn byte(self) -> u8 {
        self.base + self.number
    }
}

/// The permutations of one mask in one domain.
pub(super) struct Numerals {
    prf: Prf,
    permutation: Permutation,
    /// Of one to three digits, in the order of [`place`]: the calling codes of phone numbers, the same few in all rows.
    tweaks: Box<[u64]>,
}

/// So many symbols stand on the stack: more than a card number, an IBAN or a phone number has.
const STACK_SYMBOLS: usize = 48;

impl Numerals {
    pub(super) fn new(prf: Prf) -> Self {
        let digits = [(1usize, 10u32), (2, 100), (3, 1000)];
        let texts =
            digits.into_iter().flat_map(|(width, count)| (0..count).map(move |n| format!("{n:0width$}")));
        let tweaks = texts.map(|text| first_number(&prf.block(text.as_bytes()))).collect();
        Self { permutation: Permutation::new(&prf, 1), prf, tweaks }
    }

    /// The tweak that belongs to the characters that stay.
    pub(super) fn tweak(&self, kept: &[u8]) -> u64 {
        if kept.is_empty() {
            return 0;
        }
        let known = place(kept).and_then(|place| self.tweaks.get(place));
        known.copied().unwrap_or_else(|| first_number(&self.prf.block(kept)))
    }

    /// Replace the bytes of `text` for which `symbol` gives one, `count` of them; it is asked for each byte, in order,
    /// twice, and must answer alike.
    pub(super) fn replace<F: FnMut(usize, u8) -> Option<Symbol>>(
        &self,
        text: &mut [u8],
        count: usize,
        tweak: u64,
        mut symbol: F,
    ) {
        let mut stack = [Symbol::default(); STACK_SYMBOLS];
        let mut heap;
        let symbols = if count <= STACK_SYMBOLS {
            &mut stack[..]
        } else {
            heap = vec![Symbol::default(); count];
            &mut heap[..]
        };
        let mut places = symbols.iter_mut();
        for (at, &byte) in text.iter().enumerate() {
            if let Some(found) = symbol(at, byte) {
                let Some(place) = places.next() else { break };
                *place = found;
            }
        }
        let symbols = &mut symbols[..count];
        self.permute(symbols, tweak);
        let mut symbols = symbols.iter();
        for (at, byte) in text.iter_mut().enumerate() {
            if symbol(at, *byte).is_some() {
                let Some(symbol) = symbols.next() else { break };
                *byte = symbol.byte();
            }
        }
    }

    fn permute(&self, symbols: &mut [Symbol], tweak: u64) {
        let first = Chunk::first_of(symbols);
        if first.length == symbols.len() {
            let image = self.permutation.resized(first.count).apply(first.number, tweak);
            return write(image, symbols);
        }
        let mut chunks = Vec::new();
        let mut at = 0;
        while at < symbols.len() {
            let chunk = Chunk::first_of(&symbols[at..]);
            at += chunk.length;
            chunks.push(chunk);
        }
        let mut numbers: Vec<u128> = chunks.iter().map(|chunk| chunk.number).collect();
        chain(&self.prf, &mut numbers, tweak, |at, number, tweak| {
            self.permutation.resized(chunks[at].count).apply(number, tweak)
        });
        let mut rest = symbols;
        for (chunk, &number) in chunks.iter().zip(&numbers) {
            let (head, tail) = rest.split_at_mut(chunk.length);
            write(number, head);
            rest = tail;
        }
    }
}

/// Permute `numbers` so that each depends on all: once forth, once back, each under a tweak made of those before it.
pub(super) fn chain<F: Fn(usize, u128, u64) -> u128>(
    prf: &Prf,
    numbers: &mut [u128],
    tweak: u64,
    permute: F,
) {
    let mut running = tweak;
    for (at, number) in numbers.iter_mut().enumerate() {
        *number = permute(at, *number, running);
        running = link(prf, running, *number);
    }
    running = tweak ^ (1 << 63);
    for at in (1..numbers.len()).rev() {
        running = link(prf, running, numbers[at]);
        numbers[at - 1] = permute(at - 1, numbers[at - 1], running);
    }
}

fn link(prf: &Prf, tweak: u64, number: u128) -> u64 {
    let mut input = [0u8; 24];
    input[..8].copy_from_slice(&tweak.to_le_bytes());
    input[8..].copy_from_slice(&number.to_le_bytes());
    first_number(&prf.block(&input))
}

/// Where a text of one to three digits stands among all of them, the shorter ones first.
fn place(text: &[u8]) -> Option<usize> {
    let first = match text.len() {
        1 => 0,
        2 => 10,
        3 => 110,
        _ => return None,
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| usize::from(byte - b'0'));
    text.iter().try_fold(0, |number, &byte| Some(number * 10 + digit(byte)?)).map(|number| first + number)
}

fn first_number(block: &[u8; 32]) -> u64 {
    u64::from_le_bytes(*block.first_chunk().expect("a block has 32 bytes"))
}

struct Chunk {
    length: usize,
    number: u128,
    count: u128,
}

impl Chunk {
    /// The longest run of symbols whose radices multiply to at most [`COUNT_MAX`]; at least one symbol if there is one.
    fn first_of(symbols: &[Symbol]) -> Self {
        let (mut number, mut count) = (0u64, 1u64);
        let mut length = 0;
        // 64 bits are enough for most values, and several times as fast.
        for symbol in symbols {
            let Some(larger) = count.checked_mul(u64::from(symbol.radix)) else { break };
            count = larger;
            // Below the new count, so it cannot overflow.
            number = number * u64::from(symbol.radix) + u64::from(symbol.number);
            length += 1;
        }
        let (mut number, mut count) = (u128::from(number), u128::from(count));
        for symbol in &symbols[length..] {
            let larger = count.checked_mul(u128::from(symbol.radix)).filter(|&larger| larger <= COUNT_MAX);
            let Some(larger) = larger else { break };
            count = larger;
            number = number * u128::from(symbol.radix) + u128::from(symbol.number);
            length += 1;
        }
        Self { length, number, count }
    }
}

fn write(number: u128, symbols: &mut [Symbol]) {
    let mut wide = number;
    let mut symbols = symbols.iter_mut().rev();
    while wide > u128::from(u64::MAX) {
        let Some(symbol) = symbols.next() else { return };
        let radix = u128::from(symbol.radix);
        symbol.number = u8::try_from(wide % radix).unwrap_or(0);
        wide /= radix;
    }
    let mut narrow = u64::try_from(wide).unwrap_or(u64::MAX);
    for symbol in symbols {
        // A division by a constant is a multiplication.
        let (rest, number) = match symbol.radix {
            10 => (narrow / 10, narrow % 10),
            26 => (narrow / 26, narrow % 26),
            other => (narrow / u64::from(other), narrow % u64::from(other)),
        };
        symbol.number = u8::try_from(number).unwrap_or(0);
        narrow = rest;
    }
}

#[cfg(test)]
pub(super) mod testing {
    //! Masks as the program builds them, for the tests of text masks.

    use std::collections::BTreeMap;

    use crate::error::Refusal;
    use crate::key::MasterKey;
    use crate::masks::rule::{RuleRequest, build};
    use crate::masks::{Built, Masked};
    use crate::row::Row;
    use crate::types::ColumnType;

    /// The key of all known answers: bytes 0 to 31.
    pub(crate) fn key() -> MasterKey {
        let bytes = std::array::from_fn(|at| u8::try_from(at).expect("below 32"));
        MasterKey::new(&bytes).expect("32 different bytes")
    }

    /// Build `mask` for a column of `type_name`, domain "d"; `parameters` is JSON.
    pub(crate) fn built(mask: &str, type_name: &str, parameters: &str) -> Result<Built, Vec<Refusal>> {
        let column_type = format!("{{\"display\": \"{type_name}\", \"name\": \"{type_name}\"}}");
        let column_type: ColumnType = serde_json::from_str(&column_type).expect("a column type");
        let rule = RuleRequest {
            mask: mask.into(),
            domain: "d".into(),
            parameters: serde_json::from_str(parameters).expect("a JSON object"),
        };
        let built = build(&rule, &column_type.resolve(), Some(&key()), &BTreeMap::new(), &[])?;
        Ok(built.1.expect("a mask whose action is to mask"))
    }

    /// The replacement of `value`.
    pub(crate) fn apply(built: &Built, value: &str) -> String {
        let mut spans = Vec::new();
        let row = Row::read(&[0, 0], &mut spans).expect("a row without fields");
        let mut out = b"before".to_vec();
        let masked = built.mask.apply(value.as_bytes(), &row, &mut out).expect("masks are total");
        assert_eq!((Masked::Value, &b"before"[..]), (masked, &out[..6]));
        String::from_utf8(out.split_off(6)).expect("UTF-8")
    }

    /// Check that `mask` keeps the shape of each of `values` (digits, upper and lower letters, all else) and
    /// maps them to as many different ones; the images, sorted.
    pub(crate) fn images<I: IntoIterator<Item = String>>(built: &Built, values: I) -> Vec<String> {
        let values: Vec<String> = values.into_iter().collect();
        let mut images: Vec<String> = values.iter().map(|value| apply(built, value)).collect();
        for (value, image) in values.iter().zip(&images) {
            assert_eq!(shape(value), shape(image));
        }
        images.sort_unstable();
        images.dedup();
        assert_eq!(values.len(), images.len());
        images
    }

    /// The value with each digit as 9, each letter as A or a.
    pub(crate) fn shape(value: &str) -> String {
        let class = |c: char| match c {
            '0'..='9' => '9',
            'A'..='Z' => 'A',
            'a'..='z' => 'a',
            other => other,
        };
        value.chars().map(class).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replaced(text: &str, tweak: u64) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let numerals = Numerals::new(Prf::new([5; 32]));
        let count = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
        numerals.replace(&mut bytes, count, tweak, |_, byte| Symbol::of(byte));
        String::from_utf8(bytes).expect("ASCII")
    }

    #[test]
    fn tweaks_made_in_advance_are_those_of_their_text() {
        let numerals = Numerals::new(Prf::new([5; 32]));
        for text in ["0", "9", "00", "49", "99", "000", "358", "999", "+1", "1a", "1234", "é"] {
            let expected = first_number(&numerals.prf.block(text.as_bytes()));
            assert_eq!(expected, numerals.tweak(text.as_bytes()), "{text}");
        }
        assert_eq!(0, numerals.tweak(b""));
    }

    #[test]
    fn every_text_of_a_shape_is_hit_once() {
        for shape in ["", "9", "9-9", "a9", "Aa9", "a.a"] {
            let mut texts = vec![String::new()];
            for class in shape.chars() {
                let range = match class {
                    '9' => '0'..='9',
                    'a' => 'a'..='z',
                    'A' => 'A'..='Z',
                    other => other..=other,
                };
                texts =
                    texts.iter().flat_map(|text| range.clone().map(move |c| format!("{text}{c}"))).collect();
            }

            let mut images: Vec<String> = texts.iter().map(|text| replaced(text, 3)).collect();

            images.sort_unstable();
            assert_eq!(texts, images, "{shape}");
        }
    }

    #[test]
    fn in_long_texts_every_chunk_depends_on_every_other() {
        let text = "1".repeat(38 * 3 + 1);
        for changed in [0, 40, 80, 114] {
            let mut other = text.clone();
            other.replace_range(changed..=changed, "2");

            let (one, two) = (replaced(&text, 0), replaced(&other, 0));

            for chunk in [0..38, 38..76, 76..114] {
                assert_ne!(one[chunk.clone()], two[chunk.clone()], "{changed}, {chunk:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn shapes_stay(text in "[0-9A-Za-z .-]{0,200}", tweak: u64) {
            prop_assert_eq!(testing::shape(&text), testing::shape(&replaced(&text, tweak)));
        }

        #[test]
        fn last_digits_of_long_texts_are_permuted(head in "[0-9a-z]{0,90}") {
            let texts = (0..100).map(|tail| format!("{head}{tail:02}"));
            let mut images: Vec<String> = texts.map(|text| replaced(&text, 0)).collect();
            images.sort_unstable();
            images.dedup();
            prop_assert_eq!(100, images.len());
        }
    }
}
