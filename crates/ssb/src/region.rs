use std::f64::consts::{FRAC_PI_2, TAU};

use crate::error::{Error, finite};
use crate::planar::PlanarDynamics;

/// Points on the edge x = y + ε at which the least f₃ is sought before it is refined.
const EDGE_SAMPLES: u32 = 400;
/// Steps of ε in which the first outward one is sought.
const EPSILON_SAMPLES: u32 = 400;
/// Interval halvings: 2⁻⁵² of a step of ε.
const HALVINGS: u32 = 52;

/// The triangle Ω_ε₀ = {(x, y): x ≤ 1, y ≥ 0, x ≥ y + ε₀} and the flow across its three edges.
///
/// For ε₀ = 0 this is the closure of Ω = {x ∈ (0, 1\], y ∈ \[0, 1\], x > y}. The condition x ≤ 1 is missing from the
/// printed definition, and necessary: on y = 0, x > 1 the flow leaves through y < 0.
///
/// The boundary flows f₁, f₂, f₃ are *2π times* the per-sample velocity, as in the papers.
///
/// # Examples
/// ```
/// use ssb::SymmetricRegion;
/// let region = SymmetricRegion::new(5, 0.1)?;
/// assert!(region.contains(0.5, 0.2) && !region.contains(0.5, 0.45) && !region.contains(1.5, 0.2));
/// assert!(region.bottom_flow(0.5)? > 0.0); // f₁, upwards
/// assert!(region.right_flow(0.3)? < 0.0); // f₂, to the left
/// assert!(region.diagonal_flow(0.3, 0.1)? > 0.0); // f₃, away from the diagonal
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2016, Theorem 7.6; Tian 2017 supplement, Lemma 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SymmetricRegion {
    planar: PlanarDynamics,
    epsilon: f64,
}

impl SymmetricRegion {
    /// K ≥ 2 neurons and the distance ε₀ ∈ \[0, 1) of the slanted edge from the diagonal.
    ///
    /// # Errors
    /// K < 2, K above 2³¹, or ε₀ outside \[0, 1).
    pub fn new(neurons: usize, epsilon: f64) -> Result<Self, Error> {
        let planar = PlanarDynamics::new(neurons)?;
        if !(0.0..1.0).contains(&finite("epsilon", epsilon)?) {
            return Err(Error::OutOfRange {
                name: "epsilon",
                value: epsilon,
                requirement: "it must lie in [0, 1)",
            });
        }
        Ok(Self { planar, epsilon })
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.planar.neurons()
    }

    /// ε₀.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// Whether (x, y) lies in Ω_ε₀; for ε₀ = 0 in Ω, where x = y is excluded. NaN lies nowhere.
    pub fn contains(&self, x: f64, y: f64) -> bool {
        let gap = x - y;
        let apart = if self.epsilon == 0.0 {
            gap > 0.0
        } else {
            gap >= self.epsilon
        };
        x <= 1.0 && y >= 0.0 && apart
    }

    /// f₁(x) = 2πẏ on the lower edge y = 0, 0 < x: −(π/2)(x − 1), which is inward up to x = 1 and outward beyond.
    ///
    /// # Errors
    /// `x` is not positive and finite.
    ///
    /// # Source
    /// Tian 2016, Eq 49.
    pub fn bottom_flow(&self, x: f64) -> Result<f64, Error> {
        if finite("x", x)? <= 0.0 {
            return Err(Error::OutOfRange {
                name: "x",
                value: x,
                requirement: "it must be positive on the lower edge",
            });
        }
        Ok(-FRAC_PI_2 * (x - 1.0))
    }

    /// f₂(y) = 2πẋ on the right edge x = 1: not positive for 0 ≤ y ≤ 1, and zero only at y = 0.
    ///
    /// # Errors
    /// `y` is not finite.
    ///
    /// # Source
    /// Tian 2016, Eq 50.
    pub fn right_flow(&self, y: f64) -> Result<f64, Error> {
        let [x_rate, _] = self.planar.velocity(1.0, y)?;
        Ok(TAU * x_rate)
    }

    /// f₃(y, ε) = 2π(ẋ − ẏ) on the slanted edge x = y + ε:
    ///
    /// φ* − θ − εφ + \[(K−1)(α sin φ* − sin φ) + α sin θ\]ε.
    ///
    /// φ* − θ is evaluated as 2 asin(αε/2 sin((θ+φ*)/2)), so that f₃/ε has full relative accuracy as ε → 0; near
    /// (1, 0), where φ* → φ → π/2, the complements of the angles are used. `epsilon` may be any gap, not only ε₀.
    ///
    /// # Errors
    /// A non-finite argument, or y = ε = 0.
    ///
    /// # Source
    /// Tian 2016, Eq 56.
    pub fn diagonal_flow(&self, y: f64, epsilon: f64) -> Result<f64, Error> {
        finite("epsilon", epsilon)?;
        self.planar.gap_rate(finite("y", y)?, epsilon)
    }

    /// The least f₃ on the part of the edge x = y + ε that bounds the triangle, 0 ≤ y ≤ 1 − ε: where it is, and its
    /// value.
    ///
    /// A grid of 401 points, then golden-section search around its least.
    ///
    /// # Errors
    /// ε outside (0, 1\].
    pub fn least_diagonal_flow(&self, epsilon: f64) -> Result<[f64; 2], Error> {
        if !(finite("epsilon", epsilon)? > 0.0 && epsilon <= 1.0) {
            return Err(Error::OutOfRange {
                name: "epsilon",
                value: epsilon,
                requirement: "it must lie in (0, 1]",
            });
        }
        let length = 1.0 - epsilon;
        let step = length / f64::from(EDGE_SAMPLES);
        let mut best = [0.0, self.diagonal_flow(0.0, epsilon)?];
        for i in 1..=EDGE_SAMPLES {
            let y = if i == EDGE_SAMPLES {
                length
            } else {
                step * f64::from(i)
            };
            let value = self.diagonal_flow(y, epsilon)?;
            if value < best[1] {
                best = [y, value];
            }
        }
        let (mut low, mut high) = ((best[0] - step).max(0.0), (best[0] + step).min(length));
        let ratio = 0.5 * (5f64.sqrt() - 1.0);
        while high - low > 1e-9 * length {
            let left = high - ratio * (high - low);
            let right = low + ratio * (high - low);
            let (at_left, at_right) = (
                self.diagonal_flow(left, epsilon)?,
                self.diagonal_flow(right, epsilon)?,
            );
            for (y, value) in [(left, at_left), (right, at_right)] {
                if value < best[1] {
                    best = [y, value];
                }
            }
            if at_left < at_right {
                high = right;
            } else {
                low = left;
            }
        }
        Ok(best)
    }
}

/// The first ε ∈ (0, 1\] at which f₃ ≤ 0 somewhere on the edge x = y + ε, 0 ≤ y ≤ 1 − ε.
///
/// For every smaller ε₀ > 0 the flow points inwards along the whole slanted edge of Ω_ε₀. At ε = 1 the edge is the
/// teacher (1, 0) itself, where f₃ = 0: the value 1 means that every Ω_ε₀ is invariant.
///
/// The least f₃ over the edge is followed from ε = 0 in steps of 1/400, and its first sign change bisected; the
/// result is as accurate as that scan can see, which is a sampled, not a proved, statement.
///
/// # Errors
/// K < 2, or K above 2³¹.
///
/// # Source
/// Tian 2016, Theorem 7.6, whose "sufficiently small ε₀" it makes concrete.
pub fn first_outward_epsilon(neurons: usize) -> Result<f64, Error> {
    let region = SymmetricRegion::new(neurons, 0.0)?;
    let mut inward = 0.0;
    for i in 1..EPSILON_SAMPLES {
        let epsilon = f64::from(i) / f64::from(EPSILON_SAMPLES);
        if region.least_diagonal_flow(epsilon)?[1] <= 0.0 {
            let mut outward = epsilon;
            for _ in 0..HALVINGS {
                let middle = 0.5 * (inward + outward);
                if middle <= inward || middle >= outward {
                    break;
                }
                if region.least_diagonal_flow(middle)?[1] <= 0.0 {
                    outward = middle;
                } else {
                    inward = middle;
                }
            }
            return Ok(outward);
        }
        inward = epsilon;
    }
    Ok(1.0)
}
