//! The extension module `pgsluice._core`: converts, releases the GIL, maps errors. It decides nothing.
#![forbid(unsafe_code)]

use pyo3::prelude::*;

mod arrays;
mod copy;
mod encoder;
mod fingerprint;
mod key;
mod program;
mod row_key;
mod specs;
mod values;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // A panic's message may be made from what was being worked on: say where, never what.
    std::panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            eprintln!("pgsluice: internal error at {}:{}", place.file(), place.line());
        }
    }));
    module.add_class::<key::Key>()?;
    module.add_class::<row_key::RowKey>()?;
    module.add_class::<program::Program>()?;
    module.add_class::<copy::Splitter>()?;
    module.add_class::<copy::RawBatch>()?;
    module.add_class::<copy::Batch>()?;
    module.add_class::<fingerprint::Layout>()?;
    module.add_class::<fingerprint::Originals>()?;
    module.add_class::<fingerprint::Fingerprint>()?;
    module.add_class::<fingerprint::Differences>()?;
    module.add_class::<encoder::RowEncoder>()?;
    module.add_class::<encoder::Rows>()?;
    module.add_class::<specs::MaskSpec>()?;
    module.add_class::<specs::Parameter>()?;
    module.add("Refused", module.py().get_type::<program::Refused>())?;
    module.add("StreamFault", module.py().get_type::<copy::StreamFault>())?;
    module.add("RowFault", module.py().get_type::<copy::RowFault>())?;
    module.add("HEADER", pyo3::types::PyBytes::new(module.py(), &pgsluice_core::frame::HEADER))?;
    module.add("TRAILER", pyo3::types::PyBytes::new(module.py(), &pgsluice_core::frame::TRAILER))?;
    module.add_function(wrap_pyfunction!(specs::mask_specs, module)?)?;
    module.add_function(wrap_pyfunction!(specs::type_names, module)?)?;
    module.add_function(wrap_pyfunction!(specs::value_rules, module)?)?;
    module.add_function(wrap_pyfunction!(encoder::text_only_type, module)?)?;
    module.add_function(wrap_pyfunction!(copy::write_tuples, module)?)
}
