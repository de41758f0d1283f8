//! `docs/ARCHITECTURE.md` and the manifests agree: every crate is drawn, with its arrows, and has one line in the table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use ledger::workspace;
use serde_json::Value;

/// A crate as its manifest describes it.
#[derive(Debug, Default)]
struct Package {
    folder: String,
    published: bool,
    /// Crates of the workspace that it needs, those of its tests aside.
    needs: BTreeSet<String>,
    /// Crates of the workspace that its tests need.
    tests_need: BTreeSet<String>,
    uses_rayon: bool,
}

/// The crates of the workspace, and `lenet-mnist`, which is a workspace of its own.
fn packages(root: &Path) -> BTreeMap<String, Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo metadata");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut packages = BTreeMap::new();
    for package in list(&metadata["packages"]) {
        let text = |name: &str| package[name].as_str().expect("a string").to_owned();
        let manifest = text("manifest_path");
        let folder = Path::new(&manifest).parent().expect("a folder");
        let folder = folder.strip_prefix(root).expect("in the workspace");
        let mut found = Package {
            folder: folder.to_string_lossy().into_owned(),
            published: package["publish"].is_null(),
            ..Package::default()
        };
        for dependency in list(&package["dependencies"]) {
            let name = dependency["name"].as_str().expect("a name").to_owned();
            let for_tests = dependency["kind"] == "dev";
            found.uses_rayon |= name == "rayon" && !for_tests;
            if dependency["path"].is_null() {
                continue;
            }
            if for_tests {
                found.tests_need.insert(name);
            } else {
                found.needs.insert(name);
            }
        }
        packages.insert(text("name"), found);
    }
    let manifest = std::fs::read_to_string(root.join("crates/lenet-mnist/Cargo.toml"));
    let needs = manifest
        .expect("a manifest")
        .lines()
        .filter(|line| line.contains("path = \"../"))
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
        .collect();
    let lenet = Package {
        folder: "crates/lenet-mnist".to_owned(),
        needs,
        ..Package::default()
    };
    packages.insert("lenet-mnist".to_owned(), lenet);
    packages
}

fn page(root: &Path) -> String {
    std::fs::read_to_string(root.join("docs/ARCHITECTURE.md")).expect("the page")
}

/// The lines of the drawing: a crate, and what its arrow points at.
fn drawing(page: &str) -> Vec<(String, BTreeSet<String>)> {
    let block = page.split("```").nth(1).expect("a drawing");
    let lines = block.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            let arrow = rest.trim().strip_prefix("->").unwrap_or("");
            let targets = arrow
                .split(',')
                .map(str::trim)
                .filter(|target| !target.is_empty());
            (name.to_owned(), targets.map(ToOwned::to_owned).collect())
        })
        .collect()
}

#[test]
fn the_drawing_has_the_crates_and_arrows_of_the_manifests() {
    let root = workspace();
    let packages = packages(&root);
    let drawing = drawing(&page(&root));
    let mut drawn = BTreeSet::new();
    for (name, arrows) in &drawing {
        let package = packages
            .get(name)
            .unwrap_or_else(|| panic!("{name} is drawn, but is no crate of the workspace"));
        assert_eq!(arrows, &package.needs, "the arrows of {name}");
        for target in arrows {
            assert!(drawn.contains(target), "{name} -> {target} points down");
        }
        assert!(drawn.insert(name.clone()), "{name} is drawn twice");
    }
    for name in packages.keys() {
        assert!(drawn.contains(name), "{name} is not drawn");
    }
}

#[test]
fn every_crate_has_one_line_in_the_table() {
    let root = workspace();
    let page = page(&root);
    for (name, package) in packages(&root) {
        let start = format!("| `{}` |", package.folder);
        let count = page.lines().filter(|line| line.starts_with(&start)).count();
        assert_eq!(count, 1, "lines for {name}");
    }
}

/// Oracles share no code with what they judge, and nothing but tests needs them.
#[test]
fn the_oracle_stands_alone() {
    let packages = packages(&workspace());
    let oracle = &packages["gaussian-oracle"];
    assert!(oracle.needs.is_empty() && oracle.tests_need.is_empty());
    for (name, package) in &packages {
        assert!(!package.needs.contains("gaussian-oracle"), "{name}");
    }
}

/// The page names the libraries that use the pool of the caller.
#[test]
fn the_page_names_the_crates_that_use_more_than_one_thread() {
    let root = workspace();
    let page = page(&root);
    let sentence = page
        .split("\n- ")
        .find(|item| item.starts_with("Libraries run on one thread"))
        .expect("the sentence");
    let packages = packages(&root);
    let libraries = packages
        .iter()
        .filter(|(name, package)| package.published && *name != "relu-lab-cli");
    for (name, package) in libraries {
        let named = sentence.contains(&format!("`{name}`"));
        assert_eq!(named, package.uses_rayon, "{name}: named, uses rayon");
    }
}

/// A path that begins with the name of a crate leads to a file or a folder.
#[test]
fn the_page_names_files_that_exist() {
    let root = workspace();
    let page = page(&root);
    let packages = packages(&root);
    let mut seen = 0;
    for path in page.split('`').skip(1).step_by(2) {
        let crate_name = path.split_once('/').map_or("", |(name, _)| name);
        if !packages.contains_key(crate_name) {
            continue;
        }
        let place = root.join("crates").join(path);
        assert!(
            place.exists() || place.with_extension("rs").exists(),
            "{path}"
        );
        seen += 1;
    }
    assert!(seen > 2, "{seen} paths");
}
