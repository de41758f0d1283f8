//! The distance of 0 from a facet.

use numeric::{inner_product as dot, norm};

type Vector = Vec<f64>;

/// The distance of 0 from the segment or polygon with the given corners in order.
pub(super) fn distance(points: &[Vector], corners: &[usize]) -> f64 {
    let [first, rest @ ..] = corners else {
        return f64::INFINITY;
    };
    let fan = rest.windows(2);
    if rest.len() == 1 {
        return norm(&to_segment(&points[*first], &points[rest[0]]));
    }
    fan.map(|pair| to_triangle(&points[*first], &points[pair[0]], &points[pair[1]]))
        .fold(f64::INFINITY, f64::min)
}

fn minus(a: &[f64], b: &[f64]) -> Vector {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// The point of a segment that is nearest to 0.
fn to_segment(a: &[f64], b: &[f64]) -> Vector {
    let along = minus(b, a);
    let length = dot(&along, &along);
    let share = if length > 0.0 {
        (-dot(a, &along) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    a.iter().zip(&along).map(|(a, x)| a + share * x).collect()
}

/// The distance of 0 from a triangle of space.
fn to_triangle(a: &[f64], b: &[f64], c: &[f64]) -> f64 {
    let edges = [(a, b), (b, c), (c, a)];
    let around = edges
        .iter()
        .map(|(p, q)| norm(&to_segment(p, q)))
        .fold(f64::INFINITY, f64::min);
    let (u, v) = (minus(b, a), minus(c, a));
    let (uu, uv, vv) = (dot(&u, &u), dot(&u, &v), dot(&v, &v));
    let (au, av) = (-dot(a, &u), -dot(a, &v));
    let area = uu * vv - uv * uv;
    if area <= 0.0 {
        return around;
    }
    let (s, t) = ((au * vv - av * uv) / area, (av * uu - au * uv) / area);
    if s < 0.0 || t < 0.0 || s + t > 1.0 {
        return around;
    }
    let foot: Vector = (0..a.len()).map(|i| a[i] + s * u[i] + t * v[i]).collect();
    norm(&foot).min(around)
}
