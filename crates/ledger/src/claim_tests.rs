//! The tests of the claims, as the programs of `cargo test` list them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The tests of one crate as `module::name`.
#[derive(Debug, Clone)]
pub struct ClaimTests {
    /// The crate.
    pub owner: String,
    /// `t17_thm1::oracle_quadrature`, …
    pub names: Vec<String>,
}

impl ClaimTests {
    /// The tests in `tests/claims` of every owner, from the programs that `cargo test --workspace` builds.
    ///
    /// # Errors
    /// A sentence when a program does not build, does not start, or is absent.
    pub fn list(root: &Path, owners: &[String]) -> anyhow::Result<Vec<Self>> {
        let messages = build(root)?;
        owners
            .iter()
            .map(|owner| Self::of(root, owner, &messages))
            .collect()
    }

    /// The names in the one program among cargo's `messages` that holds the claim tests of `owner`.
    fn of(root: &Path, owner: &str, messages: &str) -> anyhow::Result<Self> {
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
        Ok(Self {
            owner: owner.to_owned(),
            names,
        })
    }
}

/// Builds the programs, and returns what cargo says about them.
fn build(root: &Path) -> anyhow::Result<String> {
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
    String::from_utf8(output.stdout).context("cargo answers in letters that are not UTF-8")
}
