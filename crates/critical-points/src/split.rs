//! Neurons that are shares of one.

use faer::{Mat, MatRef};

use crate::equivalence::{effective, sign};
use crate::units::lengths;

/// Students are parallel if sin of their angle is below this: points are known to 1e-10 and better.
const PARALLEL: f64 = 1e-7;

/// The effective weights |a_j|w_j of a student, in which parallel neurons with top weights of one sign may be merged: their sum
/// is one neuron that makes the same function.
pub(crate) struct Merged {
    rows: Mat<f64>,
    signs: Vec<f64>,
    copies: Vec<usize>,
}

impl Merged {
    /// No neurons merged.
    pub(crate) fn none(weights: MatRef<'_, f64>, top: &[f64]) -> Self {
        Self {
            rows: effective(weights, top),
            signs: top.iter().map(|a| sign(*a)).collect(),
            copies: vec![1; top.len()],
        }
    }

    /// All parallel neurons merged, each into the first of its direction.
    pub(crate) fn merged(&self) -> Self {
        let d = self.rows.ncols();
        let norms = lengths(self.rows.as_ref());
        let mut kept: Vec<usize> = Vec::new();
        let mut copies: Vec<usize> = Vec::new();
        let mut sums: Vec<Vec<f64>> = Vec::new();
        for j in 0..self.signs.len() {
            let parallel = |l: usize| {
                let distance: f64 = (0..d)
                    .map(|c| (self.rows[(j, c)] / norms[j] - self.rows[(l, c)] / norms[l]).powi(2))
                    .sum();
                self.signs[j] == self.signs[l] && distance.sqrt() < PARALLEL
            };
            let row = (0..d).map(|c| self.rows[(j, c)]);
            if let Some(at) = kept.iter().position(|l| parallel(*l)) {
                copies[at] += self.copies[j];
                for (sum, x) in sums[at].iter_mut().zip(row) {
                    *sum += x;
                }
            } else {
                kept.push(j);
                copies.push(self.copies[j]);
                sums.push(row.collect());
            }
        }
        Self {
            rows: Mat::from_fn(kept.len(), d, |i, c| sums[i][c]),
            signs: kept.iter().map(|&j| self.signs[j]).collect(),
            copies,
        }
    }

    pub(crate) fn rows(&self) -> MatRef<'_, f64> {
        self.rows.as_ref()
    }

    pub(crate) fn neurons(&self) -> usize {
        self.signs.len()
    }

    /// The sign of a neuron's top weight.
    pub(crate) fn sign(&self, neuron: usize) -> f64 {
        self.signs[neuron]
    }

    /// Of how many a neuron is merged.
    pub(crate) fn copies(&self, neuron: usize) -> usize {
        self.copies[neuron]
    }
}
