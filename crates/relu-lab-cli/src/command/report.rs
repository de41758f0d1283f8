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

    /// A name and its value a line; matrices and lists of objects as tables; numbers with six digits.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Document(text) => text.clone(),
            Self::Fields(fields) => {
                let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
                let mut text = String::new();
                for (name, value) in fields {
                    let name = name.replace('_', " ");
                    if let Some(block) = value.block() {
                        let _ = write!(text, "{name}\n{block}");
                    } else {
                        let _ = writeln!(text, "{name:width$}  {}", value.line());
                    }
                }
                text
            }
        }
    }
}

/// The most rows and columns that are printed as text.
const MOST_ROWS: usize = 32;
const MOST_COLUMNS: usize = 12;

impl Value {
    /// What takes several lines: a table of objects, a matrix, or one matrix for each teacher.
    fn block(&self) -> Option<String> {
        let Self::List(values) = self else {
            return None;
        };
        if let Some(rows) = self.matrix() {
            let small = rows.len() <= MOST_ROWS && rows[0].len() <= MOST_COLUMNS;
            return small.then(|| aligned(&rows, true));
        }
        let matrices: Option<Vec<Vec<Vec<String>>>> = values.iter().map(Self::matrix).collect();
        if let Some(matrices) = matrices.filter(|all| !all.is_empty()) {
            let small =
                |rows: &Vec<Vec<String>>| rows.len() <= MOST_ROWS && rows[0].len() <= MOST_COLUMNS;
            if matrices.len() > MOST_COLUMNS || !matrices.iter().all(small) {
                return None;
            }
            let mut text = String::new();
            for (index, rows) in matrices.iter().enumerate() {
                let _ = write!(text, "  teacher {index}\n{}", aligned(rows, true));
            }
            return Some(text);
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        for value in values {
            let Self::Object(fields) = value else {
                return None;
            };
            if rows.is_empty() {
                let names = fields.iter().map(|(name, _)| name.replace('_', " "));
                rows.push(names.collect());
            }
            rows.push(fields.iter().map(|(_, value)| value.line()).collect());
        }
        (!rows.is_empty()).then(|| aligned(&rows, false))
    }

    /// The entries of a list of equally long lists of numbers.
    fn matrix(&self) -> Option<Vec<Vec<String>>> {
        let Self::List(rows) = self else {
            return None;
        };
        let row = |row: &Self| match row {
            Self::List(entries) if !entries.is_empty() => entries
                .iter()
                .map(|entry| matches!(entry, Self::Number(_)).then(|| entry.line()))
                .collect::<Option<Vec<String>>>(),
            _ => None,
        };
        let rows: Vec<Vec<String>> = rows.iter().map(row).collect::<Option<_>>()?;
        let columns = rows.first()?.len();
        rows.iter().all(|row| row.len() == columns).then_some(rows)
    }

    fn line(&self) -> String {
        match self {
            Self::Null => "none".to_owned(),
            Self::Truth(true) => "yes".to_owned(),
            Self::Truth(false) => "no".to_owned(),
            Self::Count(value) => value.to_string(),
            Self::Number(value) => six_digits(*value),
            Self::Text(value) => value.clone(),
            Self::List(values) if values.is_empty() => "none".to_owned(),
            Self::List(values)
                if values.len() > MOST_COLUMNS || matches!(values[0], Self::List(_)) =>
            {
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

/// Rows of text in columns of one width, numbers to the right.
fn aligned(rows: &[Vec<String>], right: bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| {
        let cells = rows.iter().filter_map(|row| row.get(c));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, &width)| {
                if right {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:width$}")
                }
            })
            .collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    text
}

/// A number with six significant digits, zeros at its end left out.
fn six_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    // The exponent after rounding to six digits: 999999.7 is 1e6.
    let text = format!("{value:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        let fraction = text.contains('.');
        let text = if fraction {
            text.trim_end_matches('0')
        } else {
            text
        };
        text.trim_end_matches('.').to_owned()
    };
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        trimmed(&format!("{value:.decimals$}"))
    } else {
        format!("{}e{exponent}", trimmed(mantissa))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_no_zeros_at_the_end() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.3"),
            (std::f64::consts::PI, "3.14159"),
            (123_456.7, "123457"),
            (999_999.7, "1e6"),
            (1e-4, "0.0001"),
            (1.234_567_8e-5, "1.23457e-5"),
            (-5e-324, "-4.94066e-324"),
            (f64::MAX, "1.79769e308"),
            (f64::INFINITY, "inf"),
        ];
        for (value, text) in cases {
            assert_eq!(six_digits(value), text);
        }
    }

    #[test]
    fn matrices_have_columns() {
        let rows: Value = vec![vec![1.0, -0.25], vec![10.5, 3e-9]].into();
        let report = Report::Fields(vec![("theta", rows), ("rank", 2_usize.into())]);
        assert_eq!(
            report.text(),
            "theta\n     1  -0.25\n  10.5   3e-9\nrank   2\n"
        );
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
