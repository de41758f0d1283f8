use dense::Eigen;
use faer::Mat;

use crate::error::{Error, decomposition};

/// Curvatures below this, relative to the largest, are those of a manifold of critical points: no step is taken along them.
const FLAT: f64 = 1e-11;

/// The gradient in the eigenvectors of the Hessian.
pub(super) struct Frame {
    eigen: Eigen,
    coordinates: Vec<f64>,
    /// The largest |eigenvalue|.
    pub(super) largest: f64,
}

impl Frame {
    pub(super) fn new(hessian: &Mat<f64>, gradient: &Mat<f64>) -> Result<Self, Error> {
        let (count, d) = (hessian.nrows(), gradient.ncols());
        let eigen = Eigen::new(hessian.as_ref())
            .map_err(|error| decomposition("eigenvectors", hessian.as_ref(), &error))?;
        let vectors = eigen.vectors();
        let coordinates = (0..count)
            .map(|i| {
                (0..count)
                    .map(|r| vectors[(r, i)] * gradient[(r / d, r % d)])
                    .sum()
            })
            .collect();
        let largest = eigen.values().iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        Ok(Self {
            eigen,
            coordinates,
            largest,
        })
    }

    /// The step, in the shape of the weights, and what the linear model leaves of the gradient.
    pub(super) fn step(&self, damping: f64, weights: &Mat<f64>) -> (Mat<f64>, f64) {
        let flat = FLAT * self.largest;
        let amounts: Vec<f64> = self
            .eigen
            .values()
            .iter()
            .zip(&self.coordinates)
            .map(|(v, c)| {
                if v.abs() <= flat {
                    0.0
                } else {
                    -v * c / (v * v + damping)
                }
            })
            .collect();
        let left: f64 = (self
            .eigen
            .values()
            .iter()
            .zip(&self.coordinates)
            .zip(&amounts))
        .map(|((v, c), a)| (c + v * a).powi(2))
        .sum();
        let d = weights.ncols();
        let step = Mat::from_fn(weights.nrows(), d, |j, c| {
            amounts
                .iter()
                .enumerate()
                .map(|(i, a)| a * self.eigen.vectors()[(j * d + c, i)])
                .sum()
        });
        (step, left.sqrt())
    }
}
