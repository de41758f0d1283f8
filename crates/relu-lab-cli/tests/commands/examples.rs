//! The examples of the help, run as they stand.

use std::path::Path;
use std::process::{Command, Output};

use relu_lab::files::{Array, write};

use crate::common::{commands, fixtures, run, search_path, stderr, stdout};

/// Runs a line of shell, with the program in the search path and a home of its own.
fn shell(folder: &Path, line: &str) -> Output {
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", search_path())
        .env("HOME", folder)
        .env("MANPAGER", "cat")
        .output()
        .expect("starts")
}

fn succeeds(folder: &Path, line: &str) {
    let output = shell(folder, line);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{line}: {}",
        stderr(&output)
    );
}

/// Every `Example:` of every command, in a folder with the files that they name.
#[test]
fn the_examples_of_the_help_work_as_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let mut examples = Vec::new();
    for command in commands() {
        let output = run(&fixtures(), &[&command, "--help"]);
        assert!(output.status.success(), "{command}");
        let help = stdout(&output);
        let before = examples.len();
        for line in help.lines() {
            examples.extend(line.trim().strip_prefix("Example: ").map(str::to_owned));
        }
        assert!(examples.len() > before, "{command} has no example: {help}");
        // The configuration is the one of the help.
        if let Some((_, keys)) = help.split_once("with its default:\n") {
            std::fs::write(here.join("sweep.toml"), keys).expect("written");
        }
    }
    // The student is near a teacher with two neurons, so that a certificate is written.
    let array = |name: &str, numbers: [f64; 4]| {
        let matrix = Array::new(vec![2, 2], numbers.to_vec()).expect("four numbers");
        write::array(&here.join(name), "", &matrix).expect("written");
    };
    array("V.npy", [1.0, 0.0, 0.0, 1.0]);
    array("W.npy", [1.0 + 1e-6, 0.0, 1e-6, 1.0]);
    succeeds(here, "mkdir -p .local/share/bash-completion/completions");
    for part in [1, 2] {
        let parts = format!("relu-lab sweep sweep.toml -q --shard {part}/2 -o part{part}");
        succeeds(here, &parts);
    }
    let man = shell(here, "command -v man").status.success();
    for example in &examples {
        if !man && example.contains("| man ") {
            eprintln!("no man here: not run: {example}");
            continue;
        }
        succeeds(here, example);
    }
    for file in [
        "G.npy",
        "H.npy",
        "angles.npz",
        "run.npz",
        "run.svg",
        "points.npz",
        "point.json",
        "planar.npz",
        "planar.svg",
        "results/sweep.csv",
        ".local/share/bash-completion/completions/relu-lab",
    ] {
        assert!(here.join(file).is_file(), "{file}");
    }
}
