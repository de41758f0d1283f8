use std::f64::consts::PI;

use crate::error::{Error, check_neurons};

/// An eigenvalue and the dimension of its eigenspace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eigenvalue {
    /// The value.
    pub value: f64,
    /// How often it occurs.
    pub multiplicity: usize,
}

/// The symmetric saddle: all K students equal x*·(1, …, 1) for an orthonormal teacher,
///
/// x* = (√(K−1) − arccos(1/√K) + π)/(πK).
///
/// arccos(1/√K) is evaluated as arctan √(K−1). The linearisations are per sample.
///
/// # Examples
/// ```
/// use ssb::{PlanarDynamics, SymmetricSaddle};
/// let saddle = SymmetricSaddle::new(2)?;
/// let x = saddle.coordinate();
/// assert!((x - 0.534154943091895).abs() < 1e-15);
/// let [dx, dy] = PlanarDynamics::new(2)?.velocity(x, x)?;
/// assert!(dx.hypot(dy) < 1e-15);
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Theorem 7 (2); Tian 2016, Theorem 4.1 (1). The spectra are derived here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SymmetricSaddle {
    neurons: usize,
    coordinate: f64,
}

impl SymmetricSaddle {
    /// K ≥ 2 neurons.
    ///
    /// # Errors
    /// K < 2, or K above 2³¹.
    pub fn new(neurons: usize) -> Result<Self, Error> {
        check_neurons(neurons)?;
        let tangent = (neurons as f64 - 1.0).sqrt();
        Ok(Self {
            neurons,
            coordinate: (tangent - tangent.atan() + PI) / (PI * neurons as f64),
        })
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// x*, the common entry of all weights.
    pub fn coordinate(&self) -> f64 {
        self.coordinate
    }

    /// c = K/(2πx*√(K−1)), the rate at which the students leave the saddle when their differences grow.
    fn escape_rate(&self) -> f64 {
        let k = self.neurons as f64;
        k / (2.0 * PI * self.coordinate * (k - 1.0).sqrt())
    }

    /// The spectrum of the full Kd × Kd Hessian of the loss at the saddle, d = K, in ascending order.
    ///
    /// With u = (1, …, 1)/√K the Hessian is ½ J ⊗ I − c I ⊗ (I − uuᵀ), J the K × K matrix of ones and
    /// c = K/(2πx*√(K−1)): −c of multiplicity (K−1)², 0 of multiplicity K−1, K/2 − c > 0 of multiplicity K−1, and K/2.
    ///
    /// # Source
    /// Derived from the Hessian of the arc-cosine kernel at coincident students.
    pub fn hessian_spectrum(&self) -> [Eigenvalue; 4] {
        let c = self.escape_rate();
        let half = 0.5 * self.neurons as f64;
        let others = self.neurons - 1;
        let of = |value, multiplicity| Eigenvalue {
            value,
            multiplicity,
        };
        [
            of(-c, others * others),
            of(0.0, others),
            of(half - c, others),
            of(half, 1),
        ]
    }

    /// The Jacobian ∂(ẋ, ẏ)/∂(x, y) of the planar velocity at the saddle: eigenvalue −K/2 along (1, 1) and
    /// +K/(2πx*√(K−1)) along (K−1, −1).
    ///
    /// The first is the [diagonal flow](crate::DiagonalFlow), the second the breaking of the symmetry.
    ///
    /// # Source
    /// Derived from Tian 2016, Eq 16.
    pub fn linearisation(&self) -> [[f64; 2]; 2] {
        let k = self.neurons as f64;
        let (stable, unstable) = (-0.5 * k, self.escape_rate());
        // (1, 0) = ((1, 1) + (K−1, −1))/K and (0, 1) = ((K−1)(1, 1) − (K−1, −1))/K.
        let gap = unstable - stable;
        [
            [stable + gap * (k - 1.0) / k, -gap * (k - 1.0) / k],
            [-gap / k, stable + gap / k],
        ]
    }

    /// The two eigenvalues of [`linearisation`](Self::linearisation), the negative one first.
    pub fn rates(&self) -> [f64; 2] {
        [-0.5 * self.neurons as f64, self.escape_rate()]
    }
}

/// The Jacobian ∂(ẋ, ẏ)/∂(x, y) of the planar velocity at the teacher (1, 0), per sample:
///
/// −(1/2π) \[\[π + K − 1, (π/2)(K−1)\], \[π/2, πK/2 + 1\]\].
///
/// Both eigenvalues are negative. The velocity has a kink in its second derivatives there (θ = √(K−1)|y| to first
/// order), but is differentiable.
///
/// # Errors
/// K < 2, or K above 2³¹.
///
/// # Source
/// Derived from Tian 2016, Eq 16.
pub fn teacher_linearisation(neurons: usize) -> Result<[[f64; 2]; 2], Error> {
    check_neurons(neurons)?;
    let k = neurons as f64;
    let scale = -1.0 / (2.0 * PI);
    Ok([
        [scale * (PI + k - 1.0), -0.25 * (k - 1.0)],
        [-0.25, scale * (0.5 * PI * k + 1.0)],
    ])
}
