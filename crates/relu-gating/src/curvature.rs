use std::f64::consts::TAU;

use faer::Mat;
use numeric::times_power_of_two;

use crate::error::Error;
use crate::plane::Plane;

/// The gated second moment E[x xᵀ 1(x·u > 0) 1(x·v > 0)] for x ~ N(0, I), of shape d × d, which is also the mixed
/// block ∂²κ/∂u∂v of the Hessian of the [kernel](crate::kernel) κ:
///
/// M(u, v) = \[(π − θ) I + sin θ cos θ (û ûᵀ − n nᵀ) + sin²θ (û nᵀ + n ûᵀ)\]/2π,  n the unit vector of v⊥ = v − (v·û)û.
///
/// Symmetric under u ↔ v, and positive semidefinite.
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, or a zero vector.
///
/// # Source
/// Tian 2016, Eq 22–24, rotated into the frame of u and v.
pub fn gated_second_moment(u: &[f64], v: &[f64]) -> Result<Mat<f64>, Error> {
    let plane = Plane::new("u", u, "v", v)?;
    let angle = plane.angle();
    let (sin, cos) = (angle.sin(), angle.cos());
    let (e, n) = (plane.unit(), plane.normal());
    Ok(Mat::from_fn(e.len(), e.len(), |i, j| {
        let identity = if i == j { angle.supplement() } else { 0.0 };
        let diagonal = sin * cos * (e[i] * e[j] - n[i] * n[j]);
        let mixed = sin * sin * (e[i] * n[j] + n[i] * e[j]);
        (identity + diagonal + mixed) / TAU
    }))
}

/// The derivative of the population gating E[F(ŵ, v)] with respect to its *gate* w, of shape d × d, which is also the
/// diagonal block ∂²κ/∂w² of the Hessian of the [kernel](crate::kernel) κ(w, v):
///
/// S(w, v) = (‖v‖ sin θ/2π‖w‖)(I − ŵŵᵀ + n nᵀ),  n the unit vector of v⊥ = v − (v·ŵ)ŵ.
///
/// Continuous, and zero, where v is parallel to w although n is not defined there.
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero vector, or a result beyond the largest double.
///
/// # Source
/// Derived from Tian 2017, Eq 5.
pub fn gate_derivative(w: &[f64], v: &[f64]) -> Result<Mat<f64>, Error> {
    let plane = Plane::new("w", w, "v", v)?;
    let back = Plane::new("v", v, "w", w)?;
    let scale = times_power_of_two(
        plane.norm() * plane.angle().sin() / (back.norm() * TAU),
        plane.exponent() - back.exponent(),
    );
    if !scale.is_finite() {
        return Err(Error::Overflow);
    }
    let (e, n) = (plane.unit(), plane.normal());
    Ok(Mat::from_fn(e.len(), e.len(), |i, j| {
        let identity = if i == j { 1.0 } else { 0.0 };
        scale * (identity - e[i] * e[j] + n[i] * n[j])
    }))
}
