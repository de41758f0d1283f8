use std::fmt::Write as _;

use faer::MatRef;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// What a command prints.
#[derive(Debug)]
pub(crate) enum Report {
    /// Names and values, in order.
    Fields(Vec<(&'static str, Value)>),
    /// A text that is its own format: a man page, a schema.
    Document(String),
}

/// A value of a report.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Truth(bool),
    Count(usize),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(&'static str, Value)>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Truth(value) => serializer.serialize_bool(*value),
            Self::Count(value) => (*value as u64).serialize(serializer),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(values) => values.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Count(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Truth(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl From<MatRef<'_, f64>> for Value {
    fn from(matrix: MatRef<'_, f64>) -> Self {
        let row = |i: usize| (0..matrix.ncols()).map(|j| matrix[(i, j)]).collect();
        let rows: Vec<Vec<f64>> = (0..matrix.nrows()).map(row).collect();
        rows.into()
    }
}

impl Report {
    /// One JSON object, one line.
    pub(crate) fn json(self) -> anyhow::Result<String> {
        Ok(match self {
            Self::Document(text) => text,
            Self::Fields(fields) => serde_json::to_string(&Value::Object(fields))? + "\n",
        })
    }

    /// A name and its value a line, a list of objects as a table; of other long lists the length.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Document(text) => text.clone(),
            Self::Fields(fields) => {
                let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
                let mut text = String::new();
                for (name, value) in fields {
                    let name = name.replace('_', " ");
                    if let Some(table) = value.table() {
                        let _ = writeln!(text, "{name}");
                        text.push_str(&table);
                    } else {
                        let _ = writeln!(text, "{name:width$}  {}", value.line());
                    }
                }
                text
            }
        }
    }
}

impl Value {
    /// A list of objects with the same fields, one a row below their names.
    fn table(&self) -> Option<String> {
        let Self::List(values) = self else {
            return None;
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        for value in values {
            let Self::Object(fields) = value else {
                return None;
            };
            if rows.is_empty() {
                rows.push(
                    fields
                        .iter()
                        .map(|(name, _)| name.replace('_', " "))
                        .collect(),
                );
            }
            rows.push(fields.iter().map(|(_, value)| value.line()).collect());
        }
        let columns = rows.first()?.len();
        let widths: Vec<usize> = (0..columns)
            .map(|c| {
                rows.iter()
                    .filter_map(|row| row.get(c))
                    .map(|x| x.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &rows {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(x, w)| format!("{x:w$}"))
                .collect();
            let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
        }
        Some(text)
    }

    fn line(&self) -> String {
        match self {
            Self::Null => "none".to_owned(),
            Self::Truth(true) => "yes".to_owned(),
            Self::Truth(false) => "no".to_owned(),
            Self::Count(value) => value.to_string(),
            Self::Number(value) => format!("{value:?}"),
            Self::Text(value) => value.clone(),
            Self::List(values) if values.is_empty() => "none".to_owned(),
            Self::List(values) if values.len() > 12 => {
                format!("{} entries, in full with --json", values.len())
            }
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::line).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| format!("{} {}", name.replace('_', " "), value.line()));
                fields.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// The type of a field of a report, for its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Count,
    Truth,
    Text,
    /// A list of numbers.
    Vector,
    /// A list of rows.
    Matrix,
    /// A list of anything.
    List,
    Object,
}

/// A field of a report: its name, its type, whether it may be null, what it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) says: &'static str,
}

impl Field {
    pub(crate) const fn new(name: &'static str, kind: Kind, says: &'static str) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            says,
        }
    }

    pub(crate) const fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }
}
