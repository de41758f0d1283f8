//! From a noisy symmetric start the flow reaches w* for small noise, and often something else for large noise.

use faer::Side;
use gaussian_oracle::multiprecision;
use rand::RngExt;
use teacher_student::initialization::{stream, symmetric_with_noise};
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, GradientFlow, Integrator, Network, Objective,
    Population, Record, Stop, Trajectory, Weights, state_of,
};

use crate::strategies::{matrix, rotation};

const SEED: u64 = 1;
/// x⁰ of the starts x⁰w* + ε; y⁰ is zero.
const X0: f64 = 1e-3;

fn flow(teacher: Weights) -> GradientFlow<Population> {
    GradientFlow::new(Population::matching(Network::new(teacher)))
}

fn follow(flow: &GradientFlow<Population>, start: &Weights) -> (Trajectory, Ending) {
    let method = DormandPrince::default()
        .relative_tolerance(1e-7)
        .absolute_tolerance(1e-10);
    let stop = Stop::new().time(5_000.0).rate_below(1e-7);
    let start = state_of(start.as_mat());
    let run = method
        .integrate(flow, &start, &stop, &Record::Ends)
        .unwrap();
    let ending = Ending::classify(flow, &run, &EndingTolerances::default()).unwrap();
    (run, ending)
}

/// The orthonormal problem K = d, one run with noise s = noise·x⁰.
fn run(k: usize, noise: f64, run: u64) -> (GradientFlow<Population>, Trajectory, Ending) {
    let teacher = Weights::orthonormal(k, k).unwrap();
    let mut rng = stream(SEED, run);
    let start = symmetric_with_noise(&mut rng, &teacher, X0, 0.0, noise * X0).unwrap();
    let flow = flow(teacher);
    let (trajectory, ending) = follow(&flow, &start);
    (flow, trajectory, ending)
}

fn rows(state: &[f64], d: usize) -> Vec<Vec<f64>> {
    state.chunks_exact(d).map(<[f64]>::to_vec).collect()
}

/// Small noise: every run ends at w*, judged by the loss in multiprecision.
#[test]
fn oracle_small_noise_reaches_the_teacher() {
    for (k, noise) in [(2, 0.2), (3, 0.2), (5, 0.2), (8, 0.1)] {
        for index in 0..6 {
            let (flow, trajectory, ending) = run(k, noise, index);
            let Ending::Teacher { matching } = &ending else {
                panic!("K = {k}, noise {noise}, run {index}: {ending}");
            };
            assert!(matching.distance() < 1e-5 && matching.is_identity());
            if index == 0 {
                let student = rows(trajectory.end(), k);
                let teacher = rows(&state_of(flow.objective().teacher().weights().as_mat()), k);
                let unit = vec![1.0; k];
                let exact = multiprecision::population_loss(&student, &unit, &teacher, &unit);
                assert!(exact.to_f64() < 1e-10, "{exact}");
            }
        }
    }
}

/// Starts from all of Ω: (x⁰, y⁰) uniform in Ω and s = 0.2(x⁰ − y⁰). Every run ends at w*: what counts is the noise beside
/// the gap x⁰ − y⁰, not where in Ω the start is.
#[test]
fn oracle_starts_all_over_omega_reach_the_teacher() {
    for (k, runs) in [(2, 12), (3, 12), (5, 12), (8, 6)] {
        for index in 0..runs {
            let mut rng = stream(SEED + 1, index);
            let (mut x, mut y): (f64, f64) = (rng.random(), rng.random());
            if x < y {
                (x, y) = (y, x);
            }
            let teacher = Weights::orthonormal(k, k).unwrap();
            let start = symmetric_with_noise(&mut rng, &teacher, x, y, 0.2 * (x - y)).unwrap();
            let (_, ending) = follow(&flow(teacher), &start);
            let Ending::Teacher { matching } = &ending else {
                panic!("K = {k}, run {index} from ({x}, {y}): {ending}");
            };
            assert!(matching.is_identity() && matching.distance() < 1e-5);
        }
    }
}

/// With s = x⁰ − y⁰ most runs for K = 8 end elsewhere, from the corner of Ω, its middle and its diagonal alike.
#[test]
fn nonvacuity_noise_as_large_as_the_gap_ends_elsewhere_all_over_omega() {
    for (x, y) in [(1.0, 0.0), (0.5, 0.25), (1.0, 0.9)] {
        let arrived = (0..8)
            .filter(|&index| {
                let teacher = Weights::orthonormal(8, 8).unwrap();
                let mut rng = stream(SEED + 2, index);
                let start = symmetric_with_noise(&mut rng, &teacher, x, y, x - y).unwrap();
                matches!(follow(&flow(teacher), &start).1, Ending::Teacher { .. })
            })
            .count();
        assert!(arrived <= 4, "({x}, {y}): {arrived} of 8");
    }
}

/// Where large noise ends for K = 12: at a permutation or at the spurious local minimum of loss 0.0165238, whose loss,
/// gradient and least Hessian eigenvalue are those of a strict local minimum.
#[test]
fn oracle_spurious_endings_are_local_minima() {
    let mut spurious = 0;
    for index in 2..5 {
        let (flow, trajectory, ending) = run(12, 2.0, index);
        let Ending::Critical { loss, gradient, .. } = ending else {
            continue;
        };
        spurious += 1;
        assert!(
            (loss - 0.016_523_79).abs() < 1e-8 && gradient < 1e-6,
            "{loss} {gradient}"
        );
        let end = flow.weights(trajectory.end()).unwrap();
        let hessian = flow.objective().hessian(end).unwrap();
        let least = hessian.self_adjoint_eigenvalues(Side::Lower).unwrap()[0];
        assert!(least > 0.01, "{least}");
        if spurious == 1 {
            let teacher = rows(&state_of(flow.objective().teacher().weights().as_mat()), 12);
            let unit = vec![1.0; 12];
            let student = rows(trajectory.end(), 12);
            let exact = multiprecision::population_loss(&student, &unit, &teacher, &unit).to_f64();
            assert!((exact - loss).abs() < 1e-12, "{exact} {loss}");
        }
    }
    assert!(spurious > 0);
}

/// Rotating teacher and start, or renaming the neurons of the student, changes the ending only by its name.
#[test]
fn symmetry_rotation_and_renaming() {
    let (k, d) = (4, 5);
    let teacher = Weights::orthonormal(k, d).unwrap();
    for index in 0..4 {
        let mut rng = stream(SEED, index);
        let start = symmetric_with_noise(&mut rng, &teacher, X0, 0.0, 0.1 * X0).unwrap();
        let (_, plain) = follow(&flow(teacher.clone()), &start);
        let Ending::Teacher { .. } = plain else {
            panic!("{plain}");
        };
        let frame = rotation(d, 5);
        let turned = |w: &Weights| Weights::new(w.as_mat() * &frame).unwrap();
        let (_, rotated) = follow(&flow(turned(&teacher)), &turned(&start));
        assert!(matches!(rotated, Ending::Teacher { .. }), "{rotated}");
        let mut names = rows(&state_of(start.as_mat()), d);
        names.rotate_left(1);
        let renamed = Weights::new(matrix(&names)).unwrap();
        let (_, renamed) = follow(&flow(teacher.clone()), &renamed);
        let Ending::Permutation { matching } = &renamed else {
            panic!("{renamed}");
        };
        assert_eq!(matching.permutation(), [1, 2, 3, 0]);
    }
}

/// Large noise: for K = 5 at s = 2x⁰ most runs end at a permutation, for K = 12 none of eight ends at w* and some end at
/// no global minimum at all, as one of eight does already for K = 8 at s = x⁰/2.
#[test]
fn nonvacuity_large_noise_ends_elsewhere() {
    let count = |k: usize, noise: f64, runs: u64| {
        let (mut teacher, mut permutation, mut other) = (0, 0, 0);
        for index in 0..runs {
            match run(k, noise, index).2 {
                Ending::Teacher { .. } => teacher += 1,
                Ending::Permutation { .. } => permutation += 1,
                Ending::Critical { loss, .. } if loss > 1e-2 => other += 1,
                ending => panic!("{ending}"),
            }
        }
        (teacher, permutation, other)
    };
    let (teacher, permutation, other) = count(5, 2.0, 8);
    assert!(
        permutation > teacher && other == 0,
        "{teacher} {permutation}"
    );
    let (teacher, permutation, other) = count(12, 2.0, 8);
    assert!(
        teacher == 0 && permutation > 0 && other > 0,
        "{teacher} {permutation} {other}"
    );
    let (_, trajectory, ending) = run(8, 0.5, 1);
    let Ending::Critical { loss, .. } = ending else {
        panic!("{ending} {}", trajectory.outcome());
    };
    assert!((loss - 0.021_508).abs() < 1e-6, "{loss}");
}

/// Without noise and with y⁰ = x⁰ the symmetry is never broken: the run ends at the saddle of Theorem 7.
#[test]
fn nonvacuity_without_noise_the_symmetric_start_ends_at_the_saddle() {
    let k = 4;
    let teacher = Weights::orthonormal(k, k).unwrap();
    let start = symmetric_with_noise(&mut stream(SEED, 0), &teacher, X0, X0, 0.0).unwrap();
    let flow = flow(teacher);
    let (trajectory, ending) = follow(&flow, &start);
    assert!(matches!(ending, Ending::Critical { .. }), "{ending}");
    let saddle = multiprecision::planar_saddle(k).to_f64();
    assert!(
        trajectory.end().iter().all(|w| (w - saddle).abs() < 1e-6),
        "{:?}",
        trajectory.end()
    );
    let loss = flow
        .objective()
        .loss(flow.weights(trajectory.end()).unwrap());
    assert!(loss.unwrap() > 1e-3);
}
