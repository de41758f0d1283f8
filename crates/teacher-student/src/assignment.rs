use faer::{Mat, MatRef};
use numeric::{distance, norm};

use crate::error::Error;
use crate::population::Population;
use crate::weights::Directions;

/// The matching of K rows to K columns, one each, that minimises the sum of the matched costs.
///
/// Entry j of the result is the column of row j. The Hungarian algorithm with potentials, exact up to the rounding of
/// sums of costs, in O(K³); of several minima the one found first.
///
/// # Examples
/// ```
/// use faer::mat;
/// use teacher_student::optimal_assignment;
/// // Greedy would match row 0 with column 0 (cost 1) and pay 9 for the other.
/// assert_eq!(optimal_assignment(mat![[1.0, 2.0], [3.0, 9.0]].as_ref())?, [1, 0]);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Errors
/// A matrix that is not square, or a cost that is not finite.
///
/// # Source
/// H. W. Kuhn 1955; J. Munkres 1957.
pub fn optimal_assignment(costs: MatRef<'_, f64>) -> Result<Vec<usize>, Error> {
    let size = costs.nrows();
    if costs.ncols() != size {
        return Err(Error::Shape {
            what: "the cost matrix",
            rows: size,
            columns: costs.ncols(),
            expected_rows: size,
            expected_columns: size,
        });
    }
    for column in 0..size {
        for row in 0..size {
            let value = costs[(row, column)];
            if !value.is_finite() {
                return Err(Error::NotFinite {
                    what: "the cost matrix",
                    row,
                    column,
                    value,
                });
            }
        }
    }
    // Rows enter one by one along a shortest augmenting path; column `size` is where a new row waits.
    let (mut row_potential, mut column_potential) = (vec![0.0; size], vec![0.0; size + 1]);
    let mut row_of: Vec<Option<usize>> = vec![None; size + 1];
    for new_row in 0..size {
        row_of[size] = Some(new_row);
        let mut least = vec![f64::INFINITY; size];
        let mut previous = vec![size; size];
        let mut reached = vec![false; size + 1];
        let mut column = size;
        while let Some(row) = row_of[column] {
            reached[column] = true;
            let (mut step, mut next) = (f64::INFINITY, column);
            for other in (0..size).filter(|&c| !reached[c]) {
                let reduced = costs[(row, other)] - row_potential[row] - column_potential[other];
                if reduced < least[other] {
                    least[other] = reduced;
                    previous[other] = column;
                }
                if least[other] < step {
                    step = least[other];
                    next = other;
                }
            }
            for c in 0..=size {
                if reached[c] {
                    if let Some(row) = row_of[c] {
                        row_potential[row] += step;
                    }
                    column_potential[c] -= step;
                } else if let Some(slack) = least.get_mut(c) {
                    *slack -= step;
                }
            }
            column = next;
        }
        while column != size {
            row_of[column] = row_of[previous[column]];
            column = previous[column];
        }
    }
    let mut column_of = vec![0; size];
    for (column, row) in row_of.iter().take(size).enumerate() {
        if let Some(row) = row {
            column_of[*row] = column;
        }
    }
    Ok(column_of)
}

/// How far a student is from its teacher, neuron by neuron, when the neurons may be renamed.
///
/// Neurons are compared by their effective weights |a_j|w_j and |b_k|w*_k, which determine the output as long as the
/// top weights have the same sign. Neurons whose top weights have opposite signs are as far apart as opposite vectors,
/// ‖a_jw_j‖ + ‖b_kw*_k‖.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    permutation: Vec<usize>,
    distances: Vec<f64>,
    distance: f64,
    unpermuted: f64,
    scale: f64,
    largest_relative: f64,
    largest_unpermuted: f64,
}

impl Matching {
    /// Matches the neurons of a student of the teacher's width so that the sum of the squared distances is least.
    ///
    /// # Errors
    /// Another number of neurons than the teacher's, another dimension, non-finite entries, a zero neuron, or
    /// distances beyond the largest double.
    pub fn new<'a>(
        problem: &Population,
        student: impl Into<MatRef<'a, f64>>,
    ) -> Result<Self, Error> {
        let student = student.into();
        let teacher = problem.teacher();
        let weights = teacher.weights().as_mat();
        if student.shape() != weights.shape()
            || problem.student_top_weights().len() != weights.nrows()
        {
            return Err(Error::Shape {
                what: "the student",
                rows: student.nrows(),
                columns: student.ncols(),
                expected_rows: weights.nrows(),
                expected_columns: weights.ncols(),
            });
        }
        Directions::new("the student", student)?;
        let k = student.nrows();
        let students = effective(student, problem.student_top_weights());
        let teachers = effective(weights, teacher.top_weights());
        let opposed =
            |j: usize, l: usize| problem.student_top_weights()[j] * teacher.top_weights()[l] < 0.0;
        let apart = Mat::from_fn(k, k, |j, l| {
            if opposed(j, l) {
                norm(&students[j]) + norm(&teachers[l])
            } else {
                distance(&students[j], &teachers[l])
            }
        });
        // In units of the largest distance no square overflows, and none that matters underflows.
        let largest = apart.norm_max();
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let costs = Mat::from_fn(k, k, |j, l| (apart[(j, l)] / unit) * (apart[(j, l)] / unit));
        let permutation = optimal_assignment(costs.as_ref()).map_err(|_| Error::Overflow {
            what: "distance to the teacher",
        })?;
        let sizes: Vec<f64> = teachers.iter().map(|row| norm(row)).collect();
        let relative = |j: usize, l: usize| {
            // A teacher neuron without top weight has no size of its own.
            let size = if sizes[l] > 0.0 {
                sizes[l]
            } else {
                norm(&sizes)
            };
            apart[(j, l)] / size
        };
        let matched = permutation.iter().copied().enumerate();
        let distances: Vec<f64> = matched.clone().map(|(j, l)| apart[(j, l)]).collect();
        let own: Vec<f64> = (0..k).map(|j| apart[(j, j)]).collect();
        Ok(Self {
            distance: norm(&distances),
            distances,
            unpermuted: norm(&own),
            scale: norm(&sizes),
            largest_relative: matched.map(|(j, l)| relative(j, l)).fold(0.0, f64::max),
            largest_unpermuted: (0..k).map(|j| relative(j, j)).fold(0.0, f64::max),
            permutation,
        })
    }

    /// Entry j is the teacher neuron matched with student neuron j.
    pub fn permutation(&self) -> &[usize] {
        &self.permutation
    }

    /// Whether every student neuron is matched with the teacher neuron of its own number.
    pub fn is_identity(&self) -> bool {
        self.permutation.iter().enumerate().all(|(j, &l)| j == l)
    }

    /// Distances of the matched pairs, one a student neuron.
    pub fn distances(&self) -> &[f64] {
        &self.distances
    }

    /// The distance ‖W − ΠW*‖ of the matched effective weights (Frobenius norm).
    pub fn distance(&self) -> f64 {
        self.distance
    }

    /// The distance ‖W − W*‖ without renaming.
    pub fn unpermuted_distance(&self) -> f64 {
        self.unpermuted
    }

    /// The matched distance divided by ‖W*‖ of the teacher's effective weights.
    pub fn relative_distance(&self) -> f64 {
        self.distance / self.scale
    }

    /// The largest distance of a matched pair, each divided by the norm of its own effective teacher neuron: a small neuron
    /// counts as much as a large one.
    pub fn largest_relative_distance(&self) -> f64 {
        self.largest_relative
    }

    /// As [`largest_relative_distance`](Self::largest_relative_distance), without renaming.
    pub fn largest_unpermuted_distance(&self) -> f64 {
        self.largest_unpermuted
    }
}

/// The rows |a_j|w_j.
fn effective(weights: MatRef<'_, f64>, top: &[f64]) -> Vec<Vec<f64>> {
    top.iter()
        .zip(weights.row_iter())
        .map(|(a, row)| row.iter().map(|w| a.abs() * w).collect())
        .collect()
}
