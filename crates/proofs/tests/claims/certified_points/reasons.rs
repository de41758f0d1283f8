//! Reasons are true: what is not critical is called so, what is not parallel is not called so, and a loss of 0 is one.

use proofs::points::{CriticalPoint, Refusal, certify};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use teacher_student::{Network, Objective, Population, Weights};

use super::{certified, network, refused, verdict};

#[test]
fn oracle_a_point_with_a_gradient_is_not_critical() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for d in [3, 5, 6] {
        let teacher = Network::new(Weights::orthonormal(3, d).unwrap());
        let population = Population::matching(teacher.clone());
        for _ in 0..10 {
            let rows: Vec<Vec<f64>> = (0..3)
                .map(|_| (0..d).map(|_| StandardNormal.sample(&mut random)).collect())
                .collect();
            let student = network(&rows);
            let slope = population
                .gradient(student.weights().as_mat())
                .unwrap()
                .norm_l2();
            match refused(&student, &teacher) {
                Refusal::NotCritical { gradient, .. } => {
                    assert!((gradient - slope).abs() < 1e-10 * slope);
                }
                Refusal::Steep { gradient } => {
                    assert!(gradient <= slope * (1.0 + 1e-12) && gradient > 0.99 * slope);
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn nonvacuity_nearly_parallel_students_are_undecided() {
    for angle in [1e-7, 1e-8, 1e-9] {
        let teacher = network(&[vec![1.0, 0.0], vec![1.0, angle]]);
        let found = verdict(&teacher, &teacher).unwrap();
        // Either proved, or refused for what is true.
        match found.refusal() {
            None => assert!(found.certified().unwrap().is_teacher()),
            Some(Refusal::NearlyParallel {
                least, greatest, ..
            }) => {
                assert!(*least <= angle && angle <= *greatest && *least > 0.0);
            }
            Some(other) => panic!("{angle:e}: {other}"),
        }
    }
}

#[test]
fn oracle_a_small_part_across_the_teachers_is_polished_away() {
    let teacher = Network::new(Weights::orthonormal(3, 6).unwrap());
    let rows: Vec<Vec<f64>> = (0..3)
        .map(|i| {
            let mut row: Vec<f64> = (0..6).map(|c| f64::from(u8::from(i == c))).collect();
            row[5] += if i == 0 { 1e-3 } else { 0.0 };
            row
        })
        .collect();
    let point = certified(&network(&rows), &teacher);
    assert!(point.is_teacher() && point.inertia().positive == 18);
    // How far Newton's method went is said.
    let moved = point.distance(network(&rows).weights());
    assert!((moved - 1e-3).abs() < 1e-12, "{moved:e}");
}

#[test]
fn oracle_weights_of_the_same_function_are_global_minima() {
    // Top weight 2 and half the weights; two teachers of one direction and one student.
    let teacher = network(&[vec![1.0, 0.25], vec![-0.5, 2.0]]);
    let half = Weights::from_rows(&[vec![0.5, 0.125], vec![-0.25, 1.0]]).unwrap();
    let population = Population::new(teacher, vec![2.0, 2.0]).unwrap();
    let found = certify(&population, &half).unwrap();
    assert!(
        found.certified().is_some_and(CriticalPoint::is_teacher),
        "{found:?}"
    );
    let pair = network(&[vec![1.0, 0.0], vec![2.0, 0.0]]);
    assert!(certified(&network(&[vec![3.0, 0.0]]), &pair).is_teacher());
    // A third of a weight is no double: the sum is an interval.
    let population = Population::new(network(&[vec![1.0, 0.5]]), vec![3.0]).unwrap();
    let third = Weights::from_rows(&[vec![1.0 / 3.0, 0.5 / 3.0]]).unwrap();
    assert!(
        certify(&population, &third)
            .unwrap()
            .certified()
            .is_some_and(CriticalPoint::is_teacher)
    );
    // Another sign of the top weight is another function.
    let against = Population::new(network(&[vec![1.0, 0.5]]), vec![-1.0]).unwrap();
    let opposite = Weights::from_rows(&[vec![-1.0, -0.5]]).unwrap();
    assert!(
        !certify(&against, &opposite)
            .unwrap()
            .certified()
            .is_some_and(CriticalPoint::is_teacher)
    );
}

#[test]
fn symmetry_large_and_small_weights_do_not_vanish() {
    for exponent in [-140, 0, 140] {
        let size = 10_f64.powi(exponent);
        let teacher = network(&[vec![size, 0.0], vec![0.0, size]]);
        assert!(certified(&teacher, &teacher).is_teacher(), "{size:e}");
    }
    // Beyond what the population computes it is an error or a verdict, but no false reason.
    let size = 1e160;
    let teacher = network(&[vec![size, 0.0], vec![0.0, size]]);
    if let Ok(found) = verdict(&teacher, &teacher) {
        assert!(
            !matches!(found.refusal(), Some(Refusal::VanishingNeuron { .. })),
            "{found:?}"
        );
    }
}
