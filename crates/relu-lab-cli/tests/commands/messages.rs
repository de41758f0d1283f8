//! Messages to somebody new.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::common::{fixture, fixtures, json, misused, program, refused, run, stderr, stdout};

/// What a newcomer may try; each message says what to do about it.
#[test]
fn messages_name_what_is_wrong() {
    let here = fixtures();
    let problem = |student: &str, teacher: &str, more: &[&str], words: &[&str]| {
        let mut all = vec!["gradient", "--student", student, "--teacher", teacher];
        all.extend(more);
        refused(&here, &all, words);
    };
    misused(
        &here,
        &["gradient", "--student", "-", "--teacher", "-"],
        &["standard input", "once"],
    );
    let (student, teacher) = ("student.npy", "teacher.npy");
    let path = ["-o", "nowhere/g.npy"];
    problem(student, teacher, &path, &["there is no folder nowhere"]);
    let output = run(
        &here,
        &[
            "gradient",
            "--student",
            student,
            "--teacher",
            teacher,
            "-o",
            "nowhere/g.npy",
        ],
    );
    assert!(!stderr(&output).contains("unfinished"));
    let misused_by = |more: &[&str], words: &[&str]| {
        let all = ["critical-points", "--teacher", teacher];
        misused(&here, &[&all[..], more].concat(), words);
    };
    misused_by(&["--seed", "-1"], &["--seed", "-1", "whole number"]);
    misused_by(&["--jobs", "99999999"], &["--jobs", "1024"]);
    misused_by(&["--jobs", "-2"], &["--jobs", "-2"]);
    let top = ["--student-top", "two_tops.npy"];
    problem(
        student,
        teacher,
        &top,
        &["2 top weights", "student.npy has 3"],
    );
    refused(
        &here,
        &["merge", "absent", "-o", "x"],
        &["absent", "no config.toml"],
    );
    let missing = stderr(&run(&here, &["loss", "--teacher", teacher]));
    assert!(
        missing.contains("not provided (--student <FILE>)"),
        "{missing}"
    );
    let value = run(&here, &["loss", "--teacher", teacher, "--student"]);
    assert_eq!(value.status.code(), Some(2), "{}", stderr(&value));
    problem("", teacher, &[], &["a file of no name"]);
    for command in ["angles", "separability"] {
        let twice = [command, "--student", "-", "--teacher", "-"];
        misused(&here, &twice, &["standard input", "once"]);
    }
    for shard in ["-1/2", "0/2", "3/2", "1"] {
        let arguments = ["sweep", teacher, "-o", "x", "--shard", shard];
        refused(&here, &arguments, &[shard, "i/n"]);
    }
}

/// Tolerances are refused in the words of the command line, and in few digits.
#[test]
fn tolerances_that_a_method_cannot_reach() {
    let here = fixtures();
    for (method, value, words) in [
        ("adaptive", "1e-300", "[1e-15, 1)"),
        ("adaptive", "1", "[1e-15, 1)"),
        ("chebyshev", "1e300", "[1e-10, 0.1]"),
        ("exponential", "1e-14", "[1e-13, 1)"),
    ] {
        let problem = ["--student", "student.npy", "--teacher", "teacher.npy"];
        let options = ["--method", method, "--tolerance", value];
        let all = [&["flow"][..], &problem, &options].concat();
        misused(&here, &all, &["--tolerance", method, words]);
        let error = stderr(&run(&here, &all));
        assert!(error.len() < 130, "{error}");
    }
}

/// Runs the program with a file as standard input.
fn fed(name: &str, arguments: &[&str]) -> Output {
    let mut child = program(&fixtures())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let bytes = std::fs::read(fixture(name)).expect("a fixture");
    // Where the command line is refused nobody reads.
    let _ = child.stdin.take().expect("a pipe").write_all(&bytes);
    child.wait_with_output().expect("ends")
}

/// A bundle under any name gives its arrays by name, as the message says.
#[test]
fn bundles_under_any_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("weights.zip");
    std::fs::copy(fixture("pair.npz"), &copy).expect("copied");
    let copy = copy.display().to_string();
    let expected = stdout(&run(
        &fixtures(),
        &[
            "loss",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
        ],
    ));
    let one = format!("{copy}:student");
    let output = run(
        &fixtures(),
        &["loss", "--student", &one, "--teacher", "teacher.npy"],
    );
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    let from_input = |student: &str| {
        let arguments = ["loss", "--student", student, "--teacher", "teacher.npy"];
        fed("pair.npz", &arguments)
    };
    #[cfg(unix)]
    assert_eq!(stdout(&from_input("/dev/stdin:student")), expected);
    let error = stderr(&from_input("-"));
    assert!(
        error.contains("standard input has the arrays student, teacher")
            && error.contains("FILE:NAME"),
        "{error}"
    );
    // An archive without entries.
    let empty = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    std::fs::write(folder.path().join("e.npz"), empty).expect("written");
    refused(
        folder.path(),
        &["loss", "--student", "e.npz", "--teacher", "e.npz"],
        &["e.npz", "no arrays"],
    );
    // Other commands name standard input, too.
    let error = stderr(&fed("student.csv", &["sweep", "-", "-o", "x"]));
    assert!(error.contains("standard input, line 1"), "{error}");
    let error = stderr(&fed("student.csv", &["check", "-"]));
    assert!(error.contains("standard input: the certificate"), "{error}");
}

/// Options that a method has no use for are refused, not ignored.
#[test]
fn options_that_do_not_go_together() {
    let here = fixtures();
    let problem = ["--student", "student.npy", "--teacher", "teacher.npy"];
    let with = |options: &[&str], words: &[&str]| {
        let all = [&["flow"][..], &problem, options].concat();
        misused(&here, &all, words);
    };
    with(&["--step", "0.1"], &["--step", "gd and rk4", "adaptive"]);
    with(&["--method", "chebyshev", "--step", "0.1"], &["chebyshev"]);
    with(
        &["--method", "gd", "--tolerance", "1e-9"],
        &["--tolerance", "fixed `--step`"],
    );
    let gd = ["--method", "gd", "--step"];
    // Three steps of 0.3 fit into a time of 1: no step is cut.
    let all = [&["flow"][..], &problem, &gd, &["0.3", "--time", "1"]].concat();
    let report = json(&here, &all);
    let time = report["time"].as_f64().expect("a time");
    assert!(
        report["steps"] == 3 && (time - 0.9).abs() < 1e-15,
        "{report}"
    );
    // A step that is too large stays that step: the loss explodes.
    let huge = |step: &str| {
        let all = [&["flow"][..], &problem, &gd, &[step, "--steps", "1"]].concat();
        json(&here, &all)
    };
    let (large, larger) = (huge("1e10"), huge("1e20"));
    assert_eq!((&large["steps"], &larger["steps"]), (&1.into(), &1.into()));
    let loss = |report: &serde_json::Value| report["loss"].as_f64().expect("a loss");
    assert!(loss(&large) > 1e15 && loss(&larger) > 1e15 * loss(&large));
    // What a command has no use for it does not list.
    for arguments in [
        &["loss", "--seed", "1"][..],
        &["check", "-o", "x"],
        &["schema", "loss", "--seed", "1"],
    ] {
        misused(&here, arguments, &["unexpected argument"]);
    }
}
