use std::f64::consts::TAU;

use faer::{Mat, MatRef};
use teacher_student::{FieldError, VectorField, Weights};

use crate::error::{Error, check_neurons, finite, no_overflow};
use crate::planar::LIFT_LIMIT;

mod geometry;
mod hessian;
mod settle;
mod spectrum;

use geometry::Geometry;

/// The K × K weights fixed by W ↦ PWPᵀ for every P in S_p₁ × … × S_pₘ, Σp = K, learning the identity as teacher.
///
/// Such W has, for blocks A and B of sizes p_A and p_B: one value a_A on the diagonal of block A, one value b_AA off
/// the diagonal inside A (where p_A ≥ 2), and one value b_AB in the whole of block row A, block column B. The
/// coordinates are listed block row by block row: a_A, then b_AA if p_A ≥ 2, then b_AB for the other B in order; at
/// most m + m² numbers. The gradient of the full loss has the same form, so the flow stays in the space and is the
/// flow of these numbers.
///
/// Gradient and loss cost O(m³) for m blocks whatever K is. With ψ_ij = π/2 − ∠(w_i, w_j),
/// ψ*_ij = π/2 − ∠(w_i, e_j), θ_i = ∠(w_i, e_i), r_i = ‖w_i‖ and S = Σ_j (w_j − e_j),
///
/// 2π∇_i = (π/2)(S + w_i − e_i) + θ_i e_i − sin θ_i ŵ_i + Σ_{j≠i}\[ψ_ij w_j − ψ*_ij e_j\]
///   + ŵ_i Σ_{j≠i}\[(r_j−1) − 2r_j sin²(ψ_ij/2) + 2 sin²(ψ*_ij/2)\],
///
/// every term of which is of the order of W − I near the teacher: nothing cancels there, and sums over the members of
/// a block are products with its size. Unlike the identity, its permutations are no centre of this expansion: near
/// them the gradient has only the absolute accuracy of a few units of rounding.
///
/// # Examples
/// ```
/// use ssb::{BlockDynamics, PlanarDynamics};
/// let blocks = BlockDynamics::new(&[100_000])?; // all K neurons alike: the planar dynamics
/// let gradient = blocks.gradient(&[0.5, 0.01])?;
/// let [dx, dy] = PlanarDynamics::new(100_000)?.velocity(0.5, 0.01)?;
/// assert!((gradient[0] + dx).abs() < 1e-12 * dx.abs() && (gradient[1] + dy).abs() < 1e-12 * dx.abs());
///
/// let blocks = BlockDynamics::new(&[5, 1])?; // one neuron apart: where spurious minima live
/// assert_eq!(blocks.coordinates(), 5); // a_1, b_11, b_12, a_2, b_21
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 8 restricted to the fixed-point space of a permutation subgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDynamics {
    sizes: Vec<usize>,
    /// Position of b_AB in a state, m × m; of no meaning on the diagonal where p_A = 1.
    off: Vec<usize>,
    diagonal: Vec<usize>,
    coordinates: usize,
}

impl BlockDynamics {
    /// Block sizes p_1, …, p_m, each at least 1; K is their sum.
    ///
    /// # Errors
    /// No blocks, an empty block, K < 2, or K above 2³¹.
    pub fn new(sizes: &[usize]) -> Result<Self, Error> {
        check_neurons(sizes.iter().fold(0, |k: usize, &p| k.saturating_add(p)))?;
        if let Some(block) = sizes.iter().position(|&p| p == 0) {
            return Err(Error::EmptyBlock { block });
        }
        let m = sizes.len();
        let (mut off, mut diagonal, mut next) = (vec![0; m * m], Vec::with_capacity(m), 0);
        for (a, &size) in sizes.iter().enumerate() {
            diagonal.push(next);
            next += 1;
            if size > 1 {
                off[a * m + a] = next;
                next += 1;
            }
            for b in (0..m).filter(|&b| b != a) {
                off[a * m + b] = next;
                next += 1;
            }
        }
        Ok(Self {
            sizes: sizes.to_vec(),
            off,
            diagonal,
            coordinates: next,
        })
    }

    /// p_1, …, p_m.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// The number of coordinates: m² + the number of blocks with two members or more.
    pub fn coordinates(&self) -> usize {
        self.coordinates
    }

    /// The position of a_A in a state.
    ///
    /// # Errors
    /// There is no such block.
    pub fn diagonal_index(&self, block: usize) -> Result<usize, Error> {
        self.check_block(block)?;
        Ok(self.diagonal[block])
    }

    /// The position of b_AB in a state; `None` for the inside of a block of one member.
    ///
    /// # Errors
    /// There is no such block.
    pub fn off_diagonal_index(&self, row: usize, column: usize) -> Result<Option<usize>, Error> {
        self.check_block(row)?;
        self.check_block(column)?;
        let exists = row != column || self.sizes[row] > 1;
        Ok(exists.then(|| self.off[row * self.sizes.len() + column]))
    }

    /// How many entries of W each coordinate stands for.
    ///
    /// The derivative of the loss with respect to a coordinate is this times the [gradient](Self::gradient) entry.
    pub fn multiplicities(&self) -> Vec<usize> {
        let mut count = vec![0; self.coordinates];
        self.for_each_class(|index, entries, _, _| count[index] = entries);
        count
    }

    /// The coordinates of the teacher: ones on the diagonal, zeros elsewhere.
    pub fn teacher(&self) -> Vec<f64> {
        let mut state = vec![0.0; self.coordinates];
        for &index in &self.diagonal {
            state[index] = 1.0;
        }
        state
    }

    /// The gradient +∂loss/∂W, per sample, as one value a coordinate: the entry of the full K × K gradient that every
    /// member of the class shares. The flow of the coordinates is its negative.
    ///
    /// # Errors
    /// A state of the wrong length or not finite, a zero row, a row norm outside \[1e-150, 1e150\], or a result beyond
    /// the largest double.
    pub fn gradient(&self, state: &[f64]) -> Result<Vec<f64>, Error> {
        let geometry = Geometry::new(self, state)?;
        let mut gradient = vec![0.0; self.coordinates];
        for a in 0..self.sizes.len() {
            let row = geometry.gradient_row(a);
            gradient[self.diagonal[a]] = no_overflow("gradient", row.diagonal / TAU)?;
            for (b, value) in row.off.into_iter().enumerate() {
                if a != b || self.sizes[a] > 1 {
                    gradient[self.off[a * self.sizes.len() + b]] =
                        no_overflow("gradient", value / TAU)?;
                }
            }
        }
        Ok(gradient)
    }

    /// The population loss of the K students, per sample.
    ///
    /// 4πL = (Σ(r_i−1))² + (π/2)‖S‖² + Σ_i\[(π/2−1)(r_i−1)² + 2r_i(π sin²(θ_i/2) − (sin θ_i − θ_i cos θ_i))\]
    ///   + Σ_{i≠j}\[r_i r_j ε(ψ_ij) − 2r_i ε(ψ*_ij)\], ε(ψ) = ψ sin ψ + cos ψ − 1,
    ///
    /// where, as in the gradient, nothing cancels near the teacher.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn loss(&self, state: &[f64]) -> Result<f64, Error> {
        let value = Geometry::new(self, state)?.loss() / (2.0 * TAU);
        no_overflow("loss", value).map(|value| value.max(0.0))
    }

    /// The derivative of the [gradient](Self::gradient), n × n for n coordinates: the Hessian of the full K × K loss on the
    /// space, in coordinates.
    ///
    /// With the [multiplicities](Self::multiplicities) μ, √μ_i J_ij/√μ_j is symmetric. Cost O(n m³), whatever K is.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn jacobian(&self, state: &[f64]) -> Result<Mat<f64>, Error> {
        Geometry::new(self, state)?;
        let jacobian = hessian::jacobian(self, state);
        for column in 0..jacobian.ncols() {
            for row in 0..jacobian.nrows() {
                no_overflow("Hessian", jacobian[(row, column)])?;
            }
        }
        Ok(jacobian)
    }

    /// The K × K weights with the given coordinates; blocks are contiguous, in their order.
    ///
    /// # Errors
    /// A state of the wrong length or not finite, a zero row, or K above 8192.
    pub fn lift(&self, state: &[f64]) -> Result<Weights, Error> {
        self.check_lift()?;
        self.check_state(state)?;
        let k = self.neurons();
        let block = self.block_of_neuron();
        let m = self.sizes.len();
        Ok(Weights::new(Mat::from_fn(k, k, |i, j| {
            if i == j {
                state[self.diagonal[block[i]]]
            } else {
                state[self.off[block[i] * m + block[j]]]
            }
        }))?)
    }

    /// The orthogonal projection of a K × K matrix to the space: the mean of the entries of every class.
    ///
    /// # Errors
    /// The matrix is not K × K or has an entry that is not finite, or K is above 8192.
    pub fn project(&self, weights: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
        self.check_lift()?;
        let k = self.neurons();
        if weights.shape() != (k, k) {
            return Err(Error::Shape {
                name: "weights",
                rows: weights.nrows(),
                columns: weights.ncols(),
                expected_rows: k,
                expected_columns: k,
            });
        }
        let block = self.block_of_neuron();
        let m = self.sizes.len();
        let mut sums = vec![0.0; self.coordinates];
        for i in 0..k {
            for j in 0..k {
                let index = if i == j {
                    self.diagonal[block[i]]
                } else {
                    self.off[block[i] * m + block[j]]
                };
                sums[index] += finite("an entry of `weights`", weights[(i, j)])?;
            }
        }
        for (sum, count) in sums.iter_mut().zip(self.multiplicities()) {
            *sum /= count as f64;
        }
        Ok(sums)
    }

    fn for_each_class(&self, mut f: impl FnMut(usize, usize, usize, usize)) {
        let m = self.sizes.len();
        for (a, &p) in self.sizes.iter().enumerate() {
            f(self.diagonal[a], p, a, a);
            for (b, &q) in self.sizes.iter().enumerate() {
                let entries = if a == b { p * (p - 1) } else { p * q };
                if entries > 0 {
                    f(self.off[a * m + b], entries, a, b);
                }
            }
        }
    }

    fn block_of_neuron(&self) -> Vec<usize> {
        let of = |(block, &size): (usize, &usize)| std::iter::repeat_n(block, size);
        self.sizes.iter().enumerate().flat_map(of).collect()
    }

    fn check_block(&self, block: usize) -> Result<(), Error> {
        if block < self.sizes.len() {
            return Ok(());
        }
        Err(Error::OutOfRange {
            name: "block",
            value: block as f64,
            requirement: "it must be less than the number of blocks",
        })
    }

    fn check_lift(&self) -> Result<(), Error> {
        let neurons = self.neurons();
        if neurons <= LIFT_LIMIT {
            return Ok(());
        }
        Err(Error::TooLargeToLift {
            neurons,
            limit: LIFT_LIMIT,
        })
    }

    fn check_state(&self, state: &[f64]) -> Result<(), Error> {
        if state.len() != self.coordinates {
            return Err(Error::Length {
                name: "state",
                length: state.len(),
                expected: self.coordinates,
            });
        }
        for &value in state {
            finite("state", value)?;
        }
        Ok(())
    }
}

/// The state is the list of coordinates; the potential is the loss of all K students.
impl VectorField for BlockDynamics {
    fn dimension(&self) -> usize {
        self.coordinates
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        for (r, g) in rate.iter_mut().zip(self.gradient(state)?) {
            *r = -g;
        }
        Ok(())
    }

    fn potential(&self, state: &[f64]) -> Result<Option<f64>, FieldError> {
        Ok(Some(self.loss(state)?))
    }
}
