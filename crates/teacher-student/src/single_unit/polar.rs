use std::f64::consts::{PI, TAU};

use relu_gating::{Angle, arc_cosine, arc_cosine_deficit};

use super::check_setting;
use crate::error::Error;

/// The rates of ‖w‖ and of the angle θ = ∠(w, w*) along the flow of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolarRate {
    /// d‖w‖/dt.
    pub norm: f64,
    /// dθ/dt, never positive.
    pub angle: f64,
}

/// The flow of one unit in polar coordinates, for the norms r = ‖w‖ and a = ‖w*‖ and the angle θ between w and w*:
///
/// ṙ = −r/2 + a h(θ)/2π,  θ̇ = −(a/r)(π − θ) sin θ/2π,  h(θ) = (π − θ) cos θ + sin θ.
///
/// Two sentences follow from it. The angle decreases, strictly for 0 < θ < π, so h(θ) never decreases and r stays above
/// [`norm_floor`]: the flow keeps away from the origin. Hence θ → 0 and r → a: **every start w⁰ ≠ 0 that is not of the
/// form −c w* converges to w***, inside and outside of Ω = {‖w − w*‖ < ‖w*‖}. On the ray −c w* (θ = π, h = 0) the norm
/// decays as e^{−t/2} towards the singularity at the origin.
///
/// Up to the right angle ṙ is formed as −\[π(r − a) + a(π − h(θ))\]/2π, without cancellation near w*; beyond it as
/// printed, without cancellation near the origin and the opposite ray.
///
/// # Examples
/// ```
/// use relu_gating::Angle;
/// use teacher_student::single_unit::polar_rate;
/// let rate = polar_rate(2.0, 1.0, Angle::from_supplement(1e-9)?)?; // far outside Ω, almost opposite to the teacher
/// assert!(rate.angle < 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A norm that is not finite and positive.
///
/// # Source
/// Tian 2017, Eq 6, in polar coordinates; the conclusion goes beyond its Theorems 5 and 6.
pub fn polar_rate(student_norm: f64, teacher_norm: f64, angle: Angle) -> Result<PolarRate, Error> {
    check_norms(student_norm, teacher_norm)?;
    let norm = if angle.radians() <= angle.supplement() {
        let pull = PI * (student_norm - teacher_norm) + teacher_norm * arc_cosine_deficit(angle);
        -pull / TAU
    } else {
        -student_norm / 2.0 + teacher_norm * (arc_cosine(angle) / TAU)
    };
    let turn = angle.supplement() * angle.sin() / TAU;
    Ok(PolarRate {
        norm,
        angle: -(teacher_norm / student_norm) * turn,
    })
}

/// min(‖w⁰‖, ‖w*‖h(θ⁰)/π), below which ‖w‖ never falls along the flow of one unit.
///
/// ṙ ≥ 0 wherever r ≤ ‖w*‖h(θ)/π, and h(θ) does not decrease along the flow.
///
/// # Errors
/// A norm that is not finite and positive.
///
/// # Source
/// Ours; see [`polar_rate`].
pub fn norm_floor(student_norm: f64, teacher_norm: f64, angle: Angle) -> Result<f64, Error> {
    check_norms(student_norm, teacher_norm)?;
    Ok(student_norm.min(teacher_norm * (arc_cosine(angle) / PI)))
}

fn check_norms(student_norm: f64, teacher_norm: f64) -> Result<(), Error> {
    for (name, value) in [
        ("student_norm", student_norm),
        ("teacher_norm", teacher_norm),
    ] {
        let holds = value.is_finite() && value > 0.0;
        check_setting(name, value, holds, "it must be finite and positive")?;
    }
    Ok(())
}
