//! Reading: `.npy`, `.npz`, `.safetensors` and tables told apart by their first bytes, and checked matrices and vectors.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::array::{Array, shape_text};
use crate::error::Error;
use crate::{foreign, npy, npz, safetensors, table};

/// The most bytes that are read of one file: 2²⁷ doubles.
pub const LIMIT: u64 = 1 << 30;

/// All bytes of a file, or of standard input for `-`.
///
/// # Errors
/// The file cannot be read, or is longer than [`LIMIT`].
pub fn bytes(file: impl AsRef<OsStr>) -> Result<Vec<u8>, Error> {
    let file = file.as_ref();
    if file == "-" {
        return limited(&shown(file), io::stdin().lock());
    }
    let open = File::open(file).map_err(|reason| Error::Read {
        file: shown(file),
        reason,
    })?;
    limited(&shown(file), open)
}

fn limited(file: &str, from: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = from.take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|reason| Error::Read {
        file: file.to_owned(),
        reason,
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::TooLong {
            file: file.to_owned(),
            limit: LIMIT,
        });
    }
    Ok(bytes)
}

/// How a message names a file.
pub fn shown(file: impl AsRef<OsStr>) -> String {
    let file = file.as_ref();
    if file == "-" {
        "standard input".to_owned()
    } else if file.is_empty() {
        "a file of no name".to_owned()
    } else {
        file.to_string_lossy().into_owned()
    }
}

/// One array from `FILE.npy`, a table `FILE.csv`, `FILE.npz:NAME`, `FILE.safetensors:NAME`, or `-` for standard input.
///
/// A file is taken for what its first bytes say it is; whatever begins neither like an `.npy` nor like an `.npz`, nor has
/// one of these names, is read as a table.
///
/// # Errors
/// What can be wrong with a file.
pub fn array(source: impl AsRef<OsStr>) -> Result<Array, Error> {
    let (file, name) = parts(source.as_ref());
    let bytes = bytes(&file)?;
    decode(&shown(&file), &bytes, name.as_deref())
}

/// The file that a source names, without the name of an array in it.
pub fn file_of(source: impl AsRef<OsStr>) -> PathBuf {
    parts(source.as_ref()).0
}

/// The file of a source, and the name of an array in it. A bundle may have any name.
fn parts(source: &OsStr) -> (PathBuf, Option<String>) {
    let whole = || (PathBuf::from(source), None);
    if Path::new(source).exists() {
        return whole();
    }
    let bytes = source.as_encoded_bytes();
    let split = |at: usize| -> Option<(PathBuf, Option<String>)> {
        let name = std::str::from_utf8(&bytes[at + 1..]).ok()?;
        Some((prefix(source, at)?, Some(name.to_owned())))
    };
    for ending in [".npz:", ".safetensors:"] {
        let found = bytes
            .windows(ending.len())
            .position(|w| w == ending.as_bytes());
        if let Some(parts) = found.and_then(|at| split(at + ending.len() - 1)) {
            return parts;
        }
    }
    let colon = bytes.iter().rposition(|b| *b == b':');
    match colon.and_then(split) {
        Some((file, name)) if file.exists() => (file, name),
        _ => whole(),
    }
}

/// The first bytes of a name, which end before an ASCII letter.
#[cfg(unix)]
#[allow(
    clippy::unnecessary_wraps,
    reason = "elsewhere a name may have no such part"
)]
fn prefix(name: &OsStr, length: usize) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(PathBuf::from(OsStr::from_bytes(&name.as_bytes()[..length])))
}

/// The first bytes of a name, which end before an ASCII letter.
#[cfg(not(unix))]
fn prefix(name: &OsStr, length: usize) -> Option<PathBuf> {
    Some(PathBuf::from(name.to_str()?.get(..length)?))
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
    if bytes.is_empty() {
        return Err(Error::Empty {
            file: file.to_owned(),
        });
    }
    foreign::refuse(file, bytes)?;
    if bytes.starts_with(npz::MAGIC) || ending("npz") {
        npz::decode_one(file, bytes, name)
    } else if bytes.starts_with(npy::MAGIC) || ending("npy") {
        npy::decode(file, bytes)
    } else if ending("safetensors") || safetensors::begins(bytes) {
        safetensors::decode_one(file, bytes, name)
    } else {
        foreign::refuse_by_ending(file, bytes)?;
        table::decode(file, bytes)
    }
}

/// A weight matrix, K × d with one neuron a row, that has been [checked](check).
///
/// # Errors
/// As [`array()`] and [`check`].
pub fn matrix(source: impl AsRef<OsStr>) -> Result<Array, Error> {
    let array = array(&source)?;
    check(&shown(&source), &array)?;
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
pub fn vector(source: impl AsRef<OsStr>) -> Result<Vec<f64>, Error> {
    let array = array(&source)?;
    let file = shown(&source);
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
