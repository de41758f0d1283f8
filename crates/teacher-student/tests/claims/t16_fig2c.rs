//! The geometry of the flow of one unit: its field, Ω, the singularity at the origin, and trajectories.

use gaussian_oracle::multiprecision;
use proptest::prelude::*;
use relu_gating::{Angle, population_gating};
use teacher_student::single_unit::{in_basin, norm_floor, polar_rate};
use teacher_student::{
    DormandPrince, GradientFlow, Integrator, Network, Population, Record, Stop, VectorField,
    Weights,
};

use crate::strategies::config;

/// A few units in the last place.
const ROUNDING: f64 = 32.0 * f64::EPSILON;

fn plane(norm: f64, angle: f64) -> [f64; 2] {
    [norm * angle.cos(), norm * angle.sin()]
}

fn field(teacher: [f64; 2]) -> GradientFlow<Population> {
    let weights = Weights::from_rows(&[teacher.to_vec()]).unwrap();
    GradientFlow::new(Population::matching(Network::new(weights)))
}

fn velocity(w: [f64; 2], teacher: [f64; 2]) -> [f64; 2] {
    let mut rate = [0.0; 2];
    field(teacher).evaluate(&w, &mut rate).unwrap();
    rate
}

fn norm(w: [f64; 2]) -> f64 {
    w[0].hypot(w[1])
}

proptest! {
    #![proptest_config(config(256))]

    /// The drawn field is minus the textbook gradient, and its radial and angular parts are the polar form.
    #[test]
    fn oracle_field((r, a, theta, turn) in (0.01..4.0_f64, 0.1..3.0_f64, 1e-6..3.138_f64, -3.0..3.0_f64)) {
        let teacher = plane(a, turn);
        let w = plane(r, turn + theta);
        let rate = velocity(w, teacher);
        let exact = multiprecision::single_unit_gradient(&w, &teacher);
        let minus: Vec<f64> = rate.iter().map(|x| -x).collect();
        prop_assert!(multiprecision::relative_error(&minus, &exact) <= ROUNDING);

        let polar = polar_rate(r, a, Angle::between(&w, &teacher).unwrap())?;
        let size = norm(rate);
        let radial = (rate[0] * w[0] + rate[1] * w[1]) / norm(w);
        let tangential = (rate[1] * w[0] - rate[0] * w[1]) / norm(w);
        // The frame of w is known to the rounding of sine and cosine.
        prop_assert!((polar.norm - radial).abs() <= ROUNDING * (size + a), "{polar:?} {radial}");
        prop_assert!((r * polar.angle - tangential).abs() <= ROUNDING * (size + a), "{polar:?} {tangential}");
        prop_assert!(polar.angle < 0.0);
    }

    /// The field is mirrored by the axis of the teacher.
    #[test]
    fn symmetry_mirror((r, theta) in (0.01..4.0_f64, 0.0..3.138_f64)) {
        let above = velocity(plane(r, theta), [1.0, 0.0]);
        let below = velocity(plane(r, -theta), [1.0, 0.0]);
        prop_assert_eq!(above, [below[0], -below[1]]);
    }

    /// Units: the field of c·w* at c·w is c times the field.
    #[test]
    fn symmetry_scale((r, theta, power) in (0.01..4.0_f64, 0.0..3.138_f64, -100..100_i32)) {
        let scale = 2f64.powi(power);
        let w = plane(r, theta);
        let plain = velocity(w, [1.0, 0.0]);
        let scaled = velocity([w[0] * scale, w[1] * scale], [scale, 0.0]);
        prop_assert!((scaled[0] / scale - plain[0]).abs() <= ROUNDING * norm(plain));
        prop_assert!((scaled[1] / scale - plain[1]).abs() <= ROUNDING * norm(plain));
    }

    /// Trajectories that start in Ω stay in it, none comes nearer to the origin than its floor, and the angle decreases.
    #[test]
    fn oracle_trajectories((r, theta) in (0.001..3.0_f64, 0.01..3.138_f64)) {
        let teacher = [1.0, 0.0];
        let start = plane(r, theta);
        let method = DormandPrince::default().relative_tolerance(1e-10);
        let stop = Stop::new().time(300.0).distance_below(teacher.to_vec(), 1e-6);
        let run = method.integrate(&field(teacher), &start, &stop, &Record::EveryStep(1))?;
        prop_assert!(run.outcome().is_converged());
        let angles = run.observe(|w| Angle::between(w, &teacher).unwrap());
        for pair in angles.windows(2) {
            prop_assert!(pair[1].1.radians() < pair[0].1.radians() + 1e-9);
        }
        let floor = norm_floor(r, 1.0, angles[0].1)?;
        let inside = in_basin(&start, &teacher)?;
        for w in run.states() {
            prop_assert!(norm([w[0], w[1]]) >= floor * (1.0 - 1e-8));
            prop_assert!(!inside || in_basin(w, &teacher)?);
        }
    }
}

/// The origin is a singularity: the field has a limit along each direction e, the population gating E[F(e, w*)], and the
/// limits differ, from (½, 0) ahead over (¼, 1/2π) across to 0 behind.
#[test]
fn nonvacuity_the_origin_is_singular() {
    let teacher = [1.0, 0.0];
    for angle in [0.0, 0.4, 1.5, 2.8] {
        let e = plane(1.0, angle);
        let limit = population_gating(&e, &teacher).unwrap();
        let near = velocity([1e-13 * e[0], 1e-13 * e[1]], teacher);
        assert!(norm([near[0] - limit[0], near[1] - limit[1]]) < 2e-13);
    }
    let ahead = velocity([1e-14, 0.0], teacher);
    let across = velocity([0.0, 1e-14], teacher);
    let behind = velocity([-1e-14, 0.0], teacher);
    assert!(norm([ahead[0] - 0.5, ahead[1]]) < 1e-13);
    let quarter = [0.25, std::f64::consts::TAU.recip()];
    assert!(norm([across[0] - quarter[0], across[1] - quarter[1]]) < 1e-13);
    assert!(norm(behind) < 1e-13);
    // At the origin itself there is no field.
    let mut rate = [0.0; 2];
    assert!(field(teacher).evaluate(&[0.0, 0.0], &mut rate).is_err());
}
