//! Tells what a Python object is, as a value of the core; objects of the usual types first, without allocation.

use pgsluice_core::encode::value::{Container, UseEntry, UseValue, Value};
use pgsluice_core::error::ValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList, PyMapping,
    PyMemoryView, PyString, PyTime, PyTuple, PyType,
};

use crate::arrays;

const RAISED: ValueError =
    ValueError::new("expected a readable value, found one whose methods raise an error");
const SURROGATE: ValueError =
    ValueError::new("expected characters that UTF-8 has, found half of a surrogate pair");
const KEY: ValueError = ValueError::new("expected names as keys, found a key of another type");
const DOCUMENT: ValueError =
    ValueError::new("expected what a JSON document can hold, found a value of another type within");
const OFFSET: ValueError = ValueError::new("expected a zone of whole seconds, found one with finer parts");
const TYPE: ValueError = ValueError::new("expected a value, found an object of a type without any");

const DAY_US: i64 = 86_400_000_000;
/// `date(2000, 1, 1).toordinal()`.
const EPOCH_ORDINAL: i64 = 730_120;
/// An object may stand for another one that often: an enum member for its value, an array scalar for its number.
const STANDS_FOR_MAX: u32 = 4;

/// Types and functions of the standard library.
pub struct Known {
    decimal: Py<PyType>,
    uuid: Py<PyType>,
    date: Py<PyType>,
    enum_type: Py<PyType>,
    epoch: Py<PyAny>,
    epoch_utc: Py<PyAny>,
    dumps: Py<PyAny>,
    dumps_settings: Py<PyDict>,
}

impl Known {
    /// Import them.
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        let find = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        let datetime = py.import("datetime")?;
        let utc = datetime.getattr("timezone")?.getattr("utc")?;
        let settings = PyDict::new(py);
        settings.set_item("ensure_ascii", false)?;
        settings.set_item("allow_nan", false)?;
        settings.set_item("separators", (",", ":"))?;
        Ok(Self {
            decimal: find("decimal", "Decimal")?,
            uuid: find("uuid", "UUID")?,
            date: find("datetime", "date")?,
            enum_type: find("enum", "Enum")?,
            epoch: datetime.getattr("datetime")?.call1((2000, 1, 1))?.unbind(),
            epoch_utc: datetime.getattr("datetime")?.call1((2000, 1, 1, 0, 0, 0, 0, utc))?.unbind(),
            dumps: py.import("json")?.getattr("dumps")?.unbind(),
            dumps_settings: settings.unbind(),
        })
    }

    /// Call `use_value` with what `object` is.
    pub fn with_value(&self, object: &Bound<'_, PyAny>, use_value: UseValue<'_>) -> Result<(), ValueError> {
        if object.is_none() {
            use_value(&Value::Null)
        } else if object.is_exact_instance_of::<PyInt>() {
            self.with_int(object, use_value)
        } else if let Ok(text) = object.cast_exact::<PyString>() {
            use_value(&Value::Str(text.to_str().map_err(|_| SURROGATE)?))
        } else if let Ok(number) = object.cast_exact::<PyFloat>() {
            use_value(&Value::Float(number.value()))
        } else if object.is_exact_instance_of::<PyDateTime>() {
            self.with_datetime(object, use_value)
        } else if object.get_type_ptr() == self.decimal.as_ptr().cast() {
            with_text(object, |text| use_value(&Value::Decimal(text)))
        } else if let Ok(is_true) = object.cast_exact::<PyBool>() {
            use_value(&Value::Bool(is_true.is_true()))
        } else if object.get_type_ptr() == self.uuid.as_ptr().cast() {
            with_uuid(object, use_value)
        } else if object.get_type_ptr() == self.date.as_ptr().cast() {
            with_date(object, use_value)
        } else if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            use_value(&Value::Bytes(bytes.as_bytes()))
        } else {
            self.with_other(object, use_value, STANDS_FOR_MAX)
        }
    }

    /// Subclasses, and types that are rarer.
    fn with_other(
        &self,
        object: &Bound<'_, PyAny>,
        use_value: UseValue<'_>,
        stands_for_max: u32,
    ) -> Result<(), ValueError> {
        let py = object.py();
        let container = Part { known: self, object };
        let is = |known: &Py<PyType>| object.is_instance(known.bind(py)).unwrap_or(false);
        if let Ok(text) = object.cast::<PyString>() {
            use_value(&Value::Str(text.to_str().map_err(|_| SURROGATE)?))
        } else if let Ok(is_true) = object.cast::<PyBool>() {
            // What an object stands for may be one, and a bool is an int for Python.
            use_value(&Value::Bool(is_true.is_true()))
        } else if object.is_instance_of::<PyInt>() {
            self.with_int(object, use_value)
        } else if let Ok(number) = object.cast::<PyFloat>() {
            use_value(&Value::Float(number.value()))
        } else if object.is_instance_of::<PyDateTime>() {
            arrays::check_whole_us(object)?;
            self.with_datetime(object, use_value)
        } else if object.is_instance_of::<PyDate>() {
            with_date(object, use_value)
        } else if object.is_instance_of::<PyTime>() {
            with_time(object, use_value)
        } else if object.is_instance_of::<PyDelta>() {
            arrays::check_whole_us(object)?;
            let (days, us) = delta(object).map_err(|_| RAISED)?;
            use_value(&Value::Interval { months: 0, days, us })
        } else if object.is_instance_of::<PyList>() {
            use_value(&Value::List(&container))
        } else if object.is_instance_of::<PyTuple>() {
            use_value(&Value::Tuple(&container))
        } else if object.is_instance_of::<PyDict>() {
            use_value(&Value::Map(&container))
        } else if let Ok(bytes) = object.cast::<PyBytes>() {
            use_value(&Value::Bytes(bytes.as_bytes()))
        } else if let Ok(bytes) = object.cast::<PyByteArray>() {
            use_value(&Value::Bytes(&bytes.to_vec()))
        } else if object.is_instance_of::<PyMemoryView>() {
            let bytes: Vec<u8> = object
                .call_method0(intern!(py, "tobytes"))
                .and_then(|bytes| bytes.extract::<Vec<u8>>())
                .map_err(|_| RAISED)?;
            use_value(&Value::Bytes(&bytes))
        } else if is(&self.decimal) {
            with_text(object, |text| use_value(&Value::Decimal(text)))
        } else if is(&self.uuid) {
            with_uuid(object, use_value)
        } else if stands_for_max == 0 {
            Err(TYPE)
        } else if let Some(other) = self.stands_for(object)? {
            if other.is_none() {
                use_value(&Value::Null)
            } else {
                self.with_other(&other, use_value, stands_for_max - 1)
            }
        } else if is_in(object, "ipaddress") {
            with_text(object, |text| use_value(&Value::Str(text)))
        } else if object.hasattr(intern!(py, "isempty")).unwrap_or(false) {
            use_value(&Value::Range(&container))
        } else if object.cast::<PyMapping>().is_ok() {
            let entries = PyDict::new(py);
            entries.update(object.cast::<PyMapping>().map_err(|_| RAISED)?).map_err(|_| RAISED)?;
            use_value(&Value::Map(&Part { known: self, object: &entries }))
        } else {
            use_value(&Value::Object(&container))
        }
    }

    /// The plain object that another one is a form of: the value of an enum member, the number of an array's
    /// scalar, the list of an array.
    fn stands_for<'py>(&self, object: &Bound<'py, PyAny>) -> Result<Option<Bound<'py, PyAny>>, ValueError> {
        let py = object.py();
        if object.is_instance(self.enum_type.bind(py)).map_err(|_| RAISED)? {
            return object.getattr(intern!(py, "value")).map(Some).map_err(|_| RAISED);
        }
        if is_in(object, "numpy") && object.hasattr(intern!(py, "dtype")).unwrap_or(false) {
            return arrays::plain(object).map(Some);
        }
        let call = || -> PyResult<Option<Bound<'py, PyAny>>> {
            // A bit string of asyncpg shows its bits in groups of four.
            if object.hasattr(intern!(py, "as_string"))? {
                let bits = object.call_method0(intern!(py, "as_string"))?;
                return bits.call_method1(intern!(py, "replace"), (" ", "")).map(Some);
            }
            for method in [intern!(py, "to_list"), intern!(py, "tolist"), intern!(py, "__index__")] {
                if object.hasattr(method)? {
                    return object.call_method0(method).map(Some);
                }
            }
            Ok(None)
        };
        call().map_err(|_| RAISED)
    }

    fn with_int(&self, object: &Bound<'_, PyAny>, use_value: UseValue<'_>) -> Result<(), ValueError> {
        if let Ok(number) = object.extract::<i64>() {
            return use_value(&Value::Int(number));
        }
        // A Decimal shows any number of digits; an int refuses to from 4,300 on.
        let decimal = self.decimal.bind(object.py()).call1((object,)).map_err(|_| RAISED)?;
        with_text(&decimal, |text| use_value(&Value::BigInt(text)))
    }

    fn with_datetime(&self, object: &Bound<'_, PyAny>, use_value: UseValue<'_>) -> Result<(), ValueError> {
        let py = object.py();
        let zone = object.getattr(intern!(py, "tzinfo")).map_err(|_| RAISED)?;
        if !zone.is_none()
            && let Ok(since) = object.sub(self.epoch_utc.bind(py))
        {
            return use_value(&Value::Moment(delta_us(&since).map_err(|_| RAISED)?));
        }
        // A datetime whose zone gives no offset is a naive one.
        let since = object.sub(self.epoch.bind(py)).map_err(|_| RAISED)?;
        use_value(&Value::Timestamp(delta_us(&since).map_err(|_| RAISED)?))
    }
}

fn is_in(object: &Bound<'_, PyAny>, package: &str) -> bool {
    let module = object.get_type().module();
    module.is_ok_and(|module| module.to_str().is_ok_and(|name| name.split('.').next() == Some(package)))
}

fn with_text(
    object: &Bound<'_, PyAny>,
    use_text: impl FnOnce(&str) -> Result<(), ValueError>,
) -> Result<(), ValueError> {
    let text = object.str().map_err(|_| RAISED)?;
    use_text(text.to_str().map_err(|_| SURROGATE)?)
}

fn with_uuid(object: &Bound<'_, PyAny>, use_value: UseValue<'_>) -> Result<(), ValueError> {
    let bits = object.getattr(intern!(object.py(), "int")).and_then(|bits| bits.extract::<u128>());
    use_value(&Value::Uuid(bits.map_err(|_| RAISED)?))
}

fn with_date(object: &Bound<'_, PyAny>, use_value: UseValue<'_>) -> Result<(), ValueError> {
    let ordinal = object.call_method0(intern!(object.py(), "toordinal")).and_then(|day| day.extract::<i64>());
    use_value(&Value::Date(ordinal.map_err(|_| RAISED)? - EPOCH_ORDINAL))
}

fn with_time(object: &Bound<'_, PyAny>, use_value: UseValue<'_>) -> Result<(), ValueError> {
    let py = object.py();
    let read = || -> PyResult<(i64, Option<i64>)> {
        let part = |name: &Bound<'_, PyString>| object.getattr(name)?.extract::<i64>();
        let minutes = part(intern!(py, "hour"))? * 60 + part(intern!(py, "minute"))?;
        let seconds = minutes * 60 + part(intern!(py, "second"))?;
        let offset = object.call_method0(intern!(py, "utcoffset"))?;
        let offset_us = if offset.is_none() { None } else { Some(delta_us(&offset)?) };
        Ok((seconds * 1_000_000 + part(intern!(py, "microsecond"))?, offset_us))
    };
    let (us, offset_us) = read().map_err(|_| RAISED)?;
    if offset_us.is_some_and(|offset| offset % 1_000_000 != 0) {
        return Err(OFFSET);
    }
    // An offset is less than a day.
    use_value(&Value::Time(us, offset_us.and_then(|offset| i32::try_from(offset / 1_000_000).ok())))
}

/// Days and microseconds of a timedelta.
fn delta(object: &Bound<'_, PyAny>) -> PyResult<(i64, i64)> {
    let py = object.py();
    let part = |name: &Bound<'_, PyString>| object.getattr(name)?.extract::<i64>();
    let seconds = part(intern!(py, "seconds"))?;
    Ok((part(intern!(py, "days"))?, seconds * 1_000_000 + part(intern!(py, "microseconds"))?))
}

/// A timedelta between two datetimes: 10^4 years fit.
fn delta_us(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    delta(object).map(|(days, us)| days * DAY_US + us)
}

/// An object that holds others.
struct Part<'a, 'py> {
    known: &'a Known,
    object: &'a Bound<'py, PyAny>,
}

impl Container for Part<'_, '_> {
    fn len(&self) -> usize {
        self.object.len().unwrap_or(0)
    }

    fn each_item(&self, use_item: UseValue<'_>) -> Result<(), ValueError> {
        for item in self.object.try_iter().map_err(|_| RAISED)? {
            self.known.with_value(&item.map_err(|_| RAISED)?, use_item)?;
        }
        Ok(())
    }

    fn each_entry(&self, use_entry: UseEntry<'_>) -> Result<(), ValueError> {
        let entries = self.object.cast::<PyDict>().map_err(|_| KEY)?;
        for (key, value) in entries {
            self.known.with_value(&key, &mut |key| {
                self.known.with_value(&value, &mut |value| use_entry(key, value))
            })?;
        }
        Ok(())
    }

    fn with_entry(&self, name: &str, use_value: UseValue<'_>) -> Result<bool, ValueError> {
        let found = match self.object.cast::<PyDict>() {
            Ok(entries) => entries.get_item(name).map_err(|_| RAISED)?,
            Err(_) => self.object.getattr_opt(name).map_err(|_| RAISED)?,
        };
        let Some(found) = found else { return Ok(false) };
        self.known.with_value(&found, use_value).map(|()| true)
    }

    fn with_json(&self, use_text: &mut dyn FnMut(&str) -> Result<(), ValueError>) -> Result<(), ValueError> {
        let py = self.object.py();
        let settings = self.known.dumps_settings.bind(py);
        let text = self.known.dumps.bind(py).call((self.object,), Some(settings)).map_err(|_| DOCUMENT)?;
        let text = text.cast::<PyString>().map_err(|_| DOCUMENT)?;
        use_text(text.to_str().map_err(|_| SURROGATE)?)
    }
}
