//! What is compared of a table's rows: which fields, in which form, and where texts are looked for.

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::form::{Comparison, Form};
use super::spelling::Texts;
use crate::key::{MasterKey, Prf};
use crate::row::Field;
use crate::types::ColumnType;

/// One table as the verification describes it; JSON across the language border.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    columns: Vec<ColumnRequest>,
    /// Ordinals into `columns` of those that tell rows apart; the whole row where there are none.
    key: Vec<usize>,
    hidden: Vec<Hidden>,
    searched: Vec<Searched>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnRequest {
    source: usize,
    expected: usize,
    found: usize,
    is_masked: bool,
    form: Form,
    #[serde(rename = "type")]
    column_type: ColumnType,
}

/// One column that is compared.
#[derive(Debug)]
pub struct Column {
    /// Its field in the source's rows.
    pub source: usize,
    /// Its field in what the program makes of them.
    pub expected: usize,
    /// Its field in the target's rows.
    pub found: usize,
    /// Whether a mask changes it.
    pub is_masked: bool,
    comparison: Comparison,
    seed: u64,
    null: u128,
}

/// A field of the source whose texts must not appear on the target.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// Its field in the source's rows.
    pub source: usize,
    /// What its texts are.
    pub texts: Texts,
}

/// A field of the target in which originals are looked for.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Searched {
    /// Its field in the target's rows.
    pub found: usize,
    /// What its texts are there.
    pub texts: Texts,
    /// Its field in what the program makes, and what its texts are there; none where that is not known.
    pub expected: Option<(usize, Texts)>,
}

/// What is compared of a table's rows.
#[derive(Debug)]
pub struct Layout {
    /// The compared columns.
    pub columns: Vec<Column>,
    /// Where originals come from.
    pub hidden: Vec<Hidden>,
    /// Where they are looked for.
    pub searched: Vec<Searched>,
    key: Vec<usize>,
    row_seed: u64,
    key_seed: u64,
}

impl Layout {
    /// Read a request; sums under different keys have nothing to do with each other.
    ///
    /// # Errors
    /// If the request is of another form. It is made from names and numbers, so the text quotes no value.
    pub fn new(request: &str, key: &MasterKey) -> Result<Self, String> {
        let request: Request = serde_json::from_str(request).map_err(|error| error.to_string())?;
        if request.key.iter().any(|&ordinal| ordinal >= request.columns.len()) {
            return Err("the key names a column that is not compared".into());
        }
        let mut seeds = Prf::new(key.subkey("verify", "fields")).stream(b"");
        let (row_seed, key_seed) = (seeds.u64(), seeds.u64());
        let columns = request.columns.into_iter().map(|column| Column {
            source: column.source,
            expected: column.expected,
            found: column.found,
            is_masked: column.is_masked,
            comparison: Comparison::new(column.form, &column.column_type.resolve()),
            seed: seeds.u64(),
            null: u128::from(seeds.u64()) << 64 | u128::from(seeds.u64()),
        });
        Ok(Self {
            columns: columns.collect(),
            hidden: request.hidden,
            searched: request.searched,
            key: request.key,
            row_seed,
            key_seed,
        })
    }
}

/// Which of two rows' forms is hashed: what the program made of a source row, or a row of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The source's, masked.
    Expected,
    /// The target's.
    Found,
}

/// Hashes rows one after the other; what it holds is used again.
#[derive(Default)]
pub struct RowHasher {
    /// The hashes of the last row's columns.
    pub columns: Vec<u128>,
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl RowHasher {
    /// Hash the columns of a row; give the hash of what tells it apart, and of the whole row.
    pub fn row<'a>(
        &mut self,
        layout: &Layout,
        side: Side,
        field: impl Fn(usize) -> Field<'a>,
    ) -> (u128, u128) {
        self.columns.clear();
        self.bytes.clear();
        for column in &layout.columns {
            let ordinal = if side == Side::Expected { column.expected } else { column.found };
            let hashed = self.value(column, side, field(ordinal));
            self.columns.push(hashed);
            self.bytes.extend_from_slice(&hashed.to_le_bytes());
        }
        let row = xxh3_128_with_seed(&self.bytes, layout.row_seed);
        if layout.key.is_empty() {
            return (row, row);
        }
        self.bytes.clear();
        for &ordinal in &layout.key {
            self.bytes.extend_from_slice(&self.columns[ordinal].to_le_bytes());
        }
        (xxh3_128_with_seed(&self.bytes, layout.key_seed), row)
    }

    /// Hash one value of a column.
    pub fn value(&mut self, column: &Column, side: Side, field: Field<'_>) -> u128 {
        field.map_or(column.null, |value| {
            column.comparison.hash(value, column.seed, side == Side::Expected, &mut self.scratch)
        })
    }
}
