use gaussian_oracle::multiprecision::{self as exact, Real};
use proofs::{HingeTrap, Interval, population_gradient, refutations};
use proptest::prelude::*;

use super::strategies::{config, holds};

fn boxed(rows: &[Vec<f64>]) -> Vec<Vec<Interval>> {
    rows.iter()
        .map(|row| row.iter().map(|&x| Interval::from(x)).collect())
        .collect()
}

#[test]
fn oracle_every_inequality_is_strict() {
    let found = refutations().expect("valid arguments");
    assert!(found.len() >= 7);
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
