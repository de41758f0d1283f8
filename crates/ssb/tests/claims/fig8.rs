//! The trajectories of Fig 8 from (1e-3, 0): detour, speed, and the values at given iterations.

use std::f64::consts::TAU;

use gaussian_oracle::multiprecision::planar_field;
use proptest::prelude::*;
use ssb::SymmetricSaddle;
use teacher_student::{GradientDescent, Integrator, Record, Stop};

use crate::strategies::{config, distance, planar};

/// Step 0.01/2π times the 2π-scaled field, as in `dynamics.py` of the author's repository: 0.01 per sample.
const STEP: f64 = 0.01;

/// The states of gradient descent after 0, 1, …, `iterations` steps.
fn descend(neurons: usize, start: [f64; 2], step: f64, iterations: usize) -> Vec<Vec<f64>> {
    let run = GradientDescent::new(step)
        .integrate(
            &planar(neurons),
            &start,
            &Stop::new().steps(iterations),
            &Record::EveryStep(1),
        )
        .unwrap();
    assert_eq!(run.states().len(), iterations + 1);
    run.states().to_vec()
}

#[test]
fn oracle_values_of_an_independent_run() {
    // Five printed digits: half a unit of the last.
    for (neurons, iteration, x, y) in [
        (2, 100, 0.38733, 0.28464),
        (2, 500, 0.80408, 0.22003),
        (2, 1000, 0.96759, 0.03405),
        (5, 100, 0.47646, 0.16245),
        (5, 500, 0.96653, 0.01288),
        (5, 1000, 0.99923, 0.00029),
        (10, 100, 0.72559, 0.05679),
    ] {
        let states = descend(neurons, [1e-3, 0.0], STEP, iteration);
        assert!(
            distance(&states[iteration], &[x, y]) < 1e-5,
            "{:?}",
            states[iteration]
        );
    }
}

#[test]
fn oracle_multiprecision_descent() {
    // The same iteration with the oracle's field; 600 steps through the detour and towards the teacher.
    for neurons in [2, 10] {
        let states = descend(neurons, [1e-3, 0.0], STEP, 600);
        let (mut x, mut y) = (1e-3, 0.0);
        for state in &states[1..] {
            let [dx, dy] = planar_field(x, y, neurons).map(|v| v.to_f64());
            (x, y) = (x + STEP / TAU * dx, y + STEP / TAU * dy);
            // 600 roundings, each magnified by the escape from the saddle at most ten thousandfold.
            assert!(distance(state, &[x, y]) < 1e-11);
        }
    }
}

#[test]
fn oracle_detour_and_speed() {
    let mut distances = Vec::new();
    for neurons in [2, 5, 10] {
        let states = descend(neurons, [1e-3, 0.0], STEP, 1000);
        // Although the start is aligned with the teacher, y first rises and only then falls.
        let peak = states.iter().map(|s| s[1]).fold(0.0, f64::max);
        assert!(peak > 0.05 && states[1000][1] < 0.2 * peak);
        // On the way it passes the saddle: it comes to less than half of the start's distance, and then leaves again.
        let saddle = SymmetricSaddle::new(neurons).unwrap().coordinate();
        let away: Vec<f64> = states
            .iter()
            .map(|s| distance(s, &[saddle, saddle]))
            .collect();
        let nearest = away.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(
            nearest < 0.5 * away[0] && away[1000] > 2.0 * nearest,
            "K = {neurons}: {nearest} of {}",
            away[0]
        );
        distances.push(distance(&states[500], &[1.0, 0.0]));
        // (d): the squared distance has fallen at the end.
        assert!(distance(&states[1000], &[1.0, 0.0]) < distance(&states[500], &[1.0, 0.0]));
    }
    assert!(
        distances[0] > distances[1] && distances[1] > distances[2],
        "{distances:?}"
    );
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn symmetry_mirrored_start(x in 1e-3..0.5_f64, y in 0.0..0.5_f64) {
        prop_assume!(x != y);
        // (a): the field for K = 2 is its own mirror image, and so is every trajectory.
        let (one, other) = (descend(2, [x, y], STEP, 200), descend(2, [y, x], STEP, 200));
        for (a, b) in one.iter().zip(&other) {
            prop_assert_eq!([a[0], a[1]], [b[1], b[0]]);
        }
    }
}

#[test]
fn nonvacuity_without_a_broken_symmetry() {
    // From (1e-3, 1e-3) the same descent ends at the saddle, not at the teacher.
    for neurons in [2, 5, 10] {
        let states = descend(neurons, [1e-3, 1e-3], STEP, 5000);
        let saddle = SymmetricSaddle::new(neurons).unwrap().coordinate();
        assert!(distance(&states[5000], &[saddle, saddle]) < 1e-9);
    }
}

#[test]
fn nonvacuity_the_step_matters() {
    // With a step five times as large, 0.05/2π, iteration 100 is where 0.01/2π is at about 500.
    let (coarse, fine) = (
        descend(2, [1e-3, 0.0], 0.05, 100),
        descend(2, [1e-3, 0.0], STEP, 500),
    );
    assert!(distance(&coarse[100], &fine[100]) > 0.3);
    assert!(distance(&coarse[100], &fine[500]) < 0.1);
}
