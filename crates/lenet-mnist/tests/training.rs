//! Training on made-up images: it learns, and its bytes depend neither on interruptions nor on threads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lenet_mnist::data::{DataSet, Labelled};
use lenet_mnist::idx::Images;
use lenet_mnist::network::{SIDE, Widths};
use lenet_mnist::training::{Conditions, Pixels, Training};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tempfile::TempDir;

/// Noisy images with a bright bar at a height that belongs to the digit.
fn images(count: usize, seed: u64) -> Labelled {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let label = random.random_range(0..10_u8);
        let top = 2 + 2 * usize::from(label);
        for row in 0..SIDE {
            for _ in 0..SIDE {
                let noise = random.random_range(0..60_u8);
                let bright = (top..top + 3).contains(&row);
                pixels.push(if bright { 195 + noise } else { noise });
            }
        }
        labels.push(label);
    }
    Labelled {
        images: Images {
            count,
            rows: SIDE,
            columns: SIDE,
            pixels,
        },
        labels,
    }
}

fn data() -> DataSet {
    DataSet {
        train: images(250, 1),
        test: images(70, 2),
        checksums: BTreeMap::from([("made up".to_owned(), "1".to_owned())]),
    }
}

fn conditions(data: &DataSet) -> Conditions {
    Conditions {
        seed: 5,
        batch: 120,
        rate: 0.1,
        images: 250,
        every: 4,
        widths: Widths {
            first: 3,
            second: 4,
            hidden: 12,
        },
        pixels: Pixels::Unit,
        data: data.checksums.clone(),
    }
}

const STEPS: usize = 10;

/// Trains without interruption on a number of threads.
fn whole(threads: usize, conditions: &Conditions, data: &DataSet) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| advance(folder.path(), conditions, data, STEPS).finish())
        .expect("written");
    folder
}

fn advance<'a>(
    folder: &Path,
    conditions: &Conditions,
    data: &'a DataSet,
    steps: usize,
) -> Training<'a> {
    let mut training = Training::open(folder, conditions.clone(), data, false).expect("a training");
    while training.iteration() < steps {
        training.step().expect("a step");
    }
    training
}

/// Every file of results with its bytes; of the manifest all but the time.
fn results(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for part in ["", "weights"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let bytes = match path.extension().and_then(|end| end.to_str()) {
                Some("npy") => std::fs::read(&path).expect("a file"),
                Some("json") => {
                    let text = std::fs::read(&path).expect("a file");
                    let mut manifest: serde_json::Value =
                        serde_json::from_slice(&text).expect("JSON");
                    assert!(manifest["time"].take()["seconds"].as_f64() > Some(0.0));
                    manifest.to_string().into_bytes()
                }
                _ => continue,
            };
            found.insert(path.strip_prefix(folder).expect("inside").to_owned(), bytes);
        }
    }
    found
}

#[test]
fn it_learns() {
    let data = data();
    let mut conditions = conditions(&data);
    conditions.rate = 0.3;
    let folder = TempDir::new().expect("a folder");
    let training = advance(folder.path(), &conditions, &data, 100);
    let history = training.history();
    let (first, last) = (history.losses[0], history.losses[99]);
    assert!((first - 10.0_f32.ln()).abs() < 0.2, "{first}");
    assert!(last < 0.5 * first, "{first} {last}");
    assert!(history.tests[25][2] > 0.7, "{:?}", history.tests[25]);
}

#[test]
fn threads_leave_no_trace() {
    let data = data();
    let conditions = conditions(&data);
    let (one, two) = (whole(1, &conditions, &data), whole(2, &conditions, &data));
    let found = results(one.path());
    // Loss, accuracy, test, features, labels, manifest, and weights at 0, 4, 8, 10.
    assert_eq!(found.len(), 6 + 8);
    assert_eq!(found, results(two.path()));
    let mut other = conditions.clone();
    other.seed += 1;
    assert_ne!(found, results(whole(1, &other, &data).path()));
}

#[test]
fn interruptions_leave_no_trace() {
    let data = data();
    let conditions = conditions(&data);
    let expected = results(whole(2, &conditions, &data).path());
    // Between records, at a record, and after the end of a shorter run.
    let folder = TempDir::new().expect("a folder");
    for stop in [3, 4, 7, 9] {
        drop(advance(folder.path(), &conditions, &data, stop));
    }
    advance(folder.path(), &conditions, &data, 8)
        .finish()
        .expect("written");
    let mut training = advance(folder.path(), &conditions, &data, STEPS);
    assert!(!training.is_complete(STEPS));
    assert!(
        !folder.path().join("manifest.json").exists(),
        "it speaks of fewer steps"
    );
    training.finish().expect("written");
    training.finish().expect("written again");
    assert!(training.is_complete(STEPS));
    assert_eq!(results(folder.path()), expected);
}

#[test]
fn other_conditions_are_refused() {
    let data = data();
    let conditions = conditions(&data);
    let folder = TempDir::new().expect("a folder");
    drop(advance(folder.path(), &conditions, &data, 4));
    let open = |conditions: Conditions, force| {
        Training::open(folder.path(), conditions, &data, force).map(|training| training.iteration())
    };
    let refusal = |change: fn(&mut Conditions)| {
        let mut changed = conditions.clone();
        change(&mut changed);
        open(changed, false).expect_err("refused").to_string()
    };
    assert!(refusal(|c| c.seed = 6).contains("other conditions"));
    assert!(refusal(|c| c.batch = 0).contains("--batch 0"));
    assert!(refusal(|c| c.batch = 251).contains("more than the 250 training images"));
    assert!(refusal(|c| c.images = 251).contains("--images 251"));
    assert!(refusal(|c| c.rate = f64::NAN).contains("--rate NaN"));
    assert!(refusal(|c| c.widths.hidden = 0).contains("--widths 0"));
    assert_eq!(open(conditions.clone(), false).expect("it goes on"), 4);
    // A flipped bit does not pass for a state.
    let path = folder.path().join("checkpoint.bin");
    let mut bytes = std::fs::read(&path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).expect("written");
    let reason = open(conditions.clone(), false).expect_err("damaged");
    assert!(
        format!("{reason:#}").contains("checksum does not fit"),
        "{reason:#}"
    );
    assert_eq!(open(conditions.clone(), true).expect("a new one"), 0);
}

#[test]
fn one_training_a_directory() {
    let data = data();
    let conditions = conditions(&data);
    let folder = TempDir::new().expect("a folder");
    let _first = advance(folder.path(), &conditions, &data, 1);
    let reason = Training::open(folder.path(), conditions, &data, false).expect_err("in use");
    assert!(reason.to_string().contains("another training is writing"));
}
