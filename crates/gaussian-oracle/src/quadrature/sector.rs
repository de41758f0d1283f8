//! Gaussian expectations over a sector of a plane.

use super::{Estimate, integrate_pieces, try_integrate_pieces};
use crate::Error;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// π − `PI`: what the nearest double to π lacks.
const PI_TAIL: f64 = 1.224_646_799_147_353_2e-16;
/// Beyond this radius e^{−r²/2} is below 1e−347: no growth of an integrand in use can matter.
const RADIUS: f64 = 40.0;
/// Where the radial integral is cut before it is refined: the mass lies below 10.
const RADII: [f64; 5] = [0.0, 3.0, 6.0, 10.0, RADIUS];

/// A sector of the plane: the directions `start` + t, 0 < t < `width`, in radians.
///
/// Kept as start and width because a narrow sector's width would lose its digits in a difference
/// of two angles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sector {
    /// The direction of the first edge, counted from the first axis.
    pub start: f64,
    /// The opening.
    pub width: f64,
}

impl Sector {
    /// From direction `phi0` to direction `phi1`, phi0 ≤ phi1.
    pub fn between(phi0: f64, phi1: f64) -> Self {
        Self {
            start: phi0,
            width: phi1 - phi0,
        }
    }

    /// {x : x·e > 0 and x·w > 0} for e = (1, 0), w = (cos θ, sin θ), 0 ≤ θ ≤ π.
    pub fn gates(theta: f64) -> Self {
        Self {
            start: theta - FRAC_PI_2,
            width: (PI - theta) + PI_TAIL,
        }
    }

    /// The whole plane.
    pub fn plane() -> Self {
        Self {
            start: -PI,
            width: TAU,
        }
    }

    /// E[1(x in the sector) g(x₁, x₂)] over x ~ N(0, I₂).
    ///
    /// (1/2π) ∫ dφ ∫₀^40 g(r cos φ, r sin φ) e^{−r²/2} r dr, both integrals adaptive. g may grow
    /// like a polynomial; kinks on rays inside the sector cost subdivisions, so cut there.
    ///
    /// # Errors
    /// As [`super::integrate`], and [`Error::Range`] for a width outside [0, 2π].
    pub fn expectation(
        &self,
        g: impl Fn(f64, f64) -> f64,
        tolerance: f64,
    ) -> Result<Estimate, Error> {
        self.polar_expectation(|r, phi| g(r * phi.cos(), r * phi.sin()), tolerance)
    }

    /// As [`Sector::expectation`], with g given in polar coordinates (r, φ).
    ///
    /// # Errors
    /// As [`Sector::expectation`].
    pub fn polar_expectation(
        &self,
        g: impl Fn(f64, f64) -> f64,
        tolerance: f64,
    ) -> Result<Estimate, Error> {
        if !(0.0..=TAU).contains(&self.width) {
            return Err(Error::Range {
                reason: "a sector's width must lie in [0, 2π]",
                value: self.width,
            });
        }
        let mut inner_error = 0.0_f64;
        let outer = try_integrate_pieces(
            |t| {
                let phi = self.start + t;
                let density = |r: f64| g(r, phi) * (-0.5 * r * r).exp() * r / TAU;
                let radial = integrate_pieces(density, &RADII, 0.1 * tolerance)?;
                inner_error = inner_error.max(radial.error);
                Ok(radial.value)
            },
            &[0.0, 0.5 * self.width, self.width],
            tolerance,
        )?;
        Ok(Estimate {
            value: outer.value,
            error: outer.error + inner_error * self.width,
        })
    }

    /// E[1(x in the sector) x xᵀ] over x ~ N(0, I₂), 2 × 2.
    ///
    /// # Errors
    /// As [`Sector::expectation`].
    pub fn second_moment(&self, tolerance: f64) -> Result<[[f64; 2]; 2], Error> {
        let moment = |g: fn(f64, f64) -> f64| self.expectation(g, tolerance).map(|e| e.value);
        let mixed = moment(|x, y| x * y)?;
        Ok([
            [moment(|x, _| x * x)?, mixed],
            [mixed, moment(|_, y| y * y)?],
        ])
    }
}

/// E[1(x·e > 0) 1(x·w > 0) g(x₁, x₂)] over x ~ N(0, I₂), e = (1, 0), w = (cos θ, sin θ).
///
/// # Errors
/// As [`Sector::expectation`].
pub fn gated_expectation_plane(
    theta: f64,
    g: impl Fn(f64, f64) -> f64,
    tolerance: f64,
) -> Result<Estimate, Error> {
    Sector::gates(theta).expectation(g, tolerance)
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|t| t * t).sum::<f64>().sqrt()
}

/// An orthonormal frame of the plane of e and w, with w = ‖w‖ (cos θ, sin θ) in it.
struct Plane {
    first: Vec<f64>,
    second: Vec<f64>,
    theta: f64,
    length: f64,
}

impl Plane {
    fn of(e: &[f64], w: &[f64]) -> Result<Self, Error> {
        let (ne, nw) = (norm(e), norm(w));
        if e.len() != w.len() || !(ne > 0.0 && ne.is_finite() && nw > 0.0 && nw.is_finite()) {
            return Err(Error::Vectors {
                reason: "two vectors of equal dimension with a normal length are needed",
                left: e.len(),
                right: w.len(),
            });
        }
        let first: Vec<f64> = e.iter().map(|t| t / ne).collect();
        let along: f64 = first.iter().zip(w).map(|(a, b)| a * b).sum();
        let mut second: Vec<f64> = w.iter().zip(&first).map(|(b, a)| b - along * a).collect();
        let across = norm(&second);
        if across > 0.0 {
            for t in &mut second {
                *t /= across;
            }
        }
        Ok(Self {
            first,
            second,
            theta: across.atan2(along),
            length: nw,
        })
    }
}

/// E[F(e, w)] = E[1(x·e > 0) 1(x·w > 0) (x·w) x] over x ~ N(0, I_d), by quadrature, length d.
///
/// The component orthogonal to the plane of e and w vanishes by symmetry. The relative accuracy
/// falls to about 1e−16/(π − θ) as θ → π; lengths must not over- or underflow when squared. Use
/// [`crate::multiprecision`] outside that range.
///
/// # Errors
/// As [`super::integrate`], and [`Error::Vectors`] for a zero vector or differing lengths.
pub fn population_gating(e: &[f64], w: &[f64], tolerance: f64) -> Result<Vec<f64>, Error> {
    let plane = Plane::of(e, w)?;
    let (sector, theta) = (Sector::gates(plane.theta), plane.theta);
    let a = sector.polar_expectation(|r, t| r * r * (t - theta).cos() * t.cos(), tolerance)?;
    let b = sector.polar_expectation(|r, t| r * r * (t - theta).cos() * t.sin(), tolerance)?;
    let (first, second) = (plane.length * a.value, plane.length * b.value);
    let lift = |(p, q): (&f64, &f64)| first * p + second * q;
    Ok(plane.first.iter().zip(&plane.second).map(lift).collect())
}

/// E[σ(u·x) σ(v·x)] over x ~ N(0, I_d), σ(t) = max(t, 0), by quadrature.
///
/// # Errors
/// As [`population_gating`].
pub fn relu_correlation(u: &[f64], v: &[f64], tolerance: f64) -> Result<f64, Error> {
    let theta = Plane::of(u, v)?.theta;
    let unit = Sector::gates(theta)
        .polar_expectation(|r, t| r * r * t.cos() * (t - theta).cos(), tolerance)?;
    Ok(norm(u) * norm(v) * unit.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten times the tolerance asked for: the error estimates are pessimistic, roundings are not.
    const CLOSE: f64 = 1e-12;
    const TOLERANCE: f64 = 1e-13;

    #[track_caller]
    fn close(left: f64, right: f64) {
        assert!(
            (left - right).abs() <= CLOSE * right.abs().max(1.0),
            "{left} {right}"
        );
    }

    #[test]
    fn moments_of_the_plane() -> Result<(), Error> {
        let plane = Sector::plane();
        close(plane.expectation(|_, _| 1.0, TOLERANCE)?.value, 1.0);
        close(
            plane
                .expectation(|x, y| x.powi(4) * y * y, TOLERANCE)?
                .value,
            3.0,
        );
        let wedge = Sector::between(0.3, 1.1);
        close(wedge.expectation(|_, _| 1.0, TOLERANCE)?.value, 0.8 / TAU);
        let moment = wedge.second_moment(TOLERANCE)?;
        // ∫ cos²φ dφ / π = (Δφ + (sin 2φ₁ − sin 2φ₀)/2) / 2π
        close(
            moment[0][0],
            (0.8 + 0.5 * (2.2_f64.sin() - 0.6_f64.sin())) / TAU,
        );
        close(
            moment[1][1],
            (0.8 - 0.5 * (2.2_f64.sin() - 0.6_f64.sin())) / TAU,
        );
        close(moment[0][1], 0.5 * (0.6_f64.cos() - 2.2_f64.cos()) / TAU);
        Ok(())
    }

    #[test]
    fn gates_at_special_angles() -> Result<(), Error> {
        // Open gates: half of the identity. A right angle: E[x₁⁺ x₂⁺] = 1/2π. Opposite: nothing.
        let w = [3.0, 4.0, 0.0];
        for (value, exact) in population_gating(&w, &w, TOLERANCE)?
            .iter()
            .zip([1.5, 2.0, 0.0])
        {
            close(*value, exact);
        }
        close(
            relu_correlation(&[2.0, 0.0], &[0.0, 3.0], TOLERANCE)?,
            6.0 / TAU,
        );
        close(relu_correlation(&[1.0, 0.0], &[-1.0, 0.0], TOLERANCE)?, 0.0);
        let right = population_gating(&[1.0, 0.0], &[0.0, 1.0], TOLERANCE)?;
        close(right[0], 1.0 / TAU);
        close(right[1], 0.25);
        close(
            gated_expectation_plane(1.0, |_, _| 1.0, TOLERANCE)?.value,
            (PI - 1.0) / TAU,
        );
        assert!(population_gating(&[0.0], &[1.0], TOLERANCE).is_err());
        Ok(())
    }
}
