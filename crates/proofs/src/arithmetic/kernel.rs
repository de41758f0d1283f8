//! The scalar kernels of two-layer ReLU networks, enclosed.

use crate::arithmetic::Interval;
use crate::error::Error;

/// Up to this supplement the series of sin s − s cos s is used, beyond it the closed form.
const SERIES_BELOW: f64 = 1.0;
/// Terms of the series: at s = 1 the first one left out is 2k/(2k+1)! < 6e-21 for k = 11.
const SERIES_TERMS: u32 = 10;

/// h(θ) = (π−θ) cos θ + sin θ by the supplement s = π − θ ∈ \[0, π\]: sin s − s cos s.
///
/// It increases on \[0, π\] (the derivative is s sin s), so that both ends are those of points. Below 1 the alternating
/// series s³/3 − s⁵/30 + …, (−1)^(k+1) 2k s^(2k+1)/(2k+1)!, keeps the relative accuracy; its remainder has the sign of,
/// and is smaller than, the first term left out. Parts of `supplement` outside \[0, π\] are passed over.
pub fn arc_cosine_of_supplement(supplement: Interval) -> Interval {
    let Some(s) = supplement.intersection(Interval::between(0.0, Interval::PI.high())) else {
        return Interval::ENTIRE;
    };
    let low = arc_cosine_at(s.low()).low();
    let high = arc_cosine_at(s.high()).high();
    // h ∈ [0, π].
    Interval::between(low.max(0.0), high.min(Interval::PI.high()))
}

/// h(θ) = (π−θ) cos θ + sin θ for angles in \[0, π\].
///
/// Near π give the supplement to [`arc_cosine_of_supplement`]: the double nearest to θ does not know π − θ.
pub fn arc_cosine(theta: Interval) -> Interval {
    arc_cosine_of_supplement(Interval::PI - theta)
}

/// sin s − s cos s at one double s ∈ \[0, π\] (rounded up at π).
fn arc_cosine_at(s: f64) -> Interval {
    let x = Interval::from(s);
    if s > SERIES_BELOW {
        return x.sin() - x * x.cos();
    }
    x * x.sqr() * arc_cosine_quotient(x.sqr())
}

/// (sin s − s cos s)/s³ for s² = `square` ∈ \[0, 1\]: 1/3 − s²/30 + s⁴/840 − …
fn arc_cosine_quotient(square: Interval) -> Interval {
    // Coefficients c_k = 2k/(2k+1)!, k = 1, 2, …: c_{k+1}/c_k = (k+1)/(k (2k+2)(2k+3)) = 1/(2k (2k+3)).
    let mut coefficient = Interval::ONE / 3.0;
    let mut coefficients = vec![coefficient];
    for k in 1..=SERIES_TERMS {
        let k = f64::from(k);
        coefficient = coefficient / (2.0 * k * (2.0 * k + 3.0));
        coefficients.push(coefficient);
    }
    // The remainder is between 0 and the first term left out, whatever its sign.
    let mut sum = Interval::between(-coefficient.high(), coefficient.high());
    for c in coefficients.iter().rev().skip(1) {
        sum = *c - square * sum;
    }
    sum
}

/// (sin s − s cos s)/s³, even, decreasing on \[0, π\] from 1/3; the part of `s` in \[0, 1\] must be all of it for a sharp
/// answer, beyond 1 the quotient is taken.
pub fn arc_cosine_over_cube(s: Interval) -> Interval {
    if s.low() >= 0.0 && s.high() <= SERIES_BELOW {
        return arc_cosine_quotient(s.sqr());
    }
    if s.low() < 0.0 {
        return Interval::ENTIRE;
    }
    let at = |end: f64| {
        let x = Interval::from(end);
        if end <= SERIES_BELOW {
            arc_cosine_quotient(x.sqr())
        } else {
            arc_cosine_at(end) / (x * x.sqr())
        }
    };
    // Decreasing: d/ds (sin s − s cos s)/s³ < 0 on (0, π], as s² sin s < 3(sin s − s cos s).
    if s.high() <= Interval::PI.high() {
        return Interval::between(at(s.high()).low(), at(s.low()).high());
    }
    Interval::ENTIRE
}

/// uᵀv.
///
/// # Errors
/// Different lengths.
pub fn dot(u: &[Interval], v: &[Interval]) -> Result<Interval, Error> {
    if u.len() != v.len() {
        return Err(Error::Length {
            left: "u",
            left_length: u.len(),
            right: "v",
            right_length: v.len(),
        });
    }
    let zero = Interval::ZERO;
    Ok(u.iter().zip(v).fold(zero, |sum, (&a, &b)| sum + a * b))
}

/// ‖u‖.
///
/// Vectors with squares near the ends of the range of doubles are divided by a power of two first.
pub fn norm(u: &[Interval]) -> Interval {
    let length = |unit: f64| {
        u.iter()
            .fold(Interval::ZERO, |sum, &x| sum + (x / unit).sqr())
            .sqrt()
    };
    let most = u.iter().fold(0.0, |most: f64, x| most.max(x.mag()));
    if most == 0.0 || (LEAST_PLAIN..LEAST_PLAIN.recip()).contains(&most) || most.is_infinite() {
        return u.iter().fold(Interval::ZERO, |sum, x| sum + x.sqr()).sqrt();
    }
    // The power of two below, or the least normal one.
    let unit = f64::from_bits(most.to_bits() & f64::INFINITY.to_bits()).max(f64::MIN_POSITIVE);
    unit * length(unit)
}

/// Between this and its inverse squares neither over- nor underflow in a way that matters.
const LEAST_PLAIN: f64 = 1e-100;

/// The angle between two vectors and its supplement, (θ, π − θ).
///
/// tan(θ/2) = ‖u‖v‖ − v‖u‖‖ / ‖u‖v‖ + v‖u‖‖: sums of squares, so that θ keeps its relative accuracy near 0 and π − θ near
/// π for exact vectors; for boxes both enclosures hold every pair of vectors, and \[0, π\] if one may be zero.
///
/// # Errors
/// Different lengths.
pub fn angle(u: &[Interval], v: &[Interval]) -> Result<(Interval, Interval), Error> {
    dot(u, v)?;
    let (a, b) = (norm(u), norm(v));
    let gap = |sign: f64| {
        let parts: Vec<Interval> = u
            .iter()
            .zip(v)
            .map(|(&x, &y)| x * b + sign * (y * a))
            .collect();
        norm(&parts)
    };
    let (apart, along) = (gap(-1.0), gap(1.0));
    let whole = Interval::between(0.0, Interval::PI.high());
    let clip = |angle: Interval| angle.intersection(whole).unwrap_or(whole);
    Ok((
        clip(2.0 * apart.atan2(along)),
        clip(2.0 * along.atan2(apart)),
    ))
}

/// E\[σ(u·x)σ(v·x)\] = ‖u‖‖v‖h(θ)/2π.
///
/// # Errors
/// Different lengths.
pub fn kernel(u: &[Interval], v: &[Interval]) -> Result<Interval, Error> {
    let (_, supplement) = angle(u, v)?;
    Ok(norm(u) * norm(v) * arc_cosine_of_supplement(supplement) / Interval::TAU)
}
