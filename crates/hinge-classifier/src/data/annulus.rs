use std::f64::consts::PI;

use numeric::{exponent, times_power_of_two};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::error::{Error, check, check_length, check_positive};
use crate::network::wide::times_power;

/// The law of one class in the coordinates of its subspace: a density on the annulus m ≤ ‖x‖ ≤ M.
pub trait DataLaw {
    /// d_i.
    fn dimension(&self) -> usize;
    /// (m, M).
    fn radii(&self) -> (f64, f64);
    /// Draws a point into `x`, of length d_i.
    ///
    /// # Errors
    /// When the law turns out not to be what it was announced as.
    fn sample<R: Rng + ?Sized>(&self, random: &mut R, x: &mut [f64]) -> Result<(), Error>;
}

/// The uniform law on m ≤ ‖x‖ ≤ M in d dimensions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniformAnnulus {
    dimension: usize,
    inner: f64,
    outer: f64,
}

impl UniformAnnulus {
    /// The law on m ≤ ‖x‖ ≤ M in d ≥ 1 dimensions.
    ///
    /// # Errors
    /// d = 0, or not 0 < m < M < ∞.
    pub fn new(dimension: usize, inner: f64, outer: f64) -> Result<Self, Error> {
        if dimension == 0 {
            return Err(Error::Count {
                name: "dimension",
                value: 0,
                requirement: "at least one dimension is needed",
            });
        }
        check_positive("m", inner)?;
        check(
            "M",
            outer,
            outer > inner && outer.is_finite(),
            "the outer radius must be finite and greater than the inner one",
        )?;
        Ok(Self {
            dimension,
            inner,
            outer,
        })
    }

    /// 1 − (m/M)ᵖ, the share of the ball of ℝᵖ that the annulus fills, accurate for thin annuli and for large p.
    pub(crate) fn filled(&self, power: usize) -> f64 {
        let ratio = (-(self.outer - self.inner) / self.outer).ln_1p();
        -(power as f64 * ratio).exp_m1()
    }

    /// The density p = 1/(V_d (Mᵈ − mᵈ)), V_d the volume of the unit ball; 0 or ∞ where it is outside the range of doubles.
    pub fn density(&self) -> f64 {
        let d = self.dimension;
        // Γ(d/2 + 1)/(√π M)ᵈ, a factor of about 1 at a time.
        let step = 1.0 / (self.outer * PI.sqrt());
        let mut density = if d.is_multiple_of(2) {
            1.0
        } else {
            // Γ(3/2).
            0.5 * PI.sqrt() * step
        };
        let (mut at, mut power) = (d % 2, 0_i32);
        while at < d {
            at += 2;
            density = density * step * (0.5 * at as f64) * step;
            // Out of the reach of over- and underflow on the way.
            let own = exponent(density).unwrap_or(0);
            if own.abs() > 300 {
                density = times_power_of_two(density, -own);
                power = power.saturating_add(own);
            }
        }
        times_power(density / self.filled(d), power)
    }

    /// C_p, the greatest integral of the density over a hyperplane.
    ///
    /// It is 2/(π√(M² − m²)) for d = 2, where the longest chord touches the inner circle, and
    /// p V_{d−1} (M^{d−1} − m^{d−1}) for d ≥ 3, on the hyperplanes through 0. For d = 1 it is p.
    ///
    /// Powers of M and m cancel before they are formed, so that the value is in range for every d.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Lemma 5.1. The proof's C_p ≤ M^{d−1} p_max misses a factor V_{d−1}.
    pub fn slice(&self) -> f64 {
        let (m, outer) = (self.inner, self.outer);
        match self.dimension {
            1 => 0.5 / (outer - m),
            2 => 2.0 / (PI * outer * ((outer - m) / outer * (1.0 + m / outer)).sqrt()),
            d => ball_ratio(d) / outer * (self.filled(d - 1) / self.filled(d)),
        }
    }
}

/// From this dimension on the series of [`ball_ratio`] is exact to the last digit.
const SERIES: usize = 2000;

/// V_{d−1}/V_d of the volumes of unit balls, d ≥ 1.
fn ball_ratio(dimension: usize) -> f64 {
    if dimension >= SERIES {
        // Γ(x + 1)/Γ(x + 1/2) for x = d/2; the term left out is 399/(262144 x⁵).
        let x = 0.5 * dimension as f64;
        let series =
            1.0 + (0.125 + (1.0 / 128.0 - (5.0 / 1024.0 + 21.0 / 32768.0 / x) / x) / x) / x;
        return (x / PI).sqrt() * series;
    }
    // V_{d−1}/V_d · V_{d−2}/V_{d−1} = d/(2π).
    let (mut ratio, mut at) = if dimension.is_multiple_of(2) {
        (2.0 / PI, 2)
    } else {
        (0.5, 1)
    };
    while at < dimension {
        at += 2;
        ratio *= at as f64 / (at - 1) as f64;
    }
    ratio
}

impl DataLaw for UniformAnnulus {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn radii(&self) -> (f64, f64) {
        (self.inner, self.outer)
    }

    fn sample<R: Rng + ?Sized>(&self, random: &mut R, x: &mut [f64]) -> Result<(), Error> {
        check_length("point", x.len(), self.dimension, "the dimension of the law")?;
        let mut square = 0.0;
        while square == 0.0 {
            for entry in x.iter_mut() {
                *entry = random.sample(StandardNormal);
            }
            square = x.iter().map(|x| x * x).sum();
        }
        // (r/M)ᵈ is uniform on [(m/M)ᵈ, 1].
        let below = self.filled(self.dimension) * (1.0 - random.random::<f64>());
        let ratio = ((-below).ln_1p() / self.dimension as f64).exp();
        let scale = (self.outer * ratio).clamp(self.inner, self.outer) / square.sqrt();
        for entry in x.iter_mut() {
            *entry *= scale;
        }
        Ok(())
    }
}
