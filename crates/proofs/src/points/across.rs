//! Rotations that fix the teachers and move a student: the directions in which a critical point is one of a manifold.

use faer::{Mat, MatRef};
use num_rational::BigRational;
use num_traits::Zero;

use super::configuration::Configuration;
use super::network::NetworkSystem;
use super::proof::{Component, Proof, Radius, contraction_test, inertia, loss_at_rest};
use super::refusal::Refusal;
use crate::Interval;
use crate::linear_algebra::{BallMatrix, Preconditioner};

/// Parts across the teachers below this, relative to the weights, are taken for rounding; so are rows of teachers, relative to
/// themselves, across the rows before them.
const RANK: f64 = 1e-7;

/// Directions across the span of the teachers, d × q with orthonormal columns to rounding; the first p of them span the part
/// of the students across it.
pub(super) struct Frame {
    basis: Mat<f64>,
    /// p.
    rank: usize,
    /// Rows of the teachers that span the others, to rounding.
    spanning: Vec<usize>,
}

impl Frame {
    /// The frame of students, with the rank of their part across the teachers found, or given.
    pub(super) fn of(
        student: MatRef<'_, f64>,
        teacher: MatRef<'_, f64>,
        rank: Option<usize>,
    ) -> Self {
        let d = teacher.ncols();
        let mut span: Vec<Vec<f64>> = Vec::new();
        let mut spanning = Vec::new();
        for i in 0..teacher.nrows() {
            let row: Vec<f64> = scaled(teacher, i);
            let rest = across(&span, &row);
            if span.len() < d && length(&rest) > RANK * length(&row) {
                span.push(unit(rest));
                spanning.push(i);
            }
        }
        let inside = span.len();
        let size = power_of_two(student.norm_max());
        let rows: Vec<Vec<f64>> = (0..student.nrows())
            .map(|i| (0..d).map(|c| student[(i, c)] / size).collect())
            .collect();
        let negligible = RANK * student.norm_max() / size;
        let most = rank.unwrap_or(rows.len()).min(d - inside);
        // The longest remaining part first.
        while span.len() - inside < most {
            let rests = rows.iter().map(|row| across(&span, row));
            let Some(longest) = rests.max_by(|a, b| length(a).total_cmp(&length(b))) else {
                break;
            };
            let size = length(&longest);
            if size.is_nan() || size == 0.0 || (rank.is_none() && size <= negligible) {
                break;
            }
            span.push(unit(longest));
        }
        let rank = span.len() - inside;
        while span.len() < d {
            let axes = (0..d).map(|c| {
                let axis: Vec<f64> = (0..d).map(|l| f64::from(u8::from(l == c))).collect();
                across(&span, &axis)
            });
            match axes.max_by(|a, b| length(a).total_cmp(&length(b))) {
                Some(longest) => span.push(unit(longest)),
                None => break,
            }
        }
        Self {
            basis: Mat::from_fn(d, d - inside, |c, a| span[inside + a][c]),
            rank,
            spanning,
        }
    }

    /// p.
    pub(super) fn rank(&self) -> usize {
        self.rank
    }

    /// The dimension pq − p(p+1)/2 of the orbits of rotations.
    pub(super) fn dimension(&self) -> usize {
        self.pairs().len()
    }

    /// The planes of rotations that move the students: of each of the first p directions with every later one.
    fn pairs(&self) -> Vec<(usize, usize)> {
        let q = self.basis.ncols();
        (0..self.rank)
            .flat_map(|a| (a + 1..q).map(move |b| (a, b)))
            .collect()
    }

    /// Tangents of the orbit of the weights, unit vectors in the columns of a Kd × m matrix, rounded: (w·n_a) n_b − (w·n_b) n_a.
    pub(super) fn tangents(&self, weights: MatRef<'_, f64>) -> Mat<f64> {
        let (k, d) = weights.shape();
        let size = power_of_two(weights.norm_max());
        let outside = Mat::from_fn(k, self.basis.ncols(), |i, a| {
            (0..d)
                .map(|c| weights[(i, c)] / size * self.basis[(c, a)])
                .sum::<f64>()
        });
        let pairs = self.pairs();
        let mut tangents = Mat::from_fn(k * d, pairs.len(), |row, at| {
            let (i, c) = (row / d, row % d);
            let (a, b) = pairs[at];
            outside[(i, a)] * self.basis[(c, b)] - outside[(i, b)] * self.basis[(c, a)]
        });
        for at in 0..pairs.len() {
            let norm = tangents.col(at).norm_l2();
            for row in 0..k * d {
                tangents[(row, at)] /= norm;
            }
        }
        tangents
    }

    /// Exact directions across the teachers near those of the frame: columns n with V n = 0, enclosed row by row.
    ///
    /// With independent rows V_s that span the others, N = N₀ − V_sᵀX, V_s V_sᵀ X = V_s N₀. That they span the others
    /// is decided in rational numbers. If ‖I − RG‖_∞ ≤ κ < 1 for G = V_s V_sᵀ, every column of X is at most
    /// ‖R V_s n₀‖_∞/(1 − κ).
    fn exact(&self, teacher: MatRef<'_, f64>) -> Option<Vec<Vec<Interval>>> {
        let (d, q) = self.basis.shape();
        if exact_rank(teacher)? != self.spanning.len() {
            return None;
        }
        let rows: Vec<Vec<Interval>> = self
            .spanning
            .iter()
            .map(|&i| {
                let size = row_size(teacher, i);
                (0..d)
                    .map(|c| Interval::from(teacher[(i, c)]) / size)
                    .collect()
            })
            .collect();
        let dot = |u: &[Interval], v: &[Interval]| {
            u.iter()
                .zip(v)
                .fold(Interval::ZERO, |sum, (&x, &y)| sum + x * y)
        };
        let r = rows.len();
        let gram = BallMatrix::from_bounds(r, r, |i, j| {
            let entry = dot(&rows[i], &rows[j]);
            (entry.low(), entry.high())
        });
        let inverse = Preconditioner::new(gram.midpoint())?;
        let contraction = inverse.contraction(&gram);
        if contraction.is_nan() || contraction >= 0.5 {
            return None;
        }
        let mut exact = vec![vec![Interval::ZERO; q]; d];
        for a in 0..q {
            let column: Vec<Interval> = (0..d).map(|c| self.basis[(c, a)].into()).collect();
            let defect: Vec<Interval> = rows.iter().map(|row| dot(row, &column)).collect();
            let middle: Vec<f64> = defect.iter().map(|x| x.mid()).collect();
            let spread: Vec<f64> = defect.iter().map(|x| x.radius()).collect();
            let image = inverse.image(&middle, &spread);
            let larger = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
            let largest = image.into_iter().fold(0.0, larger);
            let share = Interval::from(largest) / (Interval::ONE - Interval::from(contraction));
            for (c, row) in exact.iter_mut().enumerate() {
                let change = rows
                    .iter()
                    .fold(Interval::ZERO, |sum, v| sum + v[c].abs() * share);
                row[a] = column[c] + Interval::between(-change.high(), change.high());
            }
        }
        Some(exact)
    }

    /// What is wrong if the directions cannot be enclosed.
    fn refusal(&self) -> Refusal {
        Refusal::Rotations {
            rank: self.rank,
            codimension: self.basis.ncols(),
            dimension: self.dimension(),
            span: self.spanning.len(),
        }
    }
}

impl NetworkSystem {
    /// The same as [`prove`](Self::prove) where rotations that fix the teachers move the students, whose part across the teachers has
    /// the given rank.
    ///
    /// With m approximate tangents T of the orbit through the centre c, the unknowns are W and μ ∈ ℝᵐ, and what vanishes is
    /// (∇L(W) + Tμ, Tᵀ(W − c)). At its zero ∇L is orthogonal to the exact tangents T(W), so that T(W)ᵀT μ = 0, and μ = 0 where
    /// that matrix is invertible over the box. Then T(W) has rank m and lies in the kernel of the Hessian.
    pub(super) fn prove_across(
        &self,
        rank: usize,
        centre: MatRef<'_, f64>,
        radius: Radius,
    ) -> Result<Proof, Refusal> {
        let frame = Frame::of(centre, self.teacher.as_ref(), Some(rank));
        if frame.rank() != rank || frame.dimension() == 0 {
            return Err(Refusal::NoSlice { radius: 0.0 });
        }
        let exact = frame
            .exact(self.teacher.as_ref())
            .ok_or_else(|| frame.refusal())?;
        let (n, m) = (centre.nrows() * centre.ncols(), frame.dimension());
        let tangents = frame.tangents(centre);
        let teacher = self.teachers()?;
        let at_centre = self.whole(&teacher, centre, 0.0)?;
        let mut residual = at_centre.gradient();
        residual.resize(n + m, Interval::ZERO);
        let bordered = |hessian: &BallMatrix| {
            BallMatrix::from_bounds(n + m, n + m, |i, j| {
                if i < n && j < n {
                    let (middle, radius) = (hessian.midpoint()[(i, j)], hessian.radius()[(i, j)]);
                    let entry = Interval::around(middle, radius);
                    (entry.low(), entry.high())
                } else {
                    let (row, at) = (i.min(j), i.max(j));
                    let entry = if row < n {
                        tangents[(row, at - n)]
                    } else {
                        0.0
                    };
                    (entry, entry)
                }
            })
        };
        let middle = bordered(&at_centre.hessian());
        let preconditioner =
            Preconditioner::new(middle.midpoint()).ok_or(Refusal::Singular { unknowns: n + m })?;
        let scale = at_centre
            .students
            .norm
            .iter()
            .map(|norm| norm.high())
            .fold(0.0, f64::max);
        let (radius, contraction, _) =
            contraction_test(&residual, &preconditioner, scale, radius, |radius| {
                Ok(bordered(&self.whole(&teacher, centre, radius)?.hessian()))
            })?;
        let at = self.whole(&teacher, centre, radius)?;
        if !independent(&frame, &at, &exact, tangents.as_ref()) {
            return Err(Refusal::NoSlice { radius });
        }
        let (inertia, least, norm) = inertia(&[across_component(at.hessian(), m)])?;
        Ok(Proof {
            radius,
            contraction,
            inertia,
            least,
            loss: loss_at_rest(at_centre.loss(|_| 1), n, radius, norm),
        })
    }
}

/// The whole Hessian, with the zeros of the rotations.
pub(super) fn across_component(matrix: BallMatrix, dimension: usize) -> Component {
    Component {
        name: "of all weights".to_owned(),
        multiplicity: 1,
        matrix,
        null: dimension,
    }
}

/// Whether T(W)ᵀT is invertible for all weights of the box.
fn independent(
    frame: &Frame,
    at: &Configuration<'_>,
    exact: &[Vec<Interval>],
    tangents: MatRef<'_, f64>,
) -> bool {
    let d = at.dimension();
    let outside: Vec<Vec<Interval>> = at
        .students
        .rows
        .iter()
        .map(|row| {
            let along = |a: usize| {
                let terms = row.iter().zip(exact);
                terms.fold(Interval::ZERO, |sum, (&x, direction)| {
                    sum + x * direction[a]
                })
            };
            (0..exact.first().map_or(0, Vec::len)).map(along).collect()
        })
        .collect();
    let pairs = frame.pairs();
    let m = pairs.len();
    let mut entries = vec![vec![Interval::ZERO; m]; m];
    for (row, &(a, b)) in entries.iter_mut().zip(&pairs) {
        for (i, part) in outside.iter().enumerate() {
            for (c, direction) in exact.iter().enumerate() {
                let tangent = part[a] * direction[b] - part[b] * direction[a];
                for (entry, at) in row.iter_mut().zip(0..m) {
                    *entry = *entry + tangent * tangents[(i * d + c, at)];
                }
            }
        }
    }
    let ball = BallMatrix::from_bounds(m, m, |i, j| (entries[i][j].low(), entries[i][j].high()));
    Preconditioner::new(ball.midpoint()).is_some_and(|inverse| inverse.contraction(&ball) < 1.0)
}

/// The rank of a matrix of doubles, by elimination in rational numbers; none for entries that are no numbers.
fn exact_rank(matrix: MatRef<'_, f64>) -> Option<usize> {
    let mut rows: Vec<Vec<BigRational>> = (0..matrix.nrows())
        .map(|i| {
            (0..matrix.ncols())
                .map(|c| BigRational::from_float(matrix[(i, c)]))
                .collect()
        })
        .collect::<Option<_>>()?;
    let mut rank = 0;
    for c in 0..matrix.ncols() {
        let Some(pivot) = (rank..rows.len()).find(|&i| !rows[i][c].is_zero()) else {
            continue;
        };
        rows.swap(rank, pivot);
        let (done, rest) = rows.split_at_mut(rank + 1);
        let pivot = &done[rank];
        for row in rest.iter_mut().filter(|row| !row[c].is_zero()) {
            let factor = &row[c] / &pivot[c];
            for (entry, x) in row.iter_mut().zip(pivot).skip(c) {
                *entry -= &factor * x;
            }
        }
        rank += 1;
    }
    Some(rank)
}

/// A row, divided by a power of two: squares neither over- nor underflow.
fn scaled(matrix: MatRef<'_, f64>, i: usize) -> Vec<f64> {
    let size = row_size(matrix, i);
    (0..matrix.ncols()).map(|c| matrix[(i, c)] / size).collect()
}

fn row_size(matrix: MatRef<'_, f64>, i: usize) -> f64 {
    power_of_two(matrix.row(i).norm_max())
}

/// The largest power of two up to x, or the least normal one.
fn power_of_two(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & f64::INFINITY.to_bits()).max(f64::MIN_POSITIVE)
}

/// What is left of a vector across orthonormal ones; twice is enough for orthogonality to rounding.
fn across(span: &[Vec<f64>], row: &[f64]) -> Vec<f64> {
    let mut rest = row.to_vec();
    for unit in span.iter().chain(span) {
        let along: f64 = unit.iter().zip(&rest).map(|(u, x)| u * x).sum();
        for (x, u) in rest.iter_mut().zip(unit) {
            *x -= along * u;
        }
    }
    rest
}

fn length(row: &[f64]) -> f64 {
    row.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn unit(row: Vec<f64>) -> Vec<f64> {
    let length = length(&row);
    row.into_iter().map(|x| x / length).collect()
}
