//! The geometric condition is decided with a proof for either answer.

use faer::Mat;
use hinge_classifier::{Effort, GeometricCondition, geometric_condition, geometric_condition_with};

use crate::enumeration::{degenerate, holds, nearly, random, rescaled};

/// Decides, checks the proof, and returns the verdict.
fn decided(weights: &Mat<f64>) -> bool {
    let verdict = geometric_condition(weights.as_ref()).expect("valid weights");
    verdict.verify(weights.as_ref()).expect("the proof is good");
    verdict
        .holds()
        .unwrap_or_else(|| panic!("undecided: {weights:?}"))
}

const SETS: usize = 2965;

#[test]
fn oracle_enumeration_of_degenerate_sets() {
    let mut random = random(1);
    let mut held = 0;
    for _ in 0..SETS {
        let weights = degenerate(&mut random);
        let expected = holds(&weights);
        assert_eq!(decided(&weights), expected, "{weights:?}");
        assert_eq!(
            decided(&rescaled(&weights, &mut random)),
            expected,
            "{weights:?}"
        );
        held += usize::from(expected);
    }
    println!("{held} of {SETS} hold");
    assert!(held > SETS / 10 && held < SETS / 2, "{held}");
}

#[test]
fn oracle_enumeration_next_to_degenerate_sets() {
    let mut random = random(2);
    let (mut held, mut changed, mut open) = (0, 0, 0);
    for _ in 0..SETS {
        let plain = degenerate(&mut random);
        let weights = nearly(&plain, &mut random);
        let expected = holds(&weights);
        assert_eq!(decided(&weights), expected, "{weights:?}");
        held += usize::from(expected);
        changed += usize::from(expected != holds(&plain));
        let floating =
            geometric_condition_with(weights.as_ref(), Effort::Floating).expect("valid weights");
        assert!(
            floating.holds().is_none_or(|verdict| verdict == expected),
            "{weights:?}"
        );
        open += usize::from(matches!(floating, GeometricCondition::Undecided(_)));
    }
    println!(
        "{held} hold, {changed} verdicts differ from the unmoved sets, {open} open in floating point"
    );
    assert!(held > SETS / 20 && changed > SETS / 50 && open > SETS / 20);
}
