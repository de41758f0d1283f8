//! The geometric condition.

use crate::common::{fixture, json, misused, refused};

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
    // The nearest edge joins (−1, ±2)/√5.
    let margin = |report: &serde_json::Value| -> [f64; 2] {
        serde_json::from_value(report["margin"].clone()).expect("bounds")
    };
    let [low, high] = margin(&report);
    let expected = 1.0 / 5.0_f64.sqrt();
    assert!(low <= expected && expected <= high && high - low < 1e-11);
    // The faces of the regular tetrahedron are at 1/3.
    let [low, high] = margin(&with("1,1,1\n1,-1,-1\n-1,1,-1\n-1,-1,1\n"));
    assert!(low <= 1.0 / 3.0 && 1.0 / 3.0 <= high && high - low < 1e-11);
    // The cross-polytope in dimension four: 1/2. No facets are listed, and the bounds are wide.
    let cross = "1,0,0,0\n-1,0,0,0\n0,1,0,0\n0,-1,0,0\n0,0,1,0\n0,0,-1,0\n0,0,0,1\n0,0,0,-1\n";
    let [low, high] = margin(&with(cross));
    assert!(
        0.0 < low && low <= 0.5 && (0.5..0.6).contains(&high),
        "{low} {high}"
    );
    let report = with("1,0\n-1,2\n1,2\n");
    assert_eq!(report["holds"], false);
    assert_eq!(margin(&report), [0.0, 0.0]);
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

fn integers(report: &serde_json::Value) -> Vec<i128> {
    let texts: Vec<String> =
        serde_json::from_value(report["certificate"]["integers"].clone()).expect("texts");
    let read = |text: &String| text.parse().expect("an integer");
    texts.iter().map(read).collect()
}

/// What is printed is what was proved: integers that satisfy the clauses exactly.
#[test]
fn the_integers_of_a_proof_are_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |rows: &str| {
        std::fs::write(folder.path().join("w.csv"), rows).expect("written");
        json(
            folder.path(),
            &["geometric-condition", "--weights", "w.csv"],
        )
    };
    // The smallest integer multiples by powers of two are (1, 0), (−1, 2), (−1, −2).
    let report = with("1,0\n-0.5,1\n-4,-8\n");
    let all = integers(&report);
    assert_eq!(report["certificate"]["rows"], serde_json::json!([0, 1, 2]));
    assert!(all.iter().all(|l| *l > 0), "{report}");
    assert_eq!((all[0] - all[1] - all[2], 2 * all[1] - 2 * all[2]), (0, 0));
    // A normal, exactly: (1, 0), (−1, 2) and (1, 2).
    let normal = integers(&with("1,0\n-1,2\n0.5,1\n"));
    assert_ne!(normal, [0, 0]);
    for [x, y] in [[1, 0], [-1, 2], [1, 2]] {
        assert!(normal[0] * x + normal[1] * y >= 0, "{normal:?}");
    }
    // In dimension 1 the margin is 1, exactly.
    let report = with("3\n-0.1\n");
    assert_eq!(report["margin"], serde_json::json!([1.0, 1.0]));
    assert!(integers(&report).iter().all(|l| *l > 0));
}

/// A proof is written, checked, and refused for other weights or after a change, also at the edges of the doubles.
#[test]
fn a_proof_of_the_geometric_condition_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for (rows, holds) in [
        ("1,0\n-1,2\n-1,-2\n", true),
        ("1,0\n-1,2\n1,2\n", false),
        ("1e300,1e-300\n-1e300,-1e-300\n0,-1\n", false),
        ("1,5e-324\n-1,0\n0,-1\n", true),
    ] {
        std::fs::write(here.join("w.csv"), rows).expect("written");
        let prove = [
            "geometric-condition",
            "--weights",
            "w.csv",
            "--certificate",
            "p.txt",
        ];
        let report = json(here, &prove);
        assert_eq!(report["holds"], holds, "{rows}");
        let check = ["check", "p.txt", "--weights", "w.csv"];
        let report = json(here, &check);
        let kind = if holds { "holds" } else { "fails" };
        assert_eq!(
            report["kind"],
            format!("geometric-condition-{kind}"),
            "{rows}"
        );
        // The rows the other way round: the proof is about the old ones.
        std::fs::write(here.join("w.csv"), "-1,0\n1,-2\n1,3\n").expect("written");
        refused(here, &check, &["p.txt", "proves nothing"]);
    }
    misused(here, &["check", "p.txt"], &["p.txt", "--weights FILE"]);
    let text = std::fs::read_to_string(here.join("p.txt")).expect("a proof");
    std::fs::write(here.join("w.csv"), "1,5e-324\n-1,0\n0,-1\n").expect("written");
    let changed = text.replacen("coefficient ", "coefficient 1", 1);
    assert_ne!(changed, text);
    std::fs::write(here.join("p.txt"), changed).expect("written");
    refused(here, &["check", "p.txt", "--weights", "w.csv"], &["p.txt"]);
    let overwrite = [
        "geometric-condition",
        "--weights",
        "w.csv",
        "--certificate",
        "w.csv",
    ];
    refused(here, &overwrite, &["read and written"]);
}
