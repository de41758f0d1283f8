//! f₃(β, ε) ≥ 0 on (0, β₂/β], zero only at the teacher.

use gaussian_oracle::multiprecision::{Real, planar_field};
use proptest::prelude::*;
use ssb::Reparametrization;

use crate::strategies::{config, magnitude, neurons};

/// A sum of three rounded terms, of size K at most relative to the flow.
const ACCURACY: f64 = 64.0 * f64::EPSILON;

fn beta_in(neurons: usize, share: f64) -> f64 {
    1.0 + share * ((neurons as f64).sqrt() - 1.0)
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn oracle_not_negative_up_to_the_bound(k in neurons(), share in 0.0..0.999_f64, near in magnitude(-14.0..-1.0), part in 0.0..=1.0_f64) {
        let map = Reparametrization::new(k)?;
        for share in [share, near] {
            let beta = beta_in(k, share);
            let bound = map.point(beta, 1.0)?.epsilon_bound();
            for part in [part, 1.0] {
                prop_assume!(part > 0.0);
                let point = map.point(beta, part * bound)?;
                let flow = map.diagonal_flow(&point)?;
                // The bound itself is a rounded number: on it the flow may miss 0 by the rounding of ε.
                prop_assert!(flow >= -ACCURACY * k as f64, "{flow:e} at β = {beta}, ε = {part}·{bound}, K = {k}");
                if share > 1e-3 || part < 0.999 {
                    prop_assert!(flow > 0.0, "{flow:e} at β = {beta}, ε = {part}·{bound}, K = {k}");
                }
            }
        }
    }

    #[test]
    fn oracle_multiprecision(k in neurons(), cell in 1..1024_u32, exponent in 1..12_i32) {
        // ε ≤ β₂/β is ε + Ky ≤ 1: with y and ε on binary grids the oracle sees the same point.
        let epsilon = 2f64.powi(-exponent);
        let y = (f64::from(cell) / 1024.0) * (1.0 - epsilon) / (k as f64);
        let y = (y * 2f64.powi(40)).floor() * 2f64.powi(-40);
        let [dx, dy] = planar_field(y + epsilon, y, k);
        let exact = dx - dy;
        prop_assert!(exact > Real::zero(), "{exact} at y = {y}, ε = {epsilon}, K = {k}");
        let map = Reparametrization::new(k)?;
        let point = map.forward(y + epsilon, y)?;
        prop_assert!(point.epsilon() <= point.epsilon_bound() * (1.0 + ACCURACY));
        let flow = map.diagonal_flow(&point)?;
        prop_assert!((flow - exact.to_f64()).abs() <= ACCURACY * exact.to_f64(), "{flow:e} for {exact}");
    }

    #[test]
    fn symmetry_linear_in_epsilon(k in neurons(), share in 0.0..0.99_f64, epsilon in 0.01..2.0_f64) {
        // At fixed β the flow is h₁(β) − (φ + (K−1) sin φ)ε, a line that falls.
        let map = Reparametrization::new(k)?;
        let point = map.point(beta_in(k, share), epsilon)?;
        let (start, slope) = (map.flow_at_zero_gap(&point)?, map.flow_slope(&point)?);
        prop_assert!(slope <= 0.0);
        let flow = map.diagonal_flow(&point)?;
        let size = start + slope.abs() * epsilon;
        prop_assert!((flow - (start + slope * epsilon)).abs() <= ACCURACY * size, "{flow} {start} {slope}");
        // The two coefficients do not depend on ε.
        let other = map.point(point.beta(), 0.5 * epsilon)?;
        prop_assert!((map.flow_at_zero_gap(&other)? - start).abs() <= ACCURACY * size);
        prop_assert!((map.flow_slope(&other)? - slope).abs() <= ACCURACY * size);
    }
}

#[test]
fn oracle_zero_at_the_teacher_alone() {
    for k in [2, 5, 100, 1000] {
        let map = Reparametrization::new(k).unwrap();
        let teacher = map.point(1.0, 1.0).unwrap();
        assert_eq!(map.diagonal_flow(&teacher).unwrap(), 0.0);
        // Along the bound ε = β₂/β, which is ε + Ky = 1, the flow leaves 0 with β.
        let mut last = 0.0;
        for share in [1e-6, 1e-4, 1e-2, 0.1, 0.3] {
            let beta = beta_in(k, share);
            let bound = map.point(beta, 1.0).unwrap().epsilon_bound();
            let flow = map.diagonal_flow(&map.point(beta, bound).unwrap()).unwrap();
            assert!(flow > last, "{flow} after {last} at K = {k}");
            last = flow;
        }
    }
}

#[test]
fn nonvacuity_beyond_the_bound() {
    // K = 30 at the corner (x, y) = (1, 0.2): ε = 0.8 exceeds β₂/β = ε/(ε + Ky) and the flow points to the diagonal.
    let map = Reparametrization::new(30).unwrap();
    let point = map.forward(1.0, 0.2).unwrap();
    assert!((point.epsilon_bound() - 0.8 / 6.8).abs() < 1e-14);
    assert!(map.diagonal_flow(&point).unwrap() < -1e-3);
    let [dx, dy] = planar_field(1.0, 0.2, 30);
    assert!((dx - dy).to_f64() < -1e-3);
}
