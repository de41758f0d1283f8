//! Critical points with a proof: enclosures, the slice across rotations, refusals, and the points of the papers.

use critical_points::{Bisector, Spectrum};
use faer::Mat;
use gaussian_oracle::multiprecision::{population_gradient, population_hessian, population_loss};
use proofs::Interval;
use proofs::points::{
    CriticalPoint, Enclosure, Inertia, Refusal, Verdict, certify, certify_blocks, check_certificate,
};
use proptest::prelude::*;
use ssb::{BlockDynamics, SymmetricSaddle};
use teacher_student::{Network, Population, Weights};

use crate::certified_minima::{descend, seeded};
use crate::strategies::{config, holds};

mod noise;
mod reasons;
mod rotated;

fn network(rows: &[Vec<f64>]) -> Network {
    Network::new(Weights::from_rows(rows).unwrap())
}

/// [`certify`] for students with top weights of their own.
pub(crate) fn verdict(student: &Network, teacher: &Network) -> Result<Verdict, proofs::Error> {
    let population = Population::new(teacher.clone(), student.top_weights().to_vec())?;
    certify(&population, student.weights())
}

fn certified(student: &Network, teacher: &Network) -> CriticalPoint {
    match verdict(student, teacher).unwrap() {
        Verdict::Certified(point) => {
            let checked = check_certificate(&point.certificate()).unwrap();
            assert_eq!(checked.inertia(), point.inertia());
            *point
        }
        Verdict::Refused(refusal) => panic!("{refusal}"),
    }
}

fn refused(student: &Network, teacher: &Network) -> Refusal {
    match verdict(student, teacher).unwrap() {
        Verdict::Certified(point) => panic!("{point:?}"),
        Verdict::Refused(refusal) => refusal,
    }
}

/// a and c of the point out of the plane, from the closed form in 17 digits.
const A: f64 = 0.741_867_051_060_490_2;
const C: f64 = 0.409_132_475_081_778_45;

/// The point a b ± c q out of the plane of two orthonormal teachers, q the last axis of d.
fn out_of_plane(d: usize) -> Network {
    let row = |sign: f64| {
        let mut row = vec![0.0; d];
        (row[0], row[1], row[d - 1]) = (A / 2_f64.sqrt(), A / 2_f64.sqrt(), sign * C);
        row
    };
    network(&[row(1.0), row(-1.0)])
}

proptest! {
    #![proptest_config(config(40))]

    /// Any point of the box, also with students at angles of 1e-9, 0 and π to each other and to teachers.
    #[test]
    fn oracle_enclosures_hold_the_exact_values(
        entries in prop::collection::vec(-1.5..1.5_f64, 12),
        shifts in prop::collection::vec(-1.0..1.0_f64, 9),
        near in 0_usize..6,
        exponent in -14..-1_i32,
    ) {
        let mut rows: Vec<Vec<f64>> = entries.chunks(3).map(<[f64]>::to_vec).collect();
        let teacher: Vec<Vec<f64>> = vec![vec![1.0, 0.2, 0.0], vec![-0.3, 0.9, 0.4]];
        rows.truncate(3);
        prop_assume!(rows.iter().all(|row| row.iter().any(|x| x.abs() > 0.5)));
        let gap = 10_f64.powi(exponent);
        match near {
            0 => rows[1] = rows[0].iter().map(|x| 2.0 * x).collect(),
            1 => rows[1] = rows[0].iter().map(|x| -x).collect(),
            2 => rows[1] = rows[0].iter().map(|x| x + gap).collect(),
            3 => rows[2] = teacher[0].clone(),
            4 => rows[2] = teacher[1].iter().map(|x| -x + gap).collect(),
            _ => {}
        }
        let radius = gap.min(1e-3);
        let top = [1.0, -0.5, 2.0];
        let teacher_top = [1.0, 0.7];
        let student = Network::with_top_weights(Weights::from_rows(&rows).unwrap(), top.to_vec()).unwrap();
        let target = Network::with_top_weights(Weights::from_rows(&teacher).unwrap(), teacher_top.to_vec()).unwrap();
        let enclosure = Enclosure::new(&student, radius, &target)?;
        // 0.999: the shifted entry is rounded once more.
        for size in [0.0, 0.999 * radius] {
            let point: Vec<Vec<f64>> = rows
                .iter()
                .zip(shifts.chunks(3))
                .map(|(row, shift)| row.iter().zip(shift).map(|(x, s)| x + size * s).collect())
                .collect();
            let gradient = population_gradient(&point, &top, &teacher, &teacher_top).concat();
            for (enclosure, exact) in enclosure.gradient().iter().zip(&gradient) {
                prop_assert!(holds(*enclosure, exact), "{enclosure} {exact}");
            }
            prop_assert!(holds(enclosure.loss(), &population_loss(&point, &top, &teacher, &teacher_top)));
            let hessian = population_hessian(&point, &top, &teacher, &teacher_top);
            let ball = enclosure.hessian();
            for (i, row) in hessian.iter().enumerate() {
                for (j, exact) in row.iter().enumerate() {
                    let entry = Interval::around(ball.midpoint()[(i, j)], ball.radius()[(i, j)]);
                    prop_assert!(holds(entry, exact), "({i}, {j}): {entry} {exact}");
                }
            }
        }
        // Tight: of the order of the radius.
        if near == 5 {
            let thin = Enclosure::new(&student, 0.0, &target)?;
            prop_assert!(thin.gradient().iter().all(|g| g.width() < 1e-13));
        }
    }

    #[test]
    fn symmetry_rotation(turn in 0.0..6.0_f64) {
        // A rotation of the plane of the teachers: teachers and point turn together. Rows in that plane have no part across it.
        let (s, c) = turn.sin_cos();
        let turned = |row: &[f64]| vec![c * row[0] - s * row[1], s * row[0] + c * row[1], row[2]];
        let student = out_of_plane(3);
        let rows: Vec<Vec<f64>> = (0..2)
            .map(|i| turned(&(0..3).map(|j| student.weights().as_mat()[(i, j)]).collect::<Vec<f64>>()))
            .collect();
        let teacher = network(&[turned(&[1.0, 0.0, 0.0]), turned(&[0.0, 1.0, 0.0])]);
        let moved = certified(&network(&rows), &teacher);
        let fixed = certified(&student, &Network::new(Weights::orthonormal(2, 3).unwrap()));
        prop_assert_eq!(moved.inertia(), fixed.inertia());
        prop_assert!((moved.least_eigenvalue() - fixed.least_eigenvalue()).abs() < 1e-9);
        prop_assert!((moved.loss().mid() - fixed.loss().mid()).abs() < 1e-14);
    }
}

#[test]
fn oracle_out_of_plane() {
    for d in [3, 4, 6] {
        let teacher = Network::new(Weights::orthonormal(2, d).unwrap());
        let point = certified(&out_of_plane(d), &teacher);
        // Rank p = 1 across the teachers in q = d − 2 dimensions: nullity q − 1.
        let expected = Inertia {
            negative: 1,
            zero: d - 3,
            positive: 2 * d - 1 - (d - 3),
        };
        assert_eq!(point.inertia(), expected, "d = {d}");
        // In the coordinates of the student.
        let height = point.entry(0, d - 1);
        assert!(height.mig() > 0.4 && (height.mid() - C).abs() < 1e-15 + point.radius());
        assert!(point.distance(out_of_plane(d).weights()) < 1e-14);
        assert!((point.entry(0, 0).mid() - A / 2_f64.sqrt()).abs() < 1e-15 + point.radius());
        assert!((point.loss().mid() - 0.073_612_932_527_6).abs() < 1e-13);
    }
}

/// +1, −1 or 0 if undecided: the orientation of two rows.
fn orientation(u: [Interval; 2], v: [Interval; 2]) -> i32 {
    let area = u[0] * v[1] - u[1] * v[0];
    i32::from(area.low() > 0.0) - i32::from(area.high() < 0.0)
}

/// Whether v is proved to be in the open cone of w₁ and w₂, or proved to be outside the closed one.
fn inside(v: [Interval; 2], w: [[Interval; 2]; 2]) -> Option<bool> {
    let turn = orientation(w[0], w[1]);
    let sides = [orientation(w[0], v) * turn, orientation(v, w[1]) * turn];
    if turn == 0 {
        None
    } else if sides == [1, 1] {
        Some(true)
    } else if sides.contains(&-1) {
        Some(false)
    } else {
        None
    }
}

fn teachers_inside(point: &CriticalPoint, teacher: &[Vec<f64>]) -> Vec<Option<bool>> {
    let row = |i: usize| [point.entry(i, 0), point.entry(i, 1)];
    let of = |v: &Vec<f64>| {
        inside(
            [Interval::from(v[0]), Interval::from(v[1])],
            [row(0), row(1)],
        )
    };
    teacher.iter().map(of).collect()
}

#[test]
fn oracle_exactly_one_teacher_inside() {
    // Unequal norms.
    let teacher = vec![vec![1.0, 0.0], vec![0.0, 0.5]];
    let student = network(&[
        vec![1.133_650_383_172_768, 0.387_234_894_506_982],
        vec![-0.044_406_394_858_249, -0.040_926_759_662_807],
    ]);
    let point = certified(&student, &network(&teacher));
    assert!((point.loss().mid() - 0.032_116_665_8).abs() < 5e-11);
    assert!(point.index() >= 1 && point.inertia().zero == 0);
    let within = teachers_inside(&point, &teacher);
    assert!(
        within == [Some(true), Some(false)] || within == [Some(false), Some(true)],
        "{within:?}"
    );
    // Equal norms, beyond the bifurcation at 2.2256696 of the antiparallel point: a further branch.
    let (s, c) = 1.2_f64.sin_cos();
    let teacher = vec![vec![c, s], vec![c, -s]];
    let straight = Bisector::new(&teacher[0], &teacher[1])
        .unwrap()
        .antiparallel()
        .unwrap();
    let branch = network(&[vec![0.898_515, 0.536_647], vec![-0.286_385, 0.054_075]]);
    let point = certified(&branch, &network(&teacher));
    let within = teachers_inside(&point, &teacher);
    assert!(
        within == [Some(true), Some(false)] || within == [Some(false), Some(true)],
        "{within:?}"
    );
    assert!(point.index() >= 1);
    // It is not the antiparallel point, whose cone is undecided.
    let other = certified(&Network::new(straight), &network(&teacher));
    assert!(teachers_inside(&other, &teacher).contains(&None));
    assert!((point.entry(0, 1) - other.entry(0, 1)).mig() > 0.01);
}

#[test]
fn oracle_planar_fixed_points() {
    for k in 2..=20 {
        let blocks = BlockDynamics::new(&[k]).unwrap();
        let x = SymmetricSaddle::new(k).unwrap().coordinate();
        let saddle = certify_blocks(&blocks, &[x, x]).unwrap();
        let saddle = saddle.certified().unwrap();
        let expected = Inertia {
            negative: (k - 1) * (k - 1),
            zero: k - 1,
            positive: k,
        };
        assert_eq!(saddle.inertia(), expected);
        // The closed form, in 512 bits: K = 2 … 20.
        let exact = gaussian_oracle::multiprecision::planar_saddle(k);
        assert!(
            holds(saddle.entry(0, 1), &exact),
            "{} {exact}",
            saddle.entry(0, 1)
        );
        let rates = SymmetricSaddle::new(k).unwrap().hessian_spectrum();
        let least = rates
            .iter()
            .map(|rate| rate.value)
            .fold(f64::INFINITY, f64::min);
        assert!(saddle.least_eigenvalue() <= least && saddle.least_eigenvalue() > least - 1e-9);
        let minimum = certify_blocks(&blocks, &[1.0, 0.0]).unwrap();
        let minimum = minimum.certified().unwrap();
        assert!(minimum.is_teacher() && minimum.inertia().positive == k * k);
        assert!(check_certificate(&saddle.certificate()).is_ok());
    }
}

/// H = ½J⊗I + I⊗T at the planar saddle, T = −τ(I − eeᵀ), τ = K²/(2√(K−1)(π − θ* + √(K−1))), from the written proof, against
/// the Hessian in 512 bits and the spectrum of `ssb`; τ < K/2 for every K.
#[test]
fn oracle_the_hessian_of_the_planar_saddle() {
    let tau = |k: f64| {
        let root = (k - 1.0).sqrt();
        let supplement = std::f64::consts::PI - k.sqrt().recip().acos();
        k * k / (2.0 * root * (supplement + root))
    };
    for k in 2..=5 {
        let x = SymmetricSaddle::new(k).unwrap().coordinate();
        let rows = vec![vec![x; k]; k];
        let teacher: Vec<Vec<f64>> = (0..k)
            .map(|i| (0..k).map(|c| f64::from(u8::from(i == c))).collect())
            .collect();
        let top = vec![1.0; k];
        let exact = population_hessian(&rows, &top, &teacher, &top);
        for (r, row) in exact.iter().enumerate() {
            for (c, entry) in row.iter().enumerate() {
                let ((i, a), (j, b)) = ((r / k, r % k), (c / k, c % k));
                let across = f64::from(u8::from(a == b)) - 1.0 / k as f64;
                let formula = 0.5 * f64::from(u8::from(a == b))
                    - if i == j { tau(k as f64) * across } else { 0.0 };
                // The saddle is a double: the Hessian moves by its rounding.
                assert!(
                    (entry.to_f64() - formula).abs() < 1e-14 * k as f64,
                    "K = {k}: ({r}, {c})"
                );
            }
        }
    }
    for k in (2..200).chain([1000, 1_000_000]) {
        let expected = [
            (-tau(k as f64), (k - 1) * (k - 1)),
            (0.0, k - 1),
            (0.5 * k as f64 - tau(k as f64), k - 1),
            (0.5 * k as f64, 1),
        ];
        let spectrum = SymmetricSaddle::new(k).unwrap().hessian_spectrum();
        assert!(tau(k as f64) > 0.0 && tau(k as f64) < 0.5 * k as f64);
        for (value, count) in expected {
            let found: usize = spectrum
                .iter()
                .filter(|rate| (rate.value - value).abs() < 1e-13 * k as f64)
                .map(|rate| rate.multiplicity)
                .sum();
            assert_eq!(found, count, "K = {k}: {value}");
        }
    }
}

#[test]
fn symmetry_blocks_and_whole() {
    // The blocks by symmetry know the spectrum of the whole Hessian: minima and saddles at K = 6.
    let (mut minima, mut saddles) = (0, 0);
    for sizes in [vec![3, 2, 1], vec![4, 2], vec![4, 1, 1], vec![3, 3]] {
        let blocks = BlockDynamics::new(&sizes).unwrap();
        for seed in 0..6 {
            let start = seeded(&blocks, seed);
            let Some(end) = descend(&blocks, start) else {
                continue;
            };
            let Verdict::Certified(reduced) = certify_blocks(&blocks, &end).unwrap() else {
                continue;
            };
            let student = Network::new(blocks.lift(&end).unwrap());
            let whole = certified(&student, &Network::new(Weights::orthonormal(6, 6).unwrap()));
            assert_eq!(whole.inertia(), reduced.inertia(), "{sizes:?}");
            assert!((whole.least_eigenvalue() - reduced.least_eigenvalue()).abs() < WIDTH);
            assert!(whole.loss().intersection(reduced.loss()).is_some());
            if reduced.is_minimum() {
                minima += 1;
            } else {
                saddles += 1;
            }
        }
    }
    assert!(minima + saddles >= 1, "nothing was compared");
}

#[test]
fn nonvacuity_refusals() {
    let teacher = Network::new(Weights::orthonormal(2, 3).unwrap());
    // Not critical.
    let far = network(&[vec![0.9, 0.3, 0.1], vec![0.1, 0.5, 0.2]]);
    assert!(matches!(
        refused(&far, &teacher),
        Refusal::NotCritical { .. }
    ));
    // Two coinciding students at the saddle of T17 §5.3: a manifold.
    let x = SymmetricSaddle::new(2).unwrap().coordinate();
    let saddle = network(&[vec![x, x, 0.0], vec![x, x, 0.0]]);
    let refusal = refused(&saddle, &teacher);
    assert!(
        matches!(
            refusal,
            Refusal::ParallelStudents {
                first: 0,
                second: 1,
                ..
            }
        ),
        "{refusal}"
    );
    // The antiparallel point where it bifurcates.
    let (student, teacher_there) = antiparallel(bifurcation());
    let refusal = refused(&student, &teacher_there);
    assert!(
        matches!(
            refusal,
            Refusal::Degenerate {
                undecided: 1,
                expected: 0,
                ..
            }
        ),
        "{refusal}"
    );
    // Bad input is an error, not a verdict.
    assert!(verdict(&far, &Network::new(Weights::orthonormal(2, 2).unwrap())).is_err());
    assert!(
        Enclosure::new(&far, f64::NAN, &teacher).is_err()
            && Enclosure::new(&far, 2.0, &teacher).is_err()
    );
}

/// The antiparallel point of unit teachers at an angle, and these teachers.
fn antiparallel(angle: f64) -> (Network, Network) {
    let (s, c) = (0.5 * angle).sin_cos();
    let teacher = [vec![c, s], vec![c, -s]];
    let student = Bisector::new(&teacher[0], &teacher[1])
        .unwrap()
        .antiparallel()
        .unwrap();
    (Network::new(student), network(&teacher))
}

/// Width of a spectrum over the box of an ill-conditioned point: its radius times the change of the Hessian, in 36 unknowns.
const WIDTH: f64 = 1e-6;

/// The angle of the teachers where an eigenvalue at the antiparallel point changes sign, by bisection.
fn bifurcation() -> f64 {
    let spectrum = |angle: f64| {
        let (student, teacher) = antiparallel(angle);
        let hessian = Population::matching(teacher)
            .hessian(student.weights().as_mat())
            .unwrap();
        Spectrum::of(&hessian).unwrap().eigenvalues().to_vec()
    };
    let (mut low, mut high) = (2.0, 2.4);
    let (before, after) = (spectrum(low), spectrum(high));
    let index = (0..4).find(|&k| before[k] * after[k] < 0.0).unwrap();
    for _ in 0..52 {
        let middle = 0.5 * (low + high);
        if spectrum(middle)[index] * before[index] > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[test]
fn nonvacuity_verified_spectra() {
    use proofs::linear_algebra::{BallMatrix, SpectralEnclosure, least_eigenvalue_above};
    // Eigenvalues 1 ± 1e-8: told apart from 0 only after a shift by 1 if the radius is below 1e-8.
    let ball = |radius: f64| {
        BallMatrix::from_bounds(2, 2, |i, j| {
            let middle = if i == j { 0.0 } else { 1e-8 };
            (middle - radius, middle + radius)
        })
    };
    let decided = SpectralEnclosure::of(&ball(1e-9)).unwrap();
    assert_eq!((decided.negative(), decided.positive()), (1, 1));
    let undecided = SpectralEnclosure::of(&ball(2e-8)).unwrap();
    assert_eq!(undecided.undecided(), 0..2);
    assert!(
        SpectralEnclosure::of(&BallMatrix::exact(Mat::from_fn(2, 2, |_, _| f64::NAN))).is_none()
    );
    assert!(
        least_eigenvalue_above(&ball(1e-9), -1.3e-8)
            && !least_eigenvalue_above(&ball(1e-9), -0.8e-8)
    );
}
