//! The comparison of the ledgers with code, tests, proofs and the items of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::claim_tests::ClaimTests;
use crate::ledger::Ledger;
use crate::oracle;
use crate::proof::Proof;
use crate::row::{Row, Status};
use crate::source::Sources;
use crate::written::WrittenProofs;

/// What the names of a claim's tests begin with; each claim has at least one of each.
pub const KINDS: [&str; 3] = [oracle::PREFIX, "symmetry_", "nonvacuity_"];

/// What the tests of a corrected claim begin with, proved or not: the printed statement fails.
pub const REFUTES: &str = "refutes_";

/// Where the items of the report are: `<paper>/<id>.rs`.
const CATALOGUE: &str = "crates/figures/src/catalogue";

/// An item of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its id, that of a row.
    pub id: &'a str,
    /// Whether it writes certificates and checks them again.
    pub proves: bool,
}

/// Everything the comparison looks at.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// The claims.
    pub ledger: &'a Ledger,
    /// The code of the workspace.
    pub sources: &'a Sources,
    /// The tests of the crates that own claims.
    pub tests: &'a [ClaimTests],
    /// The items of the report.
    pub items: &'a [Item<'a>],
    /// The text of `docs/ERRATA.md`.
    pub errata: &'a str,
    /// The theorems that have certificates.
    pub certificates: &'a [&'a str],
    /// The claims whose printed statement contradicts a strict inequality.
    pub refutations: &'a [&'a str],
    /// The written proofs.
    pub written: &'a WrittenProofs,
}

impl Evidence<'_> {
    /// Whether `docs/ERRATA.md` has an entry for a claim.
    pub(crate) fn has_erratum(&self, id: &str) -> bool {
        self.errata.lines().any(|line| {
            line.strip_prefix("## ")
                .is_some_and(|head| head.trim() == id)
        })
    }

    /// The file with the tests of a row, relative to the root.
    pub(crate) fn test_file(&self, row: &Row) -> String {
        let module = format!("crates/{}/tests/claims/{}", row.owner, row.test);
        let in_folder = format!("{module}/mod.rs");
        if self.root.join(&in_folder).is_file() {
            in_folder
        } else {
            format!("{module}.rs")
        }
    }

    /// The files of the catalogue, relative to the root, by their names without `.rs`.
    pub(crate) fn catalogue(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for room in names_in(&self.root.join(CATALOGUE)) {
            for name in names_in(&self.root.join(CATALOGUE).join(&room)) {
                if let Some(stem) = name.strip_suffix(".rs") {
                    files.insert(stem.to_owned(), format!("{CATALOGUE}/{room}/{name}"));
                }
            }
        }
        files
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The module of the tests, and the name of the file in the catalogue, that belong to an id.
pub fn module_of(id: &str) -> String {
    id.replace(['-', '.'], "_")
}

/// Every disagreement, a sentence each.
pub fn differences(evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for row in &evidence.ledger.rows {
        if !ids.insert(row.id.as_str()) {
            found.push(format!("{}: the id stands in the ledger twice", row.id));
        }
        status(evidence, row, &mut found);
        tests(evidence, row, &mut found);
        code(evidence, row, &mut found);
    }
    tests_without_row(evidence, &mut found);
    proofs_without_row(evidence, &mut found);
    catalogue(evidence, &mut found);
    found.extend(oracle::differences(evidence));
    found
}

/// Status, errata, and what the status rests on.
fn status(evidence: &Evidence<'_>, row: &Row, found: &mut Vec<String>) {
    let id = &row.id;
    let status = Status::named(&row.status);
    match status {
        None => {
            let known: Vec<&str> = Status::ALL
                .iter()
                .map(|(status, _)| status.name())
                .collect();
            found.push(format!(
                "{id}: unknown status `{}`; use one of {}",
                row.status,
                known.join(", ")
            ));
        }
        Some(Status::Proved) if !row.rests_on.iter().any(proves) => found.push(format!(
            "{id}: proved, but it rests on no certificate, points or written proof"
        )),
        Some(Status::Open) if !row.rests_on.is_empty() => {
            found.push(format!("{id}: open, but it rests on a proof"));
        }
        Some(Status::Corrected) if !evidence.has_erratum(id) => found.push(format!(
            "{id}: corrected, but docs/ERRATA.md has no heading `## {id}`"
        )),
        Some(_) => {}
    }
    for proof in &row.rests_on {
        let missing = match proof {
            Proof::Certificate(name) if !evidence.certificates.contains(&name.as_str()) => {
                "the crate proofs has no theorem of that name"
            }
            Proof::Certificate(name) if evidence.written.naming(name).is_none() => {
                "no heading of docs/PROOFS.md names that theorem in backticks"
            }
            Proof::Refutation(name) if !evidence.refutations.contains(&name.as_str()) => {
                "the crate proofs has no refutation of that name that holds"
            }
            Proof::Points(name)
                if !evidence
                    .items
                    .iter()
                    .any(|item| item.proves && item.id == name) =>
            {
                "the catalogue has no proof of that name"
            }
            Proof::Written(name) if evidence.written.section(name).is_none() => {
                "docs/PROOFS.md has no section of that anchor"
            }
            _ => continue,
        };
        found.push(format!("{id}: rests on `{proof}`, but {missing}"));
    }
}

/// Whether a proof can carry the status `proved`; a refutation says only that the printed statement is false.
fn proves(proof: &Proof) -> bool {
    !matches!(proof, Proof::Refutation(_))
}

fn tests(evidence: &Evidence<'_>, row: &Row, found: &mut Vec<String>) {
    let id = &row.id;
    let module = module_of(id);
    if row.test != module {
        found.push(format!(
            "{id}: its test module is called {}, not {module}",
            row.test
        ));
    }
    let names: Vec<&str> = evidence
        .tests
        .iter()
        .filter(|tests| tests.owner == row.owner)
        .flat_map(|tests| &tests.names)
        .filter_map(|name| name.strip_prefix(&row.test)?.strip_prefix("::"))
        .collect();
    if names.is_empty() {
        found.push(format!(
            "{id}: crates/{}/tests/claims/ has no test in {}",
            row.owner, row.test
        ));
        return;
    }
    let status = Status::named(&row.status);
    let corrected = status == Some(Status::Corrected)
        || status == Some(Status::Proved) && evidence.has_erratum(id);
    for kind in KINDS.into_iter().chain(corrected.then_some(REFUTES)) {
        let begins = |name: &&str| {
            name.rsplit("::")
                .next()
                .is_some_and(|n| n.starts_with(kind))
        };
        if !names.iter().any(begins) {
            found.push(format!("{id}: no test in {} begins with {kind}", row.test));
        }
    }
}

fn code(evidence: &Evidence<'_>, row: &Row, found: &mut Vec<String>) {
    let links = row.code_links();
    if links.is_empty() {
        found.push(format!("{}: the code column links to nothing", row.id));
    }
    for (_, target) in links {
        if let Err(reason) = evidence.sources.file_of(&row.owner, target) {
            found.push(format!("{}: {reason:#}", row.id));
        }
    }
}

fn tests_without_row(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for tests in evidence.tests {
        let modules: BTreeSet<&str> = tests
            .names
            .iter()
            .filter_map(|name| name.split_once("::"))
            .map(|(module, _)| module)
            .collect();
        for module in modules {
            let claimed = evidence
                .ledger
                .rows
                .iter()
                .any(|row| row.owner == tests.owner && row.test == module);
            if !claimed {
                found.push(format!(
                    "{}: the test module {module} belongs to no row of crates/{}/CLAIMS.md",
                    tests.owner, tests.owner
                ));
            }
        }
    }
}

/// Certificates, refutations, items that prove, and sections of `docs/PROOFS.md` on which no row rests.
fn proofs_without_row(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let rows = &evidence.ledger.rows;
    let used: BTreeSet<&Proof> = rows.iter().flat_map(|row| &row.rests_on).collect();
    let certificates = evidence.certificates.iter();
    let refutations = evidence.refutations.iter();
    let expected = certificates
        .map(|name| Proof::Certificate((*name).to_owned()))
        .chain(refutations.map(|id| Proof::Refutation((*id).to_owned())));
    for proof in expected {
        if !used.contains(&proof) {
            found.push(format!("no row rests on `{proof}`"));
        }
    }
    for section in evidence.written.proofs() {
        if section.names.is_empty() {
            found.push(format!(
                "docs/PROOFS.md#{}: the heading names no claim in backticks",
                section.anchor
            ));
        }
        for name in &section.names {
            // A name is that of a theorem or of a claim.
            let proved = rows
                .iter()
                .filter(|row| row.id == *name || evidence.certificates.contains(&name.as_str()))
                .flat_map(|row| &row.rests_on)
                .any(|proof| evidence.written.stands_in(proof, section));
            if !proved {
                found.push(format!(
                    "docs/PROOFS.md#{}: the claim `{name}` of the heading does not rest on this section",
                    section.anchor
                ));
            }
        }
    }
}

fn catalogue(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for (stem, file) in evidence.catalogue() {
        if !evidence.items.iter().any(|item| module_of(item.id) == stem) {
            found.push(format!("{file} is not in the list of crates/figures/src/catalogue.rs, or has the id of another file"));
        }
    }
    let mut known = BTreeSet::new();
    for item in evidence.items {
        if !known.insert(item.id) {
            found.push(format!(
                "{}: two items of the catalogue have this id",
                item.id
            ));
        }
        if evidence.ledger.row(item.id).is_none() {
            found.push(format!(
                "{}: an item of the catalogue without a row in any ledger",
                item.id
            ));
        }
    }
    for row in &evidence.ledger.rows {
        if let Some(figure) = &row.figure
            && !evidence.items.iter().any(|item| item.id == figure)
        {
            found.push(format!(
                "{}: names the figure {figure}, which the catalogue does not have",
                row.id
            ));
        }
    }
}
