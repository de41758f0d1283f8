//! Reading: `.npy`, `.npz` and tables told apart by their first bytes, and checked matrices and vectors.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::array::{Array, shape_text};
use crate::error::Error;
use crate::{npy, npz, table};

/// The most bytes that are read of one file: 2²⁷ doubles.
pub const LIMIT: u64 = 1 << 30;

/// All bytes of a file, or of standard input for `-`.
///
/// # Errors
/// The file cannot be read, or is longer than [`LIMIT`].
pub fn bytes(file: &str) -> Result<Vec<u8>, Error> {
    let failed = |reason| Error::Read {
        file: shown(file),
        reason,
    };
    if file == "-" {
        limited(file, io::stdin().lock())
    } else {
        limited(file, File::open(file).map_err(failed)?)
    }
}

fn limited(file: &str, from: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = from.take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|reason| Error::Read {
        file: shown(file),
        reason,
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::TooLong {
            file: shown(file),
            limit: LIMIT,
        });
    }
    Ok(bytes)
}

/// How a message names a file.
pub fn shown(file: &str) -> String {
    match file {
        "-" => "standard input".to_owned(),
        "" => "a file of no name".to_owned(),
        _ => file.to_owned(),
    }
}

/// One array from `FILE.npy`, a table `FILE.csv`, `FILE.npz:NAME`, or `-` for standard input.
///
/// A file is taken for what its first bytes say it is; whatever begins neither like an `.npy` nor like an `.npz`, nor has
/// one of these names, is read as a table.
///
/// # Errors
/// What can be wrong with a file.
pub fn array(source: &str) -> Result<Array, Error> {
    let (file, name) = parts(source);
    let bytes = bytes(file)?;
    decode(file, &bytes, name)
}

/// The file of a source, and the name of an array in it. A bundle may have any name.
fn parts(source: &str) -> (&str, Option<&str>) {
    if Path::new(source).exists() {
        return (source, None);
    }
    if let Some(at) = source.find(".npz:") {
        let (file, name) = source.split_at(at + ".npz".len());
        return (file, Some(&name[1..]));
    }
    match source.rsplit_once(':') {
        Some((file, name)) if Path::new(file).exists() => (file, Some(name)),
        _ => (source, None),
    }
}

/// The same from bytes; `file` names them in messages and its ending counts.
///
/// # Errors
/// As [`array()`].
pub fn decode(file: &str, bytes: &[u8], name: Option<&str>) -> Result<Array, Error> {
    let ending = |ending: &str| {
        let found = Path::new(file).extension();
        found.is_some_and(|e| e.eq_ignore_ascii_case(ending))
    };
    let shown = shown(file);
    if bytes.is_empty() {
        return Err(Error::Empty { file: shown });
    }
    if bytes.starts_with(npz::MAGIC) || ending("npz") {
        npz::decode_one(&shown, bytes, name)
    } else if bytes.starts_with(npy::MAGIC) || ending("npy") {
        npy::decode(&shown, bytes)
    } else {
        table::decode(&shown, bytes)
    }
}

/// A weight matrix, K × d with one neuron a row, that has been [checked](check).
///
/// # Errors
/// As [`array()`] and [`check`].
pub fn matrix(source: &str) -> Result<Array, Error> {
    let array = array(source)?;
    check(&shown(source), &array)?;
    Ok(array)
}

/// Refuses an array that is no weight matrix; `file` names it in messages.
///
/// # Errors
/// Other than two axes; no elements; NaN, an infinity, a row of zeros or a row whose norm overflows, with its place.
pub fn check(file: &str, array: &Array) -> Result<(), Error> {
    let shape = || shape_text(array.shape());
    let file = || file.to_owned();
    let [_, columns] = *array.shape() else {
        return Err(Error::NotAMatrix {
            file: file(),
            shape: shape(),
        });
    };
    if array.data().is_empty() {
        return Err(Error::NoElements {
            file: file(),
            shape: shape(),
        });
    }
    for (row, values) in array.data().chunks(columns).enumerate() {
        finite(&file(), row, values)?;
        if values.iter().all(|v| *v == 0.0) {
            return Err(Error::ZeroRow {
                file: file(),
                row,
                columns,
            });
        }
        if let Some(value) = overflowing(values) {
            return Err(Error::NormOverflow {
                file: file(),
                row,
                value,
            });
        }
    }
    Ok(())
}

/// The largest value of a row whose norm exceeds the largest double.
fn overflowing(values: &[f64]) -> Option<f64> {
    let larger = |m: f64, v: &f64| if v.abs() > m.abs() { *v } else { m };
    let largest = values.iter().fold(0.0, larger);
    // A norm is at most the largest value times the root of the number of values.
    if largest.abs() < f64::MAX / 2f64.powi(60) {
        return None;
    }
    let norm = values.iter().fold(0.0_f64, |norm, v| norm.hypot(*v));
    (!norm.is_finite()).then_some(largest)
}

/// A vector: one axis, or a matrix with a single row or column.
///
/// # Errors
/// As [`array()`]; another shape; NaN or an infinity.
pub fn vector(source: &str) -> Result<Vec<f64>, Error> {
    let array = array(source)?;
    let file = shown(source);
    if !matches!(array.shape(), [_] | [1, _] | [_, 1]) {
        return Err(Error::NotAVector {
            file,
            shape: shape_text(array.shape()),
        });
    }
    if array.data().is_empty() {
        return Err(Error::NoElements {
            file,
            shape: shape_text(array.shape()),
        });
    }
    for (row, value) in array.data().iter().enumerate() {
        finite(&file, row, &[*value])?;
    }
    Ok(array.data().to_vec())
}

fn finite(file: &str, row: usize, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|v| !v.is_finite()) {
        Some(column) => Err(Error::NotFinite {
            file: file.to_owned(),
            row,
            column,
            value: values[column],
        }),
        None => Ok(()),
    }
}
