use std::f64::consts::TAU;

use faer::{Accum, Mat, MatMut, Par, linalg::matmul::matmul};

use super::Population;
use crate::angles::AngleTable;
use crate::weights::Directions;

pub(super) fn hessian(population: &Population, student: &Directions) -> Mat<f64> {
    let (k, d) = (student.len(), student.dimension());
    let inner = AngleTable::among(student);
    let outer = AngleTable::between(student, &population.directions);
    let mut hessian = Mat::zeros(k * d, k * d);
    for i in 0..k {
        let block = hessian.as_mut().submatrix_mut(i * d, i * d, d, d);
        diagonal_block(population, student, &inner, &outer, i, block);
        for j in 0..i {
            let scale = population.student_top[i] * population.student_top[j] / TAU;
            let block = mixed_block(student, &inner, i, j);
            for c in 0..d {
                for r in 0..d {
                    let value = scale * block[(r, c)];
                    hessian[(i * d + r, j * d + c)] = value;
                    hessian[(j * d + c, i * d + r)] = value;
                }
            }
        }
    }
    hessian
}

/// (π−θ)I + sin θ cos θ (eeᵀ − nnᵀ) + sin²θ (enᵀ + neᵀ), e the direction of neuron i, n that of neuron j across it.
fn mixed_block(student: &Directions, angles: &AngleTable, i: usize, j: usize) -> Mat<f64> {
    let d = student.dimension();
    let angle = angles.angle(i, j);
    let (sin, cos) = (angle.sin(), angle.cos());
    let e = student.unit(i);
    let (n, _) = across(e, student, j, angles.cosines[(i, j)]);
    Mat::from_fn(d, d, |r, c| {
        let identity = if r == c { angle.supplement() } else { 0.0 };
        identity + sin * cos * (e[r] * e[c] - n[r] * n[c]) + sin * sin * (e[r] * n[c] + n[r] * e[c])
    })
}

/// The unit vector of row `j` across `e`, and the length of that part; zero where they are parallel.
fn across(e: &[f64], other: &Directions, j: usize, cosine: f64) -> (Vec<f64>, f64) {
    let mut rest: Vec<f64> = e
        .iter()
        .zip(other.unit(j))
        .map(|(e_c, u_c)| u_c - cosine * e_c)
        .collect();
    let length = rest.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        for x in &mut rest {
            *x /= length;
        }
    }
    (rest, length)
}

/// a_i²I/2 + (a_i/2π‖w_i‖) Σ ±‖v‖ sin θ (I − eeᵀ + nnᵀ) over the other students (+) and the teachers (−).
///
/// The sum of nnᵀ is one product of a d × (K+K′) matrix with its scaled transpose.
fn diagonal_block(
    population: &Population,
    student: &Directions,
    inner: &AngleTable,
    outer: &AngleTable,
    i: usize,
    mut block: MatMut<'_, f64>,
) {
    let d = student.dimension();
    let top = population.student_top[i];
    let e = student.unit(i);
    let students = (0..student.len())
        .filter(|&j| j != i)
        .map(|j| (student, j, inner.cosines[(i, j)], population.student_top[j]));
    let teachers = population
        .teacher
        .top_weights()
        .iter()
        .enumerate()
        .map(|(l, b)| (&population.directions, l, outer.cosines[(i, l)], -b));
    let count = student.len() - 1 + population.directions.len();
    let mut normals = Mat::zeros(d, count);
    let mut scaled = Mat::zeros(count, d);
    let mut total = 0.0;
    for (column, (side, j, cosine, coefficient)) in students.chain(teachers).enumerate() {
        let (n, sine) = across(e, side, j, cosine);
        let weight = coefficient * side.norms[j] / student.norms[i] * sine;
        total += weight;
        for c in 0..d {
            normals[(c, column)] = n[c];
            scaled[(column, c)] = weight * n[c];
        }
    }
    let scale = top / TAU;
    matmul(
        block.as_mut(),
        Accum::Replace,
        normals.as_ref(),
        scaled.as_ref(),
        scale,
        Par::Seq,
    );
    for c in 0..d {
        for r in 0..d {
            block[(r, c)] -= scale * total * e[r] * e[c];
        }
        block[(c, c)] += top * top / 2.0 + scale * total;
    }
    // The product of rounded factors is symmetric only to rounding.
    for c in 0..d {
        for r in 0..c {
            let mean = f64::midpoint(block[(r, c)], block[(c, r)]);
            block[(r, c)] = mean;
            block[(c, r)] = mean;
        }
    }
}
