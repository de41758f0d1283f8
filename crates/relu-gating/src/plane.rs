use numeric::{DoubleDouble, largest_exponent, norm, scaled, times_power_of_two, two_product};

use crate::angle::Angle;
use crate::error::{Error, check_finite, check_lengths};

/// The plane of two vectors e and w in the orthonormal frame (ê, n):
/// w = ‖w‖(cos θ ê + sin θ n), n the unit vector of w⊥ = w − (w·ê)ê.
///
/// Held for e and w scaled by powers of two; w⊥ comes from inner products in twice the working precision and so is
/// accurate relative to its own length, however close to parallel the vectors are.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    unit: Vec<f64>,
    across: Vec<f64>,
    across_norm: f64,
    norm: f64,
    exponent: i32,
    angle: Angle,
}

impl Plane {
    /// # Errors
    /// Empty, unequal lengths, non-finite entries, or a zero vector.
    pub(crate) fn new(
        e_name: &'static str,
        e: &[f64],
        w_name: &'static str,
        w: &[f64],
    ) -> Result<Self, Error> {
        check_finite(e_name, e)?;
        check_finite(w_name, w)?;
        check_lengths(e_name, e, w_name, w)?;
        let e_exponent = largest_exponent(e).ok_or(Error::ZeroVector { name: e_name })?;
        let w_exponent = largest_exponent(w).ok_or(Error::ZeroVector { name: w_name })?;
        let e = scaled(e, -e_exponent);
        let w = scaled(w, -w_exponent);

        let square = DoubleDouble::dot(&e, &e);
        let e_norm = square.high().sqrt();
        let share = DoubleDouble::dot(&w, &e) / square;
        let (high, low) = (share.high(), share.low());
        let across: Vec<f64> = w
            .iter()
            .zip(&e)
            .map(|(&w_i, &e_i)| {
                let (product, error) = two_product(high, e_i);
                (w_i - product) - (error + low * e_i)
            })
            .collect();
        let across_norm = norm(&across);
        let along = high * e_norm;
        Ok(Self {
            unit: e.iter().map(|x| x / e_norm).collect(),
            across,
            across_norm,
            norm: across_norm.hypot(along),
            exponent: w_exponent,
            angle: Angle::from_parts(across_norm, along),
        })
    }

    pub(crate) fn angle(&self) -> Angle {
        self.angle
    }

    /// ê.
    pub(crate) fn unit(&self) -> &[f64] {
        &self.unit
    }

    /// n, or the zero vector where the directions are exactly parallel.
    pub(crate) fn normal(&self) -> Vec<f64> {
        let inverse = if self.across_norm > 0.0 {
            self.across_norm.recip()
        } else {
            0.0
        };
        self.across.iter().map(|x| x * inverse).collect()
    }

    /// ‖w‖·2^-[`exponent`](Self::exponent).
    pub(crate) fn norm(&self) -> f64 {
        self.norm
    }

    /// The power of two taken out of w.
    pub(crate) fn exponent(&self) -> i32 {
        self.exponent
    }

    /// ‖w‖·along·ê + across·w⊥, scaled back.
    ///
    /// # Errors
    /// The result exceeds the largest double.
    pub(crate) fn combine(&self, along: f64, across: f64) -> Result<Vec<f64>, Error> {
        self.unit
            .iter()
            .zip(&self.across)
            .map(|(e_i, r_i)| {
                let entry =
                    times_power_of_two(self.norm * along * e_i + across * r_i, self.exponent);
                if entry.is_finite() {
                    Ok(entry)
                } else {
                    Err(Error::Overflow)
                }
            })
            .collect()
    }
}
