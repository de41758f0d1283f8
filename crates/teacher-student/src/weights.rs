use faer::{Mat, MatRef};

use crate::error::Error;
use crate::product::inner_product;

/// First-layer weights: a K × d matrix with one neuron a row, all entries finite, no row zero.
///
/// # Examples
/// ```
/// use teacher_student::Weights;
/// let weights = Weights::from_rows(&[vec![1.0, 0.0, 2.0], vec![0.0, 1.0, 0.0]])?;
/// assert_eq!((weights.neurons(), weights.dimension()), (2, 3));
/// assert!(Weights::from_rows(&[vec![0.0, 0.0]]).is_err()); // a zero neuron has no direction
/// # Ok::<(), teacher_student::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    matrix: Mat<f64>,
}

impl Weights {
    /// Takes a K × d matrix.
    ///
    /// # Errors
    /// No rows or columns, a non-finite entry, or a zero row.
    pub fn new(matrix: Mat<f64>) -> Result<Self, Error> {
        Directions::new("the weight matrix", matrix.as_ref())?;
        Ok(Self { matrix })
    }

    /// Takes K rows of length d.
    ///
    /// # Errors
    /// No rows, rows of different lengths or empty, a non-finite entry, or a zero row.
    pub fn from_rows(rows: &[Vec<f64>]) -> Result<Self, Error> {
        let columns = rows.first().map_or(0, Vec::len);
        if let Some((row, other)) = rows.iter().enumerate().find(|(_, r)| r.len() != columns) {
            return Err(Error::RaggedRows {
                row,
                length: other.len(),
                expected: columns,
            });
        }
        Self::new(Mat::from_fn(rows.len(), columns, |i, j| rows[i][j]))
    }

    /// The first K standard basis vectors of ℝᵈ, the teacher of the symmetric theory.
    ///
    /// # Errors
    /// K = 0, or K > d.
    pub fn orthonormal(neurons: usize, dimension: usize) -> Result<Self, Error> {
        if neurons > dimension {
            return Err(Error::TooManyNeurons { neurons, dimension });
        }
        Self::new(Mat::identity(neurons, dimension))
    }

    /// The matrix, K × d.
    pub fn as_mat(&self) -> MatRef<'_, f64> {
        self.matrix.as_ref()
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.matrix.nrows()
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.matrix.ncols()
    }
}

/// A two-layer bias-free ReLU network x ↦ Σ_j a_j σ(w_j·x): first-layer [`Weights`] and K fixed top weights a_j.
///
/// # Source
/// Tian 2017, Eq 1 (a_j = 1), and g₂ of its §7.3.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    weights: Weights,
    top: Vec<f64>,
}

impl Network {
    /// All top weights 1.
    pub fn new(weights: Weights) -> Self {
        Self {
            top: vec![1.0; weights.neurons()],
            weights,
        }
    }

    /// Given top weights, one a neuron, of any sign.
    ///
    /// # Errors
    /// Their number is not K, or one is not finite.
    pub fn with_top_weights(weights: Weights, top: Vec<f64>) -> Result<Self, Error> {
        check_top("the network", &top, weights.neurons())?;
        Ok(Self { weights, top })
    }

    /// First-layer weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Top weights, one a neuron.
    pub fn top_weights(&self) -> &[f64] {
        &self.top
    }
}

pub(crate) fn check_top(what: &'static str, top: &[f64], neurons: usize) -> Result<(), Error> {
    if top.len() != neurons {
        return Err(Error::TopWeightCount {
            what,
            length: top.len(),
            neurons,
        });
    }
    match top.iter().position(|a| !a.is_finite()) {
        Some(index) => Err(Error::TopWeight {
            what,
            index,
            value: top[index],
        }),
        None => Ok(()),
    }
}

/// The rows of a weight matrix as unit vectors and norms.
#[derive(Debug, Clone)]
pub(crate) struct Directions {
    /// d × K, one unit vector a column, so that every neuron is one slice.
    columns: Mat<f64>,
    /// Norms of the rows.
    pub(crate) norms: Vec<f64>,
}

impl Directions {
    /// Normalises every row after scaling it by a power of two, so that no square leaves the range of a double.
    ///
    /// # Errors
    /// No rows or columns, a non-finite entry, a zero row, or a norm beyond the largest double.
    pub(crate) fn new(what: &'static str, matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let (rows, columns) = matrix.shape();
        if rows == 0 || columns == 0 {
            return Err(Error::EmptyMatrix {
                what,
                rows,
                columns,
            });
        }
        let mut unit = matrix.transpose().to_owned();
        let mut norms = Vec::with_capacity(rows);
        for row in 0..rows {
            norms.push(normalise(what, row, unit.col_as_slice_mut(row))?);
        }
        Ok(Self {
            columns: unit,
            norms,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.norms.len()
    }

    /// The direction of neuron `j`.
    pub(crate) fn unit(&self, j: usize) -> &[f64] {
        self.columns.col_as_slice(j)
    }

    /// All directions, K × d, one a row.
    pub(crate) fn rows(&self) -> MatRef<'_, f64> {
        self.columns.transpose()
    }
}

/// Divides a vector by its norm and returns the norm.
fn normalise(what: &'static str, row: usize, vector: &mut [f64]) -> Result<f64, Error> {
    let largest = vector.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if let Some((column, &value)) = vector.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        return Err(Error::NotFinite {
            what,
            row,
            column,
            value,
        });
    }
    if largest == 0.0 {
        return Err(Error::ZeroNeuron { what, row });
    }
    // Within these bounds squares neither overflow nor underflow against the largest; 2^±600 is exact.
    let scale = if largest > 1e140 {
        2f64.powi(-600)
    } else if largest < 1e-140 {
        2f64.powi(600)
    } else {
        1.0
    };
    if scale != 1.0 {
        for x in vector.iter_mut() {
            *x *= scale;
        }
    }
    let scaled = inner_product(vector, vector).sqrt();
    for x in vector.iter_mut() {
        *x /= scaled;
    }
    let norm = scaled / scale;
    if norm.is_finite() {
        Ok(norm)
    } else {
        Err(Error::NormOverflow { what, row })
    }
}
