//! What a mask is, and the list of all of them. Each mask is one file; [`MASKS`] is the contents page.

use std::collections::BTreeMap;

use crate::error::{Refusal, ValueError};
use crate::key::{MasterKey, Prf};

use crate::row::Row;
use crate::types::{ColumnType, Kind};

pub mod parameters;
pub mod rule;

mod amounts;
mod base32;
mod bucket;
mod card;
mod choice;
mod default;
mod digits;
mod email;
mod ff1;
mod fixed;
mod fpe;
mod hash;
mod iban;
mod ip;
mod json;
mod keep;
mod key;
#[cfg(test)]
mod known_answers;
mod literal;
mod mac;
mod noise;
mod null;
mod numerals;
mod per;
mod person_name;
mod phone;
#[cfg(test)]
mod probe;
mod redact;
mod shift_date;
mod text;
mod token;
#[cfg(test)]
mod trial;
mod truncate_date;
mod url;
mod username;
mod uuid;
mod words;

pub use parameters::{Parameter, ParameterKind, Parameters};
pub use rule::RuleRequest;

/// Every mask, in the order of the reference.
pub const MASKS: &[&Spec] = &[
    &keep::SPEC,
    &null::SPEC,
    &default::SPEC,
    &hash::SPEC,
    &token::SPEC,
    &email::SPEC,
    &person_name::SPEC,
    &username::SPEC,
    &words::STREET,
    &words::CITY,
    &words::POSTCODE,
    &words::COUNTRY,
    &words::COMPANY,
    &url::SPEC,
    &text::SPEC,
    &digits::SPEC,
    &phone::SPEC,
    &card::SPEC,
    &iban::SPEC,
    &fpe::SPEC,
    &fixed::SPEC,
    &ip::SPEC,
    &mac::SPEC,
    &uuid::SPEC,
    &key::SPEC,
    &choice::SPEC,
    &shift_date::SPEC,
    &truncate_date::SPEC,
    &noise::SPEC,
    &bucket::SPEC,
    &redact::SPEC,
    &json::SPEC,
];

/// Find a mask by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    MASKS.iter().copied().find(|spec| spec.name == name)
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masked {
    /// Its replacement was appended to the output.
    Value,
    /// It is NULL now; nothing was appended.
    Null,
}

/// Hides one value at a time.
pub trait Mask: Send + Sync {
    /// Append the replacement of `value` to `out`.
    ///
    /// `value` is never NULL and holds the type's send format: for an array one element, for a domain its
    /// base type, for char(n) without its padding, for citext folded to lower case. `row` is the whole source row, for masks that look at another
    /// column. Equal values give equal replacements if the mask says it is deterministic.
    ///
    /// # Errors
    /// If `value` is not in the type's format; the table is failed then. A mask is total
    /// over values that are: it never gives up on a value it does not like.
    fn apply(&self, value: &[u8], row: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError>;
}

/// What becomes of a column that has this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Its bytes pass as they are.
    Keep,
    /// Each value is replaced by a [`Mask`].
    Mask,
    /// The whole column becomes NULL.
    Null,
    /// The column is not read from the source at all; the target fills in its default.
    Omit,
}

/// How far different values stay different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// Different values always stay different.
    Bijective,
    /// Different values stay different but for a chance of n^2 / 2^129 among n of them.
    Bits128,
    /// Different values may become equal.
    Lossy,
}

impl Uniqueness {
    /// The word for it in docs and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bijective => "bijective",
            Self::Bits128 => "128-bit",
            Self::Lossy => "lossy",
        }
    }
}

/// What a mask promises, as data: docs are made from it and property tests check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a promise of its own, none a state")]
pub struct Promises {
    /// Equal values under one key and domain give equal replacements.
    pub deterministic: bool,
    /// How far different values stay different.
    pub uniqueness: Uniqueness,
    /// NULL stays NULL (false where NULL may get a value, as by a default).
    pub keeps_null: bool,
    /// The replacement has as many characters (or bytes) as the value.
    pub keeps_length: bool,
    /// The replacement is of the same form: where digits, letters and punctuation stand.
    pub keeps_format: bool,
    /// The order of values is kept.
    pub keeps_order: bool,
}

impl Promises {
    /// Deterministic and lossy, keeps NULL and nothing else: what most masks change a little.
    pub const LOSSY: Self = Self {
        deterministic: true,
        uniqueness: Uniqueness::Lossy,
        keeps_null: true,
        keeps_length: false,
        keeps_format: false,
        keeps_order: false,
    };
}

/// Which columns share a domain when a rule names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultDomain {
    /// All columns with this mask: equal values can be joined across tables.
    Mask,
    /// Each column has its own, foreign keys that follow it apart: nothing can be joined to it.
    Column,
}

/// A mask as data: one of these stands in each mask's file.
pub struct Spec {
    /// What rules call it.
    pub name: &'static str,
    /// One sentence for the reference.
    pub summary: &'static str,
    /// Types it takes, each also as an array, element by element.
    pub accepts: &'static [Kind],
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// What it promises with default parameters.
    pub promises: Promises,
    /// What becomes of the column.
    pub action: Action,
    /// Which columns share a key.
    pub default_domain: DefaultDomain,
    /// Word lists it draws from, by name; the plan fills them in.
    pub words: &'static [&'static str],
    /// A rule, as it stands behind the equals sign of a rules file.
    pub example: &'static str,
    /// The algorithm, exactly enough to write it again: the tests do.
    pub algorithm: &'static str,
    /// Make the mask of one column, or say why not.
    pub build: fn(&Build<'_>) -> Result<Built, Refusal>,
}

/// A mask made for one column.
pub struct Built {
    /// The mask.
    pub mask: Box<dyn Mask>,
    /// What it promises with the parameters it was given.
    pub promises: Promises,
    /// How long its results may get, in characters.
    pub output_chars: OutputChars,
}

/// How long a mask's results may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputChars {
    /// Never longer than the value, or the mask obeyed the column's limit when it was built.
    Fits,
    /// At most so many characters.
    AtMost(u32),
    /// Not text.
    NotText,
}

/// What a mask is made from.
pub struct Build<'a> {
    /// The column's type; for arrays the element's.
    pub column_type: &'a ColumnType,
    /// The rule's parameters, checked against the spec.
    pub parameters: &'a Parameters,
    /// The key's function for this mask and domain; absent only if no key was given.
    pub(crate) key: Option<&'a MasterKey>,
    pub(crate) mask: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) words: &'a BTreeMap<String, Vec<String>>,
    pub(crate) columns: &'a [(String, Kind)],
}

impl Build<'_> {
    /// The pseudo-random function of this mask in its domain.
    ///
    /// # Errors
    /// If the run has no key.
    pub fn prf(&self) -> Result<Prf, Refusal> {
        let key = self.key.ok_or_else(|| {
            Refusal::new(
                "key-missing",
                format!("mask \"{}\" needs a key, and none was given", self.mask),
                "Make one with \"pgsluice keygen\" and name it in PGSLUICE_KEY_FILE.",
            )
        })?;
        Ok(key.prf(self.mask, self.domain))
    }

    /// The words of one list, never empty.
    ///
    /// # Errors
    /// If the plan did not bring that list.
    pub fn words(&self, list: &str) -> Result<&[String], Refusal> {
        self.words.get(list).map(Vec::as_slice).filter(|words| !words.is_empty()).ok_or_else(|| {
            Refusal::new(
                "words-missing",
                format!("mask \"{}\" has no words in the list \"{list}\"", self.mask),
                "Choose a locale that has them, for example locale = \"en_US\".",
            )
        })
    }

    /// Make the mask of a rule inside a value of this column (a JSON path), for parts of `column_type`.
    /// A mask whose action is not to mask is not built.
    ///
    /// # Errors
    /// Every refusal of that rule.
    pub fn inner(
        &self,
        rule: &RuleRequest,
        column_type: &ColumnType,
    ) -> Result<(&'static Spec, Option<Built>), Vec<Refusal>> {
        rule::build(rule, column_type, self.key, self.words, self.columns)
    }

    /// The ordinal and kind of another column of the table, for parameters that name one.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn column(&self, name: &str) -> Result<(usize, Kind), Refusal> {
        let found = self.columns.iter().enumerate().find(|(_, (column, _))| column == name);
        found.map(|(ordinal, (_, kind))| (ordinal, *kind)).ok_or_else(|| {
            Refusal::new(
                "parameter",
                format!(
                    "mask \"{}\" names column \"{name}\", which is not copied with this table",
                    self.mask
                ),
                "Name a column of the same table that is not dropped.",
            )
        })
    }
}
