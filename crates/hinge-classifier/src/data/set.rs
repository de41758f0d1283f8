use faer::{Mat, MatRef};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::annulus::DataLaw;
use super::grid::PolarGrid;
use super::subspaces::Subspaces;
use crate::error::{Error, check, check_length};
use crate::network::check_label;

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
    /// finite, points without coordinates.
    pub fn new(points: MatRef<'_, f64>, labels: &[usize], classes: usize) -> Result<Self, Error> {
        check_length("labels", labels.len(), points.nrows(), "one label a point")?;
        if points.ncols() == 0 {
            return Err(Error::NoDimension {
                rows: points.nrows(),
                columns: 0,
            });
        }
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

    /// The same from the points one after the other.
    ///
    /// # Examples
    /// ```
    /// use hinge_classifier::DataSet;
    /// let data = DataSet::from_rows(&[[1.0, 0.0], [0.0, 2.0]], &[0, 1], 2)?;
    /// assert_eq!(data.points().shape(), (2, 2));
    /// # Ok::<(), hinge_classifier::Error>(())
    /// ```
    ///
    /// # Errors
    /// Points of different lengths, or an error of [`DataSet::new`].
    pub fn from_rows<R: AsRef<[f64]>>(
        rows: &[R],
        labels: &[usize],
        classes: usize,
    ) -> Result<Self, Error> {
        let dimension = rows.first().map_or(0, |row| row.as_ref().len());
        for row in rows {
            let length = row.as_ref().len();
            check_length("point", length, dimension, "the length of the first point")?;
        }
        let points = Mat::from_fn(rows.len(), dimension, |i, c| rows[i].as_ref()[c]);
        Self::new(points.as_ref(), labels, classes)
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
        check_length("laws", laws.len(), spaces.len(), "one law a subspace")?;
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
            spaces.check_plane(class)?;
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
    /// A deviation s that is negative or not finite, or so large that a moved point is not finite.
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
                let moved = self.points[(i, c)] + deviation * normal;
                check(
                    "deviation",
                    deviation,
                    moved.is_finite(),
                    "it moves a point out of the range of doubles",
                )?;
                self.points[(i, c)] = moved;
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
