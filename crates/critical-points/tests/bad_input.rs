//! What the public types refuse, and what they answer at the edges.

use critical_points::{
    AntipodalFamily, Bisector, Catalogue, Descent, Equivalence, Error, NormalEquation,
    OutOfPlaneFamily, PrincipalPlane, Ray, RotationOrbit, Search, Separability, Spectrum,
    StartFamily, TwoUnits, classify, refine, sign_grid_picture,
};
use relu_gating::Angle;
use teacher_student::initialization::stream;
use teacher_student::{Network, Population, Weights};

fn weights(rows: &[&[f64]]) -> Weights {
    Weights::from_rows(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn dependent_teachers_and_more_neurons_than_dimensions() {
    // Three teachers on one line in the plane: Π* is that line, and everything else still works.
    let teacher = weights(&[&[1.0, 2.0], &[-2.0, -4.0], &[0.5, 1.0]]);
    let plane = PrincipalPlane::new(&teacher).unwrap();
    assert_eq!(
        (plane.rank(), plane.dimension(), plane.complement().ncols()),
        (1, 2, 1)
    );
    assert!(plane.singular_values()[1] < 1e-15);
    let (inside, outside) = plane.split(&[2.0, -1.0]).unwrap();
    assert!(inside.iter().all(|x| x.abs() < 1e-15) && (outside[0] - 2.0).abs() < 1e-15);
    let student = weights(&[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 1.0], &[1.0, -3.0]]);
    let equation = NormalEquation::new(&student, &teacher).unwrap();
    assert_eq!(equation.m().shape(), (16, 4));
    assert_eq!(equation.m_star().shape(), (16, 3));
    assert_eq!(
        RotationOrbit::new(&teacher, &student).unwrap().dimension(),
        0
    );
    // The tolerance of the rank is the caller's.
    let nearly = weights(&[&[1.0, 0.0, 0.0], &[1.0, 1e-6, 0.0]]);
    assert_eq!(PrincipalPlane::new(&nearly).unwrap().rank(), 2);
    assert_eq!(
        PrincipalPlane::with_tolerance(&nearly, 1e-4)
            .unwrap()
            .rank(),
        1
    );
    assert!(PrincipalPlane::with_tolerance(&nearly, f64::NAN).is_err());
    assert!(plane.coordinates(&[1.0, 2.0, 3.0]).is_err());
}

#[test]
fn a_zero_neuron_is_no_weight() {
    assert!(Weights::from_rows(&[vec![0.0, 0.0], vec![1.0, 0.0]]).is_err());
    assert!(TwoUnits::from_vectors([0.0, 0.0], [1.0, 0.0], [0.0, 1.0]).is_err());
    assert!(Bisector::new(&[0.0, 0.0], &[1.0, 0.0]).is_err());
    assert!(AntipodalFamily::new(vec![0.0, 0.0]).is_err());
}

#[test]
fn parallel_students_name_themselves() {
    let student = weights(&[&[1.0, 0.0], &[0.0, 1.0], &[3.0, 0.0]]);
    let error = Separability::new(&student).unwrap_err();
    let Error::Singular {
        first,
        second,
        angle,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!((first, second, angle), (0, 2, 0.0));
    let words = Separability::new(&student).unwrap_err().to_string();
    assert!(
        words.contains("students 0 and 2") && words.contains("condition number"),
        "{words}"
    );
}

#[test]
fn extreme_lengths() {
    let student = weights(&[&[1e150, 0.0], &[0.0, 1e-150]]);
    let teacher = weights(&[&[1e-150, 1e-150]]);
    let matrix = NormalEquation::new(&student, &teacher).unwrap().m_r_star();
    assert!((matrix[(0, 0)] - matrix[(1, 0)]).abs() < 1e-15);
    let triple = TwoUnits::from_vectors([1e300, 0.0], [1e-300, 1e-300], [5e-324, 0.0]).unwrap();
    assert_eq!((triple.side(), triple.l12()), (0, 0.0));
    assert!(Bisector::new(&[1e308, 1e308], &[1e308, -1e308]).is_ok());
    assert!(Bisector::new(&[1.7e308, 1.7e308], &[1.7e308, -1.7e308]).is_err());
}

#[test]
fn ranges() {
    let theta = Angle::from_radians(1.0).unwrap();
    assert!(TwoUnits::beside(theta, Ray::First, 4.0).is_err());
    assert!(TwoUnits::beside(Angle::ZERO, Ray::First, 0.1).is_err());
    assert!(TwoUnits::beside(Angle::STRAIGHT, Ray::First, 0.1).is_err());
    assert!(TwoUnits::from_radians(1.0, f64::NAN).is_err());
    assert!(
        sign_grid_picture(10, 10, 1, 11).is_err() && sign_grid_picture(1 << 21, 10, 1, 1).is_err()
    );
    assert!(OutOfPlaneFamily::new(f64::NAN).is_err());
    let family = OutOfPlaneFamily::new(1.0).unwrap();
    assert!(matches!(
        family.students(2),
        Err(Error::NoRoom {
            dimension: 2,
            needed: 3
        })
    ));
    assert!(family.students_along(&[0.0]).is_err() && family.students_along(&[]).is_err());
    let antipodal = AntipodalFamily::new(vec![1.0, 0.0]).unwrap();
    assert!(antipodal.students(&[2.0, 0.0], &[1.0]).is_err());
    assert!(antipodal.students(&[0.0, 1.0], &[1.0, -1.0]).is_err());
    let spectrum = Spectrum::of(&faer::mat![[2.0, 0.0], [0.0, -1.0]]).unwrap();
    assert_eq!((spectrum.negative(), spectrum.positive()), (1, 1));
    assert!(spectrum.resolved_to(0.0).is_err());
    assert!(Spectrum::of(&faer::mat![[f64::NAN]]).is_err());
    assert!(Spectrum::of(&faer::Mat::zeros(2, 3)).is_err());
}

#[test]
fn the_search_takes_every_teacher() {
    let cases = [
        // Linearly dependent, and more neurons than dimensions.
        weights(&[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 1.0]]),
        // Parallel, equal, antiparallel.
        weights(&[&[1.0, 0.0], &[2.0, 0.0]]),
        weights(&[&[1.0, 0.0], &[1.0, 0.0]]),
        weights(&[&[1.0, 0.0, 0.0], &[-1.0, 0.0, 0.0]]),
    ];
    for teacher in cases {
        let population = Population::matching(Network::new(teacher));
        let search = Search::new(&population).unwrap();
        let attempts = search.run(0..36, |run| stream(4, run)).unwrap();
        let mut catalogue = Catalogue::new(&population).unwrap();
        catalogue.extend(&attempts).unwrap();
        assert_eq!(catalogue.next_run(), 36);
        assert!(!catalogue.classes().is_empty());
        for class in catalogue.classes() {
            assert!(class.classification().gradient_norm() < 1e-12);
        }
    }
}

#[test]
fn starts_of_another_shape_are_refused() {
    let population = Population::matching(Network::new(Weights::orthonormal(2, 2).unwrap()));
    let descent = Descent::new(0.1, 1e-9).unwrap();
    // A neuron at the origin is no start: it is no `Weights`.
    let words = Weights::new(faer::mat![[1.0, 0.0], [0.0, 0.0]]).unwrap_err();
    let words = words.to_string();
    assert!(words.contains('1') && words.contains("zero"), "{words}");
    let other = weights(&[&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0]]);
    assert!(refine(&population, &other, 1e-14).is_err());
    assert!(descent.run(&population, &other).is_err());
}

#[test]
fn teachers_of_very_different_norms_are_refused_by_the_search() {
    let teacher = weights(&[&[1e-100, 0.0], &[0.0, 1.0]]);
    let population = Population::matching(Network::new(teacher));
    for words in [
        Search::new(&population).unwrap_err().to_string(),
        Catalogue::new(&population).unwrap_err().to_string(),
    ] {
        assert!(
            words.contains("2^333") && words.contains("2^256"),
            "{words}"
        );
    }
}

#[test]
fn settings_of_the_search_are_judged() {
    let population = Population::matching(Network::new(Weights::orthonormal(2, 2).unwrap()));
    let teacher = population.teacher().weights().clone();
    let search = Search::new(&population).unwrap();
    assert!(search.clone().families(Vec::new()).is_err());
    for family in [
        StartFamily::Gaussian { scale: 0.0 },
        StartFamily::InPlane { scale: f64::NAN },
        StartFamily::NearPermutation { noise: -1.0 },
        StartFamily::NearCollinear {
            noise: f64::INFINITY,
        },
        // The teachers span the plane.
        StartFamily::OutOfPlane { scale: 1.0 },
    ] {
        assert!(search.clone().families(vec![family]).is_err(), "{family:?}");
        assert!(family.draw(&mut stream(1, 0), &teacher, 2).is_err());
    }
    // Without noise and with one student too many a start may repeat a teacher; it is a start all the same.
    let exact = StartFamily::NearPermutation { noise: 0.0 };
    let start = exact.draw(&mut stream(1, 0), &teacher, 3).unwrap();
    assert_eq!((start.neurons(), start.dimension()), (3, 2));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Descent::new(bad, 1e-9).is_err() && Descent::new(0.1, bad).is_err());
        assert!(Descent::new(0.1, 1e-9).unwrap().until_loss(bad).is_err());
        assert!(refine(&population, &teacher, bad).is_err());
        let equivalence = Equivalence::new(&population).unwrap();
        assert!(equivalence.between(&teacher, &teacher, bad).is_err());
    }
    let wide = Weights::orthonormal(3, 3).unwrap();
    let equivalence = Equivalence::new(&population).unwrap();
    assert!(equivalence.between(&wide, &wide, 1e-9).is_err());
    assert!(classify(&population, &wide).is_err());
}
