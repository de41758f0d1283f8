//! V = ½‖w − w*‖² decreases along the flow of one unit; the matrix M(θ) of its rate.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use gaussian_oracle::finite_difference;
use gaussian_oracle::multiprecision::{
    self, Real, largest_relative_error, lyapunov_determinant, lyapunov_matrix,
};
use proptest::prelude::*;
use relu_gating::Angle;
use teacher_student::single_unit::{
    LyapunovMatrix, in_basin, lyapunov_rate, lyapunov_value, norm_floor, polar_rate,
};
use teacher_student::{
    DormandPrince, FieldError, GradientFlow, Integrator, Network, Population, Record, Stop,
    Trajectory, VectorField, Weights,
};

use crate::strategies::{config, flat, gaussian_rows, matrix, rotation};

/// A few units in the last place: each closed form is a dozen operations.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

fn at(theta: f64) -> LyapunovMatrix {
    LyapunovMatrix::new(Angle::from_radians(theta).unwrap())
}

/// (w, w*) in dimension 1 to 5: anywhere, close to the teacher, and close to the opposite ray.
fn pair() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (1..=5_usize, 0..u64::MAX, 0..3_u8, -12.0..0.0_f64).prop_map(|(d, seed, kind, exponent)| {
        let rows = gaussian_rows(2, d, seed);
        let small = 10f64.powf(exponent);
        let base = match kind {
            0 => 0.0,
            1 => 1.0,
            _ => -1.0,
        };
        let size = if kind == 0 { 1.0 } else { small };
        let w = (0..d)
            .map(|i| base * rows[1][i] + size * rows[0][i])
            .collect();
        (w, rows[1].clone())
    })
}

/// −(w − w*)·∇ and ‖w − w*‖‖∇‖, by the textbook gradient in multiprecision.
fn rate_reference(w: &[f64], teacher: &[f64]) -> (Real, f64) {
    let gradient = multiprecision::single_unit_gradient(w, teacher);
    let gap: Vec<Real> = w
        .iter()
        .zip(teacher)
        .map(|(a, b)| Real::from(*b) - Real::from(*a))
        .collect();
    let square = |v: &[Real]| v.iter().map(|t| t * t).sum::<Real>().sqrt().to_f64();
    let rate = gap.iter().zip(&gradient).map(|(g, v)| g * v).sum();
    (rate, square(&gap) * square(&gradient))
}

fn flow(w: &[f64], teacher: &[f64], stop: &Stop, record: &Record) -> Trajectory {
    let network = Network::new(Weights::from_rows(&[teacher.to_vec()]).unwrap());
    let field = GradientFlow::new(Population::matching(network));
    let method = DormandPrince::default()
        .relative_tolerance(1e-11)
        .absolute_tolerance(1e-14);
    method.integrate(&field, w, stop, record).unwrap()
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn oracle_rate_matches_multiprecision((w, teacher) in pair()) {
        let (exact, size) = rate_reference(&w, &teacher);
        let rate = lyapunov_rate(&w, &teacher)?;
        prop_assert!((rate - exact.to_f64()).abs() <= ROUNDING * size, "{rate} {exact}");
        // V itself changes at that rate along −∇: h ↦ V(w − h∇) is a parabola.
        let gradient = relu_gating::single_unit_gradient(&w, &teacher).unwrap();
        let along = |h: f64| {
            let moved: Vec<f64> = w.iter().zip(&gradient).map(|(w, g)| w - h * g).collect();
            lyapunov_value(&moved, &teacher).unwrap()
        };
        let slope = finite_difference::derivative(along, 0.0, 0.1).value;
        let value = lyapunov_value(&w, &teacher)?;
        // The extrapolation divides the rounding of the moved points by steps down to 1/400.
        let moved = 1e-12 * teacher.iter().map(|x| x.abs()).sum::<f64>() * value.sqrt();
        prop_assert!((slope - rate).abs() <= 1e-9 * (size + value) + moved, "{slope} {rate}");
    }

    /// Eq 29 with its factor: V̇ = −yᵀMy/2π.
    #[test]
    fn oracle_rate_is_the_quadratic_form((w, teacher) in pair()) {
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (a, b) = (norm(&teacher), norm(&w));
        let matrix = LyapunovMatrix::new(Angle::between(&w, &teacher).unwrap());
        let form = matrix.quadratic_form(a, b);
        let (exact, _) = rate_reference(&w, &teacher);
        // ‖w‖ − ‖w*‖ carries the rounding of the norms.
        let allowed = ROUNDING * (form.abs() + a * b + (a - b).abs() * a.max(b));
        prop_assert!((form + TAU * exact.to_f64()).abs() <= allowed, "{form} {exact}");
        let [[first, mixed], [_, last]] = matrix.entries();
        let direct = first * a * a + 2.0 * mixed * a * b + last * b * b;
        prop_assert!((form - direct).abs() <= ROUNDING * (a + b).powi(2));
    }

    /// Theorem 5, and beyond it: V̇ < 0 at every w other than 0 and w*, in Ω and outside.
    #[test]
    fn oracle_rate_is_negative_everywhere((w, teacher) in pair()) {
        prop_assert!(lyapunov_rate(&w, &teacher)? < 0.0);
        let (exact, _) = rate_reference(&w, &teacher);
        prop_assert!(exact.is_negative());
    }

    #[test]
    fn oracle_matrix_and_determinant_match_multiprecision(exponent in -12.0..0.49_f64) {
        let theta = 10f64.powf(exponent);
        let exact = lyapunov_determinant(theta);
        let found = at(theta).determinant();
        prop_assert!(largest_relative_error(&[found], std::slice::from_ref(&exact)) <= ROUNDING, "{theta}: {found}");
        let [[first, mixed], [_, last]] = at(theta).entries();
        let [[first_exact, mixed_exact], [_, last_exact]] = lyapunov_matrix(theta);
        // Near π the double θ fixes π − θ only to the rounding of π.
        let supplement = PI - theta;
        let off = |found: f64, exact: &Real| (Real::from(found) - exact).abs().to_f64();
        prop_assert!(off(first, &first_exact) <= ROUNDING * (first + supplement.powi(2)));
        prop_assert!(off(mixed, &mixed_exact) <= ROUNDING * PI);
        prop_assert!(off(last, &last_exact) <= ROUNDING * PI);
    }

    /// Eq 31 to 34 are equal, and equal to 4·det M.
    #[test]
    fn oracle_identity_chain(theta in 0.0..PI) {
        let (sin, cos) = theta.sin_cos();
        let double = (2.0 * theta).sin();
        let wide = TAU - theta;
        let forms = [
            TAU * (double + TAU - 2.0 * theta) - (wide * cos + sin).powi(2),
            TAU * (double + TAU - 2.0 * theta)
                - (wide.powi(2) * cos * cos + wide * double + sin * sin),
            (4.0 * PI * PI - 1.0) * sin * sin - 4.0 * PI * theta + 4.0 * PI * theta * cos * cos
                - theta * theta * cos * cos + theta * double,
            (4.0 * PI * PI - 4.0 * PI * theta - 1.0) * sin * sin
                + theta * cos * (2.0 * sin - theta * cos),
        ];
        let exact = 4.0 * at(theta).determinant();
        for form in forms {
            // The terms are at most 4π².
            prop_assert!((form - exact).abs() <= ROUNDING * TAU * TAU, "{form} {exact}");
        }
    }

    /// M at θ near π, by its supplement: π − θ + sin θ cos θ = ⅔δ³(1 − δ²/5 + …).
    #[test]
    fn oracle_first_entry_near_the_opposite_ray(exponent in -100.0..-4.0_f64) {
        let delta = 10f64.powf(exponent);
        let [[first, _], _] = LyapunovMatrix::new(Angle::from_supplement(delta)?).entries();
        let expected = 2.0 / 3.0 * delta.powi(3) * (1.0 - delta * delta / 5.0);
        prop_assert!((first / expected - 1.0).abs() <= ROUNDING, "{first:e} {expected:e}");
    }

    #[test]
    fn symmetry_rotation_and_scale((w, teacher) in pair(), seed in 0..u64::MAX, power in -300..300_i32) {
        let rate = lyapunov_rate(&w, &teacher)?;
        let turn = rotation(w.len(), seed);
        let turned = |v: &[f64]| flat((matrix(&[v.to_vec()]) * &turn).as_ref());
        let (_, size) = rate_reference(&w, &teacher);
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        // A rotated double moves by its rounding, and w − w* with it.
        let allowed = 100.0 * f64::EPSILON * (size + norm(&teacher) * size.sqrt());
        prop_assert!((lyapunov_rate(&turned(&w), &turned(&teacher))? - rate).abs() <= allowed);
        let scale = 2f64.powi(power);
        let scaled = |v: &[f64]| v.iter().map(|x| x * scale).collect::<Vec<f64>>();
        let found = lyapunov_rate(&scaled(&w), &scaled(&teacher))?;
        prop_assert!((found - rate * scale * scale).abs() <= ROUNDING * size * scale * scale);
    }
}

proptest! {
    #![proptest_config(config(24))]

    /// Trajectories reach w*, from Ω and from outside of it, V decreases along each, and ‖w‖ keeps above its floor.
    #[test]
    fn oracle_every_start_converges((w, teacher) in pair()) {
        // Closer to the opposite ray the flow passes the origin in a time that adaptive steps cannot resolve.
        prop_assume!(Angle::between(&w, &teacher).unwrap().supplement() > 1e-5);
        let stop = Stop::new().time(400.0).distance_below(teacher.clone(), 1e-9);
        let run = flow(&w, &teacher, &stop, &Record::EveryStep(1));
        prop_assert!(run.outcome().is_converged(), "{}", run.outcome());
        let values = run.observe(|state| lyapunov_value(state, &teacher).unwrap());
        for pair in values.windows(2) {
            prop_assert!(pair[1].1 < pair[0].1 * (1.0 + 1e-9), "{pair:?}");
        }
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let floor = norm_floor(norm(&w), norm(&teacher), Angle::between(&w, &teacher).unwrap())?;
        for (_, size) in run.observe(norm) {
            prop_assert!(size >= floor * (1.0 - 1e-9), "{size} {floor}");
        }
        if in_basin(&w, &teacher)? {
            prop_assert!(run.observe(|s| in_basin(s, &teacher).unwrap()).iter().all(|p| p.1));
        }
    }
}

/// The polar flow in the coordinates ln(‖w‖/‖w*‖) and ln tan(θ/2) and in the time
/// dτ = (1 + (π − θ)‖w*‖/‖w‖)dt, in which the pass by the origin takes as long as any other part of the way. Its orbits
/// are those of the flow.
struct Desingularised;

impl VectorField for Desingularised {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let (norm, half) = (state[0].exp(), state[1].exp());
        let angle = if half > 1.0 {
            Angle::from_supplement(2.0 * half.recip().atan())?
        } else {
            Angle::from_radians(2.0 * half.atan())?
        };
        let polar = polar_rate(norm, 1.0, angle)?;
        let slow = norm / (norm + angle.supplement());
        rate[0] = polar.norm / norm * slow;
        rate[1] = polar.angle / angle.sin() * slow;
        Ok(())
    }
}

/// Starts at angles π − 10⁻¹ … π − 10⁻⁶⁰ from the teacher, with norms far below and above its own, all reach it.
#[test]
fn oracle_starts_almost_opposite_converge() {
    let method = DormandPrince::default()
        .relative_tolerance(1e-9)
        .absolute_tolerance(1e-9);
    for exponent in [1, 2, 3, 6, 9, 12, 30, 60] {
        let delta = 10f64.powi(-exponent);
        for norm in [1e-3, 1.0, 10.0] {
            let start = [f64::ln(norm), -(delta / 2.0).tan().ln()];
            let stop = Stop::new().time(3_000.0);
            let run = method
                .integrate(&Desingularised, &start, &stop, &Record::Ends)
                .unwrap();
            assert!(!run.outcome().is_failure(), "{delta:e}: {}", run.outcome());
            let end = run.end();
            assert!(
                end[0].abs() < 1e-6 && end[1] < -14.0,
                "{delta:e} {norm}: {end:?}"
            );
        }
    }
}

/// The same by the flow itself in the plane, from angles up to π − 10⁻⁵.
#[test]
fn oracle_planar_starts_almost_opposite_converge() {
    let teacher = [1.0, 0.0];
    for exponent in 1..=5 {
        let delta = 10f64.powi(-exponent);
        for norm in [1e-3, 1.0, 10.0] {
            let w = [-norm * delta.cos(), norm * delta.sin()];
            assert!(!in_basin(&w, &teacher).unwrap());
            let stop = Stop::new()
                .time(400.0)
                .distance_below(teacher.to_vec(), 1e-8);
            let run = flow(&w, &teacher, &stop, &Record::Ends);
            assert!(
                run.outcome().is_converged(),
                "{delta:e} {norm}: {}",
                run.outcome()
            );
        }
    }
}

/// The determinant changes sign once beyond π/2, between neighbouring doubles around the number returned.
#[test]
fn oracle_zero_of_the_determinant() {
    let zero = LyapunovMatrix::definite_until();
    assert!((zero - 2.327_616).abs() < 5e-7, "{zero}");
    let exact = |theta: f64| lyapunov_determinant(theta);
    assert!(!exact(zero.next_down()).is_negative() && exact(zero.next_up()).is_negative());
    let size = |theta: f64| exact(theta).abs();
    assert!(size(zero) <= size(zero.next_down()) && size(zero) <= size(zero.next_up()));
    // Full relative accuracy at the doubles next to the root, where the two terms of Eq 34 agree to 16 digits.
    for theta in [
        zero.next_down(),
        zero,
        zero.next_up(),
        zero + 1e-9,
        zero - 1e-4,
    ] {
        let found = at(theta).determinant();
        assert!(
            largest_relative_error(&[found], &[exact(theta)]) <= ROUNDING,
            "{theta} {found}"
        );
    }
    let steps = 10_000;
    for k in 1..=steps {
        let theta = PI * f64::from(k) / f64::from(steps);
        assert_eq!(
            at(theta).determinant() > 0.0,
            theta <= zero,
            "one sign change, at {theta}"
        );
    }
}

/// det M/θ² falls from π² at 0 to 2 − 1/π² = 1.8987 at the right angle, so 4·det M ≥ 7.59 θ² on (0, π/2].
#[test]
fn oracle_determinant_over_the_square_of_the_angle() {
    let quotient = |theta: f64| at(theta).determinant() / (theta * theta);
    assert!((quotient(1e-9) - PI * PI).abs() < 1e-7);
    let least = 2.0 - (PI * PI).recip();
    assert!((quotient(FRAC_PI_2) - least).abs() < 1e-14);
    assert!((least - 1.899).abs() < 5e-4);
    let values: Vec<f64> = (1..=20_000)
        .map(|k| quotient(FRAC_PI_2 * f64::from(k) / 20_000.0))
        .collect();
    assert!(values.windows(2).all(|pair| pair[1] < pair[0]));
}

/// Eq 29 as printed, V̇ = −yᵀMy, is 2π times too large: at w = (0, 1), w* = (1, 0) it says −3.71, the flow −0.59.
#[test]
fn refutes_eq29_without_its_factor() {
    let (w, teacher) = ([0.0, 1.0], [1.0, 0.0]);
    let printed = -at(FRAC_PI_2).quadratic_form(1.0, 1.0);
    let (exact, _) = rate_reference(&w, &teacher);
    assert!((printed - (1.0 - 1.5 * PI)).abs() < 1e-14);
    assert!((exact.to_f64() - (1.0 - 1.5 * PI) / TAU).abs() < 1e-15);
    assert!((printed / exact.to_f64() - TAU).abs() < 1e-13);
}

/// "The bilinear coefficient matrix is negative definite (except for w = w*)" (T17 §6.1): on the whole ray θ = 0 it is
/// −M(0) = −π[[1, −1], [−1, 1]], semidefinite; V̇ < 0 there because y = (‖w*‖, ‖w‖) is not in its kernel, not by definiteness.
#[test]
fn refutes_definite_on_the_ray_of_the_teacher() {
    let zero = LyapunovMatrix::new(Angle::ZERO);
    assert_eq!(zero.entries(), [[PI, -PI], [-PI, PI]]);
    assert_eq!(zero.determinant(), 0.0);
    assert_eq!(zero.quadratic_form(1.0, 1.0), 0.0);
    let (w, teacher) = ([2.0, 0.0], [1.0, 0.0]);
    assert!(Angle::between(&w, &teacher).unwrap().radians() == 0.0 && w != teacher);
    assert!(lyapunov_rate(&w, &teacher).unwrap() < 0.0);
}

/// The start must not lie on the ray opposite to the teacher: from −w* the flow runs into the origin, never to w*.
#[test]
fn nonvacuity_the_opposite_ray_ends_at_the_origin() {
    let teacher = [0.6, 0.8];
    let run = flow(
        &[-0.6, -0.8],
        &teacher,
        &Stop::new().time(30.0),
        &Record::Ends,
    );
    let end = run.end();
    // ṙ = −r/2 on the ray.
    let expected = (-15.0_f64).exp();
    assert!(
        (end[0] / (-0.6 * expected) - 1.0).abs() < 1e-2,
        "{end:?} {expected:e}"
    );
    assert!((lyapunov_value(end, &teacher).unwrap() - 0.5).abs() < 1e-6);
}

/// Positive definiteness ends at the zero of the determinant: beyond it a vector of mixed signs makes the form negative.
#[test]
fn nonvacuity_indefinite_beyond_the_zero() {
    let [[first, mixed], [_, last]] = at(2.4).entries();
    let y = [1.0, -mixed / last];
    assert!(first * y[0] * y[0] + 2.0 * mixed * y[0] * y[1] + last * y[1] * y[1] < 0.0);
    let [[first, mixed], [_, last]] = at(2.3).entries();
    assert!(first > 0.0 && first * last > mixed * mixed);
}

/// V is a Lyapunov function of one unit only: two units on their way to a permutation of the teacher leave w*.
#[test]
fn nonvacuity_two_units_may_leave_the_teacher() {
    let teacher = [1.0, 0.0, 0.0, 1.0];
    let network = Network::new(Weights::orthonormal(2, 2).unwrap());
    let field = GradientFlow::new(Population::matching(network));
    let start = [0.0, 0.9, 0.9, 0.0];
    let run = DormandPrince::default()
        .integrate(&field, &start, &Stop::new().time(20.0), &Record::Ends)
        .unwrap();
    let value = |state: &[f64]| lyapunov_value(state, &teacher).unwrap();
    assert!(value(run.end()) > value(&start) + 0.1);
}
