use faer::Mat;

use super::configuration::{Configuration, Neurons, teachers};
use super::isotypic::{Isotypic, isotypic_parts};
use super::proof::{Component, Proof, Radius, contraction_test, inertia, loss_at_rest};
use super::refusal::Refusal;
use crate::Interval;
use crate::linear_algebra::{BallMatrix, Preconditioner};

/// K × K weights fixed by W ↦ PWPᵀ, P ∈ S_p₁ × … × S_pₘ, before the identity as teacher; in a tied block all students
/// coincide as well.
///
/// The coordinates are those of [`BlockDynamics`](ssb::BlockDynamics) in the same order, without b_AA where it is tied
/// to a_A. By the principle of symmetric criticality a zero of the gradient within the space is one of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlockSystem {
    pub(super) sizes: Vec<usize>,
    pub(super) tied: Vec<bool>,
}

impl BlockSystem {
    pub(super) fn neurons(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// First member of a block.
    fn first(&self, block: usize) -> usize {
        self.sizes[..block].iter().sum()
    }

    fn block_of(&self) -> Vec<usize> {
        self.sizes
            .iter()
            .enumerate()
            .flat_map(|(block, &size)| std::iter::repeat_n(block, size))
            .collect()
    }

    /// One entry (i, j) of W for every coordinate.
    pub(super) fn representatives(&self) -> Vec<(usize, usize)> {
        let mut entries = Vec::new();
        for a in 0..self.sizes.len() {
            let i = self.first(a);
            entries.push((i, i));
            if self.sizes[a] > 1 && !self.tied[a] {
                entries.push((i, i + 1));
            }
            entries.extend(
                (0..self.sizes.len())
                    .filter(|&b| b != a)
                    .map(|b| (i, self.first(b))),
            );
        }
        entries
    }

    /// The coordinates of the block dynamics, b_AA = a_A where it is tied.
    pub(super) fn whole(&self, state: &[f64]) -> Vec<f64> {
        let untied = Self {
            sizes: self.sizes.clone(),
            tied: vec![false; self.sizes.len()],
        };
        let lifted = self.lift(state);
        let entries = untied.representatives();
        entries.into_iter().map(|at| lifted[at]).collect()
    }

    /// The coordinate of every entry, K × K.
    fn coordinates(&self) -> Vec<Vec<usize>> {
        let block = self.block_of();
        let representatives = self.representatives();
        let place = |i: usize, j: usize| {
            let (a, b) = (self.first(block[i]), self.first(block[j]));
            let entry = if block[i] != block[j] {
                (a, b)
            } else if i == j || self.tied[block[i]] {
                (a, a)
            } else {
                (a, a + 1)
            };
            representatives
                .iter()
                .position(|&r| r == entry)
                .unwrap_or(0)
        };
        let k = self.neurons();
        (0..k)
            .map(|i| (0..k).map(|j| place(i, j)).collect())
            .collect()
    }

    /// The weights of a state, K × K.
    pub(super) fn lift(&self, state: &[f64]) -> Mat<f64> {
        let coordinates = self.coordinates();
        Mat::from_fn(self.neurons(), self.neurons(), |i, j| {
            state[coordinates[i][j]]
        })
    }

    fn boxed<'a>(
        &self,
        teacher: &'a Neurons,
        state: &[f64],
        radius: f64,
    ) -> Result<Configuration<'a>, Refusal> {
        let values: Vec<Interval> = state.iter().map(|&x| Interval::around(x, radius)).collect();
        let rows = self
            .coordinates()
            .iter()
            .map(|row| row.iter().map(|&c| values[c]).collect())
            .collect();
        Configuration::new(rows, &vec![1.0; self.neurons()], teacher)
    }

    fn teacher(&self) -> Result<Neurons, Refusal> {
        let k = self.neurons();
        teachers(Mat::<f64>::identity(k, k).as_ref(), &vec![1.0; k])
    }

    /// The gradient of one entry a coordinate.
    fn residual(&self, at: &Configuration<'_>) -> Vec<Interval> {
        let mut known: Option<(usize, Vec<Interval>)> = None;
        let mut residual = Vec::new();
        for (i, j) in self.representatives() {
            let row = match known.take() {
                Some((row, values)) if row == i => values,
                _ => at.gradient_row(i),
            };
            residual.push(row[j]);
            known = Some((i, row));
        }
        residual
    }

    /// The derivative of that with respect to the coordinates.
    fn jacobian(&self, at: &Configuration<'_>) -> BallMatrix {
        let coordinates = self.coordinates();
        let representatives = self.representatives();
        let k = self.neurons();
        let directions: Vec<Vec<Vec<f64>>> = (0..representatives.len())
            .map(|index| {
                let entry = |i: usize, j: usize| f64::from(u8::from(coordinates[i][j] == index));
                (0..k)
                    .map(|i| (0..k).map(|j| entry(i, j)).collect())
                    .collect()
            })
            .collect();
        let mut entries: Vec<Vec<Interval>> = Vec::new();
        let mut known: Option<(usize, Vec<Vec<Interval>>)> = None;
        for &(i, j) in &representatives {
            let rows = match known.take() {
                Some((row, values)) if row == i => values,
                _ => at.hessian_row_products(i, &directions),
            };
            entries.push(rows.iter().map(|row| row[j]).collect());
            known = Some((i, rows));
        }
        let n = representatives.len();
        BallMatrix::from_bounds(n, n, |a, b| (entries[a][b].low(), entries[a][b].high()))
    }

    /// Newton's step from the midpoints of the enclosures; none where the Jacobian is singular.
    pub(super) fn newton_step(&self, state: &[f64]) -> Result<Option<(Vec<f64>, f64)>, Refusal> {
        let teacher = self.teacher()?;
        let at = self.boxed(&teacher, state, 0.0)?;
        let residual: Vec<f64> = self.residual(&at).iter().map(|x| x.mid()).collect();
        let size = residual.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let Some(inverse) = Preconditioner::new(self.jacobian(&at).midpoint()) else {
            return Ok(None);
        };
        Ok(Some((inverse.apply(&residual), size)))
    }

    /// Proves that the box of `radius` about `state` has exactly one critical point of the coordinates, and encloses what
    /// belongs to it as a point of the whole space.
    pub(super) fn prove(&self, state: &[f64], radius: Radius) -> Result<Proof, Refusal> {
        let teacher = self.teacher()?;
        let at_centre = self.boxed(&teacher, state, 0.0)?;
        let residual = self.residual(&at_centre);
        let preconditioner =
            Preconditioner::new(self.jacobian(&at_centre).midpoint()).ok_or(Refusal::Singular {
                unknowns: state.len(),
            })?;
        let scale = state.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
        let (radius, contraction, _) =
            contraction_test(&residual, &preconditioner, scale, radius, |radius| {
                Ok(self.jacobian(&self.boxed(&teacher, state, radius)?))
            })?;
        let components = self.components(&self.boxed(&teacher, state, radius)?);
        let (inertia, least, norm) = inertia(&components)?;
        let teacher_state: Vec<f64> = self
            .representatives()
            .iter()
            .map(|(i, j)| f64::from(u8::from(i == j)))
            .collect();
        let is_teacher = !self.tied.contains(&true)
            && state
                .iter()
                .zip(&teacher_state)
                .all(|(x, y)| (x - y).abs().next_up() <= radius);
        let weight = |i: usize| {
            (0..self.sizes.len())
                .find(|&a| self.first(a) == i)
                .map_or(0, |a| self.sizes[a])
        };
        let loss = if is_teacher {
            Interval::ZERO
        } else {
            loss_at_rest(
                at_centre.loss(weight),
                self.neurons() * self.neurons(),
                radius,
                norm,
            )
        };
        Ok(Proof {
            radius,
            contraction,
            inertia,
            least,
            loss,
        })
    }

    /// The blocks of the full Hessian over a box, for a check of its definiteness by other means.
    pub(super) fn hessians(
        &self,
        state: &[f64],
        radius: f64,
    ) -> Result<Vec<(BallMatrix, usize)>, Refusal> {
        let teacher = self.teacher()?;
        let components = self.components(&self.boxed(&teacher, state, radius)?);
        Ok(components.into_iter().map(|c| (c.matrix, c.null)).collect())
    }

    /// The full Hessian of K² unknowns, one block an isotypic part of the group's representation.
    fn components(&self, at: &Configuration<'_>) -> Vec<Component> {
        isotypic_parts(&self.sizes)
            .into_iter()
            .map(|part| Component {
                name: part.name.clone(),
                multiplicity: part.dimension,
                // Weight that moves among coinciding students changes nothing.
                null: part.moves.map_or(0, |block| usize::from(self.tied[block])),
                matrix: self.restricted(at, &part),
            })
            .collect()
    }

    /// ⟨φ_a, Hφ_b⟩/‖φ_a‖‖φ_b‖ for the test matrices of one part.
    ///
    /// Rows of members that the part does not single out contribute alike: one of them is taken times their number.
    fn restricted(&self, at: &Configuration<'_>, part: &Isotypic) -> BallMatrix {
        let n = part.matrices.len();
        let mut entries = vec![vec![Interval::ZERO; n]; n];
        for (a, &size) in self.sizes.iter().enumerate() {
            let singled = part.singled[a];
            let single = (0..singled).map(|member| (member, 1));
            let rest = (singled < size).then_some((singled, size - singled));
            for (member, count) in single.chain(rest) {
                let i = self.first(a) + member;
                let rows = at.hessian_row_products(i, &part.matrices);
                for (left, phi) in part.matrices.iter().enumerate() {
                    for (right, row) in rows.iter().enumerate() {
                        let terms = phi[i].iter().zip(row).filter(|(p, _)| **p != 0.0);
                        let product = terms.fold(Interval::ZERO, |sum, (&p, &x)| sum + p * x);
                        entries[left][right] = entries[left][right] + count as f64 * product;
                    }
                }
            }
        }
        let norm: Vec<Interval> = part
            .matrices
            .iter()
            .map(|phi| {
                // Small integers: the sum of squares is exact.
                let square: f64 = phi.iter().flatten().map(|x| x * x).sum();
                Interval::from(square).sqrt()
            })
            .collect();
        BallMatrix::from_bounds(n, n, |i, j| {
            let (i, j) = (i.max(j), i.min(j));
            let entry = entries[i][j] / (norm[i] * norm[j]);
            (entry.low(), entry.high())
        })
    }
}
