//! The rows of a weight matrix brought to one size by powers of two, without copying the matrix.

use faer::linalg::matmul::matmul;
use faer::{Accum, Col, MatRef, Par};
use numeric::times_power_of_two;

use crate::Error;

/// Rows whose largest entry is within 2^±`PLAIN` may be multiplied as they are.
const PLAIN: i32 = 900;
/// How many rows are worked on together, column by column.
pub(super) const BLOCK: usize = 256;

/// The weights with u_j = 2^{e_j} w_j, the largest entry of every u_j in [1, 2) (barring subnormal rows).
///
/// The scaling is exact but for entries that are 2^1000 times smaller than the largest of their row.
pub(super) struct Scaled<'a> {
    pub(super) weights: MatRef<'a, f64>,
    /// 2^{e_j}; 0 for a zero row.
    pub(super) scales: Vec<f64>,
    /// ‖u_j‖; 0 for a zero row.
    pub(super) norms: Vec<f64>,
    plain: bool,
}

/// ⌊log₂ x⌋ of a positive double, at least −1022.
fn exponent(value: f64) -> i32 {
    numeric::exponent(value).unwrap_or(0).max(-1022)
}

impl<'a> Scaled<'a> {
    pub(super) fn new(weights: MatRef<'a, f64>) -> Result<Self, Error> {
        let (rows, columns) = weights.shape();
        if columns == 0 {
            return Err(Error::NoDimension { rows, columns });
        }
        let mut largest = vec![0.0_f64; rows];
        for start in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - start);
            for column in 0..columns {
                let entries = weights.col(column).subrows(start, count);
                for (offset, &value) in entries.iter().enumerate() {
                    if !value.is_finite() {
                        return Err(Error::NotFiniteWeight {
                            row: start + offset,
                            column,
                            value,
                        });
                    }
                    let most = &mut largest[start + offset];
                    *most = most.max(value.abs());
                }
            }
        }
        let plain = largest
            .iter()
            .all(|&most| most == 0.0 || exponent(most).abs() <= PLAIN);
        let scales: Vec<f64> = largest
            .iter()
            .map(|&most| {
                if most == 0.0 {
                    0.0
                } else {
                    times_power_of_two(1.0, -exponent(most).min(1022))
                }
            })
            .collect();
        let mut squares = vec![0.0; rows];
        for start in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - start);
            for column in 0..columns {
                let entries = weights.col(column).subrows(start, count);
                for (offset, &value) in entries.iter().enumerate() {
                    let scaled = value * scales[start + offset];
                    squares[start + offset] += scaled * scaled;
                }
            }
        }
        let norms = squares.into_iter().map(f64::sqrt).collect();
        Ok(Self {
            weights,
            scales,
            norms,
            plain,
        })
    }

    pub(super) fn dimension(&self) -> usize {
        self.weights.ncols()
    }

    /// The rows that have a direction.
    pub(super) fn directed(&self) -> Vec<usize> {
        (0..self.scales.len())
            .filter(|&j| self.scales[j] > 0.0)
            .collect()
    }

    /// u_j.
    pub(super) fn row(&self, index: usize) -> Vec<f64> {
        self.weights
            .row(index)
            .iter()
            .map(|w| w * self.scales[index])
            .collect()
    }

    /// w_j / ‖w_j‖, rounded.
    pub(super) fn direction(&self, index: usize) -> Vec<f64> {
        let norm = self.norms[index];
        self.row(index).iter().map(|u| u / norm).collect()
    }

    /// ⟨n, w_j⟩ / ‖w_j‖ for all rows, rounded; 0 for zero rows.
    pub(super) fn products(&self, normal: &[f64]) -> Vec<f64> {
        if self.plain {
            let normal = Col::from_fn(normal.len(), |i| normal[i]);
            let mut products = Col::zeros(self.scales.len());
            let (to, weights) = (products.as_mut(), self.weights);
            matmul(to, Accum::Replace, weights, &normal, 1.0, Par::Seq);
            (0..self.scales.len())
                .map(|j| {
                    if self.scales[j] > 0.0 {
                        products[j] * self.scales[j] / self.norms[j]
                    } else {
                        0.0
                    }
                })
                .collect()
        } else {
            let sums = self.sums(normal);
            (0..self.scales.len())
                .map(|j| {
                    if self.scales[j] > 0.0 {
                        sums[j].0 / self.norms[j]
                    } else {
                        0.0
                    }
                })
                .collect()
        }
    }

    /// (Σᵢ nᵢu_ji, Σᵢ |nᵢu_ji|) for all rows, summed from left to right.
    pub(super) fn sums(&self, normal: &[f64]) -> Vec<(f64, f64)> {
        let rows = self.scales.len();
        let mut sums = vec![(0.0, 0.0); rows];
        for start in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - start);
            for (column, &factor) in normal.iter().enumerate() {
                let entries = self.weights.col(column).subrows(start, count);
                for (offset, &value) in entries.iter().enumerate() {
                    let term = factor * (value * self.scales[start + offset]);
                    let sum = &mut sums[start + offset];
                    sum.0 += term;
                    sum.1 += term.abs();
                }
            }
        }
        sums
    }
}
