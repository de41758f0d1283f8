//! Writing: files that are whole or absent.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::array::Array;
use super::error::Error;
use super::{npy, npz, table};

/// How the name of an unfinished file begins.
pub const UNFINISHED: &str = ".unfinished-";

/// Writes one array in the format of the file's ending: `.npy`, `.csv`, or `.npz` with `name`.
///
/// # Errors
/// Another ending, or the file cannot be written.
pub fn array(path: &Path, name: &str, array: &Array) -> Result<(), Error> {
    let bytes = match ending(path).as_deref() {
        Some("npy") => npy::encode(array),
        Some("csv") => table::encode(array),
        Some("npz") => npz::encode(&path.display().to_string(), &[(name, array.clone())])?,
        _ => {
            return Err(Error::Extension {
                file: path.display().to_string(),
                formats: ".npy, .csv or .npz",
            });
        }
    };
    whole(path, &bytes)
}

/// Writes a bundle of arrays to a file that ends in `.npz`.
///
/// # Errors
/// Another ending, or the file cannot be written.
pub fn bundle(path: &Path, arrays: &[(&str, Array)]) -> Result<(), Error> {
    expect(path, &["npz"], ".npz")?;
    whole(path, &npz::encode(&path.display().to_string(), arrays)?)
}

/// Refuses a name with another ending, before the work is done; devices may have any.
///
/// # Errors
/// Another ending.
pub fn expect(path: &Path, endings: &[&str], formats: &'static str) -> Result<(), Error> {
    if ending(path).is_some_and(|e| endings.contains(&e.as_str())) {
        Ok(())
    } else {
        Err(Error::Extension {
            file: path.display().to_string(),
            formats,
        })
    }
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// Writes a file that is either whole or absent: a reader sees the old one or the new one, never a part.
///
/// What is there and is no regular file, such as a device or a pipe, is written to directly.
///
/// # Errors
/// What the system says, with the path.
pub fn whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |reason: io::Error| Error::Write {
        file: path.display().to_string(),
        reason,
    };
    let (target, regular) = match fs::metadata(path) {
        // A link stays one: its target is replaced.
        Ok(found) => (fs::canonicalize(path).map_err(failed)?, found.is_file()),
        Err(_) => (path.to_owned(), true),
    };
    if !regular {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(failed)?;
        return file
            .write_all(bytes)
            .and_then(|()| file.flush())
            .map_err(failed);
    }
    persist(&target, bytes, false).map(|_| ()).map_err(failed)
}

/// Writes a file unless it is there already; says whether it was written.
///
/// # Errors
/// What the system says, with the path.
pub fn once(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    persist(path, bytes, true).map_err(|reason| Error::Write {
        file: path.display().to_string(),
        reason,
    })
}

fn persist(path: &Path, bytes: &[u8], once: bool) -> io::Result<bool> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Narrowed by the umask, as for any other file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    if !folder.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("there is no folder {}", folder.display()),
        ));
    }
    let mut file = builder
        .tempfile_in(folder)
        .map_err(|error| of_the_folder(&error))?;
    // Through the file itself: errors of the wrapper name the temporary path.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    if once {
        return match file.persist_noclobber(path) {
            Ok(_) => Ok(true),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(refused) => Err(refused.error),
        };
    }
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(true)
}

/// The error without the name of the temporary file, which means nothing to a reader.
fn of_the_folder(error: &io::Error) -> io::Error {
    io::Error::from(error.kind())
}
