//! `RowKey`: where a table's copy goes on from. A primary key may be personal data, so Python holds it closed.

use pgsluice_core::row::{Row, push_field};
use pgsluice_core::seal;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::key::Key;

/// The key fields of one row, as one tuple.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct RowKey(pub Vec<u8>);

#[pymethods]
impl RowKey {
    #[new]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn new(fields: Vec<Option<Bound<'_, PyBytes>>>) -> PyResult<Self> {
        let count = i16::try_from(fields.len()).map_err(|_| PyValueError::new_err("expected a row's key"))?;
        let mut tuple = count.to_be_bytes().to_vec();
        for field in &fields {
            push_field(&mut tuple, field.as_ref().map(PyBytesMethods::as_bytes));
        }
        Ok(Self(tuple))
    }

    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Vec<Option<Bound<'py, PyBytes>>>> {
        let mut spans = Vec::new();
        let row = Row::read(&self.0, &mut spans)
            .ok_or_else(|| PyValueError::new_err("expected one whole tuple"))?;
        Ok((0..row.len()).map(|ordinal| row.field(ordinal).map(|field| PyBytes::new(py, field))).collect())
    }

    fn seal<'py>(&self, py: Python<'py>, key: &Key, associated: &[u8]) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &seal::seal(&key.0, associated, &self.0))
    }

    #[staticmethod]
    fn unseal(key: &Key, associated: &[u8], sealed: &[u8]) -> Option<Self> {
        seal::open(&key.0, associated, sealed).map(Self)
    }

    #[expect(clippy::unused_self, reason = "a repr that shows nothing of it")]
    fn __repr__(&self) -> &'static str {
        "<RowKey>"
    }
}
