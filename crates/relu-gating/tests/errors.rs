//! Bad input gets a sentence that names the argument, the place and the value.

use faer::Mat;
use relu_gating::{
    Angle, Error, LinearDynamics, gate_derivative, gated_second_moment, kernel, population_gating,
    sampled_gating, single_unit_gradient, single_unit_loss,
};

type OfTwoVectors = fn(&[f64], &[f64]) -> Result<(), Error>;

/// Every function of two vectors, with its result dropped.
const FUNCTIONS: [OfTwoVectors; 7] = [
    |a, b| Angle::between(a, b).map(drop),
    |a, b| population_gating(a, b).map(drop),
    |a, b| kernel(a, b).map(drop),
    |a, b| gated_second_moment(a, b).map(drop),
    |a, b| gate_derivative(a, b).map(drop),
    |a, b| single_unit_gradient(a, b).map(drop),
    |a, b| single_unit_loss(a, b).map(drop),
];

#[test]
fn vectors_are_checked_everywhere() {
    let good = [1.0, 2.0];
    for function in FUNCTIONS {
        assert!(function(&good, &good).is_ok());
        assert!(matches!(function(&[], &[]), Err(Error::Empty { .. })));
        assert!(matches!(
            function(&good, &[1.0]),
            Err(Error::LengthMismatch {
                left_length: 2,
                right_length: 1,
                ..
            })
        ));
        assert!(matches!(
            function(&good, &[0.0, 0.0]),
            Err(Error::ZeroVector { .. })
        ));
        assert!(matches!(
            function(&[0.0, -0.0], &good),
            Err(Error::ZeroVector { .. })
        ));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(
                function(&good, &[1.0, bad]),
                Err(Error::NotFinite { index: 1, .. })
            ));
            assert!(matches!(
                function(&[bad, 1.0], &good),
                Err(Error::NotFinite { index: 0, .. })
            ));
        }
    }
}

#[test]
fn angles_are_checked() {
    for bad in [f64::NAN, -1e-300, 3.2] {
        assert!(matches!(
            Angle::from_radians(bad),
            Err(Error::AngleOutOfRange { .. })
        ));
        assert!(Angle::from_supplement(bad).is_err());
    }
    assert_eq!(Angle::from_parts(0.0, 0.0), Angle::ZERO);
}

#[test]
fn data_are_checked() {
    let empty = Mat::<f64>::zeros(0, 2);
    let mut broken = Mat::<f64>::identity(2, 2);
    broken[(1, 0)] = f64::NAN;
    let (e, w) = ([1.0, 0.0], [0.5, 1.0]);
    assert!(matches!(
        sampled_gating(empty.as_ref(), &e, &w),
        Err(Error::TooFewSamples { needed: 1 })
    ));
    assert!(matches!(
        sampled_gating(Mat::<f64>::zeros(3, 3).as_ref(), &e, &w),
        Err(Error::LengthMismatch { left_length: 3, .. })
    ));
    assert!(matches!(
        sampled_gating(broken.as_ref(), &e, &w),
        Err(Error::NotFinite { .. })
    ));
    assert!(LinearDynamics::from_data(broken.as_ref()).is_err());
    assert!(LinearDynamics::from_data(Mat::zeros(3, 0).as_ref()).is_err());
    assert!(LinearDynamics::population(0).is_err());
    let dynamics = LinearDynamics::population(2).unwrap();
    assert!(dynamics.step(&[1.0], &w, 0.1).is_err());
}

#[test]
fn messages_are_sentences_with_the_values() {
    let message = population_gating(&[1.0, 2.0], &[1.0])
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "`e` has 2 entries but `w` has 1: both must have the input dimension d"
    );
    let message = kernel(&[1.0], &[f64::NAN]).unwrap_err().to_string();
    assert_eq!(
        message,
        "`v` has the entry NaN at index 0: entries must be finite"
    );
}

/// A huge gradient entry cannot be represented; the loss squares the norms.
#[test]
fn overflow_is_reported() {
    assert_eq!(single_unit_loss(&[1e200], &[-1e200]), Err(Error::Overflow));
    assert_eq!(kernel(&[1e200], &[1e200]), Err(Error::Overflow));
    assert!(single_unit_gradient(&[1e308], &[-1e308]).is_ok());
    let huge = Mat::from_fn(2, 2, |i, j| if i + j == 0 { 1e200 } else { 1.0 });
    assert_eq!(
        sampled_gating(huge.as_ref(), &[1.0, 1.0], &[1e200, 1.0]),
        Err(Error::Overflow)
    );
    assert!(matches!(
        LinearDynamics::from_data(huge.as_ref()),
        Err(Error::Overflow)
    ));
}
