use std::f64::consts::{FRAC_PI_2, PI};

use faer::Mat;
use numeric::{sine_of_cosine, supplement_and_sine};
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

    pub(crate) fn of_cosines(cosines: Mat<f64>) -> Self {
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
        *to = sine_of_cosine(*cosine);
        close |= u64::from(*to < CLOSE_SINE);
    }
    close != 0
}

/// sin θ below which an angle is taken from the difference of the unit vectors instead of their inner product: |cos θ| = 0.9.
///
/// Down to it, rounding in the inner product moves θ by less than 3 units of rounding.
pub(crate) const CLOSE_SINE: f64 = 0.436;

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
