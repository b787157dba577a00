//! What can go wrong, said with names, ordinals and offsets: no text here ever
//! holds a byte of a row.

use std::fmt;

/// A COPY stream that is not what the binary format says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamError {
    /// Bytes of the stream before the offence.
    pub offset: u64,
    /// What was expected and found; no row bytes.
    pub reason: String,
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} of the stream", self.reason, self.offset)
    }
}

impl std::error::Error for StreamError {}

/// A value a codec or mask cannot work on. The text is fixed when the program
/// is written, so it cannot quote the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    /// What was expected and found, in fixed words.
    pub reason: &'static str,
}

impl ValueError {
    /// An error whose text is fixed at compile time.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for ValueError {}

/// A row that could not be transformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Zero-based position of the row in its batch.
    pub row: u64,
    /// The column, where one is to blame.
    pub column: Option<String>,
    /// What was expected and found; no row bytes.
    pub reason: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "row {} of the batch, column {column:?}: {}", self.row, self.reason),
            None => write!(f, "row {} of the batch: {}", self.row, self.reason),
        }
    }
}

impl std::error::Error for RowError {}

/// Why a program cannot be compiled: found before a byte moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The column it concerns; empty for the table as a whole.
    pub column: String,
    /// Stable kebab-case code.
    pub code: &'static str,
    /// One line: what was asked and why it cannot be done.
    pub message: String,
    /// What to try.
    pub hint: String,
}

impl Refusal {
    /// A refusal whose column is filled in by the compiler of the program.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { column: String::new(), code, message: message.into(), hint: hint.into() }
    }
}
