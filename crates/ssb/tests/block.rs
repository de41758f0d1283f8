//! The fixed-point space of a permutation subgroup: gradient, loss, flow, and the spurious minima it holds.

use faer::Mat;
use gaussian_oracle::finite_difference;
use gaussian_oracle::multiprecision::{
    Real, planar_field, population_gradient, population_hessian, population_loss, relative_error,
};
use proptest::prelude::*;
use ssb::{BlockDynamics, OrthogonalGroup, PlanarDynamics, SymmetricReduction};
use teacher_student::{
    DormandPrince, GradientDescent, GradientFlow, Integrator, Network, Objective, Population,
    Record, Stop, VectorField, Weights, state_of,
};
use testkit::{config, rows};

/// Sums over at most six rows of terms with about ten roundings each.
const ACCURACY: f64 = 1e-14;

fn population(neurons: usize) -> Population {
    Population::matching(Network::new(
        Weights::orthonormal(neurons, neurons).unwrap(),
    ))
}

fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, x| x.abs().max(m))
}

/// Block sizes with K ≤ 5 and a state at a distance from the teacher drawn from all scales, or far from it.
fn setting() -> impl Strategy<Value = (BlockDynamics, Vec<f64>)> {
    let sizes = prop_oneof![
        Just(vec![2]),
        Just(vec![4]),
        Just(vec![1, 1]),
        Just(vec![2, 1]),
        Just(vec![1, 3]),
        Just(vec![2, 2]),
        Just(vec![1, 1, 2]),
        Just(vec![2, 2, 1]),
    ];
    (sizes, -12.0..0.5_f64).prop_flat_map(|(sizes, exponent)| {
        let blocks = BlockDynamics::new(&sizes).unwrap();
        let teacher = blocks.teacher();
        let offsets = prop::collection::vec(-1.0..1.0_f64, blocks.coordinates());
        (Just(blocks), offsets).prop_map(move |(blocks, offsets)| {
            let r = 10f64.powf(exponent);
            let state = teacher.iter().zip(&offsets).map(|(t, u)| t + r * u);
            (blocks, state.collect())
        })
    })
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn oracle_full_gradient_and_loss((blocks, state) in setting()) {
        let k = blocks.neurons();
        let top = vec![1.0; k];
        let student = rows(blocks.lift(&state)?.as_mat());
        let teacher = rows(Weights::orthonormal(k, k)?.as_mat());
        let full = population_gradient(&student, &top, &teacher, &top);
        let gradient = blocks.gradient(&state)?;
        let lifted = lift(&blocks, &gradient);
        let error = relative_error(&lifted.concat(), &full.concat());
        prop_assert!(error <= ACCURACY, "gradient {error:e} at {state:?}");
        let loss = population_loss(&student, &top, &teacher, &top);
        let error = relative_error(&[blocks.loss(&state)?], &[loss]);
        prop_assert!(error <= ACCURACY, "loss {error:e} at {state:?}");
    }

    #[test]
    fn oracle_full_hessian((blocks, state) in setting(), offsets in prop::collection::vec(-1.0..1.0_f64, 20)) {
        // The Jacobian of the coordinates is the full Hessian on the space; on the refined space it has all eigenvalues.
        let k = blocks.neurons();
        let top = vec![1.0; k];
        let student = rows(blocks.lift(&state)?.as_mat());
        let teacher = rows(Weights::orthonormal(k, k)?.as_mat());
        let exact = population_hessian(&student, &top, &teacher, &top);
        let full = Mat::from_fn(k * k, k * k, |i, j| exact[i][j].to_f64());
        let shortest = student.iter().map(|row| row.iter().map(|x| x * x).sum::<f64>().sqrt()).fold(f64::INFINITY, f64::min);
        let tolerance = 1e-12 / shortest;
        let direction = &offsets[..blocks.coordinates()];
        let image = &full * Mat::from_fn(k * k, 1, |i, _| lift(&blocks, direction)[i / k][i % k]);
        let jacobian = blocks.jacobian(&state)?;
        let reduced: Vec<f64> = (0..direction.len()).map(|i| (0..direction.len()).map(|j| jacobian[(i, j)] * direction[j]).sum()).collect();
        for (i, value) in lift(&blocks, &reduced).concat().iter().enumerate() {
            prop_assert!((image[(i, 0)] - value).abs() <= tolerance, "{} {value} at {state:?}", image[(i, 0)]);
        }
        let all = full.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        let found = blocks.hessian_eigenvalues(&state)?;
        let nearest = |x: f64, among: &[f64]| among.iter().map(|y| (x - y).abs()).fold(f64::INFINITY, f64::min);
        prop_assert!(all.iter().all(|x| nearest(*x, &found) <= 10.0 * tolerance), "{all:?} {found:?}");
        prop_assert!(found.iter().all(|x| nearest(*x, &all) <= 10.0 * tolerance), "{all:?} {found:?}");
    }

    #[test]
    fn oracle_loss_differences((blocks, state) in setting()) {
        // ∂L/∂coordinate is the number of entries times the common gradient entry. Away from kinks: generic states.
        let far: Vec<f64> = state.iter().enumerate().map(|(i, x)| x + 0.3 + 0.07 * i as f64).collect();
        let found = finite_difference::gradient(|s| blocks.loss(s).unwrap(), &far, 1e-3);
        for ((entry, count), difference) in blocks.gradient(&far)?.iter().zip(blocks.multiplicities()).zip(&found.value) {
            let scale = 1.0 + largest(&found.value);
            prop_assert!((entry * count as f64 - difference).abs() <= 1e-8 * scale);
        }
    }

    #[test]
    fn symmetry_order_of_the_blocks(offsets in prop::collection::vec(-1.0..1.0_f64, 6)) {
        // S_3 × S_2 and S_2 × S_3 are the same space with the blocks exchanged.
        let (one, other) = (BlockDynamics::new(&[3, 2])?, BlockDynamics::new(&[2, 3])?);
        let state = |r: f64| -> Vec<f64> { one.teacher().iter().zip(&offsets).map(|(t, u)| t + r * u).collect() };
        for r in [1.0, 1e-6] {
            let s = state(r);
            let t = exchange(&one, &other, &s);
            let gradient = exchange(&one, &other, &one.gradient(&s)?);
            let off: Vec<f64> = other.gradient(&t)?.iter().zip(&gradient).map(|(a, b)| a - b).collect();
            prop_assert!(largest(&off) <= ACCURACY * largest(&gradient));
            prop_assert!((one.loss(&s)? - other.loss(&t)?).abs() <= ACCURACY * one.loss(&s)?);
        }
    }

    #[test]
    fn symmetry_finer_blocks((x, y) in (-1.5..1.5_f64, -1.5..1.5_f64)) {
        // A state of S_6 is one of S_4 × S_2 and of S_1 × S_2 × S_3, with the same gradient.
        let coarse = PlanarDynamics::new(6)?.velocity(x, y)?;
        for sizes in [&[6][..], &[4, 2], &[1, 2, 3]] {
            let blocks = BlockDynamics::new(sizes)?;
            let state: Vec<f64> = blocks.teacher().iter().map(|t| if *t == 1.0 { x } else { y }).collect();
            for (g, t) in blocks.gradient(&state)?.iter().zip(blocks.teacher()) {
                let expected = if t == 1.0 { -coarse[0] } else { -coarse[1] };
                prop_assert!((g - expected).abs() <= 1e-13, "{g} {expected} for {sizes:?}");
            }
            prop_assert!((blocks.loss(&state)? - PlanarDynamics::new(6)?.loss(x, y)?).abs() <= 1e-13 * 36.0);
        }
    }

    #[test]
    fn oracle_planar_field_at_any_size(k in prop_oneof![2..=9_usize, Just(1000_usize), Just(100_000)], x in -1.5..1.5_f64, y in -1.5..1.5_f64, apart in any::<bool>()) {
        // At K = 10⁵ the only full answer at hand is the oracle's planar field, for one block and for S_{K−1} × S_1.
        let sizes = if apart { vec![k - 1, 1] } else { vec![k] };
        let blocks = BlockDynamics::new(&sizes)?;
        let exact = planar_field(x, y, k).map(|v| (v / (Real::from(-2.0) * Real::pi())).to_f64());
        let state: Vec<f64> = blocks.teacher().iter().map(|t| if *t == 1.0 { x } else { y }).collect();
        let size = exact[0].abs().max(exact[1].abs());
        for (g, t) in blocks.gradient(&state)?.iter().zip(blocks.teacher()) {
            let expected = if t == 1.0 { exact[0] } else { exact[1] };
            prop_assert!((g - expected).abs() <= 1e-12 * size, "{g} {expected}");
        }
    }
}

/// A state of [3, 2] as one of [2, 3].
fn exchange(from: &BlockDynamics, to: &BlockDynamics, state: &[f64]) -> Vec<f64> {
    let mut exchanged = vec![f64::NAN; to.coordinates()];
    for a in 0..2 {
        exchanged[to.diagonal_index(1 - a).unwrap()] = state[from.diagonal_index(a).unwrap()];
        for b in 0..2 {
            let target = to.off_diagonal_index(1 - a, 1 - b).unwrap().unwrap();
            exchanged[target] = state[from.off_diagonal_index(a, b).unwrap().unwrap()];
        }
    }
    exchanged
}

/// Class values as a K × K matrix, without the checks that weights need.
fn lift(blocks: &BlockDynamics, values: &[f64]) -> Vec<Vec<f64>> {
    let block: Vec<usize> = blocks
        .sizes()
        .iter()
        .enumerate()
        .flat_map(|(a, &p)| std::iter::repeat_n(a, p))
        .collect();
    let value = |i: usize, j: usize| {
        if i == j {
            values[blocks.diagonal_index(block[i]).unwrap()]
        } else {
            let index = blocks.off_diagonal_index(block[i], block[j]).unwrap();
            values[index.unwrap()]
        }
    };
    let k = block.len();
    (0..k)
        .map(|i| (0..k).map(|j| value(i, j)).collect())
        .collect()
}

#[test]
fn lift_and_project_are_inverse() {
    for sizes in [&[3][..], &[2, 1], &[1, 1, 2], &[5, 3]] {
        let blocks = BlockDynamics::new(sizes).unwrap();
        let state: Vec<f64> = (0..blocks.coordinates())
            .map(|i| 1.0 + f64::from(u8::try_from(i).unwrap()))
            .collect();
        let weights = blocks.lift(&state).unwrap();
        assert_eq!(rows(weights.as_mat()), lift(&blocks, &state));
        assert_eq!(blocks.project(weights.as_mat()).unwrap(), state);
        let entries: usize = blocks.multiplicities().iter().sum();
        assert_eq!(entries, blocks.neurons().pow(2));
    }
    // The projection of anything is the mean over each class.
    let blocks = BlockDynamics::new(&[2]).unwrap();
    let matrix = Mat::from_fn(2, 2, |i, j| [[1.0, 2.0], [6.0, 5.0]][i][j]);
    assert_eq!(blocks.project(matrix.as_ref()).unwrap(), [3.0, 4.0]);
}

#[test]
fn oracle_rows_that_coincide() {
    // All rows equal: angles 0, where 1/sin φ would be infinite. And almost equal.
    let top = [1.0; 3];
    let teacher = rows(Weights::orthonormal(3, 3).unwrap().as_mat());
    let blocks = BlockDynamics::new(&[2, 1]).unwrap();
    for gap in [0.0, 1e-15, 1e-9, 1e-4] {
        let state = [0.4 + gap, 0.4, 0.4, 0.4 - gap, 0.4];
        let student = rows(blocks.lift(&state).unwrap().as_mat());
        let full = population_gradient(&student, &top, &teacher, &top);
        let gradient = lift(&blocks, &blocks.gradient(&state).unwrap());
        for (row, exact) in gradient.iter().zip(&full) {
            for (g, e) in row.iter().zip(exact) {
                assert!(
                    (g - e.to_f64()).abs() < 1e-15,
                    "{g} {} at {gap:e}",
                    e.to_f64()
                );
            }
        }
    }
}

#[test]
fn oracle_the_full_flow_stays_in_the_space() {
    let blocks = BlockDynamics::new(&[3, 2]).unwrap();
    let start = [0.7, 0.1, -0.2, 0.5, 0.3, -0.1];
    let stop = Stop::new().steps(300);
    let descent = GradientDescent::new(0.05);
    let reduced = descent
        .integrate(&blocks, &start, &stop, &Record::Ends)
        .unwrap();
    let flow = GradientFlow::new(population(5));
    let weights = state_of(blocks.lift(&start).unwrap().as_mat());
    let full = descent
        .integrate(&flow, &weights, &stop, &Record::Ends)
        .unwrap();
    let expected = lift(&blocks, reduced.end()).concat();
    for (a, b) in full.end().iter().zip(&expected) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

#[test]
fn oracle_the_full_gradient_of_many_neurons() {
    // 300 neurons in three blocks, near the teacher and far from it.
    let blocks = BlockDynamics::new(&[250, 49, 1]).unwrap();
    let full = population(300);
    for r in [0.01, 1e-6] {
        let offset = |i: usize| r * (2.3 * i as f64 + 0.4).sin();
        let state: Vec<f64> = (0..blocks.coordinates())
            .map(|i| blocks.teacher()[i] + offset(i))
            .collect();
        let weights = blocks.lift(&state).unwrap();
        let gradient = full.gradient(weights.as_mat()).unwrap();
        let expected = lift(&blocks, &blocks.gradient(&state).unwrap());
        let size = gradient.norm_max();
        for (i, row) in expected.iter().enumerate() {
            for (j, entry) in row.iter().enumerate() {
                // Sums of 300 terms, in the order of a matrix product there.
                assert!((gradient[(i, j)] - entry).abs() < 1e-12 * size);
            }
        }
        let loss = full.loss(weights.as_mat()).unwrap();
        assert!((blocks.loss(&state).unwrap() - loss).abs() < 1e-11 * loss);
    }
}

/// Flows of the system S_{K−1} × S_1 from a student that has x on the diagonal, y beside it, and a reversed last row.
fn spurious_minimum(neurons: usize) -> Vec<f64> {
    let k = neurons as f64;
    let blocks = BlockDynamics::new(&[neurons - 1, 1]).unwrap();
    let start = [1.0, 0.0, 1.5 / k, -0.7, 1.0 / k];
    let run = DormandPrince::default()
        .relative_tolerance(1e-10)
        .integrate(
            &blocks,
            &start,
            &Stop::new().time(2000.0).rate_below(1e-10),
            &Record::Ends,
        )
        .unwrap();
    assert!(run.outcome().is_converged(), "{}", run.outcome());
    run.end().to_vec()
}

#[test]
fn oracle_known_spurious_minima() {
    // Loss and least Hessian eigenvalue of the minima that random starts find (Safran & Shamir 2018).
    for (neurons, loss, least) in [
        (6, 0.025_081, Some(0.0047)),
        (8, 0.021_508, Some(0.0213)),
        (10, 0.018_702, Some(0.0320)),
        (20, 0.011_276, None),
    ] {
        let state = spurious_minimum(neurons);
        let blocks = BlockDynamics::new(&[neurons - 1, 1]).unwrap();
        assert!(
            (blocks.loss(&state).unwrap() - loss).abs() < 1e-6,
            "K = {neurons}"
        );
        // It is critical, and a minimum, for all K² weights.
        let weights = blocks.lift(&state).unwrap();
        let full = population(neurons);
        let gradient = full.gradient(weights.as_mat()).unwrap();
        assert!(gradient.norm_max() < 1e-9);
        assert!((full.loss(weights.as_mat()).unwrap() - loss).abs() < 1e-6);
        if let Some(least) = least {
            let hessian = full.hessian(weights.as_mat()).unwrap();
            let eigenvalues = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
            assert!(
                (eigenvalues[0] - least).abs() < 1e-4,
                "{} at K = {neurons}",
                eigenvalues[0]
            );
        }
    }
}

#[test]
fn oracle_eigenvalues_need_the_finer_blocks() {
    // At K = 7 in blocks 4, 2, 1 every representation of the three groups occurs. Dividing a block into 1 and p − 1 alone
    // would miss those of the diagrams (p−2, 2) and (p−2, 1, 1).
    let blocks = BlockDynamics::new(&[4, 2, 1]).unwrap();
    let state: Vec<f64> = blocks
        .teacher()
        .iter()
        .enumerate()
        .map(|(i, t)| t + 0.4 * (1.7 * i as f64 + 0.2).sin())
        .collect();
    let full = population(7)
        .hessian(blocks.lift(&state).unwrap().as_mat())
        .unwrap();
    let all = full.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
    let found = blocks.hessian_eigenvalues(&state).unwrap();
    let nearest = |x: f64, among: &[f64]| {
        among
            .iter()
            .map(|y| (x - y).abs())
            .fold(f64::INFINITY, f64::min)
    };
    assert!(all.iter().all(|x| nearest(*x, &found) < 1e-12));
    assert!(found.iter().all(|x| nearest(*x, &all) < 1e-12));
    let coarse = blocks.jacobian(&state).unwrap();
    assert!(found.len() > 2 * coarse.nrows() && (found[0] - all[0]).abs() < 1e-12);
}

#[test]
fn nonvacuity_few_neurons_have_no_such_minimum() {
    // The same critical point at K = 4 and 5 is a saddle of all K² weights: being a minimum within the space is not
    // enough, and the tests above do look outside it.
    for neurons in [4, 5] {
        let state = spurious_minimum(neurons);
        let blocks = BlockDynamics::new(&[neurons - 1, 1]).unwrap();
        assert!(blocks.loss(&state).unwrap() > 0.02);
        let weights = blocks.lift(&state).unwrap();
        let hessian = population(neurons).hessian(weights.as_mat()).unwrap();
        let eigenvalues = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        assert!(
            eigenvalues[0] < -1e-3,
            "{} at K = {neurons}",
            eigenvalues[0]
        );
    }
}

/// Newton's method on the five coordinates, with a difference Jacobian.
fn newton(blocks: &BlockDynamics, mut state: Vec<f64>) -> Vec<f64> {
    let n = blocks.coordinates();
    for _ in 0..50 {
        let gradient = blocks.gradient(&state).unwrap();
        let mut jacobian = Mat::zeros(n, n);
        for j in 0..n {
            let h = 1e-6 * state[j].abs().max(1e-3 / blocks.neurons() as f64);
            let (mut up, mut down) = (state.clone(), state.clone());
            (up[j], down[j]) = (up[j] + h, down[j] - h);
            let width = up[j] - down[j];
            let (up, down) = (
                blocks.gradient(&up).unwrap(),
                blocks.gradient(&down).unwrap(),
            );
            for i in 0..n {
                jacobian[(i, j)] = (up[i] - down[i]) / width;
            }
        }
        let rhs = Mat::from_fn(n, 1, |i, _| gradient[i]);
        let step = faer::linalg::solvers::Solve::solve(&jacobian.partial_piv_lu(), &rhs);
        for i in 0..n {
            state[i] -= step[(i, 0)];
        }
    }
    state
}

#[test]
fn oracle_the_minimum_at_a_hundred_thousand_neurons() {
    // Followed from K = 20 by doubling: entries beside the diagonal shrink as 1/K.
    let mut neurons = 20;
    let mut state = spurious_minimum(neurons);
    let mut losses = vec![BlockDynamics::new(&[19, 1]).unwrap().loss(&state).unwrap()];
    while neurons < 100_000 {
        let next = (2 * neurons).min(100_000);
        let shrink = neurons as f64 / next as f64;
        state[1] *= shrink * shrink;
        state[2] *= shrink;
        state[4] *= shrink;
        neurons = next;
        let blocks = BlockDynamics::new(&[neurons - 1, 1]).unwrap();
        state = newton(&blocks, state);
        let gradient = blocks.gradient(&state).unwrap();
        assert!(largest(&gradient) < 1e-11, "{gradient:?} at K = {neurons}");
        losses.push(blocks.loss(&state).unwrap());
    }
    assert!(
        losses
            .windows(2)
            .all(|pair| 0.0 < pair[1] && pair[1] < pair[0]),
        "{losses:?}"
    );
    assert!(
        state[3] < -0.9 && (state[0] - 1.0).abs() < 1e-2,
        "{state:?}"
    );
    // About 0.3/K at the end.
    assert!((losses[losses.len() - 1] - 2.969_976e-6).abs() < 1e-12);
}

#[test]
fn oracle_the_family_settles_for_every_number_of_neurons() {
    for neurons in (3..=40).chain([100, 1000, 100_000]) {
        let blocks = BlockDynamics::new(&[neurons - 1, 1]).unwrap();
        let start = BlockDynamics::spurious_start(neurons).unwrap();
        let point = blocks.settle(&start, 1e-12).unwrap();
        let gradient = blocks.gradient(&point).unwrap();
        assert!(largest(&gradient) <= 1e-12, "{gradient:?} at K = {neurons}");
        // The end where the flow ends too: the last neuron is reversed, the others are not, and the loss is not zero.
        assert!(
            point[0] > 0.6 && point[3] < -0.3,
            "{point:?} at K = {neurons}"
        );
        let least = blocks.hessian_eigenvalues(&point).unwrap()[0];
        assert_eq!(least > 0.0, neurons >= 6, "{least} at K = {neurons}");
        if (4..=20).contains(&neurons) {
            let flown = spurious_minimum(neurons);
            let apart = point.iter().zip(&flown).map(|(x, y)| (x - y).abs());
            assert!(apart.fold(0.0, f64::max) < 1e-7, "K = {neurons}");
        }
    }
    // About 0.3/K, as followed by doubling from K = 20.
    let blocks = BlockDynamics::new(&[99_999, 1]).unwrap();
    let start = BlockDynamics::spurious_start(100_000).unwrap();
    let point = blocks.settle(&start, 1e-12).unwrap();
    assert!((blocks.loss(&point).unwrap() - 2.969_976e-6).abs() < 1e-12);
}

#[test]
fn nonvacuity_what_does_not_settle_says_so() {
    let blocks = BlockDynamics::new(&[4, 1]).unwrap();
    let start = BlockDynamics::spurious_start(5).unwrap();
    // Rounding of five neurons is above this.
    let error = blocks.settle(&start, 1e-200).unwrap_err().to_string();
    assert!(
        error.contains("1e-200") && error.contains("tolerance"),
        "{error}"
    );
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(blocks.settle(&start, bad).is_err());
    }
    assert!(blocks.settle(&start[1..], 1e-12).is_err());
    assert!(blocks.settle(&[0.0; 5], 1e-12).is_err());
    assert!(BlockDynamics::spurious_start(2).is_err());
    assert!(BlockDynamics::spurious_start(usize::MAX).is_err());
}

/// Integrators report the potential of the field: it is the loss, along every trajectory.
#[test]
fn oracle_potentials_are_losses() {
    let blocks = BlockDynamics::new(&[3, 2]).unwrap();
    let state: Vec<f64> = blocks.teacher().iter().map(|t| 0.7 * t + 0.1).collect();
    let full = population(5)
        .loss(blocks.lift(&state).unwrap().as_mat())
        .unwrap();
    let found = blocks.potential(&state).unwrap().unwrap();
    assert!(
        full > 0.01 && (found - full).abs() < 1e-14,
        "{found} {full}"
    );
    let group = OrthogonalGroup::cyclic(4).unwrap();
    let reduction = SymmetricReduction::new(group, vec![1.0, 0.0, 0.0, 0.0]).unwrap();
    let w = [0.8, 0.3, -0.1, 0.2];
    let orbit = Mat::from_fn(4, 4, |j, c| reduction.group().apply(j, &w).unwrap()[c]);
    let teachers = Mat::from_fn(4, 4, |j, c| {
        reduction.group().apply(j, &[1.0, 0.0, 0.0, 0.0]).unwrap()[c]
    });
    let teacher = Network::new(Weights::new(teachers).unwrap());
    let full = Population::matching(teacher).loss(orbit.as_ref()).unwrap();
    let found = reduction.potential(&w).unwrap().unwrap();
    assert!(
        full > 0.01 && (found - full).abs() < 1e-14,
        "{found} {full}"
    );
}
