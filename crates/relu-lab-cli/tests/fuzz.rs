//! The fuzz targets of `fuzz/` on the stable toolchain: mutations of real files and of doubles at the edges, for
//! `FUZZ_SECONDS` each (default 3), from `FUZZ_SEED`. The executions are printed with `--nocapture`.

#[path = "../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "a library to cargo-fuzz")]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// An execution that takes longer counts as a hang: exact arithmetic is given about two seconds, on a busy machine.
const HANG: Duration = Duration::from_secs(30);

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Doubles where formulas break.
const EDGES: [u64; 16] = [
    0x0000_0000_0000_0000, // 0
    0x8000_0000_0000_0000, // −0
    0x0000_0000_0000_0001, // the least
    0x000f_ffff_ffff_ffff, // the largest subnormal
    0x0010_0000_0000_0000, // the least normal
    0x7fef_ffff_ffff_ffff, // the largest
    0xffef_ffff_ffff_ffff,
    0x7ff0_0000_0000_0000, // ∞
    0x7ff8_0000_0000_0000, // NaN
    0x3ff0_0000_0000_0000, // 1
    0xbff0_0000_0000_0000, // −1
    0x3ff0_0000_0000_0001, // 1 + ε
    0x3c90_0000_0000_0000, // 2⁻⁵⁴
    0x5fe0_0000_0000_0000, // 2⁵¹¹
    0x2000_0000_0000_0000, // 2⁻⁵¹¹
    0x4340_0000_0000_0000, // 2⁵³
];

fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    // Bounds are lengths of small files.
    (rng.next_u32() as usize) % bound.max(1)
}

/// One to eight random changes.
fn mutated(rng: &mut ChaCha8Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[below(rng, corpus.len())].clone();
    for _ in 0..=below(rng, 8) {
        let at = below(rng, bytes.len());
        match below(rng, 8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << below(rng, 8),
            1 if !bytes.is_empty() => bytes[at] = rng.next_u32().to_le_bytes()[0],
            2 => bytes.truncate(at),
            3 => bytes.insert(at, b"0123456789.,()[]{}'<>=-\n#e "[below(rng, 27)]),
            4 => {
                let other = &corpus[below(rng, corpus.len())];
                let from = below(rng, other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            5 if bytes.len() > at + 8 => {
                let edge = EDGES[below(rng, EDGES.len())];
                bytes[at..at + 8].copy_from_slice(&edge.to_le_bytes());
            }
            6 if bytes.len() > at + 1 => {
                let length = 1 + below(rng, (bytes.len() - at).min(16));
                let piece = bytes[at..(at + length).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ if !bytes.is_empty() => {
                bytes.remove(at);
            }
            _ => {}
        }
    }
    bytes
}

/// Arbitrary doubles: edges, random bits, and numbers of usual size, some repeated or opposite so that rows are parallel.
fn doubles(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = rng.next_u32().to_le_bytes()[..3].to_vec();
    let mut values: Vec<f64> = Vec::new();
    let style = below(rng, 4);
    for index in 0..32 {
        let value = match below(rng, 8) {
            0 if style != 3 => f64::from_bits(EDGES[below(rng, EDGES.len())]),
            1 if style == 1 => f64::from_bits(rng.next_u64()),
            2 | 3 if index > 3 => values[below(rng, index)],
            4 if index > 3 => -values[below(rng, index)],
            5 => f64::from(rng.next_u32() % 5) - 2.0,
            6 if index > 3 => values[below(rng, index)] * (1.0 + f64::EPSILON),
            _ => f64::from(rng.next_u32()) / f64::from(1_u32 << 30) - 2.0,
        };
        values.push(value);
    }
    for value in values {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

fn fuzz(name: &str, target: fn(&[u8]), mut next: impl FnMut(&mut ChaCha8Rng) -> Vec<u8>) {
    let (seconds, seed) = (setting("FUZZ_SECONDS", 3), setting("FUZZ_SEED", 1));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let begin = Instant::now();
    let (mut executions, mut longest) = (0_u64, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let bytes = next(&mut rng);
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
        longest = longest.max(start.elapsed());
        assert!(
            outcome.is_ok(),
            "{name}, seed {seed}, execution {executions}: {}",
            bytes.escape_ascii()
        );
        assert!(
            longest < HANG,
            "{name}, seed {seed}, {longest:?}: {}",
            bytes.escape_ascii()
        );
        executions += 1;
    }
    println!(
        "{name}: {executions} executions in {seconds} s from seed {seed}, the longest {longest:?}"
    );
    assert!(executions > 0);
}

/// The files of a folder with their endings, in the order of their names.
fn files(folder: &str) -> Vec<(Option<String>, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let ending = path.extension().and_then(|e| e.to_str());
        let bytes = std::fs::read(&path).expect("a file");
        (ending.map(str::to_owned), bytes)
    };
    paths.into_iter().map(read).collect()
}

/// What coverage-guided runs kept.
fn kept(target: &str) -> Vec<Vec<u8>> {
    let all = files(&format!("../../fuzz/corpus/{target}"));
    all.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn readers_never_panic() {
    let mut corpus = kept("readers");
    for (ending, file) in files("tests/fixtures") {
        let kind = match ending.as_deref() {
            Some("py") => continue,
            Some("npy") => 0,
            Some("csv") => 1,
            _ => 2,
        };
        let mut bytes = vec![kind];
        bytes.extend(file);
        corpus.push(bytes);
    }
    for text in [
        "replicates = 1\nneurons = [2]\nnoise = [0.0, 0.1]\nstart = [{ law = \"symmetric\", x0 = 1.0, y0 = 0.0 }]\n",
        "seed = 1\nreplicates = 5\nneurons = [2, 3]\ndimension = [4]\nrule = [{ method = \"gd\", step = 0.1, steps = 9 }]\n",
    ] {
        let mut bytes = vec![4];
        bytes.extend_from_slice(text.as_bytes());
        corpus.push(bytes);
    }
    fuzz("readers", targets::readers, |rng| mutated(rng, &corpus));
}

#[test]
fn numbers_stay_finite() {
    let corpus = kept("numbers");
    fuzz("numbers", targets::numbers, |rng| {
        if below(rng, 4) == 0 {
            mutated(rng, &corpus)
        } else {
            doubles(rng)
        }
    });
}
