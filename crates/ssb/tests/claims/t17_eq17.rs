//! ∇_j = P_j ∇_1 for a finite group of orthogonal maps, and trajectories that keep the symmetry.

use std::f64::consts::TAU;

use faer::Mat;
use gaussian_oracle::multiprecision::{population_gradient, population_loss, relative_error};
use proptest::prelude::*;
use ssb::{OrthogonalGroup, SymmetricReduction};
use teacher_student::{
    GradientDescent, GradientFlow, Integrator, Network, Population, Record, Stop, state_of,
};

use crate::strategies::{config, distance, doubles, magnitude, matrix, norm, rows, vector};

/// A sum over up to 8 elements of terms with about ten roundings each, none larger than the gradient near the teacher.
const ACCURACY: f64 = 1e-13;

fn rotation(turn: f64) -> Mat<f64> {
    matrix(&[vec![turn.cos(), -turn.sin()], vec![turn.sin(), turn.cos()]])
}

/// The n rotations and n reflections of a regular n-gon.
fn dihedral(n: u32) -> OrthogonalGroup {
    let turns = (0..n).map(|i| TAU * f64::from(i) / f64::from(n));
    let mirror = matrix(&[vec![1.0, 0.0], vec![0.0, -1.0]]);
    let elements = turns
        .flat_map(|turn| [rotation(turn), &rotation(turn) * &mirror])
        .collect();
    OrthogonalGroup::from_matrices(elements, 1e-14).unwrap()
}

/// Left multiplication of quaternions by ±1, ±i, ±j, ±k: signed permutations of ℝ⁴, a group that does not commute.
fn quaternions() -> OrthogonalGroup {
    let left = |q: [f64; 4]| {
        let [a, b, c, d] = q;
        matrix(&[
            vec![a, -b, -c, -d],
            vec![b, a, -d, c],
            vec![c, d, a, -b],
            vec![d, -c, b, a],
        ])
    };
    let elements = (0..8)
        .map(|n| {
            let mut q = [0.0; 4];
            q[n / 2] = if n % 2 == 0 { 1.0 } else { -1.0 };
            left(q)
        })
        .collect();
    OrthogonalGroup::from_matrices(elements, 0.0).unwrap()
}

fn group() -> impl Strategy<Value = OrthogonalGroup> {
    prop_oneof![
        (2..=6_usize).prop_map(|k| OrthogonalGroup::cyclic(k).unwrap()),
        Just(OrthogonalGroup::symmetric(3).unwrap()),
        (2..=4_u32).prop_map(dihedral),
        Just(quaternions()),
    ]
}

/// A group with a student and a teacher neuron.
fn setting() -> impl Strategy<Value = (OrthogonalGroup, Vec<f64>, Vec<f64>)> {
    group().prop_flat_map(|g| {
        let d = g.dimension();
        (Just(g), vector(d), vector(d))
    })
}

fn orbit(group: &OrthogonalGroup, w: &[f64]) -> Vec<Vec<f64>> {
    rows(group.orbit(w).unwrap().as_mat())
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn oracle_full_gradient((g, w, teacher) in setting()) {
        let reduction = SymmetricReduction::new(g.clone(), teacher.clone())?;
        let top = vec![1.0; g.order()];
        let (students, teachers) = (orbit(&g, &w), orbit(&g, &teacher));
        let full = population_gradient(&students, &top, &teachers, &top);
        let lifted = rows(reduction.lifted_gradient(&w)?.as_ref());
        for (row, exact) in lifted.iter().zip(&full) {
            // Relative to the terms: a random student may happen to be nearly critical.
            prop_assert!(distance(row, &doubles(exact)) <= ACCURACY * norm(&w) * g.order() as f64);
        }
        let loss = population_loss(&students, &top, &teachers, &top).to_f64();
        prop_assert!((reduction.loss(&w)? - loss).abs() <= ACCURACY * loss.max(1.0) * g.order() as f64);
    }

    #[test]
    fn oracle_near_any_member_of_the_orbit((g, direction, teacher) in setting(), r in magnitude(-12.0..-2.0), member in 0..8_usize) {
        // Students a distance r from P_k w*: the gradient is of that size, and keeps its digits.
        let near = g.apply(member % g.order(), &teacher)?;
        let w: Vec<f64> = near.iter().zip(&direction).map(|(v, u)| v + r * u).collect();
        let top = vec![1.0; g.order()];
        let full = population_gradient(&orbit(&g, &w), &top, &orbit(&g, &teacher), &top);
        let gradient = SymmetricReduction::new(g.clone(), teacher)?.gradient(&w)?;
        // A matrix with rounded entries is a group only to 1e-16, and the gradient is of order r.
        let group = if g.order() > 2 && g.dimension() == 2 { 2e-15 / r } else { 0.0 };
        let error = relative_error(&gradient, &full[0]);
        prop_assert!(error <= 1e-12 + group, "{error:e} at distance {r:e} for {g:?}");
    }

    #[test]
    fn symmetry_equivariance((g, w, teacher) in setting(), element in 0..8_usize) {
        let j = element % g.order();
        let reduction = SymmetricReduction::new(g.clone(), teacher.clone())?;
        let base = reduction.gradient(&w)?;
        let tolerance = ACCURACY * g.order() as f64;
        // The gradient at P_j w is P_j ∇; renaming the teacher P_j w* changes nothing.
        let moved = reduction.gradient(&g.apply(j, &w)?)?;
        prop_assert!(distance(&moved, &g.apply(j, &base)?) <= tolerance);
        let renamed = SymmetricReduction::new(g.clone(), g.apply(j, &teacher)?)?;
        prop_assert!(distance(&renamed.gradient(&w)?, &base) <= tolerance);
        // Student and teacher scaled together scale the gradient.
        let twice = |v: &[f64]| v.iter().map(|x| 2.0 * x).collect::<Vec<_>>();
        let scaled = SymmetricReduction::new(g.clone(), twice(&teacher))?;
        prop_assert!(distance(&scaled.gradient(&twice(&w))?, &twice(&base)) <= tolerance);
        prop_assert!(reduction.equivariance_defect(&w)? * norm(&base) <= tolerance);
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn oracle_trajectories_keep_the_symmetry((g, w, teacher) in setting()) {
        // 200 steps of all n neurons, by the full gradient, against 200 steps of one.
        let reduction = SymmetricReduction::new(g.clone(), teacher.clone())?;
        let all = GradientFlow::new(Population::matching(Network::new(g.orbit(&teacher)?)));
        let descent = GradientDescent::new(0.02);
        let stop = Stop::new().steps(200);
        let one = descent.integrate(&reduction, &w, &stop, &Record::Ends)?;
        let full = descent.integrate(&all, &state_of(g.orbit(&w)?.as_mat()), &stop, &Record::Ends)?;
        prop_assume!(!one.outcome().is_failure() && !full.outcome().is_failure());
        let d = g.dimension();
        for j in 0..g.order() {
            let expected = g.apply(j, one.end())?;
            // 200 roundings, magnified along unstable directions by at most (1 + 0.02·3)^200 = 1e5.
            let off = distance(&full.end()[j * d..(j + 1) * d], &expected);
            prop_assert!(off <= 1e-9, "{off:e} for {g:?}");
        }
    }
}

#[test]
fn symmetry_the_group_laws() {
    for g in [
        OrthogonalGroup::cyclic(6).unwrap(),
        OrthogonalGroup::symmetric(4).unwrap(),
        dihedral(5),
        quaternions(),
    ] {
        let w: Vec<f64> = (0..g.dimension()).map(|i| 1.0 + 0.37 * i as f64).collect();
        assert_eq!(g.apply(0, &w).unwrap(), w);
        for i in 0..g.order() {
            let back = g.apply_inverse(i, &g.apply(i, &w).unwrap()).unwrap();
            assert!(distance(&back, &w) < 1e-14);
            assert_eq!(g.product(i, g.inverse(i).unwrap()).unwrap(), 0);
            for j in 0..g.order() {
                let product = g.apply(g.product(i, j).unwrap(), &w).unwrap();
                let twice = g.apply(i, &g.apply(j, &w).unwrap()).unwrap();
                assert!(distance(&product, &twice) < 1e-13);
            }
        }
    }
    // The quaternions do not commute.
    let g = quaternions();
    assert_ne!(g.product(2, 4).unwrap(), g.product(4, 2).unwrap());
    assert_eq!(OrthogonalGroup::symmetric(4).unwrap().order(), 24);
}

#[test]
fn symmetry_matrices_and_permutations_act_alike() {
    // The cyclic shifts given as matrices become permutations and act bit by bit as the built-in ones.
    let built_in = OrthogonalGroup::cyclic(5).unwrap();
    let matrices = (0..5).map(|j| built_in.matrix(j).unwrap()).collect();
    let given = OrthogonalGroup::from_matrices(matrices, 0.0).unwrap();
    let w = [0.1, 0.2, 0.3, 0.4, 0.7];
    for j in 0..5 {
        assert_eq!(given.apply(j, &w).unwrap(), built_in.apply(j, &w).unwrap());
    }
}

/// ‖∇_2 − P ∇_1‖ for students w, Pw and teachers w*, Pw*.
fn defect(p: &Mat<f64>, w: &[f64], teacher: &[f64]) -> f64 {
    let apply = |v: &[f64]| -> Vec<f64> {
        (0..v.len())
            .map(|i| v.iter().enumerate().map(|(j, x)| p[(i, j)] * x).sum())
            .collect()
    };
    let gradient = population_gradient(
        &[w.to_vec(), apply(w)],
        &[1.0; 2],
        &[teacher.to_vec(), apply(teacher)],
        &[1.0; 2],
    );
    distance(&doubles(&gradient[1]), &apply(&doubles(&gradient[0])))
}

#[test]
fn nonvacuity_the_set_must_be_a_group_of_orthogonal_maps() {
    let (w, teacher) = ([0.6, 0.3, -0.2], [1.0, -0.4, 0.5]);
    // {I, P} with P a shift of three: P² is missing.
    let shift = OrthogonalGroup::cyclic(3).unwrap().matrix(1).unwrap();
    assert!(defect(&shift, &w, &teacher) > 0.01);
    assert!(OrthogonalGroup::from_matrices(vec![Mat::identity(3, 3), shift], 1e-12).is_err());
    // {I, S} with S² = I but S a shear, not orthogonal.
    let shear = matrix(&[vec![1.0, 1.0], vec![0.0, -1.0]]);
    assert!(defect(&shear, &w[..2], &teacher[..2]) > 0.01);
    assert!(OrthogonalGroup::from_matrices(vec![Mat::identity(2, 2), shear], 1e-12).is_err());
    // {I, Q} with Q a reflection is one.
    let mirror = matrix(&[vec![1.0, 0.0], vec![0.0, -1.0]]);
    assert!(defect(&mirror, &w[..2], &teacher[..2]) < 1e-15);
}

#[test]
fn nonvacuity_the_teacher_must_share_the_symmetry() {
    // Students w and Pw of a reflection, teachers w* and something else.
    let gradient = population_gradient(
        &[vec![0.6, 0.3], vec![0.6, -0.3]],
        &[1.0; 2],
        &[vec![1.0, 0.5], vec![0.2, 0.9]],
        &[1.0; 2],
    );
    let [one, two] = [doubles(&gradient[0]), doubles(&gradient[1])];
    assert!(distance(&two, &[one[0], -one[1]]) > 0.1);
}

/// The permutation of T16 §4: P_j "maps index j′ + 1 to (j′ + j mod K) + 1", with j and indices from 1.
fn printed_rule(j: usize, k: usize) -> Mat<f64> {
    Mat::from_fn(k, k, |to, from| f64::from(u8::from(to == (from + j) % k)))
}

#[test]
fn refutes_the_printed_index_rule() {
    // K = 3: the printed P_1 is the shift (1, 2, 3) ↦ (3, 1, 2) and not the identity that the text requires; row 1 of
    // the network would be P_1 w ≠ w. The identity is P_3.
    let identity: Mat<f64> = Mat::identity(3, 3);
    assert_ne!(printed_rule(1, 3), identity);
    assert_eq!(printed_rule(3, 3), identity);
    let w = [1.0, 2.0, 3.0];
    let image: Vec<f64> = (0..3)
        .map(|i| (0..3).map(|j| printed_rule(1, 3)[(i, j)] * w[j]).sum())
        .collect();
    assert_eq!(image, [3.0, 1.0, 2.0]);
    // Corrected, j′ + 1 ↦ (j′ + j − 1 mod K) + 1: P_1 = I, and P_2(1, 2, 3) = (3, 1, 2) as T17 prints.
    let group = OrthogonalGroup::cyclic(3).unwrap();
    for j in 1..=3 {
        assert_eq!(group.matrix(j - 1).unwrap(), printed_rule(j - 1, 3));
    }
    assert_eq!(group.apply(1, &w).unwrap(), [3.0, 1.0, 2.0]);
}
