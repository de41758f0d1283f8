//! What counts as one point: symmetries of the teacher's function, effective weights, shares of parallel students.

use critical_points::{Equivalence, Kind, Search};
use teacher_student::{Network, Objective, Population, Weights};

use crate::weights;

fn regular(count: usize, lengths: &[f64]) -> Weights {
    let turn = std::f64::consts::TAU / count as f64;
    let row = |k: usize| {
        let (sine, cosine) = (turn * k as f64).sin_cos();
        vec![lengths[k] * cosine, lengths[k] * sine]
    };
    Weights::from_rows(&(0..count).map(row).collect::<Vec<_>>()).unwrap()
}

fn negative(weights: &Weights) -> Weights {
    Weights::new(weights.as_mat() * faer::Scale(-1.0)).unwrap()
}

/// The function of teachers whose sum is zero is even, so that W and −W are one point.
#[test]
fn symmetry_even_teachers() {
    let point = weights(&[&[0.9, 0.2], &[-0.3, 0.7]]);
    let equivalent = |teacher: Weights, students: usize| {
        let population = Population::new(Network::new(teacher), vec![1.0; students]).unwrap();
        let here = population.loss(point.as_mat()).unwrap();
        let there = population.loss(negative(&point).as_mat()).unwrap();
        let same = Equivalence::new(&population).unwrap();
        let same = same.between(&point, &negative(&point), 1e-9).unwrap();
        ((here - there).abs() < 1e-14, same)
    };
    for count in [3, 5, 7] {
        let (losses, same) = equivalent(regular(count, &vec![1.0; count]), 2);
        let same = same.expect("x to -x");
        assert!(
            losses && same.signs().iter().all(|sign| *sign == -1.0),
            "{same:?}"
        );
    }
    // Different norms, and no symmetry but this one.
    let sum_zero = weights(&[&[2.0, 0.5], &[-0.7, 1.0], &[-1.3, -1.5]]);
    let (losses, same) = equivalent(sum_zero, 2);
    assert!(losses && same.is_some());
    // A sum that is not zero, by little or by much.
    for teacher in [
        regular(3, &[1.0, 1.0, 1.001]),
        weights(&[&[1.0, 0.0], &[-0.5, 0.75_f64.sqrt()]]),
    ] {
        let (losses, same) = equivalent(teacher, 2);
        assert!(!losses && same.is_none());
    }
    // The search counts W and −W once: the classes have different losses, or different spectra.
    let population = Population::new(Network::new(regular(3, &[1.0; 3])), vec![1.0; 2]).unwrap();
    let catalogue = Search::new(&population)
        .unwrap()
        .catalogue(0..120, 2)
        .unwrap();
    let equivalence = Equivalence::new(&population).unwrap();
    for (i, one) in catalogue.classes().iter().enumerate() {
        for other in &catalogue.classes()[..i] {
            let turned = negative(other.representative());
            let same = equivalence
                .between(one.representative(), &turned, 1e-7)
                .unwrap();
            assert!(same.is_none(), "{one} and {other}");
        }
    }
    assert!(catalogue.classes().len() >= 2);
}

/// Top weights and norms have the same effect: one function counts once.
#[test]
fn symmetry_effective_weights() {
    let teacher = Network::new(Weights::orthonormal(2, 2).unwrap());
    let population = Population::new(teacher, vec![1.0, 0.9]).unwrap();
    let equivalence = Equivalence::new(&population).unwrap();
    let one = weights(&[&[1.0, 0.0], &[0.0, 1.0 / 0.9]]);
    let other = weights(&[&[0.0, 1.0], &[1.0 / 0.9, 0.0]]);
    assert!(equivalence.between(&one, &other, 1e-9).unwrap().is_some());
    let catalogue = Search::new(&population)
        .unwrap()
        .catalogue(0..80, 2)
        .unwrap();
    let minima = catalogue.classes().iter();
    let minima = minima.filter(|class| class.classification().kind() == Kind::GlobalMinimum);
    assert_eq!(minima.count(), 1);
    // A sign is no scale.
    let teacher = Network::new(Weights::orthonormal(2, 2).unwrap());
    let mixed = Population::new(teacher, vec![1.0, -1.0]).unwrap();
    let equivalence = Equivalence::new(&mixed).unwrap();
    let (one, other) = (
        weights(&[&[1.0, 0.0], &[0.0, 1.0]]),
        weights(&[&[0.0, 1.0], &[1.0, 0.0]]),
    );
    assert!(equivalence.between(&one, &other, 1e-9).unwrap().is_some());
    let other = weights(&[&[0.5, 0.0], &[0.0, 1.0]]);
    assert!(equivalence.between(&one, &other, 1e-9).unwrap().is_none());
}

/// A student more than teachers: the shares of two parallel students are free, and make one class.
#[test]
fn shares_of_parallel_students_are_one_manifold() {
    let teacher = Network::new(Weights::orthonormal(2, 3).unwrap());
    let population = Population::new(teacher, vec![1.0; 3]).unwrap();
    let equivalence = Equivalence::new(&population).unwrap();
    let share = |s: f64| weights(&[&[0.0, 1.0, 0.0], &[s, 0.0, 0.0], &[1.0 - s, 0.0, 0.0]]);
    assert!(
        equivalence
            .between(&share(0.3), &share(0.6), 1e-9)
            .unwrap()
            .is_none()
    );
    assert!(
        equivalence
            .of_one_manifold(&share(0.3), &share(0.6), 1e-9)
            .unwrap()
    );
    // The other teacher by symmetry; three parallel students, or none, are other manifolds.
    let other = weights(&[&[1.0, 0.0, 0.0], &[0.0, 0.5, 0.0], &[0.0, 0.5, 0.0]]);
    assert!(
        equivalence
            .of_one_manifold(&share(0.3), &other, 1e-9)
            .unwrap()
    );
    let three = weights(&[&[0.2, 0.0, 0.0], &[0.3, 0.0, 0.0], &[0.5, 0.0, 0.0]]);
    assert!(
        !equivalence
            .of_one_manifold(&share(0.3), &three, 1e-9)
            .unwrap()
    );
    let apart = weights(&[&[0.0, 1.0, 0.0], &[0.3, 0.1, 0.0], &[0.7, -0.1, 0.0]]);
    assert!(
        !equivalence
            .of_one_manifold(&share(0.3), &apart, 1e-9)
            .unwrap()
    );
    // One class of global minima, and no class twice.
    let catalogue = Search::new(&population)
        .unwrap()
        .catalogue(0..96, 3)
        .unwrap();
    for (i, one) in catalogue.classes().iter().enumerate() {
        for other in &catalogue.classes()[..i] {
            let (one, other) = (one.representative(), other.representative());
            assert!(!equivalence.of_one_manifold(one, other, 1e-7).unwrap());
        }
    }
    let minima = catalogue.classes().iter();
    let minima = minima.filter(|class| class.classification().kind() == Kind::GlobalMinimum);
    assert_eq!(minima.count(), 1);
}
