//! Neurons at the origin, where a network is not differentiable in them.

use faer::Mat;
use teacher_student::Population;

use super::LONGEST;

/// A neuron shorter than this has vanished; in units of the longest teacher, as all lengths here.
const VANISHED: f64 = 1e-7;
/// A neuron shorter than `SHORT` that is pulled `FAR` times its length and at least `LEAST` has come to cross the origin.
const SHORT: f64 = 1e-2;
const FAR: f64 = 10.0;
const LEAST: f64 = 1e-3;

/// Whether a neuron has vanished.
pub(super) fn reached(weights: &Mat<f64>, unit: f64) -> bool {
    (0..weights.nrows()).any(|j| weights.row(j).norm_l2() < VANISHED * unit)
}

/// The students with those at the origin taken away from it; none if there are none, or no way.
pub(super) fn left(
    population: &Population,
    weights: &Mat<f64>,
    gradient: &Mat<f64>,
    unit: f64,
) -> Option<Mat<f64>> {
    crossed(population, weights, gradient, unit).or_else(|| split(population, weights, unit))
}

/// Short neurons that the gradient pulls through the origin, on the other side of it; none if there are none.
///
/// A step of Newton's method with a single neuron and its gate held fixed ends at −2∇_j/a_j². Where that is far longer than
/// the neuron, the neuron is about to cross the origin, where ‖∇‖ has local minima that are no critical points: the gradient
/// depends on the direction of the neuron alone.
fn crossed(
    population: &Population,
    weights: &Mat<f64>,
    gradient: &Mat<f64>,
    unit: f64,
) -> Option<Mat<f64>> {
    let mut next = None;
    for (j, a) in population.student_top_weights().iter().enumerate() {
        let length = weights.row(j).norm_l2();
        let pull = 2.0 * gradient.row(j).norm_l2() / (a * a);
        if length < SHORT * unit && pull > FAR * length && pull > LEAST * unit {
            let scale = -2.0 / (a * a) * (LONGEST * unit / pull).min(1.0);
            let next = next.get_or_insert_with(|| weights.clone());
            for c in 0..weights.ncols() {
                next[(j, c)] = scale * gradient[(j, c)];
            }
        }
    }
    next
}

/// A neuron that has vanished, because the others do without it, becomes a share of the longest of them: the network
/// stays the same function. None if none has vanished, or none has a top weight of the same sign.
fn split(population: &Population, weights: &Mat<f64>, unit: f64) -> Option<Mat<f64>> {
    let top = population.student_top_weights();
    let lengths: Vec<f64> = (0..weights.nrows())
        .map(|j| weights.row(j).norm_l2())
        .collect();
    let j = lengths.iter().position(|l| *l < VANISHED * unit)?;
    let longest = (0..top.len())
        .filter(|&l| top[l] * top[j] > 0.0 && lengths[l] >= SHORT * unit)
        .max_by(|&l, &m| lengths[l].total_cmp(&lengths[m]))?;
    let mut next = weights.clone();
    for c in 0..weights.ncols() {
        next[(j, c)] = weights[(longest, c)] * 0.5 * top[longest] / top[j];
        next[(longest, c)] *= 0.5;
    }
    Some(next)
}
