use crate::error::{Error, finite, no_overflow};
use crate::planar::PlanarDynamics;

/// A point of the triangle x > y ≥ 0 in the coordinates (β, ε): β fixes the direction of (x, y) and with it every
/// angle, ε = x − y the size.
///
/// α(y, x, ε) = (β − β₂, β + (K−1)β₂, Kβ₂)/K with β₂ = √((K − β²)/(K−1)).
///
/// # Source
/// Tian 2016, Lemma 7.7 (Eq 58–61).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaPoint {
    beta: f64,
    beta_two: f64,
    beta_excess: f64,
    epsilon: f64,
}

impl BetaPoint {
    /// β = cos θ + √(K−1) sin θ ∈ \[1, √K).
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// β₂ = αε ∈ (0, 1\].
    pub fn beta_two(&self) -> f64 {
        self.beta_two
    }

    /// ε = x − y > 0.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// α = β₂/ε.
    pub fn alpha(&self) -> f64 {
        self.beta_two / self.epsilon
    }

    /// ε′ = β₂/β, up to which f₃ ≥ 0 by Lemma 7.8.
    pub fn epsilon_bound(&self) -> f64 {
        self.beta_two / self.beta
    }
}

/// The change of coordinates (x, y) ↔ (β, ε) for K neurons.
///
/// # Examples
/// ```
/// use ssb::Reparametrization;
/// let map = Reparametrization::new(5)?;
/// let point = map.forward(0.5, 0.25)?;
/// let [x, y] = map.inverse(&point);
/// assert!((x - 0.5).abs() < 1e-15 && (y - 0.25).abs() < 1e-15);
/// let teacher = map.forward(1.0, 0.0)?;
/// assert_eq!((teacher.beta(), teacher.epsilon()), (1.0, 1.0));
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2016, Lemma 7.7; Tian 2017 supplement, Lemma 5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reparametrization {
    planar: PlanarDynamics,
}

impl Reparametrization {
    /// K ≥ 2 neurons.
    ///
    /// # Errors
    /// K < 2, or K above 2³¹.
    pub fn new(neurons: usize) -> Result<Self, Error> {
        Ok(Self {
            planar: PlanarDynamics::new(neurons)?,
        })
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.planar.neurons()
    }

    fn count(&self) -> f64 {
        self.planar.neurons() as f64
    }

    /// (β, ε) of a point x > y ≥ 0.
    ///
    /// β = α(x + (K−1)y) and β₂ = α(x − y): the printed β = √(K − (K−1)α²ε²) is equal but cancels as ε → 0.
    ///
    /// # Errors
    /// A non-finite coordinate, y < 0, or x ≤ y.
    pub fn forward(&self, x: f64, y: f64) -> Result<BetaPoint, Error> {
        let g = self.planar.geometry(x, y)?;
        let outside = |name, value, requirement| {
            Err(Error::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        if y < 0.0 {
            return outside("y", y, "it must not be negative");
        }
        if x <= y {
            return outside("x", x, "it must exceed y");
        }
        let [cos_x, cos_y] = g.cosines;
        Ok(BetaPoint {
            beta: cos_x + self.planar.others() * cos_y,
            beta_two: g.scaled_gap,
            beta_excess: self.count() * cos_y,
            epsilon: x - y,
        })
    }

    /// The point with the given β ∈ \[1, √K) and ε > 0.
    ///
    /// β₂² = (√K − β)(√K + β)/(K−1), and β − β₂ = K(β−1)(β+1)/((K−1)(β+β₂)), which is exact to rounding at β = 1.
    ///
    /// # Errors
    /// β outside \[1, √K), or ε not positive and finite.
    pub fn point(&self, beta: f64, epsilon: f64) -> Result<BetaPoint, Error> {
        let k = self.count();
        let top = k.sqrt();
        if !(1.0..top).contains(&finite("beta", beta)?) {
            return Err(Error::OutOfRange {
                name: "beta",
                value: beta,
                requirement: "it must lie in [1, √K)",
            });
        }
        if finite("epsilon", epsilon)? <= 0.0 {
            return Err(Error::OutOfRange {
                name: "epsilon",
                value: epsilon,
                requirement: "it must be positive",
            });
        }
        let others = self.planar.others();
        // Rounding must not carry β₂ above 1 at β = 1.
        let beta_two = ((k - beta * beta) / others).sqrt().min(1.0);
        Ok(BetaPoint {
            beta,
            beta_two,
            beta_excess: k * (beta - 1.0) * (beta + 1.0) / (others * (beta + beta_two)),
            epsilon,
        })
    }

    /// (x, y) of a point in (β, ε): y = ε(β − β₂)/(Kβ₂), x = y + ε.
    pub fn inverse(&self, point: &BetaPoint) -> [f64; 2] {
        let y = point.epsilon * point.beta_excess / (self.count() * point.beta_two);
        [y + point.epsilon, y]
    }

    /// h₁(β) = φ* − θ + β₂\[(K−1) sin φ* + sin θ\], the part of f₃ that does not depend on ε.
    ///
    /// # Errors
    /// None for a point made by this map; the checks of the planar geometry otherwise.
    ///
    /// # Source
    /// Tian 2016, Eq 62.
    pub fn flow_at_zero_gap(&self, point: &BetaPoint) -> Result<f64, Error> {
        let [x, y] = self.inverse(point);
        let g = self.planar.geometry(x, y)?;
        let value = g.star_minus_theta()
            + point.beta_two * (self.planar.others() * g.sin_phi_star + g.sin_theta);
        no_overflow("boundary flow", value)
    }

    /// The slope of f₃ in ε at fixed β, −(φ + (K−1) sin φ), never positive.
    ///
    /// # Errors
    /// As [`flow_at_zero_gap`](Self::flow_at_zero_gap).
    ///
    /// # Source
    /// Tian 2016, Eq 62.
    pub fn flow_slope(&self, point: &BetaPoint) -> Result<f64, Error> {
        let [x, y] = self.inverse(point);
        let g = self.planar.geometry(x, y)?;
        Ok(-(g.phi + self.planar.others() * g.sin_phi))
    }

    /// f₃(β, ε) = h₁(β) − (φ + (K−1) sin φ)ε, 2π times the flow away from the diagonal.
    ///
    /// Evaluated as [`SymmetricRegion::diagonal_flow`](crate::SymmetricRegion::diagonal_flow) at the point's (y, ε),
    /// which does not cancel near the teacher (β, ε) = (1, 1), where f₃ = 0.
    ///
    /// # Errors
    /// As [`flow_at_zero_gap`](Self::flow_at_zero_gap).
    ///
    /// # Source
    /// Tian 2016, Lemma 7.8.
    pub fn diagonal_flow(&self, point: &BetaPoint) -> Result<f64, Error> {
        let [_, y] = self.inverse(point);
        self.planar.gap_rate(y, point.epsilon)
    }
}
