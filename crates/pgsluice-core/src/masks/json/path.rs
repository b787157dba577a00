//! Reads paths into documents: `$.a."b c"[0][*].*`.

use crate::error::Refusal;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The member of that name, as UTF-8.
    Name(Vec<u8>),
    AnyName,
    /// The element at that place, from zero.
    Index(u64),
    AnyIndex,
}

impl Step {
    pub(super) fn is_wild(&self) -> bool {
        matches!(self, Self::AnyName | Self::AnyIndex)
    }
}

/// Read a path.
///
/// # Errors
/// If it is none; the path comes from the rules and may be named.
pub(super) fn read(path: &str) -> Result<Vec<Step>, Refusal> {
    let refusal = || {
        Refusal::new(
            "parameter",
            format!("\"{path}\" is no path of mask \"json\""),
            "Write $, then .name, .\"any name\", .*, [0] or [*] for each step down, for example $.users[*].email.",
        )
    };
    let mut rest = path.strip_prefix('$').ok_or_else(refusal)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, tail) = step(rest).ok_or_else(refusal)?;
        steps.push(step);
        rest = tail;
    }
    Ok(steps)
}

fn step(path: &str) -> Option<(Step, &str)> {
    if let Some(rest) = path.strip_prefix(".*") {
        return Some((Step::AnyName, rest));
    }
    if let Some(rest) = path.strip_prefix("[*]") {
        return Some((Step::AnyIndex, rest));
    }
    if let Some(rest) = path.strip_prefix('[') {
        let (index, rest) = rest.split_once(']')?;
        let is_number = index.bytes().all(|byte| byte.is_ascii_digit());
        return Some((Step::Index(index.parse().ok().filter(|_| is_number)?), rest));
    }
    let rest = path.strip_prefix('.')?;
    if rest.starts_with('"') {
        // Quoted as in JSON, escapes included.
        let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let name = names.next()?.ok()?;
        return Some((Step::Name(name.into_bytes()), &rest[names.byte_offset()..]));
    }
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let is_bare = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':' | '/'));
    is_bare.then(|| (Step::Name(name.as_bytes().to_vec()), rest))
}
