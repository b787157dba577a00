//! `Key`: holds the run's key where Python cannot see it.

use pgsluice_core::key::{KEY_BYTES, MasterKey};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The run's 256-bit key.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Key(pub MasterKey);

#[pymethods]
impl Key {
    #[new]
    fn new(key: &[u8]) -> PyResult<Self> {
        let key: &[u8; KEY_BYTES] = key
            .try_into()
            .map_err(|_| PyValueError::new_err(format!("expected a key of 32 bytes, found {}", key.len())))?;
        let key = MasterKey::new(key).ok_or_else(|| {
            PyValueError::new_err("expected 32 random bytes, found a key that repeats itself")
        })?;
        Ok(Self(key))
    }

    #[getter]
    fn id(&self) -> String {
        self.0.id()
    }

    fn seed<'py>(&self, py: Python<'py>, name: &str) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.subkey("seed", name))
    }

    fn mac<'py>(&self, py: Python<'py>, purpose: &str, data: &[u8]) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.mac(purpose, data))
    }

    fn __repr__(&self) -> String {
        format!("<Key {}>", self.0.id())
    }
}
