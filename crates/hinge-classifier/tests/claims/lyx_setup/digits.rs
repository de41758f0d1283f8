//! Small and large numbers side by side, and numbers at the ends of the range: no digit is lost without a word.

use std::f64::consts::TAU;

use hinge_classifier::{
    ClassBounds, DataLaw as _, DataSet, Goal, HingeLoss, HingeNetwork, PaperStart,
    PlanarPopulation, PolarGrid, Rays, SampledHinge, Subspaces, TopLayer, Training, TrainingEnd,
    UniformAnnulus, Wendel,
};

use crate::naive::{norm, stream};

/// Loss and share of errors of class 0 on the paper's grid, one product a neuron and direction.
fn one_by_one(votes: &[f64], weights: &[f64]) -> (f64, f64) {
    let (mut loss, mut wrong) = (0.0, 0);
    for a in 1..=80 {
        let (y, x) = (f64::from(a) * (TAU / 80.0)).sin_cos();
        let margin: f64 = votes
            .iter()
            .zip(weights.chunks_exact(2))
            .map(|(s, w)| s * (w[0] * x + w[1] * y).max(0.0))
            .sum();
        wrong += i32::from(margin <= 0.0);
        for j in 10..=20 {
            loss += (1.0 - 20.0 / f64::from(j) * margin).max(0.0) / 880.0;
        }
    }
    (loss, f64::from(wrong) / 80.0)
}

/// Sums of 880 terms of one sign, each off by a few units of 1.1e-16 of a margin of order one.
const RELATIVE: f64 = 1e-14;

#[test]
fn oracle_small_neurons_beside_large_ones() {
    let network = HingeNetwork::new(TopLayer::grouped(&[2, 1], 0.5).unwrap());
    let rays = Rays::plane(network, 0, &PolarGrid::paper()).unwrap();
    let votes = [1.0, 1.0, -1.0];
    let mut cases = vec![[1.0, 0.3, -1e-17, 0.0, 0.0, 0.0]];
    for power in 0..=30 {
        let s = 10f64.powi(power);
        cases.push([s, 0.0, -0.3, 0.1, 0.0, 0.0]);
        cases.push([0.6 * s, 0.8 * s, -0.2, -0.3, 0.0, 0.0]);
        cases.push([-0.28 * s, 0.96 * s, 0.1, -0.4, 1e-9, -1e-9]);
        cases.push([0.3, -0.1, 0.0, 0.0, -s, 0.25 * s]);
    }
    for weights in cases {
        let found = rays.loss(&weights).unwrap();
        let (loss, errors) = one_by_one(&votes, &weights);
        assert!(
            (found.loss - loss).abs() <= RELATIVE * loss,
            "{weights:?}: {} {loss}",
            found.loss
        );
        assert_eq!(found.errors, errors, "{weights:?}");
    }
    // Values from a program that shares nothing with this one.
    let large = rays.loss(&[1e17, 0.0, -0.3, 0.1, 0.0, 0.0]).unwrap();
    assert!((large.loss - 0.363_838).abs() < 5e-7, "{}", large.loss);
    let small = rays.loss(&[1.0, 0.3, -1e-17, 0.0, 0.0, 0.0]).unwrap();
    assert!((small.errors - 33.0 / 880.0).abs() < 1e-15);
}

#[test]
fn symmetry_scales_of_points_and_weights_cancel() {
    // Points scaled up and weights scaled down by a power of two: the same margins, to the last bit, also where products of
    // the unscaled numbers would overflow.
    let network = HingeNetwork::new(TopLayer::alternating(2, 4, 0.5).unwrap());
    let rows = [[1.0, 0.5], [-0.3, 1.1], [0.2, -0.9], [-1.0, -1.0]];
    let labels = [0, 1, 0, 1];
    let weights = PaperStart::Random.draw(&mut stream(201, 0), 4, 2);
    let of = |power: i32| {
        let scale = 2f64.powi(power);
        let rows = rows.map(|row| row.map(|x| x * scale));
        let data = DataSet::from_rows(&rows, &labels, 2).unwrap();
        let weights: Vec<f64> = weights.iter().map(|w| w / scale).collect();
        let sampled = SampledHinge::new(network.clone(), data.clone()).unwrap();
        let rays = Rays::points(network.clone(), &data).unwrap();
        [
            sampled.loss(&weights).unwrap(),
            rays.loss(&weights).unwrap(),
        ]
    };
    for power in [-900, -300, 1, 300, 900] {
        assert_eq!(of(power), of(0));
    }
}

#[test]
fn oracle_products_that_overflow_cancel() {
    // Both neurons see 4e308 at each point and vote against each other: every margin is 0.
    let network = HingeNetwork::new(TopLayer::alternating(2, 2, 0.5).unwrap());
    let data = DataSet::from_rows(&[[1e155, 0.0], [0.0, 1e155]], &[0, 1], 2).unwrap();
    let weights = [2e153; 4];
    let sampled = SampledHinge::new(network.clone(), data.clone()).unwrap();
    let rays = Rays::points(network.clone(), &data).unwrap();
    for found in [
        sampled.loss(&weights).unwrap(),
        rays.loss(&weights).unwrap(),
    ] {
        assert_eq!((found.loss, found.errors), (1.0, 1.0));
    }
    let run = Training::new(0.1)
        .unwrap()
        .limit(0)
        .run(&rays, &weights)
        .unwrap();
    assert_eq!((run.ending, run.loss), (TrainingEnd::Limit, 1.0));
    assert_eq!(network.predict(&weights, &[1e155, 0.0]).unwrap(), None);
    // One of them a little larger.
    let unequal = [2.1e153, 0.0, 2e153, 0.0];
    assert_eq!(network.predict(&unequal, &[1e155, 0.0]).unwrap(), Some(0));
    let grid = PolarGrid::new(&[1e155], 40).unwrap();
    let plane = Rays::plane(network.clone(), 0, &grid).unwrap();
    let found = plane.loss(&[2e153, 0.0, 2e153, 0.0]).unwrap();
    assert_eq!((found.loss, found.errors), (1.0, 1.0));
    let law = UniformAnnulus::new(2, 1e155, 2e155).unwrap();
    let population = PlanarPopulation::new(network, 0, &law).unwrap();
    let found = population.loss(&[2e153, 0.0, 2e153, 0.0]).unwrap();
    assert!((found.loss - 1.0).abs() < 1e-15 && found.errors == 1.0);
    assert!(TopLayer::grouped(&[1, 1], 1e308).is_err());
    // Outputs: 8e307·(2 + 2 − 3) is a double, the partial sums are not.
    let top = TopLayer::grouped(&[2, 1], 0.8).unwrap();
    let outputs = HingeNetwork::new(top)
        .outputs(&[2e154, 2e154, 3e154], &[1e154])
        .unwrap();
    assert!((outputs[0] / 8e307 - 1.0).abs() < 1e-14);
}

#[test]
fn oracle_a_neuron_that_votes_for_nobody_has_no_say() {
    // Two classes on the axes of the plane; the third neuron has the same weight for both.
    let top = TopLayer::from_rows(&[[0.5, -0.5, -0.5], [-0.5, 0.5, -0.5]]).unwrap();
    let network = HingeNetwork::new(top);
    let data = DataSet::from_rows(&[[1.0, 0.0], [0.0, 1.0]], &[0, 1], 2).unwrap();
    let whole = SampledHinge::new(network.clone(), data).unwrap();
    for size in [0.0, 1.0, 1e12, 1e17, 1e300] {
        let weights = [0.1, 0.0, 0.0, 0.1, size, size];
        for class in 0..2 {
            let loss = whole.class_loss(class, &weights).unwrap();
            assert!((loss - 0.9).abs() < 1e-15, "{size:e}: {loss}");
        }
        let x = [1.0, 0.0];
        assert_eq!(network.predict(&weights, &x).unwrap(), Some(0));
        assert!((network.sample_loss(&weights, &x, 1).unwrap() - 1.1).abs() < 1e-15);
        assert_eq!(whole.loss(&weights).unwrap().errors, 0.0);
    }
}

/// The population loss of one neuron (a, 0) on the annulus 1 ≤ r ≤ 1 + δ: Gauss's rule in r, exact for the polynomials between
/// the kinks, and many angles.
fn thin(a: f64, delta: f64, angles: u32) -> f64 {
    let mean = |cos: f64| {
        let g = (a * cos).max(0.0);
        // r = 1 + δ t; the kink is where g r = 1.
        let kink = if g > 0.0 {
            ((1.0 - g) / g / delta).clamp(0.0, 1.0)
        } else {
            1.0
        };
        let (mut above, mut below) = (0.0, 0.0);
        for (from, to, weight) in [(0.0, kink, 1.0), (kink, 1.0, 0.0)] {
            for side in [-1.0, 1.0] {
                let t = 0.5 * (from + to) + side * 0.5 * (to - from) / 3f64.sqrt();
                let mass = 0.5 * (to - from) * (1.0 + delta * t);
                below += mass;
                above += weight * mass * ((1.0 - g) - g * delta * t);
            }
        }
        above / below
    };
    let sum: f64 = (0..angles)
        .map(|i| mean(((f64::from(i) + 0.5) * TAU / f64::from(angles)).cos()))
        .sum();
    sum / f64::from(angles)
}

#[test]
fn oracle_thin_annuli() {
    // The midpoint rule over 2·10⁶ angles meets four kinks of the integrand: each costs less than the spacing squared.
    for delta in [1e-3, 1e-6, 1e-9] {
        let law = UniformAnnulus::new(2, 1.0, 1.0 + delta).unwrap();
        let network = HingeNetwork::simplified(1, 1).unwrap();
        let population = PlanarPopulation::new(network, 0, &law).unwrap();
        for a in [0.4, 1.0, 1.0 + 0.5 * delta, 1.3, 20.0] {
            // The annulus has the width of the difference of its radii in double precision.
            let expected = thin(a, (1.0 + delta) - 1.0, 2_000_000);
            let found = population.loss(&[a, 0.0, 0.0, 0.0]).unwrap();
            assert!(
                (found.loss - expected).abs() < 1e-11_f64.min(1e-12 + 1e-13 / delta.sqrt()),
                "{delta:e} {a}: {} {expected}",
                found.loss
            );
        }
    }
}

#[test]
fn oracle_a_population_loss_of_0_means_a_margin_of_1() {
    for (inner, outer) in [
        (1.0, 2.0),
        (1.0, 1.0 + 1e-6),
        (1e-200, 3e-200),
        (1e160, 2e160),
    ] {
        let law = UniformAnnulus::new(2, inner, outer).unwrap();
        let population =
            PlanarPopulation::new(HingeNetwork::simplified(3, 1).unwrap(), 0, &law).unwrap();
        for run in 0..40 {
            let half = PaperStart::Random.draw(&mut stream(202, run), 3, 2);
            for deficit in [1e-2, 1e-4, 1e-6, 1e-9] {
                // The least margin over the circle, brought to 1 − deficit at the inner radius.
                let least = least_margin(&half);
                if least <= 0.05 {
                    continue;
                }
                let mut weights: Vec<f64> = half
                    .iter()
                    .map(|w| w / least * (1.0 - deficit) / inner)
                    .collect();
                weights.extend([0.0, 0.0]);
                let found = population.loss(&weights).unwrap();
                assert!(found.loss > 0.0, "{deficit:e} {weights:?}");
                assert!(found.errors == 0.0);
                let over: Vec<f64> = weights.iter().map(|w| w * (1.0 + 3.0 * deficit)).collect();
                assert_eq!(population.loss(&over).unwrap().loss, 0.0);
            }
        }
    }
    // All of the plane is wrong: the share is 1, not more.
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let network = HingeNetwork::simplified(1, 3).unwrap();
    let population = PlanarPopulation::new(network, 0, &law).unwrap();
    for run in 0..50 {
        let mut weights = PaperStart::Random.draw(&mut stream(203, run), 4, 2);
        weights[..2].fill(0.0);
        // But for slivers at the gates, whose angles are rounded.
        let errors = population.loss(&weights).unwrap().errors;
        assert!(errors <= 1.0 && errors > 1.0 - 1e-14, "{errors}");
    }
}

/// min over the circle of Σ_j σ(w_j·x), attained where a gate opens: there the margin has a kink downwards.
fn least_margin(weights: &[f64]) -> f64 {
    let mut least = f64::INFINITY;
    for w in weights.chunks_exact(2) {
        for x in [[-w[1], w[0]], [w[1], -w[0]]] {
            let length = norm(&x);
            let margin: f64 = weights
                .chunks_exact(2)
                .map(|u| ((u[0] * x[0] + u[1] * x[1]) / length).max(0.0))
                .sum();
            least = least.min(margin);
        }
    }
    least
}

#[test]
fn oracle_annuli_of_many_dimensions_and_extreme_radii() {
    // C_p = V_{d−1}(M^{d−1} − m^{d−1})/(V_d(Mᵈ − mᵈ)) with 40 digits.
    for (d, inner, outer, slice) in [
        (5, 1.0, 2.0, 0.453_629_032_258_064_5),
        (300, 0.1, 0.2, 34.578_218_072_553_064),
        (460, 1.0, 2.0, 4.280_505_066_442_823),
        (1999, 1.0, 2.0, 8.919_505_572_927_16),
        (3000, 1.0, 2.0, 10.926_394_800_866_186),
        (3, 1.0, 1.000_000_001, 0.499_999_999_75),
    ] {
        let law = UniformAnnulus::new(d, inner, outer).unwrap();
        assert!(
            (law.slice() / slice - 1.0).abs() < 1e-13,
            "{d}: {}",
            law.slice()
        );
        let network = HingeNetwork::simplified(d + 1, 1).unwrap();
        let bounds = ClassBounds::new(&network, 0, law).unwrap();
        let values = [
            bounds.shrinking_step(1.0).unwrap(),
            bounds.fast_phase(0.1, 30.0).unwrap().safe,
            bounds.minimizer_radius(),
        ];
        assert!(
            values.iter().all(|x| x.is_finite() && *x > 0.0),
            "{values:?}"
        );
        let biased = network.with_biases(&vec![1e-6; d + 2]).unwrap();
        let bounds = ClassBounds::new(&biased, 0, law).unwrap();
        assert!(bounds.gradient_lipschitz().unwrap().is_finite());
    }
    // 1/(V_d (Mᵈ − mᵈ)) in range while V_d or Mᵈ alone is not: M = √(d/2πe) makes V_dMᵈ about (πd)^{-1/2}.
    for d in [1000_usize, 100_000] {
        let n = d as f64;
        let outer = (n / std::f64::consts::TAU / std::f64::consts::E).sqrt();
        let law = UniformAnnulus::new(d, 0.5 * outer, outer).unwrap();
        // Stirling: Γ(d/2 + 1) = √(πd) (d/2e)^{d/2} (1 + 1/6d + 1/72d² − 139/6480d³ − …).
        let series = 1.0 + (1.0 / 6.0 + (1.0 / 72.0 - 139.0 / 6480.0 / n) / n) / n;
        let expected = (std::f64::consts::PI * n).sqrt() * series;
        let relative = law.density() / expected - 1.0;
        assert!(relative.abs() < 1e-13 * n.sqrt(), "{d}: {relative:e}");
    }
    // E‖x‖ = d/(d + 1) (M^{d+1} − m^{d+1})/(Mᵈ − mᵈ).
    let count = 400;
    for (d, inner, outer, mean) in [
        (500, 0.1, 0.2, 0.2 * 500.0 / 501.0),
        (1100, 1.0, 2.0, 2.0 * 1100.0 / 1101.0),
        (2, 1e200, 2e200, 14.0 / 9.0 * 1e200),
        (2, 1e-300, 2e-300, 14.0 / 9.0 * 1e-300),
        (3, 1.0, 1.0 + 1e-9, 1.0 + 0.5e-9),
    ] {
        let law = UniformAnnulus::new(d, inner, outer).unwrap();
        let mut random = stream(204, d as u64);
        let mut x = vec![0.0; d];
        let norms: Vec<f64> = (0..count)
            .map(|_| {
                law.sample(&mut random, &mut x).unwrap();
                let largest = x.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
                let scaled: Vec<f64> = x.iter().map(|x| x / largest).collect();
                largest / outer * norm(&scaled)
            })
            .collect();
        let (low, high) = (inner / outer, 1.0);
        assert!(norms.iter().all(|r| *r > low - 1e-15 && *r < high + 1e-15));
        let n = norms.len() as f64;
        let average = norms.iter().sum::<f64>() / n;
        let variance = norms.iter().map(|r| (r - average).powi(2)).sum::<f64>() / n;
        assert!(
            (average - mean / outer).abs() < 5.0 * (variance / n).sqrt() + 1e-15,
            "{d}: {average}"
        );
        assert!(variance > 0.0);
        assert!(law.sample(&mut random, &mut []).is_err());
    }
}

#[test]
fn oracle_wendel_for_many_neurons() {
    for d in [1_u64, 7, 1000, 100_000_000, 1 << 30, 1 << 51] {
        let half = Wendel::new(2 * d, d).unwrap();
        assert_eq!((half.holds(), half.fails()), (0.5, 0.5));
        // k = 2d + 1: one of the 2d + 1 equal outcomes of 2d trials is in the middle, 1 − P = (1 − C(2d, d)/4ᵈ)/2.
        if (1000..1 << 51).contains(&d) {
            let x = d as f64;
            let series = 1.0 - (1.0 / 8.0 - (1.0 / 128.0 + 5.0 / 1024.0 / x) / x) / x;
            let middle = series / (std::f64::consts::PI * x).sqrt();
            let odd = Wendel::new(2 * d + 1, d).unwrap();
            let relative = odd.fails() / (0.5 - 0.5 * middle) - 1.0;
            assert!(relative.abs() < 1e-14, "{d}: {relative:e}");
            // Pascal: 2 P(k, d) = P(k − 1, d) + P(k − 1, d − 1).
            let steps = (0..4).map(|i| i * d.isqrt());
            for step in steps {
                let far = d - step;
                let of = |k, d| Wendel::new(k, d).unwrap().fails();
                let mean = 0.5 * (of(2 * d, far) + of(2 * d, far - 1));
                let relative = of(2 * d + 1, far) / mean - 1.0;
                assert!(relative.abs() < 2e-14, "{d} {far}: {relative:e}");
            }
        }
    }
}

#[test]
fn oracle_frames_and_starts_far_from_one() {
    for size in [1e-300, 1e-200, 1e200, 1e300] {
        let bases = [
            faer::Mat::from_fn(1, 2, |_, _| size),
            faer::Mat::from_fn(1, 2, |_, c| if c == 0 { size } else { -size }),
        ];
        let spaces = Subspaces::orthogonal(&[bases[0].as_ref(), bases[1].as_ref()]).unwrap();
        let lifted = spaces.lift(1, &[2f64.sqrt()]).unwrap();
        assert!((lifted[0] - 1.0).abs() < 1e-15 && (lifted[1] + 1.0).abs() < 1e-15);
    }
    // A start of norm 10¹⁶⁰ that has a margin of 1 everywhere: the squares of its entries overflow.
    let rays = Rays::plane(
        HingeNetwork::simplified(3, 1).unwrap(),
        0,
        &PolarGrid::paper(),
    )
    .unwrap();
    let start = [1e160, 0.0, -0.5e160, 0.9e160, -0.5e160, -0.9e160, 0.0, 0.0];
    let run = Training::new(0.1).unwrap().run(&rays, &start).unwrap();
    assert_eq!((run.ending, run.iterations), (TrainingEnd::Goal, 0));
    assert!((run.largest_norm / 1e160 - 1.0 - 2.0 * 0.5f64.hypot(0.9)).abs() < 1e-14);
    // From the opposite vote the loss is about 10¹⁶⁰ and training goes on.
    let start = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1e160, 0.0];
    let training = Training::new(0.1)
        .unwrap()
        .limit(3)
        .until(Goal::NoErrors)
        .unwrap();
    let run = training.run(&rays, &start).unwrap();
    assert_eq!(run.ending, TrainingEnd::Limit);
    assert!(run.loss.is_finite() && run.loss > 1e159);
}
