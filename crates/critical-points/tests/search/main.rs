//! The search finds what is known, whoever runs it and in whatever pieces, and classification stays honest at bad points.

use critical_points::{
    Attempt, Catalogue, Class, Doubt, Kind, Refined, Refinement, RotationOrbit, Search,
    StartFamily, classify, refine,
};
use rayon::ThreadPoolBuilder;
use teacher_student::initialization::stream;
use teacher_student::{Network, Population, Weights};

mod equivalence;

fn orthonormal(neurons: usize, dimension: usize) -> Population {
    let teacher = Weights::orthonormal(neurons, dimension).unwrap();
    Population::matching(Network::new(teacher))
}

fn weights(rows: &[&[f64]]) -> Weights {
    Weights::from_rows(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

fn found(population: &Population, families: Vec<StartFamily>, runs: u64) -> Catalogue {
    let search = Search::new(population).unwrap().families(families).unwrap();
    let mut catalogue = Catalogue::new(population).unwrap();
    catalogue
        .extend(&search.run(0..runs, |run| stream(17, run)).unwrap())
        .unwrap();
    assert_eq!(catalogue.next_run(), runs);
    catalogue
}

/// The class with the given loss, which must be critical, isolated up to its orbit, and out of the plane.
fn expect_out_of_plane(population: &Population, catalogue: &Catalogue, loss: f64, tolerance: f64) {
    let classes: Vec<_> = catalogue
        .classes()
        .iter()
        .filter(|c| (c.classification().loss() - loss).abs() <= tolerance)
        .collect();
    assert_eq!(classes.len(), 1, "loss {loss}");
    let point = classes[0].classification();
    assert!(point.gradient_norm() <= 1e-13, "{}", point.gradient_norm());
    assert!(matches!(point.kind(), Kind::Saddle { .. }));
    assert!(point.nullity() == point.explained_nullity() && point.nullity() > 0);
    assert!(point.margin() > 1e4, "{}", point.margin());
    let orbit = RotationOrbit::new(population.teacher().weights(), classes[0].representative());
    assert!(orbit.unwrap().outside_rank() > 0);
}

#[test]
fn six_classes_of_three_students_in_five_dimensions() {
    let population = orthonormal(3, 5);
    let families = vec![
        StartFamily::OutOfPlane { scale: 0.5 },
        StartFamily::OutOfPlane { scale: 1.0 },
        StartFamily::Gaussian { scale: 1.0 },
        StartFamily::NearCollinear { noise: 0.5 },
    ];
    let catalogue = found(&population, families, 480);
    for loss in [
        0.068_341_0,
        0.071_011_5,
        0.072_533_4,
        0.158_651_6,
        0.176_518_3,
        0.176_726_7,
    ] {
        expect_out_of_plane(&population, &catalogue, loss, 6e-8);
    }
}

#[test]
fn the_class_of_two_students_in_four_dimensions() {
    let population = orthonormal(2, 4);
    let catalogue = found(
        &population,
        vec![StartFamily::OutOfPlane { scale: 1.0 }],
        30,
    );
    expect_out_of_plane(&population, &catalogue, 0.073_612_932_527_6, 1e-12);
}

#[test]
fn pieces_and_threads_do_not_count() {
    let population = orthonormal(2, 3);
    let search = Search::new(&population).unwrap();
    let ends = |threads: usize, pieces: &[u64]| {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut catalogue = Catalogue::new(&population).unwrap();
        for &end in pieces {
            let runs = catalogue.next_run()..end;
            let attempts = pool
                .install(|| search.run(runs, |run| stream(3, run)))
                .unwrap();
            catalogue.extend(&attempts).unwrap();
        }
        let classes: Vec<_> = catalogue
            .classes()
            .iter()
            .map(|c| {
                let bits = c.classification().loss().to_bits();
                (c.representative().clone(), c.runs().to_vec(), bits)
            })
            .collect();
        (classes, catalogue.lost().len())
    };
    let whole = ends(1, &[48]);
    assert!(whole.0.len() >= 4);
    assert_eq!(whole, ends(2, &[48]));
    assert_eq!(whole, ends(2, &[7, 20, 48]));
    // Out of order is refused.
    let late = search.run(5..6, |run| stream(3, run)).unwrap();
    let error = Catalogue::new(&population)
        .unwrap()
        .extend(&late)
        .unwrap_err();
    assert!(error.to_string().contains("run 5"), "{error}");
}

#[test]
fn kinds() {
    // One student of two teachers: a minimum, of a loss that no student makes zero.
    let teacher = Network::new(Weights::orthonormal(2, 2).unwrap());
    let alone = Population::new(teacher, vec![1.0]).unwrap();
    let end = refine(&alone, &weights(&[&[0.9, 0.8]]), 1e-14).unwrap();
    assert_eq!(end.outcome(), Refinement::Critical);
    let point = classify(&alone, end.weights()).unwrap();
    assert_eq!(point.kind(), Kind::LocalMinimum);
    // Two students that share one teacher: zero loss, also where each leaves its direction a little.
    let teacher = Network::new(weights(&[&[1.0, 0.0, 0.0]]));
    let shared = Population::new(teacher, vec![1.0, 1.0]).unwrap();
    let split = weights(&[&[0.3, 0.0, 0.0], &[0.7, 0.0, 0.0]]);
    let point = classify(&shared, &split).unwrap();
    assert_eq!(point.kind(), Kind::GlobalMinimum);
    assert!(point.nullity() > point.explained_nullity() && point.explained_nullity() > 0);
    // A minimum of one student, shared by two: the loss is constant along the line of their shares. Across it the kinks of
    // opposite turns add up to a loss of the sign of the residual on them, which the negative teacher makes positive.
    let teacher = weights(&[&[1.0, 0.0], &[0.0, 0.4]]);
    let teacher = Network::with_top_weights(teacher, vec![1.0, -1.0]).unwrap();
    let alone = Population::new(teacher.clone(), vec![1.0]).unwrap();
    let end = refine(&alone, &weights(&[&[1.0, -0.2]]), 1e-14).unwrap();
    let point = classify(&alone, end.weights()).unwrap();
    assert_eq!(point.kind(), Kind::LocalMinimum);
    let shared = Population::new(teacher, vec![1.0, 1.0]).unwrap();
    let w = end.weights().as_mat();
    let split = weights(&[
        &[0.3 * w[(0, 0)], 0.3 * w[(0, 1)]],
        &[0.7 * w[(0, 0)], 0.7 * w[(0, 1)]],
    ]);
    let split = classify(&shared, &split).unwrap();
    // The line of shares explains the zero eigenvalue, and all others are positive.
    assert_eq!(split.kind(), Kind::LocalMinimum);
    assert_eq!((split.nullity(), split.explained_nullity()), (1, 1));
    assert!((split.loss() - point.loss()).abs() < 1e-14 && split.margin() > 1.0);
}

/// ‖∇‖ has local minima with a neuron at the origin; the search crosses it, and shares where a neuron has nothing to do.
#[test]
fn no_start_ends_at_the_origin() {
    for (students, teachers, dimension) in [(2, 2, 2), (2, 2, 3), (3, 2, 3), (4, 1, 2)] {
        let teacher = Network::new(Weights::orthonormal(teachers, dimension).unwrap());
        let population = Population::new(teacher, vec![1.0; students]).unwrap();
        let search = Search::new(&population).unwrap();
        let mut catalogue = Catalogue::new(&population).unwrap();
        let attempts = search.run(0..100, |run| stream(0, run)).unwrap();
        catalogue.extend(&attempts).unwrap();
        assert!(
            catalogue.lost().is_empty(),
            "{students} of {teachers}: {:?}",
            catalogue.lost()
        );
    }
}

#[test]
fn undecided_is_an_answer() {
    let population = orthonormal(2, 2);
    // No critical point.
    let point = classify(&population, &weights(&[&[0.9, 0.3], &[0.1, 0.8]])).unwrap();
    assert_eq!(point.kind(), Kind::Undecided(Doubt::Gradient));
    assert!(point.margin() < 1.0);
    // A neuron that all but vanishes: whatever the answer, it is no panic and no verdict.
    for length in [1e-3, 1e-8, 1e-20, 1e-100, 1e-149, 1e-200, 1e-307] {
        for other in [[1.0, 0.0], [0.6, 0.6]] {
            match classify(&population, &weights(&[&[length, length], &other])) {
                Ok(point) => assert!(
                    matches!(point.kind(), Kind::Undecided(_)),
                    "{length:e}: {point:?}"
                ),
                Err(error) => assert!(length < 1e-140, "{length:e}: {error}"),
            }
        }
    }
}

#[test]
fn a_saddle_reached_too_coarsely_is_not_classified() {
    // The same point with 1e-9 of noise: its gradient says that it is not critical.
    let population = orthonormal(2, 2);
    let catalogue = found(
        &population,
        vec![StartFamily::NearAntiparallel { noise: 0.5 }],
        20,
    );
    let saddle = catalogue
        .classes()
        .iter()
        .find(|c| matches!(c.classification().kind(), Kind::Saddle { .. }))
        .expect("antiparallel students are critical");
    let mut moved = saddle.representative().as_mat().to_owned();
    moved[(0, 0)] += 1e-9;
    let point = classify(&population, &Weights::new(moved).unwrap()).unwrap();
    assert_eq!(point.kind(), Kind::Undecided(Doubt::Gradient));
}

/// A power of two changes no digit: the runs, the classes and their points are the same in any unit of length.
#[test]
fn symmetry_unit_of_length() {
    let rows = |e: i32| {
        let unit = 2f64.powi(e);
        weights(&[&[unit, 0.0, 0.0], &[0.25 * unit, 0.75 * unit, 0.0]])
    };
    let search = |e: i32| {
        let population = Population::matching(Network::new(rows(e)));
        let search = Search::new(&population).unwrap();
        let catalogue = search.catalogue(0..36, 9).unwrap();
        for class in catalogue.classes() {
            // What a class says of its point is what `classify` says.
            let alone = classify(&population, class.representative()).unwrap();
            assert_eq!(&alone, class.classification());
        }
        catalogue
    };
    let plain = search(0);
    assert!(plain.classes().len() >= 4);
    for e in [-480, -20, 1, 400] {
        let scaled = search(e);
        assert_eq!(scaled.classes().len(), plain.classes().len(), "2^{e}");
        for (class, expected) in scaled.classes().iter().zip(plain.classes()) {
            assert_eq!(class.runs(), expected.runs());
            let (point, other) = (class.classification(), expected.classification());
            assert_eq!(point.kind(), other.kind());
            assert_eq!(point.spectrum(), other.spectrum());
            assert_eq!(point.margin(), other.margin());
            assert_eq!(point.loss(), other.loss() * 2f64.powi(e) * 2f64.powi(e));
            let grown = expected.representative().as_mat() * faer::Scale(2f64.powi(e));
            assert_eq!(class.representative().as_mat(), grown.as_ref());
        }
    }
    // Where the loss of a point is no double, that is said.
    let population = Population::matching(Network::new(rows(520)));
    let error = Search::new(&population).unwrap().catalogue(0..36, 9);
    let words = error.unwrap_err().to_string();
    assert!(words.contains("scale the weights"), "{words}");
}

#[test]
fn a_catalogue_by_seed_is_that_of_its_streams() {
    let population = orthonormal(2, 3);
    let search = Search::new(&population).unwrap();
    let mut pieces = Catalogue::new(&population).unwrap();
    pieces
        .extend(&search.run(0..20, |run| stream(5, run)).unwrap())
        .unwrap();
    let whole = search.catalogue(0..20, 5).unwrap();
    assert_eq!(whole.next_run(), 20);
    let lines = |catalogue: &Catalogue| -> Vec<String> {
        catalogue
            .by_loss()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(lines(&whole), lines(&pieces));
    assert!(
        lines(&whole)[0].starts_with("global minimum: loss "),
        "{:?}",
        lines(&whole)
    );
    assert!(
        lines(&whole)
            .iter()
            .any(|line| line.starts_with("saddle of index "))
    );
    // Runs from any number on.
    let later = search.catalogue(20..40, 5).unwrap();
    assert_eq!(later.next_run(), 40);
    let runs = later.classes().iter().flat_map(Class::runs);
    assert!(runs.copied().all(|run| (20..40).contains(&run)));
}

/// What a run costs is counted: nothing at a critical point, a few steps of Newton's method near one.
#[test]
fn steps_and_descents_are_counted() {
    let population = orthonormal(3, 3);
    let teacher = Weights::orthonormal(3, 3).unwrap();
    let end = refine(&population, &teacher, 1e-14).unwrap();
    assert_eq!(
        (end.steps(), end.descents(), end.outcome()),
        (0, 0, Refinement::Critical)
    );
    let mut near = teacher.as_mat().to_owned();
    (near[(0, 1)], near[(1, 1)], near[(2, 0)]) = (0.01, 1.02, -0.01);
    let end = refine(&population, &Weights::new(near).unwrap(), 1e-14).unwrap();
    assert_eq!((end.outcome(), end.descents()), (Refinement::Critical, 0));
    assert!((3..=8).contains(&end.steps()), "{}", end.steps());
    // From random starts: every try counts, and so does every descent; none takes more than its allowance.
    let search = Search::new(&population).unwrap();
    let attempts = search.run(0..60, |run| stream(8, run)).unwrap();
    let ends = || attempts.iter().filter_map(Attempt::end);
    assert!(ends().all(|end| end.steps() >= 3 && end.descents() <= 8));
    assert!(ends().all(|end| end.steps() <= 400 * (1 + end.descents() + 12)));
    let average = ends().map(|end| end.steps() as f64).sum::<f64>() / ends().count() as f64;
    assert!((8.0..80.0).contains(&average), "{average}");
}

/// Where ‖∇‖ has a minimum that is not zero the search goes down the loss: no start is lost.
#[test]
fn no_start_is_lost() {
    for (students, dimension, runs) in [(4, 4, 60), (5, 5, 40), (6, 6, 24)] {
        let population = orthonormal(students, dimension);
        let search = Search::new(&population).unwrap();
        let attempts = search.run(0..runs, |run| stream(0, run)).unwrap();
        let descents = attempts.iter().filter_map(Attempt::end);
        assert!(descents.map(Refined::descents).sum::<usize>() > 0);
        let mut catalogue = Catalogue::new(&population).unwrap();
        catalogue.extend(&attempts).unwrap();
        assert!(
            catalogue.lost().is_empty(),
            "K = {students}: {:?}",
            catalogue.lost()
        );
    }
}

/// The estimate of the distance is that of Newton's step: between the true distance and that times the condition of the Hessian.
#[test]
fn the_distance_to_the_critical_point_is_estimated() {
    let population = orthonormal(2, 2);
    let moved = weights(&[&[1.0, 2e-14], &[1e-14, 1.0]]);
    let point = classify(&population, &moved).unwrap();
    let distance = 5f64.sqrt() * 1e-14;
    let values = point.spectrum().eigenvalues();
    let condition = values[3] / values[0];
    assert!(
        (0.9 * distance..1.1 * condition * distance).contains(&point.distance()),
        "{:e}",
        point.distance()
    );
    assert_eq!(point.kind(), Kind::GlobalMinimum);
}
