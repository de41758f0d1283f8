//! The geometric condition in random projections.

use faer::Mat;
use hinge_classifier::{Wendel, geometric_condition, holds_in_projections, random_projection};
use proptest::prelude::*;

use crate::config;
use crate::enumeration::{gaussian, random};

const COUNT: usize = 10_000;
/// Standard errors that a share may be off: 1e-4 for all comparisons here together.
const SIGMAS: f64 = 4.5;

fn orthogonal(k: usize, d: usize, seed: u64) -> Mat<f64> {
    let frame = gaussian(d, k, 0.0, &mut random(seed)).qr().compute_thin_Q();
    Mat::from_fn(k, d, |j, i| (1.0 + j as f64) * frame[(i, j)])
}

/// Projections of orthogonal weights are independent Gaussian directions: the share is Wendel's.
#[test]
fn oracle_orthogonal_weights_meet_wendel() {
    for (k, d, m) in [(10, 84, 3), (5, 9, 3), (6, 6, 2), (9, 30, 4)] {
        let weights = orthogonal(k, d, 3);
        let held = holds_in_projections(weights.as_ref(), m, COUNT, &mut random(5)).expect("valid");
        let p = Wendel::new(k as u64, m as u64).expect("positive").holds();
        let n = COUNT as f64;
        let z = (held as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
        assert!(
            z.abs() < SIGMAS,
            "k {k} d {d} m {m}: {held} of {COUNT}, z = {z:.2}"
        );
    }
}

/// Rows that add up to 0 do so in every projection: the condition holds in all of them, and in none in full dimension.
#[test]
fn oracle_rows_with_sum_zero_hold_everywhere() {
    let mut weights = orthogonal(6, 20, 7);
    let sums: Vec<f64> = (0..20)
        .map(|i| (0..6).map(|j| weights[(j, i)]).sum())
        .collect();
    for i in 0..20 {
        weights[(5, i)] -= sums[i];
    }
    let held = holds_in_projections(weights.as_ref(), 3, 500, &mut random(1)).expect("valid");
    assert_eq!(held, 500);
    let verdict = geometric_condition(weights.as_ref()).expect("valid");
    assert_eq!(verdict.holds(), Some(false));
    verdict.verify(weights.as_ref()).expect("a proof");
}

proptest! {
    #![proptest_config(config(100))]

    /// An orthonormal frame: no length grows, in full dimension none changes; positive factors of the rows change no verdict.
    #[test]
    fn symmetry_of_projections(seed in any::<u64>()) {
        let mut draw = random(seed);
        let weights = gaussian(8, 5, 0.3, &mut draw);
        let length = |weights: &Mat<f64>, j: usize| weights.row(j).iter().map(|x| x * x).sum::<f64>().sqrt();
        let whole = random_projection(weights.as_ref(), 5, &mut draw).expect("valid");
        let seen = random_projection(weights.as_ref(), 3, &mut random(seed)).expect("valid");
        let scaled = Mat::from_fn(8, 5, |j, i| (1.0 + j as f64) * weights[(j, i)]);
        let again = random_projection(scaled.as_ref(), 3, &mut random(seed)).expect("valid");
        for j in 0..8 {
            prop_assert!((length(&whole, j) / length(&weights, j) - 1.0).abs() < 1e-13);
            prop_assert!(length(&seen, j) <= length(&weights, j) * (1.0 + 1e-13));
        }
        let verdicts = [&weights, &whole].map(|w| geometric_condition(w.as_ref()).expect("valid").holds());
        prop_assert_eq!(verdicts[0], verdicts[1]);
        let verdicts = [&seen, &again].map(|w| geometric_condition(w.as_ref()).expect("valid").holds());
        prop_assert_eq!(verdicts[0], verdicts[1]);
    }
}

/// Weights with one common direction are not in general position in the sense of Remark 3: the share is not Wendel's.
#[test]
fn nonvacuity_a_common_direction_changes_the_share() {
    let frame = orthogonal(11, 84, 9);
    let weights = Mat::from_fn(10, 84, |j, i| {
        frame[(j, i)] / (1.0 + j as f64) + frame[(10, i)] / 11.0
    });
    let held = holds_in_projections(weights.as_ref(), 3, COUNT, &mut random(5)).expect("valid");
    let p = Wendel::new(10, 3).expect("positive").holds();
    assert!((held as f64) < 0.8 * p * COUNT as f64, "{held}");
    assert!(random_projection(weights.as_ref(), 0, &mut random(1)).is_err());
    assert!(random_projection(weights.as_ref(), 85, &mut random(1)).is_err());
}
