//! Where the flow goes from near the symmetric start: with one leading coordinate to a permutation of the teacher, with one
//! lagging coordinate and three or more neurons to no permutation at all.

use gaussian_oracle::multiprecision::{planar_field, population_gradient};
use proptest::prelude::*;
use ssb::{OrthogonalGroup, SymmetricReduction, SymmetricSaddle};
use teacher_student::{Network, Objective, Population, Weights};

use crate::strategies::{circulant, config, distance, doubles, follow, norm, planar};

/// The rate at the end is below 1e-9 and the least contraction rate at the ends is above 0.05.
const ARRIVED: f64 = 1e-7;

fn teacher(neurons: usize) -> Vec<f64> {
    (0..neurons).map(|i| f64::from(i == 0)).collect()
}

proptest! {
    #![proptest_config(config(48))]

    /// One coordinate x⁰ above all others y⁰, by as little as 1e-9: the limit is P_m w*, m the place of x⁰.
    #[test]
    fn oracle_one_leading_coordinate_wins(k in 2..=8_usize, y in 1e-3..0.9_f64, exponent in -9.0..-1.0_f64, place in 0..8_usize) {
        let m = place % k;
        let group = OrthogonalGroup::cyclic(k)?;
        let reduction = SymmetricReduction::new(group.clone(), teacher(k))?;
        let mut start = vec![y; k];
        start[m] = y + 10f64.powf(exponent);
        prop_assume!(start[m] <= 1.0);
        let run = follow(&reduction, &start);
        prop_assert!(distance(run.end(), &group.apply(m, &teacher(k))?) < ARRIVED, "{:?}", run.end());
    }

    /// Renaming the coordinates by a shift of the group renames the limit.
    #[test]
    fn symmetry_a_shift_of_the_start_shifts_the_limit(k in 3..=6_usize, x in 0.2..0.9_f64, gap in -0.1..0.1_f64, shift in 0..6_usize) {
        prop_assume!(gap.abs() > 1e-3);
        let group = OrthogonalGroup::cyclic(k)?;
        let reduction = SymmetricReduction::new(group.clone(), teacher(k))?;
        let mut start = vec![x; k];
        start[0] = x + gap;
        let (one, other) = (follow(&reduction, &start), follow(&reduction, &group.apply(shift % k, &start)?));
        let moved = group.apply(shift % k, one.end())?;
        prop_assert!(distance(&moved, other.end()) < 2.0 * ARRIVED, "{:?} {:?}", one.end(), other.end());
    }
}

/// Without any perturbation the flow stays at the saddle; for K = 2 a lagging coordinate is a leading one for the other.
#[test]
fn nonvacuity_ties_and_two_neurons() {
    for k in [2, 3, 6] {
        let saddle = SymmetricSaddle::new(k).unwrap().coordinate();
        assert!(distance(follow(&planar(k), &[0.3, 0.3]).end(), &[saddle, saddle]) < 1e-8);
    }
    assert!(distance(follow(&planar(2), &[0.3, 0.3 + 1e-9]).end(), &[0.0, 1.0]) < ARRIVED);
}

/// "A slightest perturbation around x⁰ = y⁰ leads to a different fixed point P_j w* for some j": not if the perturbation is
/// downwards. For K ≥ 3 the flow from (0.3, 0.3 + 10⁻⁹) ends at a critical point with x < 0 that is no permutation of w*.
#[test]
fn refutes_that_every_perturbation_leads_to_a_permutation() {
    for (k, end) in [
        (3, [-0.318_180_069_6, 0.659_453_093_0]),
        (4, [-0.489_860_020_8, 0.495_478_534_2]),
        (5, [-0.594_075_786_8, 0.396_728_564_4]),
        (6, [-0.663_397_368_3, 0.330_709_783_3]),
        (10, [-0.800_304_034_5, 0.198_476_522_5]),
    ] {
        for gap in [1e-9, 1e-3, 0.1] {
            let run = follow(&planar(k), &[0.3, 0.3 + gap]);
            assert!(
                distance(run.end(), &end) < 1e-6,
                "K = {k}, gap {gap}: {:?}",
                run.end()
            );
        }
        // Critical by the oracle's field and by the gradient of all K² weights, to the digits given.
        let [dx, dy] = planar_field(end[0], end[1], k).map(|v| v.to_f64());
        assert!(dx.hypot(dy) < 1e-7 * k as f64, "{dx} {dy}");
        let top = vec![1.0; k];
        let gradient = population_gradient(
            &circulant(end[0], end[1], k),
            &top,
            &circulant(1.0, 0.0, k),
            &top,
        );
        for row in &gradient {
            let row = doubles(row);
            assert!(norm(&row) < 1e-8 * k as f64);
        }
        // Far from every P_j w*, and of positive loss.
        let mut w = vec![end[1]; k];
        w[0] = end[0];
        for j in 0..k {
            let target: Vec<f64> = (0..k).map(|i| f64::from(i == j)).collect();
            assert!(distance(&w, &target) > 0.4);
        }
        let network = Network::new(Weights::orthonormal(k, k).unwrap());
        let problem = Population::matching(network);
        let student = Weights::from_rows(&circulant(end[0], end[1], k)).unwrap();
        let loss = problem.loss(student.as_mat()).unwrap();
        assert!(loss > 0.01, "{loss}");
    }
}
