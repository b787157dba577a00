//! pgvector's `vector` and `halfvec`: lists of floats.
//!
//! | offset | bytes   | meaning                          |
//! |--------|---------|----------------------------------|
//! | 0      | 2       | number of dimensions, big-endian |
//! | 2      | 2       | 0                                |
//! | 4      | 4 or 2  | binary32 or binary16, for each   |
//!
//! Source: pgvector 0.8, `src/vector.c` `vector_send`, `vector_recv`; `src/halfvec.c` `halfvec_send`.

use super::{Codec, Kind, Nesting, float, is_space, push_display};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError =
    ValueError::new("expected a vector as long as its dimensions say, found another length");
const TEXT: ValueError = ValueError::new("expected a vector as [1,2.5,3], found another text");
const VALUE: ValueError = ValueError::new("expected a list of numbers, found a value of another type");
const RANGE: ValueError =
    ValueError::new("expected finite numbers in the range of the vector's, found another");
const COUNT: ValueError = ValueError::new("expected 1 to 16000 dimensions, found more or none");

/// `VECTOR_MAX_DIM`.
const DIMENSIONS_MAX: usize = 16_000;

/// The codec of `vector`.
pub const VECTOR: Codec = Codec {
    names: &["vector"],
    kind: Kind::Other,
    source: "pgvector, src/vector.c, vector_send",
    is_text_as_sent: false,
    nesting: Nesting::Neither,
    to_text: |value, out| to_text::<4>(value, out, f32::from_be_bytes),
    from_text: |text, out| from_text(text, out, push_single),
    from_value: |value, _, out| from_value(value, out, push_single),
};

/// The codec of `halfvec`.
pub const HALFVEC: Codec = Codec {
    names: &["halfvec"],
    kind: Kind::Other,
    source: "pgvector, src/halfvec.c, halfvec_send",
    is_text_as_sent: false,
    nesting: Nesting::Neither,
    to_text: |value, out| to_text::<2>(value, out, |bytes| half_to_single(u16::from_be_bytes(bytes))),
    from_text: |text, out| from_text(text, out, push_half),
    from_value: |value, _, out| from_value(value, out, push_half),
};

type Push = fn(f32, &mut Vec<u8>) -> Result<(), ValueError>;

fn push_single(number: f32, out: &mut Vec<u8>) -> Result<(), ValueError> {
    if !number.is_finite() {
        return Err(RANGE);
    }
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

fn push_half(number: f32, out: &mut Vec<u8>) -> Result<(), ValueError> {
    out.extend_from_slice(&half(number).ok_or(RANGE)?.to_be_bytes());
    Ok(())
}

/// The nearest binary16, ties to even; `None` beyond its range.
fn half(number: f32) -> Option<u16> {
    let sign = if number.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = number.abs();
    if !number.is_finite() || magnitude >= 65_520.0 {
        return None;
    }
    // Steps of the binade, 2^-24 at the least: scaling by a power of two is exact.
    let exponent = i32::try_from(magnitude.to_bits() >> 23).unwrap_or(0) - 127;
    let step = exponent.max(-14) - 10;
    let count = (f64::from(magnitude) * 2f64.powi(-step)).round_ties_even();
    // At most 2,048 steps of a binade; carrying into the next one is what the sum below does.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 2048")]
    let count = count as u16;
    let biased = u16::try_from(exponent.max(-14) + 14).ok()?;
    Some(sign | ((biased << 10) + count))
}

fn half_to_single(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

fn to_text<const N: usize>(
    value: &[u8],
    out: &mut Vec<u8>,
    read: fn([u8; N]) -> f32,
) -> Result<(), ValueError> {
    let (head, numbers) = value.split_first_chunk::<4>().ok_or(LENGTH)?;
    let (numbers, rest) = numbers.as_chunks::<N>();
    if usize::from(u16::from_be_bytes([head[0], head[1]])) != numbers.len() || !rest.is_empty() {
        return Err(LENGTH);
    }
    out.push(b'[');
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_display(out, format_args!("{:e}", read(*number)));
    }
    out.push(b']');
    Ok(())
}

fn from_text(text: &str, out: &mut Vec<u8>, push: Push) -> Result<(), ValueError> {
    let inner =
        text.trim_matches(is_space).strip_prefix('[').and_then(|text| text.strip_suffix(']')).ok_or(TEXT)?;
    let start = begin(out);
    let mut count = 0;
    for number in inner.split(',') {
        push(number.trim_matches(is_space).parse().map_err(|_| TEXT)?, out)?;
        count += 1;
    }
    end(count, start, out)
}

fn from_value(value: &Value<'_>, out: &mut Vec<u8>, push: Push) -> Result<(), ValueError> {
    let items = match value {
        Value::List(items) | Value::Tuple(items) => items,
        Value::Str(text) => return from_text(text, out, push),
        _ => return Err(VALUE),
    };
    let start = begin(out);
    let mut count = 0;
    let mut single = Vec::with_capacity(4);
    items.each_item(&mut |item| {
        single.clear();
        (float::FLOAT4.from_value)(item, &Limits::default(), &mut single)?;
        count += 1;
        push(float::read_4(&single)?, out)
    })?;
    end(count, start, out)
}

fn begin(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; 4]);
    out.len() - 4
}

fn end(count: usize, start: usize, out: &mut [u8]) -> Result<(), ValueError> {
    let count = u16::try_from(count)
        .ok()
        .filter(|count| (1..=DIMENSIONS_MAX).contains(&usize::from(*count)))
        .ok_or(COUNT)?;
    out.get_mut(start..start + 2).ok_or(LENGTH)?.copy_from_slice(&count.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6, pgvector 0.8: select v, encode(vector_send(v), 'hex'), and halfvec_send
        let singles = samples::from_text(&VECTOR, "[1,-2.5,3e-5]");
        assert_eq!(Some(samples::bytes("0003 0000 3f800000 c0200000 37fba882")), singles);
        let halves = samples::from_text(&HALFVEC, "[1,-2.5,65504,6e-8,0.1]");
        assert_eq!(Some(samples::bytes("0005 0000 3c00 c100 7bff 0001 2e66")), halves);
        samples::check_refused(&VECTOR, &["", "[]", "[1", "[a]", "[1e39]", "[NaN]"]);
        samples::check_refused(&HALFVEC, &["[65520]", "[Infinity]"]);
    }

    proptest! {
        #[test]
        fn halves_come_back(bits in 0u16..0x7c00) {
            prop_assert_eq!(Some(bits), half(half_to_single(bits)));
            prop_assert_eq!(Some(bits | 0x8000), half(-half_to_single(bits)));
        }

        #[test]
        fn singles_become_the_nearest_half(number in -65_519f32..65_519.0) {
            let nearest = half_to_single(half(number).expect("in range"));
            let bits = half(number).expect("in range") & 0x7fff;
            for other in [bits.wrapping_sub(1), bits + 1] {
                if other < 0x7c00 {
                    let other = half_to_single(other);
                    prop_assert!((number.abs() - nearest.abs()).abs() <= (number.abs() - other).abs());
                }
            }
        }
    }
}
