//! The arc-cosine kernel, and the loss, gradient and Hessian that follow from it.

use gaussian_oracle::multiprecision::{self, relative_error};
use gaussian_oracle::{finite_difference, monte_carlo, quadrature};
use proptest::prelude::*;
use relu_gating::{
    Angle, arc_cosine, arc_cosine_deficit, arc_cosine_derivatives, gate_derivative,
    gated_second_moment, kernel, population_gating, sin_minus_x_cos, single_unit_loss,
};

use crate::strategies::{angle, config, dot, norm, pair, rotated, scale, times};

/// A few units of rounding.
const ACCURACY: f64 = 1e-14;

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn oracle_multiprecision_of_h(theta in angle(), delta in (-9.0..0.0_f64).prop_map(|x| 10f64.powf(x))) {
        for (computed, reference) in [
            (Angle::from_radians(theta)?, multiprecision::Angle::from_radians(theta)),
            (Angle::from_supplement(delta)?, multiprecision::Angle::from_supplement(delta)),
        ] {
            // From θ alone, π − θ is known to half a unit of rounding of π: the condition of h at θ near π.
            let condition = 1.0 + 4.5e-16 / computed.supplement().max(f64::MIN_POSITIVE) / ACCURACY * 3.0;
            let tolerance = if computed.radians() == theta { ACCURACY * condition } else { ACCURACY };
            let h = arc_cosine_derivatives(computed);
            for (order, (value, exact)) in h.iter().zip(reference.arc_cosine_derivatives()).enumerate() {
                if order == 2 && (computed.radians() - 1.1).abs() < 0.2 {
                    continue; // h″ has a zero near 1.1
                }
                let error = relative_error(&[*value], &[exact]);
                prop_assert!(error <= tolerance, "derivative {order} at {theta:e}: {error:e}");
            }
            prop_assert_eq!(h[0], arc_cosine(computed));
        }
    }

    #[test]
    fn oracle_multiprecision_of_the_kernel((u, v) in pair(), u_scale in scale(), v_scale in scale()) {
        let (u, v) = (times(u_scale, &u), times(v_scale, &v));
        let reference = multiprecision::kernel(&u, &v);
        // Products of norms may leave the normal range where the inputs do not.
        let magnitude = reference.to_f64();
        prop_assume!(magnitude > 1e-300 && magnitude < 1e300);
        let error = relative_error(&[kernel(&u, &v)?], &[reference]);
        prop_assert!(error <= ACCURACY, "{error:e}");
    }

    #[test]
    fn oracle_multiprecision_of_the_loss((w, v) in pair(), distance in -13.0..0.0_f64, size in -100.0..100.0_f64) {
        let near: Vec<f64> = v.iter().zip(&w).map(|(v, w)| v + 10f64.powf(distance) * w).collect();
        for w in [w, near] {
            let (w, v) = (times(10f64.powf(size), &w), times(10f64.powf(size), &v));
            prop_assume!(w != v);
            let error = relative_error(&[single_unit_loss(&w, &v)?], &[multiprecision::single_unit_loss(&w, &v)]);
            prop_assert!(error <= ACCURACY, "{error:e}");
        }
    }

    #[test]
    fn symmetry_exchange_rotation_and_homogeneity((u, v) in pair(), turn in 0.0..6.3_f64, factor in 0.1..10.0_f64) {
        let value = kernel(&u, &v)?;
        prop_assert!((value - kernel(&v, &u)?).abs() <= 2e-15 * value);
        let bound = norm(&u) * norm(&v);
        let turned = kernel(&rotated(&u, 0, 1, turn), &rotated(&v, 0, 1, turn))?;
        prop_assert!((value - turned).abs() <= 4e-15 * bound);
        prop_assert!((kernel(&times(factor, &u), &v)? - factor * value).abs() <= 4e-15 * factor * bound);
        // σ(t) − σ(−t) = t gives κ(u, v) − κ(−u, v) − κ(u, −v) + κ(−u, −v) = u·v.
        let (minus_u, minus_v) = (times(-1.0, &u), times(-1.0, &v));
        let alternating = value - kernel(&minus_u, &v)? - kernel(&u, &minus_v)? + kernel(&minus_u, &minus_v)?;
        prop_assert!((alternating - dot(&u, &v)).abs() <= 4e-15 * bound);
    }

    #[test]
    fn symmetry_deficit_and_series_join(theta in angle()) {
        let at = Angle::from_radians(theta)?;
        prop_assert!((arc_cosine(at) + arc_cosine_deficit(at) - std::f64::consts::PI).abs() <= 2e-15);
        let direct = theta.sin() - theta * theta.cos();
        prop_assert!((sin_minus_x_cos(theta) - direct).abs() <= 1e-15);
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn oracle_quadrature((u, v) in pair()) {
        prop_assume!(Angle::between(&u, &v)?.supplement() > 0.01);
        let reference = quadrature::relu_correlation(&u, &v, 1e-12)?;
        prop_assert!((kernel(&u, &v)? - reference).abs() <= 1e-10 * norm(&u) * norm(&v));
    }

    /// The gating is the gradient of the kernel in its first argument; the two second-derivative blocks follow.
    #[test]
    fn oracle_finite_differences((u, v) in pair()) {
        let theta = Angle::between(&u, &v)?;
        prop_assume!(theta.sin() > 0.1);
        let slope = finite_difference::gradient(|u| kernel(u, &v).unwrap_or(f64::NAN), &u, 1e-2);
        // ∂κ/∂u = E[x 1(x·u>0) σ(x·v)] = E[F(u, v)].
        let gating = population_gating(&u, &v)?;
        for (a, b) in gating.iter().zip(&slope.value) {
            prop_assert!((a - b).abs() <= 1e-9);
        }
        let gate = finite_difference::jacobian(|u| population_gating(u, &v).unwrap_or_default(), &u, 1e-2);
        let argument = finite_difference::jacobian(|v| population_gating(&u, v).unwrap_or_default(), &v, 1e-2);
        let (own, mixed) = (gate_derivative(&u, &v)?, gated_second_moment(&u, &v)?);
        for i in 0..u.len() {
            for j in 0..u.len() {
                prop_assert!((own[(i, j)] - gate.rows[i][j]).abs() <= 1e-8);
                prop_assert!((mixed[(i, j)] - argument.rows[i][j]).abs() <= 1e-8);
            }
        }
    }
}

#[test]
fn oracle_monte_carlo_of_the_loss() {
    let (w, v) = ([0.5, 1.0, -0.4], [1.0, -0.2, 0.3]);
    let sampled = monte_carlo::mean(11, 400_000, 1, |rng, out| {
        let mut x = [0.0; 3];
        monte_carlo::standard_normal(rng, &mut x);
        out[0] = (dot(&x, &w).max(0.0) - dot(&x, &v).max(0.0)).powi(2) / 2.0;
    });
    let loss = single_unit_loss(&w, &v).unwrap();
    assert!(sampled.covers(&[loss], 0.999), "{sampled:?} {loss}");
    assert!(!sampled.covers(&[1.03 * loss], 0.999));
}

/// At θ = π the two units are never on together: the kernel vanishes, and the loss is that of two separate units.
#[test]
fn oracle_antiparallel() {
    assert_eq!(kernel(&[1.0, 0.0], &[-3.0, 0.0]).unwrap(), 0.0);
    let loss = single_unit_loss(&[-2.0, 0.0], &[1.0, 0.0]).unwrap();
    assert!((loss - 1.25).abs() < 1e-15);
}

/// Near the teacher the plain form ¼‖w‖² + ¼‖v‖² − κ(w, v) returns rounding noise.
#[test]
fn nonvacuity_the_plain_loss_loses_all_digits() {
    let (w, v) = ([1.0 + 1e-8, 2.0], [1.0, 2.0]);
    let plain = dot(&w, &w) / 4.0 + dot(&v, &v) / 4.0 - kernel(&w, &v).unwrap();
    let reference = multiprecision::single_unit_loss(&w, &v);
    assert!(relative_error(&[plain], std::slice::from_ref(&reference)) > 0.1);
    assert!(relative_error(&[single_unit_loss(&w, &v).unwrap()], &[reference]) <= ACCURACY);
}

/// The kernel is not that of the linear network, u·v/2.
#[test]
fn nonvacuity_not_the_linear_kernel() {
    assert!((kernel(&[1.0, 0.0], &[0.0, 1.0]).unwrap() - 0.5 / std::f64::consts::PI).abs() < 1e-16);
}
