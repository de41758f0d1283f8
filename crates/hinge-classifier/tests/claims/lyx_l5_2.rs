//! Four forms of the geometric condition are equivalent, the fourth with "strictly inside".

use faer::Mat;
use hinge_classifier::{GeometricCondition, geometric_condition};

use crate::enumeration::{
    Rational, degenerate, exact_rows, holds, inner, matrix, normal_of, random, rank, rescaled,
    subsets, zero,
};

/// Where 0 is relative to the facets of the hull of the rows, in rational numbers. Lengths do not matter: Λ_W and the hull
/// of the rows contain 0 in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The hull has no interior.
    Flat,
    Outside,
    OnAFacet,
    Inside,
}

fn place(weights: &Mat<f64>) -> Place {
    let d = weights.ncols();
    let rows = exact_rows(weights);
    let from = |base: usize, set: &[usize]| -> Vec<Vec<Rational>> {
        set.iter()
            .filter(|&&j| j != base)
            .map(|&j| {
                rows[j]
                    .iter()
                    .zip(&rows[base])
                    .map(|(x, y)| x - y)
                    .collect()
            })
            .collect()
    };
    let all: Vec<usize> = (0..rows.len()).collect();
    if rows.is_empty() || rank(&from(0, &all), d) < d {
        return Place::Flat;
    }
    let mut place = Place::Inside;
    for subset in subsets(rows.len(), d) {
        let Some(normal) = normal_of(from(subset[0], &subset), d) else {
            continue;
        };
        let height = inner(&normal, &rows[subset[0]]);
        let above: Vec<Rational> = rows
            .iter()
            .map(|row| inner(&normal, row) - &height)
            .collect();
        let lower = above.iter().all(|x| *x <= zero());
        if !lower && !above.iter().all(|x| *x >= zero()) {
            continue;
        }
        // A facet, with outward normal ±n at the height ±h.
        let depth = if lower { height } else { -height };
        if depth < zero() {
            return Place::Outside;
        }
        if depth == zero() {
            place = Place::OnAFacet;
        }
    }
    place
}

const SETS: usize = 1800;

#[test]
fn oracle_facets_and_normals_in_rational_numbers() {
    let mut random = random(52);
    let mut counts = [0_usize; 4];
    for _ in 0..SETS {
        let weights = degenerate(&mut random);
        let found = place(&weights);
        counts[found as usize] += 1;
        // Forms 1 and 2: `holds`. Form 3: `place`. Form 4, corrected: 0 strictly inside every facet, the same.
        assert_eq!(holds(&weights), found == Place::Inside, "{weights:?}");
        let verdict = geometric_condition(weights.as_ref()).expect("valid weights");
        assert_eq!(verdict.holds(), Some(found == Place::Inside), "{weights:?}");
    }
    println!("flat, outside, on a facet, inside: {counts:?}");
    assert!(counts.iter().all(|&count| count > SETS / 20), "{counts:?}");
}

#[test]
fn symmetry_lengths_do_not_matter() {
    let mut random = random(53);
    for _ in 0..100 {
        let weights = degenerate(&mut random);
        let other = rescaled(&weights, &mut random);
        assert_eq!(
            place(&weights) == Place::Inside,
            place(&other) == Place::Inside
        );
        assert_eq!(
            geometric_condition(weights.as_ref())
                .expect("valid weights")
                .holds(),
            geometric_condition(other.as_ref())
                .expect("valid weights")
                .holds()
        );
    }
}

#[test]
fn refutes_form_4_as_printed_on_a_facet() {
    // 0 is on the edge from (1, 0) to (−1, 0): with all rows on the closed side of every edge, but (0, 1) has no row behind.
    let triangle = matrix(&[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(place(&triangle), Place::OnAFacet);
    let verdict = geometric_condition(triangle.as_ref()).expect("valid weights");
    let GeometricCondition::Fails(hemisphere) = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(hemisphere.normal(), [0.0, 1.0]);
    // It is no exception among degenerate sets: form 4 as printed holds, form 1 does not.
    let mut random = random(54);
    let refuted = (0..SETS)
        .filter(|_| {
            let weights = degenerate(&mut random);
            place(&weights) == Place::OnAFacet && !holds(&weights)
        })
        .count();
    println!("{refuted} of {SETS}");
    assert!(refuted > SETS / 20, "{refuted}");
}

#[test]
fn nonvacuity_without_full_dimension_no_form_holds() {
    // Around 0 in a plane of space: every half-plane of that plane is met, but its normal meets none.
    let flat = matrix(&[[1.0, 0.0, 1.0], [-1.0, 1.0, 0.0], [0.0, -1.0, -1.0]]);
    assert_eq!(place(&flat), Place::Flat);
    assert!(!holds(&flat));
    assert_eq!(
        geometric_condition(flat.as_ref())
            .expect("valid weights")
            .holds(),
        Some(false)
    );
}
