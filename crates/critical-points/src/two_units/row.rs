use std::f64::consts::PI;

use relu_gating::{Angle, arc_cosine, arc_cosine_deficit, sin_minus_x_cos};

/// (−1)^(k+1)/(2k+1)!, from k = 1.
const SERIES: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 120.0,
    1.0 / 5040.0,
    -1.0 / 362_880.0,
    1.0 / 39_916_800.0,
    -1.0 / 6_227_020_800.0,
    1.0 / 1_307_674_368_000.0,
    -1.0 / 355_687_428_096_000.0,
    1.0 / 121_645_100_408_832_000.0,
    -1.0 / 51_090_942_171_709_440_000.0,
];

/// 1 − sin x / x for 0 ≤ x ≤ 2π, without the cancellation at 0 where it is x²/6.
fn sinc_deficit(x: f64) -> f64 {
    if x > 1.5 {
        return 1.0 - x.sin() / x;
    }
    // Σ (−1)^(k+1) x^(2k)/(2k+1)!, truncated at 1e-18 relative.
    let y = x * x;
    SERIES.iter().rev().fold(0.0, |sum, term| y * (term + sum))
}

/// π − h(x), without the cancellation at 0.
fn deficit(x: f64) -> f64 {
    let half = (0.5 * x).sin();
    2.0 * PI * half * half - sin_minus_x_cos(x)
}

/// What depends on θ alone. `denominator` is D/θ², and so are the numerators below: no power of a tiny θ underflows
/// before the result does.
pub(super) struct Row {
    theta: f64,
    delta: f64,
    pub(super) sine: f64,
    cosine: f64,
    /// g(θ), g(θ)/θ, g(θ)/θ².
    g: f64,
    g_over: f64,
    g_over_square: f64,
    /// sin θ/θ.
    sinc: f64,
    h: f64,
    pub(super) denominator: f64,
}

impl Row {
    pub(super) fn new(angle: Angle) -> Self {
        let (theta, h) = (angle.radians(), arc_cosine(angle));
        // g(θ)/θ³ is 1/3 at 0: below 1e-100 its cube would underflow.
        let g_over_square = if theta < 1e-60 {
            theta / 3.0
        } else {
            g_of(angle) / (theta * theta)
        };
        let deficit_over_square = if theta < 1e-60 {
            0.5 * PI
        } else {
            arc_cosine_deficit(angle) / (theta * theta)
        };
        let g_over = g_over_square * theta;
        Self {
            theta,
            delta: angle.supplement(),
            sine: angle.sin(),
            cosine: angle.cos(),
            g: g_over * theta,
            g_over,
            g_over_square,
            sinc: angle.sin() / theta,
            h,
            denominator: deficit_over_square * (PI + h),
        }
    }

    /// N/θ² for 0 ≤ φ ≤ θ; ω = θ−φ, a = π−φ.
    pub(super) fn inside(&self, phi: f64, omega: f64, a: f64) -> f64 {
        if self.theta <= 2.0 {
            return self.near_cone(phi, omega);
        }
        let square = self.theta * self.theta;
        let weight = self.delta * self.sine;
        if phi <= 0.5 * self.theta {
            let gap = h_difference(self.delta + 0.5 * phi, phi);
            let loss = PI * gap + self.h * deficit(phi);
            (a * phi.sin()) * self.denominator - weight * loss / square
        } else {
            let mean = 0.5 * (self.delta + a);
            x_sin_difference(mean, omega) * self.denominator
                + weight * (PI * deficit(omega) + self.h * h_difference(mean, omega)) / square
        }
    }

    /// N/θ² for θ ≤ φ ≤ π; ω = φ−θ, a = π−φ.
    pub(super) fn above(&self, phi: f64, omega: f64, a: f64) -> f64 {
        if self.theta > 1.5 {
            let mean = 0.5 * (self.delta + a);
            let square = self.theta * self.theta;
            let gain = PI * deficit(omega) - self.h * h_difference(mean, omega);
            return self.delta * self.sine * gain / square
                - x_sin_difference(mean, omega) * self.denominator;
        }
        if phi <= 1.75 * self.theta {
            let extra = 2.0 * PI * self.delta * self.sinc * (sin_minus_x_cos(omega) / self.theta);
            return self.near_cone(phi, -omega) - extra;
        }
        let (sine, cosine) = if a < 0.5 * PI {
            (a.sin(), a.cos())
        } else {
            (phi.sin(), -phi.cos())
        };
        let weight = self.delta * self.sinc;
        -PI * weight * (self.g_over * cosine + self.theta * self.sinc * sine)
            + a * sine * self.common()
            + weight * self.g_over * sin_minus_x_cos(a)
    }

    /// (πθ s² − 2πcg − g²)/θ².
    fn common(&self) -> f64 {
        PI * self.theta * self.sinc * self.sinc
            - 2.0 * PI * self.cosine * self.g_over_square
            - self.g * self.g_over_square
    }

    /// The expansion of N/θ² in the cone, and its continuation to ω = θ−φ < 0.
    fn near_cone(&self, phi: f64, omega: f64) -> f64 {
        let (theta, sinc, distance) = (self.theta, self.sinc, omega.abs());
        let sine = phi.sin();
        let ratio = phi / theta;
        let (p, q) = if ratio < 0.5 {
            let g = sin_minus_x_cos(phi);
            (
                sinc * (g / theta) - sine * self.g_over_square,
                phi * sine * self.g_over_square - sinc * g,
            )
        } else {
            let sum = theta + phi;
            let near = sinc_deficit(distance);
            (
                -0.5 * (sum / theta) * (omega / theta) * (sinc_deficit(sum) - near),
                omega * ratio * (sinc_deficit(theta) + sinc * sinc_deficit(phi) - near),
            )
        };
        let product = omega * sine * sinc * sinc;
        2.0 * PI * PI * (product + self.cosine * p)
            + PI * (self.g * p + 2.0 * self.cosine * q - theta * product)
            + self.g * q
    }

    /// N/θ² for φ = π + b, 0 ≤ b ≤ θ; `left` = θ−b, ψ = π−b.
    pub(super) fn opposite(&self, b: f64, left: f64, psi: f64) -> f64 {
        let inner =
            PI * (sin_minus_x_cos(left) / self.theta) - self.h * (sin_minus_x_cos(b) / self.theta);
        -b * b.min(psi).sin() * self.denominator - self.delta * self.sinc * inner
    }

    /// N/θ² for φ = −ψ, 0 ≤ ψ ≤ π−θ; `left` = π−θ−ψ.
    pub(super) fn below(&self, psi: f64, left: f64) -> f64 {
        let sine = if psi < 0.5 * PI {
            psi.sin()
        } else {
            (left + self.theta).sin()
        };
        let last = self.delta * self.sinc * self.g_over * sin_minus_x_cos(psi);
        if self.theta > 1.0 {
            let first = -(left + self.theta) * self.denominator;
            return sine * (first + PI * self.delta * self.sinc * self.sinc * left) + last;
        }
        let square = self.sinc * self.sinc;
        let first = 2.0 * PI * (self.theta * square - self.cosine * self.g_over_square)
            - self.g * self.g_over_square
            - self.theta * self.theta * square;
        last - sine * (PI * first - psi * self.common())
    }
}

/// g(θ) = sin θ − θ cos θ.
fn g_of(angle: Angle) -> f64 {
    if angle.radians() < 2.0 {
        sin_minus_x_cos(angle.radians())
    } else {
        angle.sin() - angle.radians() * angle.cos()
    }
}

/// (m + ω/2) sin(m + ω/2) − (m − ω/2) sin(m − ω/2).
fn x_sin_difference(mean: f64, omega: f64) -> f64 {
    let half = 0.5 * omega;
    omega * mean.sin() * half.cos() + 2.0 * mean * mean.cos() * half.sin()
}

/// g(m + ω/2) − g(m − ω/2), that is h at the supplements.
fn h_difference(mean: f64, omega: f64) -> f64 {
    let half = 0.5 * omega;
    2.0 * (mean * mean.sin() * half.sin() + mean.cos() * sin_minus_x_cos(half))
}
