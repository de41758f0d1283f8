//! Messages to somebody new.

use crate::common::{fixtures, refused, run, stderr};

/// What a newcomer may try; each message says what to do about it.
#[test]
fn messages_name_what_is_wrong() {
    let here = fixtures();
    let problem = |student: &str, teacher: &str, more: &[&str], words: &[&str]| {
        let mut all = vec!["gradient", "--student", student, "--teacher", teacher];
        all.extend(more);
        refused(&here, &all, words);
    };
    problem("-", "-", &[], &["standard input", "once"]);
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
    problem(student, teacher, &["--seed", "-1"], &["--seed", "-1"]);
    problem(
        student,
        teacher,
        &["--jobs", "99999999"],
        &["--jobs", "1024"],
    );
    problem(student, teacher, &["--jobs", "-2"], &["--jobs", "-2"]);
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
}
