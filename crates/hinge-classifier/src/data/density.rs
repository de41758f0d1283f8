use numeric::norm;
use rand::{Rng, RngExt};

use super::annulus::{DataLaw, UniformAnnulus};
use crate::error::{Error, check, check_positive};

/// Draws of a density before it is given up as one that rejects everything.
const PATIENCE: usize = 1_000_000;

/// A law with any density between two positive bounds on an annulus, drawn by rejection from the uniform law.
///
/// The density need not be normalised.
#[derive(Debug, Clone)]
pub struct BoundedDensity<F> {
    annulus: UniformAnnulus,
    density: F,
    least: f64,
    greatest: f64,
}

impl<F: Fn(&[f64]) -> f64> BoundedDensity<F> {
    /// The law with density proportional to `density`, which lies in [least, greatest].
    ///
    /// # Errors
    /// Not 0 < least ≤ greatest < ∞.
    pub fn new(
        annulus: UniformAnnulus,
        density: F,
        least: f64,
        greatest: f64,
    ) -> Result<Self, Error> {
        check_positive("least density", least)?;
        check(
            "greatest density",
            greatest,
            greatest >= least && greatest.is_finite(),
            "it must be finite and not below the least density",
        )?;
        Ok(Self {
            annulus,
            density,
            least,
            greatest,
        })
    }
}

impl<F: Fn(&[f64]) -> f64> DataLaw for BoundedDensity<F> {
    fn dimension(&self) -> usize {
        self.annulus.dimension()
    }

    fn radii(&self) -> (f64, f64) {
        self.annulus.radii()
    }

    fn sample<R: Rng + ?Sized>(&self, random: &mut R, x: &mut [f64]) -> Result<(), Error> {
        for _ in 0..PATIENCE {
            self.annulus.sample(random, x)?;
            let value = (self.density)(x);
            if !(value >= self.least && value <= self.greatest) {
                return Err(Error::Density {
                    value,
                    norm: norm(x),
                    least: self.least,
                    greatest: self.greatest,
                });
            }
            if random.random::<f64>() * self.greatest < value {
                return Ok(());
            }
        }
        Err(Error::OutOfRange {
            name: "least/greatest density",
            value: self.least / self.greatest,
            requirement: "a million draws were rejected: give tighter bounds",
        })
    }
}
