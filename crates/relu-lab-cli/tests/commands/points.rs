//! Critical points, certificates and separability.

use relu_lab::files::read;

use crate::common::{fixture, json, refused, run, stdout};
use crate::number;

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
    assert_eq!((hits, &report["lost"]), (60, &serde_json::json!([])));
    let stored =
        read::array(folder.path().join("p.npz:loss").display().to_string()).expect("losses");
    assert_eq!(stored.data()[0], number(&points[0], "loss"));
}

/// A start that arrives nowhere is named with its reason: here some of those before two teachers a million times apart in size.
#[test]
fn lost_starts_have_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = "1000,0\n0,0.001\n";
    std::fs::write(folder.path().join("v.csv"), rows).expect("written");
    let arguments = ["critical-points", "--teacher", "v.csv", "--starts", "12"];
    let report = json(folder.path(), &arguments);
    let lost = report["lost"].as_array().expect("a list");
    assert!(!lost.is_empty(), "{report}");
    for start in lost {
        assert!(start["start"].as_u64().expect("a number") < 12);
        assert!(
            start["reason"] == "stalled" || start["reason"] == "vanished",
            "{start}"
        );
        assert!(number(start, "gradient_norm") > 1e-12, "{start}");
    }
    let hits = report["points"].as_array().expect("a list").iter();
    let hits: u64 = hits.filter_map(|point| point["hits"].as_u64()).sum();
    assert_eq!(hits + lost.len() as u64, 12);
    let text = stdout(&run(folder.path(), &arguments));
    assert!(
        text.contains("reason") && text.contains("stalled"),
        "{text}"
    );
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
    let again = json(folder.path(), &["check", "c.json", "c.json"]);
    assert_eq!(again["checked"], 2);
    let statement = &again["statements"][1];
    assert_eq!(statement["kind"], report["kind"]);
    let words = statement["statement"].as_str().expect("words");
    for part in ["2 x 3 student", "exactly one critical point", "index 1"] {
        assert!(words.contains(part), "{words}");
    }
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
    // The first certificate that fails ends it.
    refused(
        folder.path(),
        &["check", "c.json", "changed.json"],
        &["changed.json", "checksum"],
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
    let l = read::array(folder.path().join("l.npy").display().to_string()).expect("an array");
    assert_eq!(l.shape(), [2, 2, 2]);
    // One inside, one outside: no statement.
    std::fs::write(folder.path().join("v.csv"), "0.9,0.3\n0,1\n").expect("written");
    let report = json(folder.path(), &arguments);
    assert_eq!(report["ruled_out"], false);
    assert!(report["exclusion"].is_null());
}
