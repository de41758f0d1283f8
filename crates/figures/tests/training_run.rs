//! The figures of LeNet-5 on made-up directories: without data, with them, and with damaged ones.

use std::fs;
use std::path::Path;

use arrays::{Array, npy};
use figures::catalogue;
use figures::engine::progress::Progress;
use figures::engine::runner::{Ran, Settings, run, select};
use figures::{Context, Outcome, Scale, Verdict};
use ledger::Ledger;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Value, json};
use tempfile::TempDir;

const STEPS: usize = 300;
/// Where the made-up loss turns.
const BREAK: f64 = 120.0;
const HIDDEN: usize = 24;
const INPUTS: usize = 30;
const CLASSES: usize = 10;
const IMAGES: usize = 400;

fn put(folder: &Path, name: &str, shape: &[usize], data: Vec<f64>) {
    let array = Array::new(shape.to_vec(), data).expect("as many numbers as the shape says");
    fs::write(folder.join(name), npy::encode(&array)).expect("written");
}

fn manifest() -> Value {
    json!({
        "format": 1,
        "network": {"convolutions": [2, 3], "inputs": INPUTS, "hidden": HIDDEN, "classes": CLASSES},
        "conditions": {"seed": 1, "batch": 1000, "rate": 0.01, "images": 60000, "pixels": "unit"},
        "iterations": STEPS,
        "snapshots": [0, 100, 200, 300],
        "mnist": true,
        "test_images": IMAGES,
        "test_loss": 0.4,
        "test_accuracy": 0.875,
        "time": {"seconds": 1.5, "threads": 2},
    })
}

/// A loss that falls slowly to iteration 120 and fast from there; features near one axis a class; random weights, orthogonal in
/// the last layer.
fn directory() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fill(folder.path());
    folder
}

fn fill(folder: &Path) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut draw = |scale: f64| scale * (2.0 * random.random::<f64>() - 1.0);
    let losses = (0..STEPS).map(|t| {
        let x = t as f64;
        (2.3 - 0.0005 * x - 0.01 * (x - BREAK).max(0.0)).max(0.4) + draw(0.01)
    });
    put(folder, "loss.npy", &[STEPS], losses.collect());
    let tests = (0..4).flat_map(|i| [100.0 * f64::from(i), 2.0, 0.5]);
    put(folder, "test.npy", &[4, 3], tests.collect());
    let mut features = Vec::new();
    for image in 0..IMAGES {
        features
            .extend((0..HIDDEN).map(|i| f64::from(u8::from(i == image % CLASSES)) + draw(0.05)));
    }
    put(folder, "features.npy", &[IMAGES, HIDDEN], features);
    let labels = (0..IMAGES).map(|image| (image % CLASSES) as f64);
    put(folder, "labels.npy", &[IMAGES], labels.collect());
    fs::create_dir(folder.join("weights")).expect("made");
    for at in [0, 100, 200, 300] {
        let hidden = (0..HIDDEN * INPUTS).map(|_| draw(1.0)).collect();
        put(
            folder,
            &format!("weights/hidden-{at:06}.npy"),
            &[HIDDEN, INPUTS],
            hidden,
        );
        // Orthogonal: their projections are independent.
        let output = (0..CLASSES * HIDDEN).map(|place| {
            let length = 1.0 + draw(0.5);
            if place / HIDDEN == place % HIDDEN {
                length
            } else {
                0.0
            }
        });
        put(
            folder,
            &format!("weights/output-{at:06}.npy"),
            &[CLASSES, HIDDEN],
            output.collect(),
        );
    }
    write_manifest(folder, &manifest());
}

fn write_manifest(folder: &Path, manifest: &Value) {
    fs::write(folder.join("manifest.json"), manifest.to_string()).expect("written");
}

fn outcome(id: &'static str, training: &Path) -> anyhow::Result<Outcome> {
    let item = select(catalogue::ITEMS, &[id.to_owned()])?[0];
    let context = Context::new(id, Scale::Quick, 7, Progress::hidden()).with_training(training);
    (item.run)(&context)
}

fn number(outcome: &Outcome, name: &str) -> f64 {
    outcome.evidence[name].as_f64().expect("a number")
}

#[test]
fn the_break_and_the_subspaces_are_found() {
    let folder = directory();
    let outcome = outcome("lyx-fig6", folder.path()).expect("an outcome");
    assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.evidence);
    assert!((number(&outcome, "break") - BREAK).abs() < 3.0);
    assert!(number(&outcome, "break_99_percent_low") < BREAK + 1.0);
    assert!(number(&outcome, "break_99_percent_high") > BREAK - 1.0);
    assert!(number(&outcome, "independence") > 0.8, "one axis a class");
    assert!(number(&outcome, "independence_with_mixed_labels") < 0.3);
    let picture = outcome.figure.expect("a figure");
    assert_eq!(picture.panels.len(), 4);
    let angles = picture
        .tables
        .iter()
        .find(|table| table.name == "angles")
        .expect("angles");
    assert_eq!(angles.rows.len(), 45);
    assert!(
        angles
            .rows
            .iter()
            .all(|row| row[4].parse::<f64>().expect("degrees") > 80.0)
    );
}

#[test]
fn the_shares_are_those_of_random_directions() {
    let folder = directory();
    let outcome = outcome("lyx-fig7", folder.path()).expect("an outcome");
    // Ten uniform directions: 0.910; 500 projections are within 0.06 of that but once in 1e5, and too few to be above 0.9 for sure.
    let share = number(&outcome, "held_second_layer") / number(&outcome, "projections");
    let uniform = number(&outcome, "uniform_second_layer");
    assert!((uniform - (1.0 - 46.0 / 512.0)).abs() < 1e-12);
    assert!((share - uniform).abs() < 0.06, "{share}");
    assert_eq!(outcome.verdict, Verdict::Fail);
    let picture = outcome.figure.expect("a figure");
    assert_eq!(picture.panels.len(), 5);
    let exact = picture
        .tables
        .iter()
        .find(|table| table.name == "full_dimension")
        .expect("verdicts");
    assert!(exact.rows.len() == 4 && exact.rows.iter().all(|row| row[4] == "fails"));
}

#[test]
fn other_data_and_fewer_images_decide_nothing() {
    let folder = directory();
    let mut other = manifest();
    other["mnist"] = json!(false);
    write_manifest(folder.path(), &other);
    assert_eq!(
        outcome("lyx-fig6", folder.path())
            .expect("an outcome")
            .verdict,
        Verdict::Open
    );
    let mut other = manifest();
    other["conditions"]["images"] = json!(2000);
    write_manifest(folder.path(), &other);
    for id in ["lyx-fig6", "lyx-fig7"] {
        assert_eq!(
            outcome(id, folder.path()).expect("an outcome").verdict,
            Verdict::Open
        );
    }
}

/// The item, the words of its complaint, and what is done to the directory.
type Case = (&'static str, &'static str, fn(&Path));

#[test]
fn what_is_wrong_with_a_directory_is_said() {
    let cases: [Case; 5] = [
        ("lyx-fig6", "is no manifest", |folder| {
            fs::write(folder.join("manifest.json"), "{}").expect("written");
        }),
        ("lyx-fig6", "has format 2", |folder| {
            let mut other = manifest();
            other["format"] = json!(2);
            write_manifest(folder, &other);
        }),
        ("lyx-fig6", "has shape [299]", |folder| {
            put(folder, "loss.npy", &[299], vec![1.0; 299]);
        }),
        ("lyx-fig6", "which is no class", |folder| {
            put(folder, "labels.npy", &[IMAGES], vec![2.5; IMAGES]);
        }),
        ("lyx-fig7", "output-000200.npy", |folder| {
            fs::remove_file(folder.join("weights/output-000200.npy")).expect("removed");
        }),
    ];
    for (id, words, spoil) in cases {
        let folder = directory();
        spoil(folder.path());
        let reason = format!("{:#}", outcome(id, folder.path()).expect_err(words));
        assert!(reason.contains(words), "{words}: {reason}");
    }
}

#[test]
fn without_data_nothing_fails_and_new_data_are_seen() {
    let out = TempDir::new().expect("a folder");
    let training = TempDir::new().expect("a folder");
    let reproduce = || -> Ran {
        let settings = Settings {
            ids: vec!["lyx-fig6".to_owned(), "lyx-fig7".to_owned()],
            scale: Scale::Quick,
            out: out.path().to_path_buf(),
            seed: 7,
            jobs: 2,
            force: false,
            training: training.path().to_path_buf(),
            talk: false,
        };
        run(catalogue::ITEMS, &Ledger { rows: Vec::new() }, &settings).expect("a run")
    };
    let summary = || -> Value {
        serde_json::from_slice(&fs::read(out.path().join("summary.json")).expect("a summary"))
            .expect("JSON")
    };
    let verdict = |id: &str| {
        let claims = summary()["claims"].as_array().expect("claims").clone();
        let claim = claims
            .into_iter()
            .find(|claim| claim["id"] == id)
            .expect("the claim");
        (
            claim["verdict"].as_str().expect("a word").to_owned(),
            claim["evidence"]["finding"].to_string(),
        )
    };
    let ran = reproduce();
    assert!(ran.failed.is_empty());
    let (word, finding) = verdict("lyx-fig6");
    assert_eq!(word, "needs data");
    assert!(finding.contains("cargo xtask mnist") && finding.contains("--with-mnist"));
    let page = fs::read_to_string(out.path().join("index.html")).expect("a page");
    assert!(page.contains("chip needs data") && page.contains("need data"));
    assert_eq!(reproduce().taken_over.len(), 2);
    // A training has come: both are worked out.
    fill(training.path());
    assert_eq!(reproduce().computed.len(), 2);
    assert_eq!(verdict("lyx-fig6").0, "pass");
    assert_eq!(reproduce().taken_over.len(), 2);
    // Another training under the same name counts as new.
    let mut other = manifest();
    other["time"]["seconds"] = json!(2.5);
    write_manifest(training.path(), &other);
    assert_eq!(reproduce().computed.len(), 2);
}
