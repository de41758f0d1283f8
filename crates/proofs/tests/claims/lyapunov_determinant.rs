use gaussian_oracle::multiprecision::{Real, lyapunov_determinant};
use proofs::{
    Cell, Determinant, Interval, Positive, Rule, Theorem, check_cover, cover, determinant_root,
};
use proptest::prelude::*;

use super::strategies::{config, holds};

#[test]
fn oracle_the_proof_is_found_and_checked() {
    let certificate = Theorem::LyapunovDeterminant.prove().expect("a theorem");
    assert_eq!(
        check_cover(&certificate).expect("it stands").leaves,
        certificate.leaves()
    );
}

#[test]
fn oracle_the_root_is_enclosed() {
    let root = determinant_root();
    assert!(lyapunov_determinant(root.low()) > Real::zero());
    assert!(lyapunov_determinant(root.high()) < Real::zero());
    assert!(root.contains(2.327_616_034_877_178), "{root}");
    // Signs are decided in rational numbers: two neighbouring doubles.
    assert_eq!(root.low().next_up().to_bits(), root.high().to_bits());
    assert!(root.low() > std::f64::consts::FRAC_PI_2);
}

#[test]
fn oracle_enclosures_contain_the_multiprecision_value() {
    let parts = [
        (Determinant::NearZero, 0.0, 0.5, 1.0),
        (Determinant::Before, 0.5, 2.25, 1.0),
        (Determinant::Beyond, 2.5, std::f64::consts::PI, -1.0),
    ];
    proptest!(config(300), |(part in 0..3_usize, level in 0..7_u32, index in any::<u64>(), share in 0.01..0.99_f64)| {
        let (function, low, high, sign) = parts[part];
        let cell = Cell { index: [index % (1 << level), 0], level: [level, 0] };
        let [from, to] = cell.ends(0);
        let theta: f64 = low + (from + share * (to - from)) * (high - low);
        let mut value = Real::from(sign) * lyapunov_determinant(theta);
        if part == 0 {
            value = value / (Real::from(theta) * Real::from(theta));
        }
        let found = function.enclosure(cell, Rule::Value);
        prop_assert!(holds(found, &value), "{function:?} at {theta}: {value} not in {found}");
    });
}

/// A part of a cell has no wider enclosure, wherever it lies: the bound does not depend on how the range is divided.
#[test]
fn symmetry_parts_agree_with_the_whole() {
    // The last two are constants.
    for function in &Determinant::ALL[..4] {
        let whole = function.enclosure(Cell::WHOLE, Rule::Value);
        for half in Cell::WHOLE.halves(0) {
            let part = function.enclosure(half, Rule::Value);
            assert!(part.intersection(whole).is_some() && part.width() < whole.width());
        }
    }
}

#[test]
fn nonvacuity_the_sign_does_not_last() {
    struct TooFar;
    impl Positive for TooFar {
        fn name(&self) -> &'static str {
            "det M up to π"
        }
        fn rules(&self) -> &[Rule] {
            &[Rule::Value]
        }
        fn enclosure(&self, cell: Cell, rule: Rule) -> Interval {
            -Determinant::Beyond.enclosure(cell, rule)
        }
        fn axis(&self, _: Cell) -> usize {
            0
        }
    }
    let error = cover(&TooFar, 20).expect_err("det M < 0 there").to_string();
    assert!(error.contains("negative"), "{error}");
}
