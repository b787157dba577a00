//! Strings of a document: from the form with escapes to characters and back.

/// Append the characters of a string given without its quotes; `None` if an escape is none of JSON's.
///
/// Half a surrogate pair, which `json` lets through, becomes U+FFFD.
pub(super) fn decode(string: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = string;
    while let Some(place) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..place]);
        let (&letter, tail) = rest[place + 1..].split_first()?;
        rest = tail;
        let plain = match letter {
            b'"' | b'\\' | b'/' => letter,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let unit = unit(rest)?;
                rest = &rest[4..];
                let mut code = unit;
                if (0xd800..0xdc00).contains(&unit)
                    && let Some(low) = rest.strip_prefix(b"\\u").and_then(self::unit)
                    && (0xdc00..0xe000).contains(&low)
                {
                    code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    rest = &rest[6..];
                }
                let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return None,
        };
        out.push(plain);
    }
    out.extend_from_slice(rest);
    Some(())
}

/// The four hexadecimal digits at the front.
fn unit(digits: &[u8]) -> Option<u32> {
    digits.get(..4)?.iter().try_fold(0, |sum, &byte| Some(sum * 16 + char::from(byte).to_digit(16)?))
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Escape what stands in `out` from `start` on; nothing is copied where nothing needs it.
pub(super) fn encode(out: &mut Vec<u8>, start: usize) {
    let Some(first) = out[start..].iter().position(|&byte| needs_escape(byte)) else { return };
    let tail = out.split_off(start + first);
    for byte in tail {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                let digits = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend([byte >> 4, byte & 15].map(|digit| digits[usize::from(digit)]));
            }
            _ => out.push(byte),
        }
    }
}
