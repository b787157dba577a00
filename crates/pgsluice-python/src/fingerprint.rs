//! `Layout`, `Originals`, `Fingerprint` and `Differences`: two sides of a table compared.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pgsluice_core::fingerprint::details;
use pgsluice_core::fingerprint::{self as core, layout, originals};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::copy::{RawBatch, row_fault};
use crate::key::Key;
use crate::program::Program;

/// What is compared of a table's rows.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Layout(Arc<layout::Layout>);

#[pymethods]
impl Layout {
    #[new]
    fn new(request: &str, key: &Key) -> PyResult<Self> {
        let layout = layout::Layout::new(request, &key.0).map_err(PyValueError::new_err)?;
        Ok(Self(Arc::new(layout)))
    }
}

/// The values that must not appear on a target, as keyed hashes.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Originals(originals::Originals);

#[pymethods]
impl Originals {
    #[new]
    fn new(key: &Key, hashes_max: usize) -> Self {
        Self(originals::Originals::new(&key.0, hashes_max))
    }

    fn collect(&self, py: Python<'_>, layout: &Layout, raw: &RawBatch) {
        py.detach(|| core::collect(&layout.0, &raw.0, &self.0));
    }

    fn begin_part(&self, number: u64) {
        self.0.begin_part(number);
    }

    #[getter]
    fn parts(&self) -> u64 {
        self.0.parts()
    }

    #[getter]
    fn count(&self) -> usize {
        self.0.count()
    }
}

/// The sums of one side of a table.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Fingerprint(Mutex<core::Fingerprint>);

#[pymethods]
impl Fingerprint {
    #[new]
    fn new(layout: &Layout) -> Self {
        Self(Mutex::new(core::Fingerprint::new(Arc::clone(&layout.0))))
    }

    fn other_side(&self) -> Self {
        Self(Mutex::new(self.sums().other_side()))
    }

    fn add_expected(&self, py: Python<'_>, program: &Program, raw: &RawBatch) -> PyResult<()> {
        py.detach(|| self.sums().add_expected(&program.program, &raw.0)).map_err(|error| row_fault(&error))
    }

    fn add_found(&self, py: Python<'_>, raw: &RawBatch, originals: &Originals) {
        py.detach(|| self.sums().add_found(&raw.0, &originals.0));
    }

    fn search_expected(
        &self,
        py: Python<'_>,
        program: &Program,
        raw: &RawBatch,
        originals: &Originals,
    ) -> PyResult<()> {
        py.detach(|| self.sums().search_expected(&program.program, &raw.0, &originals.0))
            .map_err(|error| row_fault(&error))
    }

    fn search_found(&self, py: Python<'_>, raw: &RawBatch, originals: &Originals) {
        py.detach(|| self.sums().search_found(&raw.0, &originals.0));
    }

    fn fold(&self) {
        self.sums().fold();
    }

    #[getter]
    fn rows(&self) -> u64 {
        self.sums().rows()
    }

    /// One `(nulls, originals, unchanged)` a column.
    #[getter]
    fn columns(&self) -> Vec<(u64, u64, u64)> {
        self.sums().columns().iter().map(|sums| (sums.nulls, sums.originals, sums.unchanged)).collect()
    }

    /// One `(whole, inside)` a searched field.
    #[getter]
    fn hits(&self) -> Vec<(u64, u64)> {
        self.sums().hits().iter().map(|hits| (hits.whole, hits.inside)).collect()
    }

    fn equal_columns(&self, other: &Self) -> Vec<bool> {
        self.sums().equal_columns(&other.sums())
    }

    fn is_equal(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.sums(), other.sums());
        ours.rows() == theirs.rows() && ours.different_buckets(&theirs).is_empty()
    }
}

impl Fingerprint {
    fn sums(&self) -> MutexGuard<'_, core::Fingerprint> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the rows that differ between two fingerprints.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Differences(Mutex<details::Details>);

#[pymethods]
impl Differences {
    #[new]
    fn new(expected: &Fingerprint, found: &Fingerprint, bytes_max: u64) -> Self {
        Self(Mutex::new(details::Details::new(&expected.sums(), &found.sums(), bytes_max)))
    }

    fn add_expected(&self, py: Python<'_>, program: &Program, raw: &RawBatch) -> PyResult<()> {
        py.detach(|| self.details().add_expected(&program.program, &raw.0)).map_err(|error| row_fault(&error))
    }

    fn add_found(&self, py: Python<'_>, raw: &RawBatch) {
        py.detach(|| self.details().add_found(&raw.0));
    }

    /// `(missing, extra, changed, changed_in, share)`.
    fn count(&self, py: Python<'_>) -> (u64, u64, u64, Vec<u64>, f64) {
        let counted = py.detach(|| self.details().count());
        // At most 65,536 buckets.
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let share =
            if counted.buckets == 0 { 1.0 } else { counted.buckets_counted as f64 / counted.buckets as f64 };
        (counted.missing, counted.extra, counted.changed, counted.changed_in, share)
    }

    fn different_in(&self, py: Python<'_>, program: &Program, raw: &RawBatch) -> PyResult<u64> {
        py.detach(|| self.details().different_in(&program.program, &raw.0)).map_err(|error| row_fault(&error))
    }
}

impl Differences {
    fn details(&self) -> MutexGuard<'_, details::Details> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
