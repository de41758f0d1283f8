//! Bad input gets a sentence that names the matrix, the place and the value.

use faer::Mat;
use teacher_student::{Empirical, Error, Network, Objective, Population, Weights};

fn population() -> Population {
    Population::matching(Network::new(Weights::orthonormal(2, 3).unwrap()))
}

#[test]
fn weights_are_checked() {
    assert!(matches!(
        Weights::from_rows(&[]),
        Err(Error::EmptyMatrix { rows: 0, .. })
    ));
    assert!(matches!(
        Weights::from_rows(&[vec![]]),
        Err(Error::EmptyMatrix { columns: 0, .. })
    ));
    assert!(matches!(
        Weights::from_rows(&[vec![1.0, 2.0], vec![1.0]]),
        Err(Error::RaggedRows {
            row: 1,
            length: 1,
            expected: 2
        })
    ));
    assert!(matches!(
        Weights::from_rows(&[vec![1.0, 2.0], vec![0.0, -0.0]]),
        Err(Error::ZeroNeuron { row: 1, .. })
    ));
    assert!(matches!(
        Weights::from_rows(&[vec![1.0, f64::NAN]]),
        Err(Error::NotFinite {
            row: 0,
            column: 1,
            ..
        })
    ));
    assert!(matches!(
        Weights::from_rows(&[vec![1.7e308, 1.7e308]]),
        Err(Error::NormOverflow { row: 0, .. })
    ));
    assert!(matches!(
        Weights::orthonormal(3, 2),
        Err(Error::TooManyNeurons {
            neurons: 3,
            dimension: 2
        })
    ));
    assert!(Weights::orthonormal(0, 2).is_err());
    assert!(Weights::from_rows(&[vec![f64::from_bits(1), 0.0]]).is_ok());
}

#[test]
fn networks_are_checked() {
    let weights = || Weights::orthonormal(2, 3).unwrap();
    assert!(matches!(
        Network::with_top_weights(weights(), vec![1.0]),
        Err(Error::TopWeightCount {
            length: 1,
            neurons: 2,
            ..
        })
    ));
    assert!(matches!(
        Network::with_top_weights(weights(), vec![1.0, f64::INFINITY]),
        Err(Error::TopWeight { index: 1, .. })
    ));
    assert!(Population::new(Network::new(weights()), vec![]).is_err());
    assert!(Population::new(Network::new(weights()), vec![f64::NAN]).is_err());
}

#[test]
fn students_are_checked() {
    let population = population();
    for (student, expected) in [
        (
            Mat::zeros(2, 3),
            "neuron 0 of the student is the zero vector",
        ),
        (
            Mat::zeros(3, 3),
            "the student has shape 3 x 3 but 2 x 3 is needed",
        ),
        (
            Mat::from_fn(2, 3, |_, _| f64::NAN),
            "the student has the entry NaN at row 0, column 0",
        ),
    ] {
        for message in [
            population.loss(student.as_ref()).unwrap_err().to_string(),
            population
                .gradient(student.as_ref())
                .unwrap_err()
                .to_string(),
            population
                .hessian(student.as_ref())
                .unwrap_err()
                .to_string(),
        ] {
            assert!(message.starts_with(expected), "{message}");
        }
    }
}

#[test]
fn data_are_checked() {
    let teacher = Network::new(Weights::orthonormal(2, 3).unwrap());
    let make = |data| Empirical::new(data, &teacher, vec![1.0; 2]).map(drop);
    assert!(matches!(
        make(Mat::zeros(0, 3)),
        Err(Error::EmptyMatrix { .. })
    ));
    assert!(matches!(
        make(Mat::zeros(5, 2)),
        Err(Error::Shape { columns: 2, .. })
    ));
    assert!(matches!(
        make(Mat::from_fn(2, 3, |i, _| if i == 1 {
            f64::INFINITY
        } else {
            0.0
        })),
        Err(Error::NotFinite {
            row: 1,
            column: 0,
            ..
        })
    ));
    assert!(Empirical::new(Mat::zeros(2, 3), &teacher, vec![]).is_err());
    let empirical = Empirical::new(Mat::identity(2, 3), &teacher, vec![1.0]).unwrap();
    assert!(empirical.loss(Mat::zeros(1, 3).as_ref()).is_err());
    assert_eq!((empirical.neurons(), empirical.dimension()), (1, 3));
}
