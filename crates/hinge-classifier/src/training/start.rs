use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// How the paper draws starting weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperStart {
    /// Every entry is N(0, 1).
    Random,
    /// The same with |·| around the first coordinate of every neuron: all lie in one half-space, and the geometric condition
    /// fails at the start.
    HalfSpace,
}

impl PaperStart {
    /// k × d weights, row by row; both starts draw the same numbers.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, §6.1.
    pub fn draw<R: Rng + ?Sized>(
        self,
        random: &mut R,
        neurons: usize,
        dimension: usize,
    ) -> Vec<f64> {
        let mut weights: Vec<f64> = (0..neurons * dimension)
            .map(|_| random.sample(StandardNormal))
            .collect();
        if self == Self::HalfSpace {
            for row in weights.chunks_exact_mut(dimension.max(1)) {
                row[0] = row[0].abs();
            }
        }
        weights
    }
}

/// The start of Figure 5: w_j = u_j = ¾ (cos((2 − j)π/6), sin((2 − j)π/6)) for j = 1, 2, 3, the w first; 6 × 2.
///
/// # Source
/// Long, Yin & Xin 2021, §6.1.
pub fn fan() -> Vec<f64> {
    let sixth = std::f64::consts::FRAC_PI_6;
    [1.0, 0.0, -1.0, 1.0, 0.0, -1.0]
        .iter()
        .flat_map(|turns| {
            let (sin, cos) = (turns * sixth).sin_cos();
            [0.75 * cos, 0.75 * sin]
        })
        .collect()
}
