//! The hull of the directions in the plane and on the sphere.

use faer::Mat;
use hinge_classifier::{Error, Facet, Hull, geometric_condition};
use rand::RngExt;

use crate::enumeration::{gaussian, matrix, random, subsets};

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn hull(weights: &Mat<f64>) -> Hull {
    Hull::of(weights.as_ref()).expect("enough points")
}

/// Facets with sorted corners, sorted.
fn corners(facets: &[Facet]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = facets
        .iter()
        .map(|facet| {
            let mut corners = facet.corners.clone();
            corners.sort_unstable();
            corners
        })
        .collect();
    all.sort();
    all
}

/// Random points are further from the plane of three others than this; see the assertion where it is used.
const APART: f64 = 1e-10;

#[test]
fn oracle_planes_with_all_points_on_one_side() {
    let mut random = random(101);
    for _ in 0..60 {
        let d = random.random_range(2..=3_usize);
        let k = random.random_range(d + 1..=14);
        let weights = gaussian(k, d, 0.4, &mut random);
        let hull = hull(&weights);
        let points = hull.directions();
        let mut expected: Vec<Vec<usize>> = subsets(k, d)
            .into_iter()
            .filter(|subset| {
                let heights: Vec<f64> = (0..k)
                    .filter(|j| !subset.contains(j))
                    .map(|j| {
                        // The determinant of the simplex of the subset and point j.
                        let edges: Vec<Vec<f64>> = subset[1..]
                            .iter()
                            .chain([&j])
                            .map(|&l| {
                                points[l]
                                    .iter()
                                    .zip(&points[subset[0]])
                                    .map(|(x, y)| x - y)
                                    .collect()
                            })
                            .collect();
                        let value = if d == 2 {
                            edges[0][0] * edges[1][1] - edges[0][1] * edges[1][0]
                        } else {
                            (0..3)
                                .map(|i| {
                                    let (a, b) = ((i + 1) % 3, (i + 2) % 3);
                                    edges[2][i]
                                        * (edges[0][a] * edges[1][b] - edges[0][b] * edges[1][a])
                                })
                                .sum()
                        };
                        assert!(value.abs() > APART, "{value:e}");
                        value
                    })
                    .collect();
                heights.iter().all(|x| *x > 0.0) || heights.iter().all(|x| *x < 0.0)
            })
            .collect();
        expected.sort();
        assert_eq!(corners(hull.facets()), expected);
        // Euler: in space 2k − 4 triangles; in the plane k edges.
        assert_eq!(hull.facets().len(), if d == 2 { k } else { 2 * k - 4 });
        for facet in hull.facets() {
            assert!((dot(&facet.normal, &facet.normal) - 1.0).abs() < 1e-14);
            assert!(
                points
                    .iter()
                    .all(|point| dot(&facet.normal, point) < facet.offset + 1e-12)
            );
        }
        let verdict = geometric_condition(weights.as_ref())
            .expect("valid weights")
            .holds();
        assert_eq!(verdict, Some(hull.margin() > 0.0));
    }
}

#[test]
fn oracle_polyhedra() {
    let cube = Mat::from_fn(8, 3, |j, i| if j >> i & 1 == 1 { 1.0 } else { -1.0 });
    let cube = hull(&cube);
    assert_eq!(cube.facets().len(), 6);
    assert!(cube.facets().iter().all(|facet| facet.corners.len() == 4));
    assert!((cube.margin() - 1.0 / 3f64.sqrt()).abs() < 1e-14);
    // Corners go around: neighbours of a square differ in one coordinate.
    for facet in cube.facets() {
        for place in 0..4 {
            let (a, b) = (facet.corners[place], facet.corners[(place + 1) % 4]);
            assert_eq!((a ^ b).count_ones(), 1, "{:?}", facet.corners);
        }
    }
    // The icosahedron: inradius over circumradius is (3√3 + √15)/12 · 4/√(10 + 2√5).
    let golden = f64::midpoint(1.0, 5f64.sqrt());
    let icosahedron = Mat::from_fn(12, 3, |j, i| {
        let signs = [
            if j & 1 == 1 { 1.0 } else { -1.0 },
            if j & 2 == 2 { golden } else { -golden },
        ];
        [0.0, signs[0], signs[1]][(i + j / 4) % 3]
    });
    let icosahedron = hull(&icosahedron);
    assert_eq!(icosahedron.facets().len(), 20);
    let exact = (3.0 * 3f64.sqrt() + 15f64.sqrt()) / 12.0 * 4.0 / (10.0 + 2.0 * 5f64.sqrt()).sqrt();
    assert!(
        (icosahedron.margin() - exact).abs() < 1e-14,
        "{} {exact}",
        icosahedron.margin()
    );
}

#[test]
fn symmetry_rotation_and_length() {
    let mut random = random(102);
    for _ in 0..40 {
        let weights = gaussian(12, 3, 0.2, &mut random);
        let (sine, cosine) = random.random_range(0.0..6.0_f64).sin_cos();
        let turned = Mat::from_fn(12, 3, |j, i| {
            let factor = 1.0 + j as f64;
            factor
                * match i {
                    0 => cosine * weights[(j, 0)] - sine * weights[(j, 2)],
                    2 => sine * weights[(j, 0)] + cosine * weights[(j, 2)],
                    _ => weights[(j, 1)],
                }
        });
        let (plain, turned) = (hull(&weights), hull(&turned));
        assert_eq!(corners(plain.facets()), corners(turned.facets()));
        assert!((plain.margin() - turned.margin()).abs() < 1e-12);
    }
}

#[test]
fn nonvacuity_a_hull_beside_0_and_points_without_hull() {
    // The picture that fails: all points in the upper half-space, one facet with 0 beyond it.
    let cap = matrix(&[
        [1.0, 0.0, 0.5],
        [-0.5, 0.9, 0.5],
        [-0.5, -0.9, 0.5],
        [0.0, 0.0, 1.0],
    ]);
    let hull = hull(&cap);
    assert!(hull.margin() < -0.3);
    assert_eq!(
        hull.facets()
            .iter()
            .filter(|facet| facet.offset < 0.0)
            .count(),
        1
    );
    for bad in [
        Mat::zeros(4, 3),
        matrix(&[[1.0, 0.0, 0.0]; 9]),
        cap.subrows(0, 3).to_owned(),
    ] {
        assert!(matches!(Hull::of(bad.as_ref()), Err(Error::Hull { .. })));
    }
    assert!(matches!(
        Hull::of(Mat::<f64>::zeros(9, 4).as_ref()),
        Err(Error::Hull { dimension: 4, .. })
    ));
}
