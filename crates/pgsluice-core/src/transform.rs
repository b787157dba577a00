//! Runs a program over a batch. The hot loop: no name is looked up, nothing is allocated per row.

use std::borrow::Cow;

use crate::batch::{Batch, RawBatch};
use crate::buffer::Buffer;
use crate::digest::Digest;
use crate::error::{RowError, ValueError};
use crate::masks::Masked;
use crate::program::{Format, FunctionStep, MaskStep, Program, Step};
use crate::row::{Field, Row, Span, begin_field, end_field, push_field, tuples};
use crate::types::{array, text};

/// Functions from outside of this crate that mask whole columns.
pub trait ColumnFunctions {
    /// Give a replacement for each of `values` (text form, no NULLs), in their order.
    ///
    /// # Errors
    /// A text that names no value.
    fn call(&self, column: &str, values: &[String]) -> Result<Vec<Option<String>>, String>;
}

/// For programs without functions.
pub struct NoFunctions;

impl ColumnFunctions for NoFunctions {
    fn call(&self, _: &str, _: &[String]) -> Result<Vec<Option<String>>, String> {
        Err("the program was given no functions".into())
    }
}

const TOO_LARGE: ValueError = ValueError::new("expected a value below 1 GiB, found a larger one");
const NOT_NULL: ValueError = ValueError::new("the mask gave NULL, and the column is NOT NULL");
const TOO_LONG: ValueError = ValueError::new("the function gave a text longer than the column holds");
const NOT_A_ROW: &str = "expected a whole row, found other bytes";

impl Program {
    /// Transform one batch of source rows.
    ///
    /// # Errors
    /// On the first row a mask cannot work on: its position and column, never a byte of it.
    pub fn run(&self, raw: &RawBatch, functions: &dyn ColumnFunctions) -> Result<Batch, RowError> {
        let replaced = self.call_functions(raw, functions)?;
        let mut run = Run {
            program: self,
            out: self.buffers.take(),
            scratch: Vec::new(),
            replaced,
            digest: Digest::new(self.digest_seed),
        };
        run.out.reserve(raw.bytes().len() + raw.bytes().len() / 8);
        let mut spans = Vec::with_capacity(self.columns.len());
        let mut rows = 0u64;
        for tuple in tuples(raw.bytes()) {
            let row = read(tuple, &mut spans, rows)?;
            run.digest.add(tuple);
            run.row(&row, rows)?;
            rows += 1;
        }
        Ok(Batch { bytes: run.out, rows, digest: run.digest.sum() })
    }

    /// The key fields of a batch's last row, as one tuple: what the next batch begins after.
    /// `None` where the batch is empty.
    #[must_use]
    pub fn last_key(&self, raw: &RawBatch) -> Option<Vec<u8>> {
        let mut spans = Vec::new();
        let row = Row::read(raw.last_tuple(), &mut spans)?;
        let mut key = i16::try_from(self.key.len()).ok()?.to_be_bytes().to_vec();
        for &ordinal in &self.key {
            push_field(&mut key, row.field(ordinal));
        }
        Some(key)
    }

    /// Ask each function for the replacements of its column, in row order, NULLs left out.
    fn call_functions(
        &self,
        raw: &RawBatch,
        functions: &dyn ColumnFunctions,
    ) -> Result<Vec<std::vec::IntoIter<Option<String>>>, RowError> {
        self.functions.iter().map(|step| self.call_function(step, raw, functions)).collect()
    }

    fn call_function(
        &self,
        step: &FunctionStep,
        raw: &RawBatch,
        functions: &dyn ColumnFunctions,
    ) -> Result<std::vec::IntoIter<Option<String>>, RowError> {
        let column = self.columns.get(step.ordinal).map_or("", String::as_str);
        let mut values = Vec::new();
        let mut spans = Vec::new();
        for (row_number, tuple) in (0u64..).zip(tuples(raw.bytes())) {
            let row = read(tuple, &mut spans, row_number)?;
            if let Some(value) = row.field(step.ordinal) {
                let mut bytes = Vec::new();
                let written = (step.codec.to_text)(value, &mut bytes);
                written.map_err(|error| self.row_error(row_number, step.ordinal, &error))?;
                values.push(String::from_utf8(bytes).unwrap_or_default());
            }
        }
        let whole = |reason: String| RowError { row: 0, column: Some(column.to_owned()), reason };
        let replaced = functions.call(column, &values).map_err(whole)?;
        if replaced.len() != values.len() {
            let (expected, found) = (values.len(), replaced.len());
            return Err(whole(format!("expected {expected} values from the function, found {found}")));
        }
        Ok(replaced.into_iter())
    }

    fn row_error(&self, row: u64, ordinal: usize, error: &ValueError) -> RowError {
        RowError { row, column: self.columns.get(ordinal).cloned(), reason: error.to_string() }
    }
}

fn read<'a>(tuple: &'a [u8], spans: &'a mut Vec<Span>, row: u64) -> Result<Row<'a>, RowError> {
    Row::read(tuple, spans).ok_or_else(|| RowError { row, column: None, reason: NOT_A_ROW.into() })
}

struct Run<'a> {
    program: &'a Program,
    out: Buffer,
    scratch: Vec<u8>,
    replaced: Vec<std::vec::IntoIter<Option<String>>>,
    digest: Digest,
}

impl Run<'_> {
    fn row(&mut self, row: &Row<'_>, number: u64) -> Result<(), RowError> {
        match self.program.format {
            Format::Binary => self.binary_row(row, number),
            Format::Text => self.text_row(row, number),
        }
    }

    fn binary_row(&mut self, row: &Row<'_>, number: u64) -> Result<(), RowError> {
        let program = self.program;
        self.out.extend_from_slice(&program.output_columns.to_be_bytes());
        for step in &program.steps {
            match step {
                Step::Copy { first, last } => self.out.extend_from_slice(row.raw(*first, *last)),
                Step::Null => push_field(&mut self.out, None),
                Step::Mask(step) => {
                    let at = begin_field(&mut self.out);
                    let masked = mask_field(step, row, &mut self.out)
                        .map_err(|error| program.row_error(number, step.ordinal, &error))?;
                    self.close(at, masked)
                        .map_err(|error| program.row_error(number, step.ordinal, &error))?;
                }
                Step::Function { ordinal, function } => {
                    let at = begin_field(&mut self.out);
                    let masked = self
                        .function_field(row.field(*ordinal), *function)
                        .map_err(|error| program.row_error(number, *ordinal, &error))?;
                    self.close(at, masked).map_err(|error| program.row_error(number, *ordinal, &error))?;
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, at: usize, masked: Masked) -> Result<(), ValueError> {
        match masked {
            Masked::Value => end_field(&mut self.out, at).ok_or(TOO_LARGE),
            Masked::Null => {
                self.out.truncate(at - 4);
                push_field(&mut self.out, None);
                Ok(())
            }
        }
    }

    /// Append the send format of what the function gave for this row.
    fn function_field(&mut self, field: Field<'_>, function: usize) -> Result<Masked, ValueError> {
        let Some(step) = self.program.functions.get(function) else { return Ok(Masked::Null) };
        if field.is_none() {
            return Ok(Masked::Null);
        }
        let replacement = self.replaced.get_mut(function).and_then(Iterator::next).flatten();
        let Some(replacement) = replacement else {
            return if step.is_nullable { Ok(Masked::Null) } else { Err(NOT_NULL) };
        };
        if step.chars_max.is_some_and(|limit| replacement.chars().count() > limit as usize) {
            return Err(TOO_LONG);
        }
        (step.codec.from_text)(&replacement, &mut self.out)?;
        Ok(Masked::Value)
    }

    fn text_row(&mut self, row: &Row<'_>, number: u64) -> Result<(), RowError> {
        let program = self.program;
        let mut is_first = true;
        for step in &program.steps {
            match step {
                Step::Copy { first, last } => {
                    for ordinal in *first..*last {
                        self.separate(&mut is_first);
                        escape_field(row.field(ordinal), &mut self.out);
                    }
                }
                Step::Null => {
                    self.separate(&mut is_first);
                    escape_field(None, &mut self.out);
                }
                Step::Mask(step) => {
                    self.separate(&mut is_first);
                    self.masked_text(step, row)
                        .map_err(|error| program.row_error(number, step.ordinal, &error))?;
                }
                Step::Function { ordinal, function } => {
                    self.separate(&mut is_first);
                    let field = row.field(*ordinal);
                    let step = program.functions.get(*function);
                    let replacement =
                        field.and(self.replaced.get_mut(*function).and_then(Iterator::next).flatten());
                    let refuses_null = step.is_some_and(|step| !step.is_nullable);
                    if field.is_some() && replacement.is_none() && refuses_null {
                        return Err(program.row_error(number, *ordinal, &NOT_NULL));
                    }
                    escape_field(replacement.as_deref().map(str::as_bytes), &mut self.out);
                }
            }
        }
        self.out.push(b'\n');
        Ok(())
    }

    fn separate(&mut self, is_first: &mut bool) {
        if !std::mem::take(is_first) {
            self.out.push(b'\t');
        }
    }

    fn masked_text(&mut self, step: &MaskStep, row: &Row<'_>) -> Result<(), ValueError> {
        let mut binary = std::mem::take(&mut self.scratch);
        binary.clear();
        let masked = mask_field(step, row, &mut binary)?;
        if masked == Masked::Null {
            escape_field(None, &mut self.out);
        } else {
            let mut words = Vec::new();
            let codec = step.codec.ok_or(ValueError::new("expected a type with a codec, found none"))?;
            if step.is_array {
                array::to_text(&binary, &mut words, codec.to_text)?;
            } else {
                (codec.to_text)(&binary, &mut words)?;
            }
            escape_field(Some(&words), &mut self.out);
        }
        self.scratch = binary;
        Ok(())
    }
}

/// Append the masked value of one field, without its length.
fn mask_field(step: &MaskStep, row: &Row<'_>, out: &mut Vec<u8>) -> Result<Masked, ValueError> {
    let Some(value) = row.field(step.ordinal) else { return Ok(Masked::Null) };
    if step.is_array {
        array::map_elements(value, out, |element, out| {
            step.mask.apply(&canonical(step, element)?, row, out)
        })?;
        return Ok(Masked::Value);
    }
    let masked = step.mask.apply(&canonical(step, value)?, row, out)?;
    if masked == Masked::Null && !step.is_nullable {
        return Err(NOT_NULL);
    }
    Ok(masked)
}

/// Equal values of the type must be equal bytes before a mask sees them.
fn canonical<'a>(step: &MaskStep, value: &'a [u8]) -> Result<Cow<'a, [u8]>, ValueError> {
    if step.is_blank_padded {
        let kept = value.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
        return Ok(Cow::Borrowed(&value[..kept]));
    }
    if step.is_case_insensitive {
        return Ok(Cow::Owned(text::read(value)?.to_lowercase().into_bytes()));
    }
    Ok(Cow::Borrowed(value))
}

/// Append one field of text COPY (PostgreSQL `copyto.c` `CopyAttributeOutText`, default delimiter and NULL).
fn escape_field(field: Field<'_>, out: &mut Vec<u8>) {
    let Some(mut rest) = field else {
        out.extend_from_slice(b"\\N");
        return;
    };
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | 0x08..=0x0d)) {
        out.extend_from_slice(&rest[..at]);
        let letter = match rest[at] {
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0b => b'v',
            0x0c => b'f',
            0x0d => b'r',
            other => other,
        };
        out.extend_from_slice(&[b'\\', letter]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}
