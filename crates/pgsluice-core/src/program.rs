//! Compiles a table's columns and rules into steps. Everything that can be refused is refused here,
//! all of it at once, before a byte moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::batch::RawBatch;
use crate::buffer::Buffers;
use crate::error::Refusal;
use crate::frame::Splitter;
use crate::key::MasterKey;
use crate::masks::{self, Action, Built, Mask, OutputChars, Promises, RuleRequest, Uniqueness};
use crate::types::{Codec, ColumnType, Kind};

/// What goes to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Binary COPY: untouched fields pass as the same bytes.
    Binary,
    /// Text COPY: the source has cast every column that is not masked to text.
    Text,
}

/// One table as the plan describes it; JSON across the language border.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Name of the table, for messages.
    pub table: String,
    /// What goes to the target.
    pub format: Format,
    /// The fields of a source row, in order.
    pub columns: Vec<ColumnRequest>,
    /// Ordinals of the fields that make up the key the source orders by.
    #[serde(default)]
    pub key: Vec<usize>,
    /// Word lists by name.
    #[serde(default)]
    pub words: BTreeMap<String, Vec<String>>,
}

/// One field of a source row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRequest {
    /// Name of the column.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
    /// Whether the target takes NULL.
    pub is_nullable: bool,
    /// Whether it belongs to a unique index of the target.
    pub is_unique: bool,
    /// What to do with it.
    pub rule: RuleRequest,
}

/// What is done with the fields of a row, in their order.
pub(crate) enum Step {
    /// Copy fields `first..last` as they are.
    Copy { first: usize, last: usize },
    /// Replace one field.
    Mask(MaskStep),
    /// Replace one field by what a function gave for it.
    Function { ordinal: usize, function: usize },
    /// Write NULL.
    Null,
}

#[expect(clippy::struct_excessive_bools, reason = "facts of a column, none a state")]
pub(crate) struct MaskStep {
    pub(crate) ordinal: usize,
    pub(crate) mask: Box<dyn Mask>,
    pub(crate) is_array: bool,
    pub(crate) is_blank_padded: bool,
    pub(crate) is_case_insensitive: bool,
    pub(crate) is_nullable: bool,
    pub(crate) codec: Option<&'static Codec>,
}

/// A column that a function outside of this crate masks, a whole batch of values a call.
pub(crate) struct FunctionStep {
    pub(crate) ordinal: usize,
    pub(crate) codec: &'static Codec,
    pub(crate) is_nullable: bool,
    pub(crate) chars_max: Option<u32>,
}

/// A compiled table. Immutable, so several threads run it at once.
pub struct Program {
    pub(crate) format: Format,
    pub(crate) columns: Vec<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) functions: Vec<FunctionStep>,
    pub(crate) key: Vec<usize>,
    pub(crate) output_columns: i16,
    pub(crate) digest_seed: u64,
    /// Of the batches this program splits and masks.
    pub(crate) buffers: Arc<Buffers>,
    promises: Vec<Promises>,
}

impl Program {
    /// Compile `request`; `key` may be absent where no mask needs one.
    ///
    /// # Errors
    /// Every refusal of every column.
    pub fn compile(request: Request, key: Option<&MasterKey>) -> Result<Self, Vec<Refusal>> {
        let Request { table: _, format, columns, key: key_ordinals, words } = request;
        let mut columns = columns;
        for column in &mut columns {
            column.column_type = column.column_type.clone().resolve();
        }
        let kinds: Vec<(String, Kind)> =
            columns.iter().map(|column| (column.name.clone(), column.column_type.kind)).collect();
        let mut compiler = Compiler {
            key,
            words: &words,
            kinds: &kinds,
            format,
            steps: Vec::new(),
            functions: Vec::new(),
            promises: Vec::new(),
        };
        let mut refusals = Vec::new();
        let mut output_columns = 0i16;
        for (ordinal, column) in columns.iter().enumerate() {
            match compiler.column(ordinal, column) {
                Ok(is_output) => output_columns += i16::from(is_output),
                Err(found) => refusals.extend(
                    found.into_iter().map(|refusal| Refusal { column: column.name.clone(), ..refusal }),
                ),
            }
        }
        if let Some(&ordinal) = key_ordinals.iter().find(|&&ordinal| ordinal >= columns.len()) {
            refusals.push(Refusal::new(
                "key-ordinal",
                format!("the key names field {ordinal}, which the row has not"),
                "",
            ));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(Self {
            format,
            steps: compiler.steps,
            functions: compiler.functions,
            promises: compiler.promises,
            columns: columns.into_iter().map(|column| column.name).collect(),
            key: key_ordinals,
            output_columns,
            digest_seed: key.map_or(0, MasterKey::digest_seed),
            buffers: Arc::default(),
        })
    }

    /// Fields of a source row.
    #[must_use]
    pub fn source_columns(&self) -> u16 {
        u16::try_from(self.columns.len()).unwrap_or(u16::MAX)
    }

    /// Start on a stream of source rows.
    #[must_use]
    pub fn splitter(&self) -> Splitter {
        Splitter::with_buffer(self.source_columns(), self.buffers.take())
    }

    /// Take the whole tuples out of a splitter of this program's that is still at work.
    pub fn take(&self, splitter: &mut Splitter) -> RawBatch {
        splitter.take(self.buffers.take())
    }

    /// What is promised of each column of the source row, in order.
    #[must_use]
    pub fn promises(&self) -> &[Promises] {
        &self.promises
    }

    /// The columns that functions mask, in the order a [`crate::transform::ColumnFunctions`] is asked for them.
    pub fn function_columns(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().filter_map(|step| self.columns.get(step.ordinal)).map(String::as_str)
    }
}

struct Compiler<'a> {
    key: Option<&'a MasterKey>,
    words: &'a BTreeMap<String, Vec<String>>,
    kinds: &'a [(String, Kind)],
    format: Format,
    steps: Vec<Step>,
    functions: Vec<FunctionStep>,
    promises: Vec<Promises>,
}

impl Compiler<'_> {
    /// Add the step of one column; true if the target gets a field for it.
    fn column(&mut self, ordinal: usize, column: &ColumnRequest) -> Result<bool, Vec<Refusal>> {
        let keep = masks::find("keep").map_or(Promises::LOSSY, |spec| spec.promises);
        if column.rule.mask == "drop" {
            self.promises.push(keep);
            return Ok(false);
        }
        if column.rule.mask == "python" {
            let step = function_step(ordinal, column).map_err(|refusal| vec![refusal])?;
            self.steps.push(Step::Function { ordinal, function: self.functions.len() });
            self.functions.push(step);
            self.promises.push(Promises { deterministic: false, ..Promises::LOSSY });
            return Ok(true);
        }
        let (spec, built) =
            masks::rule::build(&column.rule, &column.column_type, self.key, self.words, self.kinds)?;
        let promises = built.as_ref().map_or(spec.promises, |built| built.promises);
        self.promises.push(promises);
        refuse_where_it_does_not_fit(spec, column, promises, built.as_ref())?;
        match (spec.action, built) {
            (Action::Keep, _) => self.copy(ordinal),
            (Action::Null, _) => self.steps.push(Step::Null),
            (Action::Mask, Some(built)) => self.mask(ordinal, column, built.mask)?,
            (Action::Mask | Action::Omit, _) => {
                return Err(vec![Refusal::new(
                    "mask-place",
                    format!("mask \"{}\" leaves the column on the source, and yet it is copied", spec.name),
                    "This is a fault of the plan; please report it.",
                )]);
            }
        }
        Ok(true)
    }

    fn copy(&mut self, ordinal: usize) {
        if let Some(Step::Copy { last, .. }) = self.steps.last_mut()
            && *last == ordinal
        {
            *last = ordinal + 1;
        } else {
            self.steps.push(Step::Copy { first: ordinal, last: ordinal + 1 });
        }
    }

    fn mask(
        &mut self,
        ordinal: usize,
        column: &ColumnRequest,
        mask: Box<dyn Mask>,
    ) -> Result<(), Vec<Refusal>> {
        let column_type = &column.column_type;
        if self.format == Format::Text && column_type.codec.is_none() {
            return Err(vec![no_codec(&column.rule.mask, column_type)]);
        }
        self.steps.push(Step::Mask(MaskStep {
            ordinal,
            mask,
            is_array: column_type.is_array,
            is_blank_padded: column_type.is_blank_padded(),
            is_case_insensitive: column_type.is_case_insensitive(),
            is_nullable: column.is_nullable,
            codec: column_type.codec,
        }));
        Ok(())
    }
}

fn refuse_where_it_does_not_fit(
    spec: &masks::Spec,
    column: &ColumnRequest,
    promises: Promises,
    built: Option<&Built>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    if column.is_unique && spec.action != Action::Null && promises.uniqueness == Uniqueness::Lossy {
        refusals.push(Refusal::new(
            "mask-lossy",
            format!("mask \"{}\" may give one result for two values, and the column is unique", spec.name),
            "Use a bijective or 128-bit mask, for example \"key\", \"uuid\", \"token\" or \"email\".",
        ));
    }
    if spec.action == Action::Null && !column.is_nullable {
        refusals.push(Refusal::new(
            "mask-null",
            format!("mask \"{}\" gives NULL, and the column is NOT NULL", spec.name),
            "Use \"fixed\" with a value of the column's type.",
        ));
    }
    let limit = column.column_type.chars_max;
    if let (Some(limit), Some(OutputChars::AtMost(most))) = (limit, built.map(|built| built.output_chars))
        && most > limit
    {
        refusals.push(Refusal::new(
            "mask-too-long",
            format!("mask \"{}\" gives up to {most} characters, and the column holds {limit}", spec.name),
            "Use a mask with a shorter result, or widen the column on both sides.",
        ));
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn function_step(ordinal: usize, column: &ColumnRequest) -> Result<FunctionStep, Refusal> {
    let column_type = &column.column_type;
    let codec =
        column_type.codec.filter(|_| !column_type.is_array).ok_or_else(|| no_codec("python", column_type))?;
    if column.is_unique {
        return Err(Refusal::new(
            "mask-lossy",
            "a Python function promises nothing of uniqueness, and the column is unique",
            "Use a bijective or 128-bit mask, for example \"key\", \"uuid\", \"token\" or \"email\".",
        ));
    }
    Ok(FunctionStep { ordinal, codec, is_nullable: column.is_nullable, chars_max: column_type.chars_max })
}

fn no_codec(mask: &str, column_type: &ColumnType) -> Refusal {
    Refusal::new(
        "type-no-codec",
        format!("mask \"{mask}\" cannot read values of type {}", column_type.display),
        "Use \"keep\", \"null\" or \"default\".",
    )
}
