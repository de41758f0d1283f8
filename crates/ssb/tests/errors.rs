//! Bad input is answered with an error that names it, never with a panic or a NaN.

use faer::Mat;
use ssb::{
    BlockDynamics, DiagonalFlow, Error, OrthogonalGroup, PlanarDynamics, Reparametrization,
    SymmetricReduction, SymmetricRegion, SymmetricSaddle, first_outward_epsilon,
    teacher_linearisation,
};
use teacher_student::VectorField;

fn matrix(rows: &[[f64; 2]]) -> Mat<f64> {
    Mat::from_fn(rows.len(), 2, |i, j| rows[i][j])
}

/// The message of an error, which must contain the given words.
fn says<T>(result: Result<T, Error>, words: &[&str]) {
    let Err(error) = result else {
        panic!("no error that says {words:?}")
    };
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
}

#[test]
fn too_few_or_too_many_neurons() {
    for k in [0, 1] {
        let value = format!("K = {k}");
        let words: &[&str] = &[&value, "at least 2"];
        says(PlanarDynamics::new(k), words);
        says(SymmetricSaddle::new(k), words);
        says(DiagonalFlow::new(k), words);
        says(SymmetricRegion::new(k, 0.1), words);
        says(Reparametrization::new(k), words);
        says(teacher_linearisation(k), words);
        says(first_outward_epsilon(k), words);
    }
    says(BlockDynamics::new(&[]), &["K = 0"]);
    says(BlockDynamics::new(&[1]), &["K = 1"]);
    says(BlockDynamics::new(&[3, 0, 1]), &["block 1", "size 0"]);
    says(PlanarDynamics::new(usize::MAX), &["limit"]);
    says(BlockDynamics::new(&[usize::MAX, 2]), &["limit"]);
    assert!(PlanarDynamics::new(1 << 31).is_ok());
}

#[test]
fn points_that_are_no_points() {
    let planar = PlanarDynamics::new(3).unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        says(planar.velocity(bad, 0.1), &["`x`", "finite"]);
        says(planar.loss(0.1, bad), &["`y`", "finite"]);
        says(planar.angles(0.1, bad), &["`y`", "finite"]);
        says(planar.lift(bad, 0.1), &["`x`", "finite"]);
        let region = SymmetricRegion::new(3, 0.0).unwrap();
        assert!(!region.contains(bad, 0.0) || bad == f64::NEG_INFINITY);
        says(region.bottom_flow(bad), &["`x`", "finite"]);
        says(region.right_flow(bad), &["`y`", "finite"]);
        says(region.diagonal_flow(0.1, bad), &["`epsilon`", "finite"]);
        says(region.least_diagonal_flow(bad), &["`epsilon`", "finite"]);
        says(SymmetricRegion::new(3, bad), &["`epsilon`", "finite"]);
        says(DiagonalFlow::new(3).unwrap().rate(bad), &["`x`", "finite"]);
        says(
            DiagonalFlow::new(3).unwrap().solution(0.1, bad),
            &["`time`", "finite"],
        );
        let map = Reparametrization::new(3).unwrap();
        says(map.forward(bad, 0.1), &["`x`", "finite"]);
        says(map.point(bad, 0.1), &["`beta`", "finite"]);
        says(map.point(1.1, bad), &["`epsilon`", "finite"]);
    }
    says(planar.velocity(0.0, 0.0), &["zero", "origin"]);
    says(planar.velocity(0.0, -0.0), &["zero"]);
    says(planar.lift(0.0, 0.0), &["zero"]);
    says(planar.velocity(1e308, 1e308), &["largest double"]);
    says(planar.loss(1e200, 0.0), &["largest double"]);
}

#[test]
fn points_outside_their_range() {
    let region = SymmetricRegion::new(3, 0.0).unwrap();
    says(SymmetricRegion::new(3, 1.0), &["`epsilon` is 1", "[0, 1)"]);
    says(SymmetricRegion::new(3, -0.1), &["-0.1"]);
    says(region.bottom_flow(0.0), &["`x` is 0", "positive"]);
    says(region.least_diagonal_flow(0.0), &["(0, 1]"]);
    says(region.least_diagonal_flow(1.5), &["1.5"]);
    let map = Reparametrization::new(4).unwrap();
    says(map.forward(0.5, 0.5), &["`x` is 0.5", "exceed y"]);
    says(map.forward(0.5, -0.1), &["`y` is -0.1"]);
    says(map.point(0.9, 0.5), &["`beta` is 0.9"]);
    says(map.point(2.0, 0.5), &["`beta` is 2"]);
    says(map.point(1.5, 0.0), &["`epsilon` is 0"]);
    says(
        DiagonalFlow::new(2).unwrap().rate(-0.5),
        &["-0.5", "positive"],
    );
    says(
        DiagonalFlow::new(2).unwrap().solution(0.5, -1.0),
        &["`time` is -1"],
    );
}

#[test]
fn frames_and_lifts() {
    let planar = PlanarDynamics::new(2).unwrap();
    let skew = matrix(&[[1.0, 0.0], [0.6, 0.8]]);
    says(
        planar.lift_on(skew.as_ref(), 0.5, 0.1),
        &["rows 0 and 1", "0.6", "not orthonormal"],
    );
    let long = matrix(&[[1.0, 0.0], [0.0, 1.001]]);
    says(
        planar.lift_on(long.as_ref(), 0.5, 0.1),
        &["rows 1 and 1", "1.00200"],
    );
    let holed = matrix(&[[1.0, f64::NAN], [0.0, 1.0]]);
    says(planar.lift_on(holed.as_ref(), 0.5, 0.1), &["NaN"]);
    let short = matrix(&[[1.0, 0.0]]);
    says(
        planar.lift_on(short.as_ref(), 0.5, 0.1),
        &["1 x 2", "2 x 2"],
    );
    says(
        PlanarDynamics::new(100_000).unwrap().lift(0.5, 0.1),
        &["100000", "8192"],
    );
    assert!(
        planar
            .lift_on(Mat::identity(2, 5).as_ref(), 0.5, 0.1)
            .is_ok()
    );
}

#[test]
fn sets_that_are_no_groups() {
    let one = || matrix(&[[1.0, 0.0], [0.0, 1.0]]);
    let mirror = matrix(&[[1.0, 0.0], [0.0, -1.0]]);
    let quarter = matrix(&[[0.0, -1.0], [1.0, 0.0]]);
    let third = {
        let (c, s) = (-0.5, 0.75_f64.sqrt());
        matrix(&[[c, -s], [s, c]])
    };
    let group = OrthogonalGroup::from_matrices;
    says(group(vec![], 1e-12), &["identity"]);
    says(
        group(vec![one(), matrix(&[[2.0, 0.0], [0.0, 1.0]])], 1e-12),
        &["element 1", "not orthogonal", "4"],
    );
    says(
        group(vec![one(), matrix(&[[1.0, f64::NAN], [0.0, 1.0]])], 1e-12),
        &["finite"],
    );
    says(
        group(vec![mirror.clone()], 1e-12),
        &["no element is the identity", "2e0"],
    );
    says(
        group(vec![one(), mirror.clone(), mirror.clone()], 1e-12),
        &["elements 1 and 2", "equal"],
    );
    says(
        group(vec![one(), third.clone()], 1e-12),
        &["inverse of element 1"],
    );
    // Closed under inverses, not under products: two reflections whose product is a quarter turn.
    let swap = matrix(&[[0.0, 1.0], [1.0, 0.0]]);
    says(
        group(vec![one(), mirror.clone(), swap], 1e-12),
        &["not closed", "elements 1 and 2"],
    );
    says(
        group(vec![one(), Mat::identity(3, 3)], 1e-12),
        &["3 x 3", "2 x 2"],
    );
    says(group(vec![one()], -1.0), &["`tolerance` is -1"]);
    says(group(vec![one()], f64::NAN), &["`tolerance`"]);
    // A group off by more than its tolerance, and the same with a wider one.
    let near = matrix(&[[0.0, -1.0], [1.0 + 1e-9, 0.0]]);
    let back = quarter.transpose().to_owned();
    let half = matrix(&[[-1.0, 0.0], [0.0, -1.0]]);
    let four = || vec![near.clone(), one(), half.clone(), back.clone()];
    says(group(four(), 1e-12), &["element 0", "not orthogonal"]);
    let turned = group(four(), 1e-8).unwrap();
    // The identity comes first, the others keep their order.
    assert_eq!(turned.apply(0, &[1.0, 2.0]).unwrap(), [1.0, 2.0]);
    assert_eq!(turned.apply(2, &[1.0, 2.0]).unwrap(), [-1.0, -2.0]);

    says(OrthogonalGroup::cyclic(0), &["identity"]);
    says(OrthogonalGroup::symmetric(0), &["identity"]);
    says(OrthogonalGroup::symmetric(9), &["9!", "8"]);
    let cyclic = OrthogonalGroup::cyclic(3).unwrap();
    says(cyclic.apply(3, &[1.0; 3]), &["element 3", "3 elements"]);
    says(cyclic.apply(1, &[1.0; 2]), &["2 entries", "3"]);
    says(cyclic.matrix(7), &["element 7"]);
    says(cyclic.product(0, 9), &["element 9"]);
    says(cyclic.inverse(9), &["element 9"]);
    says(cyclic.orbit(&[0.0; 3]), &["zero vector"]);
    says(cyclic.orbit(&[f64::NAN; 3]), &["NaN"]);
}

#[test]
fn reductions() {
    let cyclic = || OrthogonalGroup::cyclic(2).unwrap();
    says(
        SymmetricReduction::new(cyclic(), vec![1.0]),
        &["`teacher`", "2"],
    );
    says(
        SymmetricReduction::new(cyclic(), vec![0.0; 2]),
        &["`teacher`", "zero"],
    );
    says(
        SymmetricReduction::new(cyclic(), vec![f64::NAN, 1.0]),
        &["`teacher`", "NaN"],
    );
    says(
        SymmetricReduction::new(cyclic(), vec![1e200, 0.0]),
        &["1e150"],
    );
    let reduction = SymmetricReduction::new(cyclic(), vec![1.0, 0.0]).unwrap();
    says(reduction.gradient(&[0.0, 0.0]), &["`w`", "zero"]);
    says(reduction.gradient(&[1.0]), &["`w`"]);
    says(reduction.loss(&[f64::INFINITY, 0.0]), &["finite"]);
    says(reduction.equivariance_defect(&[0.0, 0.0]), &["zero"]);
    assert!(reduction.evaluate(&[0.0, 0.0], &mut [0.0; 2]).is_err());
}

#[test]
fn blocks() {
    let blocks = BlockDynamics::new(&[2, 1]).unwrap();
    assert_eq!(blocks.coordinates(), 5);
    let mut state = blocks.teacher();
    says(blocks.gradient(&state[1..]), &["4 entries", "5"]);
    says(blocks.lift(&[0.0; 6]), &["6 entries", "5"]);
    says(blocks.loss(&[0.0; 5]), &["row of block 0", "zero"]);
    says(blocks.lift(&[0.0; 5]), &["neuron 0", "zero"]);
    state[1] = f64::NAN;
    says(blocks.gradient(&state), &["`state`", "NaN"]);
    assert!(blocks.evaluate(&state, &mut [0.0; 5]).is_err());
    says(
        blocks.gradient(&[1e200, 0.0, 0.0, 1.0, 0.0]),
        &["norm of a row", "1e150"],
    );
    says(
        blocks.project(Mat::identity(2, 3).as_ref()),
        &["2 x 3", "3 x 3"],
    );
    says(
        blocks.project(Mat::from_fn(3, 3, |_, _| f64::NAN).as_ref()),
        &["finite"],
    );
    says(blocks.diagonal_index(2), &["`block` is 2"]);
    says(blocks.off_diagonal_index(0, 5), &["`block` is 5"]);
    assert_eq!(blocks.off_diagonal_index(1, 1).unwrap(), None);
    let large = BlockDynamics::new(&[99_999, 1]).unwrap();
    says(large.lift(&large.teacher()), &["100000"]);
    says(large.project(Mat::identity(2, 2).as_ref()), &["100000"]);
    assert!(
        large
            .gradient(&large.teacher())
            .unwrap()
            .iter()
            .all(|g| *g == 0.0)
    );
}

#[test]
fn states_of_the_wrong_length() {
    let planar = PlanarDynamics::new(2).unwrap();
    assert!(planar.evaluate(&[1.0], &mut [0.0; 2]).is_err());
    assert!(planar.potential(&[1.0, 0.0, 0.0]).is_err());
}
