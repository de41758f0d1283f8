//! A verified critical point beside the Hessian and the eigenvalues that a plain classification takes.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faer::Side;
use proofs::points::{certify, certify_blocks, check_certificate};
use ssb::BlockDynamics;
use teacher_student::{Network, Population, Weights};

fn certification(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("certify");
    group.sample_size(10);
    for neurons in [6, 12, 20] {
        let teacher = Network::new(Weights::orthonormal(neurons, neurons).expect("K = d"));
        let population = Population::matching(teacher.clone());
        let weights = teacher.weights();
        let verdict = certify(&population, weights).expect("the teacher is valid");
        let point = verdict
            .certified()
            .expect("the global minimum is certified");
        assert!(point.is_teacher() && point.inertia().positive == neurons * neurons);
        let certificate = point.certificate();
        // Unknowns.
        group.throughput(Throughput::Elements((neurons * neurons) as u64));
        group.bench_function(format!("certify/K={neurons}"), |b| {
            b.iter(|| certify(&population, black_box(weights)));
        });
        group.bench_function(format!("check/K={neurons}"), |b| {
            b.iter(|| check_certificate(black_box(&certificate)));
        });
        group.bench_function(format!("unverified eigenvalues/K={neurons}"), |b| {
            b.iter(|| {
                let hessian = population
                    .hessian(black_box(teacher.weights().as_mat()))
                    .expect("the student is valid");
                hessian
                    .self_adjoint_eigenvalues(Side::Lower)
                    .expect("they converge")
            });
        });
    }
    for neurons in [20, 100] {
        let blocks = BlockDynamics::new(&[neurons - 1, 1]).expect("K is at least 2");
        let state = blocks.teacher();
        let verdict = certify_blocks(&blocks, &state).expect("the state is valid");
        assert!(
            verdict
                .certified()
                .is_some_and(|point| point.inertia().positive == neurons * neurons)
        );
        group.throughput(Throughput::Elements((neurons * neurons) as u64));
        group.bench_function(format!("blocks/K={neurons}"), |b| {
            b.iter(|| certify_blocks(&blocks, black_box(&state)));
        });
    }
    group.finish();
}

criterion_group!(benches, certification);
criterion_main!(benches);
