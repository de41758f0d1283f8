//! Writing: files that are whole or absent.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::array::Array;
use crate::error::Error;
use crate::read::{file_of, shown};
use crate::{npy, npz, table};

/// How the name of an unfinished file begins.
pub const UNFINISHED: &str = ".unfinished-";

/// The bytes of one array in the format of the file's ending: `.npy`, `.csv`, or `.npz` with `name`.
///
/// # Errors
/// Another ending.
pub fn array_bytes(path: &Path, name: &str, array: &Array) -> Result<Vec<u8>, Error> {
    match ending(path).as_deref() {
        Some("npy") => Ok(npy::encode(array)),
        Some("csv") => Ok(table::encode(array)),
        Some("npz") => npz::encode(&path.display().to_string(), &[(name, array.clone())]),
        _ => Err(Error::Extension {
            file: path.display().to_string(),
            formats: ARRAYS.1,
        }),
    }
}

/// Writes one array in the format of the file's ending: `.npy`, `.csv`, or `.npz` with `name`.
///
/// # Errors
/// Another ending, or the file cannot be written.
pub fn array(path: &Path, name: &str, array: &Array) -> Result<(), Error> {
    whole(path, &array_bytes(path, name, array)?)
}

/// The bytes of a bundle of arrays for a file that ends in `.npz`.
///
/// # Errors
/// Another ending.
pub fn bundle_bytes(path: &Path, arrays: &[(&str, Array)]) -> Result<Vec<u8>, Error> {
    named(path, BUNDLE)?;
    npz::encode(&path.display().to_string(), arrays)
}

/// Writes a bundle of arrays to a file that ends in `.npz`.
///
/// # Errors
/// Another ending, or the file cannot be written.
pub fn bundle(path: &Path, arrays: &[(&str, Array)]) -> Result<(), Error> {
    whole(path, &bundle_bytes(path, arrays)?)
}

/// Endings that a name may have, and how a message lists them.
pub type Endings = (&'static [&'static str], &'static str);

/// Endings of an array.
pub const ARRAYS: Endings = (&["npy", "csv", "npz"], ".npy, .csv or .npz");
/// The ending of a bundle of arrays.
pub const BUNDLE: Endings = (&["npz"], ".npz");
/// The ending of a picture.
pub const PICTURE: Endings = (&["svg"], ".svg");

/// Refuses before the work is done what cannot be written after it: another ending, a folder that is not there, a folder in
/// place of a file. Without endings any name will do.
///
/// # Errors
/// One of these.
pub fn expect(path: &Path, endings: Option<Endings>) -> Result<(), Error> {
    if let Some(endings) = endings {
        named(path, endings)?;
    }
    let refused = if path.is_dir() {
        io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder, a file is needed",
        )
    } else if path.exists() {
        return Ok(());
    } else {
        match folder_of(path) {
            Ok(_) => return Ok(()),
            Err(reason) => reason,
        }
    };
    Err(Error::Write {
        file: path.display().to_string(),
        reason: refused,
    })
}

/// Refuses outputs that are inputs, and one output given twice. Files are the same where the system says so: links count.
///
/// Inputs are sources as [`array`](crate::read::array()) takes them; standard input, devices and pipes are never the same.
///
/// # Errors
/// The first pair that is one file.
pub fn apart<'a>(
    inputs: impl IntoIterator<Item = &'a OsStr>,
    outputs: &[&Path],
) -> Result<(), Error> {
    for source in inputs {
        let file = file_of(source);
        if let Some(output) = outputs.iter().find(|output| same(&file, output)) {
            return Err(Error::Overwritten {
                output: output.display().to_string(),
                input: shown(source),
            });
        }
    }
    for (index, first) in outputs.iter().enumerate() {
        if outputs[..index].iter().any(|other| same(first, other)) {
            return Err(Error::Twice {
                file: first.display().to_string(),
            });
        }
    }
    Ok(())
}

/// Whether two names are one file or folder.
fn same(one: &Path, other: &Path) -> bool {
    let (Ok(first), Ok(second)) = (fs::metadata(one), fs::metadata(other)) else {
        // Neither is there: names of one place.
        return place(one).is_some_and(|one| Some(one) == place(other));
    };
    let stored = |found: &fs::Metadata| found.is_file() || found.is_dir();
    stored(&first) && stored(&second) && identical((one, &first), (other, &second))
}

#[cfg(unix)]
fn identical(one: (&Path, &fs::Metadata), other: (&Path, &fs::Metadata)) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.1.dev(), one.1.ino()) == (other.1.dev(), other.1.ino())
}

#[cfg(not(unix))]
fn identical(one: (&Path, &fs::Metadata), other: (&Path, &fs::Metadata)) -> bool {
    fs::canonicalize(one.0).ok() == fs::canonicalize(other.0).ok()
}

/// A name that does not exist yet, with the links of its folder followed.
fn place(path: &Path) -> Option<PathBuf> {
    Some(
        fs::canonicalize(folder_of(path).ok()?)
            .ok()?
            .join(path.file_name()?),
    )
}

fn named(path: &Path, (endings, formats): Endings) -> Result<(), Error> {
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
    all(&[(path, bytes)])
}

/// Writes a file as [`whole`] does, and makes the folders it is in.
///
/// # Errors
/// What the system says, with the path.
pub fn with_folders(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|reason| failed(path, reason))?;
    }
    whole(path, bytes)
}

/// Writes several files as [`whole`] does: where one cannot be written, none of the others changes.
///
/// # Errors
/// What the system says, with the path.
pub fn all(files: &[(&Path, &[u8])]) -> Result<(), Error> {
    let mut staged = Vec::new();
    let mut devices = Vec::new();
    for &(path, bytes) in files {
        let failed = |reason| failed(path, reason);
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => {
                let device = fs::OpenOptions::new().write(true).open(path);
                devices.push((path, device.map_err(failed)?, bytes));
            }
            // A link stays one: its target is replaced.
            Ok(_) => {
                let target = fs::canonicalize(path).map_err(failed)?;
                staged.push((path, stage(&target, bytes).map_err(failed)?, target));
            }
            Err(_) => staged.push((
                path,
                stage(path, bytes).map_err(failed)?,
                path.to_path_buf(),
            )),
        }
    }
    for (path, mut device, bytes) in devices {
        let written = device.write_all(bytes).and_then(|()| device.flush());
        written.map_err(|reason| failed(path, reason))?;
    }
    for (path, file, target) in staged {
        file.persist(target)
            .map_err(|refused| failed(path, refused.error))?;
    }
    Ok(())
}

fn failed(path: &Path, reason: io::Error) -> Error {
    Error::Write {
        file: path.display().to_string(),
        reason,
    }
}

/// Writes a file unless it is there already; says whether it was written.
///
/// # Errors
/// What the system says, with the path.
pub fn once(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    let file = stage(path, bytes).map_err(|reason| failed(path, reason))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(refused) => Err(failed(path, refused.error)),
    }
}

/// The folder that a file is in, if it is there.
fn folder_of(path: &Path) -> io::Result<PathBuf> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(io::Error::new(
        io::ErrorKind::NotFound,
        format!("there is no folder {}", folder.display()),
    ))
}

/// The bytes on disk under a name of their own, beside the file that they are to become.
fn stage(path: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    stage_with(path, bytes.len() as u64, |file| file.write_all(bytes))
}

/// The same for what a function writes, of about `size` bytes.
fn stage_with(
    path: &Path,
    size: u64,
    fill: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<tempfile::NamedTempFile> {
    let folder = folder_of(path)?;
    within_limit(size)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Narrowed by the umask, as for any other file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder
        .tempfile_in(folder)
        .map_err(|error| of_the_folder(&error))?;
    // Through the file itself: errors of the wrapper name the temporary path.
    fill(file.as_file_mut())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writes a file that is whole or absent by a function, of about `size` bytes.
pub(crate) fn staged(
    path: &Path,
    size: u64,
    fill: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), Error> {
    let failed = |reason| failed(path, reason);
    // A link stays one: its target is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let file = stage_with(&target, size, fill).map_err(failed)?;
    file.persist(target)
        .map_err(|refused| failed(refused.error))?;
    Ok(())
}

/// Refuses more bytes than this process may write to one file: the system would end it, and leave a part behind.
#[cfg(unix)]
pub(crate) fn within_limit(bytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, getrlimit};
    match getrlimit(Resource::Fsize).current {
        Some(limit) if bytes > limit => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it would have {bytes} bytes, and the limit for a file is {limit} (ulimit -f)"),
        )),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere there is a limit")]
pub(crate) fn within_limit(_: u64) -> io::Result<()> {
    Ok(())
}

/// The error without the name of the temporary file, which means nothing to a reader.
fn of_the_folder(error: &io::Error) -> io::Error {
    io::Error::from(error.kind())
}
