//! The fast part of a gradient flow of two-layer networks.

use dense::Eigen;
use faer::Mat;
use numeric::{inner_product, norm};

use crate::flow::field::FieldError;
use crate::flow::integrators::run::{Run, add};

/// How far the field is probed, against the size of the state.
const PROBE: f64 = 1e-6;

/// A symmetric map −A with the outliers of the Jacobian: curvature c on (a/‖a‖) ⊗ ℝᵈ without one vector, which a 2 × 2
/// problem mixes with the growth of all neurons.
pub(super) struct Split {
    /// a/‖a‖.
    top: Vec<f64>,
    dimension: usize,
    /// c.
    curvature: f64,
    /// Two orthonormal vectors with their curvatures.
    vectors: [(f64, Vec<f64>); 2],
    /// The parts of both along the shared direction, vectors of length d.
    shared: [Vec<f64>; 2],
}

/// Coordinates of a vector on the range of A: along the two vectors, then d along a.
#[derive(Clone, Default)]
pub(super) struct Reduced(pub(super) Vec<f64>);

impl Split {
    /// Measures the fast part at the current state by two evaluations of the field; none without top weights.
    pub(super) fn measure(run: &mut Run<'_>, weights: &[f64]) -> Result<Option<Self>, FieldError> {
        if weights.is_empty() {
            return Ok(None);
        }
        let length = norm(weights);
        let dimension = run.state.len() / weights.len();
        if !(length.is_finite() && length > 0.0) || dimension == 0 {
            return Ok(None);
        }
        let top: Vec<f64> = weights.iter().map(|a| a / length).collect();
        let mut growth = run.state.clone();
        for (row, a) in growth.chunks_exact_mut(dimension).zip(&top) {
            let size = norm(row);
            for entry in row {
                *entry *= a / size;
            }
        }
        let shared = along(&top, dimension, &growth);
        subtract(&mut growth, &top, &shared);
        if !normalise(&mut growth) {
            return Ok(None);
        }
        let turned = minus_jacobian(run, &growth)?;
        let own = inner_product(&turned, &growth);
        let mut direction = along(&top, dimension, &turned);
        let coupling = norm(&direction);
        if !normalise(&mut direction) {
            direction = vec![0.0; dimension];
            direction[0] = 1.0;
        }
        let mut common = vec![0.0; growth.len()];
        subtract(&mut common, &top, &direction);
        for entry in &mut common {
            *entry = -*entry;
        }
        let curvature = inner_product(&minus_jacobian(run, &common)?, &common);
        let plane = Mat::from_fn(2, 2, |i, j| match (i, j) {
            (0, 0) => curvature,
            (1, 1) => own,
            _ => coupling,
        });
        let Ok(eigen) = Eigen::new(plane.as_ref()) else {
            return Ok(None);
        };
        let vector = |i: usize| -> (f64, Vec<f64>) {
            let (x, y) = (eigen.vectors()[(0, i)], eigen.vectors()[(1, i)]);
            let mixed = common.iter().zip(&growth).map(|(c, g)| x * c + y * g);
            (eigen.values()[i].max(0.0), mixed.collect())
        };
        let part = |i: usize| -> Vec<f64> {
            direction
                .iter()
                .map(|b| eigen.vectors()[(0, i)] * b)
                .collect()
        };
        Ok(Some(Self {
            vectors: [vector(0), vector(1)],
            shared: [part(0), part(1)],
            top,
            dimension,
            curvature: curvature.max(0.0),
        }))
    }

    /// The three curvatures: those of the two vectors, and the one along a.
    pub(super) fn curvatures(&self) -> [f64; 3] {
        [self.vectors[0].0, self.vectors[1].0, self.curvature]
    }

    /// Which of the three curvatures belongs to a coordinate of [`Reduced`].
    pub(super) fn class(coordinate: usize) -> usize {
        coordinate.min(2)
    }

    pub(super) fn reduce(&self, v: &[f64]) -> Reduced {
        let mut coordinates = vec![
            inner_product(&self.vectors[0].1, v),
            inner_product(&self.vectors[1].1, v),
        ];
        let mut mean = along(&self.top, self.dimension, v);
        for (c, shared) in coordinates.iter().zip(&self.shared) {
            add(&mut mean, &[(-c, shared)]);
        }
        coordinates.extend(mean);
        Reduced(coordinates)
    }

    /// Adds the vector with these coordinates.
    pub(super) fn lift(&self, coordinates: &[f64], to: &mut [f64]) {
        let (two, mean) = coordinates.split_at(2);
        add(
            to,
            &[(two[0], &self.vectors[0].1), (two[1], &self.vectors[1].1)],
        );
        for (row, a) in to.chunks_exact_mut(self.dimension).zip(&self.top) {
            add(row, &[(*a, mean)]);
        }
    }
}

/// −J v by a difference of the field, v of length 1.
fn minus_jacobian(run: &mut Run<'_>, v: &[f64]) -> Result<Vec<f64>, FieldError> {
    let reach = PROBE * norm(&run.state).max(PROBE * run.field.state_scale());
    let mut probe = run.state.clone();
    add(&mut probe, &[(reach, v)]);
    let mut rate = vec![0.0; v.len()];
    run.evaluate(&probe, &mut rate)?;
    for (r, slope) in rate.iter_mut().zip(&run.rate) {
        *r = (slope - *r) / reach;
    }
    Ok(rate)
}

/// Σ_j a_j v_j, of length d.
fn along(top: &[f64], dimension: usize, v: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; dimension];
    for (row, a) in v.chunks_exact(dimension).zip(top) {
        add(&mut sum, &[(*a, row)]);
    }
    sum
}

/// v − a ⊗ y.
fn subtract(v: &mut [f64], top: &[f64], y: &[f64]) {
    for (row, a) in v.chunks_exact_mut(y.len()).zip(top) {
        add(row, &[(-a, y)]);
    }
}

/// Whether there is a direction.
fn normalise(v: &mut [f64]) -> bool {
    let length = norm(v);
    let holds = length > 1e-12 && length.is_finite();
    if holds {
        for entry in v {
            *entry /= length;
        }
    }
    holds
}
