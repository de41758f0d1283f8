//! The two planar coordinates beside the full gradient of the K × K matrix they stand for.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ssb::PlanarDynamics;
use teacher_student::{Network, Objective, Population, Weights};

fn planar(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("symmetric_dynamics");
    group.sample_size(20);
    for neurons in [5, 100] {
        let planar = PlanarDynamics::new(neurons).expect("K is at least 2");
        let teacher = Weights::orthonormal(neurons, neurons).expect("K = d");
        let population = Population::matching(Network::new(teacher)).expect("the teacher is valid");
        let (x, y) = (0.6, 0.2);
        let lifted = planar.lift(x, y).expect("the point is valid");
        let [dx, dy] = planar.velocity(x, y).expect("the point is valid");
        let gradient = population
            .gradient(lifted.as_mat())
            .expect("the student is valid");
        assert!((dx + gradient[(0, 0)]).abs() < 1e-12 && (dy + gradient[(0, 1)]).abs() < 1e-12);
        group.throughput(Throughput::Elements(neurons as u64));
        group.bench_function(format!("planar/K={neurons}"), |b| {
            b.iter(|| planar.velocity(black_box(x), black_box(y)));
        });
        group.bench_function(format!("full gradient/K={neurons}"), |b| {
            b.iter(|| population.gradient(black_box(lifted.as_mat())));
        });
    }
    group.finish();
}

criterion_group!(benches, planar);
criterion_main!(benches);
