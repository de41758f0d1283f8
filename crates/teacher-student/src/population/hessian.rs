use std::f64::consts::TAU;

use faer::reborrow::ReborrowMut as _;
use faer::{Accum, Mat, MatMut, Par, linalg::matmul::matmul};
use numeric::inner_product;
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};

use super::Population;
use crate::angles::AngleTable;
use crate::weights::Directions;

/// The Hessian, one neuron's columns after the other; both halves come out of the same products in the same order, so that it
/// is symmetric to the last bit. Returns whether all of it is finite.
pub(super) fn fill(
    population: &Population,
    student: &Directions,
    mut hessian: MatMut<'_, f64>,
) -> bool {
    let (k, d) = (student.len(), student.dimension());
    let panels = Panels {
        population,
        student,
        inner: AngleTable::among(student),
        outer: AngleTable::between(student, &population.directions),
    };
    if population.parallel {
        let columns = hessian.par_col_chunks_mut(d).enumerate();
        let finite = columns.map(|(i, panel)| panels.fill(i, panel));
        finite.reduce(|| true, |all, one| all & one)
    } else {
        (0..k).fold(true, |finite, i| {
            finite & panels.fill(i, hessian.as_mut().subcols_mut(i * d, d))
        })
    }
}

struct Panels<'a> {
    population: &'a Population,
    student: &'a Directions,
    inner: AngleTable,
    outer: AngleTable,
}

impl Panels<'_> {
    /// The columns of neuron i, Kd × d; returns whether they are finite.
    fn fill(&self, i: usize, mut panel: MatMut<'_, f64>) -> bool {
        let (k, d) = (self.student.len(), self.student.dimension());
        let (mut bisectors, mut across) = (vec![0.0; k * d], vec![0.0; k * d]);
        let mut identities = vec![0.0; k];
        pulp::Arch::new().dispatch(Bisect {
            panels: self,
            neuron: i,
            identities: &mut identities,
            bisectors: &mut bisectors,
            across: &mut across,
        });
        pulp::Arch::new().dispatch(Mixed {
            panel: panel.as_mut(),
            identities: &identities,
            bisectors: &bisectors,
            across: &across,
        });
        let mut diagonal = panel.subrows_mut(i * d, d);
        self.diagonal_block(i, diagonal.as_mut());
        // Products of these do not overflow.
        let small = |x: &f64| x.abs() < 1e150;
        bisectors.iter().chain(&across).all(small)
            && identities.iter().all(|x| x.is_finite())
            && diagonal.as_ref().is_all_finite()
    }

    /// The block of neurons i and j is a_i a_j((π−θ)I + sin θ(bbᵀ − qqᵀ))/2π, b and q the unit vectors along e_i ± e_j: returns
    /// the factor of I, and fills in b and q with the roots of theirs.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn bisect(&self, i: usize, j: usize, b: &mut [f64], q: &mut [f64]) -> f64 {
        let (i, j) = (i.max(j), i.min(j));
        let top = &self.population.student_top;
        let scale = top[i] * top[j] / TAU;
        // A negative factor exchanges the two.
        let (b, q) = if scale < 0.0 { (q, b) } else { (b, q) };
        let units = self.student.unit(i).iter().zip(self.student.unit(j));
        for ((x, y), (b, q)) in units.zip(b.iter_mut().zip(q.iter_mut())) {
            (*b, *q) = (x + y, x - y);
        }
        for vector in [b, q] {
            let square = inner_product(vector, vector);
            // Parallel and antiparallel directions have no second bisector, and no sine.
            let factor = if square > 0.0 {
                (scale.abs() * self.inner.sines[(i, j)] / square).sqrt()
            } else {
                0.0
            };
            for x in vector {
                *x *= factor;
            }
        }
        scale * self.inner.supplements[(i, j)]
    }

    /// a_i²I/2 + (a_i/2π‖w_i‖) Σ ±‖v‖ sin θ (I − eeᵀ + nnᵀ) over the other students (+) and the teachers (−).
    ///
    /// The sum of nnᵀ is one product of a d × (K+K′) matrix with its scaled transpose.
    fn diagonal_block(&self, i: usize, mut block: MatMut<'_, f64>) {
        let (population, student) = (self.population, self.student);
        let d = student.dimension();
        let top = population.student_top[i];
        let e = student.unit(i);
        let count = student.len() - 1 + population.directions.len();
        let mut normals = Mat::zeros(d, count);
        let mut scaled = Mat::zeros(d, count);
        let total = pulp::Arch::new().dispatch(Normals {
            panels: self,
            neuron: i,
            unit: &mut normals,
            scaled: &mut scaled,
        });
        let scale = top / TAU;
        matmul(
            block.as_mut(),
            Accum::Replace,
            normals.as_ref(),
            scaled.transpose(),
            scale,
            Par::Seq,
        );
        // The product of rounded factors is symmetric only to rounding: its lower half counts.
        let factor = scale * total;
        for c in 0..d {
            let Some(column) = block.rb_mut().col_mut(c).try_as_col_major_mut() else {
                return;
            };
            let column = column.as_slice_mut();
            let (share, identity) = (factor * e[c], top * top / 2.0 + factor);
            for (entry, e) in column[c..].iter_mut().zip(&e[c..]) {
                *entry -= share * e;
            }
            column[c] += identity;
        }
        for c in 1..d {
            for r in 0..c {
                block[(r, c)] = block[(c, r)];
            }
        }
    }
}

/// The two bisectors of a neuron with each other one.
struct Bisect<'a> {
    panels: &'a Panels<'a>,
    neuron: usize,
    identities: &'a mut [f64],
    bisectors: &'a mut [f64],
    across: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Bisect<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let d = self.panels.student.dimension();
        let vectors = self.bisectors.chunks_exact_mut(d);
        let vectors = vectors.zip(self.across.chunks_exact_mut(d));
        for (j, ((b, q), identity)) in vectors.zip(self.identities).enumerate() {
            if j != self.neuron {
                *identity = self.panels.bisect(self.neuron, j, b, q);
            }
        }
    }
}

/// The normals of a neuron towards the other students and the teachers, a column each, and the same weighted; returns the sum
/// of the weights.
struct Normals<'a> {
    panels: &'a Panels<'a>,
    neuron: usize,
    unit: &'a mut Mat<f64>,
    scaled: &'a mut Mat<f64>,
}

impl pulp::NullaryFnOnce for Normals<'_> {
    type Output = f64;

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) -> f64 {
        let (i, panels) = (self.neuron, self.panels);
        let (population, student) = (panels.population, panels.student);
        let e = student.unit(i);
        let students = (0..student.len()).filter(|&j| j != i).map(|j| {
            let coefficient = population.student_top[j];
            (student, j, panels.inner.cosines[(i, j)], coefficient)
        });
        let teachers = population.teacher.top_weights().iter().enumerate();
        let teachers = teachers.map(|(l, b)| {
            let cosine = panels.outer.cosines[(i, l)];
            (&population.directions, l, cosine, -b)
        });
        let mut total = 0.0;
        for (column, (side, j, cosine, coefficient)) in students.chain(teachers).enumerate() {
            let normal = self.unit.col_as_slice_mut(column);
            let sine = across(e, side.unit(j), cosine, normal);
            let weight = coefficient * side.norms[j] / student.norms[i] * sine;
            total += weight;
            let scaled = self.scaled.col_as_slice_mut(column);
            for (to, n) in scaled.iter_mut().zip(normal) {
                *to = weight * *n;
            }
        }
        total
    }
}

/// The unit vector of `other` across `e`, and the length of that part; zero where they are parallel.
#[allow(clippy::inline_always)]
#[inline(always)]
fn across(e: &[f64], other: &[f64], cosine: f64, normal: &mut [f64]) -> f64 {
    for (n, (e, u)) in normal.iter_mut().zip(e.iter().zip(other)) {
        *n = u - cosine * e;
    }
    let length = inner_product(normal, normal).sqrt();
    if length > 0.0 {
        for n in normal {
            *n /= length;
        }
    }
    length
}

/// Fills the block of every neuron j with `identities[j]`·I + bbᵀ − qqᵀ, a column of all blocks after the other.
struct Mixed<'a> {
    panel: MatMut<'a, f64>,
    identities: &'a [f64],
    bisectors: &'a [f64],
    across: &'a [f64],
}

impl pulp::NullaryFnOnce for Mixed<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(mut self) {
        let d = self.panel.ncols();
        for c in 0..d {
            let Some(column) = self.panel.as_mut().col_mut(c).try_as_col_major_mut() else {
                return;
            };
            let vectors = self
                .bisectors
                .chunks_exact(d)
                .zip(self.across.chunks_exact(d));
            let blocks = column.as_slice_mut().chunks_exact_mut(d);
            for ((block, (b, q)), identity) in blocks.zip(vectors).zip(self.identities) {
                let (b_c, q_c) = (b[c], q[c]);
                for ((entry, b), q) in block.iter_mut().zip(b).zip(q) {
                    *entry = b_c.mul_add(*b, -(q_c * q));
                }
                block[c] += identity;
            }
        }
    }
}
