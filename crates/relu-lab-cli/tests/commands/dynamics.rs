//! Flows and the planar dynamics.

use relu_lab::files::{Array, npz, write};

use crate::common::{fixture, json, program, refused};
use crate::number;

#[test]
fn flow_finds_the_teacher_and_records() {
    for method in ["gd", "rk4", "adaptive", "chebyshev", "exponential"] {
        let folder = tempfile::tempdir().expect("a folder");
        let fixed = ["gd", "rk4"].contains(&method);
        let step: &[&str] = if fixed { &["--step", "0.5"] } else { &[] };
        let report = json(
            folder.path(),
            &[
                &[
                    "flow",
                    "--student",
                    &fixture("student.npy"),
                    "--teacher",
                    &fixture("teacher.npy"),
                    "--method",
                    method,
                    "--time",
                    "2000",
                    "--stop-gradient",
                    "1e-8",
                    "--record",
                    "5",
                    "-o",
                    "run.npz",
                    "--plot",
                    "run.svg",
                ][..],
                step,
            ]
            .concat(),
        );
        assert_eq!(report["converged"], true, "{method}: {report}");
        assert_eq!(report["ending"], "teacher", "{method}");
        let bytes = std::fs::read(folder.path().join("run.npz")).expect("a bundle");
        let arrays = npz::decode("run.npz", &bytes).expect("arrays");
        let recorded =
            usize::try_from(report["recorded"].as_u64().expect("a count")).expect("small");
        let array = |name: &str| {
            let found = arrays.iter().find(|a| a.0 == name);
            &found.unwrap_or_else(|| panic!("no {name}")).1
        };
        assert_eq!(array("times").shape(), [recorded]);
        assert_eq!(array("weights").shape(), [recorded, 3, 4]);
        assert_eq!(&array("weights").data()[..4], &[0.9, 0.1, 0.0, 0.2]);
        let loss = array("loss").data();
        assert!(
            loss.windows(2).all(|pair| pair[1] <= pair[0]),
            "{method}: the loss rises"
        );
        // The JSON reader may miss the last bit.
        let (stored, printed) = (*loss.last().expect("an end"), number(&report, "loss"));
        assert!((stored - printed).abs() <= f64::EPSILON * stored);
        let svg = std::fs::read_to_string(folder.path().join("run.svg")).expect("a picture");
        assert!(svg.starts_with("<svg") && svg.contains("gradient norm"));
    }
}

#[test]
fn planar_trajectories_end_at_teacher_and_saddle() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = json(
        folder.path(),
        &[
            "planar",
            "--neurons",
            "5",
            "--start",
            "0.001,0",
            "--start",
            "0.3,0.3",
            "--grid",
            "6",
            "-o",
            "p.npz",
            "--plot",
            "p.svg",
        ],
    );
    let ends: Vec<Vec<f64>> = report["trajectories"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| serde_json::from_value(run["end"].clone()).expect("a point"))
        .collect();
    let saddle = number(&report, "saddle");
    assert!(
        (ends[0][0] - 1.0).abs() < 1e-8 && ends[0][1].abs() < 1e-8,
        "{report}"
    );
    assert!(
        (ends[1][0] - saddle).abs() < 1e-8 && ends[1][0] == ends[1][1],
        "{report}"
    );
    // (√(K−1) − arccos(1/√K) + π)/(πK) at K = 5.
    let expected =
        (2.0 - (1.0 / 5.0_f64.sqrt()).acos() + std::f64::consts::PI) / (5.0 * std::f64::consts::PI);
    assert!((saddle - expected).abs() < 1e-14);
    let bytes = std::fs::read(folder.path().join("p.npz")).expect("a bundle");
    let arrays = npz::decode("p.npz", &bytes).expect("arrays");
    assert!(
        arrays
            .iter()
            .any(|a| a.0 == "velocity" && a.1.shape() == [2, 6, 6])
    );
    assert!(arrays.iter().any(|a| a.0 == "trajectory_1"));
}

/// From random starts near random teachers the defaults reach their own stop, and in few evaluations.
#[test]
fn forty_of_forty_flows_converge_with_defaults() {
    use relu_lab::networks::initialization::{lecun, near_teacher, stream};
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for run in 0..40_u64 {
        let mut rng = stream(17, run);
        let neurons = 2 + usize::try_from(run % 5).expect("small");
        let dimension = neurons + 2 + usize::try_from(run % 3).expect("small");
        let teacher = lecun(&mut rng, neurons, dimension).expect("a teacher");
        let student = near_teacher(&mut rng, &teacher, 0.1).expect("a student");
        for (name, weights) in [("v.npy", &teacher), ("w.npy", &student)] {
            let array = Array::matrix(weights.as_mat());
            write::array(&here.join(name), "", &array).expect("written");
        }
        let report = json(here, &["flow", "--student", "w.npy", "--teacher", "v.npy"]);
        assert_eq!(report["converged"], true, "run {run}: {report}");
        assert_eq!(report["ending"], "teacher", "run {run}: {report}");
    }
}

/// A flow and its multiple are one flow: at weights of 1e-11 nothing has converged at the start.
#[test]
fn flows_of_small_weights_are_flows() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let at = |e: i32| {
        let scale = 2f64.powi(e);
        let table = |name: &str, rows: [[f64; 2]; 2]| {
            let numbers = rows.concat().iter().map(|x| x * scale).collect();
            let array = Array::new(vec![2, 2], numbers).expect("four numbers");
            write::array(&here.join(name), "", &array).expect("written");
        };
        table("w.npy", [[0.9, 0.2], [-0.1, 1.2]]);
        table("v.npy", [[1.0, 0.0], [0.0, 1.0]]);
        json(here, &["flow", "--student", "w.npy", "--teacher", "v.npy"])
    };
    let plain = at(0);
    assert_eq!(
        (&plain["converged"], &plain["ending"]),
        (&true.into(), &"teacher".into())
    );
    for e in [-37, -300, 60, 300] {
        let scaled = at(e);
        for field in ["steps", "evaluations", "time", "ending", "converged"] {
            assert_eq!(scaled[field], plain[field], "2^{e}: {scaled}");
        }
    }
}

/// The arrays of a bundle by name.
fn bundle(path: &std::path::Path) -> Vec<(String, Array)> {
    let bytes = std::fs::read(path).expect("a bundle");
    npz::decode("run.npz", &bytes).expect("arrays")
}

/// A flow that goes on from the records of a part of it is the flow: descent in fixed steps to the last bit.
#[test]
fn a_flow_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for name in ["student.npy", "teacher.npy"] {
        std::fs::copy(fixture(name), here.join(name)).expect("copied");
    }
    let flow = |output: &str, steps: &str, more: &[&str]| {
        let first = [
            "flow",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
            "-o",
            output,
        ];
        let second = [
            "--method", "gd", "--step", "0.001", "--steps", steps, "--record", "1000",
        ];
        json(here, &[&first[..], &second, more].concat())
    };
    // Of more than 10 000 steps the first records go to disk before the end.
    let whole = flow("whole.npz", "25000", &[]);
    assert_eq!(
        (&whole["steps"], &whole["recorded"]),
        (&25000.into(), &26.into())
    );
    assert!(!here.join("whole.npz.records").exists());
    let arrays = bundle(&here.join("whole.npz"));
    assert_eq!(arrays[1].1.shape(), [26, 3, 4]);
    let times = arrays[0].1.data();
    assert!(
        times
            .windows(2)
            .all(|pair| (pair[1] - pair[0] - 1.0).abs() < 1e-9),
        "{times:?}"
    );
    let losses = arrays[2].1.data();
    assert!(
        losses.windows(2).all(|pair| pair[1] < pair[0]),
        "{losses:?}"
    );
    flow("part.npz", "12000", &[]);
    let rest = flow("part.npz", "13000", &["--resume", "part.npz"]);
    assert_eq!(
        (&rest["steps"], &rest["recorded"]),
        (&13000.into(), &26.into())
    );
    let joined = bundle(&here.join("part.npz"));
    for (one, other) in arrays.iter().zip(&joined) {
        assert_eq!(one.0, other.0);
        for (x, y) in one.1.data().iter().zip(other.1.data()) {
            // Times are sums of other parts; weights and what follows from them are the same numbers.
            let allowed = if one.0 == "times" { 1e-9 } else { 0.0 };
            assert!((x - y).abs() <= allowed, "{}: {x} {y}", one.0);
        }
    }
    assert!((number(&whole, "time") - number(&rest, "time")).abs() < 1e-9);
    // Another start, another teacher, and a bundle of something else are refused.
    let all = |student: &str, teacher: &str, from: &str| -> Vec<String> {
        [
            "flow",
            "--student",
            student,
            "--teacher",
            teacher,
            "-o",
            "x.npz",
            "--resume",
            from,
        ]
        .map(str::to_owned)
        .to_vec()
    };
    std::fs::copy(fixture("pair.npz"), here.join("pair.npz")).expect("copied");
    for (student, teacher, from, word) in [
        (
            "teacher.npy",
            "teacher.npy",
            "part.npz",
            "from other weights",
        ),
        (
            "student.npy",
            "student.npy",
            "part.npz",
            "to another teacher",
        ),
        ("student.npy", "teacher.npy", "pair.npz", "no array `times`"),
        ("student.npy", "teacher.npy", "none.npz", "none.npz"),
    ] {
        let all = all(student, teacher, from);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        refused(here, &all, &[word]);
    }
}

/// Killed, a flow leaves its records; a new one does not run over them, and `--resume` goes on from them.
#[test]
fn a_killed_flow_leaves_its_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for name in ["student.npy", "teacher.npy"] {
        std::fs::copy(fixture(name), here.join(name)).expect("copied");
    }
    let all = |steps: &'static str| {
        [
            "flow",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
            "-o",
            "run.npz",
            "--method",
            "gd",
            "--step",
            "1e-9",
            "--record",
            "100",
            "--steps",
            steps,
        ]
    };
    let mut child = program(here).args(all("10000000")).spawn().expect("starts");
    let records = here.join("run.npz.records");
    // A piece of 10 000 steps leaves 101 records of 15 numbers.
    let written = || std::fs::metadata(&records).is_ok_and(|file| file.len() > 8 * 15 * 101);
    for _ in 0..6000 {
        if written() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(written() && !here.join("run.npz").exists());
    refused(
        here,
        &all("20000"),
        &["run.npz.records is there", "--resume run.npz"],
    );
    let report = json(here, &[&all("100")[..], &["--resume", "run.npz"]].concat());
    assert_eq!(report["steps"], 100);
    assert!(!records.exists() && here.join("run.npz").exists());
    let arrays = bundle(&here.join("run.npz"));
    let count = arrays[0].1.data().len();
    assert_eq!(arrays[1].1.shape(), [count, 3, 4]);
    assert!(count >= 102 && (count - 2).is_multiple_of(100), "{count}");
    let times = arrays[0].1.data();
    assert!(
        times
            .windows(2)
            .all(|pair| (pair[1] - pair[0] - 1e-7).abs() < 1e-15)
    );
}
