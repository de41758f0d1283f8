//! One pair of directions: the stable evaluation beside the textbook one it replaces.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{Gaussian, InputLaw, population_gating};

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

criterion_group!(benches, gating);
criterion_main!(benches);
