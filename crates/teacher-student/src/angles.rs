use faer::{Mat, MatRef};
use relu_gating::Angle;

use crate::product::product;
use crate::weights::Directions;

/// |cos θ| beyond which an angle is taken from the difference of the unit vectors instead of their inner product.
///
/// At this cosine sin θ is 0.44, so that rounding in the inner product moves θ by less than 3 units of rounding.
const NEARLY_PARALLEL: f64 = 0.9;

/// All angles between the rows of two matrices of unit rows.
#[derive(Debug, Clone)]
pub(crate) struct AngleTable {
    /// Inner products of the unit rows, K × K′.
    pub(crate) cosines: Mat<f64>,
    /// Angles, row by row: entry (i, k) at i·K′ + k.
    angles: Vec<Angle>,
}

impl AngleTable {
    /// One matrix product for the cosines; pairs close to parallel or antiparallel are measured again by
    /// θ = 2 asin(‖û − v̂‖/2), to an absolute error of a few units of rounding.
    pub(crate) fn between(a: &Directions, b: &Directions) -> Self {
        let cosines = product(a.unit.as_ref(), b.unit.transpose());
        let mut angles = Vec::with_capacity(a.len() * b.len());
        for i in 0..a.len() {
            for k in 0..b.len() {
                let cosine = cosines[(i, k)];
                angles.push(if cosine.abs() < NEARLY_PARALLEL {
                    Angle::from_parts(((1.0 - cosine) * (1.0 + cosine)).sqrt(), cosine)
                } else {
                    close_angle(a.unit.as_ref(), i, b.unit.as_ref(), k, cosine > 0.0)
                });
            }
        }
        Self { cosines, angles }
    }

    /// All angles among the rows of one matrix; zero, exactly, on the diagonal.
    pub(crate) fn among(a: &Directions) -> Self {
        let mut table = Self::between(a, a);
        for i in 0..a.len() {
            table.angles[i * a.len() + i] = Angle::ZERO;
        }
        table
    }

    pub(crate) fn angle(&self, i: usize, k: usize) -> Angle {
        self.angles[i * self.cosines.ncols() + k]
    }

    /// Whether the pair is so close to parallel (`Some(1.0)`) or antiparallel (`Some(-1.0)`) that inner products with
    /// a third vector should be formed from differences of the two.
    pub(crate) fn alignment(&self, i: usize, k: usize) -> Option<f64> {
        let cosine = self.cosines[(i, k)];
        (cosine.abs() >= NEARLY_PARALLEL).then_some(cosine.signum())
    }
}

fn close_angle(
    a: MatRef<'_, f64>,
    i: usize,
    b: MatRef<'_, f64>,
    k: usize,
    parallel: bool,
) -> Angle {
    let sign = if parallel { -1.0 } else { 1.0 };
    let square: f64 = (0..a.ncols())
        .map(|c| (a[(i, c)] + sign * b[(k, c)]).powi(2))
        .sum();
    let half_chord = (square.sqrt() / 2.0).min(1.0);
    let small = Angle::from_parts(
        half_chord * 2.0 * ((1.0 - half_chord) * (1.0 + half_chord)).sqrt(),
        1.0 - 2.0 * half_chord * half_chord,
    );
    if parallel { small } else { small.opposite() }
}
