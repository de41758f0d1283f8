use faer::{Mat, MatRef};

use crate::error::Error;

/// A loss on K × d weight matrices with its exact gradient.
///
/// A point is a [`&Weights`](crate::Weights), or a view of a matrix, which is checked as [`Weights`](crate::Weights) are.
pub trait Objective {
    /// K, the number of student neurons.
    fn neurons(&self) -> usize;

    /// d, the input dimension.
    fn dimension(&self) -> usize;

    /// The loss at a K × d weight matrix, per sample.
    ///
    /// # Errors
    /// Wrong shape, non-finite entries, or a zero neuron.
    fn loss<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<f64, Error>;

    /// The gradient +∂loss/∂w at a K × d weight matrix, of shape K × d.
    ///
    /// # Errors
    /// Wrong shape, non-finite entries, or a zero neuron.
    fn gradient<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<Mat<f64>, Error>;

    /// A typical size of the weights, such as that of the target's. 1 unless the objective says otherwise.
    fn weight_scale(&self) -> f64 {
        1.0
    }

    /// A typical size of the gradient far from its zeros. 1 unless the objective says otherwise.
    fn gradient_scale(&self) -> f64 {
        1.0
    }
}

/// The scales of a student that learns a teacher: both are set by the smallest neuron of the teacher, which counts as much as
/// a large one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scales {
    /// ℓ = min_k |b_k|‖w*_k‖ over b_k ≠ 0.
    pub(crate) smallest: f64,
    /// ℓ/max_j |a_j|.
    pub(crate) weight: f64,
    /// ℓ·max_j |a_j|.
    pub(crate) gradient: f64,
}

impl Scales {
    /// From the b_k‖w*_k‖ of the teacher and the a_j of the student.
    pub(crate) fn new(lengths: impl Iterator<Item = f64>, student_top: &[f64]) -> Self {
        let smallest = lengths
            .map(f64::abs)
            .filter(|length| *length > 0.0)
            .reduce(f64::min)
            .unwrap_or(1.0);
        let top = student_top
            .iter()
            .fold(0.0_f64, |most, a| most.max(a.abs()));
        let top = if top > 0.0 { top } else { 1.0 };
        let usable = |scale: f64| {
            if scale.is_normal() { scale } else { smallest }
        };
        Self {
            smallest,
            weight: usable(smallest / top),
            gradient: usable(smallest * top),
        }
    }
}
