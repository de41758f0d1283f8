//! The `.npz` format of NumPy: a zip archive of `.npy` files.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::array::Array;
use crate::error::Error;
use crate::npy;

/// How a zip archive begins.
pub const MAGIC: &[u8; 4] = b"PK\x03\x04";
/// How an archive without entries begins.
const EMPTY: &[u8; 4] = b"PK\x05\x06";
/// The most bytes of one array.
const LIMIT: u64 = 1 << 30;

/// The arrays of a bundle by name, in the order of the file; stored or deflated.
///
/// # Errors
/// A damaged archive, or what can be wrong with one of its arrays.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Vec<(String, Array)>, Error> {
    let mut archive = open(file, bytes)?;
    (0..archive.len())
        .map(|index| {
            let name = archive.name_for_index(index).unwrap_or_default().to_owned();
            let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
            let array = entry(file, &mut archive, index, &name)?;
            Ok((name, array))
        })
        .collect()
}

/// One array of a bundle, or the only one without a name.
///
/// # Errors
/// As [`decode`], an array that is not there, or several and no name.
pub fn decode_one(file: &str, bytes: &[u8], name: Option<&str>) -> Result<Array, Error> {
    let mut archive = open(file, bytes)?;
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.strip_suffix(".npy").unwrap_or(name).to_owned())
        .collect();
    let known = || match &names[..] {
        [] => "no arrays".to_owned(),
        some => format!("the arrays {}", npy::shortened(&some.join(", "))),
    };
    let index = match name {
        Some(name) => names
            .iter()
            .position(|n| n == name)
            .ok_or_else(|| Error::Entry {
                file: file.to_owned(),
                name: name.to_owned(),
                known: known(),
            })?,
        None if names.len() == 1 => 0,
        None => {
            return Err(Error::Choice {
                file: file.to_owned(),
                known: known(),
            });
        }
    };
    entry(file, &mut archive, index, &names[index])
}

/// The bytes of a bundle; entries are stored, with the date 1 January 1980, so that equal arrays give equal bytes.
///
/// # Errors
/// An archive beyond the limits of the zip format.
pub fn encode(file: &str, arrays: &[(&str, Array)]) -> Result<Vec<u8>, Error> {
    let failed = |reason: String| Error::Bundle {
        file: file.to_owned(),
        reason,
    };
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        let bytes = npy::encode(array);
        let options = options.large_file(bytes.len() > (1 << 31));
        writer
            .start_file(format!("{name}.npy"), options)
            .map_err(|error| failed(error.to_string()))?;
        writer
            .write_all(&bytes)
            .map_err(|error| failed(error.to_string()))?;
    }
    let cursor = writer.finish().map_err(|error| failed(error.to_string()))?;
    Ok(cursor.into_inner())
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn open<'a>(file: &str, bytes: &'a [u8]) -> Result<Archive<'a>, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty {
            file: file.to_owned(),
        });
    }
    if bytes.starts_with(EMPTY) {
        return Err(Error::Bundle {
            file: file.to_owned(),
            reason: "it has no arrays".to_owned(),
        });
    }
    if !bytes.starts_with(MAGIC) {
        return Err(Error::Magic {
            file: file.to_owned(),
            format: ".npz",
            found: npy::first_bytes(bytes),
        });
    }
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| Error::Bundle {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

fn entry(file: &str, archive: &mut Archive<'_>, index: usize, name: &str) -> Result<Array, Error> {
    let mut content = Vec::new();
    let entry = archive.by_index(index).map_err(|error| Error::Bundle {
        file: file.to_owned(),
        reason: format!("array `{}`: {error}", npy::shortened(name)),
    })?;
    // The vector grows with what is there, whatever the directory of the archive says.
    let read = entry.take(LIMIT + 1).read_to_end(&mut content);
    read.map_err(|error| Error::Bundle {
        file: file.to_owned(),
        reason: format!("array `{}`: {error}", npy::shortened(name)),
    })?;
    let file = format!("{file}:{}", npy::shortened(name));
    if content.len() as u64 > LIMIT {
        return Err(Error::TooLong { file, limit: LIMIT });
    }
    npy::decode(&file, &content)
}
