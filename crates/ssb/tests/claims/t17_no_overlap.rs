//! The network without overlaps, w_j = P_j(u, 0, …, 0) with shifts by whole blocks: its symmetry is that of Eq 17, but the flow
//! of all weights leaves the form.

use faer::Mat;
use gaussian_oracle::multiprecision::population_gradient;
use proptest::prelude::*;
use ssb::{OrthogonalGroup, SymmetricReduction};

use crate::strategies::{config, distance, doubles, norm, vector};

/// A dozen roundings of numbers of order one.
const ROUNDING: f64 = 1e-13;

/// The shifts of K blocks of length m by whole blocks, as orthogonal maps of ℝ^{Km}.
fn blocks(k: usize, m: usize) -> OrthogonalGroup {
    let shift = |by: usize| {
        Mat::from_fn(k * m, k * m, |row, column| {
            f64::from(row == (column + by * m) % (k * m))
        })
    };
    OrthogonalGroup::from_matrices((0..k).map(shift).collect(), 1e-12).unwrap()
}

/// The filter in the first of k blocks.
fn padded(filter: &[f64], k: usize) -> Vec<f64> {
    let mut w = vec![0.0; k * filter.len()];
    w[..filter.len()].copy_from_slice(filter);
    w
}

/// Student and teacher filters of a common length m, and K.
fn networks() -> impl Strategy<Value = (usize, Vec<f64>, Vec<f64>)> {
    (2..=4_usize, 1..=3_usize).prop_flat_map(|(k, m)| (Just(k), vector(m), vector(m)))
}

proptest! {
    #![proptest_config(config(64))]

    /// ∇₁ of the reduction against the textbook gradient of all neurons; block j ≠ 1 of it is (u − u*)/4.
    #[test]
    fn oracle_gradient_in_the_other_blocks((k, u, v) in networks()) {
        let (m, group) = (u.len(), blocks(k, u.len()));
        let reduction = SymmetricReduction::new(group.clone(), padded(&v, k))?;
        let found = reduction.gradient(&padded(&u, k))?;
        let orbit = |filter: &[f64]| -> Vec<Vec<f64>> {
            (0..k).map(|j| group.apply(j, &padded(filter, k)).unwrap()).collect()
        };
        let top = vec![1.0; k];
        let exact = population_gradient(&orbit(&u), &top, &orbit(&v), &top);
        prop_assert!(distance(&found, &doubles(&exact[0])) < ROUNDING, "{found:?}");
        for block in 1..k {
            for i in 0..m {
                let expected = (u[i] - v[i]) / 4.0;
                prop_assert!((found[block * m + i] - expected).abs() < ROUNDING);
            }
        }
    }

    /// The symmetry of Eq 17, ∇_j = P_j ∇₁, holds for this group as for every other.
    #[test]
    fn symmetry_the_gradients_are_shifts_of_one((k, u, v) in networks()) {
        let reduction = SymmetricReduction::new(blocks(k, u.len()), padded(&v, k))?;
        prop_assert!(reduction.equivariance_defect(&padded(&u, k))? < ROUNDING);
    }
}

/// One step of the flow of all weights: the neurons overlap. With the weights outside the own block held at zero the form stays,
/// and there the flow is another one than that of Theorem 7, whose students lie in the span of the teachers.
#[test]
fn nonvacuity_the_flow_of_all_weights_leaves_the_form() {
    let (k, u, v) = (3, [0.3, -0.2], [0.6, 0.8]);
    let reduction = SymmetricReduction::new(blocks(k, 2), padded(&v, k)).unwrap();
    let gradient = reduction.gradient(&padded(&u, k)).unwrap();
    assert!(norm(&gradient[2..4]) > 0.2);
    let step: Vec<f64> = padded(&u, k)
        .iter()
        .zip(&gradient)
        .map(|(w, g)| w - 0.1 * g)
        .collect();
    let next = reduction.group().apply(1, &step).unwrap();
    let overlap: f64 = step.iter().zip(&next).map(|(a, b)| a * b).sum();
    assert!(overlap.abs() > 1e-3, "{overlap}");
    // At the teacher itself nothing moves.
    assert!(norm(&reduction.gradient(&padded(&v, k)).unwrap()) < ROUNDING);
}
