use std::f64::consts::{FRAC_PI_2, PI};
use std::ops::Range;

use faer::Mat;
use relu_gating::Angle;

use crate::product::{gram, product};
use crate::weights::Directions;

/// |cos θ| beyond which an angle is taken from the difference of the unit vectors instead of their inner product.
///
/// At this cosine sin θ is 0.44, so that rounding in the inner product moves θ by less than 3 units of rounding.
const NEARLY_PARALLEL: f64 = 0.9;

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
            table.measure_close(a, b, k, 0..a.len());
        }
        table
    }

    /// All angles among the rows of one matrix; zero, exactly, on the diagonal.
    pub(crate) fn among(a: &Directions) -> Self {
        let mut cosines = gram(a.rows());
        for i in 0..a.len() {
            // Not close to anything, so that the table is not measured there.
            cosines[(i, i)] = 0.0;
        }
        let mut table = Self::of_cosines(cosines);
        for k in 0..a.len() {
            table.measure_close(a, a, k, 0..k);
            table.measure_close(a, a, k, k + 1..a.len());
        }
        for i in 0..a.len() {
            table.set(i, i, Angle::ZERO);
            table.cosines[(i, i)] = 1.0;
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

    /// Measures the pairs of column `k` that are too close to parallel for their inner product.
    fn measure_close(&mut self, a: &Directions, b: &Directions, k: usize, rows: Range<usize>) {
        for i in rows {
            let cosine = self.cosines.col_as_slice(k)[i];
            if cosine.abs() >= NEARLY_PARALLEL {
                self.set(i, k, close_angle(a.unit(i), b.unit(k), cosine > 0.0));
            }
        }
    }

    fn set(&mut self, i: usize, k: usize, angle: Angle) {
        self.supplements[(i, k)] = angle.supplement();
        self.sines[(i, k)] = angle.sin();
    }

    pub(crate) fn angle(&self, i: usize, k: usize) -> Angle {
        Angle::from_parts(self.sines[(i, k)], self.cosines[(i, k)])
    }
}

/// Whether a pair with this inner product is so close to parallel (`Some(1.0)`) or antiparallel (`Some(-1.0)`) that
/// inner products with a third vector should be formed from differences of the two.
pub(crate) fn alignment(cosine: f64) -> Option<f64> {
    (cosine.abs() >= NEARLY_PARALLEL).then_some(cosine.signum())
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
            let outputs = table
                .supplements
                .col_as_slice_mut(k)
                .iter_mut()
                .zip(table.sines.col_as_slice_mut(k));
            for (&cosine, (supplement, sine)) in table.cosines.col_as_slice(k).iter().zip(outputs) {
                let size = cosine.abs();
                let acute = arc_cosine_of(size);
                let obtuse = PI - acute;
                *supplement = if cosine < 0.0 { acute } else { obtuse };
                *sine = ((1.0 - size) * (1.0 + size)).max(0.0).sqrt();
            }
        }
    }
}

const P: [f64; 6] = [
    1.666_666_666_666_666_6e-1,
    -3.255_658_186_224_009e-1,
    2.012_125_321_348_629_3e-1,
    -4.005_553_450_067_941e-2,
    7.915_349_942_898_145e-4,
    3.479_331_075_960_212e-5,
];
const Q: [f64; 4] = [
    -2.403_394_911_734_414,
    2.020_945_760_233_505_7,
    -6.882_839_716_054_533e-1,
    7.703_815_055_590_194e-2,
];

/// acos c for c ∈ [0, 1], free of branches, to 2 units of rounding plus that of c over sin θ: π/2 − asin c up to ½,
/// 2 asin √((1−c)/2) beyond, asin x = x + x³P(x²)/Q(x²) with the rational function of fdlibm.
#[allow(clippy::inline_always)]
#[inline(always)]
fn arc_cosine_of(c: f64) -> f64 {
    let large = c > 0.5;
    let z = if large {
        ((1.0 - c) / 2.0).max(0.0)
    } else {
        c * c
    };
    let x = if large { z.sqrt() } else { c };
    let asin = arc_sine_up_to_half(x, z);
    if large { 2.0 * asin } else { FRAC_PI_2 - asin }
}

/// asin x for x ∈ [0, 1], free of branches: to 2 units of rounding, relative.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(crate) fn arc_sine_of(x: f64) -> f64 {
    let large = x > 0.5;
    let z = if large { (1.0 - x) / 2.0 } else { x * x };
    let root = if large { z.sqrt() } else { x };
    let asin = arc_sine_up_to_half(root, z);
    if large { FRAC_PI_2 - 2.0 * asin } else { asin }
}

/// x + x³P(x²)/Q(x²) for x ∈ [0, ½] and z = x².
#[allow(clippy::inline_always)]
#[inline(always)]
fn arc_sine_up_to_half(x: f64, z: f64) -> f64 {
    let p = z * (P[0] + z * (P[1] + z * (P[2] + z * (P[3] + z * (P[4] + z * P[5])))));
    let q = 1.0 + z * (Q[0] + z * (Q[1] + z * (Q[2] + z * Q[3])));
    x + x * (p / q)
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
    fn vectorised_arc_cosine_agrees_with_the_library() {
        for i in 0..=100_000 {
            let c = f64::from(i) / 100_000.0;
            let expected = c.acos();
            // acos itself has half a unit of rounding; near c = 1 it is relative.
            assert!(
                (arc_cosine_of(c) - expected).abs() <= 3e-16 * expected.max(1.0),
                "{c}"
            );
            let expected = c.asin();
            assert!(
                (arc_sine_of(c) - expected).abs() <= 4.5e-16 * expected,
                "{c}"
            );
        }
    }
}
