//! `RowEncoder` and `Rows`: a caller's rows as tuples and arrays.

use std::collections::BTreeSet;
use std::sync::Arc;

use pgsluice_core::encode::value::Value;
use pgsluice_core::encode::{self, ColumnSpec, Columns, RowsBuilder, TypeSpec};
use pgsluice_core::error::ValueError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::copy;
use crate::values::Known;

const COUNT: ValueError = ValueError::new("expected as many values as columns, found more or fewer");
const TUPLE: ValueError =
    ValueError::new("expected a row as a tuple or a list, found a value of another type");
const DICT: ValueError = ValueError::new("expected a row as a mapping, found a value of another type");
const MISSING: ValueError = ValueError::new("expected a value for the column, found none");
const UNEXPECTED: ValueError =
    ValueError::new("expected the names of the columns alone, found another name as well");

/// `(position, column, reason)`.
type Fault = (i64, Option<String>, &'static str);
type Encoded = (Rows, Vec<Fault>);

/// Writes rows of a fixed list of columns.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct RowEncoder {
    columns: Arc<Columns>,
    names: Vec<Py<PyString>>,
    known: Known,
}

/// A row that is being written, and where it goes if it cannot be.
struct Writing<'a> {
    encoder: &'a RowEncoder,
    builder: RowsBuilder,
    faults: Vec<Fault>,
    position: i64,
}

impl Writing<'_> {
    /// Write a row by `fill`, which gives the ordinal of the column that is to blame where it cannot.
    fn row(&mut self, fill: impl FnOnce(&mut Self) -> Result<(), (Option<usize>, ValueError)>) {
        self.builder.begin_row();
        match fill(self) {
            Ok(()) => self.builder.end_row(self.position),
            Err((ordinal, error)) => {
                self.builder.give_up_row();
                let column = ordinal.and_then(|ordinal| self.encoder.columns.0.get(ordinal));
                self.faults.push((self.position, column.map(|column| column.name.clone()), error.reason));
            }
        }
        self.position += 1;
    }

    fn value(
        &mut self,
        ordinal: usize,
        object: &Bound<'_, PyAny>,
    ) -> Result<(), (Option<usize>, ValueError)> {
        let builder = &mut self.builder;
        let mut write = |value: &Value<'_>| builder.field(ordinal, value);
        self.encoder.known.with_value(object, &mut write).map_err(|error| (Some(ordinal), error))
    }

    fn finish(self) -> Encoded {
        (Rows(self.builder.finish()), self.faults)
    }
}

impl RowEncoder {
    fn writing(&self, rows: usize, first_position: i64) -> Writing<'_> {
        Writing {
            encoder: self,
            builder: RowsBuilder::new(&self.columns, rows),
            faults: Vec::new(),
            position: first_position,
        }
    }

    fn write_tuple(
        &self,
        writing: &mut Writing<'_>,
        row: &Bound<'_, PyTuple>,
    ) -> Result<(), (Option<usize>, ValueError)> {
        if row.len() != self.columns.0.len() {
            return Err((None, COUNT));
        }
        for ordinal in 0..row.len() {
            let item = row.get_borrowed_item(ordinal).map_err(|_| (None, COUNT))?;
            writing.value(ordinal, &item)?;
        }
        Ok(())
    }
}

#[pymethods]
impl RowEncoder {
    #[new]
    fn new(py: Python<'_>, specs: &str) -> PyResult<Self> {
        // Specs are made from the catalog; they hold no value that could be quoted.
        let specs: Vec<ColumnSpec> =
            serde_json::from_str(specs).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let names = specs.iter().map(|spec| PyString::intern(py, &spec.name).unbind()).collect();
        let columns = Columns::compile(specs).map_err(PyValueError::new_err)?;
        Ok(Self { columns: Arc::new(columns), names, known: Known::new(py)? })
    }

    /// Encode tuples, lists or other sequences of values in the order of the columns.
    fn encode_tuples(&self, rows: &Bound<'_, PyAny>, first_position: i64) -> PyResult<Encoded> {
        let rows = as_list(rows)?;
        let mut writing = self.writing(rows.len(), first_position);
        for row in rows.iter() {
            writing.row(|writing| {
                if let Ok(row) = row.cast::<PyTuple>() {
                    return self.write_tuple(writing, row);
                }
                let has_order = row.is_instance_of::<PyList>() || is_sequence(&row);
                let row = has_order.then(|| row.py().get_type::<PyTuple>().call1((&row,)));
                let row = row.and_then(Result::ok).ok_or((None, TUPLE))?;
                self.write_tuple(writing, row.cast().map_err(|_| (None, TUPLE))?)
            });
        }
        Ok(writing.finish())
    }

    /// Encode dicts by the names of the columns.
    fn encode_dicts(&self, rows: &Bound<'_, PyAny>, first_position: i64) -> PyResult<Encoded> {
        let rows = as_list(rows)?;
        let py = rows.py();
        let mut writing = self.writing(rows.len(), first_position);
        for row in rows.iter() {
            writing.row(|writing| {
                let row = as_dict(&row).ok_or((None, DICT))?;
                for (ordinal, name) in self.names.iter().enumerate() {
                    let found = row.get_item(name.bind(py)).map_err(|_| (None, DICT))?;
                    writing.value(ordinal, &found.ok_or((Some(ordinal), MISSING))?)?;
                }
                if row.len() == self.names.len() { Ok(()) } else { Err((None, UNEXPECTED)) }
            });
        }
        Ok(writing.finish())
    }

    /// Encode objects whose attributes have the names of the columns: dataclasses, for one.
    fn encode_objects(&self, rows: &Bound<'_, PyAny>, first_position: i64) -> PyResult<Encoded> {
        let rows = as_list(rows)?;
        let py = rows.py();
        let mut writing = self.writing(rows.len(), first_position);
        for row in rows.iter() {
            writing.row(|writing| {
                for (ordinal, name) in self.names.iter().enumerate() {
                    let found = row.getattr(name.bind(py)).map_err(|_| (Some(ordinal), MISSING))?;
                    writing.value(ordinal, &found)?;
                }
                Ok(())
            });
        }
        Ok(writing.finish())
    }

    /// Encode one sequence of values a column, in the order of the columns.
    fn encode_columns(&self, columns: &Bound<'_, PyAny>, first_position: i64) -> PyResult<Encoded> {
        let columns =
            as_list(columns)?.iter().map(|column| as_list(&column)).collect::<PyResult<Vec<_>>>()?;
        if columns.len() != self.columns.0.len() {
            return Err(PyValueError::new_err(format!(
                "expected {} columns, found {}",
                self.columns.0.len(),
                columns.len()
            )));
        }
        let rows = columns.first().map_or(0, PyListMethods::len);
        if columns.iter().any(|column| column.len() != rows) {
            return Err(PyValueError::new_err("expected columns of one length, found others"));
        }
        let mut writing = self.writing(rows, first_position);
        for row in 0..rows {
            writing.row(|writing| {
                for (ordinal, column) in columns.iter().enumerate() {
                    let item = column.get_item(row).map_err(|_| (Some(ordinal), MISSING))?;
                    writing.value(ordinal, &item)?;
                }
                Ok(())
            });
        }
        Ok(writing.finish())
    }

    /// Whether values of a column that differ in `Rows` are never equal on the server.
    fn is_key_exact(&self, ordinal: usize) -> bool {
        self.columns.0.get(ordinal).is_some_and(|column| column.key.is_exact())
    }

    fn __repr__(&self) -> String {
        format!("RowEncoder(columns={})", self.columns.0.len())
    }
}

/// Encoded rows.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Rows(encode::Rows);

#[pymethods]
impl Rows {
    #[getter]
    fn rows(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn size_bytes(&self) -> usize {
        self.0.size_bytes()
    }

    #[getter]
    fn positions(&self) -> Vec<i64> {
        self.0.positions().to_vec()
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn sorted_by(slf: &Bound<'_, Self>, key_ordinals: Vec<usize>) -> PyResult<Py<Self>> {
        let rows = &slf.get().0;
        same_or_new(slf, slf.py().detach(|| rows.sorted_by(&key_ordinals)))
    }

    fn steps(&self, py: Python<'_>, ordinal: usize, step: i64) -> PyResult<(BTreeSet<i64>, bool)> {
        py.detach(|| self.0.steps(ordinal, step))
            .ok_or_else(|| PyValueError::new_err("expected a column of whole numbers, days or moments"))
    }

    #[pyo3(signature = (key_ordinals, keep = "last"))]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn deduplicated(
        slf: &Bound<'_, Self>,
        key_ordinals: Vec<usize>,
        keep: &str,
    ) -> PyResult<(Py<Self>, Vec<i64>)> {
        let is_last_kept = match keep {
            "last" => true,
            "first" => false,
            _ => return Err(PyValueError::new_err("expected \"last\" or \"first\"")),
        };
        let rows = &slf.get().0;
        let found = slf.py().detach(|| rows.deduplicated(&key_ordinals, is_last_kept));
        let (rows, dropped) = found.map_or((None, Vec::new()), |(rows, dropped)| (Some(rows), dropped));
        Ok((same_or_new(slf, rows)?, dropped))
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn has_duplicates(&self, py: Python<'_>, key_ordinals: Vec<usize>) -> bool {
        py.detach(|| self.0.has_duplicates(&key_ordinals))
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn null_positions(&self, key_ordinals: Vec<usize>) -> Vec<i64> {
        self.0.null_positions(&key_ordinals)
    }

    fn slice(&self, start: usize, stop: usize) -> Self {
        Self(self.0.slice(start, stop))
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn without(&self, ordinals: Vec<usize>) -> Self {
        Self(self.0.without(&ordinals))
    }

    #[staticmethod]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 hands sequences over by value")]
    fn joined(parts: Vec<PyRef<'_, Self>>) -> PyResult<Self> {
        let parts: Vec<&encode::Rows> = parts.iter().map(|part| &part.0).collect();
        let joined = encode::Rows::joined(&parts);
        joined
            .map(Self)
            .ok_or_else(|| PyValueError::new_err("expected rows of one encoder, found none or others"))
    }

    #[getter]
    fn piece_count(&self) -> usize {
        copy::piece_count(self.0.bytes())
    }

    fn piece<'py>(&self, py: Python<'py>, ordinal: usize) -> Bound<'py, PyBytes> {
        PyBytes::new(py, copy::piece(self.0.bytes(), ordinal))
    }

    fn array<'py>(&self, py: Python<'py>, column_ordinal: usize) -> PyResult<Bound<'py, PyBytes>> {
        let array = py.detach(|| self.0.array(column_ordinal));
        let array =
            array.ok_or_else(|| PyValueError::new_err("expected the ordinal of a column, found another"))?;
        Ok(PyBytes::new(py, &array))
    }

    fn position_array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let array = self.0.position_array();
        let array =
            array.ok_or_else(|| PyValueError::new_err("expected fewer than 2^31 rows, found more"))?;
        Ok(PyBytes::new(py, &array))
    }

    fn __repr__(&self) -> String {
        format!("Rows(rows={}, size_bytes={})", self.0.len(), self.0.size_bytes())
    }
}

/// The first type in a type, described as for `RowEncoder`, that has no binary form here; None where all have one.
#[pyfunction]
pub fn text_only_type(spec: &str) -> PyResult<Option<String>> {
    let spec: TypeSpec =
        serde_json::from_str(spec).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let encoder = encode::Encoder::new(&spec).map_err(PyValueError::new_err)?;
    Ok(encoder.text_only().map(str::to_owned))
}

/// Rows do not change, so those that stay as they are need no copy.
fn same_or_new(given: &Bound<'_, Rows>, found: Option<encode::Rows>) -> PyResult<Py<Rows>> {
    found.map_or_else(|| Ok(given.clone().unbind()), |rows| Py::new(given.py(), Rows(rows)))
}

/// Whether values stand in an order and without names: a set has no order, a record's names may have another one.
fn is_sequence(row: &Bound<'_, PyAny>) -> bool {
    let has = |name: &str| row.hasattr(name).unwrap_or(false);
    let is_one_value = row.is_instance_of::<PyString>() || row.is_instance_of::<PyBytes>();
    !is_one_value && has("__getitem__") && !has("keys")
}

/// A row by names: a dict as it is, any other mapping or record as a dict.
fn as_dict<'py>(row: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    match row.cast::<PyDict>() {
        Ok(row) => Some(row.clone()),
        Err(_) if row.hasattr("keys").unwrap_or(false) => {
            row.py().get_type::<PyDict>().call1((row,)).ok()?.cast_into().ok()
        }
        Err(_) => None,
    }
}

fn as_list<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    match object.cast::<PyList>() {
        Ok(list) => Ok(list.clone()),
        Err(_) => Ok(object.py().get_type::<PyList>().call1((object,))?.cast_into()?),
    }
}
