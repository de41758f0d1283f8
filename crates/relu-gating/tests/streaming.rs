//! The streamed estimate of the gating: against the closed form, against stored samples, and on any number of threads.

use faer::Mat;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{
    Error, Gaussian, InputLaw, UniformCube, estimate_gating, population_gating, sampled_gating,
};

/// Samples of one stream, as documented.
const STREAM: usize = 8192;

fn stream(seed: u64) -> impl Fn(u64) -> ChaCha8Rng + Sync {
    move |index| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        rng
    }
}

fn vectors(seed: u64, dimension: usize) -> [Vec<f64>; 2] {
    let mut rng = stream(seed)(u64::MAX);
    [0; 2].map(|_| {
        let mut v = vec![0.0; dimension];
        Gaussian.sample(&mut rng, &mut v);
        v
    })
}

proptest! {
    #![proptest_config(Config { cases: 24, rng_seed: RngSeed::Fixed(11), ..Config::default() })]

    #[test]
    fn oracle_closed_form(seed in 0_u64..1_000_000, dimension in 2_usize..60) {
        let [e, w] = vectors(seed, dimension);
        let found = estimate_gating(&Gaussian, &e, &w, 50_000, stream(seed))?;
        let scores: Vec<f64> = population_gating(&e, &w)?.iter()
            .zip(found.mean.iter().zip(&found.standard_error))
            .map(|(exact, (mean, error))| (mean - exact) / error)
            .collect();
        // 24 cases of at most 60 entries: beyond 5.5 in one of 2e4 such tests. Entries are nearly uncorrelated.
        prop_assert!(scores.iter().all(|z| z.abs() < 5.5), "{scores:?}");
        let square = scores.iter().map(|z| z * z).sum::<f64>() / scores.len() as f64;
        prop_assert!(square < 1.0 + 6.0 * (2.0 / scores.len() as f64).sqrt(), "{square}");
        if dimension > 20 {
            prop_assert!(square > 0.2, "{square}: the standard errors are too large");
        }
        let share = found.passed as f64 / 50_000.0;
        let angle = relu_gating::Angle::between(&e, &w)?.supplement() / std::f64::consts::TAU;
        prop_assert!((share - angle).abs() < 5.5 * (0.25 / 50_000.0_f64).sqrt());
    }

    /// Means and standard errors of the samples themselves, also where the last stream and the last rows are short.
    #[test]
    fn oracle_stored_samples(seed in 0_u64..1_000_000, dimension in 1_usize..40, samples in 2_usize..20_000, scale in -300_i32..300) {
        let [e, mut w] = vectors(seed, dimension);
        for x in &mut w {
            *x *= 10f64.powi(scale);
        }
        let law = UniformCube { half_width: 2.0 };
        let mut data = Mat::zeros(samples, dimension);
        let mut x = vec![0.0; dimension];
        let mut rng = stream(seed)(0);
        for i in 0..samples {
            if i % STREAM == 0 {
                rng = stream(seed)((i / STREAM) as u64);
            }
            law.sample(&mut rng, &mut x);
            for c in 0..dimension {
                data[(i, c)] = x[c];
            }
        }
        let found = estimate_gating(&law, &e, &w, samples, stream(seed))?;
        let mean = sampled_gating(data.as_ref(), &e, &w)?;
        let n = samples as f64;
        let dot = |i: usize, v: &[f64]| (0..dimension).map(|c| data[(i, c)] * v[c]).sum::<f64>();
        let unit = 10f64.powi(scale);
        let gated: Vec<f64> = (0..samples)
            .map(|i| if dot(i, &e) > 0.0 { dot(i, &w).max(0.0) / unit } else { 0.0 })
            .collect();
        prop_assert_eq!(found.passed, gated.iter().filter(|g| **g > 0.0).count());
        for c in 0..dimension {
            prop_assert!((found.mean[c] - mean[c]).abs() <= 1e-12 * unit * (dimension as f64));
            let deviation: f64 = (0..samples)
                .map(|i| (gated[i] * data[(i, c)] - mean[c] / unit).powi(2))
                .sum();
            let error = (deviation / n / (n - 1.0)).sqrt();
            prop_assert!((found.standard_error[c] / unit - error).abs() <= 1e-9 * error + 1e-12);
        }
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let [e, w] = vectors(3, 50);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| estimate_gating(&Gaussian, &e, &w, 100_001, stream(5)).unwrap())
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(7));
    assert_eq!(one.samples, 100_001);
}

#[test]
fn bad_input_is_refused() {
    let run = |e: &[f64], w: &[f64], n: usize| estimate_gating(&Gaussian, e, w, n, stream(0));
    let (e, w) = ([1.0, 0.0], [1.0, 1.0]);
    assert!(matches!(
        run(&e, &w, 1),
        Err(Error::TooFewSamples { needed: 2 })
    ));
    assert!(matches!(
        run(&[0.0, 0.0], &w, 10),
        Err(Error::ZeroVector { name: "e" })
    ));
    assert!(matches!(
        run(&e, &[1.0], 10),
        Err(Error::LengthMismatch { .. })
    ));
    assert!(matches!(run(&[], &[], 10), Err(Error::Empty { name: "e" })));
    assert!(matches!(
        run(&[f64::NAN, 1.0], &w, 10),
        Err(Error::NotFinite { .. })
    ));
    let wide = UniformCube { half_width: 100.0 };
    let huge = estimate_gating(&wide, &e, &[1.7e308, 1.7e308], 1000, stream(0));
    assert!(matches!(huge, Err(Error::Overflow)));
}
