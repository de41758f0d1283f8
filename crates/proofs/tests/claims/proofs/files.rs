//! Any certificate that the project writes, in any file that it is written to.

use std::io::Write as _;

use proofs::points::{Rejection, certify, check_certificate};
use proofs::{Error, Statement, Theorem, check, documents};
use teacher_student::{Network, Population, Weights};

fn point() -> String {
    let teacher = Network::new(Weights::orthonormal(2, 3).unwrap());
    let population = Population::matching(teacher);
    let found = certify(&population, population.teacher().weights()).unwrap();
    found.certified().unwrap().certificate()
}

fn one_line(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .unwrap()
        .to_string()
}

fn compressed(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

#[test]
fn oracle_every_kind_is_known() {
    for theorem in [Theorem::LyapunovDeterminant, Theorem::FlowOnSlantedEdge] {
        let text = theorem.prove().unwrap().text();
        for file in [text.clone().into_bytes(), compressed(&text)] {
            let statements = check(&file).unwrap();
            assert!(
                matches!(&statements[..], [Statement::Cover(found)] if found.theorem == theorem)
            );
            assert!(statements[0].to_string().contains(theorem.statement()));
        }
    }
    let text = point();
    let lines = format!("{0}\n\n{0}\n", one_line(&text));
    for (file, count) in [(text.clone(), 1), (one_line(&text), 1), (lines.clone(), 2)] {
        for bytes in [file.clone().into_bytes(), compressed(&file)] {
            let statements = check(&bytes).unwrap();
            assert_eq!(statements.len(), count);
            let words = statements[count - 1].to_string();
            assert!(
                words.contains("2 x 3 student") && words.contains("a global minimum"),
                "{words}"
            );
        }
    }
    let found: Vec<usize> = documents(lines.as_bytes())
        .unwrap()
        .iter()
        .map(proofs::Document::line)
        .collect();
    assert_eq!(found, [1, 3]);
}

#[test]
fn nonvacuity_unknown_and_duplicate_fields_are_refused() {
    let text = one_line(&point());
    let refused = |changed: &str, reason: &str| {
        assert_ne!(changed, text);
        let mut result = check_certificate(changed);
        if let Err(Rejection::Checksum { found, computed }) = &result {
            result = check_certificate(&changed.replace(found, computed));
        }
        let error = result.expect_err(changed).to_string();
        assert!(error.contains(reason), "{error}");
    };
    refused(
        &text.replacen("\"claims\":{", "\"claims\":{\"global\":true,", 1),
        "unknown field `global`",
    );
    refused(
        &text.replacen("\"kind\"", "\"note\":\"\",\"kind\"", 1),
        "unknown field `note`",
    );
    refused(
        &text.replacen('{', "{\"author\":1,", 1),
        "unknown field `author`",
    );
    refused(
        &text.replacen("\"claims\":{", "\"claims\":{\"zero\":7,", 1),
        "stands twice",
    );
    refused(
        &text.replacen('{', "{\"radius\":\"1e-3\",", 1),
        "stands twice",
    );
    for radius in ["0e0", "-1e-9"] {
        let mut changed: serde_json::Value = serde_json::from_str(&text).unwrap();
        changed["radius"] = radius.into();
        refused(&changed.to_string(), "it must be positive");
    }
    refused(
        &text.replacen("\"loss\":[", "\"loss\":[\"0e0\",", 1),
        "two ends",
    );
}

#[test]
fn nonvacuity_other_files_are_refused() {
    for file in [&b""[..], b"\n \n", b"\xff\xfe"] {
        assert!(matches!(check(file), Err(Error::NoCertificate)), "{file:?}");
    }
    assert!(check(b"1,0\n0,1\n").is_err());
    let mut cut = compressed(&point());
    cut.truncate(cut.len() / 2);
    assert!(matches!(check(&cut), Err(Error::Compressed(_))));
    // A point that would take hours.
    let row = format!("[{}]", vec!["\"1e0\""; 90].join(","));
    let rows = format!("[{}]", vec![row; 90].join(","));
    let tops = format!("[{}]", vec!["\"1e0\""; 90].join(","));
    let claims = "{\"negative\":0,\"zero\":0,\"positive\":0,\"least_eigenvalue\":\"0e0\",\"loss\":[\"0e0\",\"1e0\"]}";
    let text = format!(
        "{{\"format\":\"critical-point-certificate/1\",\"radius\":\"1e-9\",\"claims\":{claims},\"checksum\":\"-\",\"system\":{{\"kind\":\"network\",\
         \"teacher\":{rows},\"centre\":{rows},\"teacher_top\":{tops},\"student_top\":{tops},\"slice\":null}}}}"
    );
    let Err(Rejection::Checksum { computed, .. }) = check_certificate(&text) else {
        panic!("the checksum is none");
    };
    let error = check_certificate(&text.replace("\"-\"", &format!("\"{computed}\""))).unwrap_err();
    assert_eq!(
        error,
        Rejection::Large {
            weights: 8100,
            limit: 2048
        }
    );
}
