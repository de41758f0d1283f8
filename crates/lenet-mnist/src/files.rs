//! Files that are whole or absent, and arrays for NumPy.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// Writes `bytes` through a temporary file in the same directory: a reader sees the old file or the new one.
///
/// # Errors
/// A sentence that names the path.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let refusal = || format!("cannot write {}", path.display());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(refusal)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unfinished-");
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

/// An array of the given shape as an `.npy` file: version 1.0, `<f4`, row order.
///
/// # Errors
/// When the numbers do not fill the shape.
pub fn npy(shape: &[usize], values: &[f32]) -> anyhow::Result<Vec<u8>> {
    anyhow::ensure!(
        shape.iter().product::<usize>() == values.len(),
        "{} numbers for an array of shape {shape:?}",
        values.len()
    );
    let axes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    // A tuple of one keeps its comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let axes = axes.join(", ") + comma;
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes}), }}");
    // Magic, version and length are ten bytes; the data begin at a multiple of 64.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len())?.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that NumPy 2 writes for `np.array([1.5, -2], dtype="<f4")`.
    #[test]
    fn the_bytes_of_numpy() {
        let bytes = npy(&[2], &[1.5, -2.0]).expect("two numbers");
        let mut expected =
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
                .to_vec();
        expected.resize(127, b' ');
        expected.push(b'\n');
        expected.extend_from_slice(&[0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
        assert_eq!(bytes, expected);
        let matrix = npy(&[1, 2], &[1.5, -2.0]).expect("two numbers");
        assert!(String::from_utf8_lossy(&matrix).contains("'shape': (1, 2), }"));
        assert!(npy(&[3], &[0.0]).is_err());
    }
}
