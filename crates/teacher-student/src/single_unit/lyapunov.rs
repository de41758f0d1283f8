use std::f64::consts::{FRAC_PI_2, PI, TAU};

use numeric::DoubleDouble;
use relu_gating::{Angle, arc_cosine, arc_cosine_deficit, sin_minus_x_cos, single_unit_gradient};

use super::{check_non_zero, check_pair};
use crate::error::Error;

/// V(w) = ½‖w − w*‖².
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero teacher, or a value beyond the largest double.
///
/// # Source
/// Tian 2017, Theorem 5.
pub fn lyapunov_value(w: &[f64], teacher: &[f64]) -> Result<f64, Error> {
    check_pair(w, teacher)?;
    let value = w
        .iter()
        .zip(teacher)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        / 2.0;
    finite("Lyapunov function", value)
}

/// V̇ = −(w − w*)·∇loss(w), the rate of V = ½‖w − w*‖² along the flow of one unit, per sample.
///
/// It equals −yᵀM(θ)y/2π with y = (‖w*‖, ‖w‖) and the [`LyapunovMatrix`] M. The gradient and w − w* are each accurate
/// relative to themselves, and near w* they are parallel to first order, so V̇ keeps its relative accuracy there.
///
/// # Examples
/// ```
/// use teacher_student::single_unit::{in_basin, lyapunov_rate};
/// let (w, teacher) = ([0.2, -0.5], [1.0, 0.0]);
/// assert!(in_basin(&w, &teacher)? && lyapunov_rate(&w, &teacher)? < 0.0);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero student or teacher, or a value beyond the largest double.
///
/// # Source
/// Tian 2016, Eq 29, whose right-hand side needs the factor 1/2π (N/2π for N samples).
pub fn lyapunov_rate(w: &[f64], teacher: &[f64]) -> Result<f64, Error> {
    check_pair(w, teacher)?;
    check_non_zero("the student", w)?;
    let overflow = Error::Overflow {
        what: "rate of the Lyapunov function",
    };
    let gradient = single_unit_gradient(w, teacher).map_err(|_| overflow)?;
    let rate: f64 = w
        .iter()
        .zip(teacher)
        .zip(gradient)
        .map(|((w, v), g)| (v - w) * g)
        .sum();
    finite("rate of the Lyapunov function", rate)
}

fn finite(what: &'static str, value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Overflow { what })
    }
}

/// The matrix of the quadratic form that V̇ is in the norms y = (‖w*‖, ‖w‖), V̇ = −yᵀM(θ)y/2π:
///
/// M(θ) = ½ [[2π − 2θ + sin 2θ, −(2π − θ) cos θ − sin θ], [·, 2π]],  θ = ∠(w, w*).
///
/// M is positive definite for θ between 0 and [`definite_until`](Self::definite_until) ≈ 2.3276, a good deal beyond
/// the right angle of the paper; at θ = 0 it is π[[1, −1], [−1, 1]]. Beyond that angle M is indefinite, but its entries
/// are then all positive (the off-diagonal one from θ = 1.79 on), and y is a vector of norms: **V̇ < 0 at every w other
/// than 0 and w***, inside and outside of Ω.
///
/// # Examples
/// ```
/// use relu_gating::Angle;
/// use teacher_student::single_unit::LyapunovMatrix;
/// let right = LyapunovMatrix::new(Angle::from_radians(std::f64::consts::FRAC_PI_2)?);
/// let expected = (2.0 * std::f64::consts::PI.powi(2) - 1.0) / 4.0;
/// assert!((right.determinant() / expected - 1.0).abs() < 1e-15);
/// # Ok::<(), relu_gating::Error>(())
/// ```
///
/// # Source
/// Tian 2016, Eq 30–34; Tian 2017, Theorem 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LyapunovMatrix {
    angle: Angle,
}

impl LyapunovMatrix {
    /// M at the angle between student and teacher.
    pub fn new(angle: Angle) -> Self {
        Self { angle }
    }

    /// The symmetric 2 × 2 matrix, row by row.
    ///
    /// The first entry, π − θ + sin θ cos θ, is of order (π − θ)³ near π and keeps its relative accuracy there; the
    /// off-diagonal one is −(π cos θ + h(θ))/2 with h the [`arc_cosine`].
    pub fn entries(self) -> [[f64; 2]; 2] {
        let first = x_minus_sin_cos(self.angle.supplement());
        let mixed = -(PI * self.angle.cos() + arc_cosine(self.angle)) / 2.0;
        [[first, mixed], [mixed, PI]]
    }

    /// det M(θ) = ¼\[(4π² − 4πθ − 1) sin²θ + θ cos θ (2 sin θ − θ cos θ)\].
    ///
    /// Of order π²θ² near 0, where no term cancels; near the root beyond π/2, where the two terms cancel, they are
    /// formed with 32 digits. The relative error is a few units in the last place everywhere in [0, π].
    ///
    /// # Source
    /// Tian 2016, Eq 34.
    pub fn determinant(self) -> f64 {
        let (theta, delta) = (self.angle.radians(), self.angle.supplement());
        let (sin, cos) = (self.angle.sin(), self.angle.cos());
        let first = (4.0 * PI * delta - 1.0) * sin * sin;
        let second = theta * cos * (2.0 * sin - theta * cos);
        let sum = first + second;
        // A sum this much smaller than its terms has lost more than two bits.
        if sum.abs() < 0.25 * first.abs().max(second.abs()) {
            determinant_in_double_double(theta)
        } else {
            sum / 4.0
        }
    }

    /// yᵀM(θ)y for y = (‖w*‖, ‖w‖); V̇ is −1/2π times this.
    ///
    /// Evaluated as π(‖w‖ − ‖w*‖)² + ‖w‖‖w*‖(2π sin²(θ/2) + π − h(θ)) − ‖w*‖²(θ − sin θ cos θ), whose terms vanish as
    /// w → w* with the form itself.
    pub fn quadratic_form(self, teacher_norm: f64, student_norm: f64) -> f64 {
        let half_sine = (self.angle.radians() / 2.0).sin();
        let across = TAU * half_sine * half_sine + arc_cosine_deficit(self.angle);
        let gap = student_norm - teacher_norm;
        PI * gap * gap + teacher_norm * student_norm * across
            - teacher_norm * teacher_norm * x_minus_sin_cos(self.angle.radians())
    }

    /// The angle in (π/2, π) at which det M vanishes, 2.3276…: V̇ < 0 at every w ≠ w* with ∠(w, w*) below it, whatever
    /// the norms.
    ///
    /// Bisection down to neighbouring doubles, of which the one with the smaller determinant is returned.
    pub fn definite_until() -> f64 {
        let (mut below, mut above) = (FRAC_PI_2, PI);
        loop {
            let middle = f64::midpoint(below, above);
            if middle <= below || middle >= above {
                break;
            }
            if determinant_in_double_double(middle) > 0.0 {
                below = middle;
            } else {
                above = middle;
            }
        }
        let size = |theta| determinant_in_double_double(theta).abs();
        if size(below) <= size(above) {
            below
        } else {
            above
        }
    }
}

/// x − sin x cos x for x ∈ [0, π], as x sin²x − cos x (sin x − x cos x): of order ⅔x³ near 0, where the two terms are in
/// the proportion 3 : 1.
fn x_minus_sin_cos(x: f64) -> f64 {
    let (sin, cos) = x.sin_cos();
    x * sin * sin - cos * sin_minus_x_cos(x)
}

fn determinant_in_double_double(theta: f64) -> f64 {
    let (sin, cos) = DoubleDouble::sin_cos(theta);
    let theta = DoubleDouble::from(theta);
    let (two, four) = (DoubleDouble::from(2.0), DoubleDouble::from(4.0));
    let pi = DoubleDouble::PI;
    let factor = four * pi * (pi - theta) - DoubleDouble::from(1.0);
    let sum = factor * sin * sin + theta * cos * (two * sin - theta * cos);
    sum.value() / 4.0
}
