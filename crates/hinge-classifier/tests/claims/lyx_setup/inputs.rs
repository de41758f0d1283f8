//! Arguments that are refused, each with a sentence, and records that are kept by class.

use hinge_classifier::{
    ConditionProof, DataSet, Error, Evaluation, GeometricCondition, HingeLoss, HingeNetwork, Hull,
    PaperStart, PlanarPopulation, PolarGrid, Rays, SampledHinge, Scratch, Subspaces, TopLayer,
    Training, TrainingEnd, UniformAnnulus, geometric_condition, margin_bounds, planar_condition,
};

use crate::enumeration::{gaussian, random};
use crate::naive::stream;

fn losses() -> Vec<Box<dyn HingeLoss>> {
    let network = HingeNetwork::simplified(2, 1).unwrap();
    let spaces = Subspaces::coordinate(&[1, 1]).unwrap();
    let grid = PolarGrid::paper();
    let data = DataSet::from_rows(&[[1.0, 0.0], [0.0, 1.0]], &[0, 1], 2).unwrap();
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    assert!(matches!(
        Rays::grid(network.clone(), &spaces, &grid),
        Err(Error::NoPlane {
            class: 0,
            dimension: 1
        })
    ));
    assert!(matches!(
        DataSet::grid(&spaces, &grid),
        Err(Error::NoPlane {
            class: 0,
            dimension: 1
        })
    ));
    vec![
        Box::new(Rays::plane(network.clone(), 0, &grid).unwrap()),
        Box::new(Rays::points(network.clone(), &data).unwrap()),
        Box::new(SampledHinge::new(network.clone(), data).unwrap()),
        Box::new(PlanarPopulation::new(network, 0, &law).unwrap()),
    ]
}

#[test]
fn nonvacuity_wrong_lengths_and_weights_that_are_no_numbers() {
    for loss in losses() {
        let evaluate = |weights: &[f64], length: usize| -> Result<Evaluation, Error> {
            loss.evaluate(weights, &mut vec![0.0; length], &mut Scratch::default())
        };
        assert!(evaluate(&[0.5; 6], 6).is_ok());
        for (weights, gradient) in [(6, 5), (6, 4), (6, 7), (6, 0), (5, 6), (7, 6), (0, 0)] {
            let refused = evaluate(&vec![0.5; weights], gradient);
            assert!(
                matches!(refused, Err(Error::Length { .. })),
                "{weights} {gradient}"
            );
        }
        assert!(loss.loss(&[0.5; 4]).is_err() && loss.gradient(&[0.5; 8]).is_err());
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut weights = [0.5; 6];
            weights[3] = bad;
            assert!(matches!(
                loss.loss(&weights),
                Err(Error::NotFiniteWeight {
                    row: 1,
                    column: 1,
                    ..
                })
            ));
        }
    }
    let network = HingeNetwork::simplified(1, 1).unwrap();
    assert!(
        network
            .predict(&[f64::NAN, 0.0, 0.0, 1.0], &[1.0, 0.0])
            .is_err()
    );
    assert!(network.predict(&[0.0; 4], &[f64::NAN, 0.0]).is_err());
}

#[test]
fn nonvacuity_indices_out_of_range() {
    let top = TopLayer::alternating(2, 4, 0.5).unwrap();
    for (class, other, neuron) in [(0, 1, 9), (7, 9, 0), (0, 2, 0), (2, 0, 0)] {
        assert!(top.difference(class, other, neuron).is_err());
    }
    assert_eq!(top.difference(0, 1, 1).unwrap(), -1.0);
    assert!(top.vote(4).is_err() && top.vote(3).unwrap() == Some(1));
    let spaces = Subspaces::coordinate(&[2, 1]).unwrap();
    assert!(spaces.frame(2).is_err() && spaces.lift(2, &[1.0]).is_err());
    assert!(spaces.project(5, &[0.0; 3]).is_err());
    assert!(TopLayer::from_rows(&[vec![0.5, -0.5], vec![-0.5]]).is_err());
}

#[test]
fn nonvacuity_data_without_coordinates_and_noise_without_end() {
    let empty = faer::Mat::<f64>::zeros(2, 0);
    assert!(DataSet::new(empty.as_ref(), &[0, 1], 2).is_err());
    let data = DataSet::from_rows(&[[1.0], [2.0]], &[0, 1], 2).unwrap();
    for deviation in [1e308, f64::MAX] {
        let noisy = (0..50).map(|run| data.clone().with_noise(&mut stream(211, run), deviation));
        for noisy in noisy {
            match noisy {
                Ok(data) => assert!((0..2).all(|i| data.points()[(i, 0)].is_finite())),
                Err(error) => assert!(error.to_string().contains("deviation")),
            }
        }
    }
    for bad in [f64::NAN, f64::INFINITY] {
        let rows = [[1.0, 0.0], [bad, 1.0], [-1.0, -2.0], [0.0, 1.0]];
        let matrix = faer::Mat::from_fn(4, 2, |i, c| rows[i][c]);
        assert!(planar_condition(&rows).is_err());
        assert!(geometric_condition(matrix.as_ref()).is_err());
    }
}

#[test]
fn oracle_errors_are_the_mean_over_the_classes() {
    // Three points of class 0, all right, and one of class 1, wrong: half, not a quarter.
    let rows = [[1.0], [2.0], [3.0], [1.5]];
    let data = DataSet::from_rows(&rows, &[0, 0, 0, 1], 2).unwrap();
    let network = HingeNetwork::simplified(1, 1).unwrap();
    let weights = [1.0, 0.0];
    let sampled = SampledHinge::new(network.clone(), data.clone()).unwrap();
    let rays = Rays::points(network, &data).unwrap();
    assert_eq!(sampled.loss(&weights).unwrap().errors, 0.5);
    assert_eq!(rays.loss(&weights).unwrap().errors, 0.5);
}

#[test]
fn oracle_snapshots_come_in_order_once_each() {
    let rays = Rays::plane(
        HingeNetwork::simplified(2, 2).unwrap(),
        0,
        &PolarGrid::paper(),
    )
    .unwrap();
    let start = PaperStart::HalfSpace.draw(&mut stream(212, 0), 4, 2);
    let training = Training::new(0.1).unwrap().limit(7);
    let run = training
        .clone()
        .snapshots(&[7, 3, 0, 3, 100])
        .run(&rays, &start)
        .unwrap();
    let kept: Vec<usize> = run.snapshots.iter().map(|snapshot| snapshot.0).collect();
    assert_eq!(kept, [0, 3, 7]);
    for (iteration, weights) in &run.snapshots {
        let again = training
            .clone()
            .limit(*iteration)
            .run(&rays, &start)
            .unwrap();
        assert_eq!(&again.weights, weights);
    }
    assert_eq!(run.history, hinge_classifier::History::default());
}

#[test]
fn oracle_the_condition_is_recorded_by_class_and_subspace() {
    // Three planes of ℝ⁶: in the whole space four directions a class never surround 0, in its plane they do.
    let spaces = Subspaces::coordinate(&[2, 2, 2]).unwrap();
    let network = HingeNetwork::new(TopLayer::alternating(3, 12, 0.5).unwrap());
    let grid = PolarGrid::new(&[1.0, 2.0], 40).unwrap();
    let rays = Rays::grid(network, &spaces, &grid).unwrap();
    let start = PaperStart::HalfSpace.draw(&mut stream(213, 0), 12, 6);
    let every: Vec<usize> = (0..=3000).collect();
    let run = Training::new(0.1)
        .unwrap()
        .limit(3000)
        .snapshots(&every)
        .recording(&[0, 3, 6, 9])
        .recording_in(&spaces)
        .run(&rays, &start)
        .unwrap();
    assert_eq!(run.ending, TrainingEnd::Goal);
    assert_eq!(run.history.first(), None);
    assert_eq!(run.history.classes.len(), 3);
    for class in 0..3 {
        let record = &run.history.classes[class];
        assert_eq!(record.len(), run.iterations + 1);
        for (t, weights) in &run.snapshots {
            let rows: Vec<[f64; 2]> = (class..12)
                .step_by(3)
                .map(|j| [weights[6 * j + 2 * class], weights[6 * j + 2 * class + 1]])
                .collect();
            assert_eq!(record[*t], planar_condition(&rows).unwrap());
        }
        let first = run.history.first_of(class).unwrap();
        assert!(record[first] && record[..first].iter().all(|holds| !holds));
        assert!(run.history.transition_of(class).unwrap() >= first);
    }
    assert!(run.history.first_of(0).unwrap() > 0 && run.history.first_of(3).is_none());
    let two = Subspaces::coordinate(&[3, 3]).unwrap();
    assert!(
        Training::new(0.1)
            .unwrap()
            .recording_in(&two)
            .run(&rays, &start)
            .is_err()
    );
}

/// Proofs in integers pass their check, come back from their text, and prove nothing for other weights.
#[test]
fn oracle_proofs_in_integers() {
    let mut source = random(214);
    let mut verdicts = [0; 2];
    let edge = faer::mat![[1e300, 1e-300], [-1e300, -1e-300], [0.0, -1.0]];
    let tiny = faer::mat![[1.0, 5e-324], [-1.0, 0.0], [0.0, -1.0]];
    let mut cases = vec![edge, tiny];
    for case in 0..120 {
        let d = 1 + case % 5;
        cases.push(gaussian(2 * d + case % 3, d, 0.2, &mut source));
    }
    for weights in &cases {
        let verdict = geometric_condition(weights.as_ref()).unwrap();
        let proof = verdict.proof(weights.as_ref()).unwrap();
        assert_eq!(Some(proof.holds()), verdict.holds());
        verdicts[usize::from(proof.holds())] += 1;
        proof.check(weights.as_ref()).unwrap();
        let read: ConditionProof = proof.to_string().parse().unwrap();
        assert_eq!(read, proof);
        if proof.holds() {
            assert!(
                proof
                    .integers()
                    .iter()
                    .all(|x| !x.starts_with('-') && x != "0")
            );
        }
        // All rows on one side, or all turned to the other: the proof of the old verdict is refused.
        let flat = faer::Mat::from_fn(weights.nrows(), weights.ncols(), |j, c| {
            if c == 0 { 1.0 } else { weights[(j, c)] }
        });
        let turned = faer::Mat::from_fn(weights.nrows(), weights.ncols(), |j, c| -weights[(j, c)]);
        let other = if proof.holds() { flat } else { turned };
        let strict =
            proof.holds() || (0..weights.nrows()).any(|j| product(&proof, weights, j) > 1e-9);
        assert!(!strict || proof.check(other.as_ref()).is_err());
        let wider = faer::Mat::<f64>::zeros(weights.nrows(), weights.ncols() + 1);
        assert!(proof.check(wider.as_ref()).is_err());
    }
    assert!(verdicts[0] > 20 && verdicts[1] > 20, "{verdicts:?}");
    // The normal that was proved is orthogonal to the first two rows; no double is.
    let proof = geometric_condition(cases[0].as_ref())
        .unwrap()
        .proof(cases[0].as_ref())
        .unwrap();
    assert!(!proof.holds() && proof.integers().iter().all(|x| x != "0"));
    for text in [
        "",
        "geometric condition\n",
        "geometric condition holds\ndimension two\n",
        "geometric condition holds\ndimension 2\nrow 0 coefficient 1.5\n",
        "geometric condition fails\ndimension 2\nnormal 1 x\n",
        "geometric condition fails\ndimension 2\nnormal 1 0\nmore\n",
    ] {
        assert!(matches!(
            text.parse::<ConditionProof>(),
            Err(Error::ProofText { .. })
        ));
    }
    let zero = "geometric condition fails\ndimension 2\nnormal 0 0\n";
    assert!(
        zero.parse::<ConditionProof>()
            .unwrap()
            .check(cases[0].as_ref())
            .is_err()
    );
}

/// ⟨n, w_j⟩ for a normal that fits into doubles, 0 otherwise.
fn product(proof: &ConditionProof, weights: &faer::Mat<f64>, row: usize) -> f64 {
    let normal: Vec<f64> = proof
        .integers()
        .iter()
        .map(|x| x.parse().unwrap_or(0.0))
        .collect();
    let largest = normal.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if !largest.is_finite() {
        return 0.0;
    }
    (0..weights.ncols())
        .map(|c| normal[c] / largest * weights[(row, c)])
        .sum()
}

/// The distance of 0 from the hull of unit vectors of space: the least distance of the affine hulls of up to three of them whose
/// nearest point is inside.
fn distance_by_subsets(points: &[Vec<f64>]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let mut best = f64::INFINITY;
    for a in points {
        best = best.min(dot(a, a).sqrt());
        for b in points {
            let along: Vec<f64> = (0..3).map(|i| b[i] - a[i]).collect();
            let t = -dot(a, &along) / dot(&along, &along);
            if t > 0.0 && t < 1.0 {
                let foot: Vec<f64> = (0..3).map(|i| a[i] + t * along[i]).collect();
                best = best.min(dot(&foot, &foot).sqrt());
            }
            for c in points {
                let (u, v): (Vec<f64>, Vec<f64>) =
                    (along.clone(), (0..3).map(|i| c[i] - a[i]).collect());
                let det = dot(&u, &u) * dot(&v, &v) - dot(&u, &v).powi(2);
                if det < 1e-10 {
                    continue;
                }
                let (p, q) = (-dot(a, &u), -dot(a, &v));
                let s = (p * dot(&v, &v) - q * dot(&u, &v)) / det;
                let t = (q * dot(&u, &u) - p * dot(&u, &v)) / det;
                if s > 0.0 && t > 0.0 && s + t < 1.0 {
                    let foot: Vec<f64> = (0..3).map(|i| a[i] + s * u[i] + t * v[i]).collect();
                    best = best.min(dot(&foot, &foot).sqrt());
                }
            }
        }
    }
    best
}

#[test]
fn oracle_hulls_of_directions_that_nearly_coincide() {
    let mut source = random(215);
    let (mut inside, mut outside) = (0, 0);
    for case in 0..200 {
        let k = 5 + case % 8;
        let weights = gaussian(k, 3, if case % 2 == 0 { 0.0 } else { 0.9 }, &mut source);
        let moves = gaussian(k, 3, 0.0, &mut source);
        let size = [1e-9, 1e-10, 1e-11][case % 3];
        let doubled = faer::Mat::from_fn(2 * k, 3, |j, c| {
            weights[(j % k, c)] + if j < k { 0.0 } else { size * moves[(j - k, c)] }
        });
        let (plain, twice) = (
            Hull::of(weights.as_ref()).unwrap(),
            Hull::of(doubled.as_ref()).unwrap(),
        );
        assert!(
            twice.facets().len() <= 4 * k - 4,
            "{}",
            twice.facets().len()
        );
        // Moved by some 10 sizes at most, relative to the length of the vector.
        assert!(
            (plain.margin() - twice.margin()).abs() < 1e-6,
            "{} {}",
            plain.margin(),
            twice.margin()
        );
        if plain.margin() < 0.0 {
            outside += 1;
            let distance = distance_by_subsets(plain.directions());
            assert!(
                (plain.margin() + distance).abs() < 1e-9,
                "{} {distance}",
                plain.margin()
            );
        } else {
            inside += 1;
        }
        let bounds = margin_bounds(doubled.as_ref()).unwrap();
        let margin = twice.margin().max(0.0);
        assert!(bounds.lower <= margin + 1e-15 && margin <= bounds.upper + 1e-15);
        assert!(
            margin == 0.0 || bounds.upper - bounds.lower < 1e-11,
            "{bounds:?}"
        );
    }
    assert!(inside > 40 && outside > 40, "{inside} {outside}");
    for weights in [
        faer::mat![[1.0], [-1.0]],
        faer::mat![[3.0], [-1e-300], [7.0]],
    ] {
        let bounds = margin_bounds(weights.as_ref()).unwrap();
        assert_eq!((bounds.lower, bounds.upper), (1.0, 1.0));
        assert!(matches!(
            geometric_condition(weights.as_ref()).unwrap(),
            GeometricCondition::Holds(_)
        ));
    }
}
