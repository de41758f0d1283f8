//! What a statement that is proved rests on.

use std::fmt;

use anyhow::bail;

/// A proof that exists in the workspace.
///
/// The column `rests on` of a ledger names them by a word and a name, with semicolons between them:
/// `certificate cone-sign; written theorem-4-of-tian-2017`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// `certificate NAME`: the certificate of a theorem of the crate `proofs`.
    Certificate(String),
    /// `refutation ID`: a strict inequality, enclosed by intervals, that a printed statement contradicts.
    Refutation(String),
    /// `points ID`: certificates of critical points, written and checked again by an item of the report.
    Points(String),
    /// `written ANCHOR`: a section of `docs/PROOFS.md`; `written PAGE#ANCHOR`: a section of another page of `docs`.
    Written(String),
}

impl Proof {
    /// The proofs of a cell; none for a dash.
    ///
    /// # Errors
    /// A sentence for a part that names no proof.
    pub fn parse(cell: &str) -> anyhow::Result<Vec<Self>> {
        if matches!(cell, "" | "—" | "-" | "–") {
            return Ok(Vec::new());
        }
        cell.split(';')
            .map(|part| Self::parse_one(part.trim()))
            .collect()
    }

    fn parse_one(part: &str) -> anyhow::Result<Self> {
        let (kind, name) = part.split_once(' ').unwrap_or((part, ""));
        let name = name.trim();
        if name.is_empty() || name.contains(' ') {
            bail!("`{part}` names no proof; {VOCABULARY}");
        }
        let name = name.to_owned();
        Ok(match kind {
            "certificate" => Self::Certificate(name),
            "refutation" => Self::Refutation(name),
            "points" => Self::Points(name),
            "written" => Self::Written(name),
            _ => bail!("`{part}` names no proof; {VOCABULARY}"),
        })
    }
}

const VOCABULARY: &str = "write `certificate NAME`, `refutation ID`, `points ID` or `written ANCHOR`, with semicolons between several";

impl fmt::Display for Proof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(name) => write!(out, "certificate {name}"),
            Self::Refutation(name) => write!(out, "refutation {name}"),
            Self::Points(name) => write!(out, "points {name}"),
            Self::Written(name) => write!(out, "written {name}"),
        }
    }
}
