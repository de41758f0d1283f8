//! Training on 80 directions beside training on the 880 points they stand for; arcs of a plane beside one product a neuron and
//! direction; the geometric condition beside a linear program.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use faer::MatRef;
use good_lp::{
    Expression, Solution as _, SolverModel as _, constraint, microlp, variable, variables,
};
use hinge_classifier::{
    DataSet, Error, Evaluation, HingeLoss, HingeNetwork, PaperStart, PolarGrid, Rays, Scratch,
    Subspaces, Training, geometric_condition,
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
    let start = PaperStart::Random.draw(&mut ChaCha8Rng::seed_from_u64(1), 8, 4);
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

/// The first class of the paper's grid with half + half neurons: one product a neuron and direction.
struct Products {
    half: usize,
    grid: PolarGrid,
}

impl HingeLoss for Products {
    fn neurons(&self) -> usize {
        2 * self.half
    }

    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        _: &mut Scratch,
    ) -> Result<Evaluation, Error> {
        gradient.fill(0.0);
        let (directions, radii) = (self.grid.directions(), self.grid.radii());
        let mass = 1.0 / (directions.len() * radii.len()) as f64;
        let (mut loss, mut wrong) = (0.0, 0);
        for [x, y] in directions {
            let h = |w: &[f64]| w[0] * x + w[1] * y;
            let (first, second) = weights.split_at(2 * self.half);
            let sum = |part: &[f64]| part.chunks_exact(2).map(|w| h(w).max(0.0)).sum::<f64>();
            let margin = sum(first) - sum(second);
            wrong += usize::from(margin <= 0.0);
            let mut pull = 0.0;
            for radius in radii.iter().filter(|radius| **radius * margin < 1.0) {
                loss += mass * (1.0 - radius * margin);
                pull += mass * radius;
            }
            let rows = weights.chunks_exact(2).zip(gradient.chunks_exact_mut(2));
            for (j, (w, slope)) in rows.enumerate() {
                let sign = if j < self.half { 1.0 } else { -1.0 };
                if h(w) > 0.0 {
                    slope[0] -= sign * pull * x;
                    slope[1] -= sign * pull * y;
                }
            }
        }
        Ok(Evaluation {
            loss,
            errors: wrong as f64 / directions.len() as f64,
        })
    }
}

fn plane(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hinge_plane");
    group.throughput(Throughput::Elements(200));
    let grid = PolarGrid::paper();
    for half in [4, 12] {
        let network = HingeNetwork::simplified(half, half).expect("neurons of both classes");
        let arcs = Rays::plane(network, 0, &grid).expect("no bias");
        let products = Products {
            half,
            grid: grid.clone(),
        };
        // The half-space start takes more than 200 iterations.
        let random = &mut ChaCha8Rng::seed_from_u64(2);
        let start = PaperStart::HalfSpace.draw(random, 2 * half, 2);
        let run = Training::new(0.1).expect("a positive step").limit(200);
        let (a, b) = (run.run(&arcs, &start), run.run(&products, &start));
        let (a, b) = (a.expect("a valid start"), b.expect("a valid start"));
        assert_eq!((a.iterations, b.iterations), (200, 200));
        let mut pairs = a.weights.iter().zip(&b.weights);
        assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-9));
        group.bench_function(BenchmarkId::new("arcs", 2 * half), |b| {
            b.iter(|| run.run(black_box(&arcs), &start));
        });
        group.bench_function(BenchmarkId::new("a product each", 2 * half), |b| {
            b.iter(|| run.run(black_box(&products), &start));
        });
    }
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

criterion_group!(benches, training, plane, condition);
criterion_main!(benches);
