use std::f64::consts::TAU;

use faer::{Mat, MatRef};

use super::Population;
use crate::angles::AngleTable;
use crate::product::product;
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
    let mass = Mat::from_fn(k, k, |i, j| top[j] * inner.supplements[(i, j)]);
    // −‖w_j‖θ̇_ij of every pair, to be multiplied by e_j − cos θ_ij e_i.
    let turn = Mat::from_fn(k, k, |i, j| {
        rate(among[(i, j)] + among[(j, i)], inner.sines[(i, j)]) * top[j] * student.norms[j]
    });
    let teacher_turn = Mat::from_fn(k, teacher_top.len(), |i, l| {
        let teacher_norm = population.directions.norms[l];
        -rate(towards[(i, l)], outer.sines[(i, l)]) * teacher_top[l] * teacher_norm
    });
    let mut result = product(mass.as_ref(), direction)
        + product(turn.as_ref(), student.rows())
        + product(teacher_turn.as_ref(), population.directions.rows());
    for i in 0..k {
        let (mut along, mut across) = (0.0, 0.0);
        for j in 0..k {
            let sin = inner.sines[(i, j)];
            along += top[j] * moving.growth[j] * sin - turn[(i, j)] * inner.cosines[(i, j)];
            across += top[j] * student.norms[j] * sin;
        }
        for (l, b) in teacher_top.iter().enumerate() {
            along -= teacher_turn[(i, l)] * outer.cosines[(i, l)];
            across -= b * population.directions.norms[l] * outer.sines[(i, l)];
        }
        for c in 0..d {
            let entry =
                result[(i, c)] + along * student.unit(i)[c] + across * moving.turning[(i, c)];
            result[(i, c)] = top[i] / TAU * entry;
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
        let growth: Vec<f64> = (0..k)
            .map(|j| (0..d).map(|c| student.unit(j)[c] * direction[(j, c)]).sum())
            .collect();
        let turning = Mat::from_fn(k, d, |j, c| {
            (direction[(j, c)] - growth[j] * student.unit(j)[c]) / student.norms[j]
        });
        Self { turning, growth }
    }
}
