use std::f64::consts::TAU;

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use crate::angle::Angle;
use crate::error::Error;
use crate::plane::Plane;

/// A law of the input vector x ∈ ℝᵈ that can be sampled.
pub trait InputLaw {
    /// Fills `x` with one sample; its length is the dimension d.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R, x: &mut [f64]);
}

/// A law that is invariant under all rotations of ℝᵈ.
///
/// For every such law the gating keeps the form of the Gaussian one, E[F(e, w)] = A(θ) w + ‖w‖ B(θ) ê, with
/// A(θ) = m(π − θ)/2π and B(θ) = m sin θ/2π, m = E‖x‖²/d: a rotation-invariant x is its length times an independent
/// uniform direction, and F is quadratic in the length.
///
/// # Examples
/// ```
/// use relu_gating::{Angle, Gaussian, RotationInvariant, UniformSphere};
/// let angle = Angle::from_radians(1.0)?;
/// let sphere = UniformSphere { radius: 3.0 };
/// // On the sphere of radius 3 in dimension 9 the second moment is that of the Gaussian.
/// assert_eq!(sphere.mass(9, angle), Gaussian.mass(9, angle));
/// # Ok::<(), relu_gating::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 7, which asks for A(0) = ½, A(π) = 0, B(0) = B(π) = 0 per sample; the explicit A and B are ours.
pub trait RotationInvariant: InputLaw {
    /// E‖x‖² in dimension d.
    fn mean_square_norm(&self, dimension: usize) -> f64;

    /// The mass coefficient A(θ) = (E‖x‖²/d)(π − θ)/2π.
    fn mass(&self, dimension: usize, angle: Angle) -> f64 {
        self.mean_square_norm(dimension) / dimension as f64 * (angle.supplement() / TAU)
    }

    /// The asymmetry coefficient B(θ) = (E‖x‖²/d) sin θ/2π.
    fn asymmetry(&self, dimension: usize, angle: Angle) -> f64 {
        self.mean_square_norm(dimension) / dimension as f64 * (angle.sin() / TAU)
    }
}

/// The standard Gaussian N(0, I).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaussian;

/// The uniform law on the sphere of a given radius around the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniformSphere {
    /// Radius of the sphere; any finite value, a negative one mirrors.
    pub radius: f64,
}

/// The uniform law on the ball of a given radius around the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniformBall {
    /// Radius of the ball; any finite value, a negative one mirrors.
    pub radius: f64,
}

/// Independent entries, each uniform on [−half_width, half_width]; not rotation invariant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniformCube {
    /// Half the side of the cube; any finite value.
    pub half_width: f64,
}

impl InputLaw for Gaussian {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R, x: &mut [f64]) {
        for entry in x {
            *entry = StandardNormal.sample(rng);
        }
    }
}

impl RotationInvariant for Gaussian {
    fn mean_square_norm(&self, dimension: usize) -> f64 {
        dimension as f64
    }
}

impl InputLaw for UniformSphere {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R, x: &mut [f64]) {
        Gaussian.sample(rng, x);
        let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
        for entry in x {
            *entry *= self.radius / norm;
        }
    }
}

impl RotationInvariant for UniformSphere {
    fn mean_square_norm(&self, _dimension: usize) -> f64 {
        self.radius * self.radius
    }
}

impl InputLaw for UniformBall {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R, x: &mut [f64]) {
        let dimension = x.len() as f64;
        let uniform: f64 = rng.random();
        UniformSphere {
            radius: self.radius * uniform.powf(dimension.recip()),
        }
        .sample(rng, x);
    }
}

impl RotationInvariant for UniformBall {
    fn mean_square_norm(&self, dimension: usize) -> f64 {
        let d = dimension as f64;
        self.radius * self.radius * (d / (d + 2.0))
    }
}

impl InputLaw for UniformCube {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R, x: &mut [f64]) {
        for entry in x {
            *entry = self.half_width * (2.0 * rng.random::<f64>() - 1.0);
        }
    }
}

/// Monte Carlo estimate of the coefficients A(θ) and B(θ) of one pair of directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoefficientEstimate {
    /// Estimate of A(θ).
    pub mass: f64,
    /// Its standard error.
    pub mass_error: f64,
    /// Estimate of B(θ).
    pub asymmetry: f64,
    /// Its standard error.
    pub asymmetry_error: f64,
    /// Norm of the part of the sampled gating outside the plane of e and w, over ‖w‖: zero in the limit for a
    /// rotation-invariant law, and a measure of anisotropy for any other.
    pub out_of_plane: f64,
    /// Number of samples.
    pub samples: usize,
}

/// Estimates A(θ) and B(θ) of E[F(e, w)] ≈ A w + ‖w‖ B ê for any law, from independent samples.
///
/// With n the unit vector of w⊥: A = F·n/(‖w‖ sin θ), B = F·ê/‖w‖ − A cos θ. For a law without rotation invariance
/// the two numbers depend on the directions of e and w, not only on θ.
///
/// # Errors
/// Bad vectors, fewer than 2 samples, or e and w parallel, where A and B act along the same direction.
///
/// # Source
/// Tian 2017, Eq 7 and §7.1 (uniform inputs).
pub fn estimate_coefficients<L: InputLaw, R: Rng + ?Sized>(
    law: &L,
    rng: &mut R,
    e: &[f64],
    w: &[f64],
    samples: usize,
) -> Result<CoefficientEstimate, Error> {
    let plane = Plane::new("e", e, "w", w)?;
    let (sin, cos) = (plane.angle().sin(), plane.angle().cos());
    if samples < 2 {
        return Err(Error::TooFewSamples { needed: 2 });
    }
    if sin < 1e-8 {
        return Err(Error::Parallel { sine: sin });
    }
    let (unit, normal) = (plane.unit(), plane.normal());
    let mut x = vec![0.0; e.len()];
    let mut mean_vector = vec![0.0; e.len()];
    let (mut mass, mut asymmetry) = (Running::default(), Running::default());
    for _ in 0..samples {
        law.sample(rng, &mut x);
        let along = inner(&x, unit);
        let across = inner(&x, &normal);
        let response = cos * along + sin * across; // x·ŵ
        let gated = if along > 0.0 && response > 0.0 {
            response
        } else {
            0.0
        };
        let a = gated * across / sin;
        mass.push(a);
        asymmetry.push(gated * along - a * cos);
        for (m, x_i) in mean_vector.iter_mut().zip(&x) {
            *m += gated * x_i;
        }
    }
    let count = samples as f64;
    let (along, across) = (
        inner(&mean_vector, unit) / count,
        inner(&mean_vector, &normal) / count,
    );
    let outside = mean_vector
        .iter()
        .zip(unit.iter().zip(&normal))
        .map(|(m, (u, n))| (m / count - along * u - across * n).powi(2))
        .sum::<f64>()
        .sqrt();
    Ok(CoefficientEstimate {
        mass: mass.mean,
        mass_error: mass.standard_error(),
        asymmetry: asymmetry.mean,
        asymmetry_error: asymmetry.standard_error(),
        out_of_plane: outside,
        samples,
    })
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Welford's running mean and variance.
#[derive(Default)]
struct Running {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Running {
    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    fn standard_error(&self) -> f64 {
        (self.squares / (self.count - 1.0) / self.count).sqrt()
    }
}
