use faer::Mat;
use pulp::{Arch, Simd};

use super::Population;
use crate::error::Error;
use crate::objective::Objective;
use crate::weights::Weights;

mod kernel;
mod rows;

use kernel::Kernel;

/// Gradient descent on a [`Population`] by the plain formula of its gradient, in memory that is allocated once: for the
/// hundreds of thousands of steps of a descent.
///
/// It holds a K × d point and the gradient there,
///
/// 2π∇_i/a_i = Σ_j (π−θ_ij) a_j w_j − Σ_k (π−θ*_ik) b_k w*_k + s_i ŵ_i, s_i = Σ_j a_j‖w_j‖ sin θ_ij − Σ_k b_k‖w*_k‖ sin θ*_ik.
///
/// An angle θ is taken from its cosine, with an absolute error of 1e-16/θ. Where the end of a descent matters, judge it by
/// [`Objective::gradient`] of the population, which loses nothing.
///
/// The loops run in the widest registers that the processor has and the features of this crate allow. Every sum is taken in an
/// order that does not depend on their width: all widths return the same bits.
///
/// # Examples
/// ```
/// use teacher_student::{Network, PlainGradient, Population, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(2, 2)?));
/// let start = Weights::from_rows(&[vec![0.3, 0.1], vec![0.1, 0.3]])?;
/// let mut plain = PlainGradient::new(&population, &start)?;
/// while plain.square() > 1e-16 {
///     plain.descend(0.5);
/// }
/// assert!((plain.weights()[(0, 0)] - 1.0).abs() < 1e-6);
/// # Ok::<(), teacher_student::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PlainGradient {
    arch: Arch,
    kernel: Kernel,
    /// One component a row, one student a column.
    state: Vec<f64>,
    gradient: Vec<f64>,
    square: f64,
}

impl PlainGradient {
    /// The gradient at a start.
    ///
    /// # Errors
    /// A start of another shape than the population's, or with norms beyond the range of its gradient.
    pub fn new(population: &Population, start: &Weights) -> Result<Self, Error> {
        let arch = Arch::new();
        let lanes = arch.dispatch(Lanes);
        let mut plain = Self::unmeasured(population, start, arch, lanes)?;
        plain.measure();
        Ok(plain)
    }

    fn unmeasured(
        population: &Population,
        start: &Weights,
        arch: Arch,
        lanes: usize,
    ) -> Result<Self, Error> {
        // Shape and norms are judged where the exact gradient is taken.
        population.gradient(start.as_mat())?;
        let kernel = Kernel::new(population, lanes);
        let state = kernel.layout(start.as_mat());
        let gradient = vec![0.0; state.len()];
        Ok(Self {
            arch,
            kernel,
            state,
            gradient,
            square: f64::NAN,
        })
    }

    /// Takes one step, w ← w − η∇, and the gradient at its end.
    pub fn descend(&mut self, step: f64) {
        self.shift(step);
        self.measure();
    }

    fn shift(&mut self, step: f64) {
        for (x, g) in self.state.iter_mut().zip(&self.gradient) {
            *x -= step * g;
        }
    }

    fn measure(&mut self) {
        self.square = self.arch.dispatch(Measure {
            kernel: &mut self.kernel,
            state: &self.state,
            gradient: &mut self.gradient,
        });
    }

    /// ‖∇‖²: NaN where a neuron is zero.
    pub fn square(&self) -> f64 {
        self.square
    }

    /// The point, K × d.
    pub fn weights(&self) -> Mat<f64> {
        self.kernel.matrix(&self.state)
    }

    /// The gradient there, K × d.
    pub fn gradient(&self) -> Mat<f64> {
        self.kernel.matrix(&self.gradient)
    }

    /// The norm of the shortest neuron over that of the longest teacher.
    pub fn shortest(&self) -> f64 {
        self.kernel.shortest()
    }
}

/// The number of doubles in a register.
struct Lanes;

impl pulp::WithSimd for Lanes {
    type Output = usize;

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F64_LANES
    }
}

struct Measure<'a> {
    kernel: &'a mut Kernel,
    state: &'a [f64],
    gradient: &'a mut [f64],
}

impl pulp::WithSimd for Measure<'_> {
    type Output = f64;

    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        self.kernel.evaluate(simd, self.state, self.gradient)
    }
}

#[cfg(test)]
mod tests {
    use faer::Mat;
    use pulp::{Arch, Simd};

    use super::PlainGradient;
    use crate::initialization::{gaussian, stream};
    use crate::{Network, Objective, Population, Weights};

    /// Shapes with every remainder by the widths of registers; teachers that are basis vectors, and others with top weights.
    fn problems() -> Vec<(Population, Weights)> {
        let mut problems = Vec::new();
        let shapes = [(1, 1, 1), (6, 6, 6), (5, 2, 7), (8, 8, 8), (12, 12, 12)];
        let more = [(7, 3, 4), (13, 9, 10), (20, 20, 21), (25, 17, 18)];
        for (index, (k, teachers, d)) in shapes.into_iter().chain(more).enumerate() {
            let mut random = stream(11, index as u64);
            let basis = Network::new(Weights::orthonormal(teachers, d).expect("they fit"));
            let drawn = gaussian(&mut random, teachers, d, 1.0).expect("a shape");
            let top: Vec<f64> = (0..teachers).map(|l| 0.5 + l as f64).collect();
            let drawn = Network::with_top_weights(drawn, top).expect("one a row");
            let start = gaussian(&mut random, k, d, 0.7).expect("a shape");
            let top: Vec<f64> = (0..k)
                .map(|j| if j % 3 == 1 { -0.8 } else { 1.3 })
                .collect();
            for (teacher, top) in [(basis, vec![1.0; k]), (drawn, top)] {
                let population = Population::new(teacher, top).expect("they match");
                problems.push((population, start.clone()));
            }
        }
        problems
    }

    #[test]
    fn oracle_exact_gradient() {
        for (population, start) in problems() {
            let plain = PlainGradient::new(&population, &start).expect("a student");
            let exact = population.gradient(start.as_mat()).expect("a student");
            let difference: Mat<f64> = plain.gradient() - &exact;
            let (k, size) = (start.neurons() as f64, exact.norm_l2());
            assert!(difference.norm_l2() <= 1e-14 * k * size, "{k}");
            assert!((plain.square().sqrt() - size).abs() <= 1e-14 * k * size);
            assert_eq!(plain.weights(), start.as_mat());
        }
    }

    /// The bits of point, gradient and square after some steps in the registers of `S`.
    fn descended<S: Simd>(simd: S, population: &Population, start: &Weights) -> Vec<u64> {
        let mut plain = PlainGradient::unmeasured(population, start, Arch::new(), S::F64_LANES)
            .expect("a student");
        let measured = |plain: &mut PlainGradient| {
            let (kernel, state, gradient) = (&mut plain.kernel, &plain.state, &mut plain.gradient);
            plain.square = simd.vectorize(|| kernel.evaluate(simd, state, gradient));
        };
        measured(&mut plain);
        for _ in 0..20 {
            plain.shift(0.05);
            measured(&mut plain);
        }
        let (weights, gradient) = (plain.weights(), plain.gradient());
        let entries = [weights, gradient].into_iter().flat_map(|m| {
            (0..m.ncols())
                .flat_map(|c| m.col_as_slice(c).to_vec())
                .collect::<Vec<f64>>()
        });
        entries
            .chain([plain.square, plain.shortest()])
            .map(f64::to_bits)
            .collect()
    }

    /// `Scalar512b` is as wide as the widest registers there are: an error of the layout shows on every processor.
    #[test]
    fn symmetry_width_of_registers() {
        for (population, start) in problems() {
            let one = descended(pulp::Scalar, &population, &start);
            assert_eq!(one, descended(pulp::Scalar128b, &population, &start));
            assert_eq!(one, descended(pulp::Scalar256b, &population, &start));
            assert_eq!(one, descended(pulp::Scalar512b, &population, &start));
            let mut dispatched = PlainGradient::new(&population, &start).expect("valid");
            for _ in 0..20 {
                dispatched.descend(0.05);
            }
            assert_eq!(one[one.len() - 2], dispatched.square().to_bits());
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            if let Some(simd) = pulp::x86::V3::try_new() {
                assert_eq!(one, descended(simd, &population, &start));
            }
            #[cfg(all(
                feature = "wide-registers",
                any(target_arch = "x86", target_arch = "x86_64")
            ))]
            if let Some(simd) = pulp::x86::V4::try_new() {
                assert_eq!(one, descended(simd, &population, &start));
            }
        }
    }
}
