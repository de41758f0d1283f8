//! Loss, gradient, Hessian and angles.

use relu_lab::files::{Array, npz, read, write};

use crate::common::{fixture, fixtures, json, refused, stderr};
use crate::{number, population, student};

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
        .gradient_with_bound(&student())
        .expect("a gradient")
        .value;
    let report = with("gradient", "g.npy");
    assert!((number(&report, "gradient_norm") - expected.norm_l2()).abs() < 1e-15);
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["g.npy", "g.csv", "g.npz"] {
        with("gradient", name);
        let found = read::array(path(name))
            .expect("an array")
            .to_matrix()
            .expect("a matrix");
        assert_eq!(found, expected, "{name}");
    }
    let report = with("hessian", "h.npy");
    let hessian = read::array(path("h.npy")).expect("an array");
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
        assert!((0..3).all(|l| theta[j][l].to_bits() == theta[l][j].to_bits()));
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

/// In 100 000 dimensions no square matrix of that size is made; too many neurons are refused in one line.
#[test]
fn angles_in_many_dimensions_and_of_many_neurons() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let (k, d) = (2, 100_000);
    let numbers: Vec<f64> = (0..k * d)
        .map(|i| ((7 * i + 3) % 11) as f64 - 5.0)
        .collect();
    let array = Array::new(vec![k, d], numbers).expect("a matrix");
    write::array(&here.join("w.npy"), "", &array).expect("written");
    let problem = ["angles", "--student", "w.npy", "--teacher", "w.npy"];
    let report = json(here, &problem);
    assert_eq!(report["rank"], 2);
    for norm in report["out_of_plane_norms"].as_array().expect("numbers") {
        // Norms are about 1000.
        assert!(norm.as_f64().expect("a number") < 1e-10, "{norm}");
    }
    let many = Array::new(vec![20_000, 1], vec![1.0; 20_000]).expect("a matrix");
    write::array(&here.join("w.npy"), "", &many).expect("written");
    refused(here, &problem, &["20000 x 20000", "fewer neurons"]);
}

/// Where memory would not do, one line says how much is needed.
#[cfg(target_os = "linux")]
#[test]
fn a_problem_too_large_for_the_memory_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let many = Array::new(vec![20_000, 1], vec![1.0; 20_000]).expect("a matrix");
    write::array(&here.join("w.npy"), "", &many).expect("written");
    for command in ["loss", "gradient", "flow"] {
        let output = std::process::Command::new("bash")
            .arg("-c")
            .arg("ulimit -v 4000000; exec \"$0\" \"$1\" --student w.npy --teacher w.npy --jobs 1")
            .args([env!("CARGO_BIN_EXE_relu-lab"), command])
            .current_dir(here)
            .output()
            .expect("starts");
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{command}: {error}");
        assert!(
            error.lines().count() == 1 && error.contains("31.2 GB of memory"),
            "{error}"
        );
    }
}

/// Angles are symmetric to the last bit, and degrees stand beside radians.
#[test]
fn angles_are_symmetric_and_in_degrees() {
    let report = json(
        &fixtures(),
        &[
            "angles",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
        ],
    );
    for j in 0..3 {
        for l in 0..3 {
            assert_eq!(report["theta"][j][l], report["theta"][l][j]);
            let radians = report["theta"][j][l].as_f64().expect("an angle");
            let degrees = report["theta_degrees"][j][l].as_f64().expect("an angle");
            assert!((degrees - radians * 180.0 / std::f64::consts::PI).abs() < 1e-12);
        }
    }
}
