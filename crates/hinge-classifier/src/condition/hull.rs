//! The convex hull of the directions in the plane and in space.

mod nearest;
mod triangles;

use faer::MatRef;
use numeric::{distance, inner_product as dot};

use crate::Error;

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
    /// The lowest plane of a triangle or edge, before neighbours in one plane are joined, and its normal.
    least: f64,
    lowest: Vec<f64>,
}

/// Directions closer than this are one point, and points this close to the plane of a facet are on it.
pub(super) const SAME: f64 = 1e-12;

impl Hull {
    /// Computes all facets: in the plane from the order of the angles; in space point by point, O(k²) operations, each
    /// point replacing the triangles that it sees by a cone over their border.
    ///
    /// Which triangles a point sees is decided exactly for the rounded directions, so that k of them never give more than
    /// 2k − 4 facets, however close they are; normals come from exact cross products. Directions nearer than 1e-12 to
    /// each other are one point, and neighbours nearer than 1e-12 to the plane of a facet belong to it. Points on a sphere are
    /// all corners, but for directions that rounding puts inside the hull of their neighbours. The verdict is that of [`geometric_condition`](crate::geometric_condition).
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
        let (facets, least, lowest) = match dimension {
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
        Ok(Self {
            directions,
            facets,
            least,
            lowest,
        })
    }

    /// w_j/‖w_j‖, empty for zero rows.
    pub fn directions(&self) -> &[Vec<f64>] {
        &self.directions
    }

    /// All facets.
    pub fn facets(&self) -> &[Facet] {
        &self.facets
    }

    /// min_n max_j ⟨n, w̃_j⟩ over unit vectors n: the radius of the largest ball around 0 in the hull, the smallest offset of a
    /// facet; where 0 is outside, minus its distance from the hull, which a corner or an edge may attain.
    ///
    /// The value is off by at most some 1e-12, the distance at which directions count as one.
    pub fn margin(&self) -> f64 {
        if self.least >= 0.0 {
            return self.least;
        }
        let beyond = self.facets.iter().filter(|facet| facet.offset < 0.0);
        let distances = beyond.map(|facet| nearest::distance(&self.directions, &facet.corners));
        match distances.fold(f64::INFINITY, f64::min) {
            // Only planes of joined triangles have 0 beyond them.
            f64::INFINITY => self.least,
            distance => -distance,
        }
    }
}

pub(super) fn directions(weights: MatRef<'_, f64>) -> Result<Vec<Vec<f64>>, Error> {
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

pub(super) fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let largest = vector.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return None;
    }
    let scaled: Vec<f64> = vector.iter().map(|x| x / largest).collect();
    let length = dot(&scaled, &scaled).sqrt();
    Some(scaled.iter().map(|x| x / length).collect())
}

/// The lowest plane and its normal.
pub(super) fn lowest(hull: &Hull) -> (f64, Vec<f64>) {
    (hull.least, hull.lowest.clone())
}

fn edges(directions: &[Vec<f64>], distinct: &[usize]) -> (Vec<Facet>, f64, Vec<f64>) {
    let angle = |j: usize| directions[j][1].atan2(directions[j][0]);
    let mut order = distinct.to_vec();
    order.sort_by(|&a, &b| angle(a).total_cmp(&angle(b)).then(a.cmp(&b)));
    let facets: Vec<Facet> = (0..order.len())
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
        .collect();
    let lowest = facets.iter().min_by(|a, b| a.offset.total_cmp(&b.offset));
    let (least, normal) = lowest.map_or((f64::INFINITY, Vec::new()), |facet| {
        (facet.offset, facet.normal.clone())
    });
    (facets, least, normal)
}

fn polygons(directions: &[Vec<f64>], distinct: &[usize]) -> (Vec<Facet>, f64, Vec<f64>) {
    let points: Vec<[f64; 3]> = distinct
        .iter()
        .map(|&j| [directions[j][0], directions[j][1], directions[j][2]])
        .collect();
    let (groups, least, lowest) = triangles::facets(&points, SAME);
    let facets = groups
        .into_iter()
        .map(|(corners, normal)| {
            let corners: Vec<usize> = corners.iter().map(|&i| distinct[i]).collect();
            let offset = dot(&normal, &directions[corners[0]]);
            Facet {
                corners: around(directions, corners, &normal),
                normal: normal.to_vec(),
                offset,
            }
        })
        .collect();
    (facets, least, lowest.to_vec())
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
