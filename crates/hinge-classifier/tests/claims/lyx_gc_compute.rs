//! The geometric condition is decided with a proof for either answer.

use faer::{Mat, MatRef};
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, microlp, variable};
use hinge_classifier::{
    Effort, Error, GeometricCondition, Hull, geometric_condition, geometric_condition_with,
    margin_bounds,
};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::enumeration::{degenerate, gaussian, holds, matrix, nearly, random, rescaled};

/// Decides, checks the proof, and returns the verdict.
fn decided(weights: MatRef<'_, f64>) -> bool {
    let verdict = geometric_condition(weights).expect("valid weights");
    verdict.verify(weights).expect("the proof is good");
    verdict
        .holds()
        .unwrap_or_else(|| panic!("undecided: {weights:?}"))
}

const SETS: usize = 2965;

#[test]
fn oracle_enumeration_of_degenerate_sets() {
    let mut random = random(1);
    let mut held = 0;
    for _ in 0..SETS {
        let weights = degenerate(&mut random);
        let expected = holds(&weights);
        assert_eq!(decided(weights.as_ref()), expected, "{weights:?}");
        let other = rescaled(&weights, &mut random);
        assert_eq!(decided(other.as_ref()), expected, "{other:?}");
        held += usize::from(expected);
    }
    assert!(held > SETS / 10 && held < SETS / 2, "{held}");
}

#[test]
fn oracle_enumeration_next_to_degenerate_sets() {
    let mut random = random(2);
    let (mut held, mut changed, mut open) = (0, 0, 0);
    for _ in 0..SETS / 4 {
        let plain = degenerate(&mut random);
        let weights = nearly(&plain, &mut random);
        let expected = holds(&weights);
        assert_eq!(decided(weights.as_ref()), expected, "{weights:?}");
        held += usize::from(expected);
        changed += usize::from(expected != holds(&plain));
        // Without integers a verdict may stay open, but it is never wrong.
        let floating =
            geometric_condition_with(weights.as_ref(), Effort::Floating).expect("valid weights");
        assert!(
            floating.holds().is_none_or(|verdict| verdict == expected),
            "{weights:?}"
        );
        if let GeometricCondition::Undecided(undecided) = &floating {
            open += 1;
            assert!(
                undecided.margin_bound() < 1e-6,
                "{weights:?} {:e}",
                undecided.margin_bound()
            );
        }
    }
    assert!(
        held > SETS / 80 && changed > SETS / 200 && open > SETS / 80,
        "{held} {changed} {open}"
    );
}

#[test]
fn oracle_subnormal_and_huge_entries() {
    // Entries moved by the smallest double, rows at both ends of the range.
    let tiny = f64::from_bits(1);
    let above = matrix(&[[1.0, tiny], [-1.0, tiny], [0.0, 1.0]]);
    assert!(!decided(above.as_ref()) && !holds(&above));
    let below = matrix(&[[1.0, -tiny], [-1.0, 0.0], [0.0, 1.0]]);
    assert!(decided(below.as_ref()) && holds(&below));
    let both = matrix(&[
        [f64::MAX, tiny],
        [-f64::MAX, -f64::MAX],
        [0.0, tiny],
        [tiny, 0.0],
    ]);
    assert_eq!(decided(both.as_ref()), holds(&both));
    let subnormal = matrix(&[[tiny, 0.0], [-3.0 * tiny, -5.0 * tiny], [0.0, 2.0 * tiny]]);
    assert!(decided(subnormal.as_ref()) && holds(&subnormal));
}

/// The largest Σ_j ⟨n, w_j⟩ over the n in the unit cube with ⟨n, w_j⟩ ≥ 0 for all j.
fn programme(weights: &Mat<f64>) -> f64 {
    let mut variables = ProblemVariables::new();
    let normal = variables.add_vector(variable().min(-1.0).max(1.0), weights.ncols());
    let products: Vec<Expression> = (0..weights.nrows())
        .map(|j| {
            (0..weights.ncols())
                .map(|i| weights[(j, i)] * normal[i])
                .sum()
        })
        .collect();
    let sum: Expression = products.iter().cloned().sum();
    let mut model = variables.maximise(sum.clone()).using(microlp);
    for product in products {
        model.add_constraint(constraint!(product >= 0.0));
    }
    model
        .solve()
        .expect("n = 0 is feasible and the cube bounded")
        .eval(sum)
}

/// Twice the probability that Gaussian rows have an optimum between these is below 1e-6 a set: the optimum is 0 or the
/// margin of a cone of positive volume, at random places.
const NOUGHT: f64 = 1e-9;
const CLEAR: f64 = 1e-6;

#[test]
fn oracle_linear_programme() {
    let mut random = random(3);
    let (mut held, mut failed) = (0, 0);
    for round in 0..300 {
        let d = random.random_range(2..=12);
        let k = random.random_range(d..=4 * d);
        let weights = gaussian(k, d, 0.3 * f64::from(round % 3), &mut random);
        let optimum = programme(&weights);
        assert!(!(NOUGHT..=CLEAR).contains(&optimum), "{optimum:e}");
        let verdict = decided(weights.as_ref());
        assert_eq!(
            verdict,
            optimum < NOUGHT && k > d,
            "d {d} k {k} {optimum:e}"
        );
        *(if verdict { &mut held } else { &mut failed }) += 1;
    }
    assert!(held > 50 && failed > 50, "{held} {failed}");
}

#[test]
fn oracle_larger_sets_with_known_answers() {
    let mut random = random(4);
    // In a random half-space, up to one row behind its border.
    for (d, k) in [(20, 1000), (60, 2000), (100, 250)] {
        let border = gaussian(1, d, 0.0, &mut random);
        let mut weights = gaussian(k, d, 0.0, &mut random);
        for j in 0..k {
            let product: f64 = (0..d).map(|i| border[(0, i)] * weights[(j, i)]).sum();
            if product < 0.0 {
                (0..d).for_each(|i| weights[(j, i)] = -weights[(j, i)]);
            }
        }
        assert!(!decided(weights.as_ref()));
        // The simplex {w_0, …, w_{d−1}, −Σ w} around 0, in the same matrix, holds for any independent rows.
        for i in 0..d {
            weights[(k - 1, i)] = -(0..d).map(|j| weights[(j, i)]).sum::<f64>();
        }
        assert!(decided(weights.as_ref()));
    }
}

#[test]
fn oracle_margins() {
    let mut random = random(5);
    let mut held = 0;
    for _ in 0..200 {
        let d = random.random_range(2..=3);
        let weights = gaussian(random.random_range(d + 2..=20), d, 0.0, &mut random);
        let margin = Hull::of(weights.as_ref()).expect("enough points").margin();
        let verdict = decided(weights.as_ref());
        assert!(
            (margin > 0.0) == verdict && margin.abs() > 1e-9,
            "{margin:e}"
        );
        let bounds = margin_bounds(weights.as_ref()).expect("valid weights");
        if verdict {
            held += 1;
            assert!(
                bounds.lower > 0.0 && bounds.lower <= margin + 1e-12,
                "{margin} {bounds:?}"
            );
            assert!(
                margin <= bounds.upper + 1e-12 && bounds.upper < 1.0,
                "{margin} {bounds:?}"
            );
        } else {
            assert_eq!((bounds.lower, bounds.upper), (0.0, 0.0));
        }
    }
    assert!(held > 50);
    // The cross-polytope has the margin 1/√d; the bound from below is 1/(2d) from d = 4 on.
    for d in [2_usize, 3, 5, 30] {
        let cross = Mat::from_fn(2 * d, d, |j, i| {
            if j / 2 == i {
                1.0 - 2.0 * (j % 2) as f64
            } else {
                0.0
            }
        });
        let bounds = margin_bounds(cross.as_ref()).expect("valid weights");
        let exact = 1.0 / (d as f64).sqrt();
        // In the plane and in space the facets give the value itself.
        let below = if d <= 3 { exact } else { 0.5 / d as f64 };
        assert!((bounds.lower - below).abs() < 1e-12, "{bounds:?}");
        assert!(
            bounds.upper >= exact && bounds.upper < 1.8 * exact,
            "{bounds:?}"
        );
    }
}

#[test]
fn symmetry_order_length_repetition_and_layout() {
    let mut random = random(6);
    for _ in 0..200 {
        let weights = degenerate(&mut random);
        let verdict = decided(weights.as_ref());
        let (k, d) = weights.shape();
        let mut order: Vec<usize> = (0..k).chain(0..k).collect();
        order.shuffle(&mut random);
        let doubled = Mat::from_fn(2 * k, d, |j, i| weights[(order[j], i)] * 3.0);
        assert_eq!(decided(doubled.as_ref()), verdict);
        let mirrored = Mat::from_fn(k, d, |j, i| -weights[(j, d - 1 - i)]);
        assert_eq!(decided(mirrored.as_ref()), verdict);
        // The same rows behind another stride, backwards.
        let across = Mat::from_fn(d, k, |i, j| weights[(j, i)]);
        assert_eq!(decided(across.transpose()), verdict);
        assert_eq!(decided(weights.as_ref().reverse_rows_and_cols()), verdict);
    }
}

#[test]
fn symmetry_the_same_weights_give_the_same_certificate() {
    let weights = gaussian(900, 20, 0.0, &mut random(7));
    let first = geometric_condition(weights.as_ref()).expect("valid weights");
    assert_eq!(
        first,
        geometric_condition(weights.as_ref()).expect("valid weights")
    );
}

#[test]
fn nonvacuity_a_proof_is_a_proof_for_its_weights_only() {
    let mut random = random(8);
    let triangle = matrix(&[[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]);
    let edge = matrix(&[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]);
    let refused = |verdict: &GeometricCondition, weights: &Mat<f64>| {
        matches!(
            verdict.verify(weights.as_ref()),
            Err(Error::CertificateRefused { .. })
        )
    };
    let (inside, outside) = (
        geometric_condition(triangle.as_ref()).expect("valid weights"),
        geometric_condition(edge.as_ref()).expect("valid weights"),
    );
    assert!(refused(&inside, &edge) && refused(&outside, &triangle));
    // Proofs in integers, of one set and of the set with one entry moved by an ulp.
    let mut exact = 0;
    for _ in 0..300 {
        let weights = nearly(&degenerate(&mut random), &mut random);
        let verdict = geometric_condition(weights.as_ref()).expect("valid weights");
        let is_exact = match &verdict {
            GeometricCondition::Holds(combination) => combination.is_exact(),
            GeometricCondition::Fails(hemisphere) => hemisphere.is_exact(),
            GeometricCondition::Undecided(_) => false,
        };
        if !is_exact {
            continue;
        }
        exact += 1;
        let mut accepted = 0;
        for j in 0..weights.nrows() {
            // A zero row is no part of any proof.
            if weights.row(j).iter().all(|x| *x == 0.0) {
                continue;
            }
            for i in 0..weights.ncols() {
                for moved_up in [false, true] {
                    let mut moved = weights.clone();
                    let entry = moved[(j, i)];
                    moved[(j, i)] = if moved_up {
                        entry + 1e-16
                    } else {
                        entry - 1e-16
                    };
                    if moved != weights && verdict.verify(moved.as_ref()).is_ok() {
                        accepted += 1;
                        assert_eq!(verdict.holds(), Some(holds(&moved)), "{moved:?}");
                    }
                }
            }
        }
        // Sums that are zero exactly do not stay so.
        assert!(
            accepted == 0 || verdict.holds() == Some(false),
            "{weights:?}"
        );
    }
    assert!(exact > 50, "{exact}");
}

#[test]
fn nonvacuity_few_rows_zero_rows_and_bad_input() {
    let mut random = random(9);
    for d in 1..=30 {
        let weights = gaussian(d, d, 0.0, &mut random);
        assert!(!decided(weights.as_ref()), "k = d");
        let mut simplex = Mat::zeros(d + 2, d);
        for i in 0..d {
            (0..d).for_each(|j| simplex[(j, i)] = weights[(j, i)]);
            // Row d stays zero: it has no direction and changes nothing.
            simplex[(d + 1, i)] = -(0..d).map(|j| weights[(j, i)]).sum::<f64>();
        }
        assert!(decided(simplex.as_ref()), "d + 1 rows and a zero");
        assert!(!decided(simplex.subrows(0, d + 1)), "without the last");
    }
    assert!(
        !decided(Mat::<f64>::zeros(0, 3).as_ref()) && !decided(Mat::<f64>::zeros(5, 3).as_ref())
    );
    assert!(matches!(
        geometric_condition(Mat::<f64>::zeros(5, 0).as_ref()),
        Err(Error::NoDimension {
            rows: 5,
            columns: 0
        })
    ));
    for bad in [f64::NAN, f64::INFINITY] {
        let error = geometric_condition(matrix(&[[1.0, 2.0], [0.0, bad]]).as_ref()).unwrap_err();
        assert!(
            matches!(
                error,
                Error::NotFiniteWeight {
                    row: 1,
                    column: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn nonvacuity_large_and_nearly_flat_is_left_open() {
    // Rows with one coordinate of size 1e-17 in 60 turned dimensions: too long for integers, too flat for doubles.
    let mut random = random(10);
    let d = 60;
    let mut weights = gaussian(4 * d, d, 0.0, &mut random);
    for j in 0..4 * d {
        weights[(j, d - 1)] = (0..d - 1).map(|i| weights[(j, i)]).sum::<f64>();
    }
    let verdict = geometric_condition(weights.as_ref()).expect("valid weights");
    let GeometricCondition::Undecided(undecided) = verdict else {
        panic!("{verdict:?}")
    };
    assert!(
        undecided.margin_bound() > 0.0 && undecided.margin_bound() < 1e-12,
        "{:e}",
        undecided.margin_bound()
    );
}

/// The coefficients of one configuration, whose basis is as regular for another in a half-plane, prove nothing of that.
#[test]
fn nonvacuity_a_residual_above_the_coefficients_is_refused() {
    let around = Mat::from_fn(3, 2, |i, c| [[1.0, 0.1], [-1.0, 0.2], [0.1, -1.0]][i][c]);
    let verdict = geometric_condition(around.as_ref()).unwrap();
    assert_eq!(verdict.holds(), Some(true));
    let beside = Mat::from_fn(3, 2, |i, c| [[1.0, 0.1], [-1.0, 0.2], [0.1, 1.0]][i][c]);
    assert!(verdict.verify(beside.as_ref()).is_err());
    assert_eq!(
        geometric_condition(beside.as_ref()).unwrap().holds(),
        Some(false)
    );
}
