//! The four files of MNIST, checked against each other and against their known checksums.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::idx::{self, Images};
use crate::network;

/// The files of MNIST and the SHA-256 of each, uncompressed.
pub const MNIST: [(&str, &str); 4] = [
    (
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    (
        "train-labels-idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    (
        "t10k-images-idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    (
        "t10k-labels-idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
];

/// Images with their labels.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The images, 28 × 28.
    pub images: Images,
    /// One digit an image.
    pub labels: Vec<u8>,
}

/// Images to learn from and images to be judged by.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// What the network is trained on.
    pub train: Labelled,
    /// What it never sees in training.
    pub test: Labelled,
    /// The SHA-256 of each file, uncompressed, by name.
    pub checksums: BTreeMap<String, String>,
}

impl DataSet {
    /// The four files in a directory, each raw or with the ending `.gz`.
    ///
    /// # Errors
    /// A sentence that names the file: absent, damaged, images of another size than 28 × 28, fewer or more labels than
    /// images.
    pub fn read(directory: &Path) -> anyhow::Result<Self> {
        let mut checksums = BTreeMap::new();
        let mut contents = Vec::new();
        for (name, _) in MNIST {
            let path = find(directory, name)?;
            let bytes = idx::bytes(&path)?;
            checksums.insert(name.to_owned(), sha256(&bytes));
            contents.push((path, bytes));
        }
        let train = labelled(&contents[0], &contents[1])?;
        let test = labelled(&contents[2], &contents[3])?;
        Ok(Self {
            train,
            test,
            checksums,
        })
    }

    /// Whether these are the files of MNIST, bit by bit.
    pub fn is_mnist(&self) -> bool {
        MNIST
            .iter()
            .all(|(name, known)| self.checksums.get(*name).is_some_and(|sum| sum == known))
    }
}

/// Copies the files of MNIST from one directory to another, uncompressed, if their checksums are the known ones.
///
/// # Errors
/// A sentence that names a file that is absent or another one, or that cannot be written.
pub fn install(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut contents = Vec::new();
    for (name, known) in MNIST {
        let path = find(from, name)?;
        let bytes = idx::bytes(&path)?;
        let found = sha256(&bytes);
        ensure!(
            found == known,
            "{} is not the file of MNIST: its SHA-256 is {found}, not {known}",
            path.display()
        );
        contents.push((name, bytes));
    }
    for (name, bytes) in contents {
        arrays::write::with_folders(&to.join(name), &bytes)?;
    }
    Ok(())
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing into a string does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn find(directory: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let raw = directory.join(name);
    let packed = directory.join(format!("{name}.gz"));
    match (raw.is_file(), packed.is_file()) {
        (true, _) => Ok(raw),
        (_, true) => Ok(packed),
        _ => bail!(
            "no file {name} or {name}.gz in {}; `cargo xtask mnist` fetches the data",
            directory.display()
        ),
    }
}

fn labelled(
    (of_images, images): &(PathBuf, Vec<u8>),
    (of_labels, labels): &(PathBuf, Vec<u8>),
) -> anyhow::Result<Labelled> {
    let images = idx::images(images).with_context(|| of_images.display().to_string())?;
    let labels = idx::labels(labels).with_context(|| of_labels.display().to_string())?;
    ensure!(
        images.rows == network::SIDE && images.columns == network::SIDE,
        "{} has images of {} × {} pixels; the network takes {side} × {side}",
        of_images.display(),
        images.rows,
        images.columns,
        side = network::SIDE
    );
    ensure!(
        images.count == labels.len(),
        "{} has {} images, {} has {} labels",
        of_images.display(),
        images.count,
        of_labels.display(),
        labels.len()
    );
    Ok(Labelled { images, labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(words: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend_from_slice(data);
        bytes
    }

    fn folder(labels: &[u8], side: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let pixels = vec![7; 2 * (side * side) as usize];
        for (name, _) in MNIST {
            let bytes = if name.contains("images") {
                file(&[0x803, 2, side, side], &pixels)
            } else {
                file(&[0x801, u32::try_from(labels.len()).expect("few")], labels)
            };
            std::fs::write(folder.path().join(name), bytes).expect("written");
        }
        folder
    }

    #[test]
    fn the_files_belong_together() {
        let good = folder(&[1, 2], 28);
        let data = DataSet::read(good.path()).expect("data");
        assert_eq!(data.train.labels, [1, 2]);
        assert!(!data.is_mnist());
        for (folder, words) in [
            (folder(&[1, 2, 3], 28), "has 2 images"),
            (
                folder(&[1, 2], 27),
                "27 × 27 pixels; the network takes 28 × 28",
            ),
            (folder(&[1, 11], 28), "train-labels-idx1-ubyte"),
        ] {
            let reason = DataSet::read(folder.path()).expect_err(words);
            assert!(format!("{reason:#}").contains(words), "{reason:#}");
        }
        std::fs::remove_file(good.path().join(MNIST[3].0)).expect("removed");
        let reason = DataSet::read(good.path()).expect_err("absent").to_string();
        assert!(reason.contains("cargo xtask mnist"), "{reason}");
    }

    #[test]
    fn other_files_are_not_installed() {
        let from = folder(&[1, 2], 28);
        let to = tempfile::tempdir().expect("a folder");
        let reason = install(from.path(), to.path())
            .expect_err("others")
            .to_string();
        assert!(reason.contains("is not the file of MNIST"), "{reason}");
        assert_eq!(std::fs::read_dir(to.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_known_checksum() {
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
