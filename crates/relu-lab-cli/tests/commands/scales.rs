//! Weights far from one: what is homogeneous stays so.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{json, refused};
use crate::number;

/// A power of two near 1e160 or 1e-160: it changes no digit.
const EXPONENTS: [i32; 2] = [532, -532];

fn table(folder: &Path, name: &str, rows: &[&[f64]], e: i32) {
    let line = |row: &&[f64]| {
        let row: Vec<String> = row
            .iter()
            .map(|x| format!("{:?}", x * 2f64.powi(e)))
            .collect();
        row.join(",")
    };
    let text: Vec<String> = rows.iter().map(line).collect();
    fs::write(folder.join(name), text.join("\n")).expect("written");
}

fn numbers(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).expect("numbers")
}

const STUDENT: [&[f64]; 2] = [&[0.75, -0.25, 0.5], &[0.125, 1.5, -0.375]];
const TEACHER: [&[f64]; 2] = [&[1.0, 0.0, 0.25], &[0.0, 1.0, 0.5]];

#[test]
fn norms_neither_over_nor_underflow() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let report = |command: &str, e: i32| {
        table(here, "w.csv", &STUDENT, e);
        table(here, "v.csv", &TEACHER, e);
        json(here, &[command, "--student", "w.csv", "--teacher", "v.csv"])
    };
    let plain = report("angles", 0);
    for e in EXPONENTS {
        let scaled = report("angles", e);
        for field in [
            "student_norms",
            "teacher_norms",
            "in_plane_norms",
            "out_of_plane_norms",
        ] {
            for (x, y) in numbers(&plain[field]).iter().zip(numbers(&scaled[field])) {
                let y = y * 2f64.powi(-e);
                assert!((x - y).abs() <= 1e-14, "{field}, 2^{e}: {x} {y}");
            }
        }
    }
    let (plain, scaled) = (report("gradient", 0), report("gradient", -532));
    let (x, y) = (
        number(&plain, "gradient_norm"),
        number(&scaled, "gradient_norm"),
    );
    assert!((x - y * 2f64.powi(532)).abs() <= 1e-14 * x, "{x} {y}");
}

/// Near the teacher the loss is a difference: one that overflowed is refused, and never called zero.
#[test]
fn a_loss_beyond_all_doubles_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let near: [&[f64]; 2] = [&[1.0, 0.0, 1e-12], &[0.0, 1.0, -1e-12]];
    table(here, "w.csv", &near, 532);
    table(here, "v.csv", &[&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0]], 532);
    let problem = ["--student", "w.csv", "--teacher", "v.csv"];
    for command in ["loss", "gradient", "hessian"] {
        let arguments = [&[command][..], &problem].concat();
        refused(here, &arguments, &["largest double", "scale the weights"]);
    }
    let arguments = ["planar", "--neurons", "3", "--start", "1e308,0"];
    refused(here, &arguments, &["largest double"]);
}

/// The search finds the same points at every scale; what cannot be said in doubles is refused by name.
#[test]
fn critical_points_scale_with_the_teacher() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let search = |e: i32| {
        table(here, "v.csv", &[&[1.0, 0.0], &[0.0, 1.0]], e);
        json(
            here,
            &["critical-points", "--teacher", "v.csv", "--starts", "20"],
        )
    };
    let plain = search(0);
    assert_eq!(plain["lost"], serde_json::json!([]));
    for e in [-14, 3, 400] {
        let scaled = search(e);
        let (points, expected) = (scaled["points"].as_array(), plain["points"].as_array());
        let (points, expected) = (points.expect("a list"), expected.expect("a list"));
        assert_eq!(points.len(), expected.len(), "2^{e}: {scaled}");
        for (point, expected) in points.iter().zip(expected) {
            for field in ["kind", "index", "hits"] {
                assert_eq!(point[field], expected[field], "2^{e}: {scaled}");
            }
            let loss = number(point, "loss") * 2f64.powi(-e) * 2f64.powi(-e);
            let difference = (loss - number(expected, "loss")).abs();
            assert!(difference <= 1e-15, "2^{e}: {point} {expected}");
        }
    }
    table(here, "v.csv", &[&[1.0, 0.0], &[0.0, 1.0]], 532);
    let arguments = ["critical-points", "--teacher", "v.csv", "--starts", "20"];
    refused(here, &arguments, &["v.csv", "scale the weights"]);
    fs::write(here.join("v.csv"), "1e-160,0\n0,1e160\n").expect("written");
    refused(here, &arguments, &["v.csv", "2^1063"]);
}

/// Where the teachers leave directions open the part of the students across them is turned, whatever its size.
#[test]
fn certify_answers_at_every_scale() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::write(here.join("v.csv"), "1,0,0\n").expect("written");
    for e in EXPONENTS {
        table(here, "w.csv", &STUDENT, e);
        let report = json(
            here,
            &["certify", "--student", "w.csv", "--teacher", "v.csv"],
        );
        assert_eq!(report["certified"], false, "2^{e}: {report}");
    }
}

/// The planar dynamics of very many students is stiff, and its rate has a rounding of their number: it ends there, and says so.
#[test]
fn planar_dynamics_ends_for_any_number_of_students() {
    let folder = tempfile::tempdir().expect("a folder");
    let many = ["planar", "--neurons", "1000000000", "--steps", "1000"];
    let report = json(folder.path(), &many);
    let run = &report["trajectories"][0];
    assert!(number(run, "steps") <= 1000.0, "{run}");
    assert_eq!(run["converged"], false, "{run}");
    let outcome = run["outcome"].as_str().expect("a sentence");
    assert!(outcome.contains("its rounding"), "{run}");
}

/// A loss below every double is an error, not 0, and null beside a gradient that is a double. A loss that is 0 stays 0.
#[test]
fn a_loss_that_underflows_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let table = |name: &str, text: &str| std::fs::write(here.join(name), text).expect("written");
    table("v.csv", "1e-200,0\n");
    table("w.csv", "0,1e-200\n");
    table("close.csv", "1.0000001e-200,0\n");
    for student in ["w.csv", "close.csv"] {
        let problem = ["--student", student, "--teacher", "v.csv"];
        refused(
            here,
            &[&["loss"][..], &problem].concat(),
            &["the loss is", "scale the weights up"],
        );
        for command in ["gradient", "hessian"] {
            let report = json(here, &[&[command][..], &problem].concat());
            assert_eq!(report["loss"], Value::Null);
            assert!(number(&report, "gradient_norm") > 0.0);
        }
    }
    let report = json(here, &["loss", "--student", "v.csv", "--teacher", "v.csv"]);
    assert_eq!(report["loss"], 0.0);
}
