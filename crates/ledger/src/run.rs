//! The comparison of the whole workspace.

use std::path::Path;

use anyhow::{Context as _, bail};
use proofs::{Theorem, refutations};

use crate::check::{Evidence, Item, differences};
use crate::claim_tests::ClaimTests;
use crate::ledger::{self, Ledger};
use crate::page::page;
use crate::source::Sources;
use crate::written::WrittenProofs;

/// Compares the ledgers under `root` with code, tests, proofs and the items of the report, and writes `docs/CLAIMS.md`; with
/// `only_check` it compares that page with what would be written.
///
/// # Errors
/// Every difference, a sentence each.
pub fn run(root: &Path, items: &[Item], only_check: bool) -> anyhow::Result<String> {
    let ledger = Ledger::read(root)?;
    if ledger.rows.is_empty() {
        bail!(
            "no claims: no crate under {} has a CLAIMS.md",
            root.join("crates").display()
        );
    }
    let owners: Vec<String> = ledger::files(root)?
        .into_iter()
        .map(|(owner, _)| owner)
        .collect();
    let tests = ClaimTests::list(root, &owners)?;
    let refuted = refutations().context("a refutation cannot be evaluated")?;
    let evidence = Evidence {
        root,
        ledger: &ledger,
        sources: &Sources::new(root),
        tests: &tests,
        items,
        errata: &std::fs::read_to_string(root.join("docs/ERRATA.md")).unwrap_or_default(),
        certificates: &Theorem::ALL.map(Theorem::name),
        refutations: &refuted
            .iter()
            .filter(|refutation| refutation.holds())
            .map(|refutation| refutation.id)
            .collect::<Vec<_>>(),
        written: &WrittenProofs::read(root),
    };
    let differences = differences(&evidence);
    if !differences.is_empty() {
        bail!(
            "ledger, code, tests, proofs and catalogue disagree in {} places:\n- {}",
            differences.len(),
            differences.join("\n- ")
        );
    }
    let page = page(&evidence);
    let path = root.join("docs/CLAIMS.md");
    let count: usize = tests.iter().map(|tests| tests.names.len()).sum();
    let counted = format!(
        "{} claims, {count} tests, {} items",
        ledger.rows.len(),
        items.len()
    );
    if only_check {
        if std::fs::read_to_string(&path).unwrap_or_default() != page {
            bail!("docs/CLAIMS.md is not up to date; run `cargo xtask claims` and commit it");
        }
        Ok(format!(
            "{counted}: they agree, and docs/CLAIMS.md is up to date"
        ))
    } else {
        arrays::write::whole(&path, page.as_bytes())?;
        Ok(format!("{counted}: they agree; wrote docs/CLAIMS.md"))
    }
}
