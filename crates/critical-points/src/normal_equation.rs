use dense::product;
use faer::Mat;
use relu_gating::{Angle, arc_cosine};
use teacher_student::Weights;

use crate::directions::Directions;
use crate::error::{Error, same_dimension};

/// The normal equation of K students and K′ teachers, all top weights 1: angles and norms in place of weights.
///
/// With Θ = (θ_j^k) the angles among the students, Θ* those from student j to teacher k, w̄ and w̄* the norms, the rows
/// of E the unit students and the rows of W* the teachers, the gradients of all students vanish exactly if
///
/// Y E = B* W*,  Y = diag(sin Θ w̄ − sin Θ* w̄*) + (π − Θ) diag w̄ (K × K),  B* = π − Θ* (K × K′),
///
/// row j being 2π times the gradient of student j. The paper has neurons as columns. Multiplied by the unit students,
/// this is M w̄ = M* w̄*, K² equations that are linear in the norms; they are equivalent to Eq 9 if the students span
/// the plane of the teachers. The equations (j, j) form M_r w̄ = M_r* w̄*.
///
/// Angles come from inner products in twice the working precision; entries of the matrices are accurate to a few
/// roundings of π.
///
/// # Examples
/// ```
/// use critical_points::NormalEquation;
/// use teacher_student::Weights;
/// let weights = Weights::orthonormal(2, 3)?;
/// let equation = NormalEquation::new(&weights, &weights)?;
/// assert!(equation.residual().norm_max() < 1e-15); // the teacher is critical
/// assert!((equation.m_r()[(0, 1)] - 1.0).abs() < 1e-15); // h(π/2)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 9–13; supplement, Eq 14–28. In Eq 20 there, (W*)ᵀE is diag(w̄*) cos Θ*, not diag(w̄*) Θ*.
#[derive(Debug, Clone)]
pub struct NormalEquation {
    student: Directions,
    teacher: Directions,
    inner: Vec<Vec<Angle>>,
    outer: Vec<Vec<Angle>>,
    teacher_weights: Weights,
}

impl NormalEquation {
    /// K students and K′ teachers in the same dimension.
    ///
    /// # Errors
    /// Different dimensions, or a norm beyond the largest double.
    pub fn new(student: &Weights, teacher: &Weights) -> Result<Self, Error> {
        same_dimension(
            "the student",
            student.dimension(),
            "the teacher",
            teacher.dimension(),
        )?;
        let (own, other) = (
            Directions::new("a student's norm", student)?,
            Directions::new("a teacher's norm", teacher)?,
        );
        Ok(Self {
            inner: own.angles_among()?,
            outer: own.angles(&other)?,
            student: own,
            teacher: other,
            teacher_weights: teacher.clone(),
        })
    }

    /// K, the number of students.
    pub fn students(&self) -> usize {
        self.student.len()
    }

    /// K′, the number of teachers.
    pub fn teachers(&self) -> usize {
        self.teacher.len()
    }

    /// w̄, the norms of the students.
    pub fn norms(&self) -> &[f64] {
        &self.student.norms
    }

    /// w̄*, the norms of the teachers.
    pub fn teacher_norms(&self) -> &[f64] {
        &self.teacher.norms
    }

    /// θ_j^k = ∠(w_j, w_k).
    ///
    /// # Panics
    /// If j or k is not below K.
    pub fn angle(&self, j: usize, k: usize) -> Angle {
        self.inner[j][k]
    }

    /// θ_j^{*k} = ∠(w_j, w_k*).
    ///
    /// # Panics
    /// If j is not below K or k not below K′.
    pub fn teacher_angle(&self, j: usize, k: usize) -> Angle {
        self.outer[j][k]
    }

    /// Y, K × K; depends on angles and norms only.
    pub fn y(&self) -> Mat<f64> {
        let sum = |angles: &[Angle], norms: &[f64]| -> f64 {
            angles.iter().zip(norms).map(|(a, n)| a.sin() * n).sum()
        };
        let (own, other) = (&self.student.norms, &self.teacher.norms);
        Mat::from_fn(self.students(), self.students(), |j, k| {
            let turning = self.inner[j][k].supplement() * own[k];
            if j == k {
                turning + sum(&self.inner[j], own) - sum(&self.outer[j], other)
            } else {
                turning
            }
        })
    }

    /// B*, K × K′; depends on angles only.
    pub fn b_star(&self) -> Mat<f64> {
        Mat::from_fn(self.students(), self.teachers(), |j, k| {
            self.outer[j][k].supplement()
        })
    }

    /// Y E − B* W*, K × d: row j is 2π times the gradient of student j.
    pub fn residual(&self) -> Mat<f64> {
        let unit = &self.student.unit;
        let e = Mat::from_fn(unit.len(), unit[0].len(), |j, i| unit[j][i]);
        product(self.y().as_ref(), e.as_ref())
            - product(self.b_star().as_ref(), self.teacher_weights.as_mat())
    }

    /// m_{jj′,k} = (π − θ_j^k) cos θ_{j′}^k + sin θ_j^k cos θ_{j′}^j, in row jK + j′ of a K² × K matrix.
    pub fn m(&self) -> Mat<f64> {
        let neurons = self.students();
        Mat::from_fn(neurons * neurons, neurons, |row, k| {
            entry(&self.inner, &self.inner, row / neurons, row % neurons, k)
        })
    }

    /// m*_{jj′,k} = (π − θ_j^{*k}) cos θ_{j′}^{*k} + sin θ_j^{*k} cos θ_{j′}^j, in row jK + j′ of a K² × K′ matrix.
    pub fn m_star(&self) -> Mat<f64> {
        let neurons = self.students();
        Mat::from_fn(neurons * neurons, self.teachers(), |row, k| {
            entry(&self.inner, &self.outer, row / neurons, row % neurons, k)
        })
    }

    /// M_r = h(Θ), K × K: symmetric and positive semidefinite, 2π times the Gram matrix of the functions σ(e_j·x).
    pub fn m_r(&self) -> Mat<f64> {
        Mat::from_fn(self.students(), self.students(), |j, k| {
            arc_cosine(self.inner[j][k])
        })
    }

    /// M_r* = h(Θ*), K × K′.
    pub fn m_r_star(&self) -> Mat<f64> {
        Mat::from_fn(self.students(), self.teachers(), |j, k| {
            arc_cosine(self.outer[j][k])
        })
    }

    /// M w̄ − M* w̄*, entry (j, j′): the inner product of row j of the [`residual`](Self::residual) with e_{j′}.
    pub fn projected_residual(&self) -> Mat<f64> {
        self.projected_residual_at(self.norms())
    }

    /// M x − M* w̄* for other student norms x, entry (j, j′).
    pub(crate) fn projected_residual_at(&self, norms: &[f64]) -> Mat<f64> {
        let neurons = self.students();
        let other = &self.teacher.norms;
        Mat::from_fn(neurons, neurons, |j, l| {
            let forth: f64 = (0..neurons)
                .map(|k| entry(&self.inner, &self.inner, j, l, k) * norms[k])
                .sum();
            let back: f64 = (0..self.teachers())
                .map(|k| entry(&self.inner, &self.outer, j, l, k) * other[k])
                .sum();
            forth - back
        })
    }
}

/// Eq 11 with `angles` among the students, Eq 12 with those to the teachers.
fn entry(inner: &[Vec<Angle>], angles: &[Vec<Angle>], j: usize, other: usize, k: usize) -> f64 {
    product_entry(angles[j][k], angles[other][k], inner[other][j])
}

/// (π − a) cos b + sin a cos c.
pub(crate) fn product_entry(a: Angle, b: Angle, c: Angle) -> f64 {
    a.supplement() * b.cos() + a.sin() * c.cos()
}
