//! The geometric condition.

use crate::common::{fixture, json, refused};

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
