//! Makes rows of a caller's values into tuples and arrays, each value in the form of its column's type.
//!
//! It knows no Python: values come as [`value::Value`], whoever holds them.

mod array;
mod composite;
mod encoder;
mod key;
mod range;
mod rows;
pub mod rules;
mod spec;
mod steps;
#[cfg(test)]
mod tests;
pub mod value;

pub use encoder::Encoder;
pub use rows::{Rows, RowsBuilder};
pub use spec::{ColumnSpec, Columns, Form, TypeSpec};
