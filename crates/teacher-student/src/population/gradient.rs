use std::f64::consts::TAU;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::Evaluation;
use crate::angles::{alignment, arc_sine_of};
use crate::pairing::Pair;
use crate::product::product;

/// 2π∇_i/a_i = Σ_j (π−θ_ij) D_j − Σ_k C_ik b_k v_k + s_i e_i, as two matrix products.
///
/// A paired student contributes D_j = a_j w_j − b_k v_k with C_ik = θ_ij − θ*_ik; an unpaired one D_j = a_j w_j, an
/// unpaired teacher C_ik = π − θ*_ik; s_i collects a_j‖w_j‖ sin θ_ij − b_k‖v_k‖ sin θ*_ik.
pub(super) fn gradient(at: &Evaluation<'_>) -> Mat<f64> {
    let k = at.student.directions.len();
    let coefficients = Coefficients::new(at);
    // d × K, one neuron a column.
    let mut columns = at.student.weights.transpose().to_owned();
    for j in 0..k {
        let column = columns.col_as_slice_mut(j);
        match at.pairing.of_student[j] {
            Some(p) => {
                let sign = at.pairing.pairs[p].sign;
                let difference = at.pairing.difference.col_as_slice(p);
                column
                    .iter_mut()
                    .zip(difference)
                    .for_each(|(x, d)| *x = sign * d);
            }
            None if at.student.top[j] == 1.0 => {}
            None => column.iter_mut().for_each(|x| *x *= at.student.top[j]),
        }
    }
    let mut gradient = product(columns.as_ref(), at.inner.supplements.transpose());
    matmul(
        gradient.as_mut(),
        Accum::Add,
        at.effective_teacher,
        coefficients.of_teacher.transpose(),
        -1.0,
        Par::Seq,
    );
    for i in 0..k {
        let scale = at.student.top[i] / TAU;
        let asymmetry = coefficients.asymmetry[i];
        let unit = at.student.directions.unit(i);
        for (entry, e) in gradient.col_as_slice_mut(i).iter_mut().zip(unit) {
            *entry = scale * (*entry + asymmetry * e);
        }
    }
    gradient.transpose().to_owned()
}

pub(super) fn unpaired(
    partners: &[Option<usize>],
) -> impl Iterator<Item = (usize, &Option<usize>)> {
    partners.iter().enumerate().filter(|(_, p)| p.is_none())
}

/// The numbers C_ik and s_i.
struct Coefficients {
    /// C, K × K′.
    of_teacher: Mat<f64>,
    /// s, pair by pair where there are pairs.
    asymmetry: Vec<f64>,
}

impl Coefficients {
    fn new(at: &Evaluation<'_>) -> Self {
        let mut asymmetry = vec![0.0; at.student.directions.len()];
        let mut of_teacher = at.outer.supplements.clone();
        let mut add = |weight: f64, sines: &[f64]| {
            for (sum, sine) in asymmetry.iter_mut().zip(sines) {
                *sum += weight * sine;
            }
        };
        for (j, _) in unpaired(&at.pairing.of_student) {
            let weight = at.student.top[j] * at.student.directions.norms[j];
            add(weight, at.inner.sines.col_as_slice(j));
        }
        for (l, _) in unpaired(&at.pairing.of_teacher) {
            let weight = -at.teacher.top[l] * at.teacher.directions.norms[l];
            add(weight, at.outer.sines.col_as_slice(l));
        }
        if !at.pairing.pairs.is_empty() {
            let mut projections = projections(at);
            for (p, pair) in at.pairing.pairs.iter().enumerate() {
                pulp::Arch::new().dispatch(Turns {
                    pair,
                    inner_cosines: at.inner.cosines.col_as_slice(pair.student),
                    inner_sines: at.inner.sines.col_as_slice(pair.student),
                    outer_cosines: at.outer.cosines.col_as_slice(pair.teacher),
                    outer_sines: at.outer.sines.col_as_slice(pair.teacher),
                    projections: projections.col_as_slice_mut(p),
                    differences: of_teacher.col_as_slice_mut(pair.teacher),
                    asymmetry: &mut asymmetry,
                });
                // The student itself: θ = 0, θ* the angle of the pair, ‖v‖ sin θ* = ‖v‖·2 sin(θ*/2) cos(θ*/2).
                of_teacher[(pair.student, pair.teacher)] = -pair.angle();
                let half = (pair.chord_square / 4.0).min(1.0);
                asymmetry[pair.student] -=
                    pair.sign * pair.teacher_norm * 2.0 * (half * (1.0 - half)).sqrt();
            }
        }
        Self {
            of_teacher,
            asymmetry,
        }
    }
}

/// e_i·(û_j − v̂_k) for every student i and every pair (j, k), K × P; 0 for i = j.
fn projections(at: &Evaluation<'_>) -> Mat<f64> {
    let directions = at.student.directions;
    let mut projections = product(directions.rows(), at.pairing.unit_difference.as_ref());
    for (p, pair) in at.pairing.pairs.iter().enumerate() {
        let j = pair.student;
        let column = projections.col_as_slice_mut(p);
        for (i, &cosine) in at.inner.cosines.col_as_slice(j).iter().enumerate() {
            if let Some(sign) = alignment(cosine) {
                // e_i = ±û_j + rest, and û_j·(û_j − v̂_k) = ‖û_j − v̂_k‖²/2.
                let parts = directions.unit(i).iter().zip(directions.unit(j));
                let rest: f64 = parts
                    .zip(at.pairing.unit_difference.col_as_slice(p))
                    .map(|((e, u), difference)| (e - sign * u) * difference)
                    .sum();
                column[i] = rest + sign * pair.chord_square / 2.0;
            }
        }
        column[j] = 0.0;
    }
    projections
}

/// θ_ij − θ*_ik of one pair (j, k) for every student i, and its part of s_i, in the widest registers the machine has.
///
/// cos θ − cos θ* = e_i·(û_j − v̂_k) gives sin((θ*−θ)/2) = e_i·(û_j − v̂_k)/(2 sin((θ+θ*)/2)): relative to the
/// distance of the pair, where a difference of two angles would be relative to π.
/// ‖u‖ sin θ − ‖v‖ sin θ* = (‖u‖−‖v‖) sin θ + ‖v‖·2 cos((θ+θ*)/2) sin((θ−θ*)/2).
struct Turns<'a> {
    pair: &'a Pair,
    inner_cosines: &'a [f64],
    inner_sines: &'a [f64],
    outer_cosines: &'a [f64],
    outer_sines: &'a [f64],
    projections: &'a [f64],
    differences: &'a mut [f64],
    asymmetry: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Turns<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let growth = self.pair.sign * self.pair.norm_difference;
        let reach = -2.0 * self.pair.sign * self.pair.teacher_norm;
        let count = self.differences.len();
        let (inner_cosines, inner_sines) =
            (&self.inner_cosines[..count], &self.inner_sines[..count]);
        let (outer_cosines, outer_sines) =
            (&self.outer_cosines[..count], &self.outer_sines[..count]);
        let (projections, asymmetry) = (&self.projections[..count], &mut self.asymmetry[..count]);
        for i in 0..count {
            let (sin_a, cos_a) = half_angle(inner_sines[i], inner_cosines[i]);
            let (sin_b, cos_b) = half_angle(outer_sines[i], outer_cosines[i]);
            let mean_sine = sin_a * cos_b + cos_a * sin_b;
            let mean_cosine = cos_a * cos_b - sin_a * sin_b;
            let half = if mean_sine > 0.0 {
                projections[i] / (2.0 * mean_sine)
            } else {
                0.0
            };
            let size = half.abs().min(1.0);
            let half = size.copysign(half);
            self.differences[i] = -2.0 * arc_sine_of(size).copysign(half);
            asymmetry[i] += growth * inner_sines[i] + reach * mean_cosine * half;
        }
    }
}

/// (sin θ/2, cos θ/2), each accurate relative to itself, of sin θ ≥ 0 and cos θ.
#[allow(clippy::inline_always)]
#[inline(always)]
fn half_angle(sine: f64, cosine: f64) -> (f64, f64) {
    let large = f64::midpoint(1.0, cosine.abs()).sqrt();
    let small = sine / (2.0 * large);
    if cosine > 0.0 {
        (small, large)
    } else {
        (large, small)
    }
}
