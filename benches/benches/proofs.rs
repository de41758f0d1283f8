//! Interval kernels beside the same formulas in doubles, and the proofs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proofs::{Cell, Interval, Positive, Rule, Theorem, arc_cosine, check_cover, cone_charts};

fn kernels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("interval");
    group.throughput(Throughput::Elements(1));
    let (a, b) = (
        Interval::between(0.3, 0.30001),
        Interval::between(-1.7, 0.2),
    );
    let double = |z: f64| (std::f64::consts::PI - z) * z.cos() + z.sin();
    assert!(
        arc_cosine(Interval::from(0.7)).contains(double(0.7))
            || arc_cosine(Interval::from(0.7)).width() < 1e-14
    );
    group.bench_function("sum", |bench| bench.iter(|| black_box(a) + black_box(b)));
    group.bench_function("product", |bench| {
        bench.iter(|| black_box(a) * black_box(b));
    });
    group.bench_function("quotient", |bench| {
        bench.iter(|| black_box(b) / black_box(a));
    });
    group.bench_function("sine", |bench| bench.iter(|| black_box(a).sin()));
    group.bench_function("arc-cosine kernel", |bench| {
        bench.iter(|| arc_cosine(black_box(a)));
    });
    group.bench_function("arc-cosine kernel, double", |bench| {
        bench.iter(|| double(black_box(0.3)));
    });
    let charts = cone_charts();
    let cell = Cell::WHOLE.halves(0)[1].halves(1)[0];
    for chart in charts
        .iter()
        .filter(|chart| ["A1", "A2"].contains(&chart.name()))
    {
        assert!(chart.enclosure(cell, Rule::Value).is_bounded());
        group.bench_function(format!("leaf of {}", chart.name()), |bench| {
            bench.iter(|| chart.enclosure(black_box(cell), Rule::Value));
        });
    }
    group.finish();
}

fn theorems(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("theorem");
    group.sample_size(10);
    for theorem in Theorem::ALL {
        let certificate = theorem.prove().expect("a theorem");
        assert_eq!(
            check_cover(&certificate).expect("it stands").leaves,
            certificate.leaves()
        );
        group.throughput(Throughput::Elements(certificate.leaves() as u64));
        group.bench_function(format!("prove {}", theorem.name()), |bench| {
            bench.iter(|| theorem.prove());
        });
        group.bench_function(format!("check {}", theorem.name()), |bench| {
            bench.iter(|| check_cover(&certificate));
        });
    }
    group.finish();
}

criterion_group!(benches, kernels, theorems);
criterion_main!(benches);
