//! What a caller says of the columns it writes: names, forms, and types with all that they are made of.

use serde::Deserialize;

use super::encoder::Encoder;
use super::key::KeyForm;
use super::value::Limits;

/// OID of `text`: what a column in text form is an array of.
const TEXT_OID: u32 = 25;

/// In which form a column's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The type's send format.
    Binary,
    /// The characters that the type's input function reads.
    Text,
}

/// A type as `pg_type` has it, with the types that it is made of.
#[derive(Debug, Clone, Deserialize)]
pub struct TypeSpec {
    /// `pg_type.oid`.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// `pg_type.typname`.
    pub name: String,
    /// "base", "enum", "domain", "array", "range", "multirange" or "composite".
    pub kind: String,
    /// `pg_type.typdelim`: what stands between the elements of its arrays' text, a comma for all but `box`.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// The labels of an enum.
    #[serde(default)]
    pub labels: Option<Vec<String>>,
    /// n of `varchar(n)` and `char(n)`.
    #[serde(default)]
    pub chars_max: Option<u32>,
    /// Precision of `numeric(p, s)`.
    #[serde(default)]
    pub numeric_precision: Option<u32>,
    /// Scale of `numeric(p, s)`.
    #[serde(default)]
    pub numeric_scale: Option<i32>,
    /// What an array holds.
    #[serde(default)]
    pub element: Option<Box<TypeSpec>>,
    /// What a range or a multirange is made of.
    #[serde(default)]
    pub subtype: Option<Box<TypeSpec>>,
    /// The fields of a composite, in order.
    #[serde(default)]
    pub fields: Option<Vec<FieldSpec>>,
    /// What a domain is over.
    #[serde(default)]
    pub base: Option<Box<TypeSpec>>,
}

fn comma() -> char {
    ','
}

impl TypeSpec {
    /// The type behind all domains.
    #[must_use]
    pub fn behind_domains(&self) -> &Self {
        self.base.as_deref().map_or(self, Self::behind_domains)
    }

    /// What it limits its values to.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            name: self.name.clone(),
            chars_max: self.chars_max,
            numeric: self.numeric_precision.map(|precision| (precision, self.numeric_scale.unwrap_or(0))),
        }
    }
}

/// A field of a composite.
#[derive(Debug, Clone, Deserialize)]
pub struct FieldSpec {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub field_type: TypeSpec,
}

/// A column that is written.
#[derive(Debug, Clone, Deserialize)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// The form of its values.
    pub form: Form,
    /// Whether NULL is refused.
    #[serde(default)]
    pub is_not_null: bool,
    /// Its type.
    #[serde(rename = "type")]
    pub column_type: TypeSpec,
}

/// A column with what writes and compares its values.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The form of its values.
    pub form: Form,
    /// Whether NULL is refused.
    pub is_not_null: bool,
    /// Writes its values.
    pub encoder: Encoder,
    /// What makes two of its values equal.
    pub key: KeyForm,
    /// The element type of an array of its values: behind all domains, `text` where they are in text form.
    pub element_oid: u32,
}

/// The columns of a row, in order.
#[derive(Debug)]
pub struct Columns(pub Vec<Column>);

impl Columns {
    /// Compile descriptions.
    ///
    /// # Errors
    /// A sentence with the column's and the type's name, where a type has no binary form here or is described
    /// in another way than its kind needs.
    pub fn compile(specs: Vec<ColumnSpec>) -> Result<Self, String> {
        if i16::try_from(specs.len()).is_err() {
            return Err("expected at most 32767 columns".to_owned());
        }
        specs.into_iter().map(Self::column).collect::<Result<_, _>>().map(Self)
    }

    fn column(spec: ColumnSpec) -> Result<Column, String> {
        let ColumnSpec { name, form, is_not_null, column_type } = spec;
        let encoder = Encoder::new(&column_type).map_err(|what| format!("column {name:?}: {what}"))?;
        if form == Form::Binary
            && let Some(of) = encoder.text_only()
        {
            return Err(format!(
                "column {name:?}: expected the text form, as type {of:?} has no binary one here"
            ));
        }
        let base = column_type.behind_domains();
        let (key, element_oid) = match form {
            Form::Binary => (KeyForm::new(base), base.oid),
            Form::Text => (KeyForm::Text, TEXT_OID),
        };
        Ok(Column { name, form, is_not_null, encoder, key, element_oid })
    }
}
