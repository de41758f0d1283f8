//! The planar dynamics of an orthonormal teacher for all real K ≥ 2 at once.
//!
//! A direction (x, y), x > y ≥ 0, is θ ∈ \[0, arctan √(K−1)), and with q = 1/√(K−1) ∈ (0, 1\]
//!
//! cos φ* = q sin θ, β₂ = cos θ − q sin θ, φ = 2 arcsin(β₂/√2), sin φ = β₂√(2−β₂²), β = (q cos θ + sin θ)/q,
//!
//! q²f₃ = q²(φ*−θ) + β₂(sin φ* + q² sin θ) − ε(q²φ + sin φ),
//!
//! which has a limit for K → ∞. The coordinates are x = q and t = θ/arctan(1/q), both in \[0, 1\].

use std::ops::{Add, Mul, Sub};

use crate::arithmetic::{Dual, Exact, Interval, Symbol};
use crate::covers::{Cell, Edge, End, Positive, Rule};

/// A statement on f₃.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlanarFlow {
    /// q²(q cos θ + sin θ) f₃ > 0 at ε = `share`·β₂/β: with share 1, Lemma 7.8 of Tian 2016. It is false beyond.
    UpToBound {
        /// Which multiple of β₂/β.
        share: f64,
    },
    /// q²f₃ > 0 at ε = `tenths`/10: with 7, the flow across the slanted edge of Theorem 7.6. It is false at 1/√2.
    SlantedEdge {
        /// 10 ε.
        tenths: f64,
    },
}

impl PlanarFlow {
    /// The function as a function of (q, t).
    fn value(self, q: Dual<2>, t: Dual<2>) -> Dual<2> {
        let constant = |x: f64| Dual::constant(Interval::from(x));
        let half_pi = Dual::constant(Interval::HALF_PI);
        let theta = t * (half_pi - q.atan());
        let (sin, cos) = theta.sin_cos();
        let towards = q * sin;
        let sin_star = (constant(1.0) - towards.sqr()).sqrt();
        let star_minus_theta = half_pi - towards.asin() - theta;
        // β₂ ∈ [0, 1] on the domain.
        let mut gap = cos - towards;
        gap.value = gap
            .value
            .intersection(Interval::between(0.0, 1.0))
            .unwrap_or(Interval::ENTIRE);
        let root_half = Interval::from(0.5).sqrt();
        let half = gap.scale(root_half).asin();
        let phi = half + half;
        let sin_phi = gap * (constant(2.0) - gap.sqr()).sqrt();
        let share = match self {
            Self::UpToBound { share } => Interval::from(share),
            Self::SlantedEdge { tenths } => Interval::from(tenths) / 10.0,
        };
        self.combined(
            Dual::constant(share),
            &Angles {
                q,
                theta: [sin, cos],
                gap,
                star_minus_theta,
                sin_star,
                phi,
                sin_phi,
            },
        )
    }

    /// The function from its angles, in any arithmetic.
    fn combined<R>(self, share: R, at: &Angles<R>) -> R
    where
        R: Clone + Add<Output = R> + Sub<Output = R> + Mul<Output = R>,
    {
        let (q, gap, [sin, cos]) = (|| at.q.clone(), || at.gap.clone(), at.theta.clone());
        let square = || q() * q();
        let drive = square() * at.star_minus_theta.clone()
            + gap() * (at.sin_star.clone() + square() * sin.clone());
        let brake = square() * at.phi.clone() + at.sin_phi.clone();
        match self {
            Self::UpToBound { .. } => (q() * cos + sin) * drive - share * (gap() * (q() * brake)),
            Self::SlantedEdge { .. } => drive - share * brake,
        }
    }
}

/// What f₃ is made of, in the direction θ.
struct Angles<R> {
    q: R,
    /// sin θ and cos θ.
    theta: [R; 2],
    /// β₂ = cos θ − q sin θ.
    gap: R,
    /// φ* − θ, with cos φ* = q sin θ.
    star_minus_theta: R,
    /// sin φ*.
    sin_star: R,
    /// φ, with cos φ = 1 − β₂².
    phi: R,
    sin_phi: R,
}

impl Angles<Exact> {
    /// θ = 0 or θ = arctan 1/q = π/2 − A, A = arctan q.
    ///
    /// The angles there are guessed, and accepted because they lie in the ranges of the inverse functions and have the sines and
    /// cosines that define them: θ ∈ \[0, π/2\], φ* = π/2 − A′ with A′ = 0 or A′ = A ∈ \[0, π/4\], φ ∈ {0, π/2}.
    fn at(end: End) -> Option<Self> {
        let (zero, half_pi) = (
            Exact::zero(),
            Exact::number(0.5) * Exact::symbol(Symbol::Pi),
        );
        let (theta, star, phi) = match end {
            End::Low => (zero, half_pi.clone(), half_pi),
            End::High => {
                let theta = half_pi - Exact::symbol(Symbol::ArctanQ);
                (theta.clone(), theta, zero)
            }
        };
        let q = Exact::symbol(Symbol::Q);
        let (sin, cos) = theta.sin_cos()?;
        let (sin_star, cos_star) = star.sin_cos()?;
        let (sin_phi, cos_phi) = phi.sin_cos()?;
        let gap = cos.clone() - q.clone() * sin.clone();
        let square = gap.clone() * gap.clone();
        let defined = cos_star == q.clone() * sin.clone()
            && cos_phi == Exact::number(1.0) - square.clone()
            && sin_phi.clone() * sin_phi.clone() == square.clone() * (Exact::number(2.0) - square);
        defined.then(|| Self {
            q,
            theta: [sin, cos],
            gap,
            star_minus_theta: star - theta,
            sin_star,
            phi,
            sin_phi,
        })
    }
}

impl Positive for PlanarFlow {
    fn name(&self) -> &str {
        match self {
            Self::UpToBound { .. } => "f3 at its bound",
            Self::SlantedEdge { .. } => "f3 on the slanted edge",
        }
    }

    fn rules(&self) -> &[Rule] {
        match self {
            // f₃ vanishes on the edge t = 0, β = 1, only at the bound itself.
            Self::UpToBound { share } if *share == 1.0 => {
                &[Rule::Value, Rule::RisesFromLowEdge, Rule::FallsToHighEdge]
            }
            _ => &[Rule::Value, Rule::FallsToHighEdge],
        }
    }

    fn edge(&self, end: End) -> Option<Edge> {
        let share = match *self {
            Self::UpToBound { share } => Exact::number(share),
            Self::SlantedEdge { tenths } => Exact::tenths(tenths),
        };
        Some(Edge {
            numerator: self.combined(share, &Angles::at(end)?),
            order: 0,
            range: [0.0, 1.0].map(Exact::number),
        })
    }

    fn enclosure(&self, cell: Cell, rule: Rule) -> Interval {
        let unit = [Interval::ZERO, Interval::ONE];
        let [q, t] = cell.within(unit, unit);
        let whole = self.value(Dual::variable(q, 0), Dual::variable(t, 1));
        let [along_q, along_t] = whole.partials;
        match rule {
            Rule::Value => {
                let (q_mid, t_mid) = (Interval::from(q.mid()), Interval::from(t.mid()));
                let centre = self.value(Dual::constant(q_mid), Dual::constant(t_mid));
                let mean = centre.value + along_q * (q - q_mid) + along_t * (t - t_mid);
                mean.intersection(whole.value).unwrap_or(mean)
            }
            Rule::RisesFromLowEdge => along_t,
            Rule::FallsToHighEdge => -along_t,
        }
    }
}
