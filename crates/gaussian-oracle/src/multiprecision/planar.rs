//! The planar dynamics of an orthonormal teacher, and the Lyapunov matrix of a single unit.

use super::Real;

/// 2π times the per-sample drift −∇ along (x, y) for students x e_j + y Σ_{k≠j} e_k.
///
/// −{(π−φ)(x−1+(K−1)y) (1, 1) + (θ, φ*−φ) + φ (x−1, y)} + [(K−1)(α sin φ* − sin φ) + α sin θ] (x, y),
/// α = (x² + (K−1)y²)^{−1/2}, cos θ = αx, cos φ* = αy, cos φ = α²(2xy + (K−2)y²).
/// The angles come from their tangents: 1 − cos φ = α²(x−y)², 1 + cos φ = α²((x+y)² + 2(K−2)y²).
///
/// # Panics
/// If K < 2 or x = y = 0.
///
/// # Source
/// Tian 2016, Eq 16–17.
pub fn planar_field(x: f64, y: f64, neurons: usize) -> [Real; 2] {
    assert!(neurons >= 2, "the dynamics needs K ≥ 2, not {neurons}");
    assert!(
        x != 0.0 || y != 0.0,
        "the dynamics is singular at the origin"
    );
    let (x, y) = (Real::from(x), Real::from(y));
    let one = Real::one();
    let two = Real::from(2.0);
    let others = Real::from((neurons - 1) as f64);
    let rest = Real::from((neurons - 2) as f64);
    let square = |t: &Real| t * t;

    let length = (square(&x) + &others * square(&y)).sqrt();
    let alpha = &one / &length;
    let across = (square(&x) + &rest * square(&y)).sqrt();
    let (theta, sin_theta) = (
        arc(&(others.sqrt() * y.abs()), &x),
        others.sqrt() * y.abs() * &alpha,
    );
    let (phi_star, sin_phi_star) = (arc(&across, &y), &across * &alpha);
    // φ/2 from its sine |x−y| α/√2 and cosine √((x+y)² + 2(K−2)y²) α/√2
    let difference = (&x - &y).abs();
    let total = (square(&(&x + &y)) + &two * &rest * square(&y)).sqrt();
    let phi = &two * arc(&difference, &total);
    let sin_phi = difference * total * square(&alpha);

    let pull = (Real::pi() - &phi) * (&x - &one + &others * &y);
    let stretch = &others * (&alpha * &sin_phi_star - sin_phi) + &alpha * sin_theta;
    [
        -(&pull + theta + &phi * (&x - &one)) + &stretch * &x,
        -(&pull + phi_star - &phi + &phi * &y) + &stretch * &y,
    ]
}

/// The angle in [0, π] of the point (cosine, sine), sine ≥ 0.
fn arc(sine: &Real, cosine: &Real) -> Real {
    if cosine.is_zero() {
        return if sine.is_zero() {
            Real::zero()
        } else {
            Real::pi() / Real::from(2.0)
        };
    }
    let small = (sine / cosine.abs()).atan();
    if cosine.is_negative() {
        Real::pi() - small
    } else {
        small
    }
}

/// x* = (√(K−1) − arccos(1/√K) + π)/(πK), the saddle on x = y.
///
/// # Source
/// Tian 2017, Theorem 7.
pub fn planar_saddle(neurons: usize) -> Real {
    let count = Real::from(neurons as f64);
    let root = (&count - Real::one()).sqrt();
    // arccos(1/√K) = arctan √(K−1)
    (&root - root.atan() + Real::pi()) / (Real::pi() * count)
}

/// M(θ) = ½ [[sin 2θ + 2π − 2θ, −(2π−θ) cos θ − sin θ], [·, 2π]], with V̇ = −yᵀMy/2π.
///
/// # Source
/// Tian 2016, Eq 30; its Eq 29 omits the factor 1/2π.
pub fn lyapunov_matrix(theta: f64) -> [[Real; 2]; 2] {
    let theta = Real::from(theta);
    let two = Real::from(2.0);
    let two_pi = &two * Real::pi();
    let twice = &two * &theta;
    let mixed = -((&two_pi - &theta) * theta.cos() + theta.sin()) / &two;
    [
        [(twice.sin() + &two_pi - &twice) / &two, mixed.clone()],
        [mixed, Real::pi()],
    ]
}

/// det M(θ).
///
/// # Source
/// Tian 2016, Eq 31.
pub fn lyapunov_determinant(theta: f64) -> Real {
    let [[a, b], [c, d]] = lyapunov_matrix(theta);
    a * d - b * c
}

#[cfg(test)]
mod tests {
    use super::super::{population_gradient, relative_error, single_unit_gradient};
    use super::*;

    fn circulant(x: f64, y: f64, neurons: usize) -> Vec<Vec<f64>> {
        let entry = |j: usize, k: usize| if j == k { x } else { y };
        let row = |j| (0..neurons).map(|k| entry(j, k)).collect();
        (0..neurons).map(row).collect()
    }

    #[test]
    fn is_the_full_gradient() {
        for (x, y, neurons) in [
            (0.5, 0.2, 2),
            (0.9, 0.1, 5),
            (0.2, 0.7, 4),
            (-0.3, 0.4, 3),
            (0.5, -0.2, 3),
        ] {
            let top = vec![1.0; neurons];
            let gradient = population_gradient(
                &circulant(x, y, neurons),
                &top,
                &circulant(1.0, 0.0, neurons),
                &top,
            );
            let scale = Real::from(-2.0) * Real::pi();
            let full = [&gradient[0][0] * &scale, &gradient[0][1] * &scale];
            let field = planar_field(x, y, neurons).map(|t| t.to_f64());
            assert!(relative_error(&field, &full) < 1e-15, "{x} {y} {neurons}");
        }
    }

    #[test]
    fn critical_points() {
        for neurons in [2, 3, 10, 1000] {
            let teacher = planar_field(1.0, 0.0, neurons);
            assert!(teacher.iter().all(|t| t.abs().to_f64() < 1e-140));
            let x = planar_saddle(neurons).to_f64();
            // x is x* up to one rounding, and the field grows by πK per unit along the diagonal.
            let saddle = planar_field(x, x, neurons);
            assert!(
                saddle
                    .iter()
                    .all(|t| t.abs().to_f64() < 1e-15 * neurons as f64),
                "{saddle:?}"
            );
        }
    }

    #[test]
    fn lyapunov_derivative() {
        // V̇ = (w − w*)·(−∇) = −yᵀMy/2π, y = (‖w*‖, ‖w‖).
        let (length, theta) = (0.7_f64, 0.9_f64);
        let w = [length * theta.cos(), length * theta.sin()];
        let g = single_unit_gradient(&w, &[1.0, 0.0]);
        let speed = -((w[0] - 1.0) * g[0].to_f64() + w[1] * g[1].to_f64());
        let m = lyapunov_matrix(theta).map(|row| row.map(|t| t.to_f64()));
        let form = m[0][0] + 2.0 * m[0][1] * length + m[1][1] * length * length;
        assert!((speed + form / std::f64::consts::TAU).abs() < 1e-14);
    }

    #[test]
    fn determinant() {
        assert!(lyapunov_determinant(0.0).abs().to_f64() < 1e-140);
        // θ = π/2: 4 det = 2π² − 1
        let right = lyapunov_determinant(std::f64::consts::FRAC_PI_2).to_f64();
        assert!((4.0 * right - (2.0 * std::f64::consts::PI.powi(2) - 1.0)).abs() < 1e-14);
        assert!(lyapunov_determinant(2.327_616).to_f64() > 0.0);
        assert!(lyapunov_determinant(2.327_617).to_f64() < 0.0);
    }
}
