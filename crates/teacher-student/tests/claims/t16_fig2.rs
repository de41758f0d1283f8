//! Sampling near the origin: what B_r loses of its half lies in a slab of height δ = r²/2‖w*‖.

use gaussian_oracle::monte_carlo::standard_normal;
use gaussian_oracle::quadrature;
use proptest::prelude::*;
use teacher_student::initialization::stream;
use teacher_student::single_unit::{ball_volume_ratio, basin_margin, basin_probability, in_basin};

use crate::strategies::{config, flat, gaussian_rows, matrix, rotation};

/// Margins are compared with zero where the two terms are of order one.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// A point of B_r at a given height over the origin, as far from the axis as a share of what the ball allows.
fn point(teacher: &[f64], other: &[f64], radius: f64, height: f64, share: f64) -> Vec<f64> {
    let size = norm(teacher);
    let along: f64 = teacher.iter().zip(other).map(|(v, o)| v * o).sum::<f64>() / (size * size);
    let across: Vec<f64> = other
        .iter()
        .zip(teacher)
        .map(|(o, v)| o - along * v)
        .collect();
    let reach = share * (radius * radius - height * height).max(0.0).sqrt() / norm(&across);
    teacher
        .iter()
        .zip(&across)
        .map(|(v, n)| height / size * v + reach * n)
        .collect()
}

proptest! {
    #![proptest_config(config(512))]

    /// Beyond the slab every point of the ball is in Ω, by the definition of Ω; behind the origin none is.
    #[test]
    fn oracle_points_beyond_the_slab_are_in_omega(
        (d, seed) in (2..=20_usize, 0..u64::MAX / 2),
        (ratio, level, share) in (0.01..1.9_f64, 0.001..0.999_f64, 0.0..1.0_f64),
    ) {
        let rows = gaussian_rows(2, d, seed);
        let teacher = &rows[0];
        let size = norm(teacher);
        let radius = ratio * size;
        let delta = radius * radius / (2.0 * size);
        let gap = |w: &[f64]| w.iter().zip(teacher).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let beyond = point(teacher, &rows[1], radius, delta + level * (radius - delta), share);
        prop_assert!(in_basin(&beyond, teacher)? && gap(&beyond) < size);
        let behind = point(teacher, &rows[1], radius, -level * radius, share);
        prop_assert!(!in_basin(&behind, teacher)? && gap(&behind) > size);
        // The two spheres meet at the height δ.
        let edge = point(teacher, &rows[1], radius, delta, 1.0);
        prop_assert!(basin_margin(&edge, teacher)?.abs() <= ROUNDING * (1.0 + ratio));
        prop_assert!((gap(&edge) - size).abs() <= ROUNDING * size * (1.0 + ratio));
    }

    /// Turning and scaling the picture changes nothing.
    #[test]
    fn symmetry_rotation_and_scale(
        (d, seed, power) in (2..=6_usize, 0..u64::MAX / 2, -300..300_i32),
        (ratio, level, share) in (0.01..1.9_f64, -0.999..0.999_f64, 0.0..1.0_f64),
    ) {
        let rows = gaussian_rows(2, d, seed);
        let teacher = &rows[0];
        let radius = ratio * norm(teacher);
        let w = point(teacher, &rows[1], radius, level * radius, share);
        let margin = basin_margin(&w, teacher)?;
        let scale = 2f64.powi(power);
        let scaled = |v: &[f64]| v.iter().map(|x| x * scale).collect::<Vec<f64>>();
        prop_assert_eq!(basin_margin(&scaled(&w), &scaled(teacher))?, margin);
        let frame = rotation(d, seed);
        let turned = |v: &[f64]| flat((matrix(&[v.to_vec()]) * &frame).as_ref());
        prop_assert!((basin_margin(&turned(&w), &turned(teacher))? - margin).abs() <= 8.0 * ROUNDING * (1.0 + margin.abs()));
    }
}

/// T16 Eq 36: vol(B_r ∩ Ω) ≥ ½V_d(r) − δV_{d−1}(r), with V_d/V_{d−1} by quadrature of slices.
#[test]
fn oracle_share_is_at_least_half_minus_the_slab() {
    for d in [2, 3, 5, 10, 100, 1_000] {
        // The slices of the unit ball; 40 standard deviations of the density contain all of it.
        let reach = (40.0 / (d as f64).sqrt()).min(1.0);
        let slice = |x: f64| ((1.0 - x) * (1.0 + x)).powf((d as f64 - 1.0) / 2.0);
        let ratio_of_volumes = quadrature::integrate_pieces(slice, &[-reach, 0.0, reach], 1e-10)
            .unwrap()
            .value;
        assert!((ball_volume_ratio(d).unwrap() / ratio_of_volumes - 1.0).abs() < 1e-8);
        for ratio in [0.001, 0.01, 0.1, 0.5, 1.0, 1.9] {
            let bound = 0.5 - ratio / 2.0 / ratio_of_volumes;
            let share = basin_probability(d, ratio).unwrap().probability;
            assert!(share > bound, "d = {d}, r = {ratio}: {share} {bound}");
        }
    }
}

/// A thinner slab is not enough: just inside of ∂B_r points above 0.9 δ are lost, and so are, by counting, some of a
/// uniform sample.
#[test]
fn nonvacuity_a_thinner_slab_is_not_enough() {
    let teacher = [0.0, 2.0, 0.0];
    let (radius, size) = (1.0, 2.0);
    let delta = radius * radius / (2.0 * size);
    let lost = point(&teacher, &[1.0, 0.0, 0.0], radius, 0.9 * delta, 0.999);
    assert!(norm(&lost) < radius && !in_basin(&lost, &teacher).unwrap());
    let mut rng = stream(16, 2);
    let mut w = [0.0; 3];
    let mut lost = 0;
    for _ in 0..20_000 {
        standard_normal(&mut rng, &mut w);
        let long = norm(&w) / radius;
        let at = w.map(|x| x / long);
        lost += usize::from(
            at[1] > 0.9 * delta && !in_basin(&at.map(|x| 0.999 * x), &teacher).unwrap(),
        );
    }
    assert!(lost > 0);
}
