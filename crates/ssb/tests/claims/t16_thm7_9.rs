//! (1, 0) is the only critical point in Ω.

use gaussian_oracle::multiprecision::{Real, planar_field, planar_saddle, population_gradient};
use proptest::prelude::*;
use ssb::{PlanarDynamics, SymmetricSaddle};

use crate::strategies::{circulant, config, follow, in_region, magnitude, neurons, norm, planar};

/// Newton's method with a difference quotient; `None` if it leaves the plane or does not settle.
fn newton(dynamics: &PlanarDynamics, start: [f64; 2]) -> Option<[f64; 2]> {
    let [mut x, mut y] = start;
    for _ in 0..100 {
        let v = dynamics.velocity(x, y).ok()?;
        if norm(&v) < 1e-13 {
            return Some([x, y]);
        }
        let h = 1e-7;
        let (right, up) = (
            dynamics.velocity(x + h, y).ok()?,
            dynamics.velocity(x, y + h).ok()?,
        );
        let j = [
            [(right[0] - v[0]) / h, (up[0] - v[0]) / h],
            [(right[1] - v[1]) / h, (up[1] - v[1]) / h],
        ];
        let determinant = j[0][0] * j[1][1] - j[0][1] * j[1][0];
        let step = [
            (j[1][1] * v[0] - j[0][1] * v[1]) / determinant,
            (j[0][0] * v[1] - j[1][0] * v[0]) / determinant,
        ];
        let damping = (0.1 / norm(&step)).min(1.0);
        (x, y) = (x - damping * step[0], y - damping * step[1]);
        if !(x.abs() < 10.0 && y.abs() < 10.0) {
            return None;
        }
    }
    None
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn oracle_no_other_zero(k in neurons(), (x, y) in in_region()) {
        // The proof's dichotomy, in multiprecision: 2π(ẋ − ẏ) > 0, or else ẏ < 0.
        let [dx, dy] = planar_field(x, y, k);
        prop_assert!(&dx - &dy > Real::zero() || dy < Real::zero() || (x, y) == (1.0, 0.0), "({x}, {y}), K = {k}");
    }

    #[test]
    fn oracle_no_other_zero_beyond_x_one(k in neurons(), x in 1.0..10.0_f64, share in 0.0..1.0_f64, far in magnitude(0.0..6.0)) {
        for x in [x, far] {
            let y = share * x;
            let [dx, dy] = planar_field(x, y, k);
            prop_assert!(!dx.is_zero() && !dy.is_zero() || (x, y) == (1.0, 0.0));
            prop_assert!(norm(&planar(k).velocity(x, y)?) > 0.0);
        }
    }

    #[test]
    fn symmetry_the_mirrored_region(x in 0.0..1.0_f64, y in 0.0..1.0_f64) {
        // K = 2: no zero above the diagonal but (0, 1).
        prop_assume!(y > x);
        let [dx, dy] = planar_field(x, y, 2);
        prop_assert!(&dy - &dx > Real::zero() || dx < Real::zero());
    }
}

#[test]
fn oracle_root_search() {
    // From a grid over the closed triangle and beyond x = 1, Newton's method ends at (1, 0) or outside Ω.
    for k in [2, 3, 5, 10, 30, 100] {
        let dynamics = planar(k);
        let mut found = 0;
        for i in 1..=40 {
            for j in 0..i {
                let (x, y) = (f64::from(i) / 26.0, f64::from(j) / 26.0);
                let Some([x, y]) = newton(&dynamics, [x, y]) else {
                    continue;
                };
                if x > y + 1e-6 && y >= -1e-9 {
                    assert!(
                        (x - 1.0).abs() < 1e-9 && y.abs() < 1e-9,
                        "({x}, {y}), K = {k}"
                    );
                    found += 1;
                }
            }
        }
        assert!(found > 100, "{found} at K = {k}");
    }
}

#[test]
fn nonvacuity_other_zeros_outside_the_region() {
    // On the diagonal: the saddle.
    for k in [2, 5, 100] {
        let x = SymmetricSaddle::new(k).unwrap().coordinate();
        assert!(norm(&planar(k).velocity(x, x).unwrap()) < 1e-14 * (k as f64));
        assert!((x - planar_saddle(k).to_f64()).abs() <= f64::EPSILON * x);
    }
    // Left of it: a local minimum of the planar loss with x < 0 < y, critical for all K students.
    let run = follow(&planar(6), &[0.1, 0.3]);
    let (x, y) = (run.end()[0], run.end()[1]);
    assert!(
        (x + 0.663_397).abs() < 1e-5 && (y - 0.330_710).abs() < 1e-5,
        "({x}, {y})"
    );
    let top = [1.0; 6];
    let gradient = population_gradient(&circulant(x, y, 6), &top, &circulant(1.0, 0.0, 6), &top);
    assert!(gradient.concat().iter().all(|g| g.abs().to_f64() < 1e-8));
}
