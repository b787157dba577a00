//! Walks through one document from left to right and writes the masked one; what is kept is copied as it stands.

use super::automaton::State;
use super::leaf::{Leaf, Outcome, Scalars};
use super::{Json, escape};
use crate::error::ValueError;
use crate::masks::base32;
use crate::row::Row;

/// Below this many levels everything is null: the walk goes down by recursion. The server's own bound
/// (`max_stack_depth`) is at some thousands.
pub(super) const DEPTH_MAX: usize = 512;

const NOT_JSON: ValueError = ValueError::new("expected a JSON document, found other bytes");

type Walked = Result<(), ValueError>;

pub(super) struct Walk<'a> {
    pub(super) json: &'a Json,
    pub(super) row: &'a Row<'a>,
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) out: &'a mut Vec<u8>,
    /// Characters of a string with escapes.
    pub(super) scratch: Vec<u8>,
}

impl Walk<'_> {
    /// Write the whole document; nothing may stand behind it.
    pub(super) fn document(&mut self, state: usize, rule: usize) -> Walked {
        self.blanks();
        self.value(state, rule, 0)?;
        self.blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(NOT_JSON) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek() {
            self.out.push(byte);
            self.at += 1;
        }
    }

    /// Copy one byte of punctuation.
    fn expect(&mut self, byte: u8) -> Walked {
        if self.peek() != Some(byte) {
            return Err(NOT_JSON);
        }
        self.out.push(byte);
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, state: usize, rule: usize, depth: usize) -> Walked {
        let json = self.json;
        let state = &json.states[state];
        let rule = state.rule.unwrap_or(rule);
        let leaf = &json.leaves[rule];
        match self.peek().ok_or(NOT_JSON)? {
            first @ (b'{' | b'[') => self.container(first, state, rule, depth),
            b'"' => {
                let end = self.string_end(self.at)?;
                match leaf {
                    Leaf::Keep => self.keep(end),
                    Leaf::Null => self.replace(end, b"null"),
                    Leaf::Mask(scalars) => self.string(scalars, end)?,
                }
                Ok(())
            }
            b'-' | b'0'..=b'9' => self.number(leaf),
            _ => self.word(leaf),
        }
    }

    /// Copy what stands before `end`.
    fn keep(&mut self, end: usize) {
        self.out.extend_from_slice(&self.text.as_bytes()[self.at..end]);
        self.at = end;
    }

    fn replace(&mut self, end: usize, replacement: &[u8]) {
        self.out.extend_from_slice(replacement);
        self.at = end;
    }

    fn container(&mut self, first: u8, state: &State, rule: usize, depth: usize) -> Walked {
        let leaf = &self.json.leaves[rule];
        let is_object = first == b'{';
        if state.goes_on || matches!(leaf, Leaf::Mask(_)) {
            return match (depth < DEPTH_MAX, is_object) {
                (true, true) => self.object(state, rule, depth + 1),
                (true, false) => self.array(state, rule, depth + 1),
                (false, _) => {
                    self.replace(self.container_end()?, b"null");
                    Ok(())
                }
            };
        }
        let end = self.container_end()?;
        match leaf {
            Leaf::Keep => self.keep(end),
            _ => self.replace(end, if is_object { b"{}" } else { b"[]" }),
        }
        Ok(())
    }

    fn object(&mut self, state: &State, rule: usize, depth: usize) -> Walked {
        self.expect(b'{')?;
        self.blanks();
        if self.peek() == Some(b'}') {
            return self.expect(b'}');
        }
        loop {
            let child = self.key(state)?;
            self.blanks();
            self.expect(b':')?;
            self.blanks();
            self.value(child, rule, depth)?;
            self.blanks();
            if self.peek() == Some(b'}') {
                return self.expect(b'}');
            }
            self.expect(b',')?;
            self.blanks();
        }
    }

    fn array(&mut self, state: &State, rule: usize, depth: usize) -> Walked {
        self.expect(b'[')?;
        self.blanks();
        if self.peek() == Some(b']') {
            return self.expect(b']');
        }
        for index in 0.. {
            self.value(state.element(index), rule, depth)?;
            self.blanks();
            if self.peek() == Some(b']') {
                break;
            }
            self.expect(b',')?;
            self.blanks();
        }
        self.expect(b']')
    }

    /// Write the key of a member and give the state of its value.
    fn key(&mut self, state: &State) -> Result<usize, ValueError> {
        if self.peek() != Some(b'"') {
            return Err(NOT_JSON);
        }
        let end = self.string_end(self.at)?;
        let (scratch, json) = (&mut self.scratch, self.json);
        let name = characters(&self.text.as_bytes()[self.at + 1..end - 1], scratch)?;
        let (child, is_named) = state.member(name);
        if let Some(prf) = json.keys.as_ref().filter(|_| !is_named) {
            self.out.push(b'"');
            base32::push(prf.word(name), base32::DIGITS, self.out);
            self.out.push(b'"');
            self.at = end;
        } else {
            self.keep(end);
        }
        Ok(child)
    }

    fn string(&mut self, scalars: &Scalars, end: usize) -> Walked {
        let start = self.out.len();
        let value = characters(&self.text.as_bytes()[self.at + 1..end - 1], &mut self.scratch)?;
        let outcome = scalars.string(value, self.row, self.out)?;
        self.finish(outcome, start);
        self.at = end;
        Ok(())
    }

    fn number(&mut self, leaf: &Leaf) -> Walked {
        let rest = &self.text.as_bytes()[self.at..];
        let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let end = self.at + rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let number = self.text.get(self.at..end).filter(|number| is_number(number)).ok_or(NOT_JSON)?;
        match leaf {
            Leaf::Keep => self.keep(end),
            Leaf::Null => self.replace(end, b"null"),
            Leaf::Mask(scalars) => {
                let start = self.out.len();
                let outcome = scalars.number(number, self.row, self.out)?;
                self.finish(outcome, start);
                self.at = end;
            }
        }
        Ok(())
    }

    /// true, false and null; null stays null under any rule.
    fn word(&mut self, leaf: &Leaf) -> Walked {
        let rest = &self.text.as_bytes()[self.at..];
        let word = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word.as_bytes()));
        let word = word.ok_or(NOT_JSON)?;
        let end = self.at + word.len();
        match leaf {
            Leaf::Keep => self.keep(end),
            Leaf::Mask(scalars) if word != "null" => {
                let start = self.out.len();
                let outcome = scalars.boolean(word == "true", self.row, self.out)?;
                self.finish(outcome, start);
                self.at = end;
            }
            _ => self.replace(end, b"null"),
        }
        Ok(())
    }

    /// Make a value of what a mask appended from `start` on.
    fn finish(&mut self, outcome: Outcome, start: usize) {
        match outcome {
            Outcome::Bare => {}
            Outcome::Null => self.out.extend_from_slice(b"null"),
            Outcome::Text => {
                self.out.insert(start, b'"');
                escape::encode(self.out, start + 1);
                self.out.push(b'"');
            }
        }
    }

    /// The place behind the string that begins at `start`.
    fn string_end(&self, start: usize) -> Result<usize, ValueError> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            let rest = bytes.get(at..).ok_or(NOT_JSON)?;
            let place = at + memchr::memchr2(b'"', b'\\', rest).ok_or(NOT_JSON)?;
            if bytes[place] == b'"' {
                return Ok(place + 1);
            }
            at = place + 2;
        }
    }

    /// The place behind the object or array that begins here; its inside is not looked at.
    fn container_end(&self) -> Result<usize, ValueError> {
        let bytes = self.text.as_bytes();
        let (mut at, mut open) = (self.at, 0usize);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at = self.string_end(at)?;
                    continue;
                }
                b'{' | b'[' => open += 1,
                b'}' | b']' => open -= 1,
                _ => {}
            }
            at += 1;
            if open == 0 {
                return Ok(at);
            }
        }
        Err(NOT_JSON)
    }
}

/// The characters of a string given without its quotes: itself, or decoded into `scratch`.
fn characters<'a>(string: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<&'a [u8], ValueError> {
    if memchr::memchr(b'\\', string).is_none() {
        return Ok(string);
    }
    scratch.clear();
    escape::decode(string, scratch).ok_or(NOT_JSON)?;
    Ok(scratch)
}

/// RFC 8259: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
fn is_number(number: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && digits(fraction)
        && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}
