use std::f64::consts::{FRAC_PI_2, PI};

use faer::Mat;
use relu_gating::Angle;

use crate::product::{gram, product};
use crate::weights::Directions;

/// All angles between the rows of two matrices of unit rows, each table K × K′.
#[derive(Debug, Clone)]
pub(crate) struct AngleTable {
    /// Inner products of the unit rows.
    pub(crate) cosines: Mat<f64>,
    /// π − θ.
    pub(crate) supplements: Mat<f64>,
    /// sin θ.
    pub(crate) sines: Mat<f64>,
}

impl AngleTable {
    /// One matrix product for the cosines, and a vectorised arc cosine where that is well conditioned; pairs close to
    /// parallel or antiparallel are measured by θ = 2 asin(‖û − v̂‖/2), to an absolute error of a few units of rounding.
    pub(crate) fn between(a: &Directions, b: &Directions) -> Self {
        let mut table = Self::of_cosines(product(a.rows(), b.rows().transpose()));
        for k in 0..b.len() {
            table.measure_close(a, b, k, None);
        }
        table
    }

    /// All angles among the rows of one matrix; zero, exactly, on the diagonal.
    pub(crate) fn among(a: &Directions) -> Self {
        let mut table = Self::of_cosines(gram(a.rows()));
        for k in 0..a.len() {
            table.measure_close(a, a, k, Some(k));
            table.cosines[(k, k)] = 1.0;
            table.supplements[(k, k)] = PI;
            table.sines[(k, k)] = 0.0;
        }
        table
    }

    fn of_cosines(cosines: Mat<f64>) -> Self {
        let (rows, columns) = cosines.shape();
        let mut table = Self {
            supplements: Mat::zeros(rows, columns),
            sines: Mat::zeros(rows, columns),
            cosines,
        };
        pulp::Arch::new().dispatch(Measure(&mut table));
        table
    }

    fn measure_close(&mut self, a: &Directions, b: &Directions, k: usize, except: Option<usize>) {
        measure_close(
            (a, 0),
            (b, k),
            except,
            self.supplements.col_as_slice_mut(k),
            self.sines.col_as_slice_mut(k),
        );
    }

    pub(crate) fn angle(&self, i: usize, k: usize) -> Angle {
        Angle::from_parts(self.sines[(i, k)], self.cosines[(i, k)])
    }
}

/// Measures those pairs of one column again whose inner product is no measure of their angle: rows of `a` from the given
/// one on, with row `k` of `b`; `except` is left out.
pub(crate) fn measure_close(
    (a, first): (&Directions, usize),
    (b, k): (&Directions, usize),
    except: Option<usize>,
    supplements: &mut [f64],
    sines: &mut [f64],
) {
    for (i, (supplement, sine)) in supplements.iter_mut().zip(sines).enumerate() {
        if *sine < CLOSE_SINE && except != Some(i) {
            let angle = close_angle(a.unit(first + i), b.unit(k), *supplement > FRAC_PI_2);
            *supplement = angle.supplement();
            *sine = angle.sin();
        }
    }
}

/// As [`measure_close`], where only the sines are asked for.
pub(crate) fn measure_close_sines(
    (a, first): (&Directions, usize),
    (b, k): (&Directions, usize),
    cosines: &[f64],
    sines: &mut [f64],
) {
    for (i, (cosine, sine)) in cosines.iter().zip(sines).enumerate() {
        if *sine < CLOSE_SINE {
            *sine = close_angle(a.unit(first + i), b.unit(k), *cosine > 0.0).sin();
        }
    }
}

/// Angles and sines of a table of cosines, as work for the widest registers the machine has.
struct Measure<'a>(&'a mut AngleTable);

impl pulp::NullaryFnOnce for Measure<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let table = self.0;
        for k in 0..table.cosines.ncols() {
            let supplements = table.supplements.col_as_slice_mut(k);
            supplements.copy_from_slice(table.cosines.col_as_slice(k));
            measure(supplements, table.sines.col_as_slice_mut(k));
        }
    }
}

/// Replaces cosines by π − θ and fills in sin θ; returns whether any pair is so close to parallel that its inner product is no
/// measure of its angle.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(crate) fn measure(cosines: &mut [f64], sines: &mut [f64]) -> bool {
    let mut close = 0;
    for (value, to) in cosines.iter_mut().zip(sines) {
        let (supplement, sine) = supplement_and_sine(*value);
        (*value, *to) = (supplement, sine);
        close |= u64::from(sine < CLOSE_SINE);
    }
    close != 0
}

/// The sines of some cosines, and whether any pair is so close to parallel that it must be measured.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(crate) fn sines_of(cosines: &[f64], sines: &mut [f64]) -> bool {
    let mut close = 0;
    for (cosine, to) in cosines.iter().zip(sines) {
        *to = sine_of(*cosine);
        close |= u64::from(*to < CLOSE_SINE);
    }
    close != 0
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn sine_of(cosine: f64) -> f64 {
    let size = cosine.abs();
    let square = (1.0 - size) * (1.0 + size);
    if square > 0.0 { square } else { 0.0 }.sqrt()
}

/// (π − θ, sin θ) of c = cos θ, free of branches: θ or π − θ is asin s or π/2 − asin |c|, whichever argument is the smaller.
#[allow(clippy::inline_always)]
#[inline(always)]
fn supplement_and_sine(c: f64) -> (f64, f64) {
    let size = c.abs();
    let sine = sine_of(c);
    let asin = arc_sine(size.min(sine));
    let acute = if size > sine { asin } else { FRAC_PI_2 - asin };
    (if c < 0.0 { acute } else { PI - acute }, sine)
}

/// sin θ below which an angle is taken from the difference of the unit vectors instead of their inner product: |cos θ| = 0.9.
///
/// Down to it, rounding in the inner product moves θ by less than 3 units of rounding.
pub(crate) const CLOSE_SINE: f64 = 0.436;

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
/// The largest argument of [`arc_tangent`].
pub(crate) const ARC_TANGENT_REACH: f64 = 0.27;

/// atan t for |t| ≤ [`ARC_TANGENT_REACH`], to a unit of rounding.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(crate) fn arc_tangent(t: f64) -> f64 {
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

fn close_angle(a: &[f64], b: &[f64], parallel: bool) -> Angle {
    let sign = if parallel { -1.0 } else { 1.0 };
    let square: f64 = a.iter().zip(b).map(|(x, y)| (x + sign * y).powi(2)).sum();
    let half_chord = (square.sqrt() / 2.0).min(1.0);
    let small = Angle::from_parts(
        half_chord * 2.0 * ((1.0 - half_chord) * (1.0 + half_chord)).sqrt(),
        1.0 - 2.0 * half_chord * half_chord,
    );
    if parallel { small } else { small.opposite() }
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
            let t = c * ARC_TANGENT_REACH;
            assert!(
                (arc_tangent(t) - t.atan()).abs() <= 2.3e-16 * t.atan().abs(),
                "{t}"
            );
        }
    }
}
