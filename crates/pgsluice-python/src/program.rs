//! `Program`: a compiled table, and the Python functions it calls.

use std::sync::Arc;

use pgsluice_core::program::{Program as CoreProgram, Request};
use pgsluice_core::transform::ColumnFunctions;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::copy::{Batch, RawBatch, row_fault};
use crate::key::Key;
use crate::row_key::RowKey;

create_exception!(
    pgsluice._core,
    Refused,
    PyException,
    "A program that cannot be compiled; `args[0]` lists `(column, code, message, hint)`."
);

/// A compiled table.
#[pyclass(frozen, module = "pgsluice._core")]
pub struct Program {
    pub program: Arc<CoreProgram>,
    functions: Functions,
}

#[pymethods]
impl Program {
    #[new]
    fn new(request: &str, key: Option<&Key>, functions: &Bound<'_, PyDict>) -> PyResult<Self> {
        // A request is made by the plan from names; it holds no value that could be quoted.
        let request: Request =
            serde_json::from_str(request).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let program = CoreProgram::compile(request, key.map(|key| &key.0)).map_err(|refusals| {
            let list: Vec<_> = refusals.into_iter().map(|r| (r.column, r.code, r.message, r.hint)).collect();
            Refused::new_err((list,))
        })?;
        let functions = program
            .function_columns()
            .map(|column| {
                let function = functions.get_item(column)?.ok_or_else(|| {
                    PyValueError::new_err(format!("expected a function for column {column:?}, found none"))
                })?;
                Ok((column.to_owned(), function.unbind()))
            })
            .collect::<PyResult<_>>()?;
        Ok(Self { program: Arc::new(program), functions: Functions(functions) })
    }

    /// One `(deterministic, uniqueness, keeps_null, keeps_length, keeps_format, keeps_order)` a column.
    #[getter]
    fn promises(&self) -> Vec<(bool, &'static str, bool, bool, bool, bool)> {
        let tuple = |p: &pgsluice_core::masks::Promises| {
            (
                p.deterministic,
                p.uniqueness.word(),
                p.keeps_null,
                p.keeps_length,
                p.keeps_format,
                p.keeps_order,
            )
        };
        self.program.promises().iter().map(tuple).collect()
    }

    fn last_key(&self, raw: &RawBatch) -> Option<RowKey> {
        self.program.last_key(&raw.0).map(RowKey)
    }

    fn run(&self, py: Python<'_>, raw: &RawBatch) -> PyResult<Batch> {
        py.detach(|| self.program.run(&raw.0, &self.functions)).map(Batch).map_err(|error| row_fault(&error))
    }
}

struct Functions(Vec<(String, Py<PyAny>)>);

impl ColumnFunctions for Functions {
    fn call(&self, column: &str, values: &[String]) -> Result<Vec<Option<String>>, String> {
        let function = self.0.iter().find(|(name, _)| name == column).map(|(_, function)| function);
        let function = function.ok_or("expected a function, found none")?;
        Python::attach(|py| {
            let result = function.call1(py, (values.to_vec(),)).map_err(|error| {
                // Its text may quote a value; its type does not.
                let name =
                    error.get_type(py).name().map_or_else(|_| "an error".to_owned(), |name| name.to_string());
                format!("the function raised {name}")
            })?;
            result.extract(py).map_err(|_| "expected a list of str or None from the function".to_owned())
        })
    }
}
