//! Reading, and weights that have been checked.

use std::ffi::OsStr;

use teacher_student::Weights;

use arrays::{Array, Error};

pub use arrays::read::{LIMIT, array, bytes, check, decode, file_of, matrix, shown, vector};

/// A weight matrix, K × d with one neuron a row.
///
/// # Errors
/// The file cannot be read; an array of other than two axes; NaN, an infinity or a zero row, with its place.
pub fn weights(source: impl AsRef<OsStr>) -> Result<Weights, Error> {
    weights_of(&shown(&source), &array(&source)?)
}

/// A weight matrix from an array; `file` names it in messages.
///
/// # Errors
/// As [`weights()`], but for reading.
pub fn weights_of(file: &str, array: &Array) -> Result<Weights, Error> {
    check(file, array)?;
    let shape = || format!("{:?}", array.shape());
    let matrix = array.to_matrix().ok_or_else(|| Error::NotAMatrix {
        file: file.to_owned(),
        shape: shape(),
    })?;
    // The one thing left that weights can be refused for: a norm that is the largest double but for rounding.
    Weights::new(matrix).map_err(|error| Error::NormOverflow {
        file: file.to_owned(),
        row: match error {
            teacher_student::Error::NormOverflow { row, .. } => row,
            _ => 0,
        },
        value: array.data().iter().fold(0.0, |m: f64, v| m.max(v.abs())),
    })
}
