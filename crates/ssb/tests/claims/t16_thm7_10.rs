//! Every trajectory in Ω converges to (x, y) = (1, 0).

use gaussian_oracle::multiprecision::{planar_field, population_gradient};
use proptest::prelude::*;
use ssb::{Reparametrization, SymmetricSaddle};
use teacher_student::{GradientFlow, Network, Population, Weights, state_of};

use crate::strategies::{circulant, config, distance, follow, in_region, neurons, norm, planar};

/// The rate at the end is below 1e-9 and the least contraction rate at the teacher is 1/4 − 1/2π > 0.09.
const ARRIVED: f64 = 1e-7;

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn oracle_every_start_arrives(k in prop_oneof![2..=10_usize, Just(30), Just(100)], (x, y) in in_region()) {
        let dynamics = planar(k);
        let run = follow(&dynamics, &[x, y]);
        prop_assert!(run.outcome().is_converged(), "{} from ({x}, {y}), K = {k}", run.outcome());
        prop_assert!(distance(run.end(), &[1.0, 0.0]) < ARRIVED, "{:?} from ({x}, {y}), K = {k}", run.end());
        // In the coordinates of the proof the limit is y = 0, ε = 1.
        let end = [run.end()[1], run.end()[0] - run.end()[1]];
        prop_assert!(distance(&end, &[0.0, 1.0]) < 2.0 * ARRIVED);
        // The loss falls all the way: no limit cycle. 1e-12 of it may be rounding.
        let mut last = f64::INFINITY;
        for state in run.states() {
            let loss = dynamics.loss(state[0], state[1])?;
            prop_assert!(loss <= last * (1.0 + 1e-12));
            last = loss;
        }
    }

    #[test]
    fn symmetry_mirrored_starts((x, y) in in_region()) {
        // K = 2: from (y, x) the students find each other's teachers.
        let (one, other) = (follow(&planar(2), &[x, y]), follow(&planar(2), &[y, x]));
        prop_assert!(distance(other.end(), &[0.0, 1.0]) < ARRIVED);
        prop_assert_eq!([one.end()[1], one.end()[0]], [other.end()[0], other.end()[1]]);
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn oracle_the_full_network_arrives(k in 2..=4_usize, (x, y) in in_region()) {
        // K² weights moved by the gradient of the whole network, which knows no symmetry. From the very neighbourhood
        // of the diagonal its rounding, not the theorem, would choose the limit.
        prop_assume!(x - y > 1e-4 && y < 0.9 * x);
        let teacher = Network::new(Weights::orthonormal(k, k)?);
        let flow = GradientFlow::new(Population::matching(teacher));
        let run = follow(&flow, &circulant(x, y, k).concat());
        let target = state_of(Weights::orthonormal(k, k)?.as_mat());
        prop_assert!(distance(run.end(), &target) < ARRIVED * (k as f64), "{:?}", run.end());
    }

    #[test]
    fn oracle_one_way_down(k in neurons(), (x, y) in in_region()) {
        // The rate of the loss along the field is minus the squared gradient of all neurons: never positive, and zero
        // nowhere but at the teacher.
        prop_assume!((x, y) != (1.0, 0.0));
        let [dx, dy] = planar_field(x, y, k).map(|v| v.to_f64());
        prop_assert!(dx * dx + (k as f64 - 1.0) * dy * dy > 0.0);
    }
}

#[test]
fn nonvacuity_starts_on_and_above_the_diagonal() {
    for k in [2, 5, 10] {
        let saddle = SymmetricSaddle::new(k).unwrap().coordinate();
        let on = follow(&planar(k), &[0.4, 0.4]);
        assert!(distance(on.end(), &[saddle, saddle]) < 1e-8);
        let above = follow(&planar(k), &[0.4, 0.400_001]);
        assert!(
            distance(above.end(), &[1.0, 0.0]) > 0.5,
            "{:?}",
            above.end()
        );
    }
}

#[test]
fn refutes_the_printed_limit() {
    // Printed: trajectories converge to (y, ε) = (1, 0), which is (x, y) = (1, 1). It is not even at rest.
    for k in [2, 5, 10] {
        let rate = norm(&planar(k).velocity(1.0, 1.0).unwrap());
        assert!(rate > 0.5, "{rate}");
        let top = vec![1.0; k];
        let gradient =
            population_gradient(&circulant(1.0, 1.0, k), &top, &circulant(1.0, 0.0, k), &top);
        assert!(gradient[0][0].to_f64() > 0.4);
        let run = follow(&planar(k), &[0.5, 0.2]);
        let (y, epsilon) = (run.end()[1], run.end()[0] - run.end()[1]);
        assert!(distance(&[y, epsilon], &[1.0, 0.0]) > 1.4);
        assert!(distance(&[y, epsilon], &[0.0, 1.0]) < ARRIVED);
        // ε = 0 has no β < √K: the printed point is outside the coordinates altogether.
        assert!(
            Reparametrization::new(k)
                .unwrap()
                .forward(1.0, 1.0)
                .is_err()
        );
    }
}
