use faer::MatRef;

use crate::error::Error;
use crate::population::Population;
use crate::weights::{Directions, Network};

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
}

impl Matching {
    /// Matches the neurons of a student of the teacher's width so that the sum of the squared distances is least.
    ///
    /// # Errors
    /// Another number of neurons than the teacher's, another dimension, non-finite entries, a zero neuron, or
    /// distances beyond the largest double.
    pub fn new(problem: &Population, student: MatRef<'_, f64>) -> Result<Self, Error> {
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
        let costs = faer::Mat::from_fn(k, k, |j, l| {
            squared_distance(problem.student_top_weights()[j], student, j, teacher, l)
        });
        let permutation = optimal_assignment(costs.as_ref()).map_err(|_| Error::Overflow {
            what: "distance to the teacher",
        })?;
        let squares: Vec<f64> = permutation
            .iter()
            .enumerate()
            .map(|(j, &l)| costs[(j, l)])
            .collect();
        let scale = (0..k)
            .map(|l| {
                (0..weights.ncols())
                    .map(|i| (teacher.top_weights()[l] * weights[(l, i)]).powi(2))
                    .sum::<f64>()
            })
            .sum::<f64>()
            .sqrt();
        Ok(Self {
            distance: squares.iter().sum::<f64>().sqrt(),
            distances: squares.iter().map(|s| s.sqrt()).collect(),
            unpermuted: (0..k).map(|j| costs[(j, j)]).sum::<f64>().sqrt(),
            permutation,
            scale,
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
}

fn squared_distance(
    top: f64,
    student: MatRef<'_, f64>,
    j: usize,
    teacher: &Network,
    l: usize,
) -> f64 {
    let teacher_top = teacher.top_weights()[l];
    let weights = teacher.weights().as_mat();
    let pairs = (0..student.ncols()).map(|i| {
        (
            top.abs() * student[(j, i)],
            teacher_top.abs() * weights[(l, i)],
        )
    });
    if top * teacher_top < 0.0 {
        let (u, v) = pairs.fold((0.0, 0.0), |(u, v), (a, b)| (u + a * a, v + b * b));
        (u.sqrt() + v.sqrt()).powi(2)
    } else {
        pairs.map(|(a, b)| (a - b).powi(2)).sum()
    }
}
