use std::f64::consts::{FRAC_PI_2, TAU};

use numeric::exponent;

use super::{Evaluation, HingeLoss, Scratch};
use crate::data::{DataLaw, UniformAnnulus};
use crate::error::{Error, check};
use crate::gauss::RULE;
use crate::network::wide::times_power;
use crate::network::{HingeNetwork, TopLayer, check_label};

/// The population loss l_i of a network without bias under the uniform law on a planar annulus m ≤ ‖x‖ ≤ M, with its
/// gradient.
///
/// Between two angles at which a gate changes, the margin is g(φ) = ρ cos(φ − φ₀). With μ = m/M and τ = min(M, 1/g)/M the
/// radial means over the law are:
///
/// - g < 1/M: loss 1 − g M q and pull M q with q = ⅔ (1 + μ + μ²)/(1 + μ);
/// - 1/M ≤ g < 1/m: loss (τ − μ)²(τ + 2μ)/(3τ(1 − μ²)) and pull ⅔ M (τ³ − μ³)/(1 − μ²);
/// - 1/m ≤ g: nothing.
///
/// The first case is integrated over φ in closed form. In the second the closed form (∫dφ/cos² = tan) cancels in thin annuli and
/// near its end; Gauss's rule with 16 points on arcs over which g at most doubles is accurate to rounding, and every term is
/// positive. The loss has an absolute error of some 1e-15 for weights of moderate size, also in thin annuli, and it is 0 only
/// where the computed margin is at least 1 on the whole annulus. It tends to 0 more slowly than geometrically: train until it
/// is below a threshold.
///
/// # Source
/// Long, Yin & Xin 2021, §2, which says that the integral has no closed form; in the plane it has a piecewise one.
#[derive(Debug, Clone)]
pub struct PlanarPopulation {
    network: HingeNetwork,
    class: usize,
    inner: f64,
    outer: f64,
    /// 0, then margins from 1/M to 1/m of which none is more than twice the last.
    levels: Vec<f64>,
}

/// A vector `direction`·2^`power`, so that large sums of weights stay in range.
#[derive(Debug, Clone, Copy)]
struct Sum {
    direction: [f64; 2],
    power: i32,
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
            levels: levels(inner, outer),
        })
    }

    /// The network.
    pub fn network(&self) -> &HingeNetwork {
        &self.network
    }

    /// Loss of one other class; adds to the gradient, and the arcs on which the class is not preferred.
    fn pair(
        &self,
        weights: &[f64],
        other: usize,
        gradient: &mut [f64],
        errors: &mut Vec<(f64, f64)>,
    ) -> f64 {
        let top = self.network.top();
        let twice = 2.0 * top.modulus();
        let signs: Vec<f64> = (0..top.neurons())
            .map(|j| top.sign(self.class, other, j))
            .collect();
        let mut gates: Vec<f64> = Vec::new();
        for (row, &sign) in weights.chunks_exact(2).zip(&signs) {
            if sign != 0.0 && (row[0] != 0.0 || row[1] != 0.0) {
                let angle = row[1].atan2(row[0]);
                gates.push((angle + FRAC_PI_2).rem_euclid(TAU));
                gates.push((angle - FRAC_PI_2).rem_euclid(TAU));
            }
        }
        gates.push(0.0);
        gates.push(TAU);
        gates.sort_by(f64::total_cmp);
        let mut loss = 0.0;
        for ends in gates.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            if from < to {
                let (sin, cos) = f64::midpoint(from, to).sin_cos();
                let open: Vec<usize> = (0..signs.len())
                    .filter(|&j| {
                        // Halves, which cannot overflow.
                        let (x, y) = (0.5 * weights[2 * j], 0.5 * weights[2 * j + 1]);
                        signs[j] != 0.0 && x * cos + y * sin > 0.0
                    })
                    .collect();
                let sum = self.sum(weights, &signs, &open);
                let (part, pull) = self.arc(sum, from, to, errors);
                loss += part / TAU;
                for &j in &open {
                    gradient[2 * j] -= signs[j] * twice * (pull[0] / TAU);
                    gradient[2 * j + 1] -= signs[j] * twice * (pull[1] / TAU);
                }
            }
        }
        loss
    }

    /// Σ_j (v_{i,j} − v_{r,j}) w_j over the open neurons.
    fn sum(&self, weights: &[f64], signs: &[f64], open: &[usize]) -> Sum {
        let twice = 2.0 * self.network.top().modulus();
        let entries = open
            .iter()
            .flat_map(|&j| [weights[2 * j], weights[2 * j + 1]]);
        let largest = entries.fold(0.0_f64, |most, w| most.max(w.abs()));
        if largest == 0.0 {
            return Sum {
                direction: [0.0; 2],
                power: 0,
            };
        }
        let [own, factor] = [largest, twice].map(|x| exponent(x).unwrap_or(0));
        let mut direction = [0.0; 2];
        for &j in open {
            for (c, sum) in direction.iter_mut().enumerate() {
                *sum += signs[j] * times_power(weights[2 * j + c], -own);
            }
        }
        Sum {
            direction: direction.map(|x| times_power(twice, -factor) * x),
            power: own + factor,
        }
    }

    /// ∫ of the radial means of loss and pull over an arc on which the margin is `sum`·(cos φ, sin φ).
    fn arc(&self, sum: Sum, from: f64, to: f64, errors: &mut Vec<(f64, f64)>) -> (f64, [f64; 2]) {
        let [x, y] = sum.direction;
        let (amplitude, phase) = (x.hypot(y), y.atan2(x));
        let mut cuts = vec![from, to];
        let mut cut = |angle: f64| {
            let mut turned = angle.rem_euclid(TAU);
            while turned < to {
                if turned > from {
                    cuts.push(turned);
                }
                turned += TAU;
            }
        };
        cut(phase);
        for &level in &self.levels {
            let level = times_power(level, -sum.power);
            if level < amplitude {
                let half = (level / amplitude).acos();
                cut(phase - half);
                cut(phase + half);
            }
        }
        cuts.sort_by(f64::total_cmp);
        let (m, outer) = (self.inner, self.outer);
        let ratio = m / outer;
        // 1 − μ², without cancellation.
        let ring = (outer - m) / outer * (1.0 + ratio);
        let mean = outer * (2.0 / 3.0) * (1.0 + ratio + ratio * ratio) / (1.0 + ratio);
        let margin_at = |angle: f64| times_power(amplitude * (angle - phase).cos(), sum.power);
        let (mut loss, mut pull) = (0.0, [0.0; 2]);
        for ends in cuts.windows(2) {
            let (a, b) = (ends[0], ends[1]);
            let width = b - a;
            if width <= 0.0 {
                continue;
            }
            let middle = f64::midpoint(a, b);
            let margin = margin_at(middle);
            if margin <= 0.0 {
                errors.push((a, b));
            }
            if margin < 1.0 / outer {
                // ∫ (cos φ, sin φ) dφ.
                let chord = 2.0 * (width / 2.0).sin();
                let arm = [chord * middle.cos(), chord * middle.sin()];
                let swept = times_power(x * arm[0] + y * arm[1], sum.power);
                loss += width - mean * swept;
                pull[0] += mean * arm[0];
                pull[1] += mean * arm[1];
            } else if margin < 1.0 / m {
                let half = 0.5 * width;
                for (point, weight) in RULE.iter().flat_map(|&(t, w)| [(-t, w), (t, w)]) {
                    let angle = middle + half * point;
                    let reach = (1.0 / margin_at(angle)).clamp(m, outer);
                    let (t, beyond) = (reach / outer, (reach - m) / outer);
                    let weight = weight * half / ring;
                    loss += weight * beyond * beyond * (t + 2.0 * ratio) / (3.0 * t);
                    let cubes = beyond * (t * t + t * ratio + ratio * ratio);
                    let force = weight * (2.0 / 3.0) * cubes * outer;
                    pull[0] += force * angle.cos();
                    pull[1] += force * angle.sin();
                }
            }
        }
        (loss, pull)
    }
}

/// 0, then 1/M, 2/M, 4/M, … and 1/m.
fn levels(inner: f64, outer: f64) -> Vec<f64> {
    let last = 1.0 / inner;
    let doubled = std::iter::successors(Some(1.0 / outer), |level| Some(2.0 * level));
    let mut levels = vec![0.0];
    levels.extend(doubled.take_while(|&level| level < last));
    levels.push(last);
    levels
}

impl HingeLoss for PlanarPopulation {
    fn neurons(&self) -> usize {
        self.network.top().neurons()
    }

    fn top(&self) -> Option<&TopLayer> {
        Some(self.network.top())
    }

    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        _: &mut Scratch,
    ) -> Result<Evaluation, Error> {
        self.check(weights, gradient)?;
        gradient.fill(0.0);
        let mut loss = 0.0;
        let mut arcs = Vec::new();
        for other in (0..self.network.top().classes()).filter(|&r| r != self.class) {
            loss += self.pair(weights, other, gradient, &mut arcs);
        }
        Ok(Evaluation {
            // A sum of terms that are not negative but for rounding.
            loss: loss.max(0.0),
            errors: (covered(&mut arcs) / TAU).min(1.0),
        })
    }
}

/// The length of a union of intervals.
fn covered(arcs: &mut [(f64, f64)]) -> f64 {
    arcs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Intervals that meet are joined before their length is taken, so that all of the circle has its length exactly.
    let mut total = 0.0;
    let mut joined: Option<(f64, f64)> = None;
    for &mut (from, to) in arcs {
        joined = match joined {
            Some((start, end)) if from <= end => Some((start, end.max(to))),
            other => {
                total += other.map_or(0.0, |(start, end)| end - start);
                Some((from, to))
            }
        };
    }
    total + joined.map_or(0.0, |(start, end)| end - start)
}
