//! Compares ledger, tests and catalogue, and writes `docs/CLAIMS.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::item::Item;
use crate::ledger::{self, Ledger, Row, Status};

/// What the names of a claim's tests begin with; each claim has at least one of each.
pub const KINDS: [&str; 3] = ["oracle_", "symmetry_", "nonvacuity_"];

/// What the tests of a corrected claim begin with, proved or not: the printed statement fails.
pub const REFUTES: &str = "refutes_";

/// The tests of one crate as `module::name`.
#[derive(Debug, Clone)]
pub struct Tests {
    /// The crate.
    pub owner: String,
    /// `t17_thm1::oracle_quadrature`, …
    pub names: Vec<String>,
}

/// Everything the comparison looks at.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// The claims.
    pub ledger: &'a Ledger,
    /// The tests of the crates that own claims.
    pub tests: &'a [Tests],
    /// The catalogue.
    pub items: &'a [Item],
    /// The text of `docs/ERRATA.md`.
    pub errata: &'a str,
}

/// Runs the comparison on the workspace, and writes `docs/CLAIMS.md` or, with `only_check`,
/// compares it with what would be written.
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
    let tests = list_tests(root, &owners)?;
    let errata = std::fs::read_to_string(root.join("docs/ERRATA.md")).unwrap_or_default();
    let evidence = Evidence {
        root,
        ledger: &ledger,
        tests: &tests,
        items,
        errata: &errata,
    };
    let differences = differences(&evidence);
    if !differences.is_empty() {
        bail!(
            "ledger, tests and catalogue disagree in {} places:\n- {}",
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
        crate::atomic::write(&path, page.as_bytes())?;
        Ok(format!("{counted}: they agree; wrote docs/CLAIMS.md"))
    }
}

/// The names of the claim tests of every crate, from the programs that `cargo test --workspace` builds.
fn list_tests(root: &Path, owners: &[String]) -> anyhow::Result<Vec<Tests>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args([
            "test",
            "--quiet",
            "--workspace",
            "--test",
            "claims",
            "--no-run",
            "--message-format=json",
        ])
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!(
            "cannot build the claim tests:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let messages =
        String::from_utf8(output.stdout).context("cargo answers in letters that are not UTF-8")?;
    owners
        .iter()
        .map(|owner| list_tests_of(root, owner, &messages))
        .collect()
}

/// The names in the one program among cargo's `messages` that holds the claim tests of `owner`.
fn list_tests_of(root: &Path, owner: &str, messages: &str) -> anyhow::Result<Tests> {
    let manifest = root.join("crates").join(owner).join("Cargo.toml");
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| {
            message["manifest_path"]
                .as_str()
                .is_some_and(|path| Path::new(path) == manifest)
        })
        .filter(|message| message["target"]["name"] == "claims")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("crates/{owner} has a ledger but no tests/claims/main.rs"))?;
    let output = Command::new(&program)
        .args(["--list", "--format=terse"])
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        bail!(
            "cannot list the claim tests of {owner}:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let names = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(ToOwned::to_owned)
        .collect();
    Ok(Tests {
        owner: owner.to_owned(),
        names,
    })
}

/// Every disagreement, a sentence each.
pub fn differences(evidence: &Evidence<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for row in &evidence.ledger.rows {
        if !ids.insert(row.id.as_str()) {
            found.push(format!("{}: the id stands in the ledger twice", row.id));
        }
        row_differences(evidence, row, &mut found);
    }
    for tests in evidence.tests {
        let modules: BTreeSet<&str> = tests
            .names
            .iter()
            .filter_map(|name| name.split_once("::"))
            .map(|(m, _)| m)
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
    for stem in catalogue_files(evidence.root).keys() {
        if !evidence.items.iter().any(|item| stem_of(item.id) == *stem) {
            found.push(format!(
                "{stem}.rs: a file of the catalogue that crates/figures/src/catalogue.rs does not list"
            ));
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
    found
}

fn row_differences(evidence: &Evidence<'_>, row: &Row, found: &mut Vec<String>) {
    let id = &row.id;
    let status = Status::named(&row.status);
    if status.is_none() {
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
    let module = stem_of(id);
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
    } else {
        let corrected = status == Some(Status::Corrected)
            || status == Some(Status::Proved) && has_erratum(evidence.errata, id);
        let refutes = corrected.then_some(REFUTES);
        for kind in KINDS.into_iter().chain(refutes) {
            if !names.iter().any(|name| {
                name.rsplit("::")
                    .next()
                    .is_some_and(|n| n.starts_with(kind))
            }) {
                found.push(format!("{id}: no test in {} begins with {kind}", row.test));
            }
        }
    }
    if status == Some(Status::Corrected) && !has_erratum(evidence.errata, id) {
        found.push(format!(
            "{id}: corrected, but docs/ERRATA.md has no heading `## {id}`"
        ));
    }
    if let Some(figure) = &row.figure
        && !evidence.items.iter().any(|item| item.id == figure)
    {
        found.push(format!(
            "{id}: names the figure {figure}, which the catalogue does not have"
        ));
    }
    if row.code_names().is_empty() {
        found.push(format!("{id}: the code column links to nothing"));
    }
    for name in row.code_names() {
        if source_of(evidence.root, &row.owner, name).is_none() {
            found.push(format!("{id}: crates/{}/src defines no {name}", row.owner));
        }
    }
}

/// The name of the file, and of the test module, that belong to an id.
fn stem_of(id: &str) -> String {
    id.replace(['-', '.'], "_")
}

/// The files of the catalogue, relative to the workspace, by their names without `.rs`.
fn catalogue_files(root: &Path) -> BTreeMap<String, String> {
    let folder = root.join("crates/figures/src/catalogue");
    let mut files = BTreeMap::new();
    for room in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        for entry in std::fs::read_dir(room.path())
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(stem) = name.strip_suffix(".rs") {
                let room = room.file_name().to_string_lossy().into_owned();
                files.insert(
                    stem.to_owned(),
                    format!("crates/figures/src/catalogue/{room}/{name}"),
                );
            }
        }
    }
    files
}

fn has_erratum(errata: &str, id: &str) -> bool {
    errata.lines().any(|line| {
        line.strip_prefix("## ")
            .is_some_and(|head| head.trim() == id)
    })
}

/// The source file of a crate that defines `name`, relative to the workspace.
fn source_of(root: &Path, owner: &str, name: &str) -> Option<String> {
    let folder = root.join("crates").join(owner).join("src");
    let mut files = Vec::new();
    gather(&folder, &mut files);
    files.sort();
    let path = files.into_iter().find(|path| {
        std::fs::read_to_string(path).is_ok_and(|text| text.lines().any(|line| defines(line, name)))
    })?;
    Some(
        path.strip_prefix(root)
            .ok()?
            .to_string_lossy()
            .replace('\\', "/"),
    )
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn defines(line: &str, name: &str) -> bool {
    let mut words = line
        .trim_start()
        .split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let keyword = ["fn", "struct", "enum", "trait", "mod", "const", "type"];
    while let Some(word) = words.next() {
        if keyword.contains(&word) {
            return words.next() == Some(name) && line.trim_start().starts_with("pub")
                || line.trim_start().starts_with("fn ") && line.contains(&format!("fn {name}("));
        }
    }
    // A variant of an enum.
    line.trim().trim_end_matches([',', '{', ' ']) == name
}

/// The text of `docs/CLAIMS.md`.
pub fn page(evidence: &Evidence<'_>) -> String {
    let mut page = String::from(
        "# Claims\n\n<!-- Written by `cargo xtask claims` from the crates' CLAIMS.md. Do not edit. -->\n\n\
         A passing property is evidence, not proof. The status says what each claim rests on:\n\n",
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
                "\n## {owner}\n\n| id | source | statement | status | code | tests | figure |\n|---|---|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(page, "{}", line(evidence, row));
    }
    page
}

fn line(evidence: &Evidence<'_>, row: &Row) -> String {
    let owner = &row.owner;
    let mut code: Vec<String> = Vec::new();
    for name in row.code_names() {
        let link = source_of(evidence.root, owner, name).map_or_else(
            || format!("`{name}`"),
            |path| format!("[`{name}`](../{path})"),
        );
        if !code.contains(&link) {
            code.push(link);
        }
    }
    let folder = format!("crates/{owner}/tests/claims/{}", row.test);
    let file = if evidence.root.join(&folder).is_dir() {
        format!("{folder}/mod.rs")
    } else {
        format!("{folder}.rs")
    };
    let erratum = format!("[corrected](ERRATA.md#{})", slug(&row.id));
    let status = match Status::named(&row.status) {
        Some(Status::Corrected) => erratum,
        // What is proved is the corrected statement.
        Some(Status::Proved) if has_erratum(evidence.errata, &row.id) => {
            format!("proved, as {erratum}")
        }
        _ => row.status.clone(),
    };
    let figure = row.figure.as_ref().map_or_else(
        || "—".to_owned(),
        |id| {
            catalogue_files(evidence.root)
                .get(&stem_of(id))
                .map_or_else(|| id.clone(), |file| format!("[{id}](../{file})"))
        },
    );
    let cells = [
        row.id.clone(),
        bars(&row.source),
        bars(&row.statement),
        status,
        code.join(", "),
        format!("[{}](../{file})", row.test),
        figure,
    ];
    format!("| {} |", cells.join(" | "))
}

fn bars(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The anchor GitHub gives a heading.
fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || "-_ ".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}
