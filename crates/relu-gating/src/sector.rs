use std::f64::consts::{PI, TAU};

use crate::error::Error;

/// The second-moment matrix R(φ₀) = E[x xᵀ 1(0 ≤ φ(x) ≤ φ₀)] of a sector, for x ~ N(0, I_d).
///
/// The polar angle φ is measured in the plane of the first two coordinates (x₁, x₂) = (r sin φ, r cos φ). All other
/// off-diagonal entries vanish, so the d × d matrix is its upper 2 × 2 block and one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SectorMoment {
    /// The block of (x₁, x₂).
    pub in_plane: [[f64; 2]; 2],
    /// The diagonal entry of every other coordinate, φ₀/2π.
    pub out_of_plane: f64,
}

/// R(φ₀) in closed form:
///
/// in-plane block \[\[2φ₀ − sin 2φ₀, 1 − cos 2φ₀\], \[1 − cos 2φ₀, 2φ₀ + sin 2φ₀\]\]/4π, other diagonal entries φ₀/2π.
///
/// 1 − cos 2φ₀ is taken as 2 sin²φ₀, and 2φ₀ − sin 2φ₀ by its series for small φ₀, so every entry is accurate relative
/// to itself as φ₀ → 0.
///
/// # Errors
/// `phi` is NaN or outside [0, 2π].
///
/// # Source
/// Tian 2016, Eq 22–23; Tian 2017 supplement, Eq 3–4.
pub fn sector_second_moment(phi: f64) -> Result<SectorMoment, Error> {
    if !(0.0..=TAU).contains(&phi) {
        return Err(Error::AngleOutOfRange {
            value: phi,
            upper: TAU,
        });
    }
    let mixed = 2.0 * phi.sin().powi(2);
    let double = 2.0 * phi;
    Ok(SectorMoment {
        in_plane: [
            [x_minus_sin(double) / (4.0 * PI), mixed / (4.0 * PI)],
            [mixed / (4.0 * PI), (double + double.sin()) / (4.0 * PI)],
        ],
        out_of_plane: phi / TAU,
    })
}

/// x − sin x for x ≥ 0, by its Taylor series below 1.
fn x_minus_sin(x: f64) -> f64 {
    if x >= 1.0 {
        return x - x.sin();
    }
    let y = x * x;
    let (mut term, mut sum) = (x * y / 6.0, 0.0);
    for k in 2..=10 {
        sum += term;
        let n = f64::from(2 * k);
        term *= -y / (n * (n + 1.0));
    }
    sum
}
