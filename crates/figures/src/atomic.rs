//! Files that are either whole or absent.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// How the name of an unfinished file begins.
pub const UNFINISHED: &str = ".unfinished-";

/// Writes `bytes` to `path` through a temporary file in the same directory: a reader sees the
/// old file or the new one, never a part.
///
/// # Errors
/// A sentence that names the path and what the system said (full disk, no permission, …).
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let refusal = || format!("cannot write {}", path.display());
    std::fs::create_dir_all(folder).with_context(refusal)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Narrowed by the umask, as for any other file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).with_context(refusal)?;
    file.write_all(bytes).with_context(refusal)?;
    file.as_file().sync_all().with_context(refusal)?;
    file.persist(path)
        .map_err(|refused| refused.error)
        .with_context(refusal)?;
    Ok(())
}

/// The FNV-1a checksum of `bytes`: it finds truncated and altered files, nothing malicious.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
