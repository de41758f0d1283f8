use faer::{Mat, MatRef};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::error::{Error, check, check_positive};
use crate::network::check_label;
use crate::subspaces::Subspaces;

/// Draws of a density before it is given up as one that rejects everything.
const PATIENCE: usize = 1_000_000;

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
}

impl DataLaw for UniformAnnulus {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn radii(&self) -> (f64, f64) {
        (self.inner, self.outer)
    }

    fn sample<R: Rng + ?Sized>(&self, random: &mut R, x: &mut [f64]) -> Result<(), Error> {
        let mut square = 0.0;
        while square == 0.0 {
            for entry in x.iter_mut() {
                *entry = random.sample(StandardNormal);
            }
            square = x.iter().map(|x| x * x).sum();
        }
        let power = self.dimension as f64;
        let (low, high) = (self.inner.powf(power), self.outer.powf(power));
        let radius = (low + (high - low) * random.random::<f64>()).powf(1.0 / power);
        let scale = radius.clamp(self.inner, self.outer) / square.sqrt();
        for entry in x.iter_mut() {
            *entry *= scale;
        }
        Ok(())
    }
}

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
        self.annulus.dimension
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
                    norm: x.iter().map(|x| x * x).sum::<f64>().sqrt(),
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

/// A finite grid in polar coordinates of a plane: every radius in every direction.
#[derive(Debug, Clone, PartialEq)]
pub struct PolarGrid {
    radii: Vec<f64>,
    directions: Vec<[f64; 2]>,
}

impl PolarGrid {
    /// The radii, positive, and `angles` directions jπ·2/angles for j = 1, …, angles.
    ///
    /// # Errors
    /// No radius or no angle, or a radius that is not positive.
    pub fn new(radii: &[f64], angles: usize) -> Result<Self, Error> {
        if radii.is_empty() || angles == 0 {
            return Err(Error::Count {
                name: "radii or angles",
                value: 0,
                requirement: "a grid needs at least one radius and one angle",
            });
        }
        for &radius in radii {
            check_positive("radius", radius)?;
        }
        let step = 2.0 * std::f64::consts::PI / angles as f64;
        let directions = (1..=angles)
            .map(|j| {
                let (sin, cos) = (j as f64 * step).sin_cos();
                [cos, sin]
            })
            .collect();
        let mut radii = radii.to_vec();
        radii.sort_by(f64::total_cmp);
        Ok(Self { radii, directions })
    }

    /// The grid of §6.1: radii 20/j for j = 10, …, 20 and angles jπ/40 for j = 1, …, 80, 880 points.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, §6.1.
    pub fn paper() -> Self {
        let radii: Vec<f64> = (10..=20).rev().map(|j| 20.0 / f64::from(j)).collect();
        // The arguments are valid.
        Self::new(&radii, 80).unwrap_or(Self {
            radii,
            directions: Vec::new(),
        })
    }

    /// The radii, ascending.
    pub fn radii(&self) -> &[f64] {
        &self.radii
    }

    /// The unit vectors.
    pub fn directions(&self) -> &[[f64; 2]] {
        &self.directions
    }
}

/// Labelled points in ℝᵈ.
#[derive(Debug, Clone)]
pub struct DataSet {
    points: Mat<f64>,
    labels: Vec<usize>,
    classes: usize,
}

impl DataSet {
    /// Given points, one a row, with their labels 0, …, n − 1.
    ///
    /// # Errors
    /// Another number of labels than points, a label that is no class, a class without points, an entry that is not
    /// finite.
    pub fn new(points: MatRef<'_, f64>, labels: &[usize], classes: usize) -> Result<Self, Error> {
        crate::error::check_length("labels", labels.len(), points.nrows(), "one label a point")?;
        for &label in labels {
            check_label(label, classes)?;
        }
        if let Some(class) = (0..classes).find(|class| !labels.contains(class)) {
            return Err(Error::EmptyClass { class });
        }
        for i in 0..points.nrows() {
            for c in 0..points.ncols() {
                check(
                    "point",
                    points[(i, c)],
                    points[(i, c)].is_finite(),
                    "it must be finite",
                )?;
            }
        }
        Ok(Self {
            points: points.to_owned(),
            labels: labels.to_vec(),
            classes,
        })
    }

    /// `count` points of each class: class i is drawn from `laws[i]` in the i-th subspace.
    ///
    /// # Errors
    /// Numbers or dimensions that do not fit, no points, or an error of a law.
    pub fn drawn<R: Rng + ?Sized, L: DataLaw>(
        random: &mut R,
        spaces: &Subspaces,
        laws: &[L],
        count: usize,
    ) -> Result<Self, Error> {
        crate::error::check_length("laws", laws.len(), spaces.len(), "one law a subspace")?;
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for (class, law) in laws.iter().enumerate() {
            let mut x = vec![0.0; law.dimension()];
            for _ in 0..count {
                law.sample(random, &mut x)?;
                rows.push(spaces.lift(class, &x)?);
                labels.push(class);
            }
        }
        let points = Mat::from_fn(rows.len(), spaces.dimension(), |i, c| rows[i][c]);
        Self::new(points.as_ref(), &labels, laws.len())
    }

    /// The polar grid in each of the subspaces, which must be planes.
    ///
    /// # Errors
    /// A subspace that is no plane.
    pub fn grid(spaces: &Subspaces, grid: &PolarGrid) -> Result<Self, Error> {
        let mut rows = Vec::new();
        let mut labels = Vec::new();
        for class in 0..spaces.len() {
            for direction in grid.directions() {
                for radius in grid.radii() {
                    let x = direction.map(|x| radius * x);
                    rows.push(spaces.lift(class, &x)?);
                    labels.push(class);
                }
            }
        }
        let points = Mat::from_fn(rows.len(), spaces.dimension(), |i, c| rows[i][c]);
        Self::new(points.as_ref(), &labels, spaces.len())
    }

    /// The same points, each moved by an independent N(0, s²I) of the whole space.
    ///
    /// # Errors
    /// A deviation s that is negative or not finite.
    pub fn with_noise<R: Rng + ?Sized>(
        mut self,
        random: &mut R,
        deviation: f64,
    ) -> Result<Self, Error> {
        check(
            "deviation",
            deviation,
            deviation >= 0.0 && deviation.is_finite(),
            "it must be finite and not negative",
        )?;
        for i in 0..self.points.nrows() {
            for c in 0..self.points.ncols() {
                let normal: f64 = random.sample(StandardNormal);
                self.points[(i, c)] += deviation * normal;
            }
        }
        Ok(self)
    }

    /// The points, N × d.
    pub fn points(&self) -> MatRef<'_, f64> {
        self.points.as_ref()
    }

    /// The labels, one a point.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// n.
    pub fn classes(&self) -> usize {
        self.classes
    }
}
