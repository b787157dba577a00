//! What every codec's tests check, given values that a real server wrote.

use super::Codec;

/// The bytes of spaced hexadecimal.
pub(crate) fn bytes(spaced: &str) -> Vec<u8> {
    let digits: Vec<u8> = spaced.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal"))
        .collect()
}

/// What the codec writes for a value.
pub(crate) fn to_text(codec: &Codec, value: &[u8]) -> Option<String> {
    let mut out = Vec::new();
    (codec.to_text)(value, &mut out).ok()?;
    String::from_utf8(out).ok()
}

/// What the codec reads from a text.
pub(crate) fn from_text(codec: &Codec, text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    (codec.from_text)(text, &mut out).ok()?;
    Some(out)
}

/// Both ways, for pairs of text and bytes that a server wrote.
pub(crate) fn check(codec: &Codec, samples: &[(&str, &str)]) {
    for (text, hex) in samples {
        let value = bytes(hex);
        assert_eq!(Some(*text), to_text(codec, &value).as_deref(), "{hex}");
        assert_eq!(Some(value), from_text(codec, text), "{text}");
    }
}

/// Other texts a person may write, and the text the server shows for the same value.
pub(crate) fn check_input(codec: &Codec, samples: &[(&str, &str)]) {
    for (given, shown) in samples {
        let value = from_text(codec, given);
        let text = value.and_then(|value| to_text(codec, &value));
        assert_eq!(Some(*shown), text.as_deref(), "{given}");
    }
}

/// Texts that name no value.
pub(crate) fn check_refused(codec: &Codec, texts: &[&str]) {
    for text in texts {
        assert_eq!(None, from_text(codec, text), "{text}");
    }
}

/// A value of a type with one length is refused at every other, short by one byte and long by one among them.
pub(crate) fn check_fixed_length(codec: &Codec, hex: &str) {
    let mut value = bytes(hex);
    for length in 0..value.len() {
        assert_eq!(None, to_text(codec, &value[..length]), "{length} bytes");
    }
    value.push(0);
    assert_eq!(None, to_text(codec, &value), "one byte more");
}
