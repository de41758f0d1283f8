//! Adaptive Gauss–Kronrod quadrature, and Gaussian expectations over a sector of a plane.
//!
//! A gated expectation E[1(x·e > 0) 1(x·w > 0) g(x)] over x ~ N(0, I) only involves the plane of e
//! and w. There the two half planes meet in a sector of opening π − ∠(e, w), and in polar
//! coordinates the integrand is smooth inside it, so the rule converges to rounding error.

use crate::Error;
use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// π − `PI`: what the nearest double to π lacks.
const PI_TAIL: f64 = 1.224_646_799_147_353_2e-16;
/// Beyond this radius e^{−r²/2} is below 1e−347: no growth of an integrand in use can matter.
const RADIUS: f64 = 40.0;
/// Where the radial integral is cut before it is refined: the mass lies below 10.
const RADII: [f64; 5] = [0.0, 3.0, 6.0, 10.0, RADIUS];
/// The finest subdivision.
const INTERVALS: usize = 4000;

/// Kronrod nodes of [0, 1] in decreasing order; the odd positions are the Gauss nodes.
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_83,
];
/// Gauss weights of the nodes at positions 1, 3, 5, 7.
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_64,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

/// A value and an estimate of its absolute error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// An estimate of |value − exact|; pessimistic for smooth integrands.
    pub error: f64,
}

#[derive(Clone, Copy)]
struct Piece {
    a: f64,
    b: f64,
    value: f64,
    error: f64,
    modulus: f64,
}

/// ∫_a^b f(t) dt by adaptive bisection with the G7–K15 pair.
///
/// Stops when the error estimate is at most `tolerance` · ∫|f|: relative, yet well defined when the
/// integral itself vanishes by cancellation. Tolerances down to 1e−14 are within reach. b < a gives
/// the negative of the reversed integral.
///
/// # Examples
/// ```
/// let half = gaussian_oracle::quadrature::integrate(|t| t, 0.0, 1.0, 1e-13)?;
/// assert!((half.value - 0.5).abs() < 1e-15);
/// # Ok::<(), gaussian_oracle::Error>(())
/// ```
///
/// # Errors
/// [`Error::IntegrandNotFinite`], [`Error::QuadratureNotConverged`], and [`Error::Range`] for an
/// infinite end or a tolerance that is not positive.
pub fn integrate(
    f: impl FnMut(f64) -> f64,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Estimate, Error> {
    integrate_pieces(f, &[a, b], tolerance)
}

/// ∫ f(t) dt from the first to the last breakpoint, cut at the others.
///
/// Kinks and jumps of f belong among the breakpoints. See [`integrate`].
///
/// # Errors
/// As [`integrate`].
pub fn integrate_pieces(
    mut f: impl FnMut(f64) -> f64,
    breakpoints: &[f64],
    tolerance: f64,
) -> Result<Estimate, Error> {
    try_integrate_pieces(|t| Ok(f(t)), breakpoints, tolerance)
}

fn try_integrate_pieces(
    mut f: impl FnMut(f64) -> Result<f64, Error>,
    breakpoints: &[f64],
    tolerance: f64,
) -> Result<Estimate, Error> {
    if let Some(&end) = breakpoints.iter().find(|end| !end.is_finite()) {
        return Err(Error::Range {
            reason: "every end must be finite",
            value: end,
        });
    }
    if tolerance.is_nan() || tolerance <= 0.0 {
        return Err(Error::Range {
            reason: "the tolerance must be positive",
            value: tolerance,
        });
    }
    let mut pieces = Vec::new();
    for ends in breakpoints.windows(2) {
        pieces.push(rule(&mut f, ends[0], ends[1])?);
    }
    loop {
        // Summed afresh from the smallest: no drift from running updates.
        let error: f64 = pieces.iter().map(|p| p.error).sum();
        let modulus: f64 = pieces.iter().map(|p| p.modulus).sum();
        if error <= tolerance * modulus {
            let value = pieces.iter().map(|p| p.value).sum();
            return Ok(Estimate { value, error });
        }
        let worst = (0..pieces.len())
            .max_by(|&i, &j| pieces[i].error.total_cmp(&pieces[j].error))
            .unwrap_or_default();
        let Piece { a, b, .. } = pieces[worst];
        let middle = f64::midpoint(a, b);
        if pieces.len() >= INTERVALS || middle == a || middle == b {
            return Err(Error::QuadratureNotConverged {
                value: pieces.iter().map(|p| p.value).sum(),
                error,
                intervals: pieces.len(),
            });
        }
        pieces[worst] = rule(&mut f, a, middle)?;
        pieces.push(rule(&mut f, middle, b)?);
    }
}

/// One application of the G7–K15 pair, with QUADPACK's error estimate.
fn rule(f: &mut impl FnMut(f64) -> Result<f64, Error>, a: f64, b: f64) -> Result<Piece, Error> {
    let (centre, half) = (f64::midpoint(a, b), 0.5 * (b - a));
    let mut at = |t: f64| -> Result<f64, Error> {
        let value = f(t)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Error::IntegrandNotFinite { at: t, value })
        }
    };
    let mut samples = [0.0; 15];
    let mut weights = [0.0; 15];
    let (mut gauss, mut kronrod) = (0.0, 0.0);
    for (k, &node) in NODES.iter().enumerate() {
        let (left, right) = if node == 0.0 {
            (at(centre)?, 0.0)
        } else {
            (at(centre - half * node)?, at(centre + half * node)?)
        };
        kronrod += KRONROD[k] * (left + right);
        if k % 2 == 1 {
            gauss += GAUSS[k / 2] * (left + right);
        }
        samples[k] = left;
        weights[k] = KRONROD[k];
        if node != 0.0 {
            samples[14 - k] = right;
            weights[14 - k] = KRONROD[k];
        }
    }
    let mean = 0.5 * kronrod;
    let weighted = |g: &dyn Fn(f64) -> f64| -> f64 {
        samples.iter().zip(&weights).map(|(&s, w)| w * g(s)).sum()
    };
    let modulus = half.abs() * weighted(&f64::abs);
    let spread = half.abs() * weighted(&|s| (s - mean).abs());
    let mut error = (half * (kronrod - gauss)).abs();
    if spread != 0.0 && error != 0.0 {
        error = spread * (200.0 * error / spread).powf(1.5).min(1.0);
    }
    Ok(Piece {
        a,
        b,
        value: half * kronrod,
        // A few roundings of ∫|f| always remain.
        error: error.max(8.0 * f64::EPSILON * modulus),
        modulus,
    })
}

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
    /// As [`integrate`], and [`Error::Range`] for a width outside [0, 2π].
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
/// As [`integrate`], and [`Error::Vectors`] for a zero vector or differing lengths.
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
    fn weights_are_exact_to_degree_22() {
        for degree in 0..=22_i32 {
            let exact = if degree % 2 == 0 {
                2.0 / f64::from(degree + 1)
            } else {
                0.0
            };
            let piece = rule(&mut |t: f64| Ok(t.powi(degree)), -1.0, 1.0).unwrap();
            assert!((piece.value - exact).abs() < 1e-15, "degree {degree}");
        }
        let piece = rule(&mut |t: f64| Ok(t.powi(24)), -1.0, 1.0).unwrap();
        assert!((piece.value - 2.0 / 25.0).abs() > 1e-9);
    }

    #[test]
    fn known_integrals() -> Result<(), Error> {
        close(integrate(f64::sin, 0.0, PI, TOLERANCE)?.value, 2.0);
        close(integrate(f64::sin, PI, 0.0, TOLERANCE)?.value, -2.0);
        close(
            integrate(f64::exp, 0.0, 1.0, TOLERANCE)?.value,
            1f64.exp() - 1.0,
        );
        close(integrate(f64::sqrt, 0.0, 1.0, TOLERANCE)?.value, 2.0 / 3.0);
        close(
            integrate(|t: f64| (10.0 * t).sin(), -1.0, 1.0, TOLERANCE)?.value,
            0.0,
        );
        close(
            integrate_pieces(f64::abs, &[-1.0, 0.0, 2.0], TOLERANCE)?.value,
            2.5,
        );
        Ok(())
    }

    #[test]
    fn refuses_what_it_cannot_do() {
        let pole = integrate(|t: f64| 1.0 / t, -1.0, 1.0, TOLERANCE);
        assert!(matches!(pole, Err(Error::IntegrandNotFinite { .. })));
        assert!(matches!(
            integrate(f64::sin, 0.0, f64::INFINITY, TOLERANCE),
            Err(Error::Range { .. })
        ));
        assert!(matches!(
            integrate(f64::sin, 0.0, 1.0, f64::NAN),
            Err(Error::Range { .. })
        ));
        let greedy = integrate(f64::sin, 0.0, 1.0, 1e-18);
        assert!(matches!(greedy, Err(Error::QuadratureNotConverged { .. })));
        assert!(population_gating(&[0.0], &[1.0], TOLERANCE).is_err());
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
        Ok(())
    }
}
