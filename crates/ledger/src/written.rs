//! The written proofs: sections of pages in `docs`.

use std::path::Path;

use crate::Proof;

/// The page on which every section but those of [`EXPLANATIONS`] is a proof.
const PAGE: &str = "PROOFS.md";

/// Sections of that page that prove nothing.
const EXPLANATIONS: [&str; 1] = ["how-a-proof-works"];

/// A section of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The page, relative to `docs`.
    pub page: String,
    /// The anchor of the heading.
    pub anchor: String,
    /// The names in backticks in the heading: claims and theorems that it proves.
    pub names: Vec<String>,
    /// Whether it stands at the second level: `## …`.
    pub major: bool,
}

impl Section {
    /// The link from another page of `docs`.
    pub fn link(&self) -> String {
        format!("{}#{}", self.page, self.anchor)
    }
}

/// The sections of `docs/PROOFS.md` and of the pages in `docs/proofs`.
#[derive(Debug, Clone, Default)]
pub struct WrittenProofs {
    sections: Vec<Section>,
}

impl WrittenProofs {
    /// Reads the pages under `root/docs`; one that is absent has no sections.
    pub fn read(root: &Path) -> Self {
        let docs = root.join("docs");
        let mut pages = vec![PAGE.to_owned()];
        for entry in std::fs::read_dir(docs.join("proofs"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|end| end == "md") {
                pages.push(format!("proofs/{name}"));
            }
        }
        pages[1..].sort();
        let mut written = Self::default();
        for page in pages {
            let text = std::fs::read_to_string(docs.join(&page)).unwrap_or_default();
            written.sections.extend(sections(&page, &text));
        }
        written
    }

    /// The section that `name` means in [`Proof::Written`]: an anchor of `docs/PROOFS.md`, or a page and an anchor.
    pub fn section(&self, name: &str) -> Option<&Section> {
        let (page, anchor) = name.split_once('#').unwrap_or((PAGE, name));
        self.sections
            .iter()
            .find(|section| section.page == page && section.anchor == anchor)
    }

    /// The section whose heading names a claim or a theorem.
    pub fn naming(&self, name: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.names.iter().any(|known| known == name))
    }

    /// The proofs of `docs/PROOFS.md`: its sections of the second level but the explanations.
    pub fn proofs(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| {
            section.page == PAGE
                && section.major
                && !EXPLANATIONS.contains(&section.anchor.as_str())
        })
    }

    /// Whether a proof is, or is explained by, a section.
    pub fn stands_in(&self, proof: &Proof, section: &Section) -> bool {
        match proof {
            Proof::Written(name) => self.section(name) == Some(section),
            Proof::Certificate(name) => section.names.contains(name),
            Proof::Refutation(_) | Proof::Points(_) => false,
        }
    }
}

fn sections(page: &str, text: &str) -> Vec<Section> {
    let mut found = Vec::new();
    let mut code = false;
    for line in text.lines() {
        code ^= line.trim_start().starts_with("```");
        let level = line.chars().take_while(|letter| *letter == '#').count();
        let Some(title) = line[level..].strip_prefix(' ') else {
            continue;
        };
        if !code && (2..=4).contains(&level) {
            found.push(Section {
                page: page.to_owned(),
                anchor: anchor(title),
                names: title
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .map(ToOwned::to_owned)
                    .collect(),
                major: level == 2,
            });
        }
    }
    found
}

/// The anchor that GitHub gives a heading.
pub(crate) fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || "-_ ".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_become_sections() {
        let text = "# Proofs\n\n## How a proof works\n\n```\n## no heading\n```\n## det M(θ) (`lyapunov-determinant`)\n### Case 1\n";
        let found = sections(PAGE, text);
        let anchors: Vec<&str> = found.iter().map(|s| s.anchor.as_str()).collect();
        assert_eq!(
            anchors,
            ["how-a-proof-works", "det-mθ-lyapunov-determinant", "case-1"]
        );
        assert_eq!(found[1].names, ["lyapunov-determinant"]);
        let written = WrittenProofs { sections: found };
        assert_eq!(written.proofs().count(), 1);
        assert!(written.section("case-1").is_some_and(|s| !s.major));
        assert!(written.section("case-2").is_none());
    }
}
