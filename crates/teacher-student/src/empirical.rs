use faer::{Accum, Mat, MatRef, Par, linalg::matmul::matmul};
use numeric::norm;

use crate::error::Error;
use crate::objective::{Objective, Scales};
use crate::product::product;
use crate::weights::{Directions, Network, check_top};

/// The sampled objective (1/2N) Σ (student(x) − teacher(x))² on an N × d data matrix, by matrix products.
///
/// # Source
/// Tian 2017, Eq 2 and 3 (there summed over the samples).
#[derive(Debug, Clone)]
pub struct Empirical {
    data: Mat<f64>,
    target: Vec<f64>,
    student_top: Vec<f64>,
    scales: Scales,
}

impl Empirical {
    /// Labels an N × d data matrix by the teacher, for a student with the given top weights.
    ///
    /// # Errors
    /// No samples, rows of a length other than d, a non-finite entry, no student neurons, or a top weight that is not
    /// finite.
    pub fn new(data: Mat<f64>, teacher: &Network, student_top: Vec<f64>) -> Result<Self, Error> {
        let d = teacher.weights().dimension();
        if data.nrows() == 0 {
            return Err(Error::EmptyMatrix {
                what: "the data matrix",
                rows: 0,
                columns: data.ncols(),
            });
        }
        if data.ncols() != d {
            return Err(Error::Shape {
                what: "the data matrix",
                rows: data.nrows(),
                columns: data.ncols(),
                expected_rows: data.nrows(),
                expected_columns: d,
            });
        }
        for column in 0..d {
            for row in 0..data.nrows() {
                let value = data[(row, column)];
                if !value.is_finite() {
                    return Err(Error::NotFinite {
                        what: "the data matrix",
                        row,
                        column,
                        value,
                    });
                }
            }
        }
        if student_top.is_empty() {
            return Err(Error::TopWeightCount {
                what: "the student",
                length: 0,
                neurons: 1,
            });
        }
        check_top("the student", &student_top, student_top.len())?;
        let target = outputs(
            product(data.as_ref(), teacher.weights().as_mat().transpose()).as_ref(),
            teacher.top_weights(),
        );
        let lengths = (0..teacher.weights().neurons())
            .map(|k| teacher.top_weights()[k] * norm(&teacher.weights().row(k)));
        Ok(Self {
            data,
            target,
            scales: Scales::new(lengths, &student_top),
            student_top,
        })
    }

    /// N.
    pub fn samples(&self) -> usize {
        self.data.nrows()
    }

    /// Top weights of the student.
    pub fn student_top_weights(&self) -> &[f64] {
        &self.student_top
    }

    fn responses(&self, student: MatRef<'_, f64>) -> Result<Mat<f64>, Error> {
        let (k, d) = (self.student_top.len(), self.data.ncols());
        if student.shape() != (k, d) {
            return Err(Error::Shape {
                what: "the student",
                rows: student.nrows(),
                columns: student.ncols(),
                expected_rows: k,
                expected_columns: d,
            });
        }
        Directions::new("the student", student)?;
        Ok(product(self.data.as_ref(), student.transpose()))
    }

    fn residual(&self, responses: &Mat<f64>) -> Vec<f64> {
        let mut residual = outputs(responses.as_ref(), &self.student_top);
        for (r, target) in residual.iter_mut().zip(&self.target) {
            *r -= target;
        }
        residual
    }
}

/// Σ_j a_j σ(·) of every row.
fn outputs(responses: MatRef<'_, f64>, top: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; responses.nrows()];
    for (j, a) in top.iter().enumerate() {
        for (row, s) in sum.iter_mut().enumerate() {
            *s += a * responses[(row, j)].max(0.0);
        }
    }
    sum
}

impl Objective for Empirical {
    fn neurons(&self) -> usize {
        self.student_top.len()
    }

    fn dimension(&self) -> usize {
        self.data.ncols()
    }

    fn loss<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<f64, Error> {
        let residual = self.residual(&self.responses(student.into())?);
        let mean = residual.iter().map(|r| r * r).sum::<f64>() / (2.0 * residual.len() as f64);
        if mean.is_finite() {
            Ok(mean)
        } else {
            Err(Error::Overflow { what: "loss" })
        }
    }

    fn gradient<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<Mat<f64>, Error> {
        let student = student.into();
        let mut responses = self.responses(student)?;
        let residual = self.residual(&responses);
        for (j, a) in self.student_top.iter().enumerate() {
            for (row, r) in residual.iter().enumerate() {
                let on = responses[(row, j)] > 0.0;
                responses[(row, j)] = if on { a * r } else { 0.0 };
            }
        }
        let mut gradient = Mat::zeros(student.nrows(), student.ncols());
        matmul(
            gradient.as_mut(),
            Accum::Replace,
            responses.transpose(),
            self.data.as_ref(),
            (residual.len() as f64).recip(),
            Par::Seq,
        );
        Ok(gradient)
    }

    fn weight_scale(&self) -> f64 {
        self.scales.weight
    }

    fn gradient_scale(&self) -> f64 {
        self.scales.gradient
    }
}
