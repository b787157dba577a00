//! What happens to the strings, numbers and booleans under one rule.

use serde_json::Value;

use crate::error::{Refusal, ValueError};
use crate::masks::rule::RuleRequest;
use crate::masks::{self, Action, Build, DefaultDomain, Mask, Masked};
use crate::row::Row;
use crate::types::{self, Codec, ColumnType, Kind};

/// A rule of a document.
pub(super) enum Leaf {
    Keep,
    Null,
    Mask(Box<Scalars>),
}

/// One mask, made for each form its values can have in a document.
pub(super) struct Scalars {
    text: Option<Box<dyn Mask>>,
    int8: Option<Box<dyn Mask>>,
    boolean: Option<Box<dyn Mask>>,
    numeric: Option<Typed>,
    /// For a mask that takes no text: what a string may spell out.
    spelled: Vec<Typed>,
}

struct Typed {
    codec: &'static Codec,
    mask: Box<dyn Mask>,
}

/// What strings may spell out, first come, first tried.
const SPELLED: [Kind; 8] = [
    Kind::Uuid,
    Kind::Inet,
    Kind::Macaddr,
    Kind::Macaddr8,
    Kind::Date,
    Kind::Timestamp,
    Kind::Timestamptz,
    Kind::Time,
];

/// What a masked scalar became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Characters were appended that must become a string.
    Text,
    /// A number, or true or false, was appended.
    Bare,
    /// Nothing was appended: null.
    Null,
}

/// Read and build a rule; `place` is the path, or "otherwise". Also says whether it is deterministic.
pub(super) fn build(build: &Build<'_>, place: &str, rule: &Value) -> Result<(Leaf, bool), Vec<Refusal>> {
    let mut request = RuleRequest::read(rule, "").map_err(|refusal| vec![refusal])?;
    let spec = masks::find(&request.mask);
    if request.domain.is_empty()
        && let Some(spec) = spec
    {
        // The words of `plan/decisions.py`: a path shares its domain with the columns of its mask.
        request.domain = match spec.default_domain {
            DefaultDomain::Mask => format!("domain {}", spec.name),
            DefaultDomain::Column => format!("{} {place}", build.domain),
        };
    }
    let Some(spec) = spec.filter(|spec| spec.action == Action::Mask) else {
        let (spec, _) = build.inner(&request, &column_type(Kind::Text))?;
        return match spec.action {
            Action::Keep => Ok((Leaf::Keep, true)),
            Action::Null => Ok((Leaf::Null, true)),
            _ => Err(vec![Refusal::new(
                "mask-place",
                format!("mask \"{}\" works on whole columns, not inside a value", spec.name),
                "Use \"null\" here.",
            )]),
        };
    };
    let takes = |kind: &Kind| spec.accepts.contains(kind);
    let mut refusals = Vec::new();
    let mut is_deterministic = true;
    let mut make = |kind: Kind| match build.inner(&request, &column_type(kind)) {
        Ok((_, made)) => made.map(|made| {
            is_deterministic &= made.promises.deterministic;
            made.mask
        }),
        Err(found) => {
            refusals.push(found);
            None
        }
    };
    let mut typed = |kind: Kind| {
        let codec = types::find(kind.word()).filter(|_| takes(&kind))?;
        make(kind).map(|mask| Typed { codec, mask })
    };
    let numeric = typed(Kind::Numeric);
    let spelled =
        if takes(&Kind::Text) { Vec::new() } else { SPELLED.into_iter().filter_map(&mut typed).collect() };
    let int8 = takes(&Kind::Int8).then(|| make(Kind::Int8)).flatten();
    let text = takes(&Kind::Text).then(|| make(Kind::Text)).flatten();
    let boolean = takes(&Kind::Bool).then(|| make(Kind::Bool)).flatten();
    let scalars = Scalars { text, int8, boolean, numeric, spelled };
    if scalars.is_empty() {
        // Nothing was tried if the mask takes none of these types: let the program say so.
        let refused = refusals.pop().or_else(|| build.inner(&request, &column_type(Kind::Text)).err());
        return Err(refused.unwrap_or_default());
    }
    Ok((Leaf::Mask(Box::new(scalars)), is_deterministic))
}

fn column_type(kind: Kind) -> ColumnType {
    ColumnType {
        display: format!("{} in a document", kind.word()),
        name: kind.word().into(),
        is_array: false,
        labels: None,
        chars_max: None,
        numeric_precision: None,
        numeric_scale: None,
        kind,
        codec: types::find(kind.word()),
    }
}

impl Scalars {
    fn is_empty(&self) -> bool {
        let Self { text, int8, boolean, numeric, spelled } = self;
        let is_scalar = text.is_some() || int8.is_some() || boolean.is_some() || numeric.is_some();
        !is_scalar && spelled.is_empty()
    }

    /// Append what becomes of a string, given without quotes and escapes.
    pub(super) fn string(
        &self,
        value: &[u8],
        row: &Row<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, ValueError> {
        if let Some(mask) = &self.text {
            return Ok(outcome(mask.apply(value, row, out)?, Outcome::Text));
        }
        let text = types::text::read(value)?;
        for typed in &self.spelled {
            if let Some(masked) = typed.apply(text, row, out)? {
                return Ok(outcome(masked, Outcome::Text));
            }
        }
        Ok(Outcome::Null)
    }

    /// Append what becomes of a number, given as it is written.
    pub(super) fn number(
        &self,
        value: &str,
        row: &Row<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, ValueError> {
        if let Some(mask) = &self.int8
            && let Ok(number) = value.parse::<i64>()
        {
            return integer(mask.as_ref(), number, row, out);
        }
        if let Some(typed) = &self.numeric {
            let start = out.len();
            if let Some(masked) = typed.apply(value, row, out)? {
                let is_number = matches!(out[start..], [b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..]);
                if masked == Masked::Value && !is_number {
                    // NaN and the infinities of numeric are no numbers in a document.
                    out.truncate(start);
                    return Ok(Outcome::Null);
                }
                return Ok(outcome(masked, Outcome::Bare));
            }
        }
        if let Some(mask) = &self.text {
            return Ok(outcome(mask.apply(value.as_bytes(), row, out)?, Outcome::Text));
        }
        Ok(Outcome::Null)
    }

    /// Append what becomes of true or false.
    pub(super) fn boolean(
        &self,
        value: bool,
        row: &Row<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, ValueError> {
        let Some(mask) = &self.boolean else { return Ok(Outcome::Null) };
        let start = out.len();
        if mask.apply(&[u8::from(value)], row, out)? == Masked::Null {
            return Ok(Outcome::Null);
        }
        let is_true = out[start..] != [0];
        out.truncate(start);
        out.extend_from_slice(if is_true { b"true" } else { b"false" });
        Ok(Outcome::Bare)
    }
}

fn outcome(masked: Masked, value: Outcome) -> Outcome {
    if masked == Masked::Null { Outcome::Null } else { value }
}

fn integer(mask: &dyn Mask, number: i64, row: &Row<'_>, out: &mut Vec<u8>) -> Result<Outcome, ValueError> {
    let start = out.len();
    if mask.apply(&number.to_be_bytes(), row, out)? == Masked::Null {
        return Ok(Outcome::Null);
    }
    let bytes = out[start..].try_into();
    let bytes =
        bytes.map_err(|_| ValueError::new("expected 8 bytes of a masked int8, found another length"))?;
    out.truncate(start);
    out.extend_from_slice(i64::from_be_bytes(bytes).to_string().as_bytes());
    Ok(Outcome::Bare)
}

impl Typed {
    /// Append the masked value as text; `None` if `text` does not spell a value of the type.
    fn apply(&self, text: &str, row: &Row<'_>, out: &mut Vec<u8>) -> Result<Option<Masked>, ValueError> {
        let mut value = Vec::new();
        if (self.codec.from_text)(text, &mut value).is_err() {
            return Ok(None);
        }
        let mut replacement = Vec::new();
        let masked = self.mask.apply(&value, row, &mut replacement)?;
        if masked == Masked::Value {
            (self.codec.to_text)(&replacement, out)?;
        }
        Ok(Some(masked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one answer to everything, NULL without one.
    struct Answer(Option<&'static [u8]>);

    impl Mask for Answer {
        fn apply(&self, _: &[u8], _: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
            out.extend_from_slice(self.0.unwrap_or_default());
            Ok(if self.0.is_some() { Masked::Value } else { Masked::Null })
        }
    }

    fn scalars(int8: Option<&'static [u8]>, boolean: Option<&'static [u8]>) -> Scalars {
        Scalars {
            text: None,
            int8: Some(Box::new(Answer(int8))),
            boolean: Some(Box::new(Answer(boolean))),
            numeric: None,
            spelled: Vec::new(),
        }
    }

    fn written(act: impl Fn(&Row<'_>, &mut Vec<u8>) -> Result<Outcome, ValueError>) -> (Outcome, String) {
        let mut spans = Vec::new();
        let row = Row::read(&[0, 0], &mut spans).expect("an empty tuple");
        let mut out = Vec::new();
        let outcome = act(&row, &mut out).expect("the answers fit");
        (outcome, String::from_utf8(out).expect("characters"))
    }

    #[test]
    fn whole_numbers_go_through_as_int8() {
        let scalars = scalars(Some(&[0xff; 8]), None);

        assert_eq!((Outcome::Bare, "-1".into()), written(|row, out| scalars.number("42", row, out)));
        assert_eq!((Outcome::Null, String::new()), written(|row, out| scalars.number("4.2", row, out)));
        let beyond = "9223372036854775808";
        assert_eq!((Outcome::Null, String::new()), written(|row, out| scalars.number(beyond, row, out)));
        assert_eq!((Outcome::Null, String::new()), written(|row, out| scalars.string(b"42", row, out)));
    }

    #[test]
    fn booleans_go_through_a_mask_that_takes_them() {
        let answers: [(Option<&'static [u8]>, _, &str); 3] = [
            (Some(&[0]), Outcome::Bare, "false"),
            (Some(&[1]), Outcome::Bare, "true"),
            (None, Outcome::Null, ""),
        ];
        for (answer, outcome, text) in answers {
            let scalars = scalars(None, answer);
            assert_eq!((outcome, text.into()), written(|row, out| scalars.boolean(true, row, out)));
        }
    }

    #[test]
    fn int8_masks_that_give_another_length_are_an_error() {
        let mut spans = Vec::new();
        let row = Row::read(&[0, 0], &mut spans).expect("an empty tuple");

        assert!(scalars(Some(b"x"), None).number("1", &row, &mut Vec::new()).is_err());
    }
}
