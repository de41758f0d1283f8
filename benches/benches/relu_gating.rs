//! One pair of directions: the stable evaluation beside the textbook one it replaces.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{Gaussian, InputLaw, estimate_gating, population_gating};

/// Eq 5 as printed, by acos of the rounded cosine.
fn textbook_gating(e: &[f64], w: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let (e_norm, w_norm) = (dot(e, e).sqrt(), dot(w, w).sqrt());
    let theta = (dot(e, w) / (e_norm * w_norm)).clamp(-1.0, 1.0).acos();
    let (mass, asymmetry) = (std::f64::consts::PI - theta, w_norm * theta.sin() / e_norm);
    e.iter()
        .zip(w)
        .map(|(e, w)| (mass * w + asymmetry * e) / std::f64::consts::TAU)
        .collect()
}

fn gating(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("population_gating");
    for dimension in [3, 100, 10_000] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut e, mut w) = (vec![0.0; dimension], vec![0.0; dimension]);
        Gaussian.sample(&mut rng, &mut e);
        Gaussian.sample(&mut rng, &mut w);
        let stable = population_gating(&e, &w).expect("the vectors are valid");
        for (a, b) in stable.iter().zip(textbook_gating(&e, &w)) {
            assert!((a - b).abs() < 1e-12, "the two evaluations must agree here");
        }
        group.throughput(Throughput::Elements(dimension as u64));
        group.bench_function(format!("stable/d={dimension}"), |b| {
            b.iter(|| population_gating(black_box(&e), black_box(&w)));
        });
        group.bench_function(format!("textbook/d={dimension}"), |b| {
            b.iter(|| textbook_gating(black_box(&e), black_box(&w)));
        });
    }
    group.finish();
}

/// The streamed estimate beside drawing its samples only: one stream, so that both run on one thread.
fn estimate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("estimate_gating");
    group.sample_size(20);
    let samples = 8192;
    for dimension in [10, 50, 200] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut e, mut w) = (vec![0.0; dimension], vec![0.0; dimension]);
        Gaussian.sample(&mut rng, &mut e);
        Gaussian.sample(&mut rng, &mut w);
        let run = || {
            estimate_gating(&Gaussian, &e, &w, samples, |index| {
                let mut rng = ChaCha8Rng::seed_from_u64(2);
                rng.set_stream(index);
                rng
            })
        };
        let found = run().expect("the vectors are valid");
        let exact = population_gating(&e, &w).expect("the vectors are valid");
        for ((mean, error), exact) in found.mean.iter().zip(&found.standard_error).zip(exact) {
            assert!(
                (mean - exact).abs() < 6.0 * error,
                "the estimate must be right"
            );
        }
        group.throughput(Throughput::Elements((samples * dimension) as u64));
        group.bench_function(format!("streamed/d={dimension}"), |b| b.iter(run));
        let mut row = vec![0.0; dimension];
        group.bench_function(format!("samples only/d={dimension}"), |b| {
            b.iter(|| {
                let mut rng = ChaCha8Rng::seed_from_u64(2);
                for _ in 0..samples {
                    Gaussian.sample(&mut rng, &mut row);
                    black_box(&mut row);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, gating, estimate);
criterion_main!(benches);
