//! Tells the command its commit, for `relu-lab --version`.

use std::process::Command;

/// What git prints in the folder of this crate, if it is there and the crate is in a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// The commit that `cargo package` wrote down.
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let sum = text.split("\"sha1\": \"").nth(1)?.split('"').next()?;
    Some(sum.chars().take(9).collect())
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Written by every commit and every change of branch.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    let commit = packaged().or_else(|| git(&["rev-parse", "--short=9", "HEAD"]));
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=RELU_LAB_COMMIT={commit}");
}
