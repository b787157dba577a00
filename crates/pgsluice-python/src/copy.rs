//! `Cutter`, `RawBatch` and `Batch`: a COPY stream on its way through.

use std::sync::Arc;

use pgsluice_core::batch;
use pgsluice_core::error::{RowError, StreamError};
use pgsluice_core::frame;
use pgsluice_core::program::Program as CoreProgram;
use pgsluice_core::row::push_field;
use pyo3::buffer::PyBuffer;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::key::Key;
use crate::program::Program;

create_exception!(
    pgsluice._core,
    StreamFault,
    PyException,
    "Bytes that are no binary COPY stream of the expected columns."
);
create_exception!(
    pgsluice._core,
    RowFault,
    PyException,
    "A row that cannot be transformed; `args` is `(row, column, reason)`."
);

/// Pieces of this size keep the driver's write buffer small; measured flat from 64 KiB to 1 MiB.
const PIECE_BYTES: usize = 256 * 1024;

/// Splits one COPY stream into tuples.
#[pyclass(module = "pgsluice._core")]
pub struct Splitter {
    splitter: Option<frame::Splitter>,
    program: Arc<CoreProgram>,
}

#[pymethods]
impl Splitter {
    #[new]
    fn new(program: &Program) -> Self {
        Self { splitter: Some(program.program.splitter()), program: Arc::clone(&program.program) }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a buffer is released when it is dropped")]
    fn push(&mut self, py: Python<'_>, chunk: PyBuffer<u8>) -> PyResult<usize> {
        let splitter = self.splitter.as_mut().ok_or_else(finished)?;
        let mut copied = Ok(());
        let fill = |room: &mut [u8]| copied = chunk.copy_to_slice(py, room);
        let pushed = splitter.push_with(chunk.len_bytes(), fill);
        copied?;
        pushed.map_err(|error| stream_fault(&error))?;
        Ok(splitter.size_bytes())
    }

    fn take(&mut self) -> PyResult<RawBatch> {
        let splitter = self.splitter.as_mut().ok_or_else(finished)?;
        Ok(RawBatch(self.program.take(splitter)))
    }

    fn finish(&mut self) -> PyResult<RawBatch> {
        let splitter = self.splitter.take().ok_or_else(finished)?;
        splitter.finish().map(RawBatch).map_err(|error| stream_fault(&error))
    }

    fn discard(&mut self) {
        self.splitter = None;
    }

    #[getter]
    fn rows(&self) -> PyResult<u64> {
        Ok(self.splitter.as_ref().ok_or_else(finished)?.rows())
    }
}

/// Unmasked tuples on their way to a program.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct RawBatch(pub batch::RawBatch);

#[pymethods]
impl RawBatch {
    #[getter]
    fn rows(&self) -> u64 {
        self.0.rows()
    }

    #[getter]
    fn size_bytes(&self) -> usize {
        self.0.bytes().len()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Masked tuples, or lines of text COPY.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Batch(pub batch::Batch);

#[pymethods]
impl Batch {
    #[getter]
    fn rows(&self) -> u64 {
        self.0.rows
    }

    #[getter]
    fn size_bytes(&self) -> usize {
        self.0.bytes.len()
    }

    #[getter]
    fn piece_count(&self) -> usize {
        piece_count(&self.0.bytes)
    }

    fn piece<'py>(&self, py: Python<'py>, ordinal: usize) -> Bound<'py, PyBytes> {
        PyBytes::new(py, piece(&self.0.bytes, ordinal))
    }

    fn sealed_digest<'py>(&self, py: Python<'py>, key: &Key) -> Bound<'py, PyBytes> {
        let mut content = self.0.digest.to_le_bytes().to_vec();
        content.extend_from_slice(&self.0.rows.to_le_bytes());
        PyBytes::new(py, &key.0.mac("digest", &content))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// How many pieces a stream is sent in.
pub fn piece_count(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(PIECE_BYTES)
}

/// A piece of a stream; empty where there is none.
pub fn piece(bytes: &[u8], ordinal: usize) -> &[u8] {
    let start = ordinal.saturating_mul(PIECE_BYTES).min(bytes.len());
    let end = start.saturating_add(PIECE_BYTES).min(bytes.len());
    &bytes[start..end]
}

/// Frame rows of fields as tuples: what a source that refuses COPY is read with.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
pub fn write_tuples<'py>(
    py: Python<'py>,
    rows: Vec<Vec<Option<Bound<'py, PyBytes>>>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = Vec::new();
    for row in &rows {
        let count =
            i16::try_from(row.len()).map_err(|_| PyValueError::new_err("expected at most 32767 fields"))?;
        out.extend_from_slice(&count.to_be_bytes());
        for field in row {
            push_field(&mut out, field.as_ref().map(PyBytesMethods::as_bytes));
        }
    }
    Ok(PyBytes::new(py, &out))
}

fn finished() -> PyErr {
    PyValueError::new_err("expected a splitter in use, found one that is finished")
}

fn stream_fault(error: &StreamError) -> PyErr {
    StreamFault::new_err(error.to_string())
}

/// Row faults cross as `(row, column, reason)`.
pub fn row_fault(error: &RowError) -> PyErr {
    RowFault::new_err((error.row, error.column.clone(), error.reason.clone()))
}
