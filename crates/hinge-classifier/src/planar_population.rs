use std::f64::consts::{FRAC_PI_2, PI, TAU};

use crate::data::{DataLaw, UniformAnnulus};
use crate::error::{Error, check};
use crate::network::{HingeNetwork, check_label};
use crate::objective::{Evaluation, Objective, Scratch};

/// The population loss l_i of a network without bias under the uniform law on a planar annulus m ≤ ‖x‖ ≤ M, with its
/// gradient, in closed form.
///
/// Between two angles at which a gate changes, the margin is g(φ) = ρ cos(φ − φ₀). The radial integrals are those over
/// m ≤ r ≤ min(M, 1/g):
///
/// - g < 1/M: loss (M² − m²)/2 − g (M³ − m³)/3 and pull (M³ − m³)/3 per angle;
/// - 1/M ≤ g < 1/m: loss 1/(6g²) − m²/2 + g m³/3 and pull (1/g³ − m³)/3;
///
/// and their integrals over φ are elementary: ∫dφ/cos² = tan, ∫sin/cos³ = 1/(2 cos²). All terms are divided by the area
/// π(M² − m²). The loss has an absolute error of some 1e-15 and is cut off at 0 below; the gradient keeps that relative to
/// M, so that a loss below about 1e-12 should not be asked for.
///
/// # Source
/// Long, Yin & Xin 2021, §2, which says that the integral has no closed form; in the plane it has this piecewise one.
#[derive(Debug, Clone)]
pub struct PlanarPopulation {
    network: HingeNetwork,
    class: usize,
    inner: f64,
    outer: f64,
}

impl PlanarPopulation {
    /// The objective of class `class` in the coordinates of its plane.
    ///
    /// # Errors
    /// A network with biases, no such class, or a law that is not planar.
    pub fn new(network: HingeNetwork, class: usize, law: &UniformAnnulus) -> Result<Self, Error> {
        check_label(class, network.top().classes())?;
        if let Some(&bias) = network.biases().iter().find(|&&b| b != 0.0) {
            check(
                "bias",
                bias,
                false,
                "the closed form needs a network without bias",
            )?;
        }
        if law.dimension() != 2 {
            return Err(Error::Count {
                name: "dimension",
                value: law.dimension(),
                requirement: "the closed form needs the plane",
            });
        }
        let (inner, outer) = law.radii();
        Ok(Self {
            network,
            class,
            inner,
            outer,
        })
    }

    /// The network.
    pub fn network(&self) -> &HingeNetwork {
        &self.network
    }

    /// Loss and share of errors of one other class; adds to the gradient.
    fn pair(
        &self,
        weights: &[f64],
        other: usize,
        gradient: &mut [f64],
        errors: &mut Vec<(f64, f64)>,
    ) -> f64 {
        let top = self.network.top();
        let differences: Vec<f64> = (0..top.neurons())
            .map(|j| top.difference(self.class, other, j))
            .collect();
        let mut gates: Vec<f64> = Vec::new();
        for (row, &s) in weights.chunks_exact(2).zip(&differences) {
            if s != 0.0 && (row[0] != 0.0 || row[1] != 0.0) {
                let angle = row[1].atan2(row[0]);
                gates.push((angle + FRAC_PI_2).rem_euclid(TAU));
                gates.push((angle - FRAC_PI_2).rem_euclid(TAU));
            }
        }
        gates.push(0.0);
        gates.push(TAU);
        gates.sort_by(f64::total_cmp);
        let density = 1.0 / (PI * (self.outer * self.outer - self.inner * self.inner));
        let mut loss = 0.0;
        for ends in gates.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            if from < to {
                let (sin, cos) = f64::midpoint(from, to).sin_cos();
                let open: Vec<usize> = (0..differences.len())
                    .filter(|&j| {
                        differences[j] != 0.0
                            && weights[2 * j] * cos + weights[2 * j + 1] * sin > 0.0
                    })
                    .collect();
                let mut sum = [0.0; 2];
                for &j in &open {
                    sum[0] += differences[j] * weights[2 * j];
                    sum[1] += differences[j] * weights[2 * j + 1];
                }
                let (part, pull) = self.arc(sum, from, to, errors);
                loss += density * part;
                for &j in &open {
                    gradient[2 * j] -= differences[j] * density * pull[0];
                    gradient[2 * j + 1] -= differences[j] * density * pull[1];
                }
            }
        }
        loss
    }

    /// ∫ of loss and pull over an arc on which the margin is `sum`·(cos φ, sin φ).
    fn arc(
        &self,
        sum: [f64; 2],
        from: f64,
        to: f64,
        errors: &mut Vec<(f64, f64)>,
    ) -> (f64, [f64; 2]) {
        let (m, outer) = (self.inner, self.outer);
        let amplitude = sum[0].hypot(sum[1]);
        let phase = sum[1].atan2(sum[0]);
        let mut cuts = vec![from, to];
        for level in [0.0, 1.0 / outer, 1.0 / m] {
            if level < amplitude {
                let half = (level / amplitude).acos();
                for angle in [phase - half, phase + half] {
                    let mut turned = angle.rem_euclid(TAU);
                    while turned < to {
                        if turned > from {
                            cuts.push(turned);
                        }
                        turned += TAU;
                    }
                }
            }
        }
        cuts.sort_by(f64::total_cmp);
        let all = (
            (outer * outer - m * m) / 2.0,
            (outer.powi(3) - m.powi(3)) / 3.0,
        );
        let (mut loss, mut pull) = (0.0, [0.0; 2]);
        for ends in cuts.windows(2) {
            let (a, b) = (ends[0], ends[1]);
            let middle = f64::midpoint(a, b);
            let width = b - a;
            if width <= 0.0 {
                continue;
            }
            // ∫ (cos φ, sin φ) dφ.
            let chord = 2.0 * (width / 2.0).sin();
            let arm = [chord * middle.cos(), chord * middle.sin()];
            let swept = sum[0] * arm[0] + sum[1] * arm[1];
            let margin = amplitude * (middle - phase).cos();
            if margin <= 0.0 {
                errors.push((a, b));
            }
            if margin < 1.0 / outer {
                loss += all.0 * width - all.1 * swept;
                pull[0] += all.1 * arm[0];
                pull[1] += all.1 * arm[1];
            } else if margin < 1.0 / m {
                let (ca, cb) = ((a - phase).cos(), (b - phase).cos());
                let (ta, tb) = ((a - phase).tan(), (b - phase).tan());
                let tangent = width.sin() / (ca * cb);
                let slope = 0.5 * tangent * (ta + tb);
                let cube = m.powi(3) / 3.0;
                loss +=
                    tangent / (6.0 * amplitude * amplitude) - 0.5 * m * m * width + cube * swept;
                let scale = 1.0 / (3.0 * amplitude.powi(3));
                let (sin, cos) = phase.sin_cos();
                pull[0] += scale * (tangent * cos - slope * sin) - cube * arm[0];
                pull[1] += scale * (tangent * sin + slope * cos) - cube * arm[1];
            }
        }
        (loss, pull)
    }
}

impl Objective for PlanarPopulation {
    fn neurons(&self) -> usize {
        self.network.top().neurons()
    }

    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, weights: &[f64], gradient: &mut [f64], _: &mut Scratch) -> Evaluation {
        assert_eq!(
            weights.len(),
            2 * self.neurons(),
            "the weights are k times 2"
        );
        gradient.fill(0.0);
        let mut loss = 0.0;
        let mut arcs = Vec::new();
        for other in (0..self.network.top().classes()).filter(|&r| r != self.class) {
            loss += self.pair(weights, other, gradient, &mut arcs);
        }
        Evaluation {
            loss: loss.max(0.0),
            errors: covered(&mut arcs) / TAU,
        }
    }
}

/// The length of a union of intervals.
fn covered(arcs: &mut [(f64, f64)]) -> f64 {
    arcs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut total, mut end) = (0.0, f64::NEG_INFINITY);
    for &mut (from, to) in arcs {
        if to > end {
            total += to - from.max(end);
            end = to;
        }
    }
    total
}
