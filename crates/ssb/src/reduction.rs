use std::f64::consts::{FRAC_PI_4, TAU};

use faer::Mat;
use relu_gating::{Angle, single_unit_gradient};
use teacher_student::{FieldError, Network, Objective, Population, VectorField};

use crate::error::{Error, finite, no_overflow};
use crate::group::OrthogonalGroup;

/// One neuron instead of n: student and teacher are the orbits P_j w and P_j w* of a finite orthogonal group, and the
/// flow of all n neurons is that of w,
///
/// ∇J = Σ_j E\[F(ŵ, P_j w)\] − Σ_j E\[F(ŵ, P_j w*)\], E\[F(ŵ, v)\] = \[(π−θ)v + ‖v‖ sin θ ŵ\]/2π,
///
/// at a cost of O(nd) instead of O(n²d). The other gradients are ∇_j = P_j ∇.
///
/// The orbit of w* is listed from its point v = P_k w* nearest to w, and P_j w is paired with P_j v: their difference
/// P_j(w − v) is small where the gradient is, and
/// 2π\[E F(ŵ, P_j w) − E F(ŵ, P_j v)\] = (π−θ)P_j(w−v) − (θ−θ*)P_j v + (‖w‖ sin θ − ‖v‖ sin θ*)ŵ with θ−θ* from
/// the difference of the cosines (near 0 and π, of the sines), so that no digits are lost near w = P_k w*.
///
/// # Examples
/// ```
/// use ssb::{OrthogonalGroup, SymmetricReduction};
/// let reduction = SymmetricReduction::new(OrthogonalGroup::cyclic(3)?, vec![1.0, 0.0, 0.0])?;
/// let gradient = reduction.gradient(&[0.6, 0.2, 0.2])?;
/// assert!((gradient[1] - gradient[2]).abs() < 1e-16); // (x, y, y) stays so
/// assert!(reduction.equivariance_defect(&[0.6, 0.1, 0.3])? < 1e-14); // ∇_j = P_j ∇_1
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 17–18; Tian 2016, Eq 14–15.
#[derive(Debug, Clone)]
pub struct SymmetricReduction {
    group: OrthogonalGroup,
    teacher: Vec<f64>,
    orbit: Vec<Vec<f64>>,
}

impl SymmetricReduction {
    /// A group on ℝᵈ and the teacher neuron w* of length d; the teacher network is the orbit of w*.
    ///
    /// # Errors
    /// w* has the wrong length, is not finite, or is zero.
    pub fn new(group: OrthogonalGroup, teacher: Vec<f64>) -> Result<Self, Error> {
        check_neuron("teacher", &teacher, group.dimension())?;
        let orbit = (0..group.order())
            .map(|j| group.apply(j, &teacher))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            group,
            teacher,
            orbit,
        })
    }

    /// The group.
    pub fn group(&self) -> &OrthogonalGroup {
        &self.group
    }

    /// w*.
    pub fn teacher(&self) -> &[f64] {
        &self.teacher
    }

    /// ∇J of the first neuron, +∂loss/∂w_1 per sample, of length d.
    ///
    /// # Errors
    /// `w` has the wrong length, is not finite, or is zero; or a result beyond the largest double.
    pub fn gradient(&self, w: &[f64]) -> Result<Vec<f64>, Error> {
        check_neuron("w", w, self.group.dimension())?;
        let pair = Pair::new(w, self.nearest_teacher(w));
        let mut gradient = single_unit_gradient(w, pair.teacher)?;
        for j in 1..self.group.order() {
            pair.add_difference(&self.group, j, &mut gradient)?;
        }
        for entry in &gradient {
            no_overflow("gradient", *entry)?;
        }
        Ok(gradient)
    }

    fn nearest_teacher(&self, w: &[f64]) -> &[f64] {
        let square = |v: &[f64]| -> f64 { w.iter().zip(v).map(|(a, b)| (a - b) * (a - b)).sum() };
        let mut best = (f64::INFINITY, self.teacher.as_slice());
        for v in &self.orbit {
            let distance = square(v);
            if distance < best.0 {
                best = (distance, v);
            }
        }
        best.1
    }

    /// The gradients of all n neurons, n × d with row j = P_j ∇J.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    ///
    /// # Source
    /// Tian 2017, Eq 17.
    pub fn lifted_gradient(&self, w: &[f64]) -> Result<Mat<f64>, Error> {
        let gradient = self.gradient(w)?;
        let rows = (0..self.group.order())
            .map(|j| self.group.apply(j, &gradient))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Mat::from_fn(rows.len(), w.len(), |j, i| rows[j][i]))
    }

    /// The objective of all n neurons, whose teacher is the orbit of w*.
    ///
    /// # Errors
    /// None for a valid reduction; the signature is that of its parts.
    pub fn population(&self) -> Result<Population, Error> {
        let teacher = Network::new(self.group.orbit(&self.teacher)?);
        Ok(Population::matching(teacher))
    }

    /// The loss of the n neurons of the orbit of w, per sample.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn loss(&self, w: &[f64]) -> Result<f64, Error> {
        check_neuron("w", w, self.group.dimension())?;
        Ok(self.population()?.loss(self.group.orbit(w)?.as_mat())?)
    }

    /// How far the gradient of the full network is from ∇_j = P_j ∇J: the largest row of the difference relative to
    /// ‖∇J‖, 0 where both vanish.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient).
    pub fn equivariance_defect(&self, w: &[f64]) -> Result<f64, Error> {
        let reduced = self.lifted_gradient(w)?;
        let full = self.population()?.gradient(self.group.orbit(w)?.as_mat())?;
        let mut largest = 0.0_f64;
        for j in 0..full.nrows() {
            let square: f64 = (0..full.ncols())
                .map(|i| (full[(j, i)] - reduced[(j, i)]).powi(2))
                .sum();
            largest = largest.max(square.sqrt());
        }
        if largest == 0.0 {
            return Ok(0.0);
        }
        let norm: f64 = (0..reduced.ncols()).map(|i| reduced[(0, i)].powi(2)).sum();
        Ok(largest / norm.sqrt())
    }
}

/// The student w, the teacher v nearest to it, and their differences.
struct Pair<'a> {
    student: &'a [f64],
    teacher: &'a [f64],
    student_norm: f64,
    teacher_norm: f64,
    /// ŵ.
    unit: Vec<f64>,
    /// w − v.
    difference: Vec<f64>,
    /// ŵ − v̂ = \[(w−v) − v̂ ((w−v)·(w+v))/(‖w‖+‖v‖)\]/‖w‖.
    unit_difference: Vec<f64>,
}

impl<'a> Pair<'a> {
    fn new(student: &'a [f64], teacher: &'a [f64]) -> Self {
        let (student_norm, teacher_norm) = (norm(student), norm(teacher));
        let difference: Vec<f64> = student.iter().zip(teacher).map(|(a, b)| a - b).collect();
        let squares: f64 = difference
            .iter()
            .zip(student.iter().zip(teacher))
            .map(|(d, (a, b))| d * (a + b))
            .sum();
        let norm_difference = squares / (student_norm + teacher_norm);
        let unit_difference = difference
            .iter()
            .zip(teacher)
            .map(|(d, v)| (d - v / teacher_norm * norm_difference) / student_norm)
            .collect();
        Self {
            student,
            teacher,
            student_norm,
            teacher_norm,
            unit: student.iter().map(|x| x / student_norm).collect(),
            difference,
            unit_difference,
        }
    }

    /// Adds E\[F(ŵ, P_j w)\] − E\[F(ŵ, P_j v)\].
    fn add_difference(
        &self,
        group: &OrthogonalGroup,
        j: usize,
        gradient: &mut [f64],
    ) -> Result<(), Error> {
        let w = group.apply(j, self.student)?;
        let v = group.apply(j, self.teacher)?;
        let angle = Angle::between(self.student, &w)?;
        let angle_star = Angle::between(self.student, &v)?;
        // The parts across ŵ, and ‖w‖ sin θ and ‖v‖ sin θ*.
        let (across_w, across_v) = (self.across_nearby(&w), self.across_nearby(&v));
        let (length_w, length_v) = (norm(&across_w), norm(&across_v));

        let difference = group.apply(j, &self.difference)?;
        let sines = difference_of_lengths(
            &self.across(&difference),
            [(&across_w, length_w), (&across_v, length_v)],
        );
        let unit_difference = group.apply(j, &self.unit_difference)?;
        let unit =
            |across: &[f64], norm: f64| -> Vec<f64> { across.iter().map(|x| x / norm).collect() };
        let unit_w = unit(&across_w, self.student_norm);
        let unit_v = unit(&across_v, self.teacher_norm);
        let unit_sines = difference_of_lengths(
            &self.across(&unit_difference),
            [
                (&unit_w, length_w / self.student_norm),
                (&unit_v, length_v / self.teacher_norm),
            ],
        );
        let turn = turn(
            angle,
            angle_star,
            dot(&self.unit, &unit_difference),
            unit_sines,
        );
        for (i, entry) in gradient.iter_mut().enumerate() {
            *entry +=
                (angle.supplement() * difference[i] - turn * v[i] + sines * self.unit[i]) / TAU;
        }
        Ok(())
    }

    /// The part orthogonal to w.
    fn across(&self, vector: &[f64]) -> Vec<f64> {
        let along = dot(&self.unit, vector);
        vector
            .iter()
            .zip(&self.unit)
            .map(|(x, e)| x - along * e)
            .collect()
    }

    /// The part orthogonal to w of a vector that may be close to w or −w: taken from their difference, which is small.
    fn across_nearby(&self, vector: &[f64]) -> Vec<f64> {
        let sign = dot(&self.unit, vector).signum();
        let shifted: Vec<f64> = vector
            .iter()
            .zip(self.student)
            .map(|(x, w)| x - sign * w)
            .collect();
        self.across(&shifted)
    }
}

/// ‖a‖ − ‖b‖ from a − b: (a − b)·(a + b)/(‖a‖ + ‖b‖).
fn difference_of_lengths(
    difference: &[f64],
    [(a, a_length), (b, b_length)]: [(&[f64], f64); 2],
) -> f64 {
    let lengths = a_length + b_length;
    if lengths == 0.0 {
        return 0.0;
    }
    let product: f64 = difference
        .iter()
        .zip(a.iter().zip(b))
        .map(|(d, (x, y))| d * (x / lengths + y / lengths))
        .sum();
    product
}

/// θ − θ* from the difference of the cosines, −2 sin((θ+θ*)/2) sin((θ−θ*)/2), or near 0 and π from that of the sines,
/// 2 cos((θ+θ*)/2) sin((θ−θ*)/2).
fn turn(angle: Angle, angle_star: Angle, cosines: f64, sines: f64) -> f64 {
    let direct = angle.radians() - angle_star.radians();
    if direct.abs() > 1.0 {
        return direct;
    }
    let half = 0.5 * (angle.radians() + angle_star.radians());
    let half_supplement = 0.5 * (angle.supplement() + angle_star.supplement());
    let (sign, rise) = if half < FRAC_PI_4 {
        (1.0, sines / half.cos())
    } else if half_supplement < FRAC_PI_4 {
        (-1.0, sines / half_supplement.cos())
    } else {
        (-1.0, cosines / half.sin())
    };
    sign * 2.0 * (0.5 * rise).clamp(-1.0, 1.0).asin()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn check_neuron(name: &'static str, w: &[f64], dimension: usize) -> Result<(), Error> {
    if w.len() != dimension {
        return Err(Error::Length {
            name,
            length: w.len(),
            expected: dimension,
        });
    }
    for &value in w {
        finite(name, value)?;
    }
    let largest = w.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if largest == 0.0 {
        return Err(Error::ZeroNeuron {
            what: format!("the neuron `{name}`"),
        });
    }
    // Outside these bounds the squares of norms leave the range of a double.
    if !(1e-150..=1e150).contains(&largest) {
        return Err(Error::OutOfRange {
            name,
            value: largest,
            requirement: "its largest entry must lie between 1e-150 and 1e150",
        });
    }
    Ok(())
}

/// The state is w; the potential is the loss of the whole orbit.
impl VectorField for SymmetricReduction {
    fn dimension(&self) -> usize {
        self.group.dimension()
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
