//! The squared losses of the fast phase have a bounded sum.

use hinge_classifier::{
    ClassBounds, Goal, HingeNetwork, History, PaperStart, PlanarPopulation, TopLayer, Training,
    UniformAnnulus,
};

use crate::naive::stream;

fn law() -> UniformAnnulus {
    UniformAnnulus::new(2, 1.0, 2.0).unwrap()
}

fn bounds(k: usize) -> ClassBounds {
    ClassBounds::new(&HingeNetwork::simplified(k, k).unwrap(), 0, law()).unwrap()
}

fn trained(k: usize, start: &[f64], limit: usize) -> (f64, History) {
    let objective =
        PlanarPopulation::new(HingeNetwork::simplified(k, k).unwrap(), 0, &law()).unwrap();
    let watched: Vec<usize> = (0..k).collect();
    let training = Training::new(0.1)
        .unwrap()
        .until(Goal::LossBelow(1e-5))
        .unwrap()
        .limit(limit)
        .recording(&watched);
    let run = training.run(&objective, start).unwrap();
    (run.largest_norm, run.history)
}

/// The growth of the positive norms in each step, over what one step of the proof asks for: with R as the largest norm,
/// ηv l²/(C_p k_i (n − 1)(1 + 2vMR)²).
fn growth_over_needed(k: usize, radius: f64, history: &History) -> Vec<(bool, f64)> {
    let factor = 0.1 * 0.5 / (law().slice() * k as f64 * (1.0 + 2.0 * radius).powi(2));
    history
        .norms
        .windows(2)
        .enumerate()
        .map(|(t, pair)| {
            let growth: f64 = (0..k).map(|j| pair[1][j] - pair[0][j]).sum();
            (
                history.condition[t],
                growth / (factor * history.losses[t].powi(2)),
            )
        })
        .collect()
}

#[test]
fn oracle_runs_respect_the_bounds() {
    for k in [3, 4, 8] {
        for run in 0..6 {
            let (radius, history) = trained(
                k,
                &PaperStart::Random.draw(&mut stream(71, run), 2 * k, 2),
                4000,
            );
            let squares: f64 = history
                .losses
                .iter()
                .zip(&history.condition)
                .filter(|(_, holds)| **holds)
                .map(|(loss, _)| loss * loss)
                .sum();
            let bound = bounds(k).fast_phase(0.1, radius).unwrap();
            assert!(squares > 0.0 && squares <= bound.printed.min(bound.counted).min(bound.safe));
            for (holds, ratio) in growth_over_needed(k, radius, &history) {
                assert!(!holds || ratio >= 1.0, "{ratio}");
            }
        }
    }
}

#[test]
fn oracle_three_classes_and_other_top_weights() {
    // n = 3: k_i(n − 1) enters, and l_i sums over two other classes.
    for (v, counts) in [(0.8, [4, 2, 2]), (0.3, [5, 1, 2])] {
        let network = HingeNetwork::new(TopLayer::grouped(&counts, v).unwrap());
        let k = counts[0];
        let bounds = ClassBounds::new(&network, 0, law()).unwrap();
        let objective = PlanarPopulation::new(network, 0, &law()).unwrap();
        let watched: Vec<usize> = (0..k).collect();
        let training = Training::new(0.05)
            .unwrap()
            .until(Goal::LossBelow(1e-5))
            .unwrap()
            .limit(6000)
            .recording(&watched);
        for run in 0..4 {
            let neurons = counts.iter().sum();
            let start = PaperStart::Random.draw(&mut stream(72, run), neurons, 2);
            let run = training.run(&objective, &start).unwrap();
            let (radius, history) = (run.largest_norm, run.history);
            let fast = bounds.fast_phase(0.05, radius).unwrap();
            let slow = bounds.slow_phase(0.05, radius).unwrap();
            let expected = 2.0 * k as f64 * (1.0 + 4.0 * v * radius).powi(2);
            let expected = expected * law().slice() * radius / (v * 0.05);
            assert!((fast.safe / expected - 1.0).abs() < 1e-12);
            let with = history.condition.iter().zip(&history.losses);
            let squares: f64 = with.filter(|(holds, _)| **holds).map(|(_, l)| l * l).sum();
            assert!(squares > 0.0 && squares <= fast.safe);
            let without = history.condition.iter().filter(|holds| !**holds).count();
            assert!(without as f64 <= slow.iterations);
            for (t, pair) in history.norms.windows(2).enumerate() {
                let growth: f64 = (0..k).map(|j| pair[1][j] - pair[0][j]).sum();
                let needed = history.losses[t].powi(2) * radius / fast.safe;
                assert!(
                    !history.condition[t] || growth >= needed,
                    "{t}: {growth} {needed}"
                );
            }
        }
    }
}

#[test]
fn oracle_the_constants() {
    // Straight from the formulas: v = ½, n = 2, C_p = 2/(π√3), M = 2, R = 3, η = 0.1, k_i = 8.
    let slice = 2.0 / (std::f64::consts::PI * 3f64.sqrt());
    let bound = bounds(8).fast_phase(0.1, 3.0).unwrap();
    assert!((bound.printed / (4.0 * 0.5 * 4.0 * slice * 27.0 * 4.0 / 0.1) - 1.0).abs() < 1e-12);
    assert!((bound.counted / (4.0 * 0.5 * 8.0 * slice * 27.0 * 4.0 / 0.1) - 1.0).abs() < 1e-12);
    assert!((bound.safe / (8.0 * 49.0 * slice * 3.0 / 0.05) - 1.0).abs() < 1e-12);
}

#[test]
fn symmetry_units() {
    let one = bounds(4).fast_phase(0.1, 3.0).unwrap();
    let half = bounds(4).fast_phase(0.05, 3.0).unwrap();
    assert!(
        (half.safe / one.safe - 2.0).abs() < 1e-12
            && (half.printed / one.printed - 2.0).abs() < 1e-12
    );
}

#[test]
fn nonvacuity_the_condition_and_the_number_of_neurons() {
    // More than n² positive neurons: the printed constant is below what the proof gives.
    let bound = bounds(8).fast_phase(0.1, 3.0).unwrap();
    assert!(bound.printed < bound.counted);
    let few = bounds(3).fast_phase(0.1, 3.0).unwrap();
    assert!(few.printed > few.counted);
    // Without the condition loss need not make norms grow: at W = 0 the loss is 1 and nothing moves.
    let (_, history) = trained(3, &[0.0; 12], 5);
    assert!(!history.condition[0] && history.losses[0] > 0.99 && history.norms.len() == 1);
}

#[test]
fn refutes_the_bound_of_the_loss_in_the_proof() {
    // "l_i ≤ 2vRM Σ_r P[Ω_{i,r}]": with three short neurons around 0 the loss is near 1 and R near 0.
    let weights = [
        0.01, 0.0, -0.005, 0.009, -0.005, -0.009, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    ];
    let (radius, history) = trained(3, &weights, 0);
    assert!(history.condition[0]);
    assert!(history.losses[0] > 0.9 && 2.0 * 0.5 * radius * 2.0 < 0.07);
    assert!(history.losses[0] <= 1.0 + 2.0 * 0.5 * radius * 2.0);
}

#[test]
fn refutes_the_number_of_iterations_after_the_proof() {
    // "In order to get l < ε we only need |T₂| ≥ B/ε": losses of exactly ε have Σ l² ≤ B for B/ε² iterations.
    let bound = bounds(3).fast_phase(0.1, 3.0).unwrap().printed;
    let epsilon = 0.5_f64;
    let iterations = (bound / epsilon).ceil() + 1.0;
    assert!(iterations * epsilon * epsilon <= bound && iterations > bound / epsilon);
}
