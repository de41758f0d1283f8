use faer::{Mat, MatRef};
use numeric::inner_product;

use crate::product::column;
use crate::weights::Directions;

/// Squared relative distance ‖w − v‖²/(‖w‖‖v‖) below which a student is paired with a teacher.
const PAIRED: f64 = 0.25;
/// A cosine below which the squared distance is above [`PAIRED`]: it is at least 2 − 2 cos θ.
const CLOSE: f64 = 0.87;

/// A student neuron paired with a nearby teacher neuron, as differences that are accurate relative to themselves.
///
/// With effective weights u = |a|w and v = |b|v* (the output is positively homogeneous) and D = u − v:
/// the residual of the pair is s(σ(u·x) − σ(v·x)), s the common sign of the top weights.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) student: usize,
    pub(crate) teacher: usize,
    pub(crate) sign: f64,
    /// ‖u‖.
    pub(crate) student_norm: f64,
    /// ‖v‖.
    pub(crate) teacher_norm: f64,
    /// ‖u‖ − ‖v‖ = D·(u + v)/(‖u‖ + ‖v‖).
    pub(crate) norm_difference: f64,
    /// ‖û − v̂‖².
    pub(crate) chord_square: f64,
}

impl Pair {
    /// The angle between student and teacher.
    pub(crate) fn angle(&self) -> f64 {
        2.0 * (self.chord_square.sqrt() / 2.0).min(1.0).asin()
    }

    /// tan(θ/2) of that angle, or infinity where the square of the chord is too small to hold it.
    pub(crate) fn half_tangent(&self) -> f64 {
        if self.chord_square < f64::MIN_POSITIVE / f64::EPSILON {
            return f64::INFINITY;
        }
        let half = (self.chord_square / 4.0).min(1.0);
        (half / (1.0 - half)).sqrt()
    }
}

/// Disjoint pairs of a student and a teacher close to it, the closest first.
#[derive(Debug, Clone)]
pub(crate) struct Pairing {
    pub(crate) pairs: Vec<Pair>,
    /// The pair of a student, if it has one.
    pub(crate) of_student: Vec<Option<usize>>,
    /// The pair of a teacher, if it has one.
    pub(crate) of_teacher: Vec<Option<usize>>,
    /// D = |a|w − |b|v*, one pair a column, d × P.
    pub(crate) difference: Mat<f64>,
    /// û − v̂, one pair a column, d × P.
    pub(crate) unit_difference: Mat<f64>,
}

/// One side of the problem: weights, their directions, and top weights.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) weights: MatRef<'a, f64>,
    pub(crate) directions: &'a Directions,
    pub(crate) top: &'a [f64],
}

impl Side<'_> {
    /// ‖a_j w_j‖.
    pub(crate) fn norm(&self, j: usize) -> f64 {
        self.top[j].abs() * self.directions.norms[j]
    }
}

impl Pairing {
    /// Pairs neurons by the cosines between them: blocks of rows of the K × K′ table, each with its first row.
    pub(crate) fn new<'a>(
        student: Side<'_>,
        teacher: Side<'_>,
        cosines: impl IntoIterator<Item = (usize, MatRef<'a, f64>)>,
    ) -> Self {
        let (k, k_teacher) = (student.directions.len(), teacher.directions.len());
        let mut candidates = Vec::new();
        for (first, block) in cosines {
            if pulp::Arch::new().dispatch(Close(block)) {
                candidates.extend(close_pairs(student, teacher, first, block));
            }
        }
        // Closest first; among equal teachers any order will do.
        candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut taken, mut given) = (vec![false; k], vec![false; k_teacher]);
        let mut matches = Vec::new();
        for (_, j, l) in candidates {
            if !taken[j] && !given[l] {
                (taken[j], given[l]) = (true, true);
                matches.push((j, l));
            }
        }
        matches.sort_unstable();

        let d = student.weights.ncols();
        let mut pairing = Self {
            pairs: Vec::with_capacity(matches.len()),
            of_student: vec![None; k],
            of_teacher: vec![None; k_teacher],
            difference: Mat::zeros(d, matches.len()),
            unit_difference: Mat::zeros(d, matches.len()),
        };
        for (p, &(j, l)) in matches.iter().enumerate() {
            pairing.of_student[j] = Some(p);
            pairing.of_teacher[l] = Some(p);
            pairing.push(p, j, l, student, teacher);
        }
        pairing
    }

    fn push(&mut self, p: usize, j: usize, l: usize, student: Side<'_>, teacher: Side<'_>) {
        let (a, b) = (student.top[j].abs(), teacher.top[l].abs());
        let (student_norm, teacher_norm) = (student.norm(j), teacher.norm(l));
        let mut product = 0.0;
        for (i, entry) in self.difference.col_as_slice_mut(p).iter_mut().enumerate() {
            let (w, v) = (student.weights[(j, i)], teacher.weights[(l, i)]);
            *entry = difference_of_products(a, w, b, v);
            // (D/‖v‖)·((u + v)/‖v‖) stays in range for every norm.
            product += (*entry / teacher_norm) * ((a * w + b * v) / teacher_norm);
        }
        let norm_difference = product * teacher_norm / (student_norm / teacher_norm + 1.0);
        // û − v̂ = (D − v̂(‖u‖ − ‖v‖))/‖u‖.
        let entries = self.unit_difference.col_as_slice_mut(p).iter_mut();
        let parts = self
            .difference
            .col_as_slice(p)
            .iter()
            .zip(teacher.directions.unit(l));
        for (entry, (difference, unit)) in entries.zip(parts) {
            *entry = (difference - unit * norm_difference) / student_norm;
        }
        let unit_difference = self.unit_difference.col_as_slice(p);
        let chord_square = inner_product(unit_difference, unit_difference);
        self.pairs.push(Pair {
            student: j,
            teacher: l,
            sign: student.top[j].signum(),
            student_norm,
            teacher_norm,
            norm_difference,
            chord_square,
        });
    }

    /// Whether every student and every teacher belongs to a pair.
    pub(crate) fn is_complete(&self) -> bool {
        self.pairs.len() == self.of_student.len() && self.pairs.len() == self.of_teacher.len()
    }
}

/// All pairs of a student and a teacher closer than [`PAIRED`], with their distance.
fn close_pairs(
    student: Side<'_>,
    teacher: Side<'_>,
    first: usize,
    cosines: MatRef<'_, f64>,
) -> Vec<(f64, usize, usize)> {
    let mut close = Vec::new();
    for l in 0..cosines.ncols() {
        for (i, &cosine) in cosines.col(l).iter().enumerate() {
            if cosine < CLOSE {
                continue;
            }
            let j = first + i;
            let (a, b) = (student.top[j], teacher.top[l]);
            if a == 0.0 || b == 0.0 || a.signum() != b.signum() {
                continue;
            }
            let ratio = student.norm(j) / teacher.norm(l);
            let distance = ratio + ratio.recip() - 2.0 * cosine;
            if distance < PAIRED {
                close.push((distance, j, l));
            }
        }
    }
    close
}

/// Whether any cosine is above [`CLOSE`].
struct Close<'a>(MatRef<'a, f64>);

impl pulp::NullaryFnOnce for Close<'_> {
    type Output = bool;

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) -> bool {
        for l in 0..self.0.ncols() {
            let mut close = 0;
            for cosine in column(self.0, l) {
                close |= u64::from(*cosine >= CLOSE);
            }
            if close != 0 {
                return true;
            }
        }
        false
    }
}

/// a·w − b·v with the rounding error of a single operation (Kahan), and w − v exactly where a = b = 1.
fn difference_of_products(a: f64, w: f64, b: f64, v: f64) -> f64 {
    if a == b {
        return a * (w - v);
    }
    let product = b * v;
    let error = (-b).mul_add(v, product);
    a.mul_add(w, -product) + error
}
