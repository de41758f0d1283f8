//! Enclosures of what printed statements get wrong, with the input as argument: at some inputs they are right, and the
//! quantity is not positive.

use crate::arithmetic::{Interval, angle, dot, norm};
use crate::{Error, planar_velocity};

/// The greatest radius of the annulus 1 ≤ ‖x‖ ≤ 2 of the plane, on which the laws here are uniform.
const OUTER: f64 = 2.0;

/// `quantity` if the hypothesis is certainly positive, else 0: nothing is refuted outside it.
fn given(hypothesis: Interval, quantity: Interval) -> Interval {
    if hypothesis.low() > 0.0 {
        quantity
    } else {
        Interval::ZERO
    }
}

/// E\[x₁ 1{x₁ > c}\], 0 ≤ c ≤ 1: 2/9π ((4−c²)^{3/2} − (1−c²)^{3/2}).
fn half_moment(c: Interval) -> Interval {
    let cut = |radius: f64| {
        let chord = (Interval::from(radius * radius) - c.sqr()).max(Interval::ZERO);
        chord * chord.sqrt()
    };
    2.0 * (cut(OUTER) - cut(1.0)) / (9.0 * Interval::PI)
}

/// The greatest mass C_p of a line, 2/(π√3): the one that touches the inner circle.
fn greatest_slice() -> Interval {
    2.0 / (Interval::PI * Interval::from(3.0).sqrt())
}

/// The jump of the gradient, Σ_j‖·‖, at w₁ = w₂ = (1, 0), v₁ = v, v₂ = −v; biases in tenths, as integers.
///
/// Where both neurons are active the margin is 2v(b₂ − b₁). If it is 1, a larger ‖w₁‖ frees all of x₁ > b₂, a smaller one
/// none of it. 0 if it is not 1, or if Σb ≥ 1, or b₁ ≥ b₂.
///
/// # Source
/// Long, Yin & Xin 2021, Lemma 4.2.
pub fn gradient_jump(v: f64, tenths: [f64; 2]) -> Interval {
    let [first, second] = tenths;
    if first + second >= 10.0 || first >= second || 2.0 * v * (second - first) != 10.0 {
        return Interval::ZERO;
    }
    2.0 * (2.0 * v * half_moment(Interval::from(second) / 10.0))
}

/// The loss of the sample (0, −1) for three positive neurons in a regular triangle around a ball of that radius, if it is
/// above the printed 1 + b.
///
/// # Source
/// Long, Yin & Xin 2021, Prop 2, m = 1.
pub fn hull_loss(v: Interval, bias: Interval, radius: Interval) -> Interval {
    let output = [90.0, 210.0, 330.0]
        .into_iter()
        .fold(Interval::ZERO, |sum, degrees: f64| {
            let along = -2.0 * (radius * (degrees * Interval::PI / 180.0).sin());
            sum + (along - bias).max(Interval::ZERO)
        });
    let loss = (Interval::ONE - 2.0 * (v * output)).max(Interval::ZERO);
    given(radius - (Interval::ONE + bias), loss)
}

/// By how much the norm of the only nonzero neuron (0.2, 0), a negative one, grows in a step that both printed conditions
/// allow for r = 1/10, two classes, no bias.
///
/// # Source
/// Long, Yin & Xin 2021, Lemma 5.1.
pub fn negative_growth(v: f64, eta: Interval) -> Interval {
    let (r, start) = (Interval::ONE / 10.0, Interval::ONE / 5.0);
    let smooth = r / (greatest_slice() * OUTER * OUTER) - eta;
    let short = r / (2.0 * (eta * 2.0 * OUTER)) - eta;
    let moved = start - eta * (2.0 * v * half_moment(Interval::ZERO));
    given(smooth.min(short).min(start - r), moved.abs() - start)
}

/// A lower bound of the rise of the loss in a step η < L/2: v = ½, four positive and two negative neurons with biases
/// 0.1, 0.05, 0.1, 0.05, 0.1, 0.1, all 0 but the first negative one, (1, 0).
///
/// The loss is 1 + E\[σ(⟨w, x⟩ − b)\], and σ(t) − b ≤ σ(t − b) ≤ σ(t), the first only where t > 0.
///
/// # Source
/// Long, Yin & Xin 2021, proof of Theorem 3.1, L of Lemma 4.2.
pub fn loss_rise(eta: Interval) -> Interval {
    let bias = Interval::ONE / 10.0;
    let sets = 8.0 * 6.0 * 0.5 * (Interval::TAU / (3.0 * Interval::PI)) * OUTER.powi(4);
    // Σb = ½, n = 2, 2v = 1; the least bias is 1/20.
    let lipschitz = sets / 0.5 + 2.0 * (greatest_slice() * OUTER.powi(3)) * 20.0;
    let moved = Interval::ONE - eta * half_moment(bias);
    let mean = half_moment(Interval::ZERO);
    let rise = (moved.abs() - Interval::ONE) * mean - bias * 0.5;
    given(lipschitz / 2.0 - eta, rise)
}

/// The mean loss on 1 ≤ |x| ≤ 2 of the line if no neuron moves: 2v = 1, no bias, each neuron with its sign.
///
/// The samples of a side do not move a neuron if their margin is above 1, or no neuron is active there. 0 otherwise.
///
/// # Source
/// Long, Yin & Xin 2021, Theorem 3.2, d_i = 1.
pub fn line_loss(neurons: &[(f64, f64)]) -> Interval {
    let mut loss = Interval::ZERO;
    for side in [1.0, -1.0] {
        let output = neurons.iter().fold(Interval::ZERO, |sum, &(sign, w)| {
            sum + sign * Interval::from(w * side).max(Interval::ZERO)
        });
        if neurons.iter().all(|&(_, w)| w * side < 0.0) {
            loss = loss + Interval::from(0.5);
        } else if output.low() <= 1.0 {
            return Interval::ZERO;
        }
    }
    loss
}

/// The least of |⟨v, w̃₁⟩ − sin α| and |⟨n, w̃₁⟩| for v = (1, 0), w̃₁ = (cos α, sin α), n = (−cos α, sin α).
///
/// # Errors
/// None: the vectors are planar.
///
/// # Source
/// Long, Yin & Xin 2021, proof of Prop 3.
pub fn proof_vectors(alpha: Interval) -> Result<Interval, Error> {
    let (sin, cos) = (alpha.sin(), alpha.cos());
    let (v, w, n) = ([Interval::ONE, Interval::ZERO], [cos, sin], [-cos, sin]);
    Ok((dot(&v, &w)? - sin).abs().min(dot(&n, &w)?.abs()))
}

/// Σ_k (Eq 19 − inflow)² at the sample (1, 1), first student layer the identity, these upper layers, every gate open.
///
/// The loss is quadratic in the outputs y of the first layer: its central difference of step 1 is its derivative.
///
/// # Source
/// Tian 2016, Eq 19, against the teacher \[\[1, 1\], \[1, 0\]\], \[\[1, 0\], \[0, 1\]\], \[1, 1\].
pub fn inflow_gap(second: [[f64; 2]; 2], top: [f64; 2]) -> Interval {
    let number = Interval::from;
    let output = |y: [Interval; 2], second: [[f64; 2]; 2], top: [f64; 2]| {
        let rows = second.map(|row| row[0] * y[0] + row[1] * y[1]);
        top[0] * rows[0] + top[1] * rows[1]
    };
    let ones = [Interval::ONE; 2];
    let seen = [number(2.0), Interval::ONE];
    let target = output(seen, [[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0]);
    let loss = |y| (output(y, second, top) - target).sqr() * 0.5;
    (0..2).fold(Interval::ZERO, |sum, k| {
        let (mut low, mut high, mut unit) = (ones, ones, [Interval::ZERO; 2]);
        low[k] = Interval::ZERO;
        high[k] = number(2.0);
        unit[k] = Interval::ONE;
        let inflow = (loss(low) - loss(high)) * 0.5;
        let own = output(unit, second, top);
        let printed = own * (target - own * output(ones, second, top));
        sum + (printed - inflow).sqr()
    })
}

/// |e·e⊥| for e = (1, 0) and e⊥ = −(e − (w/‖w‖) cos θ)/sin θ.
///
/// # Errors
/// None: the vectors are planar.
///
/// # Source
/// Tian 2016, proof of Lemma 7.2.
pub fn basis_overlap(w: [Interval; 2]) -> Result<Interval, Error> {
    let e = [Interval::ONE, Interval::ZERO];
    let (theta, _) = angle(&e, &w)?;
    let across = [0, 1].map(|i| -(e[i] - w[i] / norm(&w) * theta.cos()) / theta.sin());
    Ok(dot(&e, &across)?.abs())
}

/// |printed − true x(30)| on the diagonal for K = 2, N = 1, with C such that the printed x(1) is right.
///
/// x* is where the planar velocity −K(x − x*)/2, linear in x = y, vanishes.
///
/// # Source
/// Tian 2016, Theorem 7.11.
pub fn diagonal_gap(start: Interval) -> Interval {
    let [speed, _] = planar_velocity(Interval::from(2.0), Interval::ONE, Interval::ONE);
    let saddle = Interval::ONE + speed / Interval::TAU;
    let decay = |t: f64| Interval::from(-t).exp();
    let truth = |t: f64| saddle + (start - saddle) * decay(t);
    let factor = (truth(1.0) - start) / decay(1.0);
    (start + factor * decay(30.0) - truth(30.0)).abs()
}

/// ‖P₁w − w‖² for w = (1, …, K), where P_j maps index j′ + 1 to (j′ + j mod K) + 1.
///
/// # Source
/// Tian 2016, §4.
pub fn first_shift(neurons: u32) -> Interval {
    (0..neurons).fold(Interval::ZERO, |sum, j| {
        let image = (j + 1) % neurons;
        sum + (Interval::from(f64::from(image)) - Interval::from(f64::from(j))).sqr()
    })
}

/// Σ_{i≥3} (w⁰_i − w⁰_2)² for w⁰ = x⁰w* + Σ_{j≠1} P_j w*_j, w*_j = P_j w* = e_j, P_j the shift by j − 1.
///
/// # Source
/// Tian 2017, §6.2.
pub fn start_spread(neurons: usize) -> Interval {
    let mut start = vec![0.0; neurons];
    for j in 1..neurons {
        start[(j + j) % neurons] += 1.0;
    }
    let mut others = start.into_iter().skip(1).map(Interval::from);
    let second = others.next().unwrap_or(Interval::ZERO);
    others.fold(Interval::ZERO, |sum, entry| sum + (entry - second).sqr())
}
