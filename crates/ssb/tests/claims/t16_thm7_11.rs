//! On x = y the flow is linear, with its closed solution.

use gaussian_oracle::multiprecision::{
    Real, planar_field, planar_saddle, population_gradient, relative_error,
};
use proptest::prelude::*;
use ssb::{DiagonalFlow, SymmetricSaddle};
use teacher_student::{DormandPrince, Integrator, Record, Stop};

use crate::strategies::{circulant, config, magnitude, neurons, planar};

/// Three rounded operations on terms of the size of x and x*.
const ACCURACY: f64 = 8.0 * f64::EPSILON;

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn oracle_rate(k in neurons(), x in magnitude(-6.0..3.0)) {
        let [dx, dy] = planar_field(x, x, k);
        prop_assert!((&dx - &dy).abs().to_f64() <= 1e-100);
        let exact = (dx / (Real::from(2.0) * Real::pi())).to_f64();
        let half = 0.5 * k as f64;
        let terms = half * (x + SymmetricSaddle::new(k)?.coordinate());
        let rate = DiagonalFlow::new(k)?.rate(x)?;
        prop_assert!((rate - exact).abs() <= ACCURACY * terms, "{rate} {exact}");
        // The planar field there is the same number twice; its own terms are of the size of Kx and √K.
        let [vx, vy] = planar(k).velocity(x, x)?;
        prop_assert_eq!(vx, vy);
        prop_assert!((vx - exact).abs() <= 16.0 * f64::EPSILON * (half * x + 1.0 + half.sqrt()), "{vx} {exact}");
    }

    #[test]
    fn oracle_solution(k in 2..=20_usize, start in magnitude(-3.0..0.5), time in magnitude(-3.0..0.5)) {
        // The trajectory of the planar field, which knows nothing of the closed form; it stays on the diagonal exactly.
        let run = DormandPrince::default()
            .relative_tolerance(1e-12)
            .absolute_tolerance(1e-14)
            .integrate(&planar(k), &[start, start], &Stop::new().time(time), &Record::Ends)?;
        prop_assert_eq!(run.end()[0], run.end()[1]);
        let solution = DiagonalFlow::new(k)?.solution(start, time)?;
        prop_assert!((run.end()[0] - solution).abs() <= 1e-10 * solution.max(start), "{:?} {solution}", run.end());
    }

    #[test]
    fn symmetry_shift_of_time(k in neurons(), start in magnitude(-3.0..1.0), a in magnitude(-9.0..1.0), b in magnitude(-9.0..1.0)) {
        let flow = DiagonalFlow::new(k)?;
        let once = flow.solution(start, a + b)?;
        let twice = flow.solution(flow.solution(start, a)?, b)?;
        // The exponent K(a+b)/2 is rounded relative to itself, and matters while it is below 40.
        let saddle = flow.saddle().coordinate();
        prop_assert!((once - twice).abs() <= 64.0 * f64::EPSILON * (start + saddle), "{once} {twice}");
        prop_assert_eq!(flow.solution(start, 0.0)?, start);
    }

    #[test]
    fn nonvacuity_off_the_diagonal_and_below_zero(k in 2..=20_usize, x in 0.2..1.0_f64, gap in 0.1..0.9_f64) {
        // With y ≠ x the law fails,
        let y = x * (1.0 - gap);
        let [dx, _] = planar(k).velocity(x, y)?;
        prop_assert!((dx - DiagonalFlow::new(k)?.rate(x)?).abs() > 1e-3);
        // and with x = y < 0 the students oppose their teachers: another constant.
        let [dx, _] = planar(k).velocity(-x, -x)?;
        let law = -0.5 * k as f64 * (-x - SymmetricSaddle::new(k)?.coordinate());
        prop_assert!((dx - law).abs() > 0.1);
        prop_assert!(DiagonalFlow::new(k)?.rate(-x).is_err());
    }
}

#[test]
fn oracle_saddle() {
    for k in [2, 3, 10, 1000, 1_000_000] {
        let x = SymmetricSaddle::new(k).unwrap().coordinate();
        assert!(relative_error(&[x], &[planar_saddle(k)]) <= 4.0 * f64::EPSILON);
    }
    // All four neurons of the full network are at rest there.
    let x = SymmetricSaddle::new(4).unwrap().coordinate();
    let gradient = population_gradient(
        &circulant(x, x, 4),
        &[1.0; 4],
        &circulant(1.0, 0.0, 4),
        &[1.0; 4],
    );
    assert!(gradient.concat().iter().all(|g| g.abs().to_f64() < 1e-15));
}

#[test]
fn refutes_the_printed_solution() {
    // Printed: x(t) = x₀ + Ce^(−K/2Nt). Whatever C is, its limit is x₀ (the start) and not x*; and x(0) = x₀ forces
    // C = 0, no motion at all. For K = 2 from x₀ = 1:
    let (start, k) = (1.0, 2);
    let flow = DiagonalFlow::new(k).unwrap();
    let saddle = flow.saddle().coordinate();
    let run = DormandPrince::default()
        .relative_tolerance(1e-12)
        .integrate(
            &planar(k),
            &[start, start],
            &Stop::new().time(30.0),
            &Record::At(vec![1.0, 30.0]),
        )
        .unwrap();
    assert_eq!(run.times(), [0.0, 1.0, 30.0]);
    let at = |i: usize| run.states()[i + 1][0];
    // The best C from the value at t = 1 leaves the printed form at its limit, by 0.466.
    let c = (at(0) - start) * std::f64::consts::E;
    let printed = |t: f64| start + c * (-t).exp();
    assert!((printed(1.0) - at(0)).abs() < 1e-12);
    assert!((printed(30.0) - at(1)).abs() > 0.46);
    assert!((at(1) - saddle).abs() < 1e-11);
    assert!((flow.solution(start, 30.0).unwrap() - at(1)).abs() < 1e-11);
    assert!((saddle - 0.534_154_943_091_895).abs() < 1e-14);
}
