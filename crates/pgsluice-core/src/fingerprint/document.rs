//! Reads JSON documents that a server wrote: their content as one hash, and their strings one by one.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::error::ValueError;
use crate::types::canonical::with_canonical;
use crate::types::{Kind, numeric};

const NOT_JSON: ValueError = ValueError::new("expected a JSON document, found other bytes");

/// A part of a document; strings without their quotes, escapes as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Object,
    Array,
    End,
    Key(&'a [u8]),
    String(&'a [u8]),
    /// A number or one of the three words.
    Literal(&'a [u8]),
}

struct Tokens<'a>(&'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, ValueError>;

    fn next(&mut self) -> Option<Self::Item> {
        let skipped = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
        self.0 = &self.0[self.0.iter().position(skipped).unwrap_or(self.0.len())..];
        let (&first, rest) = self.0.split_first()?;
        let token = match first {
            b'{' => Token::Object,
            b'[' => Token::Array,
            b'}' | b']' => Token::End,
            b'"' => return Some(self.string()),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'}' | b']');
                let end = self.0.iter().position(is_end).unwrap_or(self.0.len());
                let (literal, rest) = self.0.split_at(end);
                self.0 = rest;
                return Some(Ok(Token::Literal(literal)));
            }
        };
        self.0 = rest;
        Some(Ok(token))
    }
}

impl<'a> Tokens<'a> {
    /// Take the string that begins here; it is a key if a colon follows.
    fn string(&mut self) -> Result<Token<'a>, ValueError> {
        let mut end = 1;
        loop {
            match self.0.get(end).ok_or(NOT_JSON)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let content = &self.0[1..end];
        self.0 = &self.0[end + 1..];
        let next = self.0.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        Ok(if next == Some(&b':') { Token::Key(content) } else { Token::String(content) })
    }
}

/// The characters of a string without its escapes.
fn unescaped(content: &[u8]) -> Result<Cow<'_, [u8]>, ValueError> {
    if !content.contains(&b'\\') {
        return Ok(Cow::Borrowed(content));
    }
    let quoted = [b"\"", content, b"\""].concat();
    let text: String = serde_json::from_slice(&quoted).map_err(|_| NOT_JSON)?;
    Ok(Cow::Owned(text.into_bytes()))
}

/// Call `each` with every string of a document that is a value, not a key; bytes that are no document have none.
pub fn strings(document: &[u8], mut each: impl FnMut(&[u8])) {
    for token in Tokens(document) {
        let Ok(token) = token else { return };
        if let Token::String(content) = token
            && let Ok(text) = unescaped(content)
        {
            each(&text);
        }
    }
}

/// What is open: whether it is an object, and its content so far (for objects: keys and values in turn).
struct Open {
    is_object: bool,
    content: Vec<u128>,
}

/// Hash the content of a document: the order of keys, doubles of a key but the last, blanks and the form of
/// numbers do not count.
///
/// # Errors
/// If the bytes are no document. It goes down by a stack of its own, so depth is no matter.
pub fn hash(document: &[u8], seed: u64) -> Result<u128, ValueError> {
    let tagged = |tag: u64, bytes: &[u8]| xxh3_128_with_seed(bytes, seed ^ tag);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for token in Tokens(document) {
        let hashed = match token? {
            Token::Object | Token::Array if root.is_some() => return Err(NOT_JSON),
            Token::Object => {
                open.push(Open { is_object: true, content: Vec::new() });
                continue;
            }
            Token::Array => {
                open.push(Open { is_object: false, content: Vec::new() });
                continue;
            }
            Token::Key(content) => {
                let parent = open.last_mut().filter(|parent| parent.is_object).ok_or(NOT_JSON)?;
                parent.content.push(tagged(1, &unescaped(content)?));
                continue;
            }
            Token::String(content) => tagged(2, &unescaped(content)?),
            Token::Literal(word @ (b"true" | b"false" | b"null")) => tagged(3, word),
            Token::Literal(number) => number_hash(number, |bytes| tagged(4, bytes))?,
            Token::End => {
                let ended = open.pop().ok_or(NOT_JSON)?;
                let tag = if ended.is_object { 5 } else { 6 };
                let content = if ended.is_object { last_of_each_key(&ended.content) } else { ended.content };
                let bytes: Vec<u8> = content.iter().flat_map(|part| part.to_le_bytes()).collect();
                tagged(tag, &bytes)
            }
        };
        match open.last_mut() {
            Some(parent) => parent.content.push(hashed),
            None if root.is_none() => root = Some(hashed),
            None => return Err(NOT_JSON),
        }
    }
    if open.is_empty() { root.ok_or(NOT_JSON) } else { Err(NOT_JSON) }
}

fn last_of_each_key(content: &[u128]) -> Vec<u128> {
    let (pairs, _) = content.as_chunks::<2>();
    let mut pairs = pairs.to_vec();
    // Stable: of one key's values the last stays last.
    pairs.sort_by_key(|[key, _]| *key);
    let mut kept: Vec<[u128; 2]> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        match kept.last_mut() {
            Some(last) if last[0] == pair[0] => *last = pair,
            _ => kept.push(pair),
        }
    }
    kept.concat()
}

fn number_hash(text: &[u8], hash: impl FnOnce(&[u8]) -> u128) -> Result<u128, ValueError> {
    let text = std::str::from_utf8(text).map_err(|_| NOT_JSON)?;
    let mut binary = Vec::new();
    (numeric::CODEC.from_text)(text, &mut binary)?;
    with_canonical(Kind::Numeric, &binary, hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn hashed(document: &str) -> Result<u128, ValueError> {
        hash(document.as_bytes(), 7)
    }

    #[test]
    fn a_document_is_what_the_server_makes_of_it() {
        // PostgreSQL 15.18 and 18.6: select v::jsonb
        for (given, stored) in [
            (
                r#"{"bb":1, "a": {"y":2,"x":[1,  2]}, "c":"\u00e9\n"}"#,
                r#"{"a": {"x": [1, 2], "y": 2}, "c": "é\n", "bb": 1}"#,
            ),
            (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
            ("1e3", "1000"),
            ("-0", "0"),
            (" [1.50] ", "[1.50]"),
            (r#""\/""#, r#""/""#),
        ] {
            assert_eq!(hashed(given), hashed(stored), "{given}");
            assert!(hashed(given).is_ok(), "{given}");
        }
    }

    #[test]
    fn other_content_has_another_hash() {
        let documents = [
            "null",
            "true",
            "false",
            "0",
            "1",
            "\"1\"",
            "\"true\"",
            "\"\"",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "[1, 2]",
            "[2, 1]",
            "[[1], 2]",
            "[[1, 2]]",
            r#"{"a": 1}"#,
            r#"{"a": "1"}"#,
            r#"{"b": 1}"#,
            r#"["a", 1]"#,
            r#"{"a": 1, "b": 2}"#,
            r#"{"a": 2, "b": 1}"#,
            r#"{"a": {"b": 1}}"#,
        ];
        let mut all: Vec<u128> = documents.iter().map(|text| hashed(text).expect("a document")).collect();
        all.sort_unstable();
        all.dedup();

        assert_eq!(documents.len(), all.len());
    }

    #[test]
    fn bytes_that_are_no_document_are_refused() {
        for text in
            ["", "[", "]", "{\"a\"", "\"a", "\"a\\", "[1]]", "1 2", "x", "[\"\\q\"]", "[]{}", "[\"a\":1]"]
        {
            assert!(hashed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_documents_do_not_exhaust_the_stack() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);

        assert!(hashed(&deep).is_ok());
    }

    #[test]
    fn strings_are_values_without_escapes() {
        let mut found = Vec::new();

        strings(br#"{"key": "a \"b\"", "n": [1, "c", {"k" : "d"}], "e" :null}"#, |text| {
            found.push(String::from_utf8(text.to_vec()).expect("UTF-8"));
        });

        assert_eq!(vec!["a \"b\"", "c", "d"], found);
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((".*", inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    /// The same document with the members of every object the other way round.
    fn turned(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(turned).collect(),
            Value::Object(members) => {
                Value::Object(members.iter().rev().map(|(key, value)| (key.clone(), turned(value))).collect())
            }
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn order_of_members_and_blanks_do_not_count(document in documents()) {
            let plain = hashed(&document.to_string());
            let other = hashed(&serde_json::to_string_pretty(&turned(&document)).expect("JSON"));

            prop_assert!(plain.is_ok());
            prop_assert_eq!(plain, other);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = hash(&bytes, 7);
            strings(&bytes, |_| ());
        }
    }
}
