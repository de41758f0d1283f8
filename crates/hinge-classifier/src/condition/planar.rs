use std::cmp::Ordering;

use numeric::{largest_exponent, times_power_of_two};

use crate::error::{Error, check_rows};

/// The geometric condition in the plane: whether 0 is in the interior of the convex hull of the directions of
/// `weights`, decided exactly.
///
/// In the plane this is the same as: the directions, sorted by angle, leave no gap of π or more. Zero vectors have no
/// direction and are passed over.
///
/// Sorting and gaps need only the sign of u₁v₂ − u₂v₁. Rounding is monotone, so different rounded products have the order
/// of the exact ones, and equal ones leave the order to their rounding errors, which a fused multiply–add gives exactly.
/// The verdict is therefore exact as long as these errors do not underflow: norms of all vectors are first brought
/// near 1 by powers of two, after which an entry below 1e-140 may be taken for 0.
///
/// # Examples
/// ```
/// use hinge_classifier::planar_condition;
/// assert!(planar_condition(&[[1.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]])?);
/// // 0 on an edge of the hull is not enough.
/// assert!(!planar_condition(&[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])?);
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
///
/// # Errors
/// A weight that is not finite.
///
/// # Source
/// Long, Yin & Xin 2021, Lemma 5.2, for d = 2.
pub fn planar_condition(weights: &[[f64; 2]]) -> Result<bool, Error> {
    check_rows(weights.as_flattened(), 2)?;
    let mut directions: Vec<[f64; 2]> = weights.iter().filter_map(|w| scaled(*w)).collect();
    directions.sort_by(by_angle);
    if directions.len() < 3 {
        return Ok(false);
    }
    let turned = directions.iter().skip(1).chain(directions.first()).copied();
    let no_gap = directions.iter().zip(turned).all(|(&u, v)| {
        let sign = cross_sign(u, v);
        sign == Ordering::Greater || (sign == Ordering::Equal && dot(u, v) > 0.0)
    });
    let spans = directions
        .iter()
        .any(|&u| cross_sign(directions[0], u) != Ordering::Equal);
    Ok(no_gap && spans)
}

/// The vector times a power of two that brings its larger entry into [1, 2); `None` for zero.
fn scaled(vector: [f64; 2]) -> Option<[f64; 2]> {
    let scale = -largest_exponent(&vector)?;
    Some(vector.map(|x| times_power_of_two(x, scale)))
}

fn dot(u: [f64; 2], v: [f64; 2]) -> f64 {
    u[0] * v[0] + u[1] * v[1]
}

/// The sign of u₁v₂ − u₂v₁.
fn cross_sign(u: [f64; 2], v: [f64; 2]) -> Ordering {
    let (p, q) = (u[0] * v[1], u[1] * v[0]);
    let (p_error, q_error) = (u[0].mul_add(v[1], -p), u[1].mul_add(v[0], -q));
    let order = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    order(p, q).then(order(p_error, q_error))
}

/// Whether the angle is in [0, π).
fn upper(u: [f64; 2]) -> bool {
    u[1] > 0.0 || (u[1] == 0.0 && u[0] > 0.0)
}

fn by_angle(u: &[f64; 2], v: &[f64; 2]) -> Ordering {
    upper(*v).cmp(&upper(*u)).then_with(|| cross_sign(*v, *u))
}
