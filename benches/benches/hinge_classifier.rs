//! Training on 80 directions beside training on the 880 points they stand for.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hinge_classifier::{DataSet, HingeNetwork, PolarGrid, Rays, Subspaces, Training};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn training(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hinge_training");
    group.sample_size(10);
    let network = HingeNetwork::simplified(4, 4).expect("four neurons each");
    let grid = PolarGrid::paper();
    let spaces = Subspaces::coordinate(&[2, 2]).expect("two planes");
    let data = DataSet::grid(&spaces, &grid).expect("planes");
    let rays = Rays::grid(network.clone(), &spaces, &grid).expect("no bias");
    let points = Rays::points(network, &data).expect("no point at the origin");
    let start = hinge_classifier::Start::Random.draw(&mut ChaCha8Rng::seed_from_u64(1), 8, 4);
    let run = Training::new(0.1).expect("a positive step").limit(200);
    let (a, b) = (run.run(&rays, &start), run.run(&points, &start));
    let (a, b) = (a.expect("a valid start"), b.expect("a valid start"));
    assert_eq!(a.iterations, b.iterations);
    assert!(
        a.weights
            .iter()
            .zip(&b.weights)
            .all(|(a, b)| (a - b).abs() < 1e-9)
    );
    group.bench_function("80 directions a class", |b| {
        b.iter(|| run.run(black_box(&rays), &start));
    });
    group.bench_function("880 points a class", |b| {
        b.iter(|| run.run(black_box(&points), &start));
    });
    group.finish();
}

criterion_group!(benches, training);
criterion_main!(benches);
