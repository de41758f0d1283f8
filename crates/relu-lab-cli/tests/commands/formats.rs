//! Arrays in every format.

use std::io::Write as _;
use std::process::Stdio;

use relu_lab::files::{npy, read};

use crate::common::{fixture, fixtures, program, run, stderr, stdout};
use crate::student;

/// C and Fortran order, both kinds of bundle and a table hold the same doubles, so the same bytes are printed.
#[test]
fn all_formats_of_numpy_agree() {
    let arguments = |student: &str, teacher: &str| {
        let output = run(
            &fixtures(),
            &[
                "gradient",
                "--student",
                student,
                "--teacher",
                teacher,
                "--json",
            ],
        );
        assert!(output.status.success(), "{student}: {}", stderr(&output));
        stdout(&output)
    };
    let expected = arguments("student.npy", "teacher.npy");
    for (student, teacher) in [
        ("student_fortran.npy", "teacher.npy"),
        ("student.csv", "teacher.npy"),
        ("pair.npz:student", "pair.npz:teacher"),
        ("pair_deflated.npz:student", "pair_deflated.npz:teacher"),
    ] {
        assert_eq!(arguments(student, teacher), expected, "{student}");
    }
    // Single precision is widened: it differs from the doubles by its rounding, and only by that.
    let single = read::weights(&fixture("student_f32.npy")).expect("floats");
    for j in 0..3 {
        for i in 0..4 {
            let (a, b) = (single.as_mat()[(j, i)], student().as_mat()[(j, i)]);
            assert!(
                (a - b).abs() <= b.abs() * f64::from(f32::EPSILON),
                "{a} {b}"
            );
        }
    }
    assert_ne!(single, student());
}

#[test]
fn standard_input_is_a_file() {
    let mut child = program(&fixtures())
        .args([
            "loss",
            "--student",
            "-",
            "--teacher",
            "teacher.npy",
            "--json",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let bytes = std::fs::read(fixture("student.npy")).expect("a fixture");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&bytes)
        .expect("written");
    let output = child.wait_with_output().expect("ends");
    let expected = run(
        &fixtures(),
        &[
            "loss",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
            "--json",
        ],
    );
    assert!(output.status.success());
    assert_eq!(stdout(&output), stdout(&expected));
}

#[test]
fn what_is_written_reads_back_as_numpy_wrote_it() {
    for name in ["student.npy", "teacher.npy", "top.npy"] {
        let bytes = std::fs::read(fixture(name)).expect("a fixture");
        let array = npy::decode(name, &bytes).expect("an array");
        assert_eq!(npy::encode(&array), bytes, "{name}");
    }
}
