//! Enclosures of the quantities of the papers at boxes of their arguments, straight from the formulas.

use crate::arithmetic::{Interval, angle, arc_cosine, norm};
use crate::error::Error;

/// L₁₂(θ, φ) for 0 < θ < π, 0 ≤ φ ≤ 2π, by Eq 45 of Tian 2017, supplement, with the signed e*·e₁⊥ = sin φ.
///
/// Each argument within one of the ranges that φ = θ, π, π + θ bound; across them the hull of the angles is taken.
pub fn l12(theta: Interval, phi: Interval) -> Interval {
    cone_function(theta, phi, phi.sin())
}

/// Eq 45 as printed: sin θ₁* in place of sin φ.
pub(crate) fn l12_as_printed(theta: Interval, phi: Interval) -> Interval {
    cone_function(theta, phi, phi.min(Interval::TAU - phi).sin())
}

fn cone_function(theta: Interval, phi: Interval, across: Interval) -> Interval {
    let first = phi.min(Interval::TAU - phi);
    let apart = (phi - theta).abs();
    let second = apart.min(Interval::TAU - apart);
    let h = arc_cosine(theta);
    let room = (Interval::PI - h) * (Interval::PI + h);
    let beta = (Interval::PI * arc_cosine(second) - h * arc_cosine(first)) / room;
    let sine = theta.sin();
    sine * ((Interval::PI - first) * across - (Interval::PI - theta) * sine * beta)
}

/// E\[F(e, w)\] = ((π−θ)w + ‖w‖ sin θ e)/2π for e along `direction`.
///
/// # Errors
/// Different lengths.
pub fn population_gating(
    direction: &[Interval],
    weight: &[Interval],
) -> Result<Vec<Interval>, Error> {
    let (theta, supplement) = angle(direction, weight)?;
    let reach = norm(weight) * theta.sin() / norm(direction);
    let parts = direction.iter().zip(weight);
    Ok(parts
        .map(|(&e, &w)| (supplement * w + reach * e) / Interval::TAU)
        .collect())
}

/// The population gradient of students against teachers, top weights 1, one neuron an entry.
///
/// # Errors
/// Neurons of different lengths.
///
/// # Source
/// Tian 2017, Eq 8.
pub fn population_gradient(
    students: &[Vec<Interval>],
    teachers: &[Vec<Interval>],
) -> Result<Vec<Vec<Interval>>, Error> {
    let mut rows = Vec::with_capacity(students.len());
    for own in students {
        let mut row = vec![Interval::ZERO; own.len()];
        for (sign, weight) in students
            .iter()
            .map(|w| (1.0, w))
            .chain(teachers.iter().map(|w| (-1.0, w)))
        {
            for (entry, part) in row.iter_mut().zip(population_gating(own, weight)?) {
                *entry = *entry + sign * part;
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// 2π(ẋ, ẏ) of the planar dynamics for x > 0, y ≥ 0 and real K ≥ 2.
///
/// # Source
/// Tian 2016, Eq 16–17.
pub fn planar_velocity(neurons: Interval, x: Interval, y: Interval) -> [Interval; 2] {
    let others = neurons - Interval::ONE;
    let rest = (neurons - Interval::from(2.0)) * y.sqr();
    let alpha = (x.sqr() + others * y.sqr()).sqrt().recip();
    let theta = (others.sqrt() * y.abs()).atan2(x);
    let phi = 2.0 * (x - y).abs().atan2(((x + y).sqr() + 2.0 * rest).sqrt());
    let phi_star = (x.sqr() + rest).sqrt().atan2(y);
    let sum = x - Interval::ONE + others * y;
    let pull = others * (alpha * phi_star.sin() - phi.sin()) + alpha * theta.sin();
    let open = (Interval::PI - phi) * sum;
    [
        pull * x - open - theta - phi * (x - Interval::ONE),
        pull * y - open - (phi_star - phi) - phi * y,
    ]
}
