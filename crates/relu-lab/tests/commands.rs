//! Every command on real files, most of them written by NumPy.

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{fixture, fixtures, json, program, refused, run, stderr, stdout};
use relu_lab::files::{npy, npz, read};
use relu_lab::{Network, Objective, Population, Weights};

fn number(value: &serde_json::Value, name: &str) -> f64 {
    value[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}

/// The student of `make.py`, typed again.
fn student() -> Weights {
    Weights::from_rows(&[
        vec![0.9, 0.1, 0.0, 0.2],
        vec![0.2, 1.1, -0.1, 0.0],
        vec![0.0, 0.3, 0.8, 0.1],
    ])
    .expect("weights")
}

fn population() -> Population {
    let teacher = Network::new(Weights::orthonormal(3, 4).expect("a teacher"));
    Population::matching(teacher).expect("a population")
}

/// The loss by Monte Carlo, which shares nothing with the closed form: seed 1, 400 000 samples.
#[test]
fn loss_is_half_the_mean_square() {
    use rand_distr::{Distribution as _, StandardNormal};
    let loss = json(
        &fixtures(),
        &[
            "loss",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
        ],
    );
    let loss = number(&loss, "loss");
    let mut rng = relu_lab::networks::initialization::stream(1, 0);
    let (count, w) = (400_000, student());
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..count {
        let x: Vec<f64> = (0..4).map(|_| StandardNormal.sample(&mut rng)).collect();
        let row = |j: usize| {
            (0..4)
                .map(|i| w.as_mat()[(j, i)] * x[i])
                .sum::<f64>()
                .max(0.0)
        };
        let miss: f64 = (0..3).map(|j| row(j) - x[j].max(0.0)).sum();
        sum += miss * miss / 2.0;
        squares += miss.powi(4) / 4.0;
    }
    let mean = sum / f64::from(count);
    let error = ((squares / f64::from(count) - mean * mean) / f64::from(count)).sqrt();
    assert!(
        (loss - mean).abs() < 5.0 * error,
        "{loss} against {mean} ± {error}"
    );
}

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
fn gradient_and_hessian_write_their_arrays() {
    let folder = tempfile::tempdir().expect("a folder");
    let problem = [
        "--student",
        &fixture("student.npy"),
        "--teacher",
        &fixture("teacher.npy"),
        "--student-top",
        &fixture("top.npy"),
        "--teacher-top",
        &fixture("top.npy"),
    ]
    .map(str::to_owned);
    let with = |command: &str, output: &str| {
        let mut all = vec![command];
        all.extend(problem.iter().map(String::as_str));
        all.extend(["-o", output]);
        json(folder.path(), &all)
    };
    let expected = population()
        .gradient(student().as_mat())
        .expect("a gradient");
    let report = with("gradient", "g.npy");
    assert!((number(&report, "gradient_norm") - expected.norm_l2()).abs() < 1e-15);
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["g.npy", "g.csv", "g.npz"] {
        with("gradient", name);
        let found = read::array(&path(name))
            .expect("an array")
            .to_matrix()
            .expect("a matrix");
        assert_eq!(found, expected, "{name}");
    }
    let report = with("hessian", "h.npy");
    let hessian = read::array(&path("h.npy")).expect("an array");
    assert_eq!(hessian.shape(), [12, 12]);
    // The trace is the sum of the eigenvalues; both ends bound every diagonal entry.
    let matrix = hessian.to_matrix().expect("a matrix");
    let (least, largest) = (
        number(&report, "eigenvalue_min"),
        number(&report, "eigenvalue_max"),
    );
    for i in 0..12 {
        assert!(least <= matrix[(i, i)] && matrix[(i, i)] <= largest);
        for j in 0..12 {
            assert!((matrix[(i, j)] - matrix[(j, i)]).abs() < 1e-15);
        }
    }
}

#[test]
fn angles_and_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = json(
        folder.path(),
        &[
            "angles",
            "--student",
            &fixture("student.npy"),
            "--teacher",
            &fixture("teacher.npy"),
            "-o",
            "a.npz",
        ],
    );
    assert_eq!(report["rank"], 3);
    // The teacher spans the first three axes: the fourth column is what lies outside.
    let outside: Vec<f64> =
        serde_json::from_value(report["out_of_plane_norms"].clone()).expect("numbers");
    for (found, expected) in outside.iter().zip([0.2, 0.0, 0.1]) {
        assert!((found - expected).abs() < 1e-15, "{found}");
    }
    let theta: Vec<Vec<f64>> = serde_json::from_value(report["theta"].clone()).expect("rows");
    let w = student();
    let row = |j: usize| -> Vec<f64> { (0..4).map(|i| w.as_mat()[(j, i)]).collect() };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    for j in 0..3 {
        assert_eq!(theta[j][j], 0.0);
        for l in (0..3).filter(|l| *l != j) {
            let (a, b) = (row(j), row(l));
            let cosine = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
            assert!((theta[j][l].cos() - cosine).abs() < 1e-15);
        }
    }
    let bytes = std::fs::read(folder.path().join("a.npz")).expect("a bundle");
    let names: Vec<String> = npz::decode("a.npz", &bytes)
        .expect("arrays")
        .into_iter()
        .map(|a| a.0)
        .collect();
    assert_eq!(
        names,
        [
            "theta",
            "theta_star",
            "student_norms",
            "teacher_norms",
            "in_plane",
            "out_of_plane"
        ]
    );
}

#[test]
fn flow_finds_the_teacher_and_records() {
    for method in ["gd", "rk4", "adaptive", "chebyshev", "exponential"] {
        let folder = tempfile::tempdir().expect("a folder");
        let report = json(
            folder.path(),
            &[
                "flow",
                "--student",
                &fixture("student.npy"),
                "--teacher",
                &fixture("teacher.npy"),
                "--method",
                method,
                "--step",
                "0.5",
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
            ],
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
fn critical_points_of_two_students() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("v.csv"), "1,0\n0,1\n").expect("written");
    let arguments = [
        "critical-points",
        "--teacher",
        "v.csv",
        "--starts",
        "60",
        "--seed",
        "3",
        "-o",
        "p.npz",
    ];
    let report = json(folder.path(), &arguments);
    let points = report["points"].as_array().expect("a list");
    assert_eq!(points[0]["kind"], "global-minimum");
    assert!(
        points.iter().any(|point| point["kind"] == "saddle"),
        "{report}"
    );
    // The loss of the collinear saddle of an orthonormal pair, from the planar dynamics.
    let planar = json(folder.path(), &["planar", "--neurons", "2"]);
    let saddle = number(&planar, "saddle_loss");
    assert!(
        points
            .iter()
            .any(|point| (number(point, "loss") - saddle).abs() < 1e-12),
        "no point of loss {saddle} in {report}"
    );
    let hits: u64 = points
        .iter()
        .map(|point| point["hits"].as_u64().expect("a count"))
        .sum();
    assert_eq!(hits + report["lost"].as_u64().expect("a count"), 60);
    let stored =
        read::array(&folder.path().join("p.npz:loss").display().to_string()).expect("losses");
    assert_eq!(stored.data()[0], number(&points[0], "loss"));
}

/// With --certify each point is proved; the loss printed lies in the interval proved, and the indices agree.
#[test]
fn critical_points_are_proved() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("v.csv"), "1,0\n0,1\n").expect("written");
    let report = json(
        folder.path(),
        &[
            "critical-points",
            "--teacher",
            "v.csv",
            "--starts",
            "40",
            "--certify",
        ],
    );
    let mut proved = 0;
    for point in report["points"].as_array().expect("a list") {
        let proof = &point["proof"];
        if proof["certified"] == true {
            proved += 1;
            assert_eq!(proof["index"], point["index"], "{point}");
            let (low, high) = (proof["loss"][0].as_f64(), proof["loss"][1].as_f64());
            let (low, high) = (low.expect("a bound"), high.expect("a bound"));
            let loss = number(point, "loss");
            assert!(low - 1e-12 <= loss && loss <= high + 1e-12, "{point}");
        } else {
            assert!(proof["reason"].is_string(), "{point}");
        }
    }
    assert!(proved >= 1, "{report}");
}

/// The out-of-plane saddle of two students (Tian 2017, Theorem 2) is certified, its certificate is checked, and a changed
/// certificate is refused.
#[test]
fn certificates_are_written_checked_and_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("v.csv"), "1,0,0\n0,1,0\n").expect("written");
    let near = "0.524579,0.524579,0.409132\n0.524579,0.524579,-0.409132\n";
    std::fs::write(path("w.csv"), near).expect("written");
    let arguments = [
        "certify",
        "--student",
        "w.csv",
        "--teacher",
        "v.csv",
        "--certificate",
        "c.json",
        "-o",
        "w.npy",
    ];
    let report = json(folder.path(), &arguments);
    assert_eq!(report["certified"], true, "{report}");
    assert!(report["reason"].is_null());
    let loss: Vec<f64> = serde_json::from_value(report["loss"].clone()).expect("bounds");
    let centre = json(
        folder.path(),
        &["loss", "--student", "w.npy", "--teacher", "v.csv"],
    );
    let value = number(&centre, "loss");
    assert!(
        loss[0] <= value + 1e-15 && value - 1e-15 <= loss[1] && loss[1] - loss[0] < 1e-12,
        "{loss:?} {value}"
    );
    let spectrum = json(
        folder.path(),
        &["hessian", "--student", "w.npy", "--teacher", "v.csv"],
    );
    assert_eq!(report["index"], spectrum["negative"]);
    assert!(
        number(&report, "eigenvalue_lower_bound") <= number(&spectrum, "eigenvalue_min") + 1e-12
    );
    let again = json(folder.path(), &["check", "c.json"]);
    assert_eq!(again, report);
    let text = std::fs::read_to_string(path("c.json")).expect("a certificate");
    std::fs::write(
        path("changed.json"),
        text.replace("\"negative\": ", "\"negative\": 1"),
    )
    .expect("written");
    refused(
        folder.path(),
        &["check", "changed.json"],
        &["changed.json", "checksum"],
    );
    refused(
        folder.path(),
        &["check", "v.csv"],
        &["v.csv", "cannot be read"],
    );
    // A point that is not critical is an answer, not an error; no certificate appears.
    let here = fixture("student.npy");
    let report = json(
        folder.path(),
        &[
            "certify",
            "--student",
            &here,
            "--teacher",
            &fixture("teacher.npy"),
            "--certificate",
            "none.json",
        ],
    );
    assert_eq!(
        (&report["certified"], report["reason"].is_string()),
        (&false.into(), true),
        "{report}"
    );
    assert!(!path("none.json").exists());
}

/// Three directions around the circle hold; in a half-plane they do not. The proofs are checked by hand.
#[test]
fn the_geometric_condition_comes_with_its_proof() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |rows: &str| {
        std::fs::write(folder.path().join("w.csv"), rows).expect("written");
        json(
            folder.path(),
            &["geometric-condition", "--weights", "w.csv"],
        )
    };
    let report = with("1,0\n-1,2\n-1,-2\n");
    assert_eq!(report["holds"], true);
    let rows: Vec<usize> =
        serde_json::from_value(report["certificate"]["rows"].clone()).expect("rows");
    let coefficients: Vec<f64> =
        serde_json::from_value(report["certificate"]["coefficients"].clone()).expect("numbers");
    let directions = [[1.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]];
    let mut sum = [0.0, 0.0];
    for (row, coefficient) in rows.iter().zip(&coefficients) {
        assert!(*coefficient > 0.0);
        let [x, y] = directions[*row];
        let norm = f64::hypot(x, y);
        sum[0] += coefficient * x / norm;
        sum[1] += coefficient * y / norm;
    }
    assert!(sum[0].abs() < 1e-14 && sum[1].abs() < 1e-14, "{sum:?}");
    let report = with("1,0\n-1,2\n1,2\n");
    assert_eq!(
        (&report["holds"], number(&report, "margin")),
        (&false.into(), 0.0)
    );
    let normal: Vec<f64> =
        serde_json::from_value(report["certificate"]["normal"].clone()).expect("numbers");
    for [x, y] in [[1.0, 0.0], [-1.0, 2.0], [1.0, 2.0]] {
        assert!(normal[0] * x + normal[1] * y >= -1e-15, "{normal:?}");
    }
    refused(
        folder.path(),
        &["geometric-condition", "--weights", &fixture("nan.npy")],
        &["row 2", "NaN"],
    );
}

/// Both teachers inside the cone of the students: the pair of students rules the point out (Tian 2017, Theorem 4).
#[test]
fn separability_rules_out() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("w.csv"), "1,0\n0.6,0.8\n").expect("written");
    std::fs::write(folder.path().join("v.csv"), "0.9,0.3\n0.9,0.6\n").expect("written");
    let arguments = [
        "separability",
        "--student",
        "w.csv",
        "--teacher",
        "v.csv",
        "-o",
        "l.npy",
    ];
    let report = json(folder.path(), &arguments);
    assert_eq!(report["ruled_out"], true);
    assert_eq!(report["exclusion"]["positive"], true);
    let l = read::array(&folder.path().join("l.npy").display().to_string()).expect("an array");
    assert_eq!(l.shape(), [2, 2, 2]);
    // One inside, one outside: no statement.
    std::fs::write(folder.path().join("v.csv"), "0.9,0.3\n0,1\n").expect("written");
    let report = json(folder.path(), &arguments);
    assert_eq!(report["ruled_out"], false);
    assert!(report["exclusion"].is_null());
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

#[test]
fn what_is_written_reads_back_as_numpy_wrote_it() {
    for name in ["student.npy", "teacher.npy", "top.npy"] {
        let bytes = std::fs::read(fixture(name)).expect("a fixture");
        let array = npy::decode(name, &bytes).expect("an array");
        assert_eq!(npy::encode(&array), bytes, "{name}");
    }
}

#[test]
fn help_completions_man_page_and_suggestions() {
    let here = fixtures();
    let help = stdout(&run(&here, &["--help"]));
    for command in [
        "loss",
        "gradient",
        "hessian",
        "angles",
        "flow",
        "critical-points",
        "certify",
        "check",
        "geometric-condition",
        "separability",
        "planar",
        "sweep",
        "merge",
        "schema",
        "completions",
        "man",
    ] {
        assert!(help.contains(command), "{command}");
        let own = run(&here, &[command, "--help"]);
        assert!(own.status.success());
        let text = stdout(&own);
        assert!(text.contains("Example: relu-lab"), "{command}: {text}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = stdout(&run(&here, &["completions", shell]));
        assert!(text.contains("critical-points"), "{shell}");
    }
    let page = stdout(&run(&here, &["man"]));
    assert!(
        page.contains(".TH") && page.contains("stop\\-gradient"),
        "{page}"
    );
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
    refused(&here, &["schema", "hesian"], &["hessian"]);
    refused(
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

/// The page of the command is the one in the repository; write it anew by
/// `cargo run -p relu-lab -- reference > docs/CLI.md`.
#[test]
fn the_reference_is_up_to_date() {
    let page = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CLI.md"),
    )
    .expect("docs/CLI.md");
    assert_eq!(stdout(&run(&fixtures(), &["reference"])), page);
}
