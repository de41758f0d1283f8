//! Teachers whose span is not made of axes: the point is proved where it is, with the inertia of the problem turned to axes.

use faer::Mat;
use proofs::Interval;
use proofs::points::{Refusal, Rejection, check_certificate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use teacher_student::{Network, Weights};

use super::noise::across;
use super::{certified, network, out_of_plane, verdict};

/// An orthogonal matrix, d × d, to rounding.
fn rotation(d: usize, seed: u64) -> Mat<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let draws: Mat<f64> = Mat::from_fn(d, d, |_, _| StandardNormal.sample(&mut random));
    draws.qr().compute_Q()
}

fn turned(rows: &Network, rotation: &Mat<f64>) -> Network {
    Network::new(Weights::new(rows.weights().as_mat() * rotation).unwrap())
}

#[test]
fn symmetry_any_rotation_has_the_same_theorem() {
    let mut points = Vec::new();
    for d in [4, 5, 7] {
        let teacher = Network::new(Weights::orthonormal(2, d).unwrap());
        points.push((out_of_plane(d), teacher));
    }
    points.push(across(2, 3));
    points.push(across(3, 4));
    for (seed, (student, teacher)) in points.iter().enumerate() {
        let still = certified(student, teacher);
        let rotation = rotation(student.weights().dimension(), seed as u64);
        let moved = turned(student, &rotation);
        let point = certified(&moved, &turned(teacher, &rotation));
        assert_eq!(point.inertia(), still.inertia());
        assert!(point.inertia().zero > 0 && point.radius() < 1e-11);
        // The teacher is rounded: another problem by that much.
        let near = point.loss() + Interval::around(0.0, 1e-14);
        assert!(near.intersection(still.loss()).is_some());
        assert!((point.least_eigenvalue() - still.least_eigenvalue()).abs() < 1e-9);
        // The centre is where the student is, not turned.
        assert!(point.distance(moved.weights()) < 1e-6);
    }
}

#[test]
fn oracle_teachers_off_the_axes_by_little() {
    let student = out_of_plane(4);
    let still = certified(&student, &Network::new(Weights::orthonormal(2, 4).unwrap()));
    for tiny in [1e-300, 1e-30, 1e-16] {
        let teacher = network(&[vec![1.0, 0.0, tiny, 0.0], vec![0.0, 1.0, 0.0, 0.0]]);
        assert_eq!(
            certified(&student, &teacher).inertia(),
            still.inertia(),
            "{tiny:e}"
        );
    }
    // Teachers of one direction: the span is decided in rational numbers.
    let half = vec![0.5, 0.0, 0.0, 0.0];
    let teacher = network(&[half.clone(), half, vec![0.0, 1.0, 0.0, 0.0]]);
    let point = certified(&student, &teacher);
    assert!(
        point.inertia() == still.inertia() && point.loss().intersection(still.loss()).is_some()
    );
    // Nearly one direction: to rounding of one span, exactly of another.
    let near = network(&[
        vec![0.5, 0.0, 0.0, 0.0],
        vec![0.5, 0.0, 0.0, 1e-12],
        vec![0.0, 1.0, 0.0, 0.0],
    ]);
    let found = verdict(&student, &near).unwrap();
    assert!(
        matches!(found.refusal(), Some(Refusal::Rotations { span: 2, .. })),
        "{found:?}"
    );
}

#[test]
fn symmetry_certificates_with_a_slice_are_still_read() {
    let text = include_str!("../../fixtures/slice.json");
    let point = check_certificate(text).unwrap();
    let teacher = Network::new(Weights::orthonormal(2, 4).unwrap());
    let again = certified(&out_of_plane(4), &teacher);
    assert_eq!(point.inertia(), again.inertia());
    assert!(point.loss().intersection(again.loss()).is_some());
}

#[test]
fn nonvacuity_a_wrong_rank_is_refused() {
    let teacher = Network::new(Weights::orthonormal(2, 5).unwrap());
    let forged = |text: &str, rank: usize| {
        let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
        value["system"]["slice"] = serde_json::json!({ "rank": rank });
        let Err(Rejection::Checksum { computed, .. }) = check_certificate(&value.to_string())
        else {
            panic!("the checksum is that of another text");
        };
        value["checksum"] = computed.into();
        check_certificate(&value.to_string())
    };
    let point = certified(&out_of_plane(5), &teacher).certificate();
    assert!(check_certificate(&point).is_ok());
    for rank in [0, 2, 3, 4] {
        assert!(
            matches!(forged(&point, rank), Err(Rejection::Unproved(_))),
            "{rank}"
        );
    }
    let still = certified(&teacher, &teacher).certificate();
    for rank in 0..4 {
        assert!(
            matches!(forged(&still, rank), Err(Rejection::Unproved(_))),
            "{rank}"
        );
    }
}
