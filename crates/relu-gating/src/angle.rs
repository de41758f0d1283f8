use std::f64::consts::PI;

use crate::error::Error;
use crate::plane::Plane;

/// The angle θ ∈ [0, π] between two directions, held together with its supplement π − θ.
///
/// Both numbers carry full relative accuracy, so that quantities which vanish as θ → 0 (sin θ) and those which
/// vanish as θ → π (π − θ, h(θ)) can be formed without cancellation.
///
/// # Examples
/// ```
/// use relu_gating::Angle;
///
/// let angle = Angle::between(&[1.0, 0.0], &[2.0, 2e-9])?;
/// assert!((angle.radians() - 1e-9).abs() < 1e-24); // acos of the rounded cosine would return 0
///
/// let nearly_opposite = Angle::between(&[1.0, 0.0], &[-2.0, 2e-9])?;
/// assert!((nearly_opposite.supplement() - 1e-9).abs() < 1e-24);
/// # Ok::<(), relu_gating::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Angle {
    radians: f64,
    supplement: f64,
}

impl Angle {
    /// θ = 0.
    pub const ZERO: Self = Self {
        radians: 0.0,
        supplement: PI,
    };
    /// θ = π.
    pub const STRAIGHT: Self = Self {
        radians: PI,
        supplement: 0.0,
    };

    /// The angle between `a` and `b`, two non-zero vectors of the same length; lengths of the vectors do not count.
    ///
    /// θ = atan2(‖b⊥‖, b·â) with b⊥ = b − (b·â)â. The inner products and b⊥ are formed in twice the working
    /// precision: for angles down to about 1e-16 from 0 or π the relative error of the smaller of θ and π − θ is a
    /// few units in the last place, for norms anywhere in the range of a double.
    ///
    /// # Errors
    /// Empty, unequal lengths, non-finite entries, or a zero vector.
    pub fn between(a: &[f64], b: &[f64]) -> Result<Self, Error> {
        Ok(Plane::new("a", a, "b", b)?.angle())
    }

    /// From θ in radians. The supplement inherits the rounding of `theta` near π: use
    /// [`from_supplement`](Self::from_supplement) there.
    ///
    /// # Errors
    /// `theta` is NaN or outside [0, π].
    pub fn from_radians(theta: f64) -> Result<Self, Error> {
        if (0.0..=PI).contains(&theta) {
            Ok(Self {
                radians: theta,
                supplement: PI - theta,
            })
        } else {
            Err(Error::AngleOutOfRange {
                value: theta,
                upper: PI,
            })
        }
    }

    /// From the supplement δ = π − θ in radians.
    ///
    /// # Errors
    /// `delta` is NaN or outside [0, π].
    pub fn from_supplement(delta: f64) -> Result<Self, Error> {
        Self::from_radians(delta).map(Self::opposite)
    }

    /// From the non-negative length of the part of one vector across the other and the signed part along it.
    ///
    /// Both parts may carry a common positive factor. Returns θ = 0 when both are zero.
    #[inline]
    pub fn from_parts(across: f64, along: f64) -> Self {
        let acute = across.atan2(along.abs());
        let angle = Self {
            radians: acute,
            supplement: PI - acute,
        };
        if along >= 0.0 {
            angle
        } else {
            angle.opposite()
        }
    }

    /// θ, in radians.
    #[inline]
    pub fn radians(self) -> f64 {
        self.radians
    }

    /// π − θ, in radians.
    #[inline]
    pub fn supplement(self) -> f64 {
        self.supplement
    }

    /// The angle to the opposite direction, π − θ.
    #[inline]
    #[must_use]
    pub fn opposite(self) -> Self {
        Self {
            radians: self.supplement,
            supplement: self.radians,
        }
    }

    /// sin θ, of full relative accuracy at both ends.
    #[inline]
    pub fn sin(self) -> f64 {
        self.radians.min(self.supplement).sin()
    }

    /// cos θ, to an absolute error of one unit in the last place of 1.
    #[inline]
    pub fn cos(self) -> f64 {
        if self.radians <= self.supplement {
            self.radians.cos()
        } else {
            -self.supplement.cos()
        }
    }
}
