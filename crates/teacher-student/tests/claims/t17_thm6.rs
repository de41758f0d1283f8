//! Uniform starts in a small ball land in Ω with probability at least (1 − ε)/2.

use std::f64::consts::{PI, SQRT_2, TAU};

use gaussian_oracle::{monte_carlo, quadrature};
use proptest::prelude::*;
use statrs::function::erf::erf;
use teacher_student::initialization::{stream, uniform_ball};
use teacher_student::single_unit::{
    ball_volume_ratio, ball_volume_ratio_bounds, basin_margin, basin_probability, guarantee_slack,
    guaranteed_probability, guaranteed_ratio, in_basin, uniform_in_ball,
};
use teacher_student::{
    DormandPrince, GradientFlow, Integrator, Network, Population, Record, Stop, Weights,
};

use crate::strategies::{config, flat, gaussian_rows, matrix, rotation};

/// Quadrature to 5e-13 against the incomplete beta function of statrs, whose logarithms of Γ lose the digits of
/// ln Γ(d/2), 4e4 at d = 10⁴.
fn library(d: usize) -> f64 {
    1e-12 + 2e-15 * d as f64
}

const DIMENSIONS: [usize; 9] = [2, 3, 4, 5, 10, 50, 300, 1_000, 10_000];

/// V_d/V_{d−1} = ∫(1 − x²)^((d−1)/2) dx over [−1, 1], cut where the integrand is below 1e−300 of its peak.
fn slab(d: usize, from: f64, to: f64) -> f64 {
    let q = (d as f64 - 1.0) / 2.0;
    let reach = 30.0 / (d as f64).sqrt();
    let (from, to) = (from.clamp(-reach, reach), to.clamp(-reach, reach));
    // x = sin t removes the singular slope at ±1.
    let (from, to) = (from.clamp(-1.0, 1.0).asin(), to.clamp(-1.0, 1.0).asin());
    let f = |t: f64| (t.cos() * t.cos()).powf(q) * t.cos();
    quadrature::integrate(f, from, to, 1e-13).unwrap().value
}

/// ½ − P for a ratio ϱ ≤ 1: the mean over the length s = v r of P(0 < u·ŵ* < s/2‖w*‖), u uniform on the sphere; by
/// exchanging the order of integration ∫₀^{ϱ/2} f(h)(1 − (2h/ϱ)^d) dh with f the density of u·ŵ*.
fn deficit_by_quadrature(d: usize, ratio: f64) -> f64 {
    let exponent = (d as f64 - 3.0) / 2.0;
    let density = |h: f64| ((1.0 - h) * (1.0 + h)).powf(exponent);
    let end = ratio / 2.0;
    // 1 − v^d, exact also for v close to 1.
    let weight = |h: f64| -(d as f64 * (h / end).ln()).exp_m1();
    // v^d lives within a few multiples of 1/d of v = 1.
    let mut cuts = vec![0.0];
    cuts.extend([40.0, 12.0, 3.0].map(|k| end * (-k / d as f64).exp()));
    cuts.push(end);
    let part = quadrature::integrate_pieces(|h| density(h) * weight(h), &cuts, 5e-13);
    let beta = slab(d, -1.0, 1.0) * d as f64 / (d as f64 - 1.0);
    part.unwrap().value / beta
}

#[test]
fn oracle_volume_ratio() {
    for d in [1, 2, 3, 7, 29, 30, 31, 32, 100, 1_001, 10_000] {
        let found = ball_volume_ratio(d).unwrap();
        let exact = slab(d, -1.0, 1.0);
        assert!((found / exact - 1.0).abs() < 1e-12, "{d}: {found} {exact}");
    }
    // V_d/V_{d−2} = 2π/d ties every dimension to the next, across the switch of formulas too.
    for d in 2..=3_000 {
        let product = ball_volume_ratio(d).unwrap() * ball_volume_ratio(d - 1).unwrap();
        assert!(
            (product * d as f64 / TAU - 1.0).abs() < 8.0 * f64::EPSILON,
            "{d}"
        );
    }
}

/// Gautschi's and Wendel's bounds, and Watson's between them, in every dimension up to 10⁴.
#[test]
fn oracle_volume_ratio_bounds() {
    for d in 1..=10_000 {
        let ratio = ball_volume_ratio(d).unwrap();
        let bounds = ball_volume_ratio_bounds(d).unwrap();
        assert!(
            bounds.gautschi_lower < bounds.watson_lower
                && bounds.watson_upper < bounds.gautschi_upper
        );
        assert!(
            bounds.watson_lower < ratio && ratio < bounds.watson_upper,
            "{d}: {ratio} {bounds:?}"
        );
    }
    // Asymptotically equal: both sides agree to 1/2d.
    let bounds = ball_volume_ratio_bounds(10_000).unwrap();
    assert!(bounds.gautschi_upper / bounds.gautschi_lower - 1.0 < 5.1e-5);
}

#[test]
fn oracle_probability_matches_quadrature() {
    for d in DIMENSIONS {
        for ratio in [1e-12, 1e-6, 1e-3, 0.03, 0.3, 1.0] {
            let found = basin_probability(d, ratio).unwrap();
            let exact = deficit_by_quadrature(d, ratio);
            let off = (found.deficit / exact - 1.0).abs();
            assert!(off < library(d), "{d} {ratio}: {off:e}");
            assert!((found.probability + found.deficit - 0.5).abs() < library(d));
        }
    }
}

/// By volumes: B_r ∩ Ω as the two caps at the hyperplane of the intersection, each an integral of slices.
#[test]
fn oracle_probability_by_slices() {
    for d in [1, 2, 3, 4, 7, 20] {
        for ratio in [0.2, 0.9, 1.2, SQRT_2, 1.5, 1.9, 1.999, 2.0, 2.5, 10.0] {
            let found = basin_probability(d, ratio).unwrap().probability;
            let half: f64 = ratio / 2.0;
            let volume = slab(d, -1.0, 1.0);
            let expected = if half >= 1.0 {
                ratio.powf(-(d as f64))
            } else {
                let outer = slab(d, half, 1.0) / volume;
                let inner = slab(d, 1.0 - 2.0 * half * half, 1.0) / volume;
                outer + ratio.powf(-(d as f64)) * inner
            };
            assert!(
                (found / expected - 1.0).abs() < 1e-11,
                "{d} {ratio}: {found} {expected}"
            );
        }
    }
}

/// The sampler against the closed form, by counting.
#[test]
fn oracle_probability_matches_sampling() {
    for (d, ratio) in [(2, 0.7), (3, 1.8), (10, 0.4), (50, 0.3), (3, 1e-3)] {
        let teacher: Vec<f64> = (0..d).map(|i| if i == 0 { 2.0 } else { 0.0 }).collect();
        let share = monte_carlo::mean(11 + d as u64, 40_000, 1, |rng, out| {
            let mut w = vec![0.0; d];
            uniform_in_ball(rng, 2.0 * ratio, &mut w).unwrap();
            out[0] = f64::from(in_basin(&w, &teacher).unwrap());
        });
        let exact = basin_probability(d, ratio).unwrap().probability;
        assert!(
            share.covers(&[exact], 0.9999),
            "{d} {ratio}: {share:?} {exact}"
        );
    }
}

/// The uniform law of the ball: (‖w‖/r)^d is uniform on [0, 1], in any dimension and at any scale.
#[test]
fn oracle_sampler_is_uniform_in_the_ball() {
    for (d, radius) in [
        (1, 1e300),
        (2, 1e-300),
        (10, 3.0),
        (10_000, 1e-290),
        (10_000, 1e290),
    ] {
        let samples = if d > 100 { 2_000 } else { 20_000 };
        let moments = monte_carlo::mean(5, samples, 3, |rng, out| {
            let mut w = vec![0.0; d];
            uniform_in_ball(rng, radius, &mut w).unwrap();
            let norm = w.iter().map(|x| (x / radius).powi(2)).sum::<f64>().sqrt();
            assert!(norm > 0.0 && norm <= 1.0 + 1e-12, "{norm}");
            let uniform = norm.powf(d as f64);
            out.copy_from_slice(&[uniform, uniform * uniform, w[0] / radius]);
        });
        assert!(
            moments.covers(&[0.5, 1.0 / 3.0, 0.0], 0.9999),
            "{d}: {moments:?}"
        );
    }
}

/// Theorem 6 for its first half: the probability of landing in Ω exceeds (1 − ε)/2, for every d and ε.
#[test]
fn oracle_bound_holds() {
    for d in (1..=200).chain([300, 1_000, 3_000, 10_000]) {
        for k in 1..=20 {
            let epsilon = f64::from(k) / 20.0;
            let slack = guarantee_slack(d, epsilon).unwrap();
            assert!(slack > 0.0, "{d} {epsilon}: {slack:e}");
            let ratio = guaranteed_ratio(d, epsilon).unwrap();
            let exact = basin_probability(d, ratio).unwrap().probability;
            assert!(exact >= guaranteed_probability(epsilon).unwrap());
        }
    }
}

/// The slack for large d: ½(ε − erf(ε√π/2)) → πε³/24. Large d alone does not make the bound tight.
#[test]
fn oracle_slack_in_many_dimensions() {
    for epsilon in [0.05_f64, 0.2, 0.5, 1.0] {
        let limit = (epsilon - erf(epsilon * PI.sqrt() / 2.0)) / 2.0;
        let slack = guarantee_slack(10_000, epsilon).unwrap();
        // The next order is ε/d.
        assert!(
            (slack - limit).abs() < 1.5e-4 * epsilon,
            "{epsilon}: {slack} {limit}"
        );
    }
    assert!((guarantee_slack(10_000, 1.0).unwrap() - 0.105).abs() < 1e-3);
    assert!(guarantee_slack(10_000, 0.01).unwrap() < 2e-6);
}

/// Theorem 6 for its second half, and more: from B_r every one of the runs converges, in Ω or not.
#[test]
fn oracle_every_run_from_the_ball_converges() {
    for d in [2, 10, 50] {
        let teacher: Vec<f64> = gaussian_rows(1, d, 3).remove(0);
        let norm = teacher.iter().map(|x| x * x).sum::<f64>().sqrt();
        let network = Network::new(Weights::from_rows(std::slice::from_ref(&teacher)).unwrap());
        let field = GradientFlow::new(Population::matching(network));
        let radius = guaranteed_ratio(d, 0.5).unwrap() * norm;
        let method = DormandPrince::default();
        let stop = Stop::new()
            .time(400.0)
            .distance_below(teacher.clone(), 1e-5 * norm);
        let mut outside = 0;
        for run in 0..30 {
            let start = uniform_ball(&mut stream(2017, run), 1, d, radius).unwrap();
            let start = flat(start.as_mat());
            outside += u32::from(!in_basin(&start, &teacher).unwrap());
            let end = method
                .integrate(&field, &start, &stop, &Record::Ends)
                .unwrap();
            assert!(end.outcome().is_converged(), "{d} {run}: {}", end.outcome());
        }
        assert!(
            outside > 5,
            "the test must see starts outside Ω, saw {outside}"
        );
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn symmetry_membership(d in 2..=5_usize, seed in 0..u64::MAX, power in -400..400_i32, radius in 0.01..2.5_f64) {
        let rows = gaussian_rows(2, d, seed);
        let w: Vec<f64> = rows[0].iter().map(|x| x * radius / 2.0).collect();
        let teacher = &rows[1];
        let margin = basin_margin(&w, teacher)?;
        prop_assert_eq!(margin > 0.0, in_basin(&w, teacher)?);
        // Ω by its definition, away from its boundary.
        let gap = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
        let origin = vec![0.0; d];
        if margin.abs() > 1e-12 {
            prop_assert_eq!(gap(&w, teacher) < gap(&origin, teacher), margin > 0.0);
        }
        let scale = 2f64.powi(power);
        let scaled = |v: &[f64]| v.iter().map(|x| x * scale).collect::<Vec<f64>>();
        prop_assert_eq!(basin_margin(&scaled(&w), &scaled(teacher))?, margin);
        let turn = rotation(d, seed);
        let turned = |v: &[f64]| flat((matrix(&[v.to_vec()]) * &turn).as_ref());
        prop_assert!((basin_margin(&turned(&w), &turned(teacher))? - margin).abs() < 1e-13 * (1.0 + margin.abs()));
    }

    /// The larger the ball the smaller the share of Ω in it, through all three formulas.
    #[test]
    fn symmetry_probability_decreases(d in 2..=40_usize, ratio in 0.01..3.0_f64, step in 1e-6..0.5_f64) {
        let near = basin_probability(d, ratio)?.probability;
        let far = basin_probability(d, ratio + step)?.probability;
        prop_assert!(far < near && near < 0.5, "{near} {far}");
    }
}

/// Tiny starts almost orthogonal to the teacher: the curvature of ∂Ω decides, far below the rounding of cos θ.
#[test]
fn symmetry_tiny_starts_are_on_the_right_side() {
    let teacher = [3.0, 4.0];
    for exponent in [-10, -66, -332, -500] {
        let size = 2f64.powi(exponent);
        // n = (−4, 3)·size is orthogonal to w*, exactly; the boundary is near n + (size²/2) w*.
        let at = |along: f64| [3.0 * along - 4.0 * size, 4.0 * along + 3.0 * size];
        assert!(!in_basin(&at(0.0), &teacher).unwrap());
        if exponent > -40 {
            assert!(in_basin(&at(0.51 * size * size), &teacher).unwrap());
            assert!(!in_basin(&at(0.49 * size * size), &teacher).unwrap());
        } else {
            assert!(in_basin(&at(1e-12 * size), &teacher).unwrap());
            assert!(!in_basin(&at(-1e-12 * size), &teacher).unwrap());
        }
    }
}

/// The radius matters: at 1.2 times the radius of the theorem the bound fails in 100 dimensions, and at twice ‖w*‖
/// almost no start is in Ω.
#[test]
fn nonvacuity_larger_balls_break_the_bound() {
    let ratio = 1.2 * guaranteed_ratio(100, 0.5).unwrap();
    let probability = basin_probability(100, ratio).unwrap().probability;
    assert!(
        probability < guaranteed_probability(0.5).unwrap(),
        "{probability}"
    );
    assert_eq!(
        basin_probability(100, 2.0).unwrap().probability,
        2f64.powi(-100)
    );
}
