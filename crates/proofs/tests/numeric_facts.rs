//! The numbers that the proofs by hand of `docs/PROOFS.md` use, enclosed by intervals.

use proofs::Interval;

fn number(value: f64) -> Interval {
    Interval::from(value)
}

fn ratio(numerator: f64, denominator: f64) -> Interval {
    number(numerator) / number(denominator)
}

/// Planar convergence, on the edge x = 1: π/2 > √2.
#[test]
fn half_of_pi_exceeds_the_root_of_two() {
    assert!((Interval::HALF_PI - number(2.0).sqrt()).low() > 0.15);
}

/// Planar convergence, on the slanted edge: √(1 − 1/K) − √2 ε₀(1 + π/2(K−1)) > 0 at K = 2 and ε₀ = 0.19.
#[test]
fn the_slanted_edge_points_inwards() {
    let root = number(2.0).sqrt();
    let bracket =
        ratio(1.0, 2.0).sqrt() - root * ratio(19.0, 100.0) * (Interval::ONE + Interval::HALF_PI);
    assert!(bracket.low() > 0.016, "{bracket:?}");
}

/// Flow on the diagonal: √(K−1)(π − arccos(1/√K)) ≥ π/2 > 1 for K ≥ 2.
#[test]
fn half_of_pi_exceeds_one() {
    assert!(Interval::HALF_PI.low() > 1.0);
}

/// Convergence of one unit, 2 ≤ θ: cos 2 < 0 and π cos 2 + sin 2 < 0.
#[test]
fn the_mixed_entry_is_positive_from_two_on() {
    let two = number(2.0);
    assert!(two.cos().high() < 0.0);
    assert!((Interval::PI * two.cos() + two.sin()).high() < -0.39);
}

/// Convergence of one unit, θ ≤ 2: 1 − 2 cot 2 < 2√(π(π − 2)).
#[test]
fn the_form_is_definite_up_to_two() {
    let two = number(2.0);
    let left = Interval::ONE - two * two.cos() / two.sin();
    let right = two * (Interval::PI * (Interval::PI - two)).sqrt();
    assert!(
        left.high() < 1.916 && right.low() > 3.787,
        "{left:?} {right:?}"
    );
}

/// Gaussian starts: (ln 2 − ½)/2 > 0.096, that is e^{0.692} < 2.
#[test]
fn the_tail_of_the_chi_square_law() {
    assert!(ratio(692.0, 1000.0).exp().high() < 2.0);
}
