use std::f64::consts::TAU;

use faer::{Mat, MatRef};

use super::Evaluation;
use crate::pairing::Pair;
use crate::product::product;

/// 2π∇_i/a_i = Σ_j (π−θ_ij) D_j − Σ_k C_ik b_k v_k + s_i e_i, as two matrix products.
///
/// A paired student contributes D_j = a_j w_j − b_k v_k with C_ik = θ_ij − θ*_ik; an unpaired one D_j = a_j w_j, an
/// unpaired teacher C_ik = π − θ*_ik; s_i collects a_j‖w_j‖ sin θ_ij − b_k‖v_k‖ sin θ*_ik.
pub(super) fn gradient(at: &Evaluation<'_>) -> Mat<f64> {
    let (k, k_teacher) = (at.student.directions.len(), at.teacher.directions.len());
    let d = at.student.weights.ncols();
    let turns = Turns::new(at);

    let effective = Mat::from_fn(k, d, |j, c| match at.pairing.of_student[j] {
        Some(p) => at.pairing.pairs[p].sign * at.pairing.difference[(p, c)],
        None => at.student.top[j] * at.student.weights[(j, c)],
    });
    let coefficients = Mat::from_fn(k, k_teacher, |i, l| match at.pairing.of_teacher[l] {
        Some(p) => turns.angle_difference[(i, p)],
        None => at.outer.supplements[(i, l)],
    });
    let target = Mat::from_fn(k_teacher, d, |l, c| {
        at.teacher.top[l] * at.teacher.weights[(l, c)]
    });
    let mut gradient = product(at.inner.supplements.as_ref(), effective.as_ref())
        - product(coefficients.as_ref(), target.as_ref());

    for i in 0..k {
        let asymmetry = asymmetry(at, &turns, i);
        let scale = at.student.top[i] / TAU;
        for c in 0..d {
            gradient[(i, c)] =
                scale * (gradient[(i, c)] + asymmetry * at.student.directions.unit[(i, c)]);
        }
    }
    gradient
}

/// s_i = Σ_j a_j‖w_j‖ sin θ_ij − Σ_k b_k‖v_k‖ sin θ*_ik, pair by pair where there are pairs.
fn asymmetry(at: &Evaluation<'_>, turns: &Turns, i: usize) -> f64 {
    let mut sum = 0.0;
    for (p, pair) in at.pairing.pairs.iter().enumerate() {
        let turn = turns.angle_difference[(i, p)];
        let mean = f64::midpoint(
            at.inner.radians[(i, pair.student)],
            at.outer.radians[(i, pair.teacher)],
        );
        // ‖u‖ sin θ − ‖v‖ sin θ* = (‖u‖−‖v‖) sin θ + ‖v‖·2 cos((θ+θ*)/2) sin((θ−θ*)/2)
        sum += pair.sign
            * (pair.norm_difference * at.inner.sines[(i, pair.student)]
                + pair.teacher_norm * 2.0 * mean.cos() * (turn / 2.0).sin());
    }
    for (j, _) in unpaired(&at.pairing.of_student) {
        sum += at.student.top[j] * at.student.directions.norms[j] * at.inner.sines[(i, j)];
    }
    for (l, _) in unpaired(&at.pairing.of_teacher) {
        sum -= at.teacher.top[l] * at.teacher.directions.norms[l] * at.outer.sines[(i, l)];
    }
    sum
}

pub(super) fn unpaired(
    partners: &[Option<usize>],
) -> impl Iterator<Item = (usize, &Option<usize>)> {
    partners.iter().enumerate().filter(|(_, p)| p.is_none())
}

/// θ_ij − θ*_ik for every student i and every pair (j, k).
struct Turns {
    angle_difference: Mat<f64>,
}

impl Turns {
    /// cos θ − cos θ* = e_i·(û_j − v̂_k) gives θ − θ* = −2 asin(e_i·(û_j − v̂_k)/(2 sin((θ+θ*)/2))): relative to the
    /// distance of the pair, where a difference of two angles would be relative to π.
    fn new(at: &Evaluation<'_>) -> Self {
        let unit = at.student.directions.unit.as_ref();
        let projections = product(unit, at.pairing.unit_difference.transpose());
        let angle_difference = Mat::from_fn(unit.nrows(), at.pairing.pairs.len(), |i, p| {
            let pair = &at.pairing.pairs[p];
            if pair.student == i {
                return -pair.angle();
            }
            let projection = match at.inner.alignment(i, pair.student) {
                None => projections[(i, p)],
                Some(sign) => {
                    // e_i = ±û_j + rest, and û_j·(û_j − v̂_k) = ‖û_j − v̂_k‖²/2.
                    let rest = projected_rest(
                        unit,
                        i,
                        pair.student,
                        sign,
                        at.pairing.unit_difference.as_ref(),
                        p,
                    );
                    rest + sign * pair.chord_square / 2.0
                }
            };
            angle_difference(at, i, pair, projection)
        });
        Self { angle_difference }
    }
}

fn projected_rest(
    unit: MatRef<'_, f64>,
    i: usize,
    j: usize,
    sign: f64,
    difference: MatRef<'_, f64>,
    p: usize,
) -> f64 {
    (0..unit.ncols())
        .map(|c| (unit[(i, c)] - sign * unit[(j, c)]) * difference[(p, c)])
        .sum()
}

fn angle_difference(at: &Evaluation<'_>, i: usize, pair: &Pair, projection: f64) -> f64 {
    let (j, l) = (pair.student, pair.teacher);
    let mean = f64::midpoint(at.inner.radians[(i, j)], at.outer.radians[(i, l)]);
    let mean_sine = if mean <= std::f64::consts::FRAC_PI_2 {
        mean.sin()
    } else {
        f64::midpoint(at.inner.supplements[(i, j)], at.outer.supplements[(i, l)]).sin()
    };
    if mean_sine == 0.0 {
        return 0.0;
    }
    -2.0 * (projection / (2.0 * mean_sine)).clamp(-1.0, 1.0).asin()
}
