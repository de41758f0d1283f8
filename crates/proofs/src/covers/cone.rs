//! Conjecture 1: the sign of L₁₂ on the whole open domain, chart by chart.
//!
//! L₁₂ = sin θ · N/D with D = (π−h(θ))(π+h(θ)) > 0 and, g(z) = (π−z) sin z = −h′(z),
//!
//! N = ±g(θ₁*) D − g(θ)\[π h(θ₂*) − h(θ) h(θ₁*)\],
//!
//! with the sign + for e* in the upper half plane and − in the lower. On each of the four pieces the angles are linear in (θ, φ), so
//! that N is an entire function of them.

use std::ops::{Mul, Neg, Sub};

use crate::arithmetic::{Dual, Exact, Interval, Jet, Symbol};
use crate::covers::{Cell, Edge, End, Positive, Rule};

/// Coefficients of the expansions about a corner or an edge.
const LONG: usize = 12;
/// Coefficients of the expansions about the middle of a cell.
const SHORT: usize = 4;

/// The piece of the circle in which e* lies, as seen from e₁ = (1, 0) and e₂ = (cos θ, sin θ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Inside the cone, 0 < φ < θ: L₁₂ > 0.
    A,
    /// θ < φ ≤ π: L₁₂ < 0.
    B,
    /// π ≤ φ ≤ π + θ: L₁₂ < 0.
    C,
    /// π + θ < φ < 2π: L₁₂ < 0.
    D,
}

/// A number p + qπ.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mix(f64, f64);

impl Mix {
    fn enclosure(self) -> Interval {
        self.0 + self.1 * Interval::PI
    }

    fn exact(self) -> Exact {
        Exact::number(self.0) + Exact::number(self.1) * Exact::symbol(Symbol::Pi)
    }
}

/// An angle of a chart, a₀ + a₁x + a₂t + a₃xt.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bilinear([Mix; 4]);

impl Bilinear {
    /// π minus it, exactly.
    fn supplement(self) -> Self {
        let [a, b, c, d] = self.0.map(|m| Mix(-m.0, -m.1));
        Self([Mix(a.0, 1.0 + a.1), b, c, d])
    }

    fn combine(self, sign: f64, other: Self) -> Self {
        let mut sum = self.0;
        for (m, n) in sum.iter_mut().zip(other.0) {
            *m = Mix(m.0 + sign * n.0, m.1 + sign * n.1);
        }
        Self(sum)
    }

    /// At one value of t, as (value at x = 0, slope along x).
    fn exact(self, t: &Exact) -> (Exact, Exact) {
        let [a, b, c, d] = self.0.map(Mix::exact);
        (a + c * t.clone(), b + d * t.clone())
    }

    /// As a function of the increment of x: (value at x, slope along x).
    fn along_x<const N: usize>(self, x: Interval, t: Dual<N>) -> (Dual<N>, Dual<N>) {
        let [a, b, c, d] = self.0.map(Mix::enclosure);
        let slope = Dual::constant(b) + t.scale(d);
        let base = Dual::constant(a) + t.scale(c);
        (base + slope.scale(x), slope)
    }
}

/// A rectangle of coordinates (x, t), t ∈ \[0, 1\], for a part of a piece.
///
/// N = ±xᵐ Q with Q entire; what is bounded is Q, which does not vanish but on the edges named by `rules`.
#[derive(Debug, Clone)]
pub struct Chart {
    name: String,
    piece: Piece,
    /// +1 where N > 0 is claimed.
    sign: f64,
    theta: Bilinear,
    first: Bilinear,
    range: [Mix; 2],
    power: usize,
    rules: &'static [Rule],
}

const BOTH: &[Rule] = &[Rule::Value, Rule::RisesFromLowEdge, Rule::FallsToHighEdge];
const LOW: &[Rule] = &[Rule::Value, Rule::RisesFromLowEdge];
const VALUE: &[Rule] = &[Rule::Value];

/// Up to here, from θ = 0, the charts expand about θ = 0.
const NEAR_ZERO: f64 = 0.5;
/// Up to here, from θ = π, the charts expand about θ = π.
const NEAR_PI: f64 = 0.75;

/// The charts of Conjecture 1. Their images cover 0 < θ < π, 0 < φ < 2π, φ ≠ θ.
pub fn cone_charts() -> Vec<Chart> {
    let (a, b) = (NEAR_ZERO, NEAR_PI);
    let zero = Mix(0.0, 0.0);
    let number = |p: f64| Mix(p, 0.0);
    let pi = Mix(0.0, 1.0);
    let bilinear = |c: [Mix; 4]| Bilinear(c);
    // θ = x, θ = π − x, θ = π − xt.
    let from_zero = bilinear([zero, number(1.0), zero, zero]);
    let from_pi = bilinear([pi, number(-1.0), zero, zero]);
    let from_pi_xt = bilinear([pi, zero, zero, number(-1.0)]);
    let (small, middle, large) = (
        [zero, number(a)],
        [number(a), Mix(-b, 1.0)],
        [zero, number(b)],
    );
    let xt = bilinear([zero, zero, zero, number(1.0)]);
    let turned = bilinear([pi, zero, zero, number(-1.0)]);
    // t(π − x) and x + t(π − x).
    let opposite = bilinear([zero, zero, pi, number(-1.0)]);
    let beyond = bilinear([zero, number(1.0), pi, number(-1.0)]);
    let chart = |name: &str, piece, theta, first, range, power, rules| Chart {
        name: name.to_owned(),
        piece,
        sign: if piece == Piece::A { 1.0 } else { -1.0 },
        theta,
        first,
        range,
        power,
        rules,
    };
    let one = number(1.0);
    let minus = number(-1.0);
    vec![
        chart("A1", Piece::A, from_zero, xt, small, 4, BOTH),
        chart("A2", Piece::A, from_zero, xt, middle, 0, BOTH),
        // φ = t(π − b − x): all of 0 ≤ φ ≤ θ − b.
        chart(
            "A3",
            Piece::A,
            from_pi,
            bilinear([zero, zero, Mix(-b, 1.0), minus]),
            large,
            0,
            LOW,
        ),
        // θ − φ = tx ≤ x = π − θ.
        chart(
            "A4",
            Piece::A,
            from_pi,
            bilinear([pi, minus, zero, minus]),
            large,
            2,
            LOW,
        ),
        // π − θ = tx ≤ x = θ − φ.
        chart(
            "A5",
            Piece::A,
            from_pi_xt,
            bilinear([pi, minus, zero, minus]),
            large,
            2,
            VALUE,
        ),
        chart("B1", Piece::B, from_zero, beyond, small, 3, BOTH),
        chart("B2", Piece::B, from_zero, beyond, middle, 0, LOW),
        // φ = π − (1−t)x = θ + tx.
        chart(
            "B3",
            Piece::B,
            from_pi,
            bilinear([pi, minus, zero, one]),
            large,
            2,
            LOW,
        ),
        // θ₁* = π − c, c = φ − π.
        chart("C1", Piece::C, from_zero, turned, small, 4, VALUE),
        chart("C2", Piece::C, from_zero, turned, middle, 0, VALUE),
        chart("C3", Piece::C, from_pi, turned, large, 2, VALUE),
        // c = x ≥ π − θ = tx.
        chart(
            "C4",
            Piece::C,
            from_pi_xt,
            bilinear([pi, minus, zero, zero]),
            large,
            2,
            VALUE,
        ),
        // c = b + t(θ − 2b).
        chart(
            "C5",
            Piece::C,
            from_pi,
            bilinear([Mix(-b, 1.0), zero, Mix(2.0 * b, -1.0), one]),
            large,
            0,
            VALUE,
        ),
        // θ − c = tx ≤ x = π − θ, so that θ₁* = x + tx.
        chart(
            "C6",
            Piece::C,
            from_pi,
            bilinear([zero, one, zero, one]),
            large,
            1,
            VALUE,
        ),
        // π − θ = tx ≤ x = θ − c.
        chart(
            "C7",
            Piece::C,
            from_pi_xt,
            bilinear([zero, one, zero, one]),
            large,
            1,
            VALUE,
        ),
        // θ₁* = ψ = 2π − φ = t(π − θ).
        chart("D1", Piece::D, from_zero, opposite, small, 3, BOTH),
        chart("D2", Piece::D, from_zero, opposite, middle, 0, LOW),
        chart("D3", Piece::D, from_pi, xt, large, 1, LOW),
    ]
}

/// The false statement that L₁₂ stays positive to φ = θ(1 + `excess`), beyond the cone.
///
/// It serves to see a proof fail: [`cover`](crate::cover) names the cell.
pub fn overclaimed_cone(excess: f64) -> Chart {
    let (zero, one) = (Mix(0.0, 0.0), Mix(1.0, 0.0));
    Chart {
        name: "beyond the cone".to_owned(),
        piece: Piece::B,
        sign: 1.0,
        theta: Bilinear([zero, one, zero, zero]),
        first: Bilinear([zero, one, zero, Mix(excess, 0.0)]),
        range: [Mix(NEAR_ZERO, 0.0), Mix(-NEAR_PI, 1.0)],
        power: 0,
        rules: LOW,
    }
}

impl Chart {
    /// The piece that it lies in.
    pub fn piece(&self) -> Piece {
        self.piece
    }

    /// m, the power of x that is divided out.
    pub fn power(&self) -> usize {
        self.power
    }

    fn order(&self) -> u32 {
        u32::try_from(self.power).unwrap_or(u32::MAX)
    }

    /// The sign that the conjecture gives L₁₂ there.
    pub fn sign(&self) -> f64 {
        self.sign
    }

    /// \[x, θ, φ\] at shares in \[0, 1\] of the ranges of x and t, to rounding.
    pub fn point(&self, x: f64, t: f64) -> [f64; 3] {
        let [low, high] = self.range.map(|m| m.enclosure().mid());
        let x = low + x * (high - low);
        let at = |form: Bilinear| {
            let [a, b, c, d] = form.0.map(|m| m.enclosure().mid());
            a + b * x + c * t + d * x * t
        };
        let phi = match self.piece {
            Piece::A | Piece::B => at(self.first),
            Piece::C | Piece::D => std::f64::consts::TAU - at(self.first),
        };
        [x, at(self.theta), phi]
    }

    /// The coefficients of N below xᵐ at t: zero, and each enclosed to rounding.
    pub fn vanishing(&self, t: f64) -> Vec<Interval> {
        let t = Dual::constant(Interval::from(t));
        let jet = self.numerator::<LONG, 0>(Interval::ZERO, t);
        let low = jet.coefficients.iter().take(self.power);
        low.map(|coefficient| coefficient.value).collect()
    }

    /// The box (x, t) of a cell.
    fn ranges(&self, cell: Cell) -> [Interval; 2] {
        cell.within(
            self.range.map(Mix::enclosure),
            [Interval::ZERO, Interval::ONE],
        )
    }

    /// θ₂* = ∠(e*, e₂).
    fn second(&self) -> Bilinear {
        match self.piece {
            Piece::A => self.theta.combine(-1.0, self.first),
            Piece::B => self.first.combine(-1.0, self.theta),
            // π + c − θ with c = π − θ₁*.
            Piece::C => {
                let sum = self.first.combine(1.0, self.theta);
                let mut rest = sum.supplement();
                rest.0[0].1 += 1.0;
                rest
            }
            Piece::D => self.first.combine(1.0, self.theta),
        }
    }

    /// `sign`·N as a jet in x about `x`.
    fn numerator<const M: usize, const N: usize>(&self, x: Interval, t: Dual<N>) -> Jet<M, N> {
        let profile = |angle: Bilinear| {
            let (a, b) = angle.along_x(x, t);
            let (sin, cos) = Jet::<M, N>::sin_cos(a, b);
            let (a, b) = angle.supplement().along_x(x, t);
            let g = sin.times_linear(a, b);
            (cos.times_linear(a, b) + sin, g)
        };
        let (h, g) = profile(self.theta);
        let (h_first, g_first) = profile(self.first);
        let (h_second, _) = profile(self.second());
        self.combined(
            Jet::constant(Interval::PI.sqr()),
            h_second.scale(Interval::PI),
            [h, g],
            [h_first, g_first],
        )
    }

    /// `sign`·N from π², π h(θ₂*), (h, g)(θ) and (h, g)(θ₁*), in any arithmetic.
    fn combined<R>(&self, pi_square: R, second: R, [h, g]: [R; 2], [h_first, g_first]: [R; 2]) -> R
    where
        R: Clone + Sub<Output = R> + Mul<Output = R> + Neg<Output = R>,
    {
        let room = pi_square - h.clone() * h.clone();
        let upper = matches!(self.piece, Piece::A | Piece::B);
        let lead = if upper { g_first } else { -g_first } * room;
        let n = lead - g * (second - h * h_first);
        if self.sign > 0.0 { n } else { -n }
    }

    /// `sign`·N exactly at one t, with sin and cos of an angle `base` + `slope`·x as given.
    fn exact_numerator(
        &self,
        t: &Exact,
        sin_cos: impl Fn(&Exact, &Exact) -> Option<(Exact, Exact)>,
    ) -> Option<Exact> {
        let pi = || Exact::symbol(Symbol::Pi);
        let profile = |angle: Bilinear| {
            let (base, slope) = angle.exact(t);
            let (sin, cos) = sin_cos(&base, &slope)?;
            let supplement = pi() - (base + slope * Exact::symbol(Symbol::X));
            Some([supplement.clone() * cos + sin.clone(), supplement * sin])
        };
        let [second, _] = profile(self.second())?;
        let (theta, first) = (profile(self.theta)?, profile(self.first)?);
        Some(self.combined(pi() * pi(), pi() * second, theta, first))
    }

    /// Q and ∂Q/∂t on the box.
    fn quotient(&self, x: Interval, t: Interval) -> (Interval, Interval) {
        if self.power > 0 || x.low() <= 0.0 {
            self.expanded::<LONG>(Interval::ZERO, x, t)
        } else {
            self.expanded::<SHORT>(Interval::from(x.mid()), x, t)
        }
    }

    fn expanded<const M: usize>(
        &self,
        centre: Interval,
        x: Interval,
        t: Interval,
    ) -> (Interval, Interval) {
        let middle = Interval::from(t.mid());
        let variable = Dual::<1>::variable(t, 0);
        let about = self.numerator::<M, 1>(centre, variable);
        let thin = self.numerator::<M, 0>(centre, Dual::constant(middle));
        let rest = self
            .numerator::<M, 1>(centre.hull(x), variable)
            .coefficients[M - 1];
        let step = x - centre;
        let horner = |last: Interval, coefficient: &dyn Fn(usize) -> Interval| {
            let mut sum = last;
            for k in (self.power..M - 1).rev() {
                sum = sum * step + coefficient(k);
            }
            sum
        };
        let slope = horner(rest.partials[0], &|k| about.coefficients[k].partials[0]);
        let wide = horner(rest.value, &|k| about.coefficients[k].value);
        let narrow = horner(rest.value, &|k| thin.coefficients[k].value) + slope * (t - middle);
        (wide.intersection(narrow).unwrap_or(wide), slope)
    }
}

impl Positive for Chart {
    fn name(&self) -> &str {
        &self.name
    }

    fn rules(&self) -> &[Rule] {
        self.rules
    }

    fn edge(&self, end: End) -> Option<Edge> {
        let numerator = self.exact_numerator(&Exact::number(end.t()), |base, slope| {
            (base.clone() + slope.clone() * Exact::symbol(Symbol::X)).sin_cos()
        })?;
        Some(Edge {
            numerator,
            order: self.order(),
            range: self.range.map(Mix::exact),
        })
    }

    fn low_orders(&self) -> Option<Exact> {
        let m = self.order();
        if m == 0 {
            return Some(Exact::zero());
        }
        let t = Exact::symbol(Symbol::T);
        let expanded = |base: &Exact, slope: &Exact| Exact::expanded_sin_cos(base, slope, m);
        Some(self.exact_numerator(&t, expanded)?.below(m))
    }

    fn enclosure(&self, cell: Cell, rule: Rule) -> Interval {
        let [x, t] = self.ranges(cell);
        let (value, slope) = self.quotient(x, t);
        match rule {
            Rule::Value => value,
            Rule::RisesFromLowEdge => slope,
            Rule::FallsToHighEdge => -slope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of every chart is reached and not exceeded: one more is no identity.
    #[test]
    fn orders_are_exact() {
        for chart in cone_charts() {
            assert!(chart.low_orders().is_some_and(|low| low.is_zero()));
            let mut beyond = chart.clone();
            beyond.power += 1;
            let near_zero = chart.power > 0;
            assert!(
                !near_zero || beyond.low_orders().is_some_and(|low| !low.is_zero()),
                "{}",
                chart.name
            );
        }
    }

    /// An edge moved by 2x is no edge where N vanishes.
    #[test]
    fn edges_are_exact() {
        for chart in cone_charts()
            .iter()
            .filter(|c| c.rules.contains(&Rule::RisesFromLowEdge))
        {
            assert!(
                chart
                    .edge(End::Low)
                    .is_some_and(|edge| edge.numerator.is_zero())
            );
            let mut moved = chart.clone();
            moved.first.0[1].0 += 2.0;
            let edge = moved.edge(End::Low);
            assert!(
                edge.is_some_and(|edge| !edge.numerator.is_zero()),
                "{}",
                chart.name
            );
        }
    }
}
