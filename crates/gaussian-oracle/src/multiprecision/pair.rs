//! Closed forms for one pair of vectors.

use super::Real;

/// Below this angle to the opposite direction, sums that cancel like its square are replaced by
/// their expansion: 10⁻²⁰ costs 133 of 512 bits in sin s − s cos s.
const NARROW: f64 = 1e-20;
/// Terms of that expansion: 10⁻⁴⁰ a term against 10⁻¹⁵⁴.
const TERMS: i32 = 6;

/// An angle in [0, π] with its supplement, sine and cosine, each to full relative accuracy.
#[derive(Debug, Clone, PartialEq)]
pub struct Angle {
    /// θ.
    pub theta: Real,
    /// π − θ.
    pub supplement: Real,
    /// sin θ ≥ 0.
    pub sin: Real,
    /// cos θ.
    pub cos: Real,
}

impl Angle {
    /// The angle θ, taken as an exact double.
    pub fn from_radians(theta: f64) -> Self {
        let theta = Real::from(theta);
        Self {
            supplement: Real::pi() - &theta,
            sin: theta.sin(),
            cos: theta.cos(),
            theta,
        }
    }

    /// The angle π − s, s taken as an exact double.
    pub fn from_supplement(supplement: f64) -> Self {
        let supplement = Real::from(supplement);
        Self {
            theta: Real::pi() - &supplement,
            sin: supplement.sin(),
            cos: -supplement.cos(),
            supplement,
        }
    }

    /// h(θ) = (π−θ) cos θ + sin θ.
    pub fn arc_cosine(&self) -> Real {
        let s = &self.supplement;
        if *s >= Real::from(NARROW) {
            return s * &self.cos + &self.sin;
        }
        // sin s − s cos s = Σ_{k≥1} (−1)^{k+1} 2k s^{2k+1}/(2k+1)!
        let mut power = s.clone();
        let mut total = Real::zero();
        for k in 1..=TERMS {
            let even = f64::from(2 * k);
            power = -(power * s * s) / Real::from(even * (even + 1.0));
            total = total - &power * Real::from(even);
        }
        total
    }

    /// h(θ), h′(θ) = −(π−θ) sin θ, h″(θ) = sin θ − (π−θ) cos θ.
    pub fn arc_cosine_derivatives(&self) -> [Real; 3] {
        [
            self.arc_cosine(),
            -(&self.supplement * &self.sin),
            &self.sin - &self.supplement * &self.cos,
        ]
    }
}

pub(super) fn reals(v: &[f64]) -> Vec<Real> {
    v.iter().copied().map(Real::from).collect()
}

pub(super) fn dot(u: &[Real], v: &[Real]) -> Real {
    u.iter().zip(v).map(|(a, b)| a * b).sum()
}

pub(super) fn norm(v: &[Real]) -> Real {
    dot(v, v).sqrt()
}

pub(super) fn scaled(factor: &Real, v: &[Real]) -> Vec<Real> {
    v.iter().map(|t| factor * t).collect()
}

pub(super) fn sum(u: &[Real], v: &[Real]) -> Vec<Real> {
    u.iter().zip(v).map(|(a, b)| a + b).collect()
}

/// v/‖v‖.
pub(super) fn direction(v: &[Real]) -> Vec<Real> {
    let length = norm(v);
    v.iter().map(|t| t / &length).collect()
}

/// The unit vector along v − (v·ŵ)ŵ, or `None` where v is a multiple of w.
///
/// ‖w‖² v − (v·w) w = Σ_j w_j (v_i w_j − v_j w_i): for doubles the minors are exact, so nothing
/// cancels, however near to parallel the vectors are.
pub(super) fn perpendicular(w: &[Real], v: &[Real]) -> Option<Vec<Real>> {
    let part: Vec<Real> = (0..w.len())
        .map(|i| {
            (0..w.len())
                .map(|j| &w[j] * (&v[i] * &w[j] - &v[j] * &w[i]))
                .sum()
        })
        .collect();
    (!norm(&part).is_zero()).then(|| direction(&part))
}

pub(super) fn angle_of(u: &[Real], v: &[Real]) -> Angle {
    assert_eq!(
        u.len(),
        v.len(),
        "an angle needs vectors of equal dimension"
    );
    let mut minors = Real::zero();
    for i in 0..u.len() {
        for j in 0..i {
            let minor = &u[i] * &v[j] - &u[j] * &v[i];
            minors = minors + &minor * &minor;
        }
    }
    let (across, along, lengths) = (minors.sqrt(), dot(u, v), norm(u) * norm(v));
    assert!(!lengths.is_zero(), "the zero vector has no direction");
    let half = Real::pi() / Real::from(2.0);
    let (theta, supplement) = if along.is_zero() {
        (half.clone(), half)
    } else {
        let small = (&across / along.abs()).atan();
        let large = Real::pi() - &small;
        if along.is_negative() {
            (large, small)
        } else {
            (small, large)
        }
    };
    Angle {
        theta,
        supplement,
        sin: across / &lengths,
        cos: along / lengths,
    }
}

/// ∠(u, v).
///
/// tan θ = √(Σ_{i<j} (u_i v_j − u_j v_i)²) / u·v. For doubles the minors are exact up to one
/// rounding, so both θ and π − θ are relatively accurate for every pair.
///
/// # Panics
/// For a zero vector or differing dimensions.
pub fn angle(u: &[f64], v: &[f64]) -> Angle {
    angle_of(&reals(u), &reals(v))
}

pub(super) fn gating_of(e: &[Real], w: &[Real]) -> Vec<Real> {
    let length = norm(w);
    if length.is_zero() {
        return w.to_vec();
    }
    let angle = angle_of(e, w);
    let e_unit = direction(e);
    let s = &angle.supplement;
    let (first, second) = if *s >= Real::from(NARROW) {
        (scaled(s, w), scaled(&(length * &angle.sin), &e_unit))
    } else {
        // The same vector along ê and n̂, w = ‖w‖ (cos θ ê + sin θ n̂).
        let across = perpendicular(e, w).map_or_else(
            || vec![Real::zero(); w.len()],
            |n| scaled(&(&length * s * &angle.sin), &n),
        );
        (scaled(&(length * angle.arc_cosine()), &e_unit), across)
    };
    let scale = Real::one() / (Real::from(2.0) * Real::pi());
    scaled(&scale, &sum(&first, &second))
}

/// E[F(e, w)] = [(π−θ) w + ‖w‖ sin θ e/‖e‖] / 2π.
///
/// # Panics
/// If e = 0 or the dimensions differ.
///
/// # Source
/// Tian 2017, Theorem 1, Eq 5.
pub fn population_gating(e: &[f64], w: &[f64]) -> Vec<Real> {
    gating_of(&reals(e), &reals(w))
}

pub(super) fn kernel_of(u: &[Real], v: &[Real]) -> Real {
    let lengths = norm(u) * norm(v);
    if lengths.is_zero() {
        return lengths;
    }
    lengths * angle_of(u, v).arc_cosine() / (Real::from(2.0) * Real::pi())
}

/// E[σ(u·x) σ(v·x)] = ‖u‖ ‖v‖ h(θ)/2π.
///
/// # Panics
/// If the dimensions differ.
pub fn kernel(u: &[f64], v: &[f64]) -> Real {
    kernel_of(&reals(u), &reals(v))
}

/// ½(w − v) + (θ v − (‖v‖/‖w‖) sin θ w)/2π: the gradient in w of ½ E[(σ(w·x) − σ(v·x))²].
///
/// # Panics
/// For a zero vector or differing dimensions.
///
/// # Source
/// Tian 2017, Eq 6.
pub fn single_unit_gradient(w: &[f64], teacher: &[f64]) -> Vec<Real> {
    let (w, v) = (reals(w), reals(teacher));
    let angle = angle_of(&w, &v);
    let two_pi = Real::from(2.0) * Real::pi();
    let half = Real::from(0.5);
    let ratio = norm(&v) / norm(&w) * &angle.sin;
    w.iter()
        .zip(&v)
        .map(|(w, v)| &half * (w - v) + (&angle.theta * v - &ratio * w) / &two_pi)
        .collect()
}

/// ½ E[(σ(w·x) − σ(v·x))²] by three kernels.
///
/// # Panics
/// If the dimensions differ.
pub fn single_unit_loss(w: &[f64], teacher: &[f64]) -> Real {
    let (w, v) = (reals(w), reals(teacher));
    let half = Real::from(0.5);
    &half * (kernel_of(&w, &w) + kernel_of(&v, &v)) - kernel_of(&w, &v)
}

/// E[1(x in the sector [0, φ₀]) x xᵀ] = (1/4π) [[2φ₀ + sin 2φ₀, 1 − cos 2φ₀], [1 − cos 2φ₀, 2φ₀ − sin 2φ₀]].
///
/// # Source
/// Tian 2016, Eq 22–23.
pub fn sector_second_moment(phi0: f64) -> [[Real; 2]; 2] {
    let twice = Real::from(2.0) * Real::from(phi0);
    let scale = Real::from(4.0) * Real::pi();
    let mixed = (Real::one() - twice.cos()) / &scale;
    [
        [(&twice + twice.sin()) / &scale, mixed.clone()],
        [mixed, (&twice - twice.sin()) / &scale],
    ]
}

/// (1/2π) [(π−θ) I + sin θ T], T the reflection that swaps û and v̂ in their plane and is 0 across it.
pub(super) fn gated_second_moment_of(u: &[Real], v: &[Real]) -> Vec<Vec<Real>> {
    let angle = angle_of(u, v);
    let (u_unit, v_unit) = (direction(u), direction(v));
    let scale = Real::one() / (Real::from(2.0) * Real::pi());
    let mut matrix = vec![vec![Real::zero(); u.len()]; u.len()];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = &scale * &angle.supplement;
    }
    // T sends v̂ to û and m̂ = (û − cos θ v̂)/sin θ to sin θ v̂ − cos θ m̂ … written in û, v̂, m̂:
    // sin θ T = v̂ m̂ᵀ + û (sin θ v̂ − cos θ m̂)ᵀ.
    if let Some(m) = perpendicular(v, u) {
        for (i, row) in matrix.iter_mut().enumerate() {
            for (k, entry) in row.iter_mut().enumerate() {
                let turn = &v_unit[i] * &m[k]
                    + &u_unit[i] * (&angle.sin * &v_unit[k] - &angle.cos * &m[k]);
                *entry = &*entry + &scale * turn;
            }
        }
    }
    matrix
}

/// E[1(x·u > 0) 1(x·v > 0) x xᵀ], d × d.
///
/// # Panics
/// For a zero vector or differing dimensions.
pub fn gated_second_moment(u: &[f64], v: &[f64]) -> Vec<Vec<Real>> {
    gated_second_moment_of(&reals(u), &reals(v))
}

#[cfg(test)]
mod tests {
    use super::super::{largest_relative_error, relative_error};
    use super::*;
    use crate::quadrature::{self, Sector};

    const DOUBLE: f64 = 1e-15;
    /// Quadrature at tolerance 1e−13.
    const QUADRATURE: f64 = 1e-12;

    fn close(value: &Real, text: &str) {
        let exact: Real = text.parse().unwrap();
        let off = (value - &exact).abs() / exact.abs();
        assert!(off < "1e-30".parse().unwrap(), "{value} {text}");
    }

    #[test]
    fn angles_at_the_ends() {
        // atan(t) = t − t³/3 for t = 1e−150, and the same from π.
        let (e, near) = ([1.0, 0.0], [1e150, 1e-150]);
        let (far, straight) = ([-1e150, 1e-150], [-2.0, 0.0]);
        let ratio = Real::from(1e-150) / Real::from(1e150);
        let off = |a: &Real, b: &Real| ((a - b) / b).abs().to_f64();
        assert!(off(&angle(&e, &near).theta, &ratio) < 1e-100);
        assert!(off(&angle(&e, &far).supplement, &ratio) < 1e-100);
        assert!(angle(&e, &straight).supplement.is_zero());
        assert!(angle(&e, &e).theta.is_zero());
        close(
            &angle(&e, &[0.0, 3.0]).theta,
            "1.57079632679489661923132169163975",
        );
        close(
            &angle(&[1.0, 1.0, 0.0], &[0.0, 1.0, 1.0]).theta,
            "1.04719755119659774615421446109316763",
        );
        for theta in [0.1, 1.0, 2.0, 3.1] {
            let exact = Angle::from_radians(theta);
            let also = Angle::from_supplement(exact.supplement.to_f64());
            assert!(largest_relative_error(&[also.sin.to_f64()], &[exact.sin]) < 1e-13);
        }
    }

    #[test]
    fn the_expansion_continues_the_formula() {
        for s in [2e-20, 1e-18, 1e-15] {
            let mut narrow = Angle::from_supplement(s);
            let direct = narrow.arc_cosine();
            narrow.supplement = Real::from(s / 1e10);
            narrow.sin = narrow.supplement.sin();
            narrow.cos = -narrow.supplement.cos();
            let expanded = narrow.arc_cosine();
            // h ~ s³/3 (1 − s²/10): scaling s by 1e−10 scales h by 1e−30 up to rounding of s/1e10.
            let ratio = (expanded / direct).to_f64() / 1e-30;
            assert!((ratio - 1.0).abs() < 1e-15, "{ratio}");
        }
        let s = Real::from(0.9e-20);
        let narrow = Angle::from_supplement(0.9e-20);
        let textbook = &s * &narrow.cos + &narrow.sin;
        let off = ((narrow.arc_cosine() - &textbook) / textbook).abs();
        assert!(off < "1e-100".parse().unwrap());
    }

    #[test]
    fn gating_nearly_opposite_has_both_forms() {
        // w = −e + 1.1e−20 n and −e + 0.9e−20 n: on either side of the switch the textbook holds.
        for t in [1.1e-20, 0.9e-20] {
            let (e, w) = (reals(&[1.0, 0.0]), reals(&[-1.0, t]));
            let found = gating_of(&e, &w);
            let angle = angle_of(&e, &w);
            let first = scaled(&angle.supplement, &w);
            let second = scaled(&(norm(&w) * &angle.sin), &e);
            let scale = Real::from(2.0) * Real::pi();
            for (found, exact) in found.iter().zip(sum(&first, &second)) {
                let off = (found * &scale / exact - Real::one()).abs();
                assert!(off < "1e-80".parse().unwrap(), "{off}");
            }
        }
    }

    #[test]
    fn agrees_with_quadrature() -> Result<(), crate::Error> {
        let (u, v) = ([0.3, -1.2, 0.7, 2.0], [-0.4, 0.6, 1.5, 0.2]);
        let gating = quadrature::population_gating(&u, &v, 1e-13)?;
        assert!(relative_error(&gating, &population_gating(&u, &v)) < QUADRATURE);
        let correlation = quadrature::relu_correlation(&u, &v, 1e-13)?;
        assert!(relative_error(&[correlation], &[kernel(&u, &v)]) < QUADRATURE);
        let sector = Sector::between(0.0, 0.8).second_moment(1e-13)?;
        let exact = sector_second_moment(0.8).concat();
        assert!(relative_error(&sector.concat(), &exact) < QUADRATURE);
        let gates = Sector::gates(1.1).second_moment(1e-13)?;
        let exact = gated_second_moment(&[1.0, 0.0], &[1.1f64.cos(), 1.1f64.sin()]).concat();
        assert!(relative_error(&gates.concat(), &exact) < QUADRATURE);
        Ok(())
    }

    #[test]
    fn second_moment_times_w_is_the_gating() {
        let (e, w) = ([0.3, -1.2, 0.7], [-0.4, 0.6, 1.5]);
        let product: Vec<f64> = gated_second_moment(&e, &w)
            .iter()
            .map(|row| dot(row, &reals(&w)).to_f64())
            .collect();
        assert!(relative_error(&product, &population_gating(&e, &w)) < DOUBLE);
        let open = gated_second_moment(&w, &w);
        assert_eq!(open[1][1].to_f64(), 0.5);
        let shut = gated_second_moment(&w, &w.map(|t| -t));
        assert!(shut.concat().iter().all(Real::is_zero));
    }

    #[test]
    fn scales_far_beyond_squares() {
        let plain = population_gating(&[1.0, 2.0], &[3.0, -1.0]);
        let scale = Real::from(2f64.powi(900));
        let huge = population_gating(
            &[2f64.powi(-900), 2f64.powi(-899)],
            &[3.0 * 2f64.powi(900), -(2f64.powi(900))],
        );
        for (plain, huge) in plain.iter().zip(huge) {
            assert!((plain * &scale / huge - Real::one()).abs() < "1e-100".parse().unwrap());
        }
    }

    #[test]
    fn single_unit() {
        let (w, v) = ([0.3, -1.2, 0.7], [-0.4, 0.6, 1.5]);
        assert!(single_unit_loss(&w, &w).is_zero());
        assert!(single_unit_gradient(&w, &w).iter().all(Real::is_zero));
        let exact = single_unit_gradient(&w, &v);
        let difference =
            crate::finite_difference::gradient(|w| single_unit_loss(w, &v).to_f64(), &w, 0.1);
        assert!(relative_error(&difference.value, &exact) < 1e-10);
        let half: Vec<Real> = scaled(&Real::from(0.5), &reals(&w));
        let by_gating: Vec<f64> = half
            .iter()
            .zip(population_gating(&w, &v))
            .map(|(h, f)| (h - f).to_f64())
            .collect();
        assert!(relative_error(&by_gating, &exact) < DOUBLE);
    }
}
