//! The `.npz` format of NumPy: a zip archive of `.npy` files.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::array::Array;
use crate::error::Error;
use crate::{foreign, npy};

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
    names(&archive)
        .into_iter()
        .map(|(index, name)| {
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
    let names = names(&archive);
    let known = || match &names[..] {
        [] => "no arrays".to_owned(),
        some => {
            let all: Vec<&str> = some.iter().map(|(_, name)| name.as_str()).collect();
            format!("the arrays {}", npy::shortened(&all.join(", ")))
        }
    };
    let (index, name) = match name {
        Some(name) => names
            .iter()
            .find(|(_, known)| known == name)
            .ok_or_else(|| Error::Entry {
                file: file.to_owned(),
                name: name.to_owned(),
                known: known(),
            })?,
        None if names.len() == 1 => &names[0],
        None => {
            return Err(Error::Choice {
                file: file.to_owned(),
                known: known(),
            });
        }
    };
    entry(file, &mut archive, *index, name)
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
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        let bytes = npy::encode(array);
        writer
            .start_file(format!("{name}.npy"), stored(bytes.len() as u64))
            .map_err(|error| failed(error.to_string()))?;
        writer
            .write_all(&bytes)
            .map_err(|error| failed(error.to_string()))?;
    }
    let cursor = writer.finish().map_err(|error| failed(error.to_string()))?;
    Ok(cursor.into_inner())
}

/// An entry of so many bytes, stored, with the date 1 January 1980.
pub(crate) fn stored(bytes: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(bytes > (1 << 31))
}

/// The arrays of an archive with their places; folders are none, nor what the Finder adds.
fn names(archive: &Archive<'_>) -> Vec<(usize, String)> {
    (0..archive.len())
        .filter_map(|index| Some((index, archive.name_for_index(index)?)))
        .filter(|(_, name)| !name.ends_with('/') && !name.starts_with("__MACOSX/"))
        .map(|(index, name)| (index, name.strip_suffix(".npy").unwrap_or(name).to_owned()))
        .collect()
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
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| Error::Bundle {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    foreign::refuse_archive(file, archive.file_names())?;
    Ok(archive)
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
