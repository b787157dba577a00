//! `oid`, `xid`, `cid`, `xid8` and `pg_lsn`: numbers without a sign.
//!
//! | offset | bytes  | meaning                 |
//! |--------|--------|-------------------------|
//! | 0      | 4 or 8 | the number, big-endian  |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/oid.c` `oidsend`; `xid.c` `xidsend`, `xid8send`; `pg_lsn.c`
//! `pg_lsn_send`, `pg_lsn_in_internal`.

use super::{Codec, Kind, Nesting, is_space, push_display};
use crate::encode::value::Value;
use crate::error::ValueError;

const LENGTH: ValueError = ValueError::new("expected a number of its type's 4 or 8 bytes, found others");
const VALUE: ValueError = ValueError::new("expected a whole number, found a value of another type");
const TEXT: ValueError =
    ValueError::new("expected a whole number from 0 up without zeros before it, found another text");
const RANGE: ValueError = ValueError::new("expected a number in the range of its type, found one outside");
const LSN: ValueError =
    ValueError::new("expected an LSN as two hexadecimal numbers with / between, found another text");

const fn of_32(name: &'static [&'static str], source: &'static str) -> Codec {
    Codec {
        names: name,
        kind: Kind::Other,
        source,
        is_text_as_sent: false,
        nesting: Nesting::Both,
        to_text: to_text_32,
        from_text: from_text_32,
        from_value: |value, _, out| match value {
            Value::Int(number) => {
                out.extend_from_slice(&u32::try_from(*number).map_err(|_| RANGE)?.to_be_bytes());
                Ok(())
            }
            Value::Str(text) => from_text_32(text, out),
            _ => Err(VALUE),
        },
    }
}

/// The codec of `oid`.
pub const OID: Codec = of_32(&["oid"], "src/backend/utils/adt/oid.c, oidsend");
/// The codec of `xid`.
pub const XID: Codec = of_32(&["xid"], "src/backend/utils/adt/xid.c, xidsend");
/// The codec of `cid`.
pub const CID: Codec = of_32(&["cid"], "src/backend/utils/adt/xid.c, cidsend");

/// The codec of `xid8`.
pub const XID8: Codec = Codec {
    names: &["xid8"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/xid.c, xid8send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| {
        push_display(out, format_args!("{}", read_64(value)?));
        Ok(())
    },
    from_text: from_text_64,
    from_value: |value, _, out| match value {
        Value::Int(number) => {
            out.extend_from_slice(&u64::try_from(*number).map_err(|_| RANGE)?.to_be_bytes());
            Ok(())
        }
        Value::BigInt(text) | Value::Str(text) => from_text_64(text, out),
        _ => Err(VALUE),
    },
};

/// The codec of `pg_lsn`.
pub const PG_LSN: Codec = Codec {
    names: &["pg_lsn"],
    kind: Kind::Other,
    source: "src/backend/utils/adt/pg_lsn.c, pg_lsn_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text: |value, out| {
        let number = read_64(value)?;
        push_display(out, format_args!("{:X}/{:X}", number >> 32, number & 0xffff_ffff));
        Ok(())
    },
    from_text: lsn_from_text,
    from_value: |value, _, out| match value {
        Value::Str(text) => lsn_from_text(text, out),
        _ => Err(LSN),
    },
};

fn read_64(value: &[u8]) -> Result<u64, ValueError> {
    value.try_into().map(u64::from_be_bytes).map_err(|_| LENGTH)
}

fn to_text_32(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number = value.try_into().map(u32::from_be_bytes).map_err(|_| LENGTH)?;
    push_display(out, format_args!("{number}"));
    Ok(())
}

/// The server reads 010 as 8 and 08 not at all, so no number but 0 begins with it.
fn digits(text: &str) -> Result<&str, ValueError> {
    let text = text.trim_matches(is_space);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = text == "0" || !text.starts_with('0');
    if is_number && is_decimal { Ok(text) } else { Err(TEXT) }
}

fn from_text_32(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number: u32 = digits(text)?.parse().map_err(|_| RANGE)?;
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

fn from_text_64(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let number: u64 = digits(text)?.parse().map_err(|_| RANGE)?;
    out.extend_from_slice(&number.to_be_bytes());
    Ok(())
}

fn lsn_from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let half = |digits: &str| {
        let is_half = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_half.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    let (high, low) = text.split_once('/').ok_or(LSN)?;
    out.extend_from_slice(&half(high).ok_or(LSN)?.to_be_bytes());
    out.extend_from_slice(&half(low).ok_or(LSN)?.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6: select v, encode(oidsend(v), 'hex'), xid8send, pg_lsn_send
        samples::check(&OID, &[("0", "00000000"), ("4294967295", "ffffffff")]);
        samples::check(&XID8, &[("18446744073709551615", "ffffffffffffffff")]);
        samples::check(&PG_LSN, &[("16/B374D848", "00000016b374d848"), ("0/0", "0000000000000000")]);
        samples::check_refused(&OID, &["", "-1", "4294967296", "pg_class"]);
        samples::check_refused(&XID8, &["", "18446744073709551616"]);
        samples::check_refused(&PG_LSN, &["", "0", "/0", "0/", "0/123456789", "g/0"]);
        samples::check_fixed_length(&OID, "00000000");
        samples::check_fixed_length(&PG_LSN, "0000000000000000");
    }
}
