//! The planar dynamics (x, y) of Eq 16 and its lift to K × d.

use std::f64::consts::TAU;

use faer::Mat;
use gaussian_oracle::multiprecision::{
    Real, planar_field, planar_saddle, population_gradient, population_loss, relative_error,
};
use proptest::prelude::*;
use ssb::PlanarDynamics;

use crate::strategies::{
    circulant, config, distance, doubles, in_region, magnitude, matrix, neurons, norm, planar, rows,
};

/// About ten terms, each with a few roundings (2⁻⁵³) and none larger than the velocity: 64 units of 2⁻⁵².
const ACCURACY: f64 = 64.0 * f64::EPSILON;

/// The oracle's field, per sample.
fn exact(x: f64, y: f64, neurons: usize) -> [Real; 2] {
    let scale = Real::from(2.0) * Real::pi();
    planar_field(x, y, neurons).map(|rate| rate / &scale)
}

/// The size of the largest term of Eq 16: what its rounding is measured by where the terms cancel.
fn largest_term(x: f64, y: f64, neurons: usize) -> f64 {
    let others = neurons as f64 - 1.0;
    (x.abs() + 1.0 + others * y.abs() + others.sqrt()) / 2.0
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn oracle_in_the_plane(k in neurons(), r in magnitude(-3.0..3.0), turn in 0.0..TAU) {
        let (x, y) = (r * turn.cos(), r * turn.sin());
        let error = relative_error(&planar(k).velocity(x, y)?, &exact(x, y, k));
        prop_assert!(error <= 1e-12, "{error:e} at ({x}, {y}), K = {k}");
    }

    #[test]
    fn oracle_in_the_region(k in neurons(), (x, y) in in_region()) {
        let off = distance(&planar(k).velocity(x, y)?, &doubles(&exact(x, y, k)));
        // Near the saddle terms of size √K cancel: no evaluation in doubles does better.
        let size = norm(&doubles(&exact(x, y, k)));
        let allowed = (1e-12 * size).max(16.0 * f64::EPSILON * largest_term(x, y, k));
        prop_assert!(off <= allowed, "{off:e} of {size:e} at ({x}, {y}), K = {k}");
    }

    #[test]
    fn oracle_near_the_teacher(k in neurons(), r in magnitude(-12.0..-2.0), turn in 0.0..TAU, squeeze in any::<bool>()) {
        // In the scale of (x, y), or in that of the K − 1 equal entries y.
        let shrink = if squeeze { (k as f64 - 1.0).sqrt() } else { 1.0 };
        let (x, y) = (1.0 + r * turn.cos(), r * turn.sin() / shrink);
        let error = relative_error(&planar(k).velocity(x, y)?, &exact(x, y, k));
        prop_assert!(error <= ACCURACY, "{error:e} at ({x}, {y}), K = {k}");
    }

    #[test]
    fn oracle_near_the_diagonal(k in neurons(), x in 0.5..1.0_f64, gap in magnitude(-12.0..-2.0)) {
        let y = x * (1.0 - gap);
        let error = relative_error(&planar(k).velocity(x, y)?, &exact(x, y, k));
        prop_assert!(error <= 1e-12, "{error:e} at ({x}, {y}), K = {k}");
    }

    #[test]
    fn oracle_near_the_saddle(k in neurons(), r in magnitude(-10.0..-1.0), turn in 0.0..TAU) {
        let saddle = planar_saddle(k).to_f64();
        let (x, y) = (saddle * (1.0 + r * turn.cos()), saddle * (1.0 + r * turn.sin()));
        let off = distance(&planar(k).velocity(x, y)?, &doubles(&exact(x, y, k)));
        prop_assert!(off <= 16.0 * f64::EPSILON * largest_term(x, y, k), "{off:e} at ({x}, {y}), K = {k}");
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn oracle_full_gradient_and_loss(k in 2..=4_usize, x in -1.5..1.5_f64, y in -1.5..1.5_f64, r in magnitude(-9.0..0.0)) {
        let top = vec![1.0; k];
        for (x, y) in [(x, y), (1.0 + r * x, r * y)] {
            let (student, teacher) = (circulant(x, y, k), circulant(1.0, 0.0, k));
            let gradient = population_gradient(&student, &top, &teacher, &top);
            let velocity = planar(k).velocity(x, y)?;
            let error = relative_error(&velocity.map(|v| -v), &gradient[0][..2]);
            prop_assert!(error <= 1e-12, "gradient {error:e} at ({x}, {y}), K = {k}");
            let loss = population_loss(&student, &top, &teacher, &top);
            let error = relative_error(&[planar(k).loss(x, y)?], &[loss]);
            prop_assert!(error <= ACCURACY, "loss {error:e} at ({x}, {y}), K = {k}");
        }
    }

    #[test]
    fn oracle_lift_on_a_rotated_frame(x in 0.1..1.5_f64, y in -1.0..1.5_f64, turns in prop::array::uniform3(0.0..TAU)) {
        let frame = frame(turns);
        let student = rows(planar(3).lift_on(frame.as_ref(), x, y)?.as_mat());
        let top = [1.0; 3];
        let gradient = population_gradient(&student, &top, &rows(frame.as_ref()), &top);
        let [dx, dy] = planar(3).velocity(x, y)?;
        for j in 0..3 {
            let row: Vec<f64> = (0..4)
                .map(|i| (0..3).map(|l| frame[(l, i)] * if l == j { dx } else { dy }).sum())
                .collect();
            // The frame is orthonormal to a few units of rounding, and weighs at most 3·1.5.
            prop_assert!(distance(&row, &doubles(&gradient[j]).iter().map(|g| -g).collect::<Vec<_>>()) <= 1e-14);
        }
    }

    #[test]
    fn symmetry_exchange_of_two_students(x in -1.5..1.5_f64, y in -1.5..1.5_f64) {
        // For K = 2 the relabelled student (y, x) moves as the mirror image, bit by bit.
        prop_assume!(x.abs() != y.abs());
        let [dx, dy] = planar(2).velocity(x, y)?;
        prop_assert_eq!(planar(2).velocity(y, x)?, [dy, dx]);
        prop_assert_eq!(planar(2).loss(x, y)?, planar(2).loss(y, x)?);
    }

    #[test]
    fn symmetry_relabelling(k in 2..=4_usize, x in 0.1..1.5_f64, y in -1.0..1.0_f64) {
        // The cyclic relabelling of neurons and coordinates leaves the lifted gradient alone: one x-rate, one y-rate.
        let top = vec![1.0; k];
        let gradient = population_gradient(&circulant(x, y, k), &top, &circulant(1.0, 0.0, k), &top);
        let [dx, dy] = planar(k).velocity(x, y)?;
        for (j, row) in gradient.iter().enumerate() {
            for (i, entry) in row.iter().enumerate() {
                let expected = if i == j { -dx } else { -dy };
                prop_assert!((entry.to_f64() - expected).abs() <= 1e-14);
            }
        }
    }
}

/// Three orthonormal rows in ℝ⁴: the first rows of a product of plane rotations.
fn frame(turns: [f64; 3]) -> Mat<f64> {
    let mut rows: Vec<[f64; 4]> = vec![
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
    ];
    for (axis, turn) in turns.into_iter().enumerate() {
        for row in &mut rows {
            let (a, b) = (row[axis], row[axis + 1]);
            row[axis] = turn.cos() * a - turn.sin() * b;
            row[axis + 1] = turn.sin() * a + turn.cos() * b;
        }
    }
    Mat::from_fn(3, 4, |i, j| rows[i][j])
}

#[test]
fn symmetry_equal_coordinates_stay_equal() {
    for k in [2, 3, 10, 1_000_000] {
        for x in [1e-9, 0.1, 0.7, 3.0] {
            let [dx, dy] = planar(k).velocity(x, x).unwrap();
            assert_eq!(dx, dy, "x = y = {x}, K = {k}");
        }
    }
}

#[test]
fn oracle_extreme_sizes() {
    // At the smallest and largest norms the direction alone decides, or the linear part.
    for (x, y) in [
        (5e-324, 0.0),
        (3e-310, 1e-310),
        (1e-200, 7e-201),
        (1e120, 3e119),
    ] {
        let velocity = planar(7).velocity(x, y).unwrap();
        let error = relative_error(&velocity, &exact(x, y, 7));
        assert!(error <= 1e-14, "{error:e} at ({x:e}, {y:e})");
    }
    let dynamics = PlanarDynamics::new(7).unwrap();
    assert!(dynamics.velocity(f64::MAX, f64::MAX).is_err());
}

#[test]
fn nonvacuity_the_teacher_must_be_orthonormal() {
    // Unit teachers at 60° to each other: the same symmetric student moves otherwise, and not along its form.
    let teacher = vec![vec![1.0, 0.0], vec![0.5, 0.75_f64.sqrt()]];
    let student: Vec<Vec<f64>> = (0..2)
        .map(|j| {
            (0..2)
                .map(|i| 0.5 * teacher[j][i] + 0.2 * teacher[1 - j][i])
                .collect()
        })
        .collect();
    let gradient = population_gradient(&student, &[1.0; 2], &teacher, &[1.0; 2]);
    let [dx, dy] = planar(2).velocity(0.5, 0.2).unwrap();
    let lifted: Vec<f64> = (0..2)
        .map(|i| -(dx * teacher[0][i] + dy * teacher[1][i]))
        .collect();
    let off = distance(&doubles(&gradient[0]), &lifted);
    assert!(off > 0.03, "{off}");
    // And a frame like that is refused.
    assert!(
        planar(2)
            .lift_on(matrix(&teacher).as_ref(), 0.5, 0.2)
            .is_err()
    );
}

#[test]
fn nonvacuity_the_teachers_must_be_equally_long() {
    // Norms 1 and 2: the two students no longer move alike, so no planar dynamics can describe them.
    let teacher = vec![vec![1.0, 0.0], vec![0.0, 2.0]];
    let gradient = population_gradient(&circulant(0.5, 0.2, 2), &[1.0; 2], &teacher, &[1.0; 2]);
    assert!((gradient[0][0].to_f64() - gradient[1][1].to_f64()).abs() > 0.1);
}
