//! `docs/CLAIMS.md`: every ledger on one page, with links.

use std::fmt::Write as _;

use crate::check::{Evidence, module_of};
use crate::proof::Proof;
use crate::row::{COLUMNS, Row, Status};
use crate::written::{Section, anchor};

/// The text of `docs/CLAIMS.md`.
pub fn page(evidence: &Evidence<'_>) -> String {
    let mut page = String::from(
        "# Claims\n\n<!-- Written by `cargo xtask claims` from the crates' CLAIMS.md. Do not edit. -->\n\n\
         A passing property is evidence, not proof. The status says what is known about each claim, `rests on` which proof \
         says so:\n\n",
    );
    for (status, words) in Status::ALL {
        let count = evidence
            .ledger
            .rows
            .iter()
            .filter(|row| Status::named(&row.status) == Some(status))
            .count();
        let _ = writeln!(page, "- **{status}** ({count}): {words}");
    }
    let mut owner = "";
    for row in &evidence.ledger.rows {
        if row.owner != owner {
            owner = &row.owner;
            let _ = write!(
                page,
                "\n## {owner}\n\n| {} |\n|{}\n",
                COLUMNS.join(" | "),
                "---|".repeat(COLUMNS.len())
            );
        }
        let _ = writeln!(page, "{}", line(evidence, row));
    }
    page
}

fn line(evidence: &Evidence<'_>, row: &Row) -> String {
    let figure = row.figure.as_ref().map_or_else(
        || "—".to_owned(),
        |id| {
            let file = evidence.catalogue().remove(&module_of(id));
            file.map_or_else(|| id.clone(), |file| format!("[{id}](../{file})"))
        },
    );
    let cells = [
        row.id.clone(),
        bars(&row.source),
        bars(&row.statement),
        status(evidence, row),
        rests_on(evidence, row),
        code(evidence, row),
        format!("[{}](../{})", row.test, evidence.test_file(row)),
        figure,
    ];
    format!("| {} |", cells.join(" | "))
}

fn status(evidence: &Evidence<'_>, row: &Row) -> String {
    let erratum = format!("[corrected](ERRATA.md#{})", anchor(&row.id));
    match Status::named(&row.status) {
        Some(Status::Corrected) => erratum,
        // What is proved is the corrected statement.
        Some(Status::Proved) if evidence.has_erratum(&row.id) => format!("proved, as {erratum}"),
        _ => row.status.clone(),
    }
}

fn rests_on(evidence: &Evidence<'_>, row: &Row) -> String {
    if row.rests_on.is_empty() {
        return "—".to_owned();
    }
    let links: Vec<String> = row
        .rests_on
        .iter()
        .map(|proof| {
            let target = match proof {
                Proof::Certificate(name) => evidence.written.naming(name).map(Section::link),
                Proof::Written(name) => evidence.written.section(name).map(Section::link),
                Proof::Points(name) => evidence
                    .catalogue()
                    .remove(&module_of(name))
                    .map(|file| format!("../{file}")),
                Proof::Refutation(id) => Some(format!("ERRATA.md#{}", anchor(id))),
            };
            let words = match proof {
                Proof::Written(_) => "written proof".to_owned(),
                Proof::Refutation(id) if *id == row.id => "refutation".to_owned(),
                other => other.to_string(),
            };
            target.map_or(words.clone(), |target| format!("[{words}]({target})"))
        })
        .collect();
    links.join("; ")
}

fn code(evidence: &Evidence<'_>, row: &Row) -> String {
    let mut links: Vec<String> = Vec::new();
    for (text, target) in row.code_links() {
        let link = evidence.sources.file_of(&row.owner, target).map_or_else(
            |_| format!("`{text}`"),
            |file| format!("[`{text}`](../{file})"),
        );
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links.join(", ")
}

fn bars(text: &str) -> String {
    text.replace('|', "\\|")
}
