//! The probability of the geometric condition for random directions.

use hinge_classifier::{Wendel, geometric_condition};
use num_bigint::BigInt;
use num_rational::BigRational;
use rand::RngExt;
use rand_distr::num_traits::ToPrimitive;
use statrs::function::beta::beta_reg;

use crate::enumeration::{gaussian, holds, random};

/// Pascal's triangle: Σ_{j=d}^{k−1} C(k−1, j).
fn counted(k: usize, d: usize) -> BigInt {
    let mut row = vec![BigInt::from(1)];
    for _ in 1..k {
        let mut next = vec![BigInt::from(1); row.len() + 1];
        for j in 1..row.len() {
            next[j] = &row[j - 1] + &row[j];
        }
        row = next;
    }
    row.iter().skip(d).sum()
}

fn holds_of(k: u64, d: u64) -> Wendel {
    Wendel::new(k, d).expect("positive")
}

#[test]
fn oracle_signs_of_points_in_general_position() {
    // Of the 2^k choices of signs of any k points in general position exactly 2 Σ C(k − 1, j) satisfy the condition.
    let mut random = random(3);
    for (k, d) in [
        (3, 2),
        (6, 2),
        (9, 2),
        (4, 3),
        (7, 3),
        (9, 3),
        (6, 4),
        (9, 4),
        (8, 5),
        (4, 1),
        (3, 5),
    ] {
        let points = gaussian(k, d, 0.5, &mut random);
        let count = (0..1_u32 << k)
            .filter(|signs| {
                let mut turned = points.clone();
                for j in 0..k {
                    if signs >> j & 1 == 1 {
                        (0..d).for_each(|i| turned[(j, i)] = -turned[(j, i)]);
                    }
                }
                geometric_condition(turned.as_ref())
                    .expect("valid weights")
                    .holds()
                    .expect("small")
            })
            .count();
        assert_eq!(BigInt::from(count), 2 * counted(k, d), "k {k} d {d}");
    }
}

/// The relative error is a few units times 1 + |ln P|, here at most 1 + 400 ln 2.
const RELATIVE: f64 = 1e-13;

#[test]
fn oracle_exact_sums() {
    for k in (1..=60).chain([97, 200, 401]) {
        let step = if k > 60 { 7 } else { 1 };
        for d in (1..=k + 2).step_by(step) {
            let wendel = holds_of(k as u64, d as u64);
            let exact = wendel.exact().expect("small");
            let numerator = counted(k, d);
            assert_eq!(exact.numerator(), numerator.to_string());
            assert_eq!(exact.exponent(), k as u64 - 1);
            let whole = BigInt::from(1) << (k - 1);
            for (found, ln, top) in [
                (wendel.holds(), wendel.ln_holds(), numerator.clone()),
                (wendel.fails(), wendel.ln_fails(), &whole - &numerator),
            ] {
                let expected = BigRational::new(top, whole.clone())
                    .to_f64()
                    .expect("a double");
                assert!(
                    (found - expected).abs() <= RELATIVE * expected,
                    "k {k} d {d}: {found:e} {expected:e}"
                );
                if expected > 0.0 && expected < 0.9 {
                    assert!(
                        (ln - expected.ln()).abs() <= RELATIVE * (1.0 + ln.abs()),
                        "k {k} d {d}"
                    );
                }
            }
            assert_eq!(
                exact.value(),
                BigRational::new(numerator, whole)
                    .to_f64()
                    .expect("a double")
            );
        }
    }
}

/// statrs' incomplete beta function is off by 1.6e-9 at k = 10⁶; see the next test.
const BETA: f64 = 1e-8;

#[test]
fn oracle_incomplete_beta_function() {
    for (k, d) in [
        (1000, 400),
        (1000, 520),
        (10_000, 4900),
        (10_000, 5100),
        (1_000_000, 499_000),
        (1_000_000, 501_500),
    ] {
        // Pr(X ≥ d) for X of n fair trials is I_{1/2}(d, n − d + 1).
        let expected = beta_reg(d as f64, (k - d) as f64, 0.5);
        let wendel = holds_of(k, d);
        assert!(
            (wendel.holds() - expected).abs() <= BETA * expected,
            "{k} {d}: {:e} {expected:e}",
            wendel.holds()
        );
        let other = beta_reg((k - d) as f64, d as f64, 0.5);
        assert!(
            (wendel.fails() - other).abs() <= BETA * other,
            "{k} {d}: {:e} {other:e}",
            wendel.fails()
        );
    }
}

#[test]
fn oracle_a_million_neurons() {
    // From C(999999, 498999) in integers and the ratios of its neighbours.
    let expected = 0.022_750_050_961_703_586;
    assert!((holds_of(1_000_000, 499_000).fails() - expected).abs() <= RELATIVE * expected);
}

#[test]
fn oracle_logarithms_of_exact_sums_below_the_range_of_doubles() {
    for (k, d) in [
        (3000, 1),
        (3000, 2),
        (3000, 40),
        (3000, 2990),
        (5000, 2400),
        (20_000, 9000),
    ] {
        let wendel = holds_of(k, d);
        let exact = wendel.exact().expect("small");
        for (found, expected) in [
            (wendel.ln_holds(), exact.ln()),
            (wendel.ln_fails(), exact.complement().ln()),
        ] {
            // A logarithm near 0 is a small number with digits of its own.
            assert!(
                (found - expected).abs()
                    <= RELATIVE * expected.abs() + 4e-16 * expected.abs().min(1.0),
                "{k} {d}: {found:e} {expected:e}"
            );
        }
    }
}

#[test]
fn oracle_monte_carlo() {
    // 4000 sets a pair: |z| < 4 in six pairs fails by chance once in 2600 seeds.
    const SAMPLES: u32 = 4000;
    let mut random = random(33);
    for (k, d) in [(4, 2), (8, 2), (6, 3), (12, 5), (20, 10), (30, 18)] {
        let held = (0..SAMPLES)
            .filter(|_| {
                geometric_condition(gaussian(k, d, 0.0, &mut random).as_ref())
                    .expect("valid weights")
                    .holds()
                    == Some(true)
            })
            .count();
        let p = holds_of(k as u64, d as u64).holds();
        let z =
            (held as f64 - f64::from(SAMPLES) * p) / (f64::from(SAMPLES) * p * (1.0 - p)).sqrt();
        assert!(z.abs() < 4.0, "k {k} d {d}: {held} of {SAMPLES}, z {z:.2}");
    }
}

#[test]
fn symmetry_of_the_two_tails() {
    // Gale: k directions in ℝᵈ fail as often as k in ℝ^{k−d} hold; half and half at k = 2d.
    let mut random = random(34);
    for _ in 0..1000 {
        let k = random.random_range(2..100_000_u64);
        let d = random.random_range(1..k);
        assert_eq!(holds_of(k, d).ln_fails(), holds_of(k, k - d).ln_holds());
        assert!((holds_of(k, d).holds() + holds_of(k, d).fails() - 1.0).abs() < 1e-15);
        assert!((holds_of(2 * d, d).holds() - 0.5).abs() < 1e-11, "{d}");
    }
}

#[test]
fn nonvacuity_general_position_and_symmetric_laws_are_needed() {
    // Three points, two on one line through 0: of 8 choices of signs none holds, instead of 2.
    let points = crate::enumeration::matrix(&[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]);
    let count = (0..8_u32)
        .filter(|signs| {
            let mut turned = points.clone();
            (0..3)
                .filter(|j| signs >> j & 1 == 1)
                .for_each(|j| (0..2).for_each(|i| turned[(j, i)] = -turned[(j, i)]));
            holds(&turned)
        })
        .count();
    assert_eq!((count, counted(3, 2)), (0, BigInt::from(1)));
    // Directions that prefer one side hold far less often: 400 of 800 expected at k = 2d, and below 200 found.
    let mut random = random(35);
    let held = (0..800)
        .filter(|_| {
            geometric_condition(gaussian(8, 4, 1.0, &mut random).as_ref())
                .expect("valid weights")
                .holds()
                == Some(true)
        })
        .count();
    assert!(held < 200, "{held}");
    for (k, d) in [(0, 1), (1, 0), (1 << 53, 1)] {
        assert!(Wendel::new(k, d).is_err());
    }
    assert!(holds_of(100_000, 3).exact().is_err());
}

#[test]
fn refutes_the_exponent_of_the_proof() {
    // "1/2ⁿ E[Σ_J …]" for n classes: with k = 5 neurons in the plane and n = 2 it is 5.5; 2⁻ᵏ makes it a probability.
    let choices = 2.0 * counted(5, 2).to_f64().unwrap();
    assert_eq!(choices, 22.0);
    assert!(choices / 2f64.powi(2) > 1.0);
    assert_eq!(choices / 2f64.powi(5), holds_of(5, 2).holds());
}
