//! The model: subspaces, data, top layer, outputs, hinge loss and its gradient.

mod digits;
mod inputs;

use faer::Mat;
use gaussian_oracle::finite_difference;
use hinge_classifier::{
    BoundedDensity, DataLaw, DataSet, Error, HingeLoss as _, HingeNetwork, PaperStart, PolarGrid,
    Rays, SampledHinge, Scratch, Subspaces, TopLayer, UniformAnnulus,
};

use crate::naive::{Naive, largest_difference, norm, orthonormal, paper_points, stream, top};

/// Sums of a few thousand terms of order one, in another order.
const SUMS: f64 = 1e-12;

fn matrix(rows: &[Vec<f64>]) -> Mat<f64> {
    Mat::from_fn(rows.len(), rows[0].len(), |i, c| rows[i][c])
}

/// Three planes of ℝ⁶ in a random position, with the frames as rows.
fn planes(seed: u64) -> (Subspaces, Vec<Vec<f64>>) {
    let entries = PaperStart::Random.draw(&mut stream(seed, 0), 6, 6);
    let rows = orthonormal(entries.chunks_exact(6).map(<[f64]>::to_vec).collect());
    // A basis of each plane that is far from orthonormal.
    let skew = |a: usize| {
        let second: Vec<f64> = (0..6)
            .map(|c| 3.0 * rows[a][c] + 0.2 * rows[a + 1][c])
            .collect();
        matrix(&[rows[a].clone(), second])
    };
    let bases = [skew(0), skew(2), skew(4)];
    let spaces =
        Subspaces::orthogonal(&[bases[0].as_ref(), bases[1].as_ref(), bases[2].as_ref()]).unwrap();
    (spaces, rows)
}

#[test]
fn oracle_loss_and_gradient_point_by_point() {
    let (spaces, _) = planes(1);
    let grid = PolarGrid::new(&[1.0, 1.3, 2.0], 14).unwrap();
    let data = DataSet::grid(&spaces, &grid).unwrap();
    for (run, biases) in [vec![0.0; 7], vec![0.05, 0.1, 0.0, 0.2, 0.1, 0.0, 0.3]]
        .into_iter()
        .enumerate()
    {
        let votes: Vec<usize> = (0..7).map(|j| j % 3).collect();
        let points = (0..data.labels().len())
            .map(|i| {
                let x = (0..6).map(|c| data.points()[(i, c)]).collect();
                (x, data.labels()[i], 1.0 / (3.0 * 42.0))
            })
            .collect();
        let naive = Naive {
            v: top(&votes, 3, 0.7),
            b: biases.clone(),
            points,
            tie: 0.0,
        };
        let layer = TopLayer::alternating(3, 7, 0.7).unwrap();
        let network = HingeNetwork::new(layer).with_biases(&biases).unwrap();
        let whole = SampledHinge::new(network.clone(), data.clone()).unwrap();
        for start in 0..5 {
            let weights = PaperStart::Random.draw(&mut stream(2, start), 7, 6);
            let (expected, found) = (naive.loss(&weights).unwrap(), whole.loss(&weights).unwrap());
            assert!(
                (expected.loss - found.loss).abs() < SUMS
                    && (expected.errors - found.errors).abs() < SUMS
            );
            assert!(
                largest_difference(
                    &naive.gradient(&weights).unwrap(),
                    &whole.gradient(&weights).unwrap()
                ) < SUMS
            );
            let classes: f64 = (0..3).map(|i| whole.class_loss(i, &weights).unwrap()).sum();
            assert!((classes / 3.0 - expected.loss).abs() < SUMS);
            if run == 0 {
                for rays in [
                    Rays::grid(network.clone(), &spaces, &grid).unwrap(),
                    Rays::points(network.clone(), &data).unwrap(),
                ] {
                    let found = rays.loss(&weights).unwrap();
                    assert!(
                        (expected.loss - found.loss).abs() < SUMS
                            && (expected.errors - found.errors).abs() < SUMS
                    );
                    assert!(
                        largest_difference(
                            &naive.gradient(&weights).unwrap(),
                            &rays.gradient(&weights).unwrap()
                        ) < SUMS
                    );
                }
            }
        }
    }
}

#[test]
fn oracle_the_gradient_is_the_derivative() {
    let network = HingeNetwork::simplified(3, 3).unwrap();
    let objective = Rays::plane(network, 0, &PolarGrid::paper()).unwrap();
    let weights = PaperStart::Random.draw(&mut stream(3, 0), 6, 2);
    // Between kinks the loss is linear: a step that meets none has no error but rounding.
    let differences =
        finite_difference::gradient(|w| objective.loss(w).unwrap().loss, &weights, 1e-6);
    let gradient = objective.gradient(&weights).unwrap();
    assert!(largest_difference(&differences.value, &gradient) < 1e-4 * norm(&gradient).max(1.0));
}

#[test]
fn oracle_the_simplified_network_is_a_difference() {
    let network = HingeNetwork::simplified(2, 1).unwrap();
    let weights = [1.0, 0.0, 0.0, 2.0, 1.0, 1.0];
    for x in paper_points() {
        let f = network.outputs(&weights, &x).unwrap();
        let printed = x[0].max(0.0) + (2.0 * x[1]).max(0.0) - (x[0] + x[1]).max(0.0);
        assert!((f[0] - f[1] - printed).abs() < 1e-14);
        let loss = network.sample_loss(&weights, &x, 0).unwrap();
        assert!((loss - (1.0 - printed).max(0.0)).abs() < 1e-14);
        let expected = if printed.abs() < 1e-14 {
            None
        } else {
            Some(usize::from(printed < 0.0))
        };
        if printed.abs() > 1e-14 {
            assert_eq!(network.predict(&weights, &x).unwrap(), expected);
        }
    }
    assert_eq!(network.predict(&weights, &[-1.0, -1.0]).unwrap(), None);
}

#[test]
fn oracle_the_grid_and_the_laws() {
    let grid = PolarGrid::paper();
    let mut points = Vec::new();
    for direction in grid.directions() {
        for radius in grid.radii().iter().rev() {
            points.push([radius * direction[0], radius * direction[1]]);
        }
    }
    for (a, b) in points.iter().zip(paper_points()) {
        assert!((a[0] - b[0]).abs() < 1e-14 && (a[1] - b[1]).abs() < 1e-14);
    }
    // The mean of ‖x‖² under the uniform law in d dimensions is d/(d + 2) (M^{d+2} − m^{d+2})/(Mᵈ − mᵈ); with the density
    // ∝ 1 + cos φ/2 in the plane E[x₁] = E‖x‖/4.
    let mut random = stream(4, 0);
    let count = 40_000;
    for d in [1, 2, 5] {
        let law = UniformAnnulus::new(d, 0.5, 2.0).unwrap();
        let mut x = vec![0.0; d];
        let mut values = Vec::new();
        for _ in 0..count {
            law.sample(&mut random, &mut x).unwrap();
            assert!(norm(&x) > 0.5 - 1e-12 && norm(&x) < 2.0 + 1e-12);
            values.push(norm(&x).powi(2));
        }
        let p = i32::try_from(d).unwrap();
        let exact = f64::from(p) / f64::from(p + 2) * (2f64.powi(p + 2) - 0.5f64.powi(p + 2))
            / (2f64.powi(p) - 0.5f64.powi(p));
        assert!(deviation(&values, exact) < 5.0);
    }
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let tilted = BoundedDensity::new(
        law,
        |x: &[f64]| 1.0 + 0.5 * x[0] / x[0].hypot(x[1]),
        0.5,
        1.5,
    )
    .unwrap();
    let mut x = [0.0; 2];
    let values: Vec<f64> = (0..count)
        .map(|_| {
            tilted.sample(&mut random, &mut x).unwrap();
            x[0]
        })
        .collect();
    let mean_radius = 2.0 / 3.0 * 7.0 / 3.0;
    assert!(deviation(&values, mean_radius / 4.0) < 5.0);
}

/// How many standard errors the mean is away.
fn deviation(values: &[f64], exact: f64) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean - exact).abs() / (square / n / n).sqrt()
}

#[test]
fn symmetry_bases_neurons_and_classes() {
    // The same planes from two bases, the same data, other orders of the neurons: the same loss.
    let (spaces, rows) = planes(5);
    let plain: Vec<Mat<f64>> = (0..3).map(|i| matrix(&rows[2 * i..2 * i + 2])).collect();
    let other =
        Subspaces::orthogonal(&[plain[0].as_ref(), plain[1].as_ref(), plain[2].as_ref()]).unwrap();
    let grid = PolarGrid::new(&[1.0, 2.0], 8).unwrap();
    let layer = TopLayer::alternating(3, 6, 1.0).unwrap();
    let a = Rays::grid(HingeNetwork::new(layer.clone()), &spaces, &grid).unwrap();
    let b = Rays::grid(HingeNetwork::new(layer), &other, &grid).unwrap();
    let weights = PaperStart::Random.draw(&mut stream(6, 0), 6, 6);
    assert!((a.loss(&weights).unwrap().loss - b.loss(&weights).unwrap().loss).abs() < SUMS);
    let mut exchanged = weights[18..].to_vec();
    exchanged.extend_from_slice(&weights[..18]);
    assert!((a.loss(&weights).unwrap().loss - a.loss(&exchanged).unwrap().loss).abs() < SUMS);
    assert!(spaces.largest_cosine() < 1e-14);
}

#[test]
fn nonvacuity_violated_hypotheses_are_named() {
    let layer = |rows: &[Vec<f64>]| TopLayer::new(matrix(rows).as_ref());
    assert!(layer(&[vec![1.0, -1.0, -1.0], vec![-1.0, 1.0, -1.0]]).is_ok());
    assert!(matches!(
        layer(&[vec![1.0, 1.0], vec![-1.0, -1.0]]),
        Err(Error::NoPositiveNeuron { class: 1 })
    ));
    assert!(matches!(
        layer(&[vec![1.0, -1.0], vec![1.0, 1.0]]),
        Err(Error::TwoPositive {
            neuron: 0,
            first: 0,
            second: 1,
            ..
        })
    ));
    assert!(matches!(
        layer(&[vec![1.0, -1.0], vec![-1.0, 2.0]]),
        Err(Error::UnequalModulus {
            class: 1,
            neuron: 1,
            weight: 2.0,
            modulus: 1.0
        })
    ));
    assert!(TopLayer::alternating(4, 3, 1.0).is_err() && TopLayer::alternating(4, 4, 1.0).is_ok());
    for classes in 2..5 {
        for neurons in classes..9 {
            let layer = TopLayer::alternating(classes, neurons, 0.3).unwrap();
            assert_eq!(TopLayer::new(layer.matrix().as_ref()).unwrap(), layer);
        }
    }
    let near = matrix(&[vec![1.0, 1e-3, 0.0]]);
    let far = matrix(&[vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]]);
    assert!(matches!(
        Subspaces::orthogonal(&[near.as_ref(), far.as_ref()]),
        Err(Error::NotOrthogonal {
            first: 0,
            second: 1,
            ..
        })
    ));
    assert!(matches!(
        Subspaces::orthogonal(&[far.as_ref()]),
        Err(Error::NotFilling {
            sum: 2,
            dimension: 3
        })
    ));
    let twice = matrix(&[vec![0.0, 1.0], vec![0.0, 2.0]]);
    assert!(matches!(
        Subspaces::orthogonal(&[twice.as_ref()]),
        Err(Error::Dependent {
            subspace: 0,
            row: 1,
            ..
        })
    ));
    let network = HingeNetwork::simplified(1, 1).unwrap();
    assert!(network.clone().with_biases(&[0.1, -0.1]).is_err());
    assert!(network.clone().with_biases(&[0.1]).is_err());
    assert!(network.outputs(&[1.0], &[1.0, 2.0]).is_err());
    let biased = network.with_biases(&[0.1, 0.1]).unwrap();
    assert!(Rays::plane(biased, 0, &PolarGrid::paper()).is_err());
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let wild = BoundedDensity::new(law, |_: &[f64]| 7.0, 0.5, 1.5).unwrap();
    assert!(matches!(
        wild.sample(&mut stream(1, 0), &mut [0.0; 2]),
        Err(Error::Density { value: 7.0, .. })
    ));
}

/// Loss, share of errors, gradient, and directions that no neuron sees, on a polar grid, direction by direction.
fn by_directions(
    (half, weights): (usize, &[f64]),
    (radii, angles): (&[f64], usize),
    tie: f64,
) -> (f64, f64, Vec<f64>, usize) {
    let mass = 1.0 / (radii.len() * angles) as f64;
    let (mut loss, mut wrong, mut unseen) = (0.0, 0, 0);
    let mut gradient = vec![0.0; weights.len()];
    for a in 1..=angles {
        let angle = 2.0 * std::f64::consts::PI * a as f64 / angles as f64;
        let x = [angle.cos(), angle.sin()];
        let products = weights.chunks(2).map(|w| w[0] * x[0] + w[1] * x[1]);
        let signs = |j: usize| if j < half { 1.0 } else { -1.0 };
        let margin: f64 = products
            .clone()
            .enumerate()
            .map(|(j, h)| signs(j) * h.max(0.0))
            .sum();
        wrong += usize::from(margin <= 0.0);
        unseen += usize::from(products.clone().all(|h| h <= 0.0));
        for radius in radii.iter().filter(|radius| **radius * margin < 1.0) {
            loss += mass * (1.0 - radius * margin);
            for (j, h) in products.clone().enumerate() {
                if h > tie {
                    gradient[2 * j] -= mass * signs(j) * radius * x[0];
                    gradient[2 * j + 1] -= mass * signs(j) * radius * x[1];
                }
            }
        }
    }
    (loss, wrong as f64 / angles as f64, gradient, unseen)
}

#[test]
fn oracle_arcs_of_the_plane_are_the_directions_one_by_one() {
    let mut unseen = 0;
    for (case, (positive, negative, angles)) in [
        (3, 3, 80),
        (1, 1, 16),
        (2, 1, 17),
        (12, 12, 80),
        (5, 2, 90),
        (1, 3, 15),
    ]
    .into_iter()
    .enumerate()
    {
        let radii = [0.7, 1.0, 1.3, 2.0];
        let grid = PolarGrid::new(&radii, angles).unwrap();
        let network = HingeNetwork::simplified(positive, negative).unwrap();
        let k = positive + negative;
        for tie in [0.0, 0.1] {
            let rays = Rays::plane(network.clone(), 0, &grid).unwrap();
            let rays = rays.with_tie(tie).unwrap();
            // The memory holds the arcs of the weights before: near ones, far ones, and none.
            let mut scratch = Scratch::default();
            let mut gradient = vec![0.0; 2 * k];
            let random = &mut stream(5, case as u64);
            let mut weights = PaperStart::Random.draw(random, k, 2);
            for step in 0..60 {
                if step % 10 == 9 {
                    weights = PaperStart::Random.draw(random, k, 2);
                } else if step % 10 == 8 {
                    // One side of the plane sees no neuron; one neuron is zero.
                    weights = PaperStart::HalfSpace.draw(random, k, 2);
                    weights[..2].fill(0.0);
                } else {
                    let move_by = PaperStart::Random.draw(random, k, 2);
                    let moved = weights.iter().zip(&move_by);
                    weights = moved.map(|(w, x)| w + 0.05 * x).collect();
                }
                let found = rays
                    .evaluate(&weights, &mut gradient, &mut scratch)
                    .unwrap();
                let (loss, errors, slopes, dead) =
                    by_directions((positive, &weights), (&radii, angles), tie);
                assert!(
                    (found.loss - loss).abs() < 1e-13 * k as f64,
                    "{found:?} {loss}"
                );
                assert_eq!(found.errors, errors);
                assert!(largest_difference(&gradient, &slopes) < 1e-13 * k as f64);
                unseen += dead;
            }
        }
    }
    assert!(unseen > 1000, "{unseen}");
}

#[test]
fn symmetry_memory_of_another_grid_does_not_count() {
    let network = HingeNetwork::simplified(2, 2).unwrap();
    let weights = PaperStart::Random.draw(&mut stream(6, 0), 4, 2);
    let mut scratch = Scratch::default();
    for angles in [80, 16, 90, 17, 12, 80] {
        let grid = PolarGrid::new(&[1.0, 2.0], angles).unwrap();
        let rays = Rays::plane(network.clone(), 0, &grid).unwrap();
        let mut gradient = vec![0.0; 8];
        let found = rays
            .evaluate(&weights, &mut gradient, &mut scratch)
            .unwrap();
        assert_eq!(
            (found, &gradient),
            (
                rays.loss(&weights).unwrap(),
                &rays.gradient(&weights).unwrap()
            )
        );
    }
}

#[test]
fn refutes_the_slips_of_the_setting() {
    // f_i = Σ_{j ≤ n} v_{i,j} σ(h_j) leaves out neurons n + 1, …, k; Eq 1 leaves out the bias.
    let network = HingeNetwork::new(TopLayer::alternating(2, 4, 0.5).unwrap());
    let weights = [1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 5.0, 0.0];
    let outputs = network.outputs(&weights, &[1.0, 0.0]).unwrap();
    assert_eq!(
        outputs,
        [
            0.5 * (1.0 - 2.0 + 3.0 - 5.0),
            -0.5 * (1.0 - 2.0 + 3.0 - 5.0)
        ]
    );
    assert!(outputs[0] != 0.5 * (1.0 - 2.0));
    let biased = network.with_biases(&[0.0, 1.0, 0.0, 0.0]).unwrap();
    assert!(biased.outputs(&weights, &[1.0, 0.0]).unwrap() != outputs);
    // "V ∈ ℝ^{k × n}" and "some j ∈ [n] such that v_{i,j} > 0": V is n × k and j runs to k; here the only positive neuron of
    // the second class is the third.
    let late = TopLayer::from_rows(&[[0.5, 0.5, -0.5], [-0.5, -0.5, 0.5]]).unwrap();
    assert_eq!((late.matrix().nrows(), late.matrix().ncols()), (2, 3));
    assert_eq!(late.positive(1), [2]);
}
