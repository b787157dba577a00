//! What a caller's value is before it is written, in words that no driver and no language owns.
//!
//! A value is borrowed for as long as it takes to write it; containers hand out their parts one by one.

use crate::error::ValueError;

/// What is done with a part of a container.
pub type UseValue<'f> = &'f mut dyn FnMut(&Value<'_>) -> Result<(), ValueError>;

/// What is done with a name and what stands under it.
pub type UseEntry<'f> = &'f mut dyn FnMut(&Value<'_>, &Value<'_>) -> Result<(), ValueError>;

/// A value that holds others: a list, a mapping, an object with fields.
pub trait Container {
    /// How many values.
    fn len(&self) -> usize;

    /// Whether it holds none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hand out each item of a list.
    ///
    /// # Errors
    /// The first of `use_item`, or if an item cannot be told.
    fn each_item(&self, use_item: UseValue<'_>) -> Result<(), ValueError>;

    /// Hand out each name of a mapping with its value.
    ///
    /// # Errors
    /// The first of `use_entry`, or if one of either cannot be told.
    fn each_entry(&self, use_entry: UseEntry<'_>) -> Result<(), ValueError>;

    /// Hand out what stands under a name; false where nothing does.
    ///
    /// # Errors
    /// That of `use_value`, or if the value cannot be told.
    fn with_entry(&self, name: &str, use_value: UseValue<'_>) -> Result<bool, ValueError>;

    /// Hand out the container as a JSON document.
    ///
    /// # Errors
    /// That of `use_text`, or if it holds what no document can.
    fn with_json(&self, use_text: &mut dyn FnMut(&str) -> Result<(), ValueError>) -> Result<(), ValueError>;
}

/// One value of a caller.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that needs more than 64 bits, in decimal digits.
    BigInt(&'a str),
    /// A binary floating-point number.
    Float(f64),
    /// A decimal number, as text: "-1.50", "1E+3", "NaN".
    Decimal(&'a str),
    /// Characters.
    Str(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A day, counted from 2000-01-01.
    Date(i64),
    /// A time of day in microseconds, with seconds east of UTC where it has a zone.
    Time(i64, Option<i32>),
    /// Microseconds from 2000-01-01 00:00, where no zone is known.
    Timestamp(i64),
    /// Microseconds from 2000-01-01 00:00 UTC.
    Moment(i64),
    /// A span of time in parts that are not turned into each other.
    Interval {
        /// Months.
        months: i64,
        /// Days.
        days: i64,
        /// Microseconds.
        us: i64,
    },
    /// A UUID.
    Uuid(u128),
    /// Items in order, in brackets: a list, an array.
    List(&'a dyn Container),
    /// Items in order that make one thing: a row, a range.
    Tuple(&'a dyn Container),
    /// Values by name.
    Map(&'a dyn Container),
    /// A range: an object with `lower`, `upper`, `lower_inc`, `upper_inc` and `isempty`.
    Range(&'a dyn Container),
    /// An object that only its fields tell about.
    Object(&'a dyn Container),
}

/// No value in a debug print, whatever prints it.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value").finish_non_exhaustive()
    }
}

/// What a column's type limits its values to.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// `pg_type.typname`, for types that share a codec.
    pub name: String,
    /// n of `varchar(n)` and `char(n)`.
    pub chars_max: Option<u32>,
    /// Precision and scale of `numeric(p, s)`.
    pub numeric: Option<(u32, i32)>,
}
