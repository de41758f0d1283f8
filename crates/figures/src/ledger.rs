//! The claims ledger: the tables of the crates' `CLAIMS.md`.
//!
//! The files are read at run time from the workspace this program was built in; a crate without
//! one is passed over.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The columns of a ledger table, in order.
pub const COLUMNS: [&str; 7] = [
    "id",
    "source",
    "statement",
    "status",
    "code",
    "test",
    "figure",
];

/// The crates in the order a reader wants them; others follow by name.
const ORDER: [&str; 6] = [
    "relu-gating",
    "teacher-student",
    "critical-points",
    "ssb",
    "hinge-classifier",
    "proofs",
];

/// What is known about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By interval arithmetic, for all arguments.
    Proved,
    /// As a property, against an independent oracle.
    Checked,
    /// By seeded samples, with a confidence interval.
    Simulated,
    /// False as printed; the corrected statement is checked, the printed one refuted.
    Corrected,
    /// Undecided.
    Open,
}

impl Status {
    /// Every status with the words that explain it.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Proved, "by interval arithmetic, for all arguments"),
        (
            Self::Checked,
            "as a property, against an independent oracle",
        ),
        (
            Self::Simulated,
            "by seeded samples, with a confidence interval",
        ),
        (
            Self::Corrected,
            "false as printed: the corrected statement is checked, the printed one refuted",
        ),
        (Self::Open, "undecided"),
    ];

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .map(|(status, _)| status)
            .find(|status| status.name() == name)
    }

    /// Its name in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Checked => "checked",
            Self::Simulated => "simulated",
            Self::Corrected => "corrected",
            Self::Open => "open",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The crate that owns it.
    pub owner: String,
    /// Its id, such as `t17-thm1`.
    pub id: String,
    /// Papers and statement numbers.
    pub source: String,
    /// The statement.
    pub statement: String,
    /// The status as written; see [`Status::named`].
    pub status: String,
    /// Rustdoc links to the code, as written.
    pub code: String,
    /// The module under `tests/claims/`.
    pub test: String,
    /// The id of the catalogue item that shows it, if any.
    pub figure: Option<String>,
}

impl Row {
    /// The names of the linked items, without paths: `population_gating`, `between`.
    pub fn code_names(&self) -> Vec<&str> {
        self.code_targets()
            .into_iter()
            .filter_map(|target| target.rsplit("::").next())
            .map(|name| name.trim_end_matches('('))
            .collect()
    }

    /// The targets of the links of the code column.
    fn code_targets(&self) -> Vec<&str> {
        let mut rest = self.code.as_str();
        let mut targets = Vec::new();
        while let Some((_, tail)) = rest.split_once("](") {
            let Some((target, tail)) = tail.split_once(')') else {
                break;
            };
            targets.push(target);
            rest = tail;
        }
        targets
    }
}

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

/// The rows of every table of `text` whose header is [`COLUMNS`].
///
/// # Errors
/// A sentence with the line number for a row of another width.
pub fn parse(owner: &str, text: &str) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if !line.starts_with('|') {
            inside = false;
            continue;
        }
        let cells = cells(line);
        if cells.iter().map(|cell| cell.to_lowercase()).eq(COLUMNS) {
            inside = true;
            continue;
        }
        let ruler = cells
            .iter()
            .all(|cell| cell.chars().all(|letter| "-: ".contains(letter)));
        if !inside || ruler {
            continue;
        }
        let Ok([id, source, statement, status, code, test, figure]) =
            <[String; 7]>::try_from(cells.clone())
        else {
            bail!(
                "line {}: a ledger row has {} cells, not {}; write \\| for a bar inside a cell",
                index + 1,
                cells.len(),
                COLUMNS.len()
            );
        };
        let figure = Some(figure).filter(|id| !matches!(id.as_str(), "" | "—" | "-" | "–"));
        let id = id.trim_matches('`').to_owned();
        let owner = owner.to_owned();
        let test = test.trim_matches('`').to_owned();
        rows.push(Row {
            owner,
            id,
            source,
            statement,
            status,
            code,
            test,
            figure,
        });
    }
    Ok(rows)
}

/// The cells of a table line; `\|` is a bar.
fn cells(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'|') => {
                letters.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('|');
                }
            }
            '|' => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(letter);
                }
            }
        }
    }
    if cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells
        .into_iter()
        .map(|cell| cell.trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Claims\n\n| id | source | statement | status | code | test | figure |\n|---|---|:--|---|---|---|---|\n| a-1.2 | T17 Eq 1 | \\|x\\| ≥ 0 | checked | [f](crate::f), [g](crate::A::g) | a_1_2 | fig7 |\n| b | T16 | s | open | — | b | — |\n\nOther text\n| not | a | ledger |\n";

    #[test]
    fn rows_are_read() {
        let rows = parse("owner", TEXT).expect("readable");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].statement, "|x| ≥ 0");
        assert_eq!(rows[0].code_names(), ["f", "g"]);
        assert_eq!(rows[0].figure.as_deref(), Some("fig7"));
        assert_eq!(rows[1].figure, None);
    }

    #[test]
    fn a_short_row_is_refused() {
        let text = TEXT.replace("| b | T16 | s |", "| b | T16 |");
        let error = parse("owner", &text).expect_err("refused").to_string();
        assert!(error.contains("line 6"), "{error}");
    }
}
