//! A point and the same point with noise have one theorem between them: rank and ties are those of the critical point.

use proofs::points::{Inertia, Refusal, Rejection, certify_blocks, check_certificate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use ssb::{BlockDynamics, SymmetricSaddle};
use teacher_student::{Network, Objective, Population, Weights};

use super::{certified, network, verdict};

/// Unit vectors of a regular simplex, one more than its dimension.
fn simplex(dimension: usize) -> Vec<Vec<f64>> {
    let (half, height, third) = (0.5, 0.75_f64.sqrt(), 3_f64.sqrt().recip());
    match dimension {
        1 => vec![vec![1.0], vec![-1.0]],
        2 => vec![vec![1.0, 0.0], vec![-half, height], vec![-half, -height]],
        _ => [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
            .map(|signs| signs.map(|s| third * f64::from(s)).to_vec())
            .to_vec(),
    }
}

/// K = p + 1 students a b + c u_j before an orthonormal teacher, b its bisector and u_j a simplex across it: the least loss
/// of that shape is critical, with a part of rank p across the teachers.
pub(super) fn across(rank: usize, codimension: usize) -> (Network, Network) {
    let k = rank + 1;
    let d = k + codimension;
    let teacher = Network::new(Weights::orthonormal(k, d).unwrap());
    let population = Population::matching(teacher.clone());
    let corners = simplex(rank);
    let entry = (k as f64).sqrt().recip();
    let student = |[a, c]: [f64; 2]| {
        let row = |u: &Vec<f64>| {
            let mut row = vec![a * entry; k];
            row.extend(u.iter().map(|x| c * x));
            row.resize(d, 0.0);
            row
        };
        Weights::from_rows(&corners.iter().map(row).collect::<Vec<_>>()).unwrap()
    };
    let mut shape = [0.7, 0.4];
    for _ in 0..2000 {
        let gradient = population.gradient(student(shape).as_mat()).unwrap();
        let mut slope = [0.0; 2];
        for (j, u) in corners.iter().enumerate() {
            slope[0] += (0..k).map(|c| entry * gradient[(j, c)]).sum::<f64>();
            let outside = u.iter().enumerate();
            slope[1] += outside.map(|(c, x)| x * gradient[(j, k + c)]).sum::<f64>();
        }
        for (x, g) in shape.iter_mut().zip(slope) {
            *x -= 0.3 * g / k as f64;
        }
    }
    (Network::new(student(shape)), teacher)
}

/// The same rows with zeros for further dimensions.
fn widened(rows: &[[f64; 2]], codimension: usize) -> Network {
    let wide = |row: &[f64; 2]| {
        let mut row = row.to_vec();
        row.resize(2 + codimension, 0.0);
        row
    };
    network(&rows.iter().map(wide).collect::<Vec<_>>())
}

fn one_inside(codimension: usize) -> (Network, Network) {
    let student = [
        [1.133_650_383_172_768, 0.387_234_894_506_982],
        [-0.044_406_394_858_249, -0.040_926_759_662_807],
    ];
    let teacher = [[1.0, 0.0], [0.0, 0.5]];
    (
        widened(&student, codimension),
        widened(&teacher, codimension),
    )
}

fn moved(student: &Network, by: impl Fn(usize, usize) -> f64) -> Network {
    let w = student.weights().as_mat();
    let row = |i: usize| (0..w.ncols()).map(|c| w[(i, c)] + by(i, c)).collect();
    network(&(0..w.nrows()).map(row).collect::<Vec<Vec<f64>>>())
}

#[test]
fn oracle_a_part_that_vanishes_has_no_rotations() {
    // A part of 1e-6 and rank 2 across the teachers goes to 0: no orbit is left, and every zero would be a false one.
    let small = |i: usize, c: usize| if c == i + 2 { 1e-6 } else { 0.0 };
    let teacher = Network::new(Weights::orthonormal(2, 4).unwrap());
    let point = certified(&moved(&teacher, small), &teacher);
    let strict = Inertia {
        negative: 0,
        zero: 0,
        positive: 8,
    };
    assert!(point.inertia() == strict && point.is_teacher());
    let (student, teacher) = one_inside(2);
    let point = certified(&moved(&student, small), &teacher);
    let expected = Inertia {
        negative: 3,
        zero: 0,
        positive: 5,
    };
    assert_eq!(point.inertia(), expected);
}

#[test]
fn symmetry_noise_contradicts_nothing() {
    let mut points = Vec::new();
    for codimension in 1..=4 {
        let teacher = Network::new(Weights::orthonormal(2, 2 + codimension).unwrap());
        points.push((codimension, (teacher.clone(), teacher)));
        points.push((codimension, one_inside(codimension)));
        for rank in 1..=codimension.min(3) {
            points.push((codimension, across(rank, codimension)));
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(15);
    let (mut tries, mut proved) = (0, 0);
    for (codimension, (student, teacher)) in &points {
        let still = certified(student, teacher);
        let span = teacher.weights().dimension() - codimension;
        for exponent in -14..=-3 {
            for [within, beyond] in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
                let (k, d) = student.weights().as_mat().shape();
                let draws: Vec<f64> = (0..k * d)
                    .map(|_| StandardNormal.sample(&mut random))
                    .collect();
                let noisy = moved(student, |i, c| {
                    let share = if c < span { within } else { beyond };
                    share * 10_f64.powi(exponent) * draws[i * d + c]
                });
                tries += 1;
                let found = verdict(&noisy, teacher).unwrap();
                let Some(point) = found.certified() else {
                    continue;
                };
                proved += 1;
                assert_eq!(point.inertia(), still.inertia(), "1e{exponent}: {noisy:?}");
                assert!(point.loss().intersection(still.loss()).is_some());
            }
        }
    }
    assert!(10 * proved > 9 * tries, "{proved} of {tries} are certified");
}

#[test]
fn symmetry_noise_between_students_of_a_block() {
    for k in [2, 3, 6] {
        let blocks = BlockDynamics::new(&[k]).unwrap();
        let x = SymmetricSaddle::new(k).unwrap().coordinate();
        let still = certify_blocks(&blocks, &[x, x]).unwrap();
        let still = still.certified().unwrap();
        for exponent in -14..=-4 {
            let gap = 10_f64.powi(exponent);
            let noisy = certify_blocks(&blocks, &[x + gap, x - gap]).unwrap();
            let noisy = noisy.certified().unwrap();
            assert_eq!(noisy.inertia(), still.inertia(), "K = {k}, 1e{exponent}");
            assert!(noisy.loss().intersection(still.loss()).is_some());
        }
    }
}

/// A certificate that counts rotations of a part which is zero, or zero within its box.
#[test]
fn nonvacuity_a_slice_through_the_teachers_is_refused() {
    let teacher = Network::new(Weights::orthonormal(2, 4).unwrap());
    let point = certified(&teacher, &teacher);
    for pivot in [0.0, 0.5 * point.radius(), 2.0 * point.radius()] {
        let mut forged: serde_json::Value = serde_json::from_str(&point.certificate()).unwrap();
        let system = &mut forged["system"];
        system["slice"] = serde_json::json!({"rank": 2, "pivots": [0, 1]});
        for (row, column) in [(0, 2), (1, 3)] {
            system["centre"][row][column] = serde_json::json!(format!("{pivot:e}"));
        }
        forged["claims"]["zero"] = serde_json::json!(1);
        forged["claims"]["positive"] = serde_json::json!(7);
        let Err(Rejection::Checksum { computed, .. }) = check_certificate(&forged.to_string())
        else {
            panic!("the checksum is that of another text");
        };
        forged["checksum"] = serde_json::json!(computed);
        let result = check_certificate(&forged.to_string());
        let no_slice = matches!(
            result,
            Err(Rejection::Unproved(Refusal::NoSlice { radius })) if radius <= point.radius()
        );
        // A pivot beyond the radius is in the slice, but then the point is not critical.
        assert!(
            if pivot > point.radius() {
                matches!(
                    result,
                    Err(Rejection::Unproved(Refusal::NoContraction { .. }))
                )
            } else {
                no_slice
            },
            "{pivot:e}: {result:?}"
        );
    }
}
