use std::sync::OnceLock;

use faer::{Mat, MatRef};
use numeric::{inner_product, largest_exponent, times_power_of_two};

use crate::error::Error;
use crate::product::column;
use crate::scratch::reshape;

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

    /// Takes K·d numbers, neuron by neuron: the state of a [`GradientFlow`](crate::GradientFlow) in dimension d.
    ///
    /// # Errors
    /// No numbers, or a number of them that is no multiple of d, a non-finite entry, or a zero row.
    pub fn from_state(state: &[f64], dimension: usize) -> Result<Self, Error> {
        let rows = state.len() / dimension.max(1);
        if rows * dimension != state.len() {
            return Err(Error::StartLength {
                length: state.len(),
                dimension: (rows + 1) * dimension,
            });
        }
        Self::new(MatRef::from_row_major_slice(state, rows, dimension).to_owned())
    }

    /// The K·d numbers, neuron by neuron.
    ///
    /// # Examples
    /// ```
    /// use teacher_student::Weights;
    /// let weights = Weights::from_rows(&[vec![1.0, 2.0], vec![3.0, 4.0]])?;
    /// assert_eq!(weights.state(), [1.0, 2.0, 3.0, 4.0]);
    /// assert_eq!(Weights::from_state(&weights.state(), 2)?, weights);
    /// # Ok::<(), teacher_student::Error>(())
    /// ```
    pub fn state(&self) -> Vec<f64> {
        state_of(self.as_mat())
    }

    /// Neuron `j`, d numbers; empty if there is none of that number.
    pub fn row(&self, j: usize) -> Vec<f64> {
        if j < self.neurons() {
            self.matrix.row(j).iter().copied().collect()
        } else {
            Vec::new()
        }
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

impl<'a> From<&'a Weights> for MatRef<'a, f64> {
    fn from(weights: &'a Weights) -> Self {
        weights.as_mat()
    }
}

/// A K × d matrix as a state, neuron by neuron.
pub fn state_of(weights: MatRef<'_, f64>) -> Vec<f64> {
    (0..weights.nrows())
        .flat_map(|j| (0..weights.ncols()).map(move |i| weights[(j, i)]))
        .collect()
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
    /// K × d, one unit vector a row: the neurons lie side by side in every column, so that registers hold many of them.
    rows: Mat<f64>,
    /// Norms of the rows.
    pub(crate) norms: Vec<f64>,
    /// What the rows were multiplied by.
    shrink: Vec<f64>,
    /// d × K, made when the first single neuron is asked for.
    columns: OnceLock<Mat<f64>>,
}

impl Default for Directions {
    fn default() -> Self {
        Self {
            rows: Mat::new(),
            norms: Vec::new(),
            shrink: Vec::new(),
            columns: OnceLock::new(),
        }
    }
}

impl Directions {
    /// Normalises every row; one whose square leaves the range of a double is scaled by a power of two first.
    ///
    /// # Errors
    /// No rows or columns, a non-finite entry, a zero row, or a norm beyond the largest double.
    pub(crate) fn new(what: &'static str, matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let mut directions = Self::default();
        directions.set(what, matrix)?;
        Ok(directions)
    }

    /// Of weights, which have been checked.
    pub(crate) fn of(weights: &Weights) -> Self {
        let mut directions = Self::default();
        // Weights are finite, have no zero row, and their norms are doubles: nothing is left to refuse.
        let checked = directions.set("the weight matrix", weights.as_mat());
        debug_assert!(checked.is_ok());
        directions
    }

    /// As [`new`](Self::new), in the memory at hand.
    pub(crate) fn set(&mut self, what: &'static str, matrix: MatRef<'_, f64>) -> Result<(), Error> {
        let (k, d) = matrix.shape();
        if k == 0 || d == 0 {
            return Err(Error::EmptyMatrix {
                what,
                rows: k,
                columns: d,
            });
        }
        let Self {
            rows,
            norms,
            shrink,
            columns,
        } = self;
        *columns = OnceLock::new();
        reshape(rows, k, d);
        rows.copy_from(matrix);
        norms.clear();
        norms.resize(k, 0.0);
        shrink.clear();
        shrink.resize(k, 1.0);
        pulp::Arch::new().dispatch(Squares {
            rows: rows.as_ref(),
            sums: norms,
        });
        for (row, (norm, shrink)) in norms.iter_mut().zip(shrink.iter_mut()).enumerate() {
            // Within these bounds no square overflows, and none that matters underflows.
            if (1e-250..1e250).contains(norm) {
                *norm = norm.sqrt();
                *shrink = norm.recip();
            } else {
                let mut vector: Vec<f64> = rows.row(row).iter().copied().collect();
                *norm = normalise(what, row, &mut vector)?;
                for (column, value) in vector.into_iter().enumerate() {
                    rows[(row, column)] = value;
                }
            }
        }
        for c in 0..d {
            for (x, shrink) in rows.col_as_slice_mut(c).iter_mut().zip(shrink.iter()) {
                *x *= shrink;
            }
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.norms.len()
    }

    pub(crate) fn dimension(&self) -> usize {
        self.rows.ncols()
    }

    /// The direction of neuron `j`.
    pub(crate) fn unit(&self, j: usize) -> &[f64] {
        self.columns
            .get_or_init(|| self.rows.transpose().to_owned())
            .col_as_slice(j)
    }

    /// All directions, K × d, one a row.
    pub(crate) fn rows(&self) -> MatRef<'_, f64> {
        self.rows.as_ref()
    }
}

/// Neurons that are summed side by side.
const LANES: usize = 16;
/// Entries in a partial sum: two levels of sums keep the rounding of long ones small.
const PARTIAL: usize = 32;

/// Σ_c x_jc² of every row j.
struct Squares<'a> {
    rows: MatRef<'a, f64>,
    sums: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Squares<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let (blocks, rest) = self.sums.as_chunks_mut::<LANES>();
        let from = blocks.len() * LANES;
        for start in (0..self.rows.ncols()).step_by(PARTIAL) {
            let columns = start..self.rows.ncols().min(start + PARTIAL);
            for (block, sums) in blocks.iter_mut().enumerate() {
                let from = block * LANES;
                let mut partial = [0.0; LANES];
                for c in columns.clone() {
                    let column = &column(self.rows, c)[from..from + LANES];
                    for lane in 0..LANES {
                        partial[lane] += column[lane] * column[lane];
                    }
                }
                for lane in 0..LANES {
                    sums[lane] += partial[lane];
                }
            }
            let mut partial = [0.0; LANES];
            for c in columns {
                for (sum, x) in partial.iter_mut().zip(&column(self.rows, c)[from..]) {
                    *sum += x * x;
                }
            }
            for (sum, partial) in rest.iter_mut().zip(partial) {
                *sum += partial;
            }
        }
    }
}

/// Divides a vector by its norm and returns the norm.
fn normalise(what: &'static str, row: usize, vector: &mut [f64]) -> Result<f64, Error> {
    if let Some((column, &value)) = vector.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        return Err(Error::NotFinite {
            what,
            row,
            column,
            value,
        });
    }
    let Some(exponent) = largest_exponent(vector) else {
        return Err(Error::ZeroNeuron { what, row });
    };
    for x in vector.iter_mut() {
        *x = times_power_of_two(*x, -exponent);
    }
    let scaled = inner_product(vector, vector).sqrt();
    for x in vector.iter_mut() {
        *x /= scaled;
    }
    let norm = times_power_of_two(scaled, exponent);
    if norm.is_finite() {
        Ok(norm)
    } else {
        Err(Error::NormOverflow { what, row })
    }
}
