//! Closed forms for two layers: loss, gradient and Hessian over the students' weights.

use super::Real;
use super::pair::{
    angle_of, direction, gated_second_moment_of, gating_of, kernel_of, norm, perpendicular, reals,
    scaled, sum,
};

struct Layers {
    students: Vec<Vec<Real>>,
    student_top: Vec<Real>,
    teachers: Vec<Vec<Real>>,
    teacher_top: Vec<Real>,
}

impl Layers {
    fn new(w: &[Vec<f64>], a: &[f64], v: &[Vec<f64>], b: &[f64]) -> Self {
        assert_eq!(w.len(), a.len(), "one top weight a student");
        assert_eq!(v.len(), b.len(), "one top weight a teacher");
        let rows = |m: &[Vec<f64>]| m.iter().map(|row| reals(row)).collect();
        Self {
            students: rows(w),
            student_top: reals(a),
            teachers: rows(v),
            teacher_top: reals(b),
        }
    }

    /// Students with +a_j, then teachers with −b_j: the residual's neurons.
    fn residual(&self) -> impl Iterator<Item = (Real, &Vec<Real>)> {
        let students = self.student_top.iter().cloned().zip(&self.students);
        let teachers = self.teacher_top.iter().map(|b| -b).zip(&self.teachers);
        students.chain(teachers)
    }
}

/// ½ E[(Σ_j a_j σ(w_j·x) − Σ_j b_j σ(v_j·x))²], one student or teacher a row of w or v.
///
/// # Panics
/// If dimensions or numbers of top weights differ.
pub fn population_loss(w: &[Vec<f64>], a: &[f64], v: &[Vec<f64>], b: &[f64]) -> Real {
    let layers = Layers::new(w, a, v, b);
    let pairs = layers.residual().flat_map(|(p, u)| {
        let others = layers.residual();
        others.map(move |(q, v)| &p * q * kernel_of(u, v))
    });
    pairs.sum::<Real>() * Real::from(0.5)
}

/// The gradient of [`population_loss`], K rows of d: a_i [Σ_j a_j F(ŵ_i, w_j) − Σ_j b_j F(ŵ_i, v_j)].
///
/// # Panics
/// As [`population_loss`], and for a zero student.
///
/// # Source
/// Tian 2017, Eq 8, with top weights.
pub fn population_gradient(w: &[Vec<f64>], a: &[f64], v: &[Vec<f64>], b: &[f64]) -> Vec<Vec<Real>> {
    let layers = Layers::new(w, a, v, b);
    let row = |(a, student): (&Real, &Vec<Real>)| {
        let zero = vec![Real::zero(); student.len()];
        let total = layers
            .residual()
            .map(|(q, other)| scaled(&q, &gating_of(student, other)))
            .fold(zero, |total, term| sum(&total, &term));
        scaled(a, &total)
    };
    layers
        .student_top
        .iter()
        .zip(&layers.students)
        .map(row)
        .collect()
}

/// The Hessian of [`population_loss`], Kd × Kd, index j·d + i (neuron-major).
///
/// Off-diagonal blocks: a_i a_j E[1(w_i·x > 0) 1(w_j·x > 0) x xᵀ]. Diagonal blocks:
/// (a_i²/2) I + a_i [Σ_{j≠i} a_j S(w_i, w_j) − Σ_j b_j S(w_i, v_j)] with
/// S(w, v) = ∂F(w/‖w‖, v)/∂w = (‖v‖ sin θ / 2π‖w‖)(I − ŵŵᵀ + n̂n̂ᵀ), n̂ the direction of v across w.
/// Where θ is 0 or π, S = 0 and the moment is (π−θ)/2π times the identity: the limits.
///
/// # Panics
/// As [`population_gradient`].
pub fn population_hessian(w: &[Vec<f64>], a: &[f64], v: &[Vec<f64>], b: &[f64]) -> Vec<Vec<Real>> {
    let layers = Layers::new(w, a, v, b);
    let (neurons, d) = (w.len(), w.first().map_or(0, Vec::len));
    let mut hessian = vec![vec![Real::zero(); neurons * d]; neurons * d];
    for (i, student) in layers.students.iter().enumerate() {
        let top = &layers.student_top[i];
        for (j, (weight, other)) in layers.residual().enumerate() {
            let factor = top * weight;
            let turn = if i == j {
                // F(ŵ, w) = w/2
                let mut half = vec![vec![Real::zero(); d]; d];
                for (k, row) in half.iter_mut().enumerate() {
                    row[k] = Real::from(0.5);
                }
                half
            } else {
                gate_turning(student, other)
            };
            add_block(&mut hessian, i * d, i * d, &factor, &turn);
            if j < neurons && j != i {
                let moment = gated_second_moment_of(student, other);
                add_block(&mut hessian, i * d, j * d, &factor, &moment);
            }
        }
    }
    hessian
}

fn add_block(
    matrix: &mut [Vec<Real>],
    top: usize,
    left: usize,
    factor: &Real,
    block: &[Vec<Real>],
) {
    for (row, block_row) in matrix[top..].iter_mut().zip(block) {
        for (entry, value) in row[left..].iter_mut().zip(block_row) {
            *entry = &*entry + factor * value;
        }
    }
}

/// S(w, v): how F(w/‖w‖, v) changes as w turns.
fn gate_turning(w: &[Real], v: &[Real]) -> Vec<Vec<Real>> {
    let zero = vec![vec![Real::zero(); w.len()]; w.len()];
    let Some(n) = perpendicular(w, v) else {
        return zero;
    };
    let e = direction(w);
    let scale = norm(v) * angle_of(w, v).sin / (Real::from(2.0) * Real::pi() * norm(w));
    let mut matrix = zero;
    for (i, row) in matrix.iter_mut().enumerate() {
        for (k, entry) in row.iter_mut().enumerate() {
            let identity = if i == k { Real::one() } else { Real::zero() };
            *entry = &scale * (identity - &e[i] * &e[k] + &n[i] * &n[k]);
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::super::{relative_error, single_unit_gradient, single_unit_loss};
    use super::*;
    use crate::finite_difference;

    fn rows(flat: &[f64], d: usize) -> Vec<Vec<f64>> {
        flat.chunks(d).map(<[f64]>::to_vec).collect()
    }

    fn doubles(values: &[Vec<Real>]) -> Vec<f64> {
        values.concat().iter().map(Real::to_f64).collect()
    }

    const STUDENTS: [f64; 6] = [0.9, -0.3, 0.4, -0.2, 1.1, 0.5];
    const TOP: [f64; 2] = [1.3, -0.7];
    const TEACHER_TOP: [f64; 3] = [0.5, 2.0, -1.0];

    fn teachers() -> Vec<Vec<f64>> {
        rows(&[0.1, 0.2, -1.0, 1.0, 0.3, 0.2, -0.5, 0.9, 0.4], 3)
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let v = teachers();
        let loss = |w: &[f64]| population_loss(&rows(w, 3), &TOP, &v, &TEACHER_TOP).to_f64();
        let gradient =
            |w: &[f64]| doubles(&population_gradient(&rows(w, 3), &TOP, &v, &TEACHER_TOP));
        let w = rows(&STUDENTS, 3);
        let exact = population_gradient(&w, &TOP, &v, &TEACHER_TOP).concat();
        let found = finite_difference::gradient(loss, &STUDENTS, 0.05);
        assert!(relative_error(&found.value, &exact) < 1e-10);
        let exact = population_hessian(&w, &TOP, &v, &TEACHER_TOP).concat();
        let found = finite_difference::hessian(gradient, &STUDENTS, 0.05);
        assert!(relative_error(&found.rows.concat(), &exact) < 1e-10);
    }

    #[test]
    fn one_student_one_teacher() {
        let (w, v) = (vec![0.3, -1.2], vec![-0.4, 0.6]);
        let (ws, vs) = ([w.clone()], [v.clone()]);
        let loss = population_loss(&ws, &[1.0], &vs, &[1.0]).to_f64();
        assert!(relative_error(&[loss], &[single_unit_loss(&w, &v)]) < 1e-15);
        let gradient = doubles(&population_gradient(&ws, &[1.0], &vs, &[1.0]));
        assert!(relative_error(&gradient, &single_unit_gradient(&w, &v)) < 1e-15);
    }

    #[test]
    fn at_the_teacher() {
        // Orthonormal, K = d = 3: zero loss and gradient; the diagonal blocks are ½ I and the others
        // (1/2π)(π/2 I + e_i e_jᵀ + e_j e_iᵀ).
        let identity = rows(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], 3);
        let top = [1.0; 3];
        assert!(
            population_loss(&identity, &top, &identity, &top)
                .abs()
                .to_f64()
                < 1e-140
        );
        let gradient = population_gradient(&identity, &top, &identity, &top);
        assert!(gradient.concat().iter().all(|g| g.abs().to_f64() < 1e-140));
        let hessian = population_hessian(&identity, &top, &identity, &top);
        assert_eq!(hessian[0][0].to_f64(), 0.5);
        assert_eq!(hessian[0][3].to_f64(), 0.25);
        assert_eq!(hessian[0][4].to_f64(), 1.0 / std::f64::consts::TAU);
        assert_eq!(hessian[2][4].to_f64(), 0.0);
    }
}
