//! Values that rules give in words, made to the column's type when the mask is built.

use serde_json::Value;

use super::{Build, OutputChars};
use crate::error::Refusal;
use crate::types::decimal::Groups;
use crate::types::{ColumnType, Kind, numeric};

/// Every kind whose values a rule can give.
pub(super) const KINDS: &[Kind] = &[
    Kind::Bool,
    Kind::Int2,
    Kind::Int4,
    Kind::Int8,
    Kind::Float4,
    Kind::Float8,
    Kind::Numeric,
    Kind::Text,
    Kind::Json,
    Kind::Jsonb,
    Kind::Bytea,
    Kind::Uuid,
    Kind::Date,
    Kind::Time,
    Kind::Timestamp,
    Kind::Timestamptz,
    Kind::Inet,
    Kind::Macaddr,
    Kind::Macaddr8,
    Kind::Enum,
];

/// Bytes of a `name`, NAMEDATALEN - 1.
const NAME_BYTES_MAX: usize = 63;

/// A value's words, of a string, number or boolean.
pub(super) fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The send format of a value in words. `what` names the parameter, or an item of it, for the refusal,
/// which does not quote the value.
pub(super) fn encode(build: &Build<'_>, what: &str, text: &str) -> Result<Vec<u8>, Refusal> {
    let column = build.column_type;
    let refuse = |why: &str| {
        Refusal::new(
            "parameter",
            format!("{what} of mask \"{}\" is no value of type {}: {why}", build.mask, column.display),
            "Give a value that the column can hold, in PostgreSQL's own form.",
        )
    };
    let codec = column.codec.ok_or_else(|| refuse("the type has no codec"))?;
    let mut value = Vec::new();
    (codec.from_text)(text, &mut value).map_err(|error| refuse(error.reason))?;
    match column.kind {
        Kind::Enum if !column.labels.iter().flatten().any(|label| label == text) => {
            Err(refuse("the enum has no such label"))
        }
        Kind::Text if column.chars_max.is_some_and(|most| text.chars().count() > most as usize) => {
            Err(refuse("it has more characters than the column holds"))
        }
        Kind::Text if column.name == "name" && text.len() > NAME_BYTES_MAX => {
            Err(refuse("a name has at most 63 bytes"))
        }
        Kind::Numeric => fits_numeric(column, &value).map_err(refuse).map(|()| value),
        _ => Ok(value),
    }
}

/// How long the longest of some values is, for columns of text.
pub(super) fn output_chars(kind: Kind, values: &[Vec<u8>]) -> OutputChars {
    if kind != Kind::Text {
        return OutputChars::NotText;
    }
    let chars = |value: &Vec<u8>| std::str::from_utf8(value).map_or(0, |text| text.chars().count());
    let most = values.iter().map(chars).max().unwrap_or(0);
    OutputChars::AtMost(u32::try_from(most).unwrap_or(u32::MAX))
}

fn fits_numeric(column: &ColumnType, value: &[u8]) -> Result<(), &'static str> {
    let Some(precision) = column.numeric_precision else { return Ok(()) };
    let scale = column.numeric_scale.unwrap_or(0);
    let number = numeric::read(value).map_err(|error| error.reason)?;
    if !number.is_finite() {
        return if number.sign == numeric::Sign::NaN { Ok(()) } else { Err("it has no infinity") };
    }
    // From here on digits are counted from the lowest of `fraction` groups behind the point.
    let positive_scale = u16::try_from(scale).unwrap_or(0);
    let fraction = usize::from(number.dscale.max(positive_scale).div_ceil(4));
    let shown = i64::try_from(4 * fraction).unwrap_or(i64::MAX);
    let mut groups = Groups::load(&number, fraction, 1);
    if groups.cut_below(usize::try_from(shown - i64::from(scale)).unwrap_or(0)) {
        return Err("it has more decimals than the column keeps");
    }
    let room = i64::from(precision) - i64::from(scale) + shown;
    if i64::try_from(groups.digits()).is_ok_and(|digits| digits <= room) {
        Ok(())
    } else {
        Err("it has more digits than the column holds")
    }
}
