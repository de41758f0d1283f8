//! The convex hull of the directions in the plane and in space, and bounds of its margin in any dimension.

use std::collections::BTreeSet;

use faer::{Mat, MatRef, Side};

use crate::Error;
use crate::geometric_condition::{GeometricCondition, geometric_condition};

/// A facet of a hull.
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    /// Its corners in order around it, as rows of the weights: two in the plane, three or more in space.
    pub corners: Vec<usize>,
    /// Its outward unit normal.
    pub normal: Vec<f64>,
    /// ⟨normal, x⟩ on the facet: the distance of 0 from it, negative where 0 is beyond.
    pub offset: f64,
}

/// The convex hull of the directions w_j/‖w_j‖ in ℝ² or ℝ³.
#[derive(Debug, Clone, PartialEq)]
pub struct Hull {
    directions: Vec<Vec<f64>>,
    facets: Vec<Facet>,
}

/// Directions closer than this are one point, and points this close to the plane of a facet are on it.
const SAME: f64 = 1e-12;

impl Hull {
    /// Computes all facets: in the plane from the order of the angles, in space from the hulls of the stereographic images
    /// of the points seen from each of them; O(k² log k) operations. Points on a sphere are all corners.
    ///
    /// This serves pictures and the margin; it is computed in floating point, and points nearer than 1e-12 to a facet
    /// count as on it. The verdict is that of [`geometric_condition`].
    ///
    /// # Errors
    /// [`Error::Hull`] for another dimension, or where the points do not span one; errors of the weights.
    pub fn of(weights: MatRef<'_, f64>) -> Result<Self, Error> {
        let (points, dimension) = weights.shape();
        let directions = directions(weights)?;
        let mut distinct: Vec<usize> = Vec::new();
        for j in 0..points {
            if !directions[j].is_empty()
                && distinct
                    .iter()
                    .all(|&l| distance(&directions[j], &directions[l]) > SAME)
            {
                distinct.push(j);
            }
        }
        let refuse = |requirement| Error::Hull {
            points: distinct.len(),
            dimension,
            requirement,
        };
        let facets = match dimension {
            2 if distinct.len() >= 3 => edges(&directions, &distinct),
            3 if distinct.len() >= 4 => polygons(&directions, &distinct),
            2 | 3 => {
                return Err(refuse(
                    "more distinct directions than dimensions are needed",
                ));
            }
            _ => return Err(refuse("facets are listed in dimensions 2 and 3")),
        };
        if facets.len() <= dimension {
            return Err(refuse("the directions must not lie in one plane"));
        }
        Ok(Self { directions, facets })
    }

    /// w_j/‖w_j‖, empty for zero rows.
    pub fn directions(&self) -> &[Vec<f64>] {
        &self.directions
    }

    /// All facets.
    pub fn facets(&self) -> &[Facet] {
        &self.facets
    }

    /// The smallest offset of a facet: the radius of the largest ball around 0 in the hull where it is positive, minus the
    /// distance that 0 is beyond a facet where it is negative.
    pub fn margin(&self) -> f64 {
        self.facets
            .iter()
            .fold(f64::INFINITY, |least, facet| least.min(facet.offset))
    }
}

fn directions(weights: MatRef<'_, f64>) -> Result<Vec<Vec<f64>>, Error> {
    let (rows, columns) = weights.shape();
    if columns == 0 {
        return Err(Error::NoDimension { rows, columns });
    }
    (0..rows)
        .map(|row| {
            let entries: Vec<f64> = weights.row(row).iter().copied().collect();
            if let Some(column) = entries.iter().position(|x| !x.is_finite()) {
                return Err(Error::NotFiniteWeight {
                    row,
                    column,
                    value: entries[column],
                });
            }
            Ok(unit(&entries).unwrap_or_default())
        })
        .collect()
}

fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let largest = vector.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return None;
    }
    let scaled: Vec<f64> = vector.iter().map(|x| x / largest).collect();
    let length = dot(&scaled, &scaled).sqrt();
    Some(scaled.iter().map(|x| x / length).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y) * (x - y))
        .sum::<f64>()
        .sqrt()
}

fn edges(directions: &[Vec<f64>], distinct: &[usize]) -> Vec<Facet> {
    let angle = |j: usize| directions[j][1].atan2(directions[j][0]);
    let mut order = distinct.to_vec();
    order.sort_by(|&a, &b| angle(a).total_cmp(&angle(b)).then(a.cmp(&b)));
    (0..order.len())
        .filter_map(|i| {
            let (a, b) = (order[i], order[(i + 1) % order.len()]);
            let (p, q) = (&directions[a], &directions[b]);
            let normal = unit(&[q[1] - p[1], p[0] - q[0]])?;
            let offset = 0.5 * (dot(&normal, p) + dot(&normal, q));
            Some(Facet {
                corners: vec![a, b],
                normal,
                offset,
            })
        })
        .collect()
}

fn polygons(directions: &[Vec<f64>], distinct: &[usize]) -> Vec<Facet> {
    let mut seen = BTreeSet::new();
    let mut facets = Vec::new();
    for &from in distinct {
        for (a, b) in image_edges(directions, distinct, from) {
            let (p, q, r) = (&directions[from], &directions[a], &directions[b]);
            let along = [q[0] - p[0], q[1] - p[1], q[2] - p[2]];
            let across = [r[0] - p[0], r[1] - p[1], r[2] - p[2]];
            let Some(mut normal) = unit(&cross(along, across)) else {
                continue;
            };
            let mut offset = dot(&normal, p);
            let inside: f64 = distinct
                .iter()
                .map(|&j| dot(&normal, &directions[j]) - offset)
                .sum();
            if inside > 0.0 {
                for x in &mut normal {
                    *x = -*x;
                }
                offset = -offset;
            }
            let corners: Vec<usize> = distinct
                .iter()
                .copied()
                .filter(|&j| (dot(&normal, &directions[j]) - offset).abs() < SAME)
                .collect();
            if corners.len() >= 3 && seen.insert(corners.clone()) {
                facets.push(Facet {
                    corners: around(directions, corners, &normal),
                    normal,
                    offset,
                });
            }
        }
    }
    facets
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// Two unit vectors orthogonal to a unit vector of space and to each other.
fn frame(axis: &[f64]) -> [Vec<f64>; 2] {
    let least = (0..3)
        .min_by(|&a, &b| axis[a].abs().total_cmp(&axis[b].abs()))
        .unwrap_or(0);
    let mut helper = [0.0; 3];
    helper[least] = 1.0;
    let n = [axis[0], axis[1], axis[2]];
    let first = unit(&cross(n, helper)).unwrap_or_else(|| vec![1.0, 0.0, 0.0]);
    let second = cross(n, [first[0], first[1], first[2]]).to_vec();
    [first, second]
}

/// The corners in order around the normal, beginning with the smallest index.
fn around(directions: &[Vec<f64>], mut corners: Vec<usize>, normal: &[f64]) -> Vec<usize> {
    let [first, second] = frame(normal);
    let count = corners.len() as f64;
    let centre: Vec<f64> = (0..3)
        .map(|i| corners.iter().map(|&j| directions[j][i]).sum::<f64>() / count)
        .collect();
    let angle = |j: usize| {
        let from: Vec<f64> = directions[j]
            .iter()
            .zip(&centre)
            .map(|(x, c)| x - c)
            .collect();
        dot(&from, &second).atan2(dot(&from, &first))
    };
    corners.sort_by(|&a, &b| angle(a).total_cmp(&angle(b)));
    let start = (0..corners.len()).min_by_key(|&i| corners[i]).unwrap_or(0);
    corners.rotate_left(start);
    corners
}

/// The edges of the hull of the stereographic images from a point of the sphere: each spans a facet with that point.
fn image_edges(directions: &[Vec<f64>], distinct: &[usize], from: usize) -> Vec<(usize, usize)> {
    let axis = &directions[from];
    let [first, second] = frame(axis);
    let mut images: Vec<(f64, f64, usize)> = distinct
        .iter()
        .filter(|&&j| j != from)
        .map(|&j| {
            // 1 − ⟨a, p⟩ = |a − p|²/2 without cancellation.
            let depth = 0.5 * distance(axis, &directions[j]).powi(2);
            (
                dot(&first, &directions[j]) / depth,
                dot(&second, &directions[j]) / depth,
                j,
            )
        })
        .collect();
    images.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let chain = |points: &mut dyn Iterator<Item = (f64, f64, usize)>| {
        let mut chain: Vec<(f64, f64, usize)> = Vec::new();
        for point in points {
            while let [.., a, b] = chain[..] {
                let turn = (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0);
                if turn > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(point);
        }
        chain
    };
    let lower = chain(&mut images.iter().copied());
    let upper = chain(&mut images.iter().rev().copied());
    lower
        .windows(2)
        .chain(upper.windows(2))
        .map(|pair| (pair[0].2, pair[1].2))
        .collect()
}

/// Bounds of the margin: the radius of the largest ball around 0 inside the hull of the directions.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginBounds {
    /// The ball of this radius is inside; 0 where nothing better is known.
    pub lower: f64,
    /// No larger ball is inside.
    pub upper: f64,
    /// The unit vector n with max_j ⟨n, w̃_j⟩ ≤ `upper`.
    pub normal: Vec<f64>,
}

/// Multiples of the golden ratio fill the unit interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// Subgradient steps from each start.
const STEPS: u32 = 200;

/// Bounds of the margin in any dimension; both are 0 unless the condition holds.
///
/// Below: for λ ≥ 0 with Σ λ_j w̃_j = r and a unit vector x, Σ λ_j ⟨x, w̃_j⟩₊ = (Σ λ_j |⟨x, w̃_j⟩| + ⟨x, r⟩)/2, and
/// |⟨x, w̃_j⟩| ≥ ⟨x, w̃_j⟩², so max_j ⟨x, w̃_j⟩ ≥ (λ_min(Σ λ_j w̃_j w̃_jᵀ) − ‖r‖)/(2 Σ λ_j).
/// Above: max_j ⟨n, w̃_j⟩ for any unit n; n by subgradient steps from the directions of least extent.
/// Both include a bound of their rounding. In ℝ² and ℝ³ [`Hull::margin`] is the value itself.
///
/// # Errors
/// Those of [`geometric_condition`].
pub fn margin_bounds(weights: MatRef<'_, f64>) -> Result<MarginBounds, Error> {
    let d = weights.ncols();
    let combination = match geometric_condition(weights)? {
        GeometricCondition::Holds(combination) => combination,
        GeometricCondition::Fails(hemisphere) => {
            let normal = hemisphere.normal().iter().map(|x| -x).collect();
            return Ok(MarginBounds {
                lower: 0.0,
                upper: 0.0,
                normal,
            });
        }
        GeometricCondition::Undecided(open) => {
            let normal = open.normal().iter().map(|x| -x).collect();
            return Ok(MarginBounds {
                lower: 0.0,
                upper: open.margin_bound(),
                normal,
            });
        }
    };
    let directions = directions(weights)?;
    let mut moments = Mat::<f64>::zeros(d, d);
    let mut residual = vec![0.0; d];
    let mut total = 0.0;
    for (&row, &lambda) in combination.rows().iter().zip(combination.coefficients()) {
        total += lambda;
        for i in 0..d {
            let scaled = lambda * directions[row][i];
            residual[i] += scaled;
            for l in 0..d {
                moments[(i, l)] += scaled * directions[row][l];
            }
        }
    }
    // Sums of m terms of at most λ_j, directions off by d/2 + 2 units, and a backward stable eigenvalue: each below
    // (m + d) ε Σλ in the matrix of trace Σλ.
    let terms = combination.rows().len() as f64 + d as f64;
    let rounding = 8.0 * terms * f64::EPSILON * total;
    let values = moments.self_adjoint_eigen(Side::Lower).ok();
    let least = values.as_ref().map_or(0.0, |eigen| eigen.S()[0]);
    let lower = ((least - dot(&residual, &residual).sqrt() - rounding) / (2.0 * total)).max(0.0);
    let mut starts: Vec<Vec<f64>> = Vec::new();
    if let Some(eigen) = &values {
        let axis: Vec<f64> = (0..d).map(|i| eigen.U()[(i, 0)]).collect();
        starts.push(axis.iter().map(|x| -x).collect());
        starts.push(axis);
    }
    let filled: Vec<&Vec<f64>> = directions.iter().filter(|row| !row.is_empty()).collect();
    starts.extend((0..4.min(filled.len())).map(|i| {
        filled[i * filled.len() / 4.min(filled.len())]
            .iter()
            .map(|x| -x)
            .collect()
    }));
    let mut best = (f64::INFINITY, vec![0.0; d]);
    for start in starts {
        // Off the axis by irregular amounts, or a symmetric set would keep it there.
        let start: Vec<f64> = start
            .iter()
            .enumerate()
            .map(|(i, x)| x + 0.2 * ((i + 1) as f64 * GOLDEN).fract() / (d as f64).sqrt())
            .collect();
        let Some(mut normal) = unit(&start) else {
            continue;
        };
        for step in 1..=STEPS {
            let (height, top) = filled
                .iter()
                .enumerate()
                .map(|(j, row)| (dot(&normal, row), j))
                .fold((f64::NEG_INFINITY, 0), |most, next| {
                    if next.0 > most.0 { next } else { most }
                });
            if height < best.0 {
                best = (height, normal.clone());
            }
            let length = 0.5 / f64::from(step);
            let moved: Vec<f64> = normal
                .iter()
                .zip(filled[top])
                .map(|(n, w)| n - length * w)
                .collect();
            match unit(&moved) {
                Some(next) => normal = next,
                None => break,
            }
        }
    }
    let upper = best.0 + (2.0 * d as f64 + 8.0) * f64::EPSILON;
    Ok(MarginBounds {
        lower,
        upper,
        normal: best.1,
    })
}
