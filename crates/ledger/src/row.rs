//! A row of a ledger: one claim.

use std::fmt;

use anyhow::{Context as _, bail};

use crate::Proof;

/// The columns of a ledger table, in order.
pub const COLUMNS: [&str; 8] = [
    "id",
    "source",
    "statement",
    "status",
    "rests on",
    "code",
    "test",
    "figure",
];

/// What is known about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// By a certificate that is checked again, or by a written proof.
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
        (
            Self::Proved,
            "by a certificate that is checked again, or by a written proof",
        ),
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
    /// The proofs that the status rests on.
    pub rests_on: Vec<Proof>,
    /// Rustdoc links to the code, as written.
    pub code: String,
    /// The module under `tests/claims/`.
    pub test: String,
    /// The id of the catalogue item that shows it, if any.
    pub figure: Option<String>,
}

impl Row {
    /// The texts and targets of the links of the code column, such as `classify` and `crate::classify()`.
    pub fn code_links(&self) -> Vec<(&str, &str)> {
        let mut rest = self.code.as_str();
        let mut links = Vec::new();
        while let Some((before, tail)) = rest.split_once("](") {
            let text = before.rsplit('[').next().unwrap_or_default();
            let target = &tail[..closing(tail)];
            links.push((text.trim_matches('`'), target));
            rest = &tail[target.len()..];
        }
        links
    }
}

/// Where the parenthesis that is open before `text` closes.
fn closing(text: &str) -> usize {
    let mut open = 1;
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return place;
        }
    }
    text.len()
}

/// The rows of every table of `text` whose header is [`COLUMNS`].
///
/// # Errors
/// A sentence with the line number for a row of another width, and for a proof of no known kind.
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
        let Ok([id, source, statement, status, rests_on, code, test, figure]) =
            <[String; 8]>::try_from(cells.clone())
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
        let rests_on =
            Proof::parse(&rests_on).with_context(|| format!("line {}, {id}", index + 1))?;
        rows.push(Row {
            owner,
            id,
            source,
            statement,
            status,
            rests_on,
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

    const TEXT: &str = "# Claims\n\n| id | source | statement | status | rests on | code | test | figure |\n|---|---|:--|---|---|---|---|---|\n| a-1.2 | T17 Eq 1 | \\|x\\| ≥ 0 | checked | — | [f](crate::f()), [`g`](crate::A::g) | a_1_2 | fig7 |\n| b | T16 | s | proved | certificate c; written d | — | b | — |\n\nOther text\n| not | a | ledger |\n";

    #[test]
    fn rows_are_read() {
        let rows = parse("owner", TEXT).expect("readable");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].statement, "|x| ≥ 0");
        assert_eq!(
            rows[0].code_links(),
            [("f", "crate::f()"), ("g", "crate::A::g")]
        );
        assert_eq!(rows[0].rests_on, []);
        let proofs = ["certificate c", "written d"];
        assert!(rows[1].rests_on.iter().map(ToString::to_string).eq(proofs));
        assert_eq!(rows[0].figure.as_deref(), Some("fig7"));
        assert_eq!(rows[1].figure, None);
    }

    #[test]
    fn a_short_row_is_refused() {
        let text = TEXT.replace("| b | T16 | s |", "| b | T16 |");
        let error = parse("owner", &text).expect_err("refused").to_string();
        assert!(error.contains("line 6"), "{error}");
    }

    #[test]
    fn a_proof_of_no_known_kind_is_refused() {
        for words in ["theorem c", "certificate", "certificate a b", "written d;"] {
            let text = TEXT.replace("certificate c; written d", words);
            let error = parse("owner", &text).expect_err("refused");
            let sentence = format!("{error:#}");
            assert!(
                sentence.contains("line 6, b: ") && sentence.contains("names no proof"),
                "{sentence}"
            );
        }
    }
}
