//! What the tests of the kind `oracle_…` compare with.
//!
//! An oracle shares no code with what it judges. A file with such tests imports one of [`CRATES`], or stands in
//! [`OTHERWISE`] with what it compares with instead.

use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};

use crate::check::Evidence;
use crate::row::Row;

/// How the names of these tests begin.
pub const PREFIX: &str = "oracle_";

/// The oracles that are crates, each with what it computes.
pub const CRATES: [(&str, &str); 4] = [
    (
        "gaussian_oracle",
        "quadrature, Monte Carlo, differences, 512-bit formulas",
    ),
    ("good_lp", "linear programmes"),
    ("num_rational", "exact fractions"),
    ("statrs", "special functions"),
];

/// Test files without such a crate: owner, module, and what their `oracle_…` tests compare with.
pub const OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "critical-points",
        "k2_one_inside",
        "points in closed form, where the exact gradient must vanish; signs of eigenvalues on either side of a bifurcation",
    ),
    (
        "critical-points",
        "spurious_minima",
        "counts of Safran & Shamir (2018); descent step by step with the exact gradient",
    ),
    (
        "critical-points",
        "t17_eq9",
        "the exact population gradient, which has another formula",
    ),
    (
        "critical-points",
        "t17_saddle_k2",
        "the exact gradient and the eigenvalues of the full Hessian",
    ),
    (
        "critical-points",
        "t17_thm2",
        "points in closed form, and the null space of the full Hessian",
    ),
    (
        "critical-points",
        "t17_thm3",
        "both sides of the identity; the exact population gradient",
    ),
    (
        "critical-points",
        "t17_thm4",
        "the exact population gradient; the general test of Theorem 3",
    ),
    (
        "hinge-classifier",
        "lyx_fig1",
        "planes through three points with all others on one side, by enumeration; regular polyhedra",
    ),
    (
        "hinge-classifier",
        "lyx_fig3",
        "medians printed in the paper; the objective point by point",
    ),
    (
        "hinge-classifier",
        "lyx_fig4",
        "mean and deviation printed in the paper; the objective point by point",
    ),
    (
        "hinge-classifier",
        "lyx_fig5",
        "iterations printed in the paper",
    ),
    (
        "hinge-classifier",
        "lyx_fig6",
        "subspaces constructed from known angles",
    ),
    (
        "hinge-classifier",
        "lyx_fig7",
        "the probability of Wendel; rows with sum zero",
    ),
    (
        "hinge-classifier",
        "lyx_l4_1",
        "the gradient and the training of each subproblem alone",
    ),
    (
        "hinge-classifier",
        "lyx_l4_2",
        "difference quotients of the gradient",
    ),
    (
        "hinge-classifier",
        "lyx_l5_1",
        "areas of slices in closed form; norms before and after a step",
    ),
    (
        "hinge-classifier",
        "lyx_l5_2",
        "facets and normals in integers",
    ),
    (
        "hinge-classifier",
        "lyx_prop1",
        "sums along rays; training of random starts",
    ),
    (
        "hinge-classifier",
        "lyx_prop2",
        "a simplex, whose loss is 0 by hand",
    ),
    (
        "hinge-classifier",
        "lyx_prop3",
        "a probability by counting; the iterations of runs",
    ),
    (
        "hinge-classifier",
        "lyx_prop4",
        "the formulas with numbers put in; the iterations of runs",
    ),
    (
        "hinge-classifier",
        "lyx_table1",
        "means printed in the paper; the objective point by point",
    ),
    (
        "hinge-classifier",
        "lyx_thm3_1",
        "losses before and after each step of runs",
    ),
    ("hinge-classifier", "lyx_thm3_2", "the losses of runs"),
    (
        "proofs",
        "proofs",
        "the checker, which shares nothing with the search",
    ),
];

/// Files without an oracle, and exceptions that are none.
pub(crate) fn differences(evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for row in &evidence.ledger.rows {
        let Some(imports) = imports(evidence, row) else {
            continue;
        };
        let file = evidence.test_file(row);
        let listed = exception(row).is_some();
        if !imports && !listed {
            found.push(format!(
                "{}: {file} has tests `{PREFIX}…` but imports no oracle ({}); if it compares with exact or printed values, \
                 say so in OTHERWISE of crates/ledger/src/oracle.rs",
                row.id,
                CRATES.map(|(name, _)| name).join(", ")
            ));
        }
        if imports && listed {
            found.push(format!(
                "{}: {file} imports an oracle; take it off OTHERWISE of crates/ledger/src/oracle.rs",
                row.id
            ));
        }
    }
    found
}

/// What a row's tests compare with, if it is no oracle that is a crate.
fn exception(row: &Row) -> Option<&'static str> {
    OTHERWISE
        .iter()
        .find(|(owner, module, _)| *owner == row.owner && *module == row.test)
        .map(|(_, _, reason)| *reason)
}

/// Whether the tests of a row use an oracle that is a crate; `None` if there are no `oracle_…` tests to be read.
fn imports(evidence: &Evidence<'_>, row: &Row) -> Option<bool> {
    let words = words(&evidence.root.join(evidence.test_file(row)))?;
    let any = |fits: &dyn Fn(&str) -> bool| words.iter().any(|word| fits(word));
    any(&|word| word.starts_with(PREFIX))
        .then(|| any(&|word| CRATES.iter().any(|(name, _)| word == *name)))
}

/// The identifiers of a file, those of comments left out.
fn words(file: &Path) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(file).ok()?;
    let tokens: TokenStream = text.parse().ok()?;
    let mut words = Vec::new();
    gather(tokens, &mut words);
    Some(words)
}

fn gather(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => gather(group.stream(), words),
            TokenTree::Ident(word) => words.push(word.to_string()),
            _ => {}
        }
    }
}
