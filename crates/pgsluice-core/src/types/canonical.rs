//! Equal values of a type as equal bytes: what masks feed to their pseudo-random functions.
//!
//! | kind             | bytes                                                                         |
//! |------------------|-------------------------------------------------------------------------------|
//! | int2, int4, int8 | 8, big-endian: an `int4` key and the `int8` that refers to it agree           |
//! | float4, float8   | 8, as `float8`; -0 as 0, every NaN as 7ff8000000000000                        |
//! | numeric          | weight, sign and groups without zeros at either end; dscale does not count    |
//! | any other        | as sent                                                                       |

use super::numeric::Sign;
use super::{Kind, float, integer, numeric};
use crate::error::ValueError;

/// Numerics with so many groups are put together on the stack.
const GROUPS_INLINE: usize = 30;

/// Call `use_bytes` with the canonical bytes of `value`.
///
/// # Errors
/// If `value` is not in the send format of `kind`; kinds that are used as sent are not looked at.
pub fn with_canonical<R>(
    kind: Kind,
    value: &[u8],
    use_bytes: impl FnOnce(&[u8]) -> R,
) -> Result<R, ValueError> {
    match kind {
        Kind::Int2 | Kind::Int4 | Kind::Int8 => Ok(use_bytes(&integer::read(kind, value)?.to_be_bytes())),
        Kind::Float4 => Ok(use_bytes(&float_bytes(f64::from(float::read_4(value)?)))),
        Kind::Float8 => Ok(use_bytes(&float_bytes(float::read_8(value)?))),
        Kind::Numeric => numeric_bytes(value, use_bytes),
        _ => Ok(use_bytes(value)),
    }
}

/// The canonical bytes of a float.
#[must_use]
pub fn float_bytes(number: f64) -> [u8; 8] {
    if number.is_nan() {
        f64::NAN.to_be_bytes()
    } else if number == 0.0 {
        0f64.to_be_bytes()
    } else {
        number.to_be_bytes()
    }
}

/// Weight (4 bytes, big-endian), sign (0 plus or zero, 1 minus, 2 NaN, 3 Infinity, 4 -Infinity), groups.
fn numeric_bytes<R>(value: &[u8], use_bytes: impl FnOnce(&[u8]) -> R) -> Result<R, ValueError> {
    let number = numeric::read(value)?;
    let (weight, groups) = if number.is_finite() { number.significant() } else { (0, &[][..]) };
    let sign = match number.sign {
        Sign::Minus if !groups.is_empty() => 1,
        Sign::Plus | Sign::Minus => 0,
        Sign::NaN => 2,
        Sign::Infinity => 3,
        Sign::MinusInfinity => 4,
    };
    let mut inline = [0u8; 5 + 2 * GROUPS_INLINE];
    let mut spilled = Vec::new();
    let used = 5 + groups.as_flattened().len();
    let bytes = if let Some(bytes) = inline.get_mut(..used) {
        bytes
    } else {
        spilled.resize(used, 0);
        &mut spilled[..]
    };
    bytes[..4].copy_from_slice(&weight.to_be_bytes());
    bytes[4] = sign;
    bytes[5..].copy_from_slice(groups.as_flattened());
    Ok(use_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::samples::from_text;
    use super::*;

    fn canonical(kind: Kind, name: &str, text: &str) -> Vec<u8> {
        let value = from_text(super::super::find(name).expect("a codec"), text).expect("a value");
        with_canonical(kind, &value, <[u8]>::to_vec).expect("canonical")
    }

    #[test]
    fn equal_values_get_equal_bytes() {
        let numeric = |text| canonical(Kind::Numeric, "numeric", text);
        assert_eq!(numeric("1.5"), numeric("1.50000"));
        assert_eq!(numeric("0"), numeric("-0.000"));
        assert_eq!(numeric("10000"), numeric("1e4"));
        assert_eq!(canonical(Kind::Int2, "int2", "-7"), canonical(Kind::Int8, "int8", "-7"));
        assert_eq!(canonical(Kind::Float4, "float4", "0.5"), canonical(Kind::Float8, "float8", "0.5"));
        assert_eq!(canonical(Kind::Float8, "float8", "-0"), canonical(Kind::Float8, "float8", "0"));
    }

    #[test]
    fn other_values_get_other_bytes() {
        let texts = ["0", "1", "-1", "10", "10000", "0.0001", "1.0001", "NaN", "Infinity", "-Infinity"];
        let mut all: Vec<Vec<u8>> =
            texts.iter().map(|text| canonical(Kind::Numeric, "numeric", text)).collect();
        all.push(canonical(Kind::Numeric, "numeric", &"9".repeat(1000)));
        all.sort();
        all.dedup();

        assert_eq!(texts.len() + 1, all.len());
    }
}
