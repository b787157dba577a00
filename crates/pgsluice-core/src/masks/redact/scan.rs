//! Finds personal data in a text, from left to right, in one pass. By hand and not by regular expressions: one
//! pattern for all kinds must look to the end of a long word from each place in it, which is quadratic.

use super::forms;

/// What is looked for; the place of each in [`Sort::ALL`] is its bit in a [`Sorts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Email,
    Phone,
    Card,
    Iban,
    Ip,
    Mac,
    Host,
    Url,
}

impl Sort {
    pub(super) const ALL: [(Self, &'static str); 8] = [
        (Self::Email, "email"),
        (Self::Phone, "phone"),
        (Self::Card, "card"),
        (Self::Iban, "iban"),
        (Self::Ip, "ip"),
        (Self::Mac, "mac"),
        (Self::Host, "host"),
        (Self::Url, "url"),
    ];
}

/// A set of sorts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sorts(u8);

impl Sorts {
    pub(super) fn insert(&mut self, sort: Sort) {
        self.0 |= 1 << sort as u8;
    }

    fn has(self, sort: Sort) -> bool {
        self.0 & 1 << sort as u8 != 0
    }
}

/// Something found at `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) sort: Sort,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The bytes words are made of: all but control characters, blank, quotes, brackets, comma, semicolon, backslash and bar.
const WORD: u8 = 1;
/// Without one of these, all of ASCII, a word holds nothing that is looked for: digits . : @ -
const MARK: u8 = 2;

/// What each byte may be part of.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        classes[byte as usize] = match byte {
            b'0'..=b'9' | b'.' | b':' | b'@' | b'-' => WORD | MARK,
            0..=b' '
            | b'"'
            | b'\''
            | b'('
            | b')'
            | b','
            | b';'
            | b'<'
            | b'>'
            | b'['
            | b'\\'
            | b']'
            | b'`'
            | b'{'
            | b'|'
            | b'}'
            | 0x7f => 0,
            _ => WORD,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

fn is_word(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & WORD != 0
}

fn is_mark(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & MARK != 0
}

/// The bytes host names are made of, with those of other alphabets.
fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || byte >= 0x80
}

pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// The first place from `start` on whose byte does not belong to the run.
pub(super) fn run_end(text: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    text[start..].iter().position(|&byte| !belongs(byte)).map_or(text.len(), |length| start + length)
}

/// Everything found in a text, in order, none overlapping another.
pub(super) struct Scan<'a> {
    text: &'a [u8],
    sorts: Sorts,
    at: usize,
    /// End of the last thing found.
    floor: usize,
    /// Words and host runs are looked at once, from where they are entered; here the last ones end.
    word_end: usize,
    host_end: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a [u8], sorts: Sorts) -> Self {
        Self { text, sorts, at: 0, floor: 0, word_end: 0, host_end: 0 }
    }

    fn here(&mut self) -> Option<Found> {
        if self.at >= self.word_end {
            self.word_end = run_end(self.text, self.at, is_word);
            let word = &self.text[self.at..self.word_end];
            let word = trim_end(word, b".!?*");
            if !word.iter().any(|&byte| is_mark(byte)) {
                self.at = self.word_end - 1;
                return None;
            }
            let word = trim_end(word, b".:!?*");
            if let Some(found) = self.word(word) {
                return Some(found);
            }
        }
        let byte = self.text[self.at];
        if self.at >= self.host_end && is_host(byte) {
            self.host_end = run_end(self.text, self.at, is_host);
            if let Some(found) = self.host() {
                return Some(found);
            }
        }
        if byte.is_ascii_alphanumeric() || byte == b':' {
            self.run_start(byte).or_else(|| self.digits(byte))
        } else {
            None
        }
    }

    /// A word is given up whole: what stands around an @ or :// in it is personal as well.
    fn word(&self, word: &[u8]) -> Option<Found> {
        let has_at = || word.len() > 2 && memchr::memchr(b'@', &word[1..word.len() - 1]).is_some();
        let sort = if self.sorts.has(Sort::Url) && (is_url(word) || word.starts_with(b"www.")) {
            Sort::Url
        } else if self.sorts.has(Sort::Email) && has_at() {
            Sort::Email
        } else {
            return None;
        };
        Some(Found { sort, start: self.at, end: self.at + word.len() })
    }

    fn host(&self) -> Option<Found> {
        let (start, end) =
            self.sorts.has(Sort::Host).then(|| forms::host(self.text, self.at, self.host_end))??;
        Some(Found { sort: Sort::Host, start, end })
    }

    /// What can begin only where letters and digits begin.
    fn run_start(&self, byte: u8) -> Option<Found> {
        let before = self.at.checked_sub(1).map_or(b' ', |place| self.text[place]);
        if before.is_ascii_alphanumeric() {
            return None;
        }
        let found = |sort, end: Option<usize>| Some(Found { sort, start: self.at, end: end? });
        if self.sorts.has(Sort::Iban)
            && byte.is_ascii_alphabetic()
            && let Some(found) = found(Sort::Iban, forms::iban(self.text, self.at))
        {
            return Some(found);
        }
        if !byte.is_ascii_hexdigit() && (byte != b':' || before == b':') {
            return None;
        }
        if self.sorts.has(Sort::Mac)
            && let Some(found) = found(Sort::Mac, forms::mac(self.text, self.at))
        {
            return Some(found);
        }
        self.sorts.has(Sort::Ip).then(|| found(Sort::Ip, forms::ipv6(self.text, self.at)))?
    }

    /// What begins with a group of digits. Moves on where a date stands, which is no phone number.
    fn digits(&mut self, byte: u8) -> Option<Found> {
        let before = self.at.checked_sub(1).map_or(b' ', |place| self.text[place]);
        if !is_digit(byte) || is_digit(before) {
            return None;
        }
        let (text, at) = (self.text, self.at);
        if self.sorts.has(Sort::Ip)
            && before != b'.'
            && let Some(end) = forms::ipv4(text, at)
        {
            return Some(Found { sort: Sort::Ip, start: at, end });
        }
        if let Some(end) = forms::date(text, at) {
            self.at = end - 1;
            return None;
        }
        if self.sorts.has(Sort::Card)
            && let Some(end) = forms::card(text, at)
        {
            return Some(Found { sort: Sort::Card, start: at, end });
        }
        let end = self.sorts.has(Sort::Phone).then(|| forms::phone(text, at))??;
        Some(Found { sort: Sort::Phone, start: self.phone_start(end), end })
    }

    /// The bracket of an area code and the plus of a country code belong to the number.
    fn phone_start(&self, end: usize) -> usize {
        let mut start = self.at;
        let mut take = |lead: u8| {
            if start > self.floor && self.text[start - 1] == lead {
                start -= 1;
            }
        };
        if self.text[self.at..end].contains(&b')') {
            take(b'(');
        }
        take(b'+');
        start
    }
}

fn trim_end<'a>(word: &'a [u8], punctuation: &[u8]) -> &'a [u8] {
    let last = word.iter().rposition(|byte| !punctuation.contains(byte));
    &word[..last.map_or(0, |last| last + 1)]
}

/// Whether :// stands in it, and not first at its front.
fn is_url(word: &[u8]) -> bool {
    let first = memchr::memchr_iter(b':', word).find(|&place| word[place..].starts_with(b"://"));
    first.is_some_and(|place| place > 0)
}

impl Iterator for Scan<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        while self.at < self.text.len() {
            if is_word(self.text[self.at])
                && let Some(found) = self.here()
            {
                self.at = found.end;
                self.floor = found.end;
                return Some(found);
            }
            self.at += 1;
        }
        None
    }
}
