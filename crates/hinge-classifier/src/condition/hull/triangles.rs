//! The hull of points of space as triangles, with exact decisions.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use num_bigint::{BigInt, Sign};
use numeric::inner_product as dot;

use super::{cross, unit};
use crate::condition::general::integers::{integers, to_doubles};

type Triangle = [usize; 3];

/// The error of the determinant of three differences, against the sum of the absolute values of its terms (Shewchuk 1997).
const FILTER: f64 = 8.0 * f64::EPSILON / 2.0;

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Points as integers of one scale.
fn whole<const N: usize>(points: [[f64; 3]; N]) -> [[BigInt; 3]; N] {
    let mut all = integers(points.as_flattened().iter().copied()).into_iter();
    std::array::from_fn(|_| std::array::from_fn(|_| all.next().unwrap_or_default()))
}

/// (b − a) × (c − a) in integers, up to a positive factor.
fn whole_normal([a, b, c]: [&[BigInt; 3]; 3]) -> [BigInt; 3] {
    let difference = |x: &[BigInt; 3], i: usize| &x[i] - &a[i];
    std::array::from_fn(|i| {
        let (l, m) = ((i + 1) % 3, (i + 2) % 3);
        difference(b, l) * difference(c, m) - difference(b, m) * difference(c, l)
    })
}

/// The side of the oriented plane (a, b, c) on which d is: the sign of det(b − a, c − a, d − a), exactly.
fn side(a: [f64; 3], b: [f64; 3], c: [f64; 3], d: [f64; 3]) -> Ordering {
    let (u, v, w) = (minus(b, a), minus(c, a), minus(d, a));
    let (mut value, mut size) = (0.0, 0.0);
    for i in 0..3 {
        let (l, m) = ((i + 1) % 3, (i + 2) % 3);
        value += w[i] * (u[l] * v[m] - u[m] * v[l]);
        size += w[i].abs() * ((u[l] * v[m]).abs() + (u[m] * v[l]).abs());
    }
    // Far above the range where products underflow.
    if value.abs() > FILTER * size && size > 1e-250 {
        return value.total_cmp(&0.0);
    }
    let [a, b, c, d] = whole([a, b, c, d]);
    let normal = whole_normal([&a, &b, &c]);
    let value: BigInt = (0..3).map(|i| &normal[i] * (&d[i] - &a[i])).sum();
    match value.sign() {
        Sign::Minus => Ordering::Less,
        Sign::NoSign => Ordering::Equal,
        Sign::Plus => Ordering::Greater,
    }
}

/// Four points that are not in one plane, the first three seen from outside counterclockwise.
fn tetrahedron(points: &[[f64; 3]]) -> Option<[usize; 4]> {
    let most = |size: &dyn Fn(usize) -> f64| {
        (0..points.len()).max_by(|&a, &b| size(a).total_cmp(&size(b)).then(b.cmp(&a)))
    };
    let square = |x: [f64; 3]| dot(&x, &x);
    let from = |i: usize| minus(points[i], points[0]);
    let second = most(&|i| square(from(i)))?;
    let third = most(&|i| square(cross(from(second), from(i))))?;
    let height = |i: usize| dot(&cross(from(second), from(third)), &from(i)).abs();
    let of = |i: usize| side(points[0], points[second], points[third], points[i]);
    let fourth = most(&height).filter(|&i| of(i) != Ordering::Equal);
    let fourth = fourth.or_else(|| (0..points.len()).find(|&i| of(i) != Ordering::Equal))?;
    Some(if of(fourth) == Ordering::Less {
        [0, second, third, fourth]
    } else {
        [0, third, second, fourth]
    })
}

/// The triangles of the hull, counterclockwise from outside; none where the points are in one plane.
fn triangles(points: &[[f64; 3]]) -> Vec<Triangle> {
    let Some(first) = tetrahedron(points) else {
        return Vec::new();
    };
    let [a, b, c, d] = first;
    let mut hull = vec![[a, b, c], [b, a, d], [c, b, d], [a, c, d]];
    for (new, &point) in points.iter().enumerate() {
        if first.contains(&new) {
            continue;
        }
        let (seen, kept): (Vec<Triangle>, Vec<Triangle>) = hull.iter().partition(|[a, b, c]| {
            side(points[*a], points[*b], points[*c], point) == Ordering::Greater
        });
        let edges = |[a, b, c]: &Triangle| [(*a, *b), (*b, *c), (*c, *a)];
        let inner: BTreeSet<(usize, usize)> = seen.iter().flat_map(edges).collect();
        hull = kept;
        for (from, to) in seen.iter().flat_map(edges) {
            if !inner.contains(&(to, from)) {
                hull.push([from, to, new]);
            }
        }
    }
    hull
}

/// A facet and its outward unit normal.
pub(super) type Group = (Vec<usize>, [f64; 3]);

/// The unit normal of a triangle, rounded once; none for three points on a line.
fn normal(points: &[[f64; 3]], triangle: Triangle) -> Option<[f64; 3]> {
    let [a, b, c] = whole(triangle.map(|i| points[i]));
    let normal = unit(&to_doubles(&whole_normal([&a, &b, &c])))?;
    Some([normal[0], normal[1], normal[2]])
}

/// The facets of the hull, and the lowest plane of a triangle with its normal. Triangles whose corners are within `same` of the
/// plane of a larger neighbour are part of its facet.
pub(super) fn facets(points: &[[f64; 3]], same: f64) -> (Vec<Group>, f64, [f64; 3]) {
    let triangles = triangles(points);
    let normals: Vec<Option<[f64; 3]>> = triangles
        .iter()
        .map(|&triangle| normal(points, triangle))
        .collect();
    let planes = normals.iter().zip(&triangles);
    let planes = planes.filter_map(|(normal, triangle)| {
        normal.map(|normal| (dot(&normal, &points[triangle[0]]), normal))
    });
    let (least, lowest) = planes.fold((f64::INFINITY, [0.0; 3]), |least, next| {
        if next.0 < least.0 { next } else { least }
    });
    let mut neighbour = BTreeMap::new();
    for (index, [a, b, c]) in triangles.iter().enumerate() {
        for edge in [(*a, *b), (*b, *c), (*c, *a)] {
            neighbour.insert(edge, index);
        }
    }
    let area = |[a, b, c]: Triangle| {
        let normal = cross(minus(points[b], points[a]), minus(points[c], points[a]));
        dot(&normal, &normal)
    };
    let mut order: Vec<usize> = (0..triangles.len()).collect();
    order.sort_by(|&i, &l| {
        area(triangles[l])
            .total_cmp(&area(triangles[i]))
            .then(i.cmp(&l))
    });
    let mut taken = vec![false; triangles.len()];
    let mut facets = Vec::new();
    for seed in order {
        if taken[seed] {
            continue;
        }
        taken[seed] = true;
        let Some(normal) = normals[seed] else {
            continue;
        };
        let corner = points[triangles[seed][0]];
        let height = |i: usize| dot(&normal, &minus(points[i], corner)).abs();
        let mut corners = triangles[seed].to_vec();
        let mut border = vec![seed];
        while let Some(at) = border.pop() {
            let [a, b, c] = triangles[at];
            for edge in [(b, a), (c, b), (a, c)] {
                let Some(&next) = neighbour.get(&edge) else {
                    continue;
                };
                if !taken[next] && triangles[next].iter().all(|&i| height(i) < same) {
                    taken[next] = true;
                    corners.extend(triangles[next]);
                    border.push(next);
                }
            }
        }
        corners.sort_unstable();
        corners.dedup();
        facets.push((corners, normal));
    }
    (facets, least, lowest)
}
