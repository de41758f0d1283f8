use std::sync::OnceLock;

use dense::Singular;
use faer::{Mat, MatRef};
use teacher_student::Weights;

use crate::directions::Directions;
use crate::error::{Error, decomposition, same_dimension};

/// Unit teachers whose singular values are below this share of the largest count as dependent.
const RANK_TOLERANCE: f64 = 1e-10;
/// In more dimensions a basis of the complement, d² numbers, is made only where it is asked for.
const LARGEST_FRAME: usize = 1024;

/// Π*, the span of the teachers: dimension r ≤ min(K′, d), with an orthonormal basis of it and of its complement.
///
/// The rank r is the number of singular values of the unit teachers (lengths do not count) above 1e-10 of the largest,
/// or above another tolerance.
///
/// # Examples
/// ```
/// use critical_points::PrincipalPlane;
/// use teacher_student::Weights;
/// let teacher = Weights::from_rows(&[vec![1.0, 1.0, 0.0], vec![1.0, -1.0, 0.0]])?;
/// let plane = PrincipalPlane::new(&teacher)?;
/// assert_eq!(plane.rank(), 2);
/// let (inside, outside) = plane.split(&[1.0, 2.0, 3.0])?;
/// assert!((inside[1] - 2.0).abs() < 1e-15 && (outside[2] - 3.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Source
/// Tian 2017, §5, the principal hyperplane.
#[derive(Debug, Clone)]
pub struct PrincipalPlane {
    dimension: usize,
    /// d × d, orthogonal, and where d is large d × min(K′, d); the first r columns span Π*.
    frame: Mat<f64>,
    /// A basis of the complement where the frame has none, once it is asked for.
    complement: OnceLock<Mat<f64>>,
    rank: usize,
    singular_values: Vec<f64>,
}

impl PrincipalPlane {
    /// The plane of a teacher, with the tolerance 1e-10.
    ///
    /// # Errors
    /// A norm beyond the largest double, or singular values that do not converge.
    pub fn new(teacher: &Weights) -> Result<Self, Error> {
        Self::with_tolerance(teacher, RANK_TOLERANCE)
    }

    /// The plane of a teacher, with a relative tolerance for the rank.
    ///
    /// # Errors
    /// As [`new`](Self::new), and for a tolerance outside [0, 1).
    pub fn with_tolerance(teacher: &Weights, tolerance: f64) -> Result<Self, Error> {
        if !(0.0..1.0).contains(&tolerance) {
            return Err(Error::OutOfRange {
                name: "tolerance",
                value: tolerance,
                requirement: "the relative tolerance of a rank must lie in [0, 1)",
            });
        }
        let unit = Directions::new("a teacher's norm", teacher)?.unit;
        let (rows, columns) = (unit.len(), teacher.dimension());
        // One teacher a column, so that the left singular vectors are a frame of ℝᵈ.
        let matrix = Mat::from_fn(columns, rows, |i, j| unit[j][i]);
        let parts = if columns > LARGEST_FRAME {
            Singular::thin(matrix.as_ref())
                .map_err(|error| decomposition("singular values", matrix.as_ref(), &error))?
        } else {
            singular(matrix.as_ref())?
        };
        let least = tolerance * parts.values().first().copied().unwrap_or(0.0);
        Ok(Self {
            dimension: columns,
            rank: parts
                .values()
                .iter()
                .filter(|value| **value > least)
                .count(),
            frame: parts.left().to_owned(),
            complement: OnceLock::new(),
            singular_values: parts.values().to_vec(),
        })
    }

    /// r, the dimension of Π*.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The singular values of the unit teachers, descending: how clear the rank is.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular_values
    }

    /// An orthonormal basis of Π*, one vector a column: d × r.
    pub fn basis(&self) -> MatRef<'_, f64> {
        self.frame.as_ref().subcols(0, self.rank)
    }

    /// An orthonormal basis of the complement of Π*, one vector a column: d × (d − r).
    pub fn complement(&self) -> MatRef<'_, f64> {
        let outside = self.dimension - self.rank;
        if self.frame.ncols() == self.dimension {
            return self.frame.as_ref().subcols(self.rank, outside);
        }
        let frame = self.complement.get_or_init(|| {
            // The entries of a basis are finite.
            Singular::new(self.basis()).map_or_else(
                |_| Mat::zeros(self.dimension, outside),
                |parts| parts.left().subcols(self.rank, outside).to_owned(),
            )
        });
        frame.as_ref()
    }

    /// The coordinates of a vector along the [`basis`](Self::basis), r of them.
    ///
    /// # Errors
    /// A vector of another dimension.
    pub fn coordinates(&self, vector: &[f64]) -> Result<Vec<f64>, Error> {
        same_dimension(
            "the vector",
            vector.len(),
            "the principal plane",
            self.dimension(),
        )?;
        Ok(along(self.basis(), vector))
    }

    /// The parts of a vector inside and outside of Π*.
    ///
    /// # Errors
    /// A vector of another dimension.
    pub fn split(&self, vector: &[f64]) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let inside = self.coordinates(vector)?;
        if self.frame.ncols() < self.dimension {
            return Ok(self.split_without_frame(vector, &inside));
        }
        let outside = along(self.complement(), vector);
        Ok((
            combined(self.basis(), &inside),
            combined(self.complement(), &outside),
        ))
    }

    /// The parts of a vector by subtraction, twice: the second takes away what rounding left of the plane in the first, so that
    /// the part outside is as orthogonal to Π* as by a basis of the complement.
    fn split_without_frame(&self, vector: &[f64], coordinates: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let within = combined(self.basis(), coordinates);
        let outside: Vec<f64> = vector.iter().zip(&within).map(|(x, y)| x - y).collect();
        let left = combined(self.basis(), &along(self.basis(), &outside));
        let outside = outside.iter().zip(&left).map(|(x, y)| x - y).collect();
        let within = within.iter().zip(&left).map(|(x, y)| x + y).collect();
        (within, outside)
    }

    /// The largest ‖part outside of Π*‖/‖w_j‖ over the neurons: 0 for an in-plane point.
    ///
    /// # Errors
    /// Weights of another dimension, or a norm beyond the largest double.
    pub fn departure(&self, student: &Weights) -> Result<f64, Error> {
        let mut largest = 0.0_f64;
        for unit in Directions::new("a student's norm", student)?.unit {
            let (_, outside) = self.split(&unit)?;
            largest = largest.max(outside.iter().map(|x| x * x).sum::<f64>().sqrt());
        }
        Ok(largest)
    }
}

fn along(basis: MatRef<'_, f64>, vector: &[f64]) -> Vec<f64> {
    (0..basis.ncols())
        .map(|c| {
            vector
                .iter()
                .enumerate()
                .map(|(i, x)| basis[(i, c)] * x)
                .sum()
        })
        .collect()
}

fn combined(basis: MatRef<'_, f64>, coordinates: &[f64]) -> Vec<f64> {
    (0..basis.nrows())
        .map(|i| {
            coordinates
                .iter()
                .enumerate()
                .map(|(c, x)| basis[(i, c)] * x)
                .sum()
        })
        .collect()
}

/// All singular values and vectors.
pub(crate) fn singular(matrix: MatRef<'_, f64>) -> Result<Singular, Error> {
    Singular::new(matrix).map_err(|error| decomposition("singular values", matrix, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In 1500 dimensions, without a frame of ℝᵈ: parts sum up to the vector, the part outside is orthogonal to the teachers,
    /// and a basis of the complement, once it is asked for, gives the same part.
    #[test]
    fn a_plane_in_many_dimensions() {
        let dimension = 1500;
        let entry = |j: usize, i: usize| ((37 * i + 101 * j + 13) % 97) as f64 / 48.0 - 1.0;
        let row = |j: usize| -> Vec<f64> { (0..dimension).map(|i| entry(j, i)).collect() };
        let teacher = Weights::from_rows(&[row(0), row(1), row(2)]).expect("weights");
        let plane = PrincipalPlane::new(&teacher).expect("a plane");
        assert_eq!((plane.rank(), plane.dimension()), (3, dimension));
        let vector = row(7);
        let (inside, outside) = plane.split(&vector).expect("parts");
        for i in 0..dimension {
            assert!((inside[i] + outside[i] - vector[i]).abs() < 1e-15);
        }
        // Sums of 1500 products of numbers below 1, each rounded.
        for j in 0..3 {
            let dot: f64 = outside.iter().zip(row(j)).map(|(x, y)| x * y).sum();
            assert!(dot.abs() < 1e-12, "{dot}");
        }
        let frame = plane.complement();
        assert_eq!(frame.shape(), (dimension, dimension - 3));
        let expected = combined(frame, &along(frame, &vector));
        for i in 0..dimension {
            assert!((outside[i] - expected[i]).abs() < 1e-12);
        }
    }
}
