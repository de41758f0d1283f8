use faer::{Mat, MatRef};
use numeric::{largest_exponent, norm, scaled};

use crate::error::{Error, check, check_finite, check_length};

/// The largest cosine between vectors of two subspaces that is taken for rounding: orthonormal frames of d ≤ 10⁴
/// dimensions computed in double precision stay a hundred times below.
const ORTHOGONAL: f64 = 1e-10;
/// A basis vector with less of its length left after projection is taken to depend on the earlier ones.
const INDEPENDENT: f64 = 1e-10;

/// n subspaces V_i of ℝᵈ, each with an orthonormal frame.
///
/// # Source
/// Long, Yin & Xin 2021, §2 (separability) and §6.1 (planes at an angle).
#[derive(Debug, Clone)]
pub struct Subspaces {
    /// d_i × d, orthonormal rows.
    frames: Vec<Mat<f64>>,
    dimension: usize,
    cosine: f64,
}

impl Subspaces {
    /// Orthogonal subspaces that fill the space, each given by any basis: a d_i × d matrix with a vector a row.
    ///
    /// # Errors
    /// Vectors of two subspaces that are not orthogonal, dependent vectors in a basis, dimensions that do not sum to d,
    /// an entry that is not finite.
    pub fn orthogonal(bases: &[MatRef<'_, f64>]) -> Result<Self, Error> {
        let spaces = Self::any(bases)?;
        let sum = spaces.frames.iter().map(Mat::nrows).sum();
        for first in 0..bases.len() {
            for second in first + 1..bases.len() {
                let cosine = largest_cosine(&spaces.frames[first], &spaces.frames[second]);
                if cosine > ORTHOGONAL {
                    return Err(Error::NotOrthogonal {
                        first,
                        second,
                        cosine,
                        limit: ORTHOGONAL,
                    });
                }
            }
        }
        if sum != spaces.dimension {
            return Err(Error::NotFilling {
                sum,
                dimension: spaces.dimension,
            });
        }
        Ok(spaces)
    }

    /// The coordinate subspaces of the given dimensions: the first d₁ axes, the next d₂, and so on.
    ///
    /// # Errors
    /// No subspace, or a dimension of zero.
    pub fn coordinate(dimensions: &[usize]) -> Result<Self, Error> {
        let dimension = dimensions.iter().sum();
        let mut from = 0;
        let mut bases = Vec::new();
        for &own in dimensions {
            bases.push(Mat::from_fn(own, dimension, |i, c| {
                f64::from(u8::from(c == from + i))
            }));
            from += own;
        }
        let bases: Vec<MatRef<'_, f64>> = bases.iter().map(Mat::as_ref).collect();
        Self::any(&bases)
    }

    /// The two planes of §6.1 in ℝ⁴: Span(e₁, sin θ e₂ + cos θ e₃) and Span(e₃, e₄), at the angle 0 < θ ≤ π/2.
    ///
    /// # Errors
    /// An angle outside (0, π/2].
    pub fn planes_at_angle(theta: f64) -> Result<Self, Error> {
        check(
            "theta",
            theta,
            theta > 0.0 && theta <= std::f64::consts::FRAC_PI_2,
            "the angle between the planes must be in (0, π/2]",
        )?;
        // At π/2 the cosine of the nearest double is 6e-17 and belongs to rounding.
        let (sin, cos) = if theta == std::f64::consts::FRAC_PI_2 {
            (1.0, 0.0)
        } else {
            theta.sin_cos()
        };
        let first = Mat::from_fn(2, 4, |i, c| {
            [[1.0, 0.0, 0.0, 0.0], [0.0, sin, cos, 0.0]][i][c]
        });
        let second = Mat::from_fn(2, 4, |i, c| f64::from(u8::from(c == i + 2)));
        Ok(Self {
            cosine: cos,
            frames: vec![first, second],
            dimension: 4,
        })
    }

    pub(crate) fn any(bases: &[MatRef<'_, f64>]) -> Result<Self, Error> {
        let Some(first) = bases.first() else {
            return Err(Error::Count {
                name: "subspaces",
                value: 0,
                requirement: "at least one is needed",
            });
        };
        let dimension = first.ncols();
        let mut frames = Vec::with_capacity(bases.len());
        for (subspace, basis) in bases.iter().enumerate() {
            check_length(
                "basis vector",
                basis.ncols(),
                dimension,
                "all bases live in one space",
            )?;
            if basis.nrows() == 0 {
                return Err(Error::Count {
                    name: "basis",
                    value: 0,
                    requirement: "a subspace needs at least one basis vector",
                });
            }
            frames.push(frame(*basis, subspace)?);
        }
        let mut spaces = Self {
            frames,
            dimension,
            cosine: 0.0,
        };
        for i in 0..bases.len() {
            for r in i + 1..bases.len() {
                let cosine = largest_cosine(&spaces.frames[i], &spaces.frames[r]);
                spaces.cosine = spaces.cosine.max(cosine);
            }
        }
        Ok(spaces)
    }

    /// n.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is no subspace: never.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The largest cosine between two frame vectors of different subspaces: 0 up to rounding if they are orthogonal.
    pub fn largest_cosine(&self) -> f64 {
        self.cosine
    }

    /// The orthonormal frame of a subspace, d_i × d.
    ///
    /// # Errors
    /// No such subspace.
    pub fn frame(&self, subspace: usize) -> Result<MatRef<'_, f64>, Error> {
        self.check_subspace(subspace)?;
        Ok(self.frames[subspace].as_ref())
    }

    /// Checks that there is such a subspace.
    pub(super) fn check_subspace(&self, index: usize) -> Result<(), Error> {
        if index < self.len() {
            return Ok(());
        }
        Err(Error::Count {
            name: "subspace",
            value: index,
            requirement: "there are fewer subspaces, counted from 0",
        })
    }

    /// Checks that a subspace is a plane.
    pub(crate) fn check_plane(&self, class: usize) -> Result<(), Error> {
        let dimension = self.frame(class)?.nrows();
        if dimension == 2 {
            return Ok(());
        }
        Err(Error::NoPlane { class, dimension })
    }

    /// The point of ℝᵈ with given coordinates in a frame.
    ///
    /// # Errors
    /// Another number of coordinates than d_i, or no such subspace.
    pub fn lift(&self, subspace: usize, coordinates: &[f64]) -> Result<Vec<f64>, Error> {
        self.check_subspace(subspace)?;
        let frame = &self.frames[subspace];
        check_length(
            "coordinates",
            coordinates.len(),
            frame.nrows(),
            "the dimension of the subspace",
        )?;
        Ok((0..self.dimension)
            .map(|c| {
                (0..frame.nrows())
                    .map(|i| coordinates[i] * frame[(i, c)])
                    .sum()
            })
            .collect())
    }

    /// The coordinates in a frame of the orthogonal projection of each row of k × d weights, row by row: k × d_i.
    ///
    /// # Errors
    /// A length that is no multiple of d, or no such subspace.
    pub fn project(&self, subspace: usize, weights: &[f64]) -> Result<Vec<f64>, Error> {
        self.check_subspace(subspace)?;
        let neurons = weights.len() / self.dimension;
        check_length(
            "weights",
            weights.len(),
            neurons * self.dimension,
            "k times d, row by row",
        )?;
        let frame = &self.frames[subspace];
        let mut out = Vec::with_capacity(neurons * frame.nrows());
        for row in weights.chunks_exact(self.dimension) {
            for i in 0..frame.nrows() {
                out.push((0..self.dimension).map(|c| row[c] * frame[(i, c)]).sum());
            }
        }
        Ok(out)
    }
}

/// Orthonormal rows with the same span: Gram–Schmidt, each vector projected twice.
fn frame(basis: MatRef<'_, f64>, subspace: usize) -> Result<Mat<f64>, Error> {
    let (rows, dimension) = basis.shape();
    let mut done: Vec<Vec<f64>> = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut v: Vec<f64> = (0..dimension).map(|c| basis[(row, c)]).collect();
        check_finite("basis", &v)?;
        // A power of two brings the length near 1: no product overflows or vanishes.
        if let Some(exponent) = largest_exponent(&v) {
            v = scaled(&v, -exponent);
        }
        let whole = norm(&v);
        for _ in 0..2 {
            for u in &done {
                let along: f64 = u.iter().zip(&v).map(|(a, b)| a * b).sum();
                v.iter_mut().zip(u).for_each(|(x, u)| *x -= along * u);
            }
        }
        let length = norm(&v);
        if length.is_nan() || length <= INDEPENDENT * whole {
            return Err(Error::Dependent {
                subspace,
                row,
                rest: if whole > 0.0 { length / whole } else { 0.0 },
            });
        }
        for entry in &mut v {
            *entry /= length;
        }
        done.push(v);
    }
    Ok(Mat::from_fn(rows, dimension, |i, c| done[i][c]))
}

fn largest_cosine(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    let mut largest = 0.0_f64;
    for i in 0..a.nrows() {
        for j in 0..b.nrows() {
            let cosine: f64 = (0..a.ncols()).map(|c| a[(i, c)] * b[(j, c)]).sum();
            largest = largest.max(cosine.abs());
        }
    }
    largest
}
