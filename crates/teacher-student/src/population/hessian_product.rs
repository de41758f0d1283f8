use std::f64::consts::TAU;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::Population;
use crate::angles::AngleTable;
use crate::product::{column, product};
use crate::weights::Directions;

/// The derivative of the gradient along `direction`, by the matrix products of the gradient itself.
///
/// With e_j = w_j/‖w_j‖, ė_j = (ẇ_j − (e_j·ẇ_j)e_j)/‖w_j‖ and θ̇_ij = −(e_i·ė_j + ė_i·e_j)/sin θ_ij, the sum
/// Σ_j a_j((π−θ)w_j + ‖w_j‖ sin θ e_i) has the derivative
/// Σ_j a_j((π−θ)ẇ_j − ‖w_j‖θ̇(e_j − cos θ e_i) + (e_j·ẇ_j) sin θ e_i + ‖w_j‖ sin θ ė_i); for a teacher ẇ_j = 0.
pub(super) fn hessian_product(
    population: &Population,
    student: &Directions,
    direction: MatRef<'_, f64>,
) -> Mat<f64> {
    let (k, d) = direction.shape();
    let moving = Motion::new(student, direction);
    let inner = AngleTable::among(student);
    let outer = AngleTable::between(student, &population.directions);
    // e_i·ė_j among the students, ė_i·v̂_k towards the teachers.
    let among = product(student.rows(), moving.turning.transpose());
    let towards = product(
        moving.turning.as_ref(),
        population.directions.rows().transpose(),
    );

    let top = &population.student_top;
    let teacher_top = population.teacher.top_weights();
    // What multiplies e_i and ė_i.
    let (mut along, mut across) = (vec![0.0; k], vec![0.0; k]);
    // a_j(π−θ_ij), and −‖w_j‖θ̇_ij to be multiplied by e_j − cos θ_ij e_i.
    let (mut mass, mut turn) = (inner.supplements, among.transpose().to_owned());
    for j in 0..k {
        let (length, growth) = (top[j] * student.norms[j], top[j] * moving.growth[j]);
        let sines = inner.sines.col_as_slice(j);
        let cosines = inner.cosines.col_as_slice(j);
        let (mass, turn) = (mass.col_as_slice_mut(j), turn.col_as_slice_mut(j));
        let among = among.col_as_slice(j);
        for i in 0..k {
            mass[i] *= top[j];
            turn[i] = rate(among[i] + turn[i], sines[i]) * length;
            along[i] += growth * sines[i] - turn[i] * cosines[i];
            across[i] += length * sines[i];
        }
    }
    let mut teacher_turn = towards;
    for l in 0..teacher_top.len() {
        let length = population.teacher_lengths[l];
        let (sines, cosines) = (outer.sines.col_as_slice(l), outer.cosines.col_as_slice(l));
        let turn = teacher_turn.col_as_slice_mut(l);
        for i in 0..k {
            turn[i] = -rate(turn[i], sines[i]) * length;
            along[i] -= turn[i] * cosines[i];
            across[i] -= length * sines[i];
        }
    }
    let mut result = product(mass.as_ref(), direction);
    for (factors, rows) in [
        (turn.as_ref(), student.rows()),
        (teacher_turn.as_ref(), population.directions.rows()),
    ] {
        matmul(result.as_mut(), Accum::Add, factors, rows, 1.0, Par::Seq);
    }
    for c in 0..d {
        let (units, turning) = (column(student.rows(), c), moving.turning.col_as_slice(c));
        for (i, entry) in result.col_as_slice_mut(c).iter_mut().enumerate() {
            *entry = top[i] / TAU * (*entry + along[i] * units[i] + across[i] * turning[i]);
        }
    }
    result
}

/// −θ̇ = (e_i·ė_j + ė_i·e_j)/sin θ, and 0 where the two directions are parallel: there it meets a factor that vanishes.
fn rate(projection: f64, sine: f64) -> f64 {
    if sine > 0.0 { projection / sine } else { 0.0 }
}

/// How directions and norms of the students change.
struct Motion {
    /// ė_j, K × d.
    turning: Mat<f64>,
    /// The rate of ‖w_j‖, e_j·ẇ_j.
    growth: Vec<f64>,
}

impl Motion {
    fn new(student: &Directions, direction: MatRef<'_, f64>) -> Self {
        let (k, d) = direction.shape();
        let mut turning = direction.to_owned();
        let mut growth = vec![0.0; k];
        for c in 0..d {
            let units = column(student.rows(), c);
            for (j, sum) in growth.iter_mut().enumerate() {
                *sum += units[j] * turning.col_as_slice(c)[j];
            }
        }
        for c in 0..d {
            let units = column(student.rows(), c);
            for (j, entry) in turning.col_as_slice_mut(c).iter_mut().enumerate() {
                *entry = (*entry - growth[j] * units[j]) / student.norms[j];
            }
        }
        Self { turning, growth }
    }
}
