//! Spurious local minima of an orthonormal teacher with K = d.

use std::f64::consts::PI;

use critical_points::{Arrival, Catalogue, Descent, Equivalence, Kind, classify};
use faer::Mat;
use teacher_student::initialization::{lecun, stream};
use teacher_student::{
    GradientDescent, GradientFlow, Integrator, Network, Objective, Population, Record, Stop,
    Weights, state_of,
};

use crate::strategies::{gradient, loss, norm, rows};

/// Gradients of neurons of length one, with a few roundings for each of up to 9 neurons.
const GRADIENT: f64 = 1e-13;

fn population(neurons: usize) -> Population {
    Population::matching(Network::new(
        Weights::orthonormal(neurons, neurons).unwrap(),
    ))
}

/// Ends of descent from N(0, 1/d) starts at no global minimum, with their run numbers.
fn spurious(neurons: usize, runs: u64) -> Vec<(u64, Weights)> {
    let descent = Descent::new(0.1, 1e-9).unwrap();
    (0..runs)
        .filter_map(|run| {
            let start = lecun(&mut stream(2018, run), neurons, neurons).unwrap();
            let end = descent.run(&population(neurons), &start).unwrap();
            assert!(matches!(
                end.arrival(),
                Arrival::Minimum | Arrival::Tolerance
            ));
            assert!(end.gradient_norm() <= 1e-9);
            (end.loss() > 1e-5).then(|| (run, end.weights().clone()))
        })
        .collect()
}

#[test]
fn oracle_the_minimum_of_eight_neurons() {
    // Safran & Shamir: 126 of 1000 runs. The count of 60 runs is within 7 standard deviations of 7.6 = 0.126·60.
    let found = spurious(8, 60);
    assert!((1..=25).contains(&found.len()), "{}", found.len());
    let problem = population(8);
    let teacher = rows(&Weights::orthonormal(8, 8).unwrap());
    let mut catalogue = Catalogue::new(&problem).unwrap();
    for (run, point) in &found {
        catalogue.enter(point, *run).unwrap();
    }
    // One class up to symmetry, with loss and least eigenvalue as other programs have them.
    assert_eq!(catalogue.classes().len(), 1);
    let class = &catalogue.classes()[0];
    assert_eq!(class.runs().len(), found.len());
    let point = class.classification();
    assert_eq!(point.kind(), Kind::SpuriousMinimum);
    assert!(point.margin() > 1e6, "{}", point.margin());
    assert!((point.loss() - 0.021_508).abs() < 5e-7);
    assert!((point.least_eigenvalue() - 0.0213).abs() < 5e-5);
    // Critical in multiprecision too.
    let weights = rows(class.representative());
    assert!(norm(&gradient(&weights, &teacher)) < GRADIENT);
    assert!((loss(&weights, &teacher) - point.loss()).abs() < 1e-14);
}

#[test]
fn oracle_the_least_eigenvalue_at_the_teacher() {
    for neurons in 2..=8 {
        let teacher = Weights::orthonormal(neurons, neurons).unwrap();
        let point = classify(&population(neurons), &teacher).unwrap();
        assert_eq!(point.kind(), Kind::GlobalMinimum);
        assert!((point.least_eigenvalue() - (0.25 - 0.5 / PI)).abs() < 1e-14);
    }
}

#[test]
fn oracle_the_shortcut_changes_no_end() {
    // Descent by the exact gradient, every step to the tolerance.
    let descent = Descent::new(0.1, 1e-9).unwrap();
    for neurons in [6, 9] {
        let problem = population(neurons);
        let flow = GradientFlow::new(problem.clone());
        for run in 0..8 {
            let start = lecun(&mut stream(2018, run), neurons, neurons).unwrap();
            let stop = Stop::new().steps(200_000).rate_below(1e-9);
            let path = GradientDescent::new(0.1)
                .integrate(&flow, &state_of(start.as_mat()), &stop, &Record::Ends)
                .unwrap();
            assert!(path.outcome().is_converged());
            let exact = problem.loss(flow.weights(path.end()).unwrap()).unwrap();
            for way in [descent, descent.without_shortcut()] {
                let end = way.run(&problem, &start).unwrap();
                assert!(
                    (end.loss() - exact).abs() < 1e-12,
                    "K = {neurons}, run {run}"
                );
                // Not only the same loss: the same point.
                let off = end.weights().as_mat() - flow.weights(path.end()).unwrap();
                assert!(off.norm_l2() < 1e-6, "K = {neurons}, run {run}: {off:?}");
            }
            let end = descent.run(&problem, &start).unwrap();
            assert!(end.steps() < path.steps() && end.arrival() == Arrival::Minimum);
        }
    }
}

#[test]
fn oracle_the_tolerance_is_that_of_the_exact_gradient() {
    // Widths that are and that are not whole registers of 4 and of 8 numbers.
    for neurons in [5, 6, 8, 12, 20] {
        let problem = population(neurons);
        let start = lecun(&mut stream(2018, 4), neurons, neurons).unwrap();
        let descent = Descent::new(0.1, 1e-6).unwrap().without_shortcut();
        let end = descent.run(&problem, &start).unwrap();
        assert_eq!(end.arrival(), Arrival::Tolerance, "K = {neurons}");
        let exact = problem.gradient(end.weights().as_mat()).unwrap().norm_l2();
        assert!(exact <= 1e-6 + 1e-12, "K = {neurons}: {exact:e}");
    }
    // Below its rounding the plain formula decides nothing: the descent ends by its steps, or is confirmed.
    let problem = population(3);
    let start = lecun(&mut stream(2018, 4), 3, 3).unwrap();
    let descent = Descent::new(0.1, 1e-200).unwrap().without_shortcut();
    let end = descent.most_steps(3000).run(&problem, &start).unwrap();
    match end.arrival() {
        Arrival::Steps => assert_eq!(end.steps(), 3000),
        arrival => assert!(arrival == Arrival::Tolerance && end.gradient_norm() < 1e-12),
    }
}

#[test]
fn symmetry_renamed_starts_end_in_renamed_minima() {
    let (run, end) = spurious(9, 20)
        .into_iter()
        .next()
        .expect("a fifth of the runs");
    let problem = population(9);
    let start = lecun(&mut stream(2018, run), 9, 9).unwrap();
    // Students and axes renamed.
    let renamed = Mat::from_fn(9, 9, |j, c| {
        start.as_mat()[((4 * j + 2) % 9, (2 * c + 5) % 9)]
    });
    let renamed = Weights::new(renamed).unwrap();
    let other = Descent::new(0.1, 1e-9)
        .unwrap()
        .run(&problem, &renamed)
        .unwrap();
    let equivalence = Equivalence::new(&problem).unwrap();
    let same = equivalence
        .between(&end, other.weights(), 1e-9)
        .unwrap()
        .expect("equivalent");
    for j in 0..9 {
        for c in 0..9 {
            let there = end.as_mat()[(same.students()[j], same.teachers()[c])];
            assert!((there - other.weights().as_mat()[(j, c)]).abs() < 1e-9);
        }
    }
}

#[test]
fn nonvacuity_few_neurons_have_no_spurious_minimum() {
    assert!(spurious(4, 40).is_empty() && spurious(5, 40).is_empty());
}

#[test]
fn nonvacuity_classes_are_more_than_sorted_numbers() {
    // A ring of six and two rings of three: every row, column, norm and angle to the nearest teacher is the same.
    let ring = |next: [usize; 6]| {
        Weights::new(Mat::from_fn(6, 6, |j, c| {
            if c == j {
                0.9
            } else if c == next[j] {
                0.2
            } else {
                0.0
            }
        }))
        .unwrap()
    };
    let equivalence = Equivalence::new(&population(6)).unwrap();
    let (one, two) = (ring([1, 2, 3, 4, 5, 0]), ring([1, 2, 0, 4, 5, 3]));
    assert!(equivalence.between(&one, &two, 1e-9).unwrap().is_none());
    let turned = ring([5, 0, 1, 2, 3, 4]);
    assert!(equivalence.between(&one, &turned, 1e-9).unwrap().is_some());
}
