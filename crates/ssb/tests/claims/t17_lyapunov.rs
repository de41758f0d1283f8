//! V = ½‖W − W*‖² is no Lyapunov function for two or more neurons: it grows near the diagonal, also on the way to the teacher.

use gaussian_oracle::multiprecision::{planar_saddle, population_gradient};
use proptest::prelude::*;
use ssb::DiagonalFlow;

use crate::strategies::{circulant, config, distance, follow, neurons, planar};

/// V̇ = −(W − W*)·∇ by the textbook gradient of all K² weights in multiprecision.
fn rate(x: f64, y: f64, neurons: usize) -> f64 {
    let (student, teacher) = (circulant(x, y, neurons), circulant(1.0, 0.0, neurons));
    let top = vec![1.0; neurons];
    let gradient = population_gradient(&student, &top, &teacher, &top);
    let mut sum = 0.0;
    for ((s, t), g) in student.iter().zip(&teacher).zip(&gradient) {
        for ((s, t), g) in s.iter().zip(t).zip(g) {
            sum -= (s - t) * g.to_f64();
        }
    }
    sum
}

proptest! {
    #![proptest_config(config(64))]

    /// On the diagonal V̇ = −(K²/2)(x − x*)(Kx − 1).
    #[test]
    fn oracle_rate_on_the_diagonal(k in 2..=12_usize, x in 0.01..1.5_f64) {
        let kf = k as f64;
        let exact = -kf * kf / 2.0 * (x - planar_saddle(k).to_f64()) * (kf * x - 1.0);
        let found = rate(x, x, k);
        prop_assert!((found - exact).abs() <= 1e-13 * kf * kf * (1.0 + kf * x), "{found} {exact}");
        let flow = DiagonalFlow::new(k)?;
        prop_assert!((kf * flow.rate(x)? * (kf * x - 1.0) - exact).abs() <= 1e-13 * kf * kf * (1.0 + kf * x));
    }

    /// 1/K < x* for every K, so there is an interval on which V grows.
    #[test]
    fn oracle_the_interval_is_not_empty(k in neurons()) {
        prop_assert!(planar_saddle(k).to_f64() * k as f64 > 1.0);
    }

    /// Renaming the two coordinates of K = 2 renames the velocity, and V with respect to the renamed teacher has the same rate.
    #[test]
    fn symmetry_exchange_of_two_neurons(x in 0.05..1.0_f64, y in 0.05..1.0_f64) {
        let ([dx, dy], [ex, ey]) = (planar(2).velocity(x, y)?, planar(2).velocity(y, x)?);
        prop_assert_eq!([dx, dy], [ey, ex]);
        let (one, other) = (2.0 * ((x - 1.0) * dx + y * dy), 2.0 * (y * ex + (x - 1.0) * ey));
        prop_assert_eq!(one, other);
        prop_assert!((one - rate(x, y, 2)).abs() < 1e-13);
    }
}

/// The trajectory from just below the diagonal converges to the teacher, and V grows on its first part.
#[test]
fn oracle_v_grows_on_the_way_to_the_teacher() {
    for k in [2, 5, 10] {
        let middle = 0.5 * ((k as f64).recip() + planar_saddle(k).to_f64());
        let run = follow(&planar(k), &[middle, middle - 1e-6]);
        assert!(distance(run.end(), &[1.0, 0.0]) < 1e-7);
        assert!(rate(middle, middle - 1e-6, k) > 1e-4);
        let value = |s: &Vec<f64>| (s[0] - 1.0).powi(2) + (k as f64 - 1.0) * s[1] * s[1];
        let values: Vec<f64> = run.states().iter().map(value).collect();
        let highest = values.iter().copied().fold(0.0, f64::max);
        assert!(
            highest > values[0] * (1.0 + 1e-5),
            "{highest} {}",
            values[0]
        );
        assert!(values[values.len() - 1] < 1e-12);
    }
}

/// Near the teacher V does decrease: the obstacle is not there.
#[test]
fn nonvacuity_near_the_teacher_it_decreases() {
    for k in [2, 5, 10] {
        for (x, y) in [(0.9, 0.05), (0.95, 0.0), (1.0, 0.02)] {
            assert!(rate(x, y, k) < 0.0, "K = {k}");
        }
    }
}
