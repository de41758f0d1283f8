//! Starts with x > y in Ω reach the teacher, starts with x = y the saddle.

use faer::Side;
use gaussian_oracle::multiprecision::{Real, planar_field, planar_saddle, population_hessian};
use proptest::prelude::*;
use ssb::{OrthogonalGroup, SymmetricReduction, SymmetricSaddle, teacher_linearisation};
use teacher_student::{Integrator, Record, RungeKutta4, Stop};

use crate::strategies::{circulant, config, distance, follow, in_region, matrix, planar};

/// The rate at the end is below 1e-9 and the least contraction rate at either end is above 0.09.
const ARRIVED: f64 = 1e-7;

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn oracle_the_teacher_and_the_saddle(k in prop_oneof![2..=10_usize, Just(50), Just(100)], (x, y) in in_region()) {
        let dynamics = planar(k);
        let broken = follow(&dynamics, &[x, y]);
        prop_assert!(distance(broken.end(), &[1.0, 0.0]) < ARRIVED, "{:?} from ({x}, {y}), K = {k}", broken.end());
        let saddle = planar_saddle(k).to_f64();
        let symmetric = follow(&dynamics, &[x, x]);
        prop_assert!(distance(symmetric.end(), &[saddle, saddle]) < ARRIVED, "{:?} from {x}, K = {k}", symmetric.end());
    }

    #[test]
    fn symmetry_another_coordinate_leads(k in 3..=6_usize, x in 0.2..1.0_f64, share in 0.0..0.8_f64, leader in 0..6_usize) {
        // From [y, …, x, …, y] the system converges to P_j w*, j the place of x: the symmetry of the equations is not
        // that of the solution.
        let j = leader % k;
        let group = OrthogonalGroup::cyclic(k)?;
        let mut teacher = vec![0.0; k];
        teacher[0] = 1.0;
        let reduction = SymmetricReduction::new(group.clone(), teacher.clone())?;
        let mut start = vec![share * x; k];
        start[j] = x;
        let run = follow(&reduction, &start);
        prop_assert!(distance(run.end(), &group.apply(j, &teacher)?) < ARRIVED, "{:?}", run.end());
    }
}

#[test]
fn oracle_a_trajectory_in_multiprecision() {
    // The same Runge-Kutta steps with the oracle's field, through the detour for K = 3.
    let (steps, h) = (120, 0.1);
    let run = RungeKutta4::new(h)
        .integrate(
            &planar(3),
            &[1e-3, 0.0],
            &Stop::new().steps(steps),
            &Record::Ends,
        )
        .unwrap();
    let field =
        |z: [f64; 2]| planar_field(z[0], z[1], 3).map(|v| v.to_f64() / std::f64::consts::TAU);
    let along = |z: [f64; 2], k: [f64; 2], t: f64| [z[0] + t * k[0], z[1] + t * k[1]];
    let mut z = [1e-3, 0.0];
    for _ in 0..steps {
        let a = field(z);
        let b = field(along(z, a, h / 2.0));
        let c = field(along(z, b, h / 2.0));
        let d = field(along(z, c, h));
        let mean = [0, 1].map(|i| (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]) / 6.0);
        z = along(z, mean, h);
    }
    // Rounding, magnified by the escape from the saddle.
    assert!(distance(run.end(), &z) < 1e-12, "{:?} {z:?}", run.end());
}

/// Eigenvalues of the full Hessian at the saddle, in multiprecision up to the last step.
fn hessian_eigenvalues(neurons: usize) -> Vec<f64> {
    let x = planar_saddle(neurons).to_f64();
    let top = vec![1.0; neurons];
    let hessian = population_hessian(
        &circulant(x, x, neurons),
        &top,
        &circulant(1.0, 0.0, neurons),
        &top,
    );
    let entry = |row: &Vec<Real>| row.iter().map(Real::to_f64).collect::<Vec<_>>();
    let hessian = matrix(&hessian.iter().map(entry).collect::<Vec<_>>());
    let eigen = hessian.self_adjoint_eigenvalues(Side::Lower);
    eigen.expect("a finite symmetric matrix")
}

#[test]
fn oracle_spectrum_of_the_full_hessian_at_the_saddle() {
    for k in (2..=6).chain([8, 10]) {
        let found = hessian_eigenvalues(k);
        let claimed: Vec<f64> = SymmetricSaddle::new(k)
            .unwrap()
            .hessian_spectrum()
            .iter()
            .flat_map(|e| std::iter::repeat_n(e.value, e.multiplicity))
            .collect();
        // The rounding of x* moves eigenvalues by 1e-16, the eigensolver by a few units of the largest, K/2.
        assert!(found.len() == k * k && distance(&found, &claimed) < 1e-14 * (k * k) as f64);
        let count = |f: fn(f64) -> bool| found.iter().filter(|&&e| f(e)).count();
        assert_eq!(count(|e| e < -0.01), (k - 1) * (k - 1));
        assert_eq!(count(|e| e.abs() < 1e-12), k - 1);
        assert_eq!(count(|e| e > 0.01), k);
    }
}

/// The Jacobian of the oracle's field by central differences over ±h in multiprecision, per sample.
fn jacobian(neurons: usize, at: impl Fn(f64, f64) -> [f64; 2], h: f64) -> [[f64; 2]; 2] {
    let two_pi = Real::from(2.0) * Real::pi();
    let column = |dx: f64, dy: f64| {
        let ([a, b], [c, d]) = (at(dx, dy), at(-dx, -dy));
        let (right, left) = (planar_field(a, b, neurons), planar_field(c, d, neurons));
        let width = Real::from(a) - Real::from(c) + Real::from(b) - Real::from(d);
        let [p, q] = right;
        let [r, s] = left;
        [(p - r) / (&two_pi * &width), (q - s) / (&two_pi * &width)].map(|t| t.to_f64())
    };
    let (x, y) = (column(h, 0.0), column(0.0, h));
    [[x[0], y[0]], [x[1], y[1]]]
}

#[test]
fn oracle_linearisations() {
    for k in [2, 3, 5, 10, 100, 1000] {
        let kf = k as f64;
        // At the saddle φ has a kink, so the difference quotient errs by its step, 2⁻⁴⁰ = 1e-12 relative.
        let saddle = SymmetricSaddle::new(k).unwrap();
        let x = saddle.coordinate();
        let found = jacobian(k, |dx, dy| [x * (1.0 + dx), x * (1.0 + dy)], 2f64.powi(-40));
        let claimed = saddle.linearisation();
        for (a, b) in found.iter().zip(&claimed) {
            assert!(
                distance(a, b) < 1e-10 * kf * kf.sqrt(),
                "{found:?} {claimed:?}"
            );
        }
        let [stable, unstable] = saddle.rates();
        let image = |v: [f64; 2]| claimed.map(|row| row[0] * v[0] + row[1] * v[1]);
        assert!(distance(&image([1.0, 1.0]), &[stable, stable]) < 1e-12 * kf);
        let escape = [unstable * (kf - 1.0), -unstable];
        assert!(distance(&image([kf - 1.0, -1.0]), &escape) < 1e-12 * kf * kf * kf);
        assert!(stable < 0.0 && unstable > 0.0);
        // At the teacher: the second derivatives have a kink in y, so the step in y is 1e-18.
        let found = jacobian(k, |dx, dy| [1.0 + dx, 1e-10 * dy], 2f64.powi(-26));
        let claimed = teacher_linearisation(k).unwrap();
        for (a, b) in found.iter().zip(&claimed) {
            assert!(distance(a, b) < 1e-12 * kf * kf, "{found:?} {claimed:?}");
        }
        let [[a, b], [c, d]] = claimed;
        assert!(a + d < 0.0 && a * d - b * c > 0.0); // both eigenvalues negative
    }
}

#[test]
fn symmetry_the_spectra_share_their_planar_part() {
    // The planar field is the restriction of the full one: −K/2 and c are minus eigenvalues of the full Hessian.
    for k in [2, 7, 100] {
        let saddle = SymmetricSaddle::new(k).unwrap();
        let spectrum = saddle.hessian_spectrum();
        let [stable, unstable] = saddle.rates();
        assert_eq!([-spectrum[3].value, -spectrum[0].value], [stable, unstable]);
        let total: usize = spectrum.iter().map(|e| e.multiplicity).sum();
        assert_eq!(total, k * k);
    }
}

#[test]
fn nonvacuity_the_order_of_x_and_y_decides() {
    // x < y: the other teacher for K = 2, a spurious critical point of all K students for K = 6.
    assert!(distance(follow(&planar(2), &[0.3, 0.301]).end(), &[0.0, 1.0]) < ARRIVED);
    let end = follow(&planar(6), &[0.3, 0.301]);
    assert!(distance(end.end(), &[-0.663_397_368, 0.330_709_783]) < 1e-6);
    let loss = planar(6).loss(end.end()[0], end.end()[1]).unwrap();
    assert!((loss - 0.055_668_58).abs() < 1e-8);
    // A breath off the diagonal, and the saddle is left.
    let end = follow(&planar(6), &[0.3, 0.3 - 1e-12]);
    assert!(distance(end.end(), &[1.0, 0.0]) < ARRIVED);
}

#[test]
fn refutes_the_printed_initialisation() {
    // T17 §6.2 prints w⁰ = x⁰w* + Σ_{j≠1} P_j w*_j, w*_j = P_j w*, and says that it is [x⁰, y⁰, …, y⁰]. For K = 4 and
    // x⁰ = 0.5 it is (1.5, 0, 2, 0): P_2² = P_4² moves e_1 to e_3, and P_3² = I.
    let group = OrthogonalGroup::cyclic(4).unwrap();
    let teacher = [1.0, 0.0, 0.0, 0.0];
    let (x, y) = (0.5, 0.2);
    let mut printed = vec![x, 0.0, 0.0, 0.0];
    let mut corrected = printed.clone();
    for j in 1..4 {
        let own = group.apply(j, &teacher).unwrap();
        let shifted = group.apply(j, &own).unwrap();
        for i in 0..4 {
            printed[i] += shifted[i];
            corrected[i] += y * own[i];
        }
    }
    assert_eq!(printed, [1.5, 0.0, 2.0, 0.0]);
    // Corrected: x⁰w* + y⁰ Σ_{j≠1} P_j w*.
    assert_eq!(corrected, [x, y, y, y]);
    // From the corrected start the reduced flow reaches w*; from the printed one it does not.
    let reduction = SymmetricReduction::new(group, teacher.to_vec()).unwrap();
    assert!(distance(follow(&reduction, &corrected).end(), &teacher) < ARRIVED);
    assert!(distance(follow(&reduction, &printed).end(), &teacher) > 0.5);
}
