//! The slow phase is finite.

use hinge_classifier::{
    BoundedDensity, ClassBounds, DataLaw as _, Goal, HingeNetwork, PaperStart, PlanarPopulation,
    Training, UniformAnnulus, planar_condition,
};

use crate::naive::{norm, stream};

fn bounds(d: usize) -> ClassBounds {
    let law = UniformAnnulus::new(d, 1.0, 2.0).unwrap();
    ClassBounds::new(&HingeNetwork::simplified(4, 4).unwrap(), 0, law).unwrap()
}

#[test]
fn oracle_the_probability_of_the_half_cap() {
    // P[⟨n, x̃⟩ > cos β, ⟨w̃, x̃⟩ > 0] by counting, n ⟂ w̃.
    let count = 200_000;
    for d in [2, 3, 5] {
        let slow = bounds(d).slow_phase(0.1, 0.8).unwrap();
        let law = UniformAnnulus::new(d, 1.0, 2.0).unwrap();
        let mut random = stream(61, d as u64);
        let mut x = vec![0.0; d];
        let mut hits = 0;
        for _ in 0..count {
            law.sample(&mut random, &mut x).unwrap();
            hits += u32::from(x[0] > slow.beta.cos() * norm(&x) && x[1] > 0.0);
        }
        let share = f64::from(hits) / f64::from(count);
        let error = (slow.p_r * (1.0 - slow.p_r) / f64::from(count)).sqrt();
        assert!(
            (share - slow.p_r).abs() < 5.0 * error,
            "{d}: {share} {}",
            slow.p_r
        );
        assert!((slow.beta.sin() * 2.0 * 0.5 * 2.0 * 0.8 - 1.0).abs() < 1e-14);
    }
    // In the plane it is β/2π.
    let slow = bounds(2).slow_phase(0.1, 3.0).unwrap();
    assert!((slow.p_r / (slow.beta / std::f64::consts::TAU) - 1.0).abs() < 1e-12);
}

#[test]
fn oracle_runs_respect_the_bound() {
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let objective =
        PlanarPopulation::new(HingeNetwork::simplified(4, 4).unwrap(), 0, &law).unwrap();
    let training = Training::new(0.1)
        .unwrap()
        .until(Goal::LossBelow(1e-5))
        .unwrap()
        .limit(5000)
        .recording(&[0, 1, 2, 3]);
    let mut slow_at_all = 0;
    for run in 0..10 {
        let start = PaperStart::HalfSpace.draw(&mut stream(62, run), 8, 2);
        let run = training.run(&objective, &start).unwrap();
        let history = run.history;
        let slow = history.condition.iter().filter(|&&holds| !holds).count();
        let bound = bounds(2).slow_phase(0.1, run.largest_norm).unwrap();
        assert!(slow as f64 <= bound.iterations);
        slow_at_all += usize::from(slow > 0);
        // One step of the proof: outside the condition the positive norms grow by at least vηp_R²/C_p.
        for (t, pair) in history.norms.windows(2).enumerate() {
            let growth: f64 = (0..4).map(|j| pair[1][j] - pair[0][j]).sum();
            let least = 0.5 * 0.1 * bound.p_r * bound.p_r / law.slice();
            assert!(
                history.condition[t] || growth >= least,
                "{t}: {growth} {least}"
            );
        }
    }
    assert_eq!(slow_at_all, 10);
}

#[test]
fn symmetry_units() {
    let slow = bounds(2).slow_phase(0.1, 3.0).unwrap();
    let half = bounds(2).slow_phase(0.05, 3.0).unwrap();
    assert!((half.iterations / slow.iterations - 2.0).abs() < 1e-12);
    // Data twice as large and weights half as large: the same caps.
    let law = UniformAnnulus::new(2, 2.0, 4.0).unwrap();
    let doubled = ClassBounds::new(&HingeNetwork::simplified(4, 4).unwrap(), 0, law).unwrap();
    assert!((doubled.slow_phase(0.1, 1.5).unwrap().p_r / slow.p_r - 1.0).abs() < 1e-12);
}

#[test]
fn nonvacuity_small_norms_have_no_bound() {
    assert!(bounds(2).slow_phase(0.1, 0.4).is_err() && bounds(2).slow_phase(0.0, 3.0).is_err());
    let law = UniformAnnulus::new(1, 1.0, 2.0).unwrap();
    assert!(ClassBounds::new(&HingeNetwork::simplified(2, 2).unwrap(), 0, law).is_err());
    // With the condition the positive norms may rest: at a global minimum nothing grows.
    let minimum = bounds(2).global_minimum().unwrap();
    let rows: Vec<[f64; 2]> = minimum
        .chunks_exact(2)
        .take(4)
        .map(|w| [w[0], w[1]])
        .collect();
    assert!(planar_condition(&rows).unwrap());
}

#[test]
fn refutes_the_vectors_of_the_proof() {
    // v = (1, 0), ⟨v, w̃₁⟩ = sin α; the proof takes w̃₁ = (cos α, sin α) and n = (−cos α, sin α).
    let alpha = 0.3_f64;
    let (sin, cos) = alpha.sin_cos();
    let (printed, normal) = ([cos, sin], [-cos, sin]);
    assert!((printed[0] - sin).abs() > 0.6);
    assert!((normal[0] * printed[0] + normal[1] * printed[1]).abs() > 0.8);
    // Corrected: w̃₁ = (sin α, cos α).
    let corrected = [sin, cos];
    assert!((normal[0] * corrected[0] + normal[1] * corrected[1]).abs() < 1e-16);
}

#[test]
fn oracle_every_density_and_dimension() {
    // A density ∝ 1 + x₁/(2‖x‖), least where the cap is: P[D¹] is between the bound and three times it, as the density is
    // between ½ and 3/2 of the uniform one.
    let count = 200_000;
    for d in [2, 3, 6] {
        let annulus = UniformAnnulus::new(d, 1.0, 2.0).unwrap();
        let tilted = |x: &[f64]| 1.0 + 0.5 * x[0] / norm(x);
        let law = BoundedDensity::new(annulus, tilted, 0.5, 1.5).unwrap();
        let least = 0.5 * annulus.density();
        let bound = bounds(d).half_cap_probability(least, 0.8).unwrap();
        let beta = bounds(d).slow_phase(0.1, 0.8).unwrap().beta;
        let mut random = stream(63, d as u64);
        let mut x = vec![0.0; d];
        let mut hits = 0;
        for _ in 0..count {
            law.sample(&mut random, &mut x).unwrap();
            hits += u32::from(-x[0] > beta.cos() * norm(&x) && x[1] > 0.0);
        }
        let share = f64::from(hits) / f64::from(count);
        let error = (share * (1.0 - share) / f64::from(count)).sqrt();
        assert!(share > bound - 5.0 * error && share < 3.0 * bound + 5.0 * error);
        // The explicit form, with |S^{d−2}| = 2, 2π, 2π²·… by the recursion |S^{j+1}| = 2π|S^{j−1}|/j.
        let mut sphere = [2.0, std::f64::consts::TAU];
        for j in 1..d - 1 {
            sphere = [sphere[1], std::f64::consts::TAU * sphere[0] / j as f64];
        }
        let (n, power) = (d as f64, i32::try_from(d).unwrap());
        let radial = (2f64.powi(power) - 1.0) / n;
        let explicit = least * radial * 0.5 * sphere[0] * 1.6f64.powi(1 - power) / (n - 1.0);
        assert!(
            explicit <= bound && explicit > 0.3 * bound,
            "{d}: {explicit} {bound}"
        );
    }
    assert!(bounds(2).half_cap_probability(0.2, 0.8).is_err());
}

#[test]
fn refutes_the_printed_estimate() {
    // v = ½ and MR = 2: p_R = 1/12 on every annulus [s, 2s], the printed argument of Ω grows as s⁻².
    let mut arguments = Vec::new();
    for s in [1.0, 0.1, 0.01, 0.001] {
        let law = UniformAnnulus::new(2, s, 2.0 * s).unwrap();
        let bounds = ClassBounds::new(&HingeNetwork::simplified(4, 4).unwrap(), 0, law).unwrap();
        let radius = 2.0 / (2.0 * s);
        let slow = bounds.slow_phase(0.1, radius).unwrap();
        assert!((slow.p_r - 1.0 / 12.0).abs() < 1e-15);
        let corrected = bounds.half_cap_probability(law.density(), radius).unwrap();
        assert!((corrected - 1.0 / 12.0).abs() < 1e-13);
        arguments.push(law.density() / (2f64.sqrt() * (2.0 * s * radius).powi(2)));
    }
    for (found, printed) in arguments.iter().zip([0.01876, 1.876, 187.6, 18_757.0]) {
        assert!((found / printed - 1.0).abs() < 1e-3, "{found}");
    }
}
