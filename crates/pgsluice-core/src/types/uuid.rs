//! `uuid`.
//!
//! | offset | bytes | meaning                       |
//! |--------|-------|-------------------------------|
//! | 0      | 16    | in the order they are written |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/uuid.c` `uuid_send`, `string_to_uuid`.

use super::{Codec, Kind, Nesting};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a uuid of 16 bytes, found another length");
const VALUE: ValueError = ValueError::new("expected a uuid, found a value of another type");
const TEXT: ValueError = ValueError::new("expected a uuid of 32 hexadecimal digits, found another text");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["uuid"],
    kind: Kind::Uuid,
    source: "src/backend/utils/adt/uuid.c, uuid_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

/// The 128 bits, first byte highest.
///
/// # Errors
/// If it has not 16 bytes.
pub fn read(value: &[u8]) -> Result<u128, ValueError> {
    value.try_into().map(u128::from_be_bytes).map_err(|_| LENGTH)
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let digits = format!("{:032x}", read(value)?);
    for (at, digit) in digits.bytes().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(digit);
    }
    Ok(())
}

/// Braces around it and a hyphen behind any four digits are allowed, as on the server.
fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let text = text.strip_prefix('{').map_or(Some(text), |rest| rest.strip_suffix('}')).ok_or(TEXT)?;
    let mut bits = 0u128;
    let mut count = 0u32;
    let mut was_hyphen = true;
    for character in text.chars() {
        if let Some(digit) = character.to_digit(16) {
            bits = bits << 4 | u128::from(digit);
            count += 1;
            was_hyphen = false;
        } else if character == '-' && count.is_multiple_of(4) && count < 32 && !was_hyphen {
            was_hyphen = true;
        } else {
            return Err(TEXT);
        }
        if count > 32 {
            return Err(TEXT);
        }
    }
    if count != 32 {
        return Err(TEXT);
    }
    out.extend_from_slice(&bits.to_be_bytes());
    Ok(())
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Uuid(bits) => out.extend_from_slice(&bits.to_be_bytes()),
        Value::Str(text) => from_text(text, out)?,
        Value::Bytes(bytes) => out.extend_from_slice(&read(bytes)?.to_be_bytes()),
        _ => return Err(VALUE),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(uuid_send(v), 'hex')
        let uuids = [
            ("00000000-0000-0000-0000-000000000000", "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
            ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0 ee bc 99 9c 0b 4e f8 bb 6d 6b b9 bd 38 0a 11"),
        ];
        samples::check(&CODEC, &uuids);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        let shown = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
        let texts = [
            ("A0EEBC999C0B4EF8BB6D6BB9BD380A11", shown),
            ("{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", shown),
            ("a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", shown),
        ];
        samples::check_input(&CODEC, &texts);
        let others = [
            "",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
            "a0eebc9-99c0b-4ef8-bb6d-6bb9bd380a11",
            "-a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
            "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ];
        samples::check_refused(&CODEC, &others);
    }

    #[test]
    fn other_lengths_are_refused() {
        samples::check_fixed_length(&CODEC, "a0 ee bc 99 9c 0b 4e f8 bb 6d 6b b9 bd 38 0a 11");
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(bits: u128) {
            let value = bits.to_be_bytes().to_vec();

            let text = samples::to_text(&CODEC, &value).expect("text");

            prop_assert_eq!(Some(value), samples::from_text(&CODEC, &text));
        }
    }
}
