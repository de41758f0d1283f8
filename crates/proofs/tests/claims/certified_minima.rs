//! Spurious local minima of an orthonormal teacher, d = n = K, one certificate each.

use critical_points::Spectrum;
use faer::Mat;
use faer::linalg::solvers::Solve;
use gaussian_oracle::multiprecision::{
    Real, population_gradient, population_hessian, population_loss,
};
use proofs::points::{CriticalPoint, Rejection, certify_blocks, check_certificate};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use ssb::BlockDynamics;
use teacher_student::{Network, Weights};

use crate::certified_points::verdict;

/// Heavy-ball descent with step 1/K: an approximation for `certify_blocks`, which polishes it.
pub(crate) fn descend(blocks: &BlockDynamics, mut state: Vec<f64>) -> Option<Vec<f64>> {
    let step = 1.0 / blocks.neurons() as f64;
    let mut momentum = vec![0.0; state.len()];
    for _ in 0..20_000 {
        let gradient = blocks.gradient(&state).ok()?;
        if gradient.iter().all(|g| g.abs() < 1e-8) {
            break;
        }
        for ((x, v), g) in state.iter_mut().zip(&mut momentum).zip(&gradient) {
            *v = 0.9 * *v - step * g;
            *x += *v;
        }
    }
    Some(state)
}

pub(crate) fn seeded(blocks: &BlockDynamics, seed: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let scale = 1.0 / (blocks.neurons() as f64).sqrt();
    (0..blocks.coordinates())
        .map(|_| {
            let z: f64 = StandardNormal.sample(&mut random);
            scale * z
        })
        .collect()
}

fn orthonormal(k: usize) -> Network {
    Network::new(Weights::orthonormal(k, k).unwrap())
}

/// The state of the spurious minimum with K − 1 students alike that has the least loss among 16 seeded descents.
fn first_state(k: usize) -> Vec<f64> {
    let blocks = BlockDynamics::new(&[k - 1, 1]).unwrap();
    let ends = (0..16).filter_map(|seed| descend(&blocks, seeded(&blocks, seed)));
    let spurious = ends.filter(|state| {
        let verdict = certify_blocks(&blocks, state).unwrap();
        verdict
            .certified()
            .is_some_and(CriticalPoint::is_spurious_minimum)
    });
    spurious
        .min_by(|a, b| blocks.loss(a).unwrap().total_cmp(&blocks.loss(b).unwrap()))
        .unwrap()
}

fn full(blocks: &BlockDynamics, state: &[f64]) -> CriticalPoint {
    let student = Network::new(blocks.lift(state).unwrap());
    let found = verdict(&student, &orthonormal(blocks.neurons())).unwrap();
    found
        .certified()
        .unwrap_or_else(|| panic!("{:?}", found.refusal()))
        .clone()
}

#[test]
fn oracle_every_k_has_a_spurious_minimum() {
    let mut state = first_state(6);
    for k in (6..=20).chain([30, 50, 100]) {
        let blocks = BlockDynamics::new(&[k - 1, 1]).unwrap();
        state = descend(&blocks, state).unwrap();
        let verdict = certify_blocks(&blocks, &state).unwrap();
        let point = verdict.certified().unwrap();
        assert!(
            point.is_spurious_minimum() && point.inertia().positive == k * k,
            "K = {k}"
        );
        // The loss of the reference values, and the eigenvalue in their digits.
        for (reference, loss, least) in [
            (6, 0.025_081, 0.0047),
            (8, 0.021_508, 0.0213),
            (10, 0.018_702, 0.0320),
        ] {
            if reference == k {
                assert!(
                    (point.loss().mid() - loss).abs() < 5e-7
                        && (point.least_eigenvalue() - least).abs() < 5e-5
                );
            }
        }
        if k <= 10 {
            // The same statement about the K² unknowns at once.
            let whole = full(&blocks, &state);
            assert_eq!(
                (whole.unknowns(), whole.inertia()),
                (k * k, point.inertia())
            );
            assert!(whole.loss().intersection(point.loss()).is_some() && whole.loss().low() > 0.0);
            assert!((whole.least_eigenvalue() - point.least_eigenvalue()).abs() < 1e-8);
        }
    }
}

#[test]
fn oracle_multiprecision() {
    let k = 6;
    let point = full(&BlockDynamics::new(&[k - 1, 1]).unwrap(), &first_state(k));
    let centre = point.centre();
    let rows: Vec<Vec<f64>> = (0..k)
        .map(|i| (0..k).map(|c| centre[(i, c)]).collect())
        .collect();
    let teacher: Vec<Vec<f64>> = (0..k)
        .map(|i| (0..k).map(|c| f64::from(u8::from(i == c))).collect())
        .collect();
    let top = vec![1.0; k];
    // 150 digits of gradient and Hessian at the centre; Newton's step from there ends at the critical point to 1e-26.
    let gradient: Vec<Real> = population_gradient(&rows, &top, &teacher, &top).concat();
    let hessian = population_hessian(&rows, &top, &teacher, &top);
    let matrix = Mat::from_fn(k * k, k * k, |i, j| hessian[i][j].to_f64());
    let right = Mat::from_fn(k * k, 1, |i, _| gradient[i].to_f64());
    let step = matrix.partial_piv_lu().solve(&right);
    assert!(
        step.norm_max() < point.radius(),
        "{:e} {:e}",
        step.norm_max(),
        point.radius()
    );
    let fall: Real = (0..k * k)
        .map(|i| Real::from(0.5 * step[(i, 0)]) * &gradient[i])
        .sum();
    let loss = population_loss(&rows, &top, &teacher, &top) - fall;
    assert!(Real::from(point.loss().low()) <= loss && loss <= Real::from(point.loss().high()));
    let spectrum = Spectrum::of(&matrix).unwrap();
    assert_eq!(
        (spectrum.negative(), spectrum.null()),
        (point.inertia().negative, 0)
    );
    let least = spectrum.eigenvalues()[0];
    assert!(point.least_eigenvalue() <= least && point.least_eigenvalue() > least - 1e-8);
}

#[test]
fn symmetry_permutation() {
    let k = 8;
    let blocks = BlockDynamics::new(&[k - 1, 1]).unwrap();
    let state = first_state(k);
    let point = full(&blocks, &state);
    let weights = blocks.lift(&state).unwrap();
    let (rows, columns) = ([3, 1, 7, 0, 2, 6, 5, 4], [2, 7, 1, 0, 5, 4, 3, 6]);
    let moved = Mat::from_fn(k, k, |i, j| weights.as_mat()[(rows[i], columns[j])]);
    let found = verdict(&Network::new(Weights::new(moved).unwrap()), &orthonormal(k)).unwrap();
    let other = found.certified().unwrap();
    assert_eq!(other.inertia(), point.inertia());
    assert!(other.loss().intersection(point.loss()).is_some());
    assert!((other.least_eigenvalue() - point.least_eigenvalue()).abs() < 1e-9);
    for i in 0..k {
        for j in 0..k {
            assert!(
                other
                    .entry(i, j)
                    .intersection(point.entry(rows[i], columns[j]))
                    .is_some()
            );
        }
    }
}

#[test]
fn nonvacuity_the_teacher_is_not_spurious() {
    let k = 7;
    let turned = Mat::from_fn(k, k, |i, j| {
        f64::from(u8::from((i + 3) % k == j)) + 1e-4 * (i as f64 - j as f64)
    });
    let found = verdict(
        &Network::new(Weights::new(turned).unwrap()),
        &orthonormal(k),
    )
    .unwrap();
    let point = found.certified().unwrap();
    assert!(point.is_minimum() && point.is_teacher() && !point.is_spurious_minimum());
    // Its least eigenvalue is 1/4 − 1/2π for every K.
    let least = 0.25 - 0.5 / std::f64::consts::PI;
    assert!(point.least_eigenvalue() <= least && point.least_eigenvalue() > least - 1e-9);
}

#[test]
fn nonvacuity_a_changed_certificate_is_refused() {
    let k = 6;
    let blocks = BlockDynamics::new(&[k - 1, 1]).unwrap();
    let state = first_state(k);
    let points = [
        full(&blocks, &state),
        certify_blocks(&blocks, &state)
            .unwrap()
            .certified()
            .unwrap()
            .clone(),
    ];
    for point in points {
        let text = point.certificate();
        let checked = check_certificate(&text).unwrap();
        assert_eq!(checked.inertia(), point.inertia());
        assert!(checked.is_spurious_minimum());
        // Any digit changed is seen by the checksum.
        for (place, _) in text
            .char_indices()
            .filter(|(_, c)| c.is_ascii_digit())
            .step_by(7)
        {
            let digit = if &text[place..=place] == "7" {
                "8"
            } else {
                "7"
            };
            let changed = format!("{}{digit}{}", &text[..place], &text[place + 1..]);
            assert!(check_certificate(&changed).is_err(), "{place}");
        }
        // With a checksum made to fit, by the proof: the refusal names it, and the text tried next carries it.
        let with_checksum = |changed: &str| match check_certificate(changed) {
            Err(Rejection::Checksum { found, computed }) => changed.replace(&found, &computed),
            other => panic!("{other:?}"),
        };
        let wrong = [
            ("\"negative\": 0", "\"negative\": 1"),
            ("\"positive\": 36", "\"positive\": 35"),
            ("\"radius\": \"", "\"radius\": \"10000000000"),
            ("\"least_eigenvalue\": \"4.", "\"least_eigenvalue\": \"5."),
            ("\"2.50", "\"2.51"),
        ];
        for (from, to) in wrong {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let result = check_certificate(&with_checksum(&changed));
            assert!(
                matches!(
                    result,
                    Err(Rejection::Claim { .. } | Rejection::Unproved(_))
                ),
                "{from}: {result:?}"
            );
        }
    }
}
