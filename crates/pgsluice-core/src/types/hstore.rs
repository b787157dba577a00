//! `hstore`: names with characters or NULL.
//!
//! | offset | bytes | meaning                                                         |
//! |--------|-------|-----------------------------------------------------------------|
//! | 0      | 4     | number of pairs                                                 |
//! | then   |       | for each its name's length and bytes, its value's (-1 = NULL)   |
//!
//! Source: PostgreSQL 18, `contrib/hstore/hstore_io.c` `hstore_send`, `hstore_recv`, `hstore_in`.

use super::{Codec, Kind, Nesting, is_space, text};
use crate::encode::value::{Limits, Value};
use crate::error::ValueError;
use crate::row::{begin_field, end_field};

const CUT: ValueError = ValueError::new("expected a whole hstore, found other bytes");
const TEXT: ValueError = ValueError::new("expected an hstore as \"name\"=>\"value\", found another text");
const VALUE: ValueError = ValueError::new("expected a dict, found a value of another type");
const PAIR: ValueError =
    ValueError::new("expected a dict of str to str or None, found values of other types");
const COUNT: ValueError = ValueError::new("expected fewer than 2^31 pairs, found more");

/// The codec.
pub const CODEC: Codec = Codec {
    names: &["hstore"],
    kind: Kind::Other,
    source: "contrib/hstore/hstore_io.c, hstore_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text,
    from_value,
};

fn push(text: Option<&str>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let Some(characters) = text else {
        out.extend_from_slice(&(-1i32).to_be_bytes());
        return Ok(());
    };
    let at = begin_field(out);
    (text::CODEC.from_text)(characters, out)?;
    end_field(out, at).ok_or(COUNT)
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    fn take<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, ValueError> {
        let (length, tail) = rest.split_first_chunk::<4>().ok_or(CUT)?;
        let length = i32::from_be_bytes(*length);
        let (text, tail) = tail.split_at_checked(usize::try_from(length).unwrap_or(0)).ok_or(CUT)?;
        *rest = tail;
        Ok((length >= 0).then_some(text))
    }
    let (count, mut rest) = value.split_first_chunk::<4>().ok_or(CUT)?;
    for pair in 0..u32::from_be_bytes(*count) {
        if pair > 0 {
            out.extend_from_slice(b", ");
        }
        escape(text::read(take(&mut rest)?.ok_or(CUT)?)?, out);
        out.extend_from_slice(b"=>");
        match take(&mut rest)? {
            Some(value) => escape(text::read(value)?, out),
            None => out.extend_from_slice(b"NULL"),
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(CUT) }
}

/// Put in quotes, quotes and backslashes behind a backslash.
fn escape(text: &str, out: &mut Vec<u8>) {
    super::array::quote(text.as_bytes(), out);
}

fn from_text(text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut rest = text.trim_matches(is_space);
    let mut count = 0u32;
    while !rest.is_empty() {
        let (name, _) = word(&mut rest).ok_or(TEXT)?;
        rest = rest.trim_start_matches(is_space).strip_prefix("=>").ok_or(TEXT)?.trim_start_matches(is_space);
        let (value, is_quoted) = word(&mut rest).ok_or(TEXT)?;
        let is_null = !is_quoted && value.eq_ignore_ascii_case("null");
        push(Some(&name), out)?;
        push((!is_null).then_some(&value), out)?;
        count += 1;
        rest = rest.trim_start_matches(is_space);
        rest = match rest.strip_prefix(',') {
            Some(behind) if !behind.trim_start_matches(is_space).is_empty() => {
                behind.trim_start_matches(is_space)
            }
            None if rest.is_empty() => rest,
            _ => return Err(TEXT),
        };
    }
    out[start..start + 4].copy_from_slice(&count.to_be_bytes());
    Ok(())
}

/// The next word and whether it stood in quotes.
fn word(rest: &mut &str) -> Option<(String, bool)> {
    let mut word = String::new();
    let is_quoted = rest.starts_with('"');
    let mut characters = rest.get(usize::from(is_quoted)..)?.chars();
    loop {
        let before = characters.as_str();
        match characters.next() {
            Some('\\') => word.push(characters.next()?),
            Some('"') if is_quoted => break,
            Some(next) if !is_quoted && (next == ',' || next == '=' || is_space(next)) => {
                *rest = before;
                return (!word.is_empty()).then_some((word, false));
            }
            Some(next) => word.push(next),
            None if is_quoted || word.is_empty() => return None,
            None => break,
        }
    }
    *rest = characters.as_str();
    Some((word, is_quoted))
}

fn from_value(value: &Value<'_>, _: &Limits, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let entries = match value {
        Value::Map(entries) => entries,
        Value::Str(text) => return from_text(text, out),
        _ => return Err(VALUE),
    };
    out.extend_from_slice(&i32::try_from(entries.len()).map_err(|_| COUNT)?.to_be_bytes());
    entries.each_entry(&mut |name, value| match (name, value) {
        (Value::Str(name), Value::Str(value)) => {
            push(Some(name), out)?;
            push(Some(value), out)
        }
        (Value::Str(name), Value::Null) => {
            push(Some(name), out)?;
            push(None, out)
        }
        _ => Err(PAIR),
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_as_the_server_does() {
        // PostgreSQL 18.6, hstore 1.8: select v, encode(hstore_send(v), 'hex')
        let pairs = [
            ("", "00000000"),
            ("\"a\"=>\"1\", \"b\"=>NULL", "00000002 00000001 61 00000001 31 00000001 62 ffffffff"),
            ("\"\"=>\"\\\"\\\\\"", "00000001 00000000 00000002 225c"),
        ];
        samples::check(&CODEC, &pairs);
        samples::check_input(&CODEC, &[("a=>1,b => null", "\"a\"=>\"1\", \"b\"=>NULL")]);
        samples::check_refused(&CODEC, &["a", "a=>", "=>1", "a=>1,", "\"a=>1", "a>1", "a=>1 b=>2"]);
        for hex in
            ["", "000000", "00000001", "00000001 ffffffff 00000000", "00000000 00", "00000001 00000002 61"]
        {
            assert_eq!(None, samples::to_text(&CODEC, &samples::bytes(hex)), "{hex}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = samples::from_text(&CODEC, &text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = samples::to_text(&CODEC, &bytes);
        }
    }
}
