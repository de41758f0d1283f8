use std::f64::consts::TAU;

use numeric::{distance, largest_exponent, norm, scaled, times_power_of_two};

use crate::arc_cosine::{arc_cosine, arc_cosine_deficit, sin_minus_x_cos};
use crate::error::{Error, check_finite, check_lengths};
use crate::plane::Plane;

/// Population gradient of one ReLU unit, +∂/∂w ½E[(σ(w·x) − σ(v·x))²] for x ~ N(0, I), of length d:
///
/// ∇ = (w − v)/2 + (θ v − (‖v‖/‖w‖) sin θ w)/2π,  θ = ∠(w, v), v the teacher.
///
/// Evaluated in the orthogonal frame (ŵ, v⊥) as
/// \[(π(‖w‖ − ‖v‖) + ‖v‖(π − h(θ))) ŵ − (π − θ) v⊥\]/2π, with ‖w‖ − ‖v‖ = (w−v)·(w+v)/(‖w‖+‖v‖): nothing cancels
/// as w → v (and beyond θ = 1, where π − h(θ) would, the first factor is π‖w‖ − ‖v‖h(θ)); the relative error stays at a few units in the last place down to neighbouring doubles.
///
/// # Examples
/// ```
/// use relu_gating::single_unit_gradient;
/// let gradient = single_unit_gradient(&[1.0 + 1e-12, 2.0], &[1.0, 2.0])?;
/// assert!((gradient[0] / 5e-13 - 1.0).abs() < 1e-3); // (w − v)/2 to first order
/// # Ok::<(), relu_gating::Error>(())
/// ```
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero vector, or a result beyond the largest double.
///
/// # Source
/// Tian 2017, Eq 6; Tian 2016, Eq 11 (whose Δw is the negative).
pub fn single_unit_gradient(w: &[f64], teacher: &[f64]) -> Result<Vec<f64>, Error> {
    let pair = Pair::new(w, teacher)?;
    let plane = Plane::new("w", &pair.w, "teacher", &pair.teacher)?;
    let angle = plane.angle();
    let pi = std::f64::consts::PI;
    let along = if angle.radians() < 1.0 {
        pi * pair.norm_difference() + pair.teacher_norm * arc_cosine_deficit(angle)
    } else {
        pi * pair.w_norm - pair.teacher_norm * arc_cosine(angle)
    } / TAU;
    // `plane` measures along ŵ in units of the teacher's norm.
    let teacher_norm = times_power_of_two(plane.norm(), plane.exponent());
    plane
        .combine(along / teacher_norm, -angle.supplement() / TAU)?
        .into_iter()
        .map(|x| finite(times_power_of_two(x, pair.exponent)))
        .collect()
}

/// Population loss of one ReLU unit, ½E[(σ(w·x) − σ(v·x))²] for x ~ N(0, I):
///
/// ¼‖w − v‖² − ‖w‖‖v‖(sin θ − θ cos θ)/2π,  θ = ∠(w, v).
///
/// The second term is O(θ³), so nothing cancels as w → v, where ¼‖w‖² + ¼‖v‖² − ‖w‖‖v‖h(θ)/2π would lose all digits.
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero vector, or a result beyond the largest double.
///
/// # Source
/// Tian 2017, Eq 2, with the arc-cosine kernel.
pub fn single_unit_loss(w: &[f64], teacher: &[f64]) -> Result<f64, Error> {
    let pair = Pair::new(w, teacher)?;
    let angle = Plane::new("w", &pair.w, "teacher", &pair.teacher)?.angle();
    let half_distance = distance(&pair.w, &pair.teacher) / 2.0;
    let curved = pair.w_norm * pair.teacher_norm * (sin_minus_x_cos(angle.radians()) / TAU);
    let value = half_distance * half_distance - curved;
    finite(times_power_of_two(value, 2 * pair.exponent))
}

fn finite(value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Overflow)
    }
}

/// Student and teacher scaled by one common power of two.
struct Pair {
    w: Vec<f64>,
    teacher: Vec<f64>,
    w_norm: f64,
    teacher_norm: f64,
    exponent: i32,
}

impl Pair {
    fn new(w: &[f64], teacher: &[f64]) -> Result<Self, Error> {
        check_finite("w", w)?;
        check_finite("teacher", teacher)?;
        check_lengths("w", w, "teacher", teacher)?;
        let w_exponent = largest_exponent(w).ok_or(Error::ZeroVector { name: "w" })?;
        let teacher_exponent =
            largest_exponent(teacher).ok_or(Error::ZeroVector { name: "teacher" })?;
        let common = w_exponent.max(teacher_exponent);
        // A partner smaller by 2^-600 leaves no trace in a double, but must keep its direction.
        let floor = |k: i32| (k - common).max(-600);
        let w_scaled = scaled(w, floor(w_exponent) - w_exponent);
        let teacher_scaled = scaled(teacher, floor(teacher_exponent) - teacher_exponent);
        Ok(Self {
            w_norm: norm(&w_scaled),
            teacher_norm: norm(&teacher_scaled),
            w: w_scaled,
            teacher: teacher_scaled,
            exponent: common,
        })
    }

    /// ‖w‖ − ‖v‖ = (w − v)·(w + v)/(‖w‖ + ‖v‖).
    fn norm_difference(&self) -> f64 {
        let product: f64 = self
            .w
            .iter()
            .zip(&self.teacher)
            .map(|(a, b)| (a - b) * (a + b))
            .sum();
        product / (self.w_norm + self.teacher_norm)
    }
}
