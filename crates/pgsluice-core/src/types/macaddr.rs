//! `macaddr` and `macaddr8`.
//!
//! | offset | bytes  | meaning                                                    |
//! |--------|--------|------------------------------------------------------------|
//! | 0      | 6 or 8 | in the order they are written; the first 3 are the vendor's |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/mac.c` `macaddr_send`, `macaddr_in`; `mac8.c` `macaddr8_send`.

use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::encode::value::Value;
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a MAC address of its type's 6 or 8 bytes, found others");
const VALUE: ValueError = ValueError::new("expected a MAC address, found a value of another type");
const TEXT: ValueError =
    ValueError::new("expected a MAC address of 12 or 16 hexadecimal digits, found another text");

/// The codec of `macaddr`.
pub const MACADDR: Codec = Codec {
    names: &["macaddr"],
    kind: Kind::Macaddr,
    source: "src/backend/utils/adt/mac.c, macaddr_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| read(value).map(|bytes| push(bytes, out)),
    from_text: from_text_6,
    from_value: |value, _, out| from_value(from_text_6, value, out),
};

/// The codec of `macaddr8`.
pub const MACADDR8: Codec = Codec {
    names: &["macaddr8"],
    kind: Kind::Macaddr8,
    source: "src/backend/utils/adt/mac8.c, macaddr8_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| read_8(value).map(|bytes| push(bytes, out)),
    from_text: from_text_8,
    from_value: |value, _, out| from_value(from_text_8, value, out),
};

/// The bytes of a `macaddr`.
///
/// # Errors
/// If they are not 6.
pub fn read(value: &[u8]) -> Result<[u8; 6], ValueError> {
    value.try_into().map_err(|_| LENGTH)
}

/// The bytes of a `macaddr8`.
///
/// # Errors
/// If they are not 8.
pub fn read_8(value: &[u8]) -> Result<[u8; 8], ValueError> {
    value.try_into().map_err(|_| LENGTH)
}

/// The digits of an address as people write one, as a number and their count, 12 or 16: pairs, fours or
/// sixes between colons, hyphens or dots, one kind of them, or none.
#[must_use]
pub fn parse(text: &str) -> Option<(u64, u32)> {
    let mut bits = 0u64;
    let mut count = 0u32;
    let mut separator = None;
    let (mut group, mut groups_of) = (0u32, None);
    for byte in text.bytes() {
        if let Some(digit) = char::from(byte).to_digit(16) {
            bits = bits << 4 | u64::from(digit);
            (count, group) = (count + 1, group + 1);
            if count > 16 {
                return None;
            }
        } else if matches!(byte, b':' | b'-' | b'.')
            && *separator.get_or_insert(byte) == byte
            && *groups_of.get_or_insert(group) == group
        {
            group = 0;
        } else {
            return None;
        }
    }
    let is_even = groups_of.is_none_or(|size| matches!(size, 2 | 4 | 6) && size == group);
    (is_even && matches!(count, 12 | 16)).then_some((bits, count))
}

fn push<const N: usize>(bytes: [u8; N], out: &mut Vec<u8>) {
    for (at, byte) in bytes.iter().enumerate() {
        let colon = if at == 0 { "" } else { ":" };
        push_display(out, format_args!("{colon}{byte:02x}"));
    }
}

fn from_text_6(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match parse(text.trim_matches(is_space)) {
        Some((bits, 12)) => out.extend_from_slice(&bits.to_be_bytes()[2..]),
        _ => return Err(TEXT),
    }
    Ok(())
}

/// Six bytes get ff:fe between their halves, as on the server.
fn from_text_8(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match parse(text.trim_matches(is_space)) {
        Some((bits, 16)) => out.extend_from_slice(&bits.to_be_bytes()),
        Some((bits, _)) => {
            let bytes = bits.to_be_bytes();
            out.extend_from_slice(&bytes[2..5]);
            out.extend_from_slice(&[0xff, 0xfe]);
            out.extend_from_slice(&bytes[5..]);
        }
        None => return Err(TEXT),
    }
    Ok(())
}

fn from_value(
    from_text: fn(&str, &mut Vec<u8>) -> Result<(), ValueError>,
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    match value {
        Value::Str(text) => from_text(text, out),
        _ => Err(VALUE),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(macaddr_send(v), 'hex'), and macaddr8_send
        samples::check(&MACADDR, &[("08:00:2b:01:02:03", "08 00 2b 01 02 03")]);
        samples::check(&MACADDR8, &[("08:00:2b:01:02:03:04:05", "08 00 2b 01 02 03 04 05")]);
    }

    #[test]
    fn texts_of_people_are_read_and_others_refused() {
        let shown = "08:00:2b:01:02:03";
        let texts =
            ["08-00-2b-01-02-03", "0800.2b01.0203", "08002b:010203", "08002B010203", "0800-2b01-0203"];
        samples::check_input(&MACADDR, &texts.map(|text| (text, shown)));
        let texts = [
            ("08:00:2b:01:02:03", "08:00:2b:ff:fe:01:02:03"),
            ("08002b0102030405", "08:00:2b:01:02:03:04:05"),
        ];
        samples::check_input(&MACADDR8, &texts);
        let others = [
            "",
            "08:00:2b:01:02",
            "08:00-2b:01:02:03",
            "8:0:2b:1:2:3",
            "08:00:2b:01:02:03:04:05",
            "0g002b010203",
        ];
        samples::check_refused(&MACADDR, &others);
        samples::check_refused(
            &MACADDR,
            &["08:00:2b:01:02:03:", ":08002b010203", "080:02b:010:203", "é8002b010203"],
        );
    }

    #[test]
    fn other_lengths_are_refused() {
        samples::check_fixed_length(&MACADDR, "08 00 2b 01 02 03");
        samples::check_fixed_length(&MACADDR8, "08 00 2b 01 02 03 04 05");
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(bits: u64) {
            let value = bits.to_be_bytes().to_vec();
            let text = samples::to_text(&MACADDR8, &value).expect("text");
            prop_assert_eq!(Some(value.clone()), samples::from_text(&MACADDR8, &text));
            let text = samples::to_text(&MACADDR, &value[2..]).expect("text");
            prop_assert_eq!(Some(value[2..].to_vec()), samples::from_text(&MACADDR, &text));
        }
    }
}
