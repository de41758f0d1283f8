//! Training on 80 directions beside training on the 880 points they stand for; the geometric condition beside a linear program.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use faer::MatRef;
use good_lp::{
    Expression, Solution as _, SolverModel as _, constraint, microlp, variable, variables,
};
use hinge_classifier::{
    DataSet, HingeNetwork, PolarGrid, Rays, Subspaces, Training, geometric_condition,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use workspace_benches::problems::cloud;

fn training(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hinge_training");
    group.sample_size(10);
    group.throughput(Throughput::Elements(200));
    let network = HingeNetwork::simplified(4, 4).expect("four neurons each");
    let grid = PolarGrid::paper();
    let spaces = Subspaces::coordinate(&[2, 2]).expect("two planes");
    let data = DataSet::grid(&spaces, &grid).expect("planes");
    let rays = Rays::grid(network.clone(), &spaces, &grid).expect("no bias");
    let points = Rays::points(network, &data).expect("no point at the origin");
    let start = hinge_classifier::PaperStart::Random.draw(&mut ChaCha8Rng::seed_from_u64(1), 8, 4);
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

/// Σ λ_j w̃_j = 0 with all λ_j ≥ 1, by a linear program: enough for rows that span the space.
fn by_linear_program(weights: MatRef<'_, f64>) -> bool {
    let (k, d) = weights.shape();
    let mut unknowns = variables!();
    let lambda: Vec<_> = (0..k).map(|_| unknowns.add(variable().min(1.0))).collect();
    let sum = |c: usize| -> Expression {
        let terms = lambda.iter().enumerate();
        terms
            .map(|(j, &x)| weights[(j, c)] / weights.row(j).norm_l2() * x)
            .sum()
    };
    let total: Expression = lambda.iter().copied().sum();
    let mut model = unknowns.minimise(total).using(microlp);
    for c in 0..d {
        model = model.with(constraint!(sum(c) == 0.0));
    }
    model
        .solve()
        .is_ok_and(|found| found.value(lambda[0]) >= 1.0 - 1e-9)
}

fn condition(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("geometric_condition");
    group.sample_size(10);
    for (d, k) in [(3, 100), (20, 1000), (100, 5000)] {
        for half in [false, true] {
            let weights = cloud(k, d, half).expect("a shape");
            let verdict = geometric_condition(weights.as_ref()).expect("finite weights");
            assert_eq!(verdict.holds(), Some(!half));
            verdict.verify(weights.as_ref()).expect("a proof");
            let answer = if half { "fails" } else { "holds" };
            group.throughput(Throughput::Elements((k * d) as u64));
            let name = BenchmarkId::new(answer, format!("d={d},k={k}"));
            group.bench_function(name, |b| {
                b.iter(|| geometric_condition(black_box(weights.as_ref())));
            });
            if d == 3 {
                assert_eq!(by_linear_program(weights.as_ref()), !half);
                group.bench_function(BenchmarkId::new("linear program", answer), |b| {
                    b.iter(|| by_linear_program(black_box(weights.as_ref())));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, training, condition);
criterion_main!(benches);
