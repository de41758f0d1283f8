//! Help, completions, man page and the page of the command.

use std::process::Command;

use crate::common::{commands, fixtures, misused, run, stderr, stdout};

#[test]
fn help_completions_man_page_and_suggestions() {
    let here = fixtures();
    let commands = commands();
    assert_eq!(commands.len(), 16, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&here, &["completions", shell]);
        assert!(output.status.success() && output.stderr.is_empty());
        let text = stdout(&output);
        for command in &commands {
            assert!(text.contains(command), "{shell}: {command}");
        }
        if ["bash", "zsh", "fish"].contains(&shell) {
            parses(shell, &text);
        }
    }
    let output = run(&here, &["man"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let page = stdout(&output);
    assert!(
        page.contains(".TH") && page.contains("stop\\-gradient"),
        "{page}"
    );
    for command in &commands {
        let title = format!(".SH \"RELU-LAB {}\"", command.to_uppercase());
        assert!(page.contains(&title), "{title}");
    }
    let option = run(&here, &["loss", "--studnet", "student.npy"]);
    assert_eq!(option.status.code(), Some(2));
    assert!(
        stderr(&option).contains("--student") && stderr(&option).lines().count() == 1,
        "{}",
        stderr(&option)
    );
    let command = run(&here, &["gradeint"]);
    assert!(
        stderr(&command).contains("gradient"),
        "{}",
        stderr(&command)
    );
    misused(&here, &["schema", "hesian"], &["hessian"]);
    misused(
        &here,
        &[
            "flow",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
            "--method",
            "adaptve",
        ],
        &["adaptive"],
    );
}

/// The shell, if it is there, finds no fault with a script.
fn parses(shell: &str, script: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("relu-lab");
    std::fs::write(&path, script).expect("written");
    match Command::new(shell).arg("-n").arg(path).output() {
        Ok(output) => assert!(
            output.status.success() && output.stderr.is_empty(),
            "{shell}: {}",
            stderr(&output)
        ),
        Err(_) => eprintln!("no {shell} here: its completions were not parsed"),
    }
}

/// The page of the command is the one in the repository; write it anew by
/// `cargo run -p relu-lab-cli -- reference > docs/CLI.md`.
#[test]
fn the_reference_is_up_to_date() {
    let page = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CLI.md"),
    )
    .expect("docs/CLI.md");
    let written = stdout(&run(&fixtures(), &["reference"]));
    let differs = written.lines().zip(page.lines()).find(|(a, b)| a != b);
    assert!(written == page, "{differs:?}");
}

#[test]
fn version_names_commit_and_features() {
    let output = run(&fixtures(), &["--version"]);
    let text = stdout(&output);
    let begin = format!("relu-lab {} (commit ", env!("CARGO_PKG_VERSION"));
    assert!(
        text.starts_with(&begin) && text.trim_end().ends_with("features: plots)"),
        "{text}"
    );
}

/// A schema, completions and the man page go where `-o` says.
#[test]
fn documents_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for arguments in [&["schema", "flow"][..], &["completions", "bash"], &["man"]] {
        let text = stdout(&run(here, arguments));
        let all = [arguments, &["-o", "out.txt"]].concat();
        let output = run(here, &all);
        assert!(
            output.status.success() && output.stdout.is_empty(),
            "{all:?}"
        );
        assert_eq!(
            std::fs::read_to_string(here.join("out.txt")).expect("written"),
            text
        );
    }
}

/// Every word that a command prints for a kind is explained by its help.
#[test]
fn words_of_reports_are_defined() {
    let help = |command: &str| stdout(&run(&fixtures(), &[command, "--help"]));
    let points = help("critical-points");
    for word in [
        "global-minimum",
        "spurious-minimum",
        "local-minimum",
        "saddle",
        "degenerate",
        "not-critical",
        "undecided",
    ] {
        assert!(points.contains(&format!("{word}:")), "{word}: {points}");
    }
    assert!(points.contains("`margin`:"), "{points}");
    assert!(help("separability").contains("`positive`"));
    assert!(help("geometric-condition").contains("margin is"));
    let certify = help("certify");
    for word in [
        "global-minimum",
        "local-minimum",
        "saddle",
        "degenerate",
        "not-critical",
        "vanishing-neuron",
        "undecided",
    ] {
        assert!(certify.contains(&format!("{word}:")), "{word}: {certify}");
    }
}
