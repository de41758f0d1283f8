//! Iterations against the angle of the planes.

use hinge_classifier::{
    DataSet, HingeNetwork, PaperStart, PolarGrid, Rays, Subspaces, Training, TrainingEnd,
};

use crate::naive::stream;

fn rays(angle: f64) -> Rays {
    let spaces = Subspaces::planes_at_angle(angle).unwrap();
    Rays::grid(
        HingeNetwork::simplified(4, 4).unwrap(),
        &spaces,
        &PolarGrid::paper(),
    )
    .unwrap()
    .summed()
}

/// How many of the runs take more iterations.
fn slower_than(angle: f64, iterations: usize, runs: u64) -> usize {
    let objective = rays(angle);
    let training = Training::new(0.1).unwrap().limit(iterations);
    (0..runs)
        .filter(|&run| {
            let start = PaperStart::Random.draw(&mut stream(111, run), 8, 4);
            training.run(&objective, &start).unwrap().ending != TrainingEnd::Goal
        })
        .count()
}

#[test]
fn oracle_medians() {
    // At the median a share of ½ is slower: of 80 runs 40 ± 5 standard deviations of 4.5.
    for (angle, median) in [(std::f64::consts::FRAC_PI_2, 458), (0.754, 803)] {
        let slower = slower_than(angle, median, 80);
        assert!((18..=62).contains(&slower), "{angle}: {slower} of 80");
    }
}

#[test]
fn oracle_directions_are_points() {
    let spaces = Subspaces::planes_at_angle(0.8).unwrap();
    let data = DataSet::grid(&spaces, &PolarGrid::paper()).unwrap();
    let points = Rays::points(HingeNetwork::simplified(4, 4).unwrap(), &data)
        .unwrap()
        .summed();
    let training = Training::new(0.1).unwrap();
    let start = PaperStart::Random.draw(&mut stream(112, 0), 8, 4);
    let a = training.run(&rays(0.8), &start).unwrap();
    let b = training.run(&points, &start).unwrap();
    assert_eq!((a.iterations, a.ending), (b.iterations, b.ending));
}

#[test]
fn symmetry_the_classes_change_places_at_a_right_angle() {
    let start = PaperStart::Random.draw(&mut stream(113, 0), 8, 4);
    // Exchange the planes and the signs.
    let mut exchanged = Vec::new();
    for j in (4..8).chain(0..4) {
        let row = &start[4 * j..4 * j + 4];
        exchanged.extend([row[2], row[3], row[0], row[1]]);
    }
    let training = Training::new(0.1).unwrap();
    let objective = rays(std::f64::consts::FRAC_PI_2);
    let a = training.run(&objective, &start).unwrap();
    let b = training.run(&objective, &exchanged).unwrap();
    assert_eq!(a.iterations, b.iterations);
}

#[test]
fn nonvacuity_small_angles_are_slower() {
    assert!(slower_than(0.427, 458, 20) > 17);
    for angle in [0.0, -1.0, 2.0, f64::NAN] {
        assert!(Subspaces::planes_at_angle(angle).is_err());
    }
}
