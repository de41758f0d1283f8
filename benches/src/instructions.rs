//! Instruction counts of hot kernels, by valgrind's callgrind: the same on a busy machine as on a quiet one.
//!
//! A kernel runs n and 2n times in two processes; the difference is n runs without any set-up. Valgrind offers AVX2 and no
//! AVX-512, so those are the counts of the AVX2 path. The table `benches/instructions.toml` holds what was last accepted,
//! with the compiler it belongs to: another compiler's counts are reported and do not fail.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use arrays::write;
use serde::{Deserialize, Serialize};

use crate::machine::{compiler, root};

mod kernels;

pub use kernels::{KERNELS, Kernel};

/// Counts may grow by this share.
pub const TOLERANCE: f64 = 0.03;

/// The accepted counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Version of the compiler.
    pub rustc: String,
    /// The vector instructions that the kernels found under valgrind.
    pub features: String,
    /// Instructions of one run.
    pub counts: BTreeMap<String, u64>,
}

impl Table {
    fn place() -> PathBuf {
        root().join("benches").join("instructions.toml")
    }

    fn read() -> Result<Self> {
        let place = Self::place();
        let text = std::fs::read_to_string(&place).with_context(|| {
            format!(
                "cannot read {}: make it with `cargo xtask bench-check --update`",
                place.display()
            )
        })?;
        toml::from_str(&text).with_context(|| format!("{} is damaged", place.display()))
    }
}

/// The vector instructions that this process may use.
pub fn features() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let found = [
            ("avx2", is_x86_feature_detected!("avx2")),
            ("fma", is_x86_feature_detected!("fma")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
        ];
        let names: Vec<&str> = found.iter().filter(|f| f.1).map(|f| f.0).collect();
        names.join("+")
    }
    #[cfg(not(target_arch = "x86_64"))]
    env::consts::ARCH.to_owned()
}

/// Runs one kernel in this process so many times, and prints the vector instructions it may use.
///
/// # Errors
/// An unknown kernel, or one that fails.
pub fn run_kernel(name: &str, times: usize) -> Result<()> {
    let kernel = KERNELS.iter().find(|kernel| kernel.name == name);
    let kernel = kernel.with_context(|| format!("no kernel is called `{name}`"))?;
    let mut run = (kernel.prepare)()?;
    for _ in 0..times {
        run()?;
    }
    println!("{}", features());
    Ok(())
}

/// Instructions of a whole process that runs a kernel, and what it printed.
fn collected(name: &str, times: usize) -> Result<(u64, String)> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["--kernel", name, "--times", &times.to_string()])
        .env("RAYON_NUM_THREADS", "1")
        .output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{name} fails under valgrind: {report}"
    );
    let line = report
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = line.with_context(|| format!("valgrind counts nothing: {report}"))?;
    let count = count
        .trim()
        .parse()
        .with_context(|| format!("`{count}` is no count"))?;
    Ok((
        count,
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    ))
}

/// Instructions of one run of a kernel.
fn count(kernel: &Kernel) -> Result<(u64, String)> {
    let (once, features) = collected(kernel.name, kernel.times)?;
    let (twice, _) = collected(kernel.name, 2 * kernel.times)?;
    let times = kernel.times as u64;
    Ok((twice.saturating_sub(once) / times, features))
}

/// Counts all kernels, and compares with the table or writes it. Whether nothing has regressed.
///
/// # Errors
/// No valgrind, no table, a kernel that fails.
pub fn check(update: bool) -> Result<bool> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        bail!(
            "valgrind is not installed: instruction counts need it (Debian: apt install valgrind)"
        );
    }
    // Of an update the old table is only shown beside the new one.
    let accepted = match Table::read() {
        Ok(table) => table,
        Err(_) if update => Table::default(),
        Err(error) => return Err(error),
    };
    let mut found = Table {
        rustc: compiler(),
        ..Table::default()
    };
    for kernel in KERNELS {
        let (count, features) = count(kernel)?;
        found.counts.insert(kernel.name.to_owned(), count);
        found.features = features;
    }
    if update {
        let text = format!(
            "# Instructions of one run of each kernel: `cargo xtask bench-check --update` writes this.\n{}",
            toml::to_string(&found)?
        );
        write::whole(&Table::place(), text.as_bytes())?;
    }
    let (text, passed) = compared(&accepted, &found);
    print!("{text}");
    Ok(update || passed)
}

/// The comparison in words, and whether it is passed: a kernel above its count by more than [`TOLERANCE`], or without one,
/// fails if compiler and vector instructions are those of the table.
pub fn compared(accepted: &Table, found: &Table) -> (String, bool) {
    let mut text = String::new();
    let mut passed = true;
    for (name, &count) in &found.counts {
        let Some(&before) = accepted.counts.get(name) else {
            passed = false;
            let _ = writeln!(text, "{name:<28} {count:>14}  not in the table");
            continue;
        };
        let change = count as f64 / before as f64 - 1.0;
        let words = if change > TOLERANCE {
            passed = false;
            "  REGRESSED"
        } else if change < -TOLERANCE {
            "  improved: accept it with --update"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "{name:<28} {count:>14}  {:+.2} %{words}",
            100.0 * change
        );
    }
    let same = (&accepted.rustc, &accepted.features) == (&found.rustc, &found.features);
    if !same {
        let _ = writeln!(
            text,
            "the table is of rustc {} with {}, this is rustc {} with {}: reported only",
            accepted.rustc, accepted.features, found.rustc, found.features
        );
    }
    (text, passed || !same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rustc: &str, count: u64) -> Table {
        Table {
            rustc: rustc.to_owned(),
            features: "avx2+fma".to_owned(),
            counts: BTreeMap::from([("gradient".to_owned(), count)]),
        }
    }

    #[test]
    fn a_kernel_that_grows_by_four_per_cent_fails() {
        let (text, passed) = compared(&table("1.95.0", 1000), &table("1.95.0", 1040));
        assert!(!passed && text.contains("gradient") && text.contains("+4.00 %  REGRESSED"));
        let (text, passed) = compared(&table("1.95.0", 1000), &table("1.95.0", 1020));
        assert!(passed && !text.contains("REGRESSED"));
        let (text, passed) = compared(&table("1.95.0", 1000), &table("1.95.0", 900));
        assert!(passed && text.contains("improved"));
    }

    #[test]
    fn another_compiler_is_reported_only() {
        let (text, passed) = compared(&table("1.94.0", 1000), &table("1.95.0", 2000));
        assert!(passed && text.contains("REGRESSED") && text.contains("reported only"));
    }

    #[test]
    fn a_new_kernel_needs_a_count() {
        let empty = Table {
            counts: BTreeMap::new(),
            ..table("1.95.0", 0)
        };
        assert!(!compared(&empty, &table("1.95.0", 1)).1);
    }

    #[test]
    fn every_kernel_has_a_count_and_every_count_a_kernel() {
        let table = Table::read().expect("the table");
        let names: Vec<&str> = table.counts.keys().map(String::as_str).collect();
        let mut kernels: Vec<&str> = KERNELS.iter().map(|kernel| kernel.name).collect();
        kernels.sort_unstable();
        assert_eq!(names, kernels);
    }
}
