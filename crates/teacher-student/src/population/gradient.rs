use std::f64::consts::TAU;

use faer::{Mat, MatRef};
use relu_gating::Angle;

use super::Evaluation;
use crate::product::product;

/// 2π∇_i/a_i = Σ_j (π−θ_ij) D_j − Σ_k C_ik b_k v_k + s_i e_i, as two matrix products.
///
/// A paired student contributes D_j = a_j w_j − b_k v_k with C_ik = θ_ij − θ*_ik; an unpaired one D_j = a_j w_j, an
/// unpaired teacher C_ik = π − θ*_ik; s_i collects a_j‖w_j‖ sin θ_ij − b_k‖v_k‖ sin θ*_ik.
pub(super) fn gradient(at: &Evaluation<'_>) -> Mat<f64> {
    let (k, k_teacher) = (at.student.directions.len(), at.teacher.directions.len());
    let d = at.student.weights.ncols();
    let turns = Turns::new(at);

    let mass = Mat::from_fn(k, k, |i, j| at.inner.angle(i, j).supplement());
    let effective = Mat::from_fn(k, d, |j, c| match at.pairing.of_student[j] {
        Some(p) => at.pairing.pairs[p].sign * at.pairing.difference[(p, c)],
        None => at.student.top[j] * at.student.weights[(j, c)],
    });
    let coefficients = Mat::from_fn(k, k_teacher, |i, l| match at.pairing.of_teacher[l] {
        Some(p) => turns.angle_difference[(i, p)],
        None => at.outer.angle(i, l).supplement(),
    });
    let target = Mat::from_fn(k_teacher, d, |l, c| {
        at.teacher.top[l] * at.teacher.weights[(l, c)]
    });
    let mut gradient = product(mass.as_ref(), effective.as_ref())
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
        let own = at.inner.angle(i, pair.student);
        let other = at.outer.angle(i, pair.teacher);
        let turn = turns.angle_difference[(i, p)];
        let mean = f64::midpoint(own.radians(), other.radians());
        // ‖u‖ sin θ − ‖v‖ sin θ* = (‖u‖−‖v‖) sin θ + ‖v‖·2 cos((θ+θ*)/2) sin((θ−θ*)/2)
        sum += pair.sign
            * (pair.norm_difference * own.sin()
                + pair.teacher_norm * 2.0 * mean.cos() * (turn / 2.0).sin());
    }
    for (j, _) in unpaired(&at.pairing.of_student) {
        sum += at.student.top[j] * at.student.directions.norms[j] * at.inner.angle(i, j).sin();
    }
    for (l, _) in unpaired(&at.pairing.of_teacher) {
        sum -= at.teacher.top[l] * at.teacher.directions.norms[l] * at.outer.angle(i, l).sin();
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
            let own = at.inner.angle(i, pair.student);
            let other = at.outer.angle(i, pair.teacher);
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
            angle_difference(own, other, projection)
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

fn angle_difference(own: Angle, other: Angle, projection: f64) -> f64 {
    let mean = f64::midpoint(own.radians(), other.radians());
    let mean_sine = if mean <= std::f64::consts::FRAC_PI_2 {
        mean.sin()
    } else {
        f64::midpoint(own.supplement(), other.supplement()).sin()
    };
    if mean_sine == 0.0 {
        return 0.0;
    }
    -2.0 * (projection / (2.0 * mean_sine)).clamp(-1.0, 1.0).asin()
}
