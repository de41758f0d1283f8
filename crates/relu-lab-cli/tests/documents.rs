//! What the documents tell a user to type works as it stands.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{search_path, stderr, stdout};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether the machine has Python with NumPy.
fn numpy() -> bool {
    let found = Command::new("python3")
        .args(["-c", "import numpy"])
        .output();
    let there = found.is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("no python3 with numpy here: the scripts were not run");
    }
    there
}

#[test]
fn the_python_script_gets_a_gradient_and_a_certificate() {
    let script = root().join("docs/python/gradient_and_certificate.py");
    let text = std::fs::read_to_string(&script).expect("the script");
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 20, "{lines} lines");
    if !numpy() {
        return;
    }
    let output = Command::new("python3")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_relu-lab"))
        .output()
        .expect("starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.contains("loss 0.073612933, gradient of shape (2, 3)"),
        "{text}"
    );
    assert!(text.contains("proved: a saddle of index 1"), "{text}");
}

/// The section "On your own weights" of the README, its installation left out, in an empty folder.
#[test]
fn the_section_of_the_readme_works_as_pasted() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let section = readme
        .split("\n## On your own weights\n")
        .nth(1)
        .expect("the section");
    let section = section.split("\n## ").next().expect("its end");
    let mut script = String::from("set -e\n");
    for block in section.split("```sh\n").skip(1) {
        script.push_str(block.split("```").next().expect("a block"));
    }
    let script: String = script
        .lines()
        .filter(|line| !line.starts_with("cargo install"))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert!(script.matches("relu-lab ").count() >= 6, "{script}");
    if !numpy() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", search_path())
        .output()
        .expect("starts");
    assert!(
        output.status.success(),
        "{}\n{}",
        stdout(&output),
        stderr(&output)
    );
    for file in [
        "G.npy",
        "run.npz",
        "run.svg",
        "points.npz",
        "results/sweep.csv",
        "results/heatmap.svg",
    ] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

/// A page shows what the command prints: every line of a `console` block after `$ ` is typed, in order, in one folder, and prints
/// what follows it.
#[test]
fn the_consoles_of_the_pages_show_what_is_printed() {
    if !numpy() {
        return;
    }
    let mut typed = 0;
    for page in ["README.md", "docs/guide/landscape.md"] {
        let text = std::fs::read_to_string(root().join(page)).expect("a page");
        let folder = tempfile::tempdir().expect("a folder");
        for block in text.split("```console\n").skip(1) {
            let block = block.split("```").next().expect("a block");
            for step in format!("\n{block}").split("\n$ ").skip(1) {
                let (line, shown) = step.split_once('\n').unwrap_or((step, ""));
                let output = Command::new("sh")
                    .args(["-c", line])
                    .current_dir(folder.path())
                    .env("PATH", search_path())
                    .output()
                    .expect("starts");
                assert!(output.status.success(), "{line}\n{}", stderr(&output));
                assert_shown(page, line, shown, &stdout(&output));
                typed += 1;
            }
        }
    }
    assert!(typed >= 8, "{typed} lines were typed");
}

/// Word by word; numbers to three digits, since rounding errors depend on the processor: numbers below 1e-12 or above 1e9 are
/// rounding errors, or their reciprocals.
fn assert_shown(page: &str, line: &str, shown: &str, printed: &str) {
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let (shown_words, printed_words) = (words(shown), words(printed));
    let number = |word: &str| word.trim_matches(['[', ']', ',']).parse::<f64>().ok();
    let agree = |a: &String, b: &String| match (number(a), number(b)) {
        (Some(x), Some(y)) => {
            (x - y).abs() <= 1e-3 * x.abs().max(y.abs())
                || x.abs().max(y.abs()) < 1e-12
                || x.abs().min(y.abs()) > 1e9
        }
        _ => a == b,
    };
    assert!(
        shown_words.len() == printed_words.len()
            && shown_words
                .iter()
                .zip(&printed_words)
                .all(|(a, b)| agree(a, b)),
        "{page} shows for `{line}`\n{shown}\nbut it prints\n{printed}"
    );
}

/// NumPy writes the fixtures that are committed, byte for byte but for the dates in its bundles.
#[test]
fn the_fixtures_are_what_numpy_writes() {
    if !numpy() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new("python3")
        .arg(common::fixtures().join("make.py"))
        .current_dir(folder.path())
        .output()
        .expect("starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let mut compared = 0;
    for (name, bytes) in common::contents(folder.path()) {
        // Pickled objects and dates depend on the version and the day.
        if Path::new(&name)
            .extension()
            .is_some_and(|e| e == "npz" || e == "zip")
            || name == "objects.npy"
        {
            continue;
        }
        assert_eq!(
            std::fs::read(common::fixture(&name)).expect("a fixture"),
            bytes,
            "{name}"
        );
        compared += 1;
    }
    assert!(compared >= 15, "{compared}");
}

/// A crate that may be published depends on no crate of the workspace that may not, and names the versions of the others.
#[test]
fn published_crates_depend_on_published_crates() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("starts");
    assert!(output.status.success(), "{}", stderr(&output));
    let metadata: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let published = |name: &str| {
        let found = packages.iter().find(|package| package["name"] == name);
        found.is_some_and(|package| package["publish"].is_null())
    };
    let mut compared = 0;
    for package in packages
        .iter()
        .filter(|package| package["publish"].is_null())
    {
        for dependency in package["dependencies"].as_array().expect("a list") {
            if dependency["path"].is_null() || dependency["kind"] == "dev" {
                continue;
            }
            let name = dependency["name"].as_str().expect("a name");
            assert!(published(name), "{} needs {name}", package["name"]);
            assert_ne!(dependency["req"], "*", "{} needs {name}", package["name"]);
            compared += 1;
        }
    }
    assert!(
        compared >= 15 && !published("figures") && published("relu-lab-cli"),
        "{compared}"
    );
}
