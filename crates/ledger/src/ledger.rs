//! All claims: the tables of the crates' `CLAIMS.md`.
//!
//! The files are read at run time from the workspace this program was built in; a crate without
//! one is passed over.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::row::{Row, parse};

/// The crates in the order a reader wants them; others follow by name.
const ORDER: [&str; 6] = [
    "relu-gating",
    "teacher-student",
    "critical-points",
    "ssb",
    "hinge-classifier",
    "proofs",
];

/// All claims.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The rows in the order of the crates and of their files.
    pub rows: Vec<Row>,
}

impl Ledger {
    /// Reads the ledgers of the crates under `root/crates`.
    ///
    /// # Errors
    /// A sentence with file and line when a table cannot be read.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let mut ledger = Self::default();
        for (owner, path) in files(root)? {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let rows = parse(&owner, &text).with_context(|| format!("in {}", path.display()))?;
            ledger.rows.extend(rows);
        }
        Ok(ledger)
    }

    /// The row of that id.
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }
}

/// The workspace this program was built in.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The ledger files with the crates that own them.
///
/// # Errors
/// When the directory of the crates cannot be listed.
pub fn files(root: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let crates = root.join("crates");
    let mut files = Vec::new();
    let listing =
        std::fs::read_dir(&crates).with_context(|| format!("cannot list {}", crates.display()))?;
    for entry in listing {
        let entry = entry.with_context(|| format!("cannot list {}", crates.display()))?;
        let path = entry.path().join("CLAIMS.md");
        if path.is_file() {
            files.push((entry.file_name().to_string_lossy().into_owned(), path));
        }
    }
    files.sort_by_key(|(owner, _)| {
        let place = ORDER
            .iter()
            .position(|known| known == owner)
            .unwrap_or(ORDER.len());
        (place, owner.clone())
    });
    Ok(files)
}
