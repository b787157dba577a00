//! The parameter `per`: another column of the row whose value decides, so that all rows of one person agree.

use super::{Build, Parameter, ParameterKind};
use crate::error::Refusal;
use crate::key::{Prf, Stream};
use crate::row::Row;
use crate::types::Kind;
use crate::types::canonical::with_canonical;

/// A column that decides, with its own pseudo-random function.
pub(super) struct Per {
    ordinal: usize,
    kind: Kind,
    prf: Prf,
}

/// The parameter, for the specs of masks that take it.
pub(super) const fn parameter(summary: &'static str) -> Parameter {
    Parameter::optional("per", ParameterKind::Text, summary)
}

impl Per {
    /// The column a rule names, if it names one.
    pub(super) fn of(build: &Build<'_>) -> Result<Option<Self>, Refusal> {
        let Some(name) = build.parameters.text("per") else { return Ok(None) };
        let (ordinal, kind) = build.column(name)?;
        Ok(Some(Self { ordinal, kind, prf: build.prf()?.child("per") }))
    }

    /// The numbers of this row's person: `None` for NULL.
    pub(super) fn stream(&self, row: &Row<'_>) -> Option<Stream> {
        let field = row.field(self.ordinal)?;
        let stream = with_canonical(self.kind, field, |bytes| self.prf.stream(bytes));
        // The kind is that of the elements where the column is an array: an array counts as sent.
        Some(stream.unwrap_or_else(|_| self.prf.stream(field)))
    }
}
