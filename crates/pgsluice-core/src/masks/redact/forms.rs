//! How long the thing is that begins at a place of a text, for each thing that is looked for. Every
//! function looks at a bounded number of bytes, or is asked once for each run of them.

use super::scan::{is_digit, run_end};

/// Most digits of a card number (ISO/IEC 7812), and fewest.
const CARD_DIGITS_MAX: usize = 19;
const CARD_DIGITS_MIN: usize = 12;
/// Most characters of an IBAN (ISO 13616), and fewest.
const IBAN_CHARS_MAX: usize = 34;
const IBAN_CHARS_MIN: usize = 15;
/// Fewest digits that are taken for a phone number: local numbers have seven.
const PHONE_DIGITS_MIN: usize = 7;
/// Most characters of an IPv6 address with an IPv4 address in it.
const IPV6_CHARS_MAX: usize = 45;
/// Separators between two groups of digits: at most "), " has so many.
const GAP_MAX: usize = 2;

fn at(text: &[u8], place: usize) -> Option<u8> {
    text.get(place).copied()
}

fn is(text: &[u8], place: usize, belongs: impl Fn(u8) -> bool) -> bool {
    at(text, place).is_some_and(belongs)
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Bytes of the separator at the front: blank . / ( ) - or a no-break or narrow blank, hyphen or dash.
fn separator(text: &[u8]) -> usize {
    match text {
        [b' ' | b'.' | b'/' | b'(' | b')' | b'-', ..] => 1,
        [0xc2, 0xa0, ..] => 2,
        [0xe2, 0x80, 0x91 | 0x93 | 0xaf, ..] => 3,
        _ => 0,
    }
}

/// Where the group of digits lies that goes on the number whose last digit stands before `end`. Behind a blank it
/// must not be the beginning of a word: "0301234567 2nd", "0301234567 1@example.com".
fn next_group(text: &[u8], end: usize) -> Option<(usize, usize)> {
    let mut start = end;
    for _ in 0..GAP_MAX {
        start += separator(&text[start..]);
    }
    if start == end || !is(text, start, is_digit) {
        return None;
    }
    let group_end = run_end(text, start, is_digit);
    let has_blank = text[end..start].iter().any(|&byte| byte == b' ' || byte >= 0x80);
    let is_glued = is(text, group_end, |byte| byte.is_ascii_alphabetic() || b":@_".contains(&byte));
    (!has_blank || !is_glued).then_some((start, group_end))
}

/// Where the run of groups ends that begins at `start`, if it is a phone number.
pub(super) fn phone(text: &[u8], start: usize) -> Option<usize> {
    let mut end = run_end(text, start, is_digit);
    let mut digits = end - start;
    while let Some((group, group_end)) = next_group(text, end) {
        digits += group_end - group;
        end = group_end;
    }
    (digits >= PHONE_DIGITS_MIN).then_some(end)
}

/// Where the card number ends that begins at `start`: the longest run of groups, joined by one blank or hyphen each,
/// whose digits pass Luhn's test.
pub(super) fn card(text: &[u8], start: usize) -> Option<usize> {
    let mut digits = [0u8; CARD_DIGITS_MAX];
    let mut count = 0usize;
    let mut found = None;
    let mut group = Some((start, run_end(text, start, is_digit)));
    while let Some((first, end)) = group {
        let Some(room) = digits.get_mut(count..count + (end - first)) else { break };
        room.copy_from_slice(&text[first..end]);
        count += end - first;
        let goes_on = at(text, end) == Some(b'.') && is(text, end + 1, is_digit);
        if count >= CARD_DIGITS_MIN && !goes_on && luhn(&digits[..count]) == 0 {
            found = Some(end);
        }
        let is_joint = |next: usize| {
            next - end == separator(&text[end..]) && !matches!(text[end], b'.' | b'/' | b'(' | b')')
        };
        group = next_group(text, end).filter(|(next, _)| is_joint(*next));
    }
    found
}

/// Luhn's sum of a run of ASCII digits, modulo ten: 0 for a valid number.
pub(super) fn luhn(digits: &[u8]) -> u8 {
    let values = digits.iter().rev().map(|byte| byte.wrapping_sub(b'0') % 10);
    let doubled = |(place, value): (usize, u8)| {
        if place % 2 == 0 { value } else { value * 2 / 10 + value * 2 % 10 }
    };
    values.enumerate().map(doubled).fold(0, |sum, value| (sum + value) % 10)
}

/// Go on with a remainder modulo 97 by one letter or digit of an IBAN.
pub(super) fn mod97(remainder: u32, byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    }
}

/// Where the IBAN ends that begins at `start`: the longest that passes the test of ISO 7064 MOD 97-10.
pub(super) fn iban(text: &[u8], start: usize) -> Option<usize> {
    let head: &[u8; 4] = text[start..].first_chunk()?;
    if !(head[..2].iter().all(u8::is_ascii_alphabetic) && head[2..].iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let (mut end, mut count, mut remainder, mut found) = (start + 4, 4usize, 0u32, None);
    while count < IBAN_CHARS_MAX {
        let gap = usize::from(matches!(at(text, end), Some(b' ' | b'-')));
        let Some(byte) = at(text, end + gap).filter(u8::is_ascii_alphanumeric) else { break };
        end += gap + 1;
        count += 1;
        remainder = mod97(remainder, byte);
        let is_whole = !is(text, end, is_alphanumeric) && count >= IBAN_CHARS_MIN;
        if is_whole && head.iter().fold(remainder, |sum, &byte| mod97(sum, byte)) == 1 {
            found = Some(end);
        }
    }
    found
}

/// Where the IPv4 address ends that begins at `start`: four numbers up to 255 of at most three digits.
pub(super) fn ipv4(text: &[u8], start: usize) -> Option<usize> {
    let mut end = start;
    for part in 0..4 {
        if part > 0 {
            end += (at(text, end) == Some(b'.')).then_some(1)?;
        }
        let digits = text[end..].iter().take(4).take_while(|byte| byte.is_ascii_digit());
        let (count, number) = digits
            .fold((0, 0u32), |(count, number), &byte| (count + 1, number * 10 + u32::from(byte - b'0')));
        if !(1..=3).contains(&count) || number > 255 {
            return None;
        }
        end += count;
    }
    let goes_on = is(text, end, |byte| byte == b'.') && is(text, end + 1, is_digit);
    (!goes_on).then_some(end)
}

/// Where the IPv6 address ends that begins at `start`, in the forms of RFC 4291, without a zone.
pub(super) fn ipv6(text: &[u8], start: usize) -> Option<usize> {
    let window = &text[start..text.len().min(start + IPV6_CHARS_MAX + 2)];
    let run = start + run_end(window, 0, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    if is(text, run, is_alphanumeric) {
        return None;
    }
    let parse = |end: usize| {
        let address = std::str::from_utf8(text.get(start..end)?).ok()?;
        (address.len() > 2 && address.parse::<std::net::Ipv6Addr>().is_ok()).then_some(end)
    };
    let trimmed = text[start..run].iter().rposition(|byte| !matches!(byte, b':' | b'.'));
    parse(run).or_else(|| parse(start + trimmed? + 1))
}

/// Where the hardware address ends that begins at `start`: 6 or 8 bytes joined by : or by -, or 6 as three groups
/// of four digits joined by points.
pub(super) fn mac(text: &[u8], start: usize) -> Option<usize> {
    [(8, 2, b':'), (8, 2, b'-'), (6, 2, b':'), (6, 2, b'-'), (3, 4, b'.')].into_iter().find_map(
        |(groups, digits, joint)| {
            let length = groups * (digits + 1) - 1;
            let form = text.get(start..start + length)?;
            let fits = |(place, byte): (usize, &u8)| {
                if place % (digits + 1) == digits { *byte == joint } else { byte.is_ascii_hexdigit() }
            };
            let end = start + length;
            let goes_on = is(text, end, is_alphanumeric)
                || is(text, end, |byte| byte == joint) && is(text, end + 1, is_alphanumeric);
            (form.iter().enumerate().all(fits) && !goes_on).then_some(end)
        },
    )
}

/// Where the host name lies in `text[start..end]`, a run of bytes that host names are made of.
pub(super) fn host(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let is_edge = |byte: &u8| matches!(byte, b'.' | b'-' | b'_');
    let run = &text[start..end];
    let first = run.iter().position(|byte| !is_edge(byte))?;
    let last = run.iter().rposition(|byte| !is_edge(byte))? + 1;
    let name = &run[first..last];
    let top = &name[name.iter().rposition(|&byte| byte == b'.')? + 1..];
    let is_top = (2..=63).contains(&top.len())
        && (top.iter().all(u8::is_ascii_lowercase)
            || top.iter().all(u8::is_ascii_uppercase)
            || top.starts_with(b"xn--"));
    let is_name = is_top && name.split(|&byte| byte == b'.').all(|label| (1..=63).contains(&label.len()));
    is_name.then_some((start + first, start + last))
}

/// Where the date ends that begins at `start`, with its time of day: 2024-01-31, 2024-01-31T23:59:59.123456.
pub(super) fn date(text: &[u8], start: usize) -> Option<usize> {
    let two = |place: usize, low: u8, high: u8| {
        let pair = text.get(place..place + 2)?;
        let is_number = pair.iter().all(u8::is_ascii_digit);
        let number = if is_number { (pair[0] - b'0') * 10 + (pair[1] - b'0') } else { return None };
        ((low..=high).contains(&number)).then_some(place + 2)
    };
    let skip = |place: usize, joint: u8| (at(text, place) == Some(joint)).then_some(place + 1);
    let century = two(start, 0, 99)?;
    let month = two(skip(two(century, 0, 99)?, b'-')?, 1, 12)?;
    let day = two(skip(month, b'-')?, 1, 31)?;
    let time = || {
        let hour = two(skip(day, b'T').or_else(|| skip(day, b' '))?, 0, 24)?;
        let minute = two(skip(hour, b':')?, 0, 59)?;
        let Some(second) = skip(minute, b':').and_then(|place| two(place, 0, 60)) else {
            return Some(minute);
        };
        let fraction = skip(second, b'.').filter(|&place| is(text, place, is_digit));
        Some(fraction.map_or(second, |place| run_end(text, place, is_digit)))
    };
    let end = time().unwrap_or(day);
    let goes_on = is(text, end, is_digit)
        || is(text, end, |byte| b"-./".contains(&byte)) && is(text, end + 1, is_digit);
    (!goes_on).then_some(end)
}
