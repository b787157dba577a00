//! Plain objects for those of numpy and pandas: no dependency, what they can do is asked of them.

use pgsluice_core::error::ValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

const RAISED: ValueError =
    ValueError::new("expected a readable value, found one whose methods raise an error");
const FINE: ValueError = ValueError::new("expected whole microseconds, found a time with finer parts");
const MISSING: ValueError = ValueError::new("expected a time or None, found the mark of a missing one");
const UNIT: ValueError = ValueError::new("expected a time that a datetime or timedelta holds, found another");

/// Units below a microsecond.
const FINE_UNITS: [&str; 3] = ["ns", "ps", "fs"];

/// The number, time or list that a scalar or an array of numpy stands for; None where it is masked or not a time.
pub fn plain<'py>(object: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>, ValueError> {
    let py = object.py();
    let kind = object
        .getattr(intern!(py, "dtype"))
        .and_then(|dtype| dtype.getattr(intern!(py, "kind")))
        .and_then(|kind| kind.extract::<char>())
        .map_err(|_| RAISED)?;
    let is_time = matches!(kind, 'm' | 'M');
    if is_time
        && object.getattr(intern!(py, "ndim")).and_then(|ndim| ndim.extract::<usize>()).is_ok_and(|n| n > 0)
    {
        // One by one: an array does not say which of its times were none of Python's.
        return py.get_type::<pyo3::types::PyList>().call1((object,)).map_err(|_| RAISED);
    }
    // Not `item`, which gives the number below a mask.
    let found = object.call_method0(intern!(py, "tolist")).map_err(|_| RAISED)?;
    if is_time && found.is_instance_of::<PyInt>() { in_us(object, kind) } else { Ok(found) }
}

/// A time that numpy counts in nanoseconds or finer, if it is one of whole microseconds.
fn in_us<'py>(time: &Bound<'py, PyAny>, kind: char) -> Result<Bound<'py, PyAny>, ValueError> {
    let py = time.py();
    let convert = || -> PyResult<Option<(Bound<'py, PyAny>, bool)>> {
        let dtype = time.getattr(intern!(py, "dtype"))?;
        let name = dtype.getattr(intern!(py, "str"))?.cast_into::<PyString>()?;
        if !FINE_UNITS.iter().any(|unit| name.to_str().is_ok_and(|name| name.contains(unit))) {
            return Ok(None);
        }
        let rounded = time.call_method1(intern!(py, "astype"), (format!("{kind}8[us]"),))?;
        let is_whole = rounded.call_method1(intern!(py, "astype"), (dtype,))?.eq(time)?;
        Ok(Some((rounded.call_method0(intern!(py, "tolist"))?, is_whole)))
    };
    match convert().map_err(|_| RAISED)? {
        Some((_, false)) => Err(FINE),
        Some((found, true)) if !found.is_instance_of::<PyInt>() => Ok(found),
        _ => Err(UNIT),
    }
}

/// Refuse a time of pandas, whose classes are subclasses of Python's, that microseconds do not hold.
pub fn check_whole_us(time: &Bound<'_, PyAny>) -> Result<(), ValueError> {
    let py = time.py();
    for name in [intern!(py, "nanosecond"), intern!(py, "nanoseconds")] {
        if let Some(nanoseconds) = time.getattr_opt(name).map_err(|_| RAISED)? {
            // That of NaT is a NaN.
            match nanoseconds.extract::<i64>() {
                Ok(0) => {}
                Ok(_) => return Err(FINE),
                Err(_) => return Err(MISSING),
            }
        }
    }
    Ok(())
}
