//! The population gradient by matrix products beside the sum over pairs of neurons; its flow by methods of equal accuracy.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faer::Mat;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{Gaussian, InputLaw, population_gating};
use teacher_student::{
    DormandPrince, ExponentialAdams, GradientFlow, Integrator, Network, Objective, Population,
    Record, Stop, Weights,
};

fn gaussian_rows(rows: usize, columns: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows)
        .map(|_| {
            let mut row = vec![0.0; columns];
            Gaussian.sample(&mut rng, &mut row);
            row
        })
        .collect()
}

/// Eq 8 as printed: a gating for every pair of neurons.
fn gradient_by_pairs(student: &[Vec<f64>], teacher: &[Vec<f64>]) -> Vec<Vec<f64>> {
    student
        .iter()
        .map(|e| {
            let mut sum = vec![0.0; e.len()];
            for (rows, sign) in [(student, 1.0), (teacher, -1.0)] {
                for w in rows {
                    let gating = population_gating(e, w).expect("the vectors are valid");
                    for (s, f) in sum.iter_mut().zip(gating) {
                        *s += sign * f;
                    }
                }
            }
            sum
        })
        .collect()
}

fn gradient(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("population_gradient");
    group.sample_size(20);
    for (neurons, dimension) in [(5, 10), (20, 50), (100, 200)] {
        let (student, teacher) = (
            gaussian_rows(neurons, dimension, 1),
            gaussian_rows(neurons, dimension, 2),
        );
        let weights = Weights::from_rows(&teacher).expect("the rows are valid");
        let population = Population::matching(Network::new(weights));
        let at = Mat::from_fn(neurons, dimension, |i, j| student[i][j]);
        let fast = population
            .gradient(at.as_ref())
            .expect("the student is valid");
        let slow = gradient_by_pairs(&student, &teacher);
        let difference = &fast - Mat::from_fn(neurons, dimension, |i, j| slow[i][j]);
        assert!(
            difference.norm_l2() < 1e-12 * fast.norm_l2(),
            "the two gradients must agree"
        );
        group.throughput(Throughput::Elements((2 * neurons * neurons) as u64));
        group.bench_function(format!("matrix products/K={neurons},d={dimension}"), |b| {
            b.iter(|| population.gradient(black_box(at.as_ref())));
        });
        group.bench_function(format!("pairs/K={neurons},d={dimension}"), |b| {
            b.iter(|| gradient_by_pairs(black_box(&student), black_box(&teacher)));
        });
    }
    group.finish();
}

/// The Hessian as an operator, beside the gradient and beside the Hessian as a matrix.
fn hessian(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hessian");
    group.sample_size(20);
    let (neurons, dimension) = (20, 50);
    let (student, direction) = (
        gaussian_rows(neurons, dimension, 1),
        gaussian_rows(neurons, dimension, 3),
    );
    let weights =
        Weights::from_rows(&gaussian_rows(neurons, dimension, 2)).expect("the rows are valid");
    let population = Population::matching(Network::new(weights));
    let at = Mat::from_fn(neurons, dimension, |i, j| student[i][j]);
    let v = Mat::from_fn(neurons, dimension, |i, j| direction[i][j]);
    let dense = population
        .hessian(at.as_ref())
        .expect("the student is valid");
    let flat = Mat::from_fn(neurons * dimension, 1, |r, _| {
        v[(r / dimension, r % dimension)]
    });
    let expected = &dense * &flat;
    let product = population
        .hessian_product(at.as_ref(), v.as_ref())
        .expect("the shapes agree");
    let difference = Mat::from_fn(neurons * dimension, 1, |r, _| {
        product[(r / dimension, r % dimension)] - expected[(r, 0)]
    });
    assert!(
        difference.norm_l2() < 1e-11 * expected.norm_l2(),
        "the two products must agree"
    );
    group.throughput(Throughput::Elements((2 * neurons * neurons) as u64));
    group.bench_function("product", |b| {
        b.iter(|| population.hessian_product(black_box(at.as_ref()), black_box(v.as_ref())));
    });
    group.bench_function("gradient", |b| {
        b.iter(|| population.gradient(black_box(at.as_ref())));
    });
    group.bench_function("matrix", |b| {
        b.iter(|| population.hessian(black_box(at.as_ref())));
    });
    group.finish();
}

/// A flow to its end at tight tolerance.
fn flow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flow_to_the_end");
    group.sample_size(10);
    let neurons = 20;
    let teacher = Weights::orthonormal(neurons, neurons).expect("K = d");
    let population = Population::matching(Network::new(teacher));
    let adams = ExponentialAdams::default()
        .relative_tolerance(1e-10)
        .absolute_tolerance(1e-12)
        .top_weights(population.student_top_weights());
    let flow = GradientFlow::new(population);
    let start: Vec<f64> = gaussian_rows(1, neurons * neurons, 4)[0]
        .iter()
        .map(|x| 0.1 * x)
        .collect();
    let pair = DormandPrince::default()
        .relative_tolerance(1e-10)
        .absolute_tolerance(1e-12);
    let stop = Stop::new().time(1e4).rate_below(1e-7);
    let run = |method: &dyn Integrator| {
        method
            .integrate(&flow, &start, &stop, &Record::Ends)
            .expect("the start is valid")
    };
    let (first, second) = (run(&adams), run(&pair));
    assert!(
        first.outcome().is_converged() && second.outcome().is_converged(),
        "both must arrive"
    );
    for (x, y) in first.end().iter().zip(second.end()) {
        assert!((x - y).abs() < 1e-7, "at the same end");
    }
    group.bench_function("exponential Adams", |b| b.iter(|| run(&adams)));
    group.bench_function("Dormand-Prince", |b| b.iter(|| run(&pair)));
    group.finish();
}

criterion_group!(benches, gradient, hessian, flow);
criterion_main!(benches);
