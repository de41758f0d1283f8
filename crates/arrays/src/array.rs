#[cfg(feature = "faer")]
use faer::{Mat, MatRef};

/// Numbers with a shape, the last axis fastest.
///
/// # Examples
/// ```
/// use arrays::Array;
/// let array = Array::new(vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).expect("2 x 3 = 6 numbers");
/// assert_eq!(array.data()[3], 4.0); // row 1, column 0
/// assert!(Array::new(vec![2, 2], vec![1.0]).is_none());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    shape: Vec<usize>,
    data: Vec<f64>,
}

impl Array {
    /// Numbers in row order; `None` if their count is not the product of the shape.
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Option<Self> {
        let count = shape.iter().try_fold(1_usize, |n, &m| n.checked_mul(m));
        (count == Some(data.len())).then_some(Self { shape, data })
    }

    /// One axis.
    pub fn vector(data: Vec<f64>) -> Self {
        Self {
            shape: vec![data.len()],
            data,
        }
    }

    /// The lengths of the axes.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers in row order.
    pub fn data(&self) -> &[f64] {
        &self.data
    }
}

#[cfg(feature = "faer")]
impl Array {
    /// Two axes.
    pub fn matrix(matrix: MatRef<'_, f64>) -> Self {
        let (rows, columns) = matrix.shape();
        let data = (0..rows).flat_map(|i| (0..columns).map(move |j| matrix[(i, j)]));
        Self {
            shape: vec![rows, columns],
            data: data.collect(),
        }
    }

    /// As a matrix, if it has two axes.
    pub fn to_matrix(&self) -> Option<Mat<f64>> {
        match self.shape[..] {
            [rows, columns] => Some(Mat::from_fn(rows, columns, |i, j| {
                self.data[i * columns + j]
            })),
            _ => None,
        }
    }
}

/// A shape as NumPy prints it: `(3,)`, `(2, 4)`.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        axes => {
            let axes: Vec<String> = axes.iter().map(ToString::to_string).collect();
            format!("({})", axes.join(", "))
        }
    }
}
