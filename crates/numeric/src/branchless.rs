//! Elementary functions without branches, which the compiler turns into vector instructions where a loop over them is compiled
//! for wide registers.

use std::f64::consts::{FRAC_PI_2, PI};

/// sin θ ≥ 0 from c = cos θ, with an absolute error of 1e-16/sin θ; 0 where |c| ≥ 1. Branch-free.
#[must_use]
#[allow(clippy::inline_always)]
#[inline(always)]
pub fn sine_of_cosine(cosine: f64) -> f64 {
    let size = cosine.abs();
    let square = (1.0 - size) * (1.0 + size);
    if square > 0.0 { square } else { 0.0 }.sqrt()
}

/// (π − θ, sin θ) from c = cos θ, with an absolute error of 1e-16/sin θ, which is what the rounding of c costs. Branch-free: a
/// loop over it is vectorised.
///
/// θ or π − θ is asin s or π/2 − asin |c|, whichever argument is the smaller. Where θ itself counts, next to 0 and π,
/// an angle must come from differences instead.
///
/// # Examples
/// ```
/// let (supplement, sine) = numeric::supplement_and_sine(-0.5);
/// assert!((supplement - std::f64::consts::FRAC_PI_3).abs() < 3e-16);
/// assert!((sine - 0.75_f64.sqrt()).abs() < 3e-16);
/// ```
#[must_use]
#[allow(clippy::inline_always)]
#[inline(always)]
pub fn supplement_and_sine(c: f64) -> (f64, f64) {
    let size = c.abs();
    let sine = sine_of_cosine(c);
    let asin = arc_sine(size.min(sine));
    let acute = if size > sine { asin } else { FRAC_PI_2 - asin };
    (if c < 0.0 { acute } else { PI - acute }, sine)
}

/// The polynomial R of degree 19 closest to (asin x − x)/x³ in z = x² ∈ [0, ½]: to 3.4e-18.
const ARC_SINE: [f64; 20] = [
    0.166_666_666_666_666_66,
    0.075_000_000_000_002_81,
    0.044_642_857_142_110_116,
    0.030_381_944_522_887_526,
    0.022_372_154_745_059_474,
    0.017_352_911_146_731_8,
    0.013_961_555_350_530_867,
    0.011_603_510_838_884_423,
    0.009_169_300_476_473_893,
    0.013_461_128_572_352_678,
    -0.025_696_523_666_939_357,
    0.171_553_623_686_252_5,
    -0.631_674_621_392_474_8,
    1.901_756_209_978_699,
    -4.309_042_762_029_263,
    7.376_621_899_019_679,
    -9.179_023_041_170_904,
    7.898_747_937_900_037,
    -4.209_368_120_359_712,
    1.067_285_266_885_951_6,
];

/// asin x for 0 ≤ x ≤ 1/√2, to a unit of rounding.
#[allow(clippy::inline_always)]
#[inline(always)]
fn arc_sine(x: f64) -> f64 {
    let z = x * x;
    (x * z).mul_add(polynomial(&ARC_SINE, z), x)
}

/// The polynomial of degree 9 closest to (atan t − t)/t³ in z = t² ∈ [0, 0.075]: to 3.4e-19.
const ARC_TANGENT: [f64; 10] = [
    -0.333_333_333_333_333_3,
    0.199_999_999_999_999_12,
    -0.142_857_142_856_750_47,
    0.111_111_111_043_922,
    -0.090_909_085_055_572_12,
    0.076_922_783_244_369_69,
    -0.066_657_660_526_192_76,
    0.058_651_410_488_031_144,
    -0.050_616_558_621_843_596,
    0.034_116_700_735_573_74,
];
/// The largest argument of [`small_arc_tangent`].
pub const SMALL_ARC_TANGENT_REACH: f64 = 0.27;

/// atan t for |t| ≤ [`SMALL_ARC_TANGENT_REACH`], to a unit of rounding. Branch-free: a loop over it is vectorised.
///
/// # Examples
/// ```
/// assert!((numeric::small_arc_tangent(0.25) - 0.25_f64.atan()).abs() < 1e-16);
/// ```
#[must_use]
#[allow(clippy::inline_always)]
#[inline(always)]
pub fn small_arc_tangent(t: f64) -> f64 {
    let z = t * t;
    (t * z).mul_add(polynomial(&ARC_TANGENT, z), t)
}

/// Even and odd terms apart, so that two chains run side by side; an even number of terms.
#[allow(clippy::inline_always)]
#[inline(always)]
fn polynomial<const N: usize>(terms: &[f64; N], z: f64) -> f64 {
    let square = z * z;
    let (mut even, mut odd) = (terms[N - 2], terms[N - 1]);
    let mut i = N - 2;
    while i > 0 {
        even = even.mul_add(square, terms[i - 2]);
        odd = odd.mul_add(square, terms[i - 1]);
        i -= 2;
    }
    odd.mul_add(z, even)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectorised_functions_agree_with_the_library() {
        for i in -100_000..=100_000 {
            let c = f64::from(i) / 100_000.0;
            let (supplement, sine) = supplement_and_sine(c);
            // acos itself has half a unit of rounding; the input has one too, which sin θ divides.
            assert!((supplement - (-c).acos()).abs() <= 4.5e-16, "{c}");
            assert!(
                (sine - (1.0 - c * c).sqrt()).abs() <= 3e-16 / sine.max(1e-3),
                "{c}"
            );
            let x = c.abs() * std::f64::consts::FRAC_1_SQRT_2;
            assert!((arc_sine(x) - x.asin()).abs() <= 2.3e-16 * x.asin(), "{x}");
            let t = c * SMALL_ARC_TANGENT_REACH;
            assert!(
                (small_arc_tangent(t) - t.atan()).abs() <= 2.3e-16 * t.atan().abs(),
                "{t}"
            );
        }
    }
}
