//! Statements that are false as printed: the strict inequalities that say so, enclosed.

use crate::arithmetic::{
    Interval, arc_cosine, l12, l12_as_printed, planar_velocity, population_gradient,
};
use crate::counterexample::{
    basis_overlap, diagonal_gap, first_shift, gradient_jump, hull_loss, inflow_gap, line_loss,
    loss_rise, negative_growth, proof_vectors, start_spread,
};
use crate::error::Error;

/// A quantity that is not positive if the printed statement is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refutation {
    /// The claim, as in the errata.
    pub id: &'static str,
    /// The quantity.
    pub quantity: &'static str,
    /// Where it lies.
    pub enclosure: Interval,
}

impl Refutation {
    /// Whether the quantity is positive: the printed statement is false.
    pub fn holds(&self) -> bool {
        self.enclosure.low() > 0.0
    }
}

/// The refutations by a strict inequality.
///
/// # Errors
/// None on the arguments used here; those of the enclosures.
pub fn refutations() -> Result<Vec<Refutation>, Error> {
    let number = Interval::from;
    let entry = |id, quantity, enclosure| Refutation {
        id,
        quantity,
        enclosure,
    };
    let (theta, phi) = (number(1.0), number(4.0));
    let hinge = HingeTrap::new(number(0.01));
    let tenth = Interval::ONE / 10.0;
    Ok(vec![
        entry(
            "t17-conj1",
            "−L₁₂ at θ = 1, φ = 4, where Eq 45 as printed is positive",
            (-l12(theta, phi)).min(l12_as_printed(theta, phi)),
        ),
        entry(
            "t17-thm5",
            "V̇ + yᵀMy at w = (0, 1), w* = (1, 0), which Eq 29 says is 0",
            lyapunov_gap()?,
        ),
        entry(
            "t17-eq10",
            "θ* − cos θ* at θ* = π/2, which Eq 20 of the supplement says is 0",
            Interval::HALF_PI - Interval::HALF_PI.cos(),
        ),
        entry(
            "t17-saddle-k2",
            "‖∇‖² on the bisector of (1, 0) and (0, 2), said to be a critical point",
            bisector_gradient()?,
        ),
        entry(
            "t16-thm7.6",
            "−2πẏ at (x, y) = (3/2, 0), K = 5, on an edge said to be inward",
            -planar_velocity(number(5.0), number(1.5), Interval::ZERO)[1],
        ),
        entry(
            "t16-thm7.10",
            "‖2π(ẋ, ẏ)‖² at (1, 1), K = 5, the printed limit",
            {
                let [x, y] = planar_velocity(number(5.0), Interval::ONE, Interval::ONE);
                x.sqr() + y.sqr()
            },
        ),
        entry(
            "lyx-prop1",
            "loss on an open set of weights with gradient 0",
            hinge.loss_where_flat().unwrap_or(Interval::ZERO),
        ),
        entry(
            "lyx-l4.2",
            "jump of a gradient said to be Lipschitz, v = 1, b = (1/10, 6/10), w₁ = w₂ = (1, 0)",
            gradient_jump(1.0, [1.0, 6.0]),
        ),
        entry(
            "lyx-prop2",
            "loss of the sample (0, −1) with a ball of radius 1.26 > 1.2 in the hull, v = 1/10, b = 1/5",
            hull_loss(tenth, tenth * 2.0, number(126.0) / 100.0),
        ),
        entry(
            "lyx-l5.1",
            "growth of a negative neuron (0.2, 0) said not to grow, v = 100, r = 1/10, η = 1/20",
            negative_growth(100.0, tenth * 0.5),
        ),
        entry(
            "lyx-thm3.1",
            "rise of the loss, at least, in a step η = 30 < L/2 said to descend",
            loss_rise(number(30.0)),
        ),
        entry(
            "lyx-thm3.2",
            "loss that never changes on the line, d_i = 1, a positive neuron 2, a negative one 1/2",
            line_loss(&[(1.0, 2.0), (-1.0, 0.5)]),
        ),
        entry(
            "lyx-prop3",
            "least of |⟨v, w̃₁⟩ − sin α| and |⟨n, w̃₁⟩|, said to be 0, at α = 3/10",
            proof_vectors(tenth * 3.0)?,
        ),
        entry(
            "t17-prop2",
            "‖Eq 19 − inflow‖² at the sample (1, 1)",
            inflow_gap([[1.0, 1.0], [1.0, 2.0]], [1.0, 3.0]),
        ),
        entry(
            "t16-eq22",
            "|e·e⊥| of a basis said to be orthonormal, e = (1, 0), w = (3, 4)/5",
            basis_overlap([tenth * 6.0, tenth * 8.0])?,
        ),
        entry(
            "t16-thm7.11",
            "|printed − true x(30)|, K = 2, x₀ = 1, C right at t = 1",
            diagonal_gap(Interval::ONE),
        ),
        entry(
            "t17-eq17",
            "‖P₁w − w‖² at w = (1, 2, 3), P₁ said to be the identity",
            first_shift(3),
        ),
        entry(
            "t17-thm7",
            "spread of the entries 2 to 4 of w⁰, said to be equal, K = 4",
            start_spread(4),
        ),
    ])
}

/// V̇ + yᵀMy at w = (0, 1), w* = (1, 0), y = (1, 1): V̇ = −(w−w*)·∇, and M = ½ \[\[π, −1\], \[−1, 2π\]\] at θ = π/2.
fn lyapunov_gap() -> Result<Interval, Error> {
    let (zero, one) = (Interval::ZERO, Interval::ONE);
    let gradient = population_gradient(&[vec![zero, one]], &[vec![one, zero]])?;
    let rate = gradient
        .first()
        .and_then(|row| Some(*row.first()? - *row.get(1)?))
        .unwrap_or(Interval::ENTIRE);
    Ok(rate + (3.0 * Interval::HALF_PI - 1.0))
}

/// ‖∇‖² at two equal students on the bisector of (1, 0) and (0, 2), of total length 3h(π/4)/π.
fn bisector_gradient() -> Result<Interval, Error> {
    let zero = Interval::ZERO;
    let teachers = [vec![Interval::ONE, zero], vec![zero, Interval::from(2.0)]];
    let total = 3.0 * arc_cosine(Interval::PI / 4.0) / Interval::PI;
    // Each half of the length, along (1, 1)/√2.
    let entry = total * 0.5 * Interval::from(0.5).sqrt();
    let student = vec![entry, entry];
    let gradient = population_gradient(&[student.clone(), student], &teachers)?;
    Ok(gradient
        .iter()
        .flatten()
        .fold(zero, |sum, entry| sum + entry.sqr()))
}

/// A box of weights of the hinge classifier on the 880 points (20/j)(cos iπ/40, sin iπ/40), j = 10…20, i = 1…80.
///
/// Three positive neurons of length 80 at ½°, 1° and 179½°, three negative ones of length 1/100 at 60°, 90° and 120°, top
/// weights ±½; every coordinate may move by `radius`.
///
/// # Source
/// Long, Yin & Xin 2021, Prop 1 and §6.
#[derive(Debug, Clone)]
pub struct HingeTrap {
    positive: Vec<[Interval; 2]>,
    negative: Vec<[Interval; 2]>,
}

impl HingeTrap {
    /// The box of that radius.
    pub fn new(radius: Interval) -> Self {
        let ball = Interval::around(0.0, radius.mag());
        let arm = |length: f64, degrees: f64, ball: Interval| {
            let angle = degrees * Interval::PI / 180.0;
            [length * angle.cos() + ball, length * angle.sin() + ball]
        };
        // The negative neurons move in proportion to their length.
        let small = ball * 0.01;
        Self {
            positive: [0.5, 1.0, 179.5].map(|a| arm(80.0, a, ball)).to_vec(),
            negative: [60.0, 90.0, 120.0].map(|a| arm(0.01, a, small)).to_vec(),
        }
    }

    /// The mean hinge loss, if for all weights of the box each point has either margin above 1 or no active neuron.
    ///
    /// Then the gradient vanishes on the box: a point beyond the margin does not contribute, and neither does one at
    /// which every neuron is inactive, whose loss is 1.
    pub fn loss_where_flat(&self) -> Option<Interval> {
        let half = Interval::from(0.5);
        let mut idle = 0.0;
        let mut points = 0.0;
        for i in 1..=80 {
            let angle = f64::from(i) * Interval::PI / 40.0;
            let (cos, sin) = (angle.cos(), angle.sin());
            let along = |w: &[Interval; 2]| w[0] * cos + w[1] * sin;
            let rectified = |w: &[Interval; 2]| along(w).max(Interval::ZERO);
            let sum = |neurons: &[[Interval; 2]]| {
                neurons
                    .iter()
                    .fold(Interval::ZERO, |sum, w| sum + rectified(w))
            };
            let output = half * (sum(&self.positive) - sum(&self.negative));
            let mut neurons = self.positive.iter().chain(&self.negative);
            let asleep = neurons.all(|w| along(w).high() < 0.0);
            for j in 10..=20 {
                points += 1.0;
                let radius = Interval::from(20.0) / f64::from(j);
                if asleep {
                    idle += 1.0;
                } else if (radius * output).low() <= 1.0 {
                    return None;
                }
            }
        }
        Some(Interval::from(idle) / Interval::from(points))
    }
}
