use std::f64::consts::{SQRT_2, TAU};

use numeric::{DoubleDouble, largest_exponent, scaled};
use rand::Rng;
use relu_gating::{InputLaw, UniformBall};
use statrs::function::beta::beta_reg;

use super::volume::ball_volume_ratio;
use super::{check_dimension, check_non_zero, check_pair, check_setting};
use crate::error::Error;

/// Whether w lies in Ω = {w : ‖w − w*‖ < ‖w*‖}.
///
/// Decided as 2 w·w* > ‖w‖² with both inner products in 32 digits on vectors scaled by powers of two, so that also a
/// tiny w almost orthogonal to w* is on the right side. The origin is on the boundary, not in Ω.
///
/// # Examples
/// ```
/// use teacher_student::single_unit::in_basin;
/// let teacher = [1.0, 0.0];
/// assert!(!in_basin(&[1e-250, 1e-120], &teacher)?); // ‖w‖² = 1e-240 exceeds 2 w·w* = 2e-250
/// assert!(in_basin(&[1e-230, 1e-120], &teacher)?);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, or a zero teacher.
///
/// # Source
/// Tian 2017, Theorem 5.
pub fn in_basin(w: &[f64], teacher: &[f64]) -> Result<bool, Error> {
    check_pair(w, teacher)?;
    Ok(w.iter().any(|x| *x != 0.0) && margin(w, teacher) > 0.0)
}

/// 2 cos θ − ‖w‖/‖w*‖, positive inside Ω = {w : ‖w − w*‖ < ‖w*‖}, zero on its boundary, negative outside.
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, or a zero student or teacher.
///
/// # Source
/// Tian 2017, Theorem 5.
pub fn basin_margin(w: &[f64], teacher: &[f64]) -> Result<f64, Error> {
    check_pair(w, teacher)?;
    check_non_zero("the student", w)?;
    Ok(margin(w, teacher))
}

/// (2 w·w* − ‖w‖²)/(‖w‖‖w*‖) for non-zero vectors.
fn margin(w: &[f64], teacher: &[f64]) -> f64 {
    let exponent_of = |vector: &[f64]| largest_exponent(vector).unwrap_or(0);
    let (w_exponent, teacher_exponent) = (exponent_of(w), exponent_of(teacher));
    let (w, teacher) = (scaled(w, -w_exponent), scaled(teacher, -teacher_exponent));
    let across = DoubleDouble::dot(&w, &teacher);
    let square = DoubleDouble::dot(&w, &w);
    // A ratio of norms beyond 2^±1000 decides by itself.
    let ratio = 2f64.powi((w_exponent - teacher_exponent).clamp(-1000, 1000));
    let difference =
        (DoubleDouble::from(2.0) * across - square * DoubleDouble::from(ratio)).value();
    difference / (square.value() * DoubleDouble::dot(&teacher, &teacher).value()).sqrt()
}

/// Fills `w` with a uniform point of the ball B_r = {w : ‖w‖ ≤ r} of ℝᵈ, d the length of `w`.
///
/// A Gaussian direction times r U^{1/d}; no intermediate leaves the range of a double for any d and r.
///
/// # Errors
/// An empty `w`, or a radius that is not finite and positive.
///
/// # Source
/// Tian 2017, Theorem 6.
pub fn uniform_in_ball<R: Rng + ?Sized>(
    rng: &mut R,
    radius: f64,
    w: &mut [f64],
) -> Result<(), Error> {
    check_dimension(w.len())?;
    let holds = radius.is_finite() && radius > 0.0;
    check_setting("radius", radius, holds, "it must be finite and positive")?;
    UniformBall { radius: 1.0 }.sample(rng, w);
    for entry in w {
        *entry *= radius;
    }
    Ok(())
}

/// The probability that a uniform point of B_r lies in Ω, and how far it falls short of one half.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BasinProbability {
    /// P = vol(B_r ∩ Ω)/vol(B_r).
    pub probability: f64,
    /// ½ − P, accurate relative to itself also where P is close to ½.
    pub deficit: f64,
}

/// The exact probability that a uniform point of B_r = {‖w‖ ≤ r} lies in Ω = {‖w − w*‖ < ‖w*‖}, for ϱ = r/‖w*‖.
///
/// With x = ϱ²/4, p = (d+1)/2 and the regularised incomplete beta function I:
///
/// - 0 < ϱ ≤ √2: ½ − P = ½I_x(½, (d−1)/2) − S, where S = ½ x^{−d/2} B_x(p, (d−1)/2)/B(½, (d−1)/2). This is the mean of
///   the spherical cap fraction P(u·ŵ* < s/2‖w*‖) − ½ over the length s of the point; the two terms are in the
///   proportion d+1 : 1 for small ϱ. Where P is below ¼ it is the sum ½I_{1−x}((d−1)/2, ½) + S.
/// - √2 < ϱ < 2: P = ½I_{1−x}(p, ½) + ϱ^{−d}(1 − ½I_{4x(1−x)}(p, ½)), the two caps that the sphere through the
///   intersection cuts from B_r and from Ω.
/// - ϱ ≥ 2: P = ϱ^{−d}, Ω lies in B_r.
///
/// So P keeps its relative accuracy also where it is tiny. I comes from statrs, whose relative error grows to 1e-11 at d = 10⁴; S from
/// its hypergeometric series, whose terms are positive and do not overflow.
///
/// # Examples
/// ```
/// use teacher_student::single_unit::basin_probability;
/// let p = basin_probability(3, 1e-8)?;
/// // In ℝ³ half of a small ball but for a slab: ½ − P = 3ϱ/16 − ….
/// assert!((p.deficit / (3e-8 / 16.0) - 1.0).abs() < 1e-13);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Errors
/// d = 0, or a ratio that is not finite and positive.
///
/// # Source
/// The closed form is ours; Tian 2017, Theorem 6 bounds it from below.
pub fn basin_probability(dimension: usize, ratio: f64) -> Result<BasinProbability, Error> {
    check_dimension(dimension)?;
    let holds = ratio.is_finite() && ratio > 0.0;
    check_setting("ratio", ratio, holds, "it must be finite and positive")?;
    let d = dimension as f64;
    let half = ratio / 2.0;
    let (x, rest) = (half * half, (1.0 - half) * (1.0 + half));
    let from_probability = |probability: f64| BasinProbability {
        probability,
        deficit: 0.5 - probability,
    };
    Ok(if ratio >= 2.0 {
        from_probability(ratio.powf(-d))
    } else if dimension == 1 {
        from_probability(0.5)
    } else if ratio > SQRT_2 {
        let p = f64::midpoint(d, 1.0);
        let outer = beta_reg(p, 0.5, rest) / 2.0;
        let inner = 1.0 - beta_reg(p, 0.5, (4.0 * x * rest).min(1.0)) / 2.0;
        from_probability(outer + ratio.powf(-d) * inner)
    } else {
        let q = (d - 1.0) / 2.0;
        let mean = mean_part(dimension, ratio)?;
        let deficit = beta_reg(0.5, q, x) / 2.0 - mean;
        // 1 − x carries no digit of a small x: there P is ½ minus the deficit.
        let probability = if deficit < 0.25 {
            0.5 - deficit
        } else {
            beta_reg(q, 0.5, rest) / 2.0 + mean
        };
        BasinProbability {
            probability,
            deficit,
        }
    })
}

/// S = (ϱ/2)(1−x)^{(d−1)/2} ₂F₁(d, 1; (d+3)/2; x)/((d+1) B(½, (d−1)/2)), for x = ϱ²/4 ≤ ½ and d ≥ 2.
fn mean_part(dimension: usize, ratio: f64) -> Result<f64, Error> {
    let d = dimension as f64;
    let x = ratio * ratio / 4.0;
    // Successive terms of ₂F₁ are in the proportion (d+n)x/((d+3)/2+n) < 1 : 1 for x ≤ ½.
    let (mut term, mut series, mut n) = (1.0, 0.0, 0.0);
    while term > f64::EPSILON * series / 8.0 {
        series += term;
        term *= (d + n) * x / (f64::midpoint(d, 3.0) + n);
        n += 1.0;
    }
    // B(½, (d−1)/2) = B(½, (d+1)/2)·d/(d−1), and B(½, (d+1)/2) = V_d/V_{d−1}.
    let beta = ball_volume_ratio(dimension)? * d / (d - 1.0);
    let power = (f64::midpoint(d, -1.0) * (-x).ln_1p()).exp();
    Ok(ratio / 2.0 * power * series / ((d + 1.0) * beta))
}

/// ε√(2π/(d+1)), the largest ratio r/‖w*‖ for which Theorem 6 guarantees the probability (1 − ε)/2.
///
/// # Errors
/// d = 0, or ε outside [0, 1].
///
/// # Source
/// Tian 2017, Theorem 6; Tian 2016, Eq 35.
pub fn guaranteed_ratio(dimension: usize, epsilon: f64) -> Result<f64, Error> {
    check_dimension(dimension)?;
    check_epsilon(epsilon)?;
    Ok(epsilon * (TAU / (dimension as f64 + 1.0)).sqrt())
}

/// (1 − ε)/2, the probability that Theorem 6 guarantees.
///
/// # Errors
/// ε outside [0, 1].
///
/// # Source
/// Tian 2017, Theorem 6.
pub fn guaranteed_probability(epsilon: f64) -> Result<f64, Error> {
    check_epsilon(epsilon)?;
    Ok((1.0 - epsilon) / 2.0)
}

/// The slack of Theorem 6: the exact probability of Ω at the [`guaranteed_ratio`], minus (1 − ε)/2.
///
/// Positive for every d and ε in (0, 1]. As d → ∞ it tends to ½(ε − erf(ε√π/2)) = πε³/24 − …, so the bound is tight in
/// the limit of large d *and* small ε, not of large d alone. Formed as ε/2 − (½ − P).
///
/// # Errors
/// d = 0, or ε outside (0, 1].
///
/// # Source
/// Tian 2016, the remark after Eq 43.
pub fn guarantee_slack(dimension: usize, epsilon: f64) -> Result<f64, Error> {
    let ratio = guaranteed_ratio(dimension, epsilon)?;
    Ok(epsilon / 2.0 - basin_probability(dimension, ratio)?.deficit)
}

fn check_epsilon(epsilon: f64) -> Result<(), Error> {
    let holds = (0.0..=1.0).contains(&epsilon);
    check_setting("epsilon", epsilon, holds, "it must lie in [0, 1]")
}
