use std::fmt::Write as _;
use std::str::FromStr;

use crate::covers::{Cell, Leaf, Rule};
use crate::error::Error;

/// The first line of a certificate, before the name of the theorem.
pub(crate) const HEAD: &str = "proof by cover, format 1:";

/// The cover of the square of one function.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// The name of the function.
    pub function: String,
    /// The leaves, in any order.
    pub leaves: Vec<Leaf>,
}

/// Everything that a checker needs to be convinced of a theorem.
///
/// As text: a head with the theorem, then for each function a line `cover NAME`, and a line `i j l m RULE BOUND` for
/// each leaf \[i, i+1\]·2⁻ˡ × \[j, j+1\]·2⁻ᵐ. The bound is what the search found, for readers: the checker computes its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// The name of the theorem.
    pub theorem: String,
    /// One cover a function.
    pub covers: Vec<Cover>,
}

impl Certificate {
    /// The number of leaves.
    pub fn leaves(&self) -> usize {
        self.covers.iter().map(|cover| cover.leaves.len()).sum()
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD} {}\n", self.theorem);
        for cover in &self.covers {
            let _ = writeln!(text, "cover {}", cover.function);
            for Leaf { cell, rule, bound } in &cover.leaves {
                let ([i, j], [l, m]) = (cell.index, cell.level);
                let _ = writeln!(text, "{i} {j} {l} {m} {} {bound:e}", rule.letter());
            }
        }
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The number of the first line that cannot be read, and why.
    pub fn read(text: &str) -> Result<Self, Error> {
        let mut lines = text.lines().enumerate();
        let refused = |line: usize, reason| Error::Unreadable {
            line: line + 1,
            reason,
        };
        let theorem = lines
            .next()
            .and_then(|(_, line)| line.strip_prefix(HEAD))
            .ok_or_else(|| refused(0, "the head of a certificate is missing"))?
            .trim()
            .to_owned();
        let mut covers: Vec<Cover> = Vec::new();
        for (number, line) in lines {
            if let Some(name) = line.strip_prefix("cover ") {
                covers.push(Cover {
                    function: name.to_owned(),
                    leaves: Vec::new(),
                });
                continue;
            }
            let leaf = leaf(line).ok_or_else(|| {
                refused(
                    number,
                    "a leaf is six entries: i j l m rule bound, the bound a positive number",
                )
            })?;
            covers
                .last_mut()
                .ok_or_else(|| refused(number, "a leaf stands before the first cover"))?
                .leaves
                .push(leaf);
        }
        Ok(Self { theorem, covers })
    }
}

fn leaf(line: &str) -> Option<Leaf> {
    let entries: Vec<&str> = line.split(' ').collect();
    let [i, j, l, m, letter, bound] = entries[..] else {
        return None;
    };
    let rule = Rule::ALL
        .into_iter()
        .find(|rule| rule.1.to_string() == letter)?
        .0;
    Some(Leaf {
        cell: Cell {
            index: [number(i)?, number(j)?],
            level: [number(l)?, number(m)?],
        },
        rule,
        bound: number(bound).filter(|bound: &f64| bound.is_finite() && *bound > 0.0)?,
    })
}

fn number<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}
