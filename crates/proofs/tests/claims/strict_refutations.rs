use gaussian_oracle::multiprecision::{self as exact, Real};
use proofs::counterexample::{
    diagonal_gap, first_shift, gradient_jump, hull_loss, inflow_gap, line_loss, loss_rise,
    negative_growth, proof_vectors, start_spread,
};
use proofs::{HingeTrap, Interval, population_gradient, refutations};
use proptest::prelude::*;

use super::strategies::{config, holds};

/// Midpoint sums over the annulus: a gate cuts a cell of 1/`RAYS` of a turn, half on each side of the plane.
const QUADRATURE: f64 = 2e-3;
const RAYS: u32 = 3000;
/// Rounding of doubles of order 10⁶ (Eq 19) and below.
const ROUNDING: f64 = 1e-9;

/// E\[f(x)\] for x uniform on 1 ≤ ‖x‖ ≤ 2 in the plane.
fn mean<const N: usize>(f: impl Fn([f64; 2]) -> [f64; N]) -> [f64; N] {
    let rings = 100;
    let mut sum = [0.0; N];
    for i in 0..RAYS {
        let angle = std::f64::consts::TAU * (f64::from(i) + 0.5) / f64::from(RAYS);
        for j in 0..rings {
            let radius = 1.0 + (f64::from(j) + 0.5) / f64::from(rings);
            let share = radius / (1.5 * f64::from(RAYS) * f64::from(rings));
            let values = f([radius * angle.cos(), radius * angle.sin()]);
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += share * value;
            }
        }
    }
    sum
}

/// A planar network for two classes: s_j = ±2v, w_j, b_j.
type Neurons<'a> = &'a [(f64, [f64; 2], f64)];

fn reach((_, w, b): (f64, [f64; 2], f64), x: [f64; 2]) -> f64 {
    w[0] * x[0] + w[1] * x[1] - b
}

fn hinge(neurons: Neurons, x: [f64; 2]) -> f64 {
    let margin: f64 = neurons.iter().map(|&n| n.0 * reach(n, x).max(0.0)).sum();
    (1.0 - margin).max(0.0)
}

/// The gradient of the mean hinge loss in neuron j.
fn hinge_gradient(neurons: Neurons, j: usize) -> [f64; 2] {
    let own = neurons[j];
    mean(|x| {
        let seen = hinge(neurons, x) > 0.0 && reach(own, x) > 0.0;
        x.map(|x| if seen { -own.0 * x } else { 0.0 })
    })
}

fn boxed(rows: &[Vec<f64>]) -> Vec<Vec<Interval>> {
    rows.iter()
        .map(|row| row.iter().map(|&x| Interval::from(x)).collect())
        .collect()
}

#[test]
fn oracle_every_inequality_is_strict() {
    let found = refutations().expect("valid arguments");
    assert_eq!(found.len(), 18);
    for refutation in &found {
        assert!(
            refutation.holds() && refutation.enclosure.width() < 1e-9,
            "{refutation:?}"
        );
    }
    let of = |id: &str| {
        found
            .iter()
            .find(|r| r.id == id)
            .expect("in the list")
            .enclosure
    };
    // 3/8 squared; 1/80; 3π/2 − 1 less its 2π-th part; the value of the errata.
    assert!(of("t17-saddle-k2").contains(0.140_625));
    assert!(of("lyx-prop1").contains(0.0125));
    let gap = (Real::from(3.0) * Real::pi() / Real::from(2.0) - Real::one())
        * (Real::one() - Real::one() / (Real::from(2.0) * Real::pi()));
    assert!(holds(of("t17-thm5"), &gap));
    assert!(of("t17-conj1").contains(0.446_469_758_228_585_3));
}

fn enclosure_of(id: &str) -> Interval {
    let found = refutations().expect("valid arguments");
    let entry = found.iter().find(|r| r.id == id).expect("in the list");
    entry.enclosure
}

#[track_caller]
fn near(id: &str, value: f64, tolerance: f64) {
    let enclosure = enclosure_of(id);
    assert!(
        (enclosure.mid() - value).abs() < tolerance,
        "{id}: {enclosure} against {value}"
    );
}

#[test]
fn oracle_hinge_quantities_by_quadrature() {
    // The gradient on both sides of w₁ = (1, 0), at margin 1.
    let jump = |v: f64, [first, second]: [f64; 2], j: usize| {
        let side = |length: f64| {
            let neurons = [
                (2.0 * v, [length, 0.0], first),
                (-2.0 * v, [1.0, 0.0], second),
            ];
            hinge_gradient(&neurons, j)
        };
        let (low, high) = (side(1.0 - 1e-6), side(1.0 + 1e-6));
        (low[0] - high[0]).hypot(low[1] - high[1])
    };
    let both = |v: f64, biases: [f64; 2]| jump(v, biases, 0) + jump(v, biases, 1);
    near("lyx-l4.2", both(1.0, [0.1, 0.6]), 8.0 * QUADRATURE);
    for (v, tenths) in [(2.0, [1.0, 3.5]), (1.0, [2.0, 7.0])] {
        let found = gradient_jump(v, tenths);
        let expected = both(v, tenths.map(|b| 0.1 * b));
        assert!(
            (found.mid() - expected).abs() < 8.0 * v * QUADRATURE,
            "{found} {expected}"
        );
    }

    let apothem = 1.26;
    let triangle = [90.0_f64, 210.0, 330.0].map(|degrees| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        (0.2, [2.0 * apothem * cos, 2.0 * apothem * sin], 0.2)
    });
    near("lyx-prop2", hinge(&triangle, [0.0, -1.0]), ROUNDING);

    let thrown = (-200.0, [0.2, 0.0], 0.0);
    let [first, second] = hinge_gradient(&[thrown], 0);
    let norm = (0.2 - 0.05 * first).hypot(0.05 * second);
    near("lyx-l5.1", norm - 0.2, 20.0 * QUADRATURE);

    // A lower bound, less than the bias below the rise.
    let before = (-1.0, [1.0, 0.0], 0.1);
    let [first, second] = hinge_gradient(&[before], 0);
    let after = (-1.0, [1.0 - 30.0 * first, -30.0 * second], 0.1);
    let [rise] = mean(|x| [hinge(&[after], x) - hinge(&[before], x)]);
    let bound = enclosure_of("lyx-thm3.1");
    assert!(bound.high() < rise + 30.0 * QUADRATURE, "{bound} {rise}");
    assert!(
        bound.low() > rise - 0.1 - 30.0 * QUADRATURE,
        "{bound} {rise}"
    );
}

#[test]
fn oracle_quantities_in_double_precision() {
    near("lyx-thm3.2", 0.5, ROUNDING);
    // cos α − sin α; |⟨n, w̃₁⟩| = cos 2α is greater.
    let (sin, cos) = 0.3_f64.sin_cos();
    near("lyx-prop3", cos - sin, ROUNDING);
    assert!(0.6_f64.cos() > cos - sin);
    // (−164 + 32)² + (−518 + 56)², the numbers of the errata.
    near("t17-prop2", 132.0_f64.powi(2) + 462.0_f64.powi(2), ROUNDING);
    near("t16-eq22", 0.8, ROUNDING);
    let flow = ssb::DiagonalFlow::new(2).expect("two neurons");
    let at = |t: f64| flow.solution(1.0, t).expect("a valid time");
    let factor = (at(1.0) - 1.0) * 1.0_f64.exp();
    let printed = 1.0 + factor * (-30.0_f64).exp();
    near("t16-thm7.11", printed - at(30.0), ROUNDING);
    // (3, 1, 2) − (1, 2, 3); (1.5, 0, 2, 0).
    near("t17-eq17", 4.0 + 1.0 + 1.0, ROUNDING);
    near("t17-thm7", 4.0, ROUNDING);
}

#[test]
fn nonvacuity_where_the_printed_statement_is_right_nothing_is_refuted() {
    let number = Interval::from;
    let tenth = Interval::ONE / 10.0;
    let saddle = (Interval::PI + 1.0 - Interval::PI / 4.0) / Interval::TAU;
    let triangle = |v: Interval, radius: f64| hull_loss(v, tenth * 2.0, number(radius));
    for (name, quantity) in [
        // The margin is 0.8, not 1; Σb ≥ 1; v small.
        ("lyx-l4.2", gradient_jump(1.0, [1.0, 5.0])),
        ("lyx-l4.2", gradient_jump(1.0, [3.0, 8.0])),
        ("lyx-l4.2", gradient_jump(0.5, [1.0, 6.0])),
        ("lyx-l4.2", gradient_jump(0.625, [1.0, 9.0])),
        // v = ½; the corrected radius 5.2; a ball smaller than printed.
        ("lyx-prop2", triangle(tenth * 5.0, 1.26)),
        ("lyx-prop2", triangle(tenth, 5.25)),
        ("lyx-prop2", triangle(tenth, 1.1)),
        // A small v; steps that are not allowed.
        ("lyx-l5.1", negative_growth(1.0, tenth * 0.5)),
        ("lyx-l5.1", negative_growth(100.0, tenth)),
        // η < 2/L; η > L/2.
        ("lyx-thm3.1", loss_rise(number(1e-3))),
        ("lyx-thm3.1", loss_rise(number(400.0))),
        // A second positive neuron for the other side; a first one that still moves.
        (
            "lyx-thm3.2",
            line_loss(&[(1.0, 2.0), (1.0, -2.0), (-1.0, 0.5)]),
        ),
        ("lyx-thm3.2", line_loss(&[(1.0, 0.75), (-1.0, 0.5)])),
        (
            "lyx-prop3",
            proof_vectors(Interval::PI / 4.0).expect("planar"),
        ),
        // L = (1, 1): the extra factor is 1.
        (
            "t17-prop2",
            inflow_gap([[1.0, 1.0], [0.0, 0.0]], [1.0, 5.0]),
        ),
        ("t16-thm7.11", diagonal_gap(saddle)),
        ("t17-eq17", first_shift(1)),
        // w⁰ = (x⁰, 1, 1): y⁰ = 1.
        ("t17-thm7", start_spread(3)),
    ] {
        assert!(quantity.low() <= 0.0, "{name}: {quantity}");
    }
}

#[test]
fn oracle_the_gradient_contains_the_multiprecision_value() {
    proptest!(config(100), |(entries in prop::collection::vec(-2.0..2.0_f64, 12))| {
        let rows: Vec<Vec<f64>> = entries.chunks(3).map(<[f64]>::to_vec).collect();
        let (student, teacher) = rows.split_at(2);
        let found = population_gradient(&boxed(student), &boxed(teacher)).expect("of one length");
        let reference = exact::population_gradient(student, &[1.0, 1.0], teacher, &[1.0, 1.0]);
        for (found, reference) in found.iter().flatten().zip(reference.iter().flatten()) {
            prop_assert!(holds(*found, reference), "{found}");
        }
    });
}

#[test]
fn symmetry_permuted_teachers_have_the_same_gradient() {
    let student = boxed(&[vec![0.3, 0.7], vec![-0.2, 0.5]]);
    let teacher = boxed(&[vec![1.0, 0.0], vec![0.0, 2.0]]);
    let swapped = vec![teacher[1].clone(), teacher[0].clone()];
    let (a, b) = (
        population_gradient(&student, &teacher).expect("of one length"),
        population_gradient(&student, &swapped).expect("of one length"),
    );
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        assert!(a.intersection(*b).is_some());
    }
}

#[test]
fn nonvacuity_a_large_box_of_weights_is_not_flat() {
    assert!(
        HingeTrap::new(Interval::from(0.01))
            .loss_where_flat()
            .is_some()
    );
    assert!(
        HingeTrap::new(Interval::from(2.0))
            .loss_where_flat()
            .is_none()
    );
}

#[test]
fn nonvacuity_equal_norms_are_critical_on_the_bisector() {
    // h(π/4)/π of the sum of two unit teachers, 1.5107…, halved, along (1, 1)/√2.
    let entry = proofs::arc_cosine(Interval::PI / 4.0) / Interval::PI * Interval::from(0.5).sqrt();
    let student = vec![vec![entry, entry], vec![entry, entry]];
    let teacher = boxed(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
    for gradient in population_gradient(&student, &teacher)
        .expect("of one length")
        .iter()
        .flatten()
    {
        assert!(
            gradient.contains(0.0) && gradient.width() < 1e-12,
            "{gradient}"
        );
    }
}
