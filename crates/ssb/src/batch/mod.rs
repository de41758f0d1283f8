mod kernel;
mod tableau;

use rayon::prelude::*;

use self::kernel::{close, velocity};
use self::tableau::{FIFTH, STAGES, THIRD, WEIGHTS};
use crate::error::{Error, finite};
use crate::planar::PlanarDynamics;
use crate::saddle::SymmetricSaddle;

/// The end of a trajectory of the planar dynamics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanarEnd {
    /// (x, y).
    pub point: [f64; 2],
    /// The time there: the time asked for, or less if the error control could not go on.
    pub time: f64,
}

/// A rest point of the planar dynamics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanarLimit {
    /// (1, 0).
    Teacher,
    /// (0, 1) for K = 2: the teacher with its neurons exchanged.
    Exchanged,
    /// The saddle on the diagonal.
    Saddle,
}

/// Trajectories that are followed together, with one step for all.
const LANES: usize = 8;
/// Starts that are one piece of work.
const PIECE: usize = 64 * LANES;
/// Steps shorter than this against the time do not move it.
const SMALLEST_STEP: f64 = 1e-14;
const SMALLEST_NORM: f64 = 1e-100;

impl PlanarDynamics {
    /// Follows the flow from each of many starts to a time, and returns the ends in their order.
    ///
    /// The pair of Dormand & Prince of order 8(5,3) with the local error of every trajectory below `tolerance`·max(|x|, |y|). Eight neighbours in `starts` advance together in vector registers, by the smallest of their steps;
    /// pieces of the list are spread over the rayon pool of the caller. The result is the same on any number of threads, but
    /// depends in its last digits on what the eight are. Velocities are those of [`velocity`](Self::velocity) to a few units of
    /// rounding.
    ///
    /// # Examples
    /// ```
    /// use ssb::{PlanarDynamics, PlanarLimit};
    /// let planar = PlanarDynamics::new(5)?;
    /// let starts: Vec<[f64; 2]> = (0..1000).map(|i| [0.2, 2e-4 * f64::from(i)]).collect();
    /// let ends = planar.flow_many(&starts, 200.0, 1e-10)?;
    /// assert!(ends.iter().all(|end| planar.limit_near(end.point, 1e-6) == Some(PlanarLimit::Teacher)));
    /// # Ok::<(), ssb::Error>(())
    /// ```
    ///
    /// # Errors
    /// A start that is not finite or has a norm outside [1e-100, 1e100], a time that is negative or not finite, or a tolerance
    /// outside [1e-14, 0.1].
    ///
    /// # Source
    /// Hairer, Nørsett & Wanner, *Solving Ordinary Differential Equations I*, §II.5.
    pub fn flow_many(
        &self,
        starts: &[[f64; 2]],
        time: f64,
        tolerance: f64,
    ) -> Result<Vec<PlanarEnd>, Error> {
        finite("time", time)?;
        finite("tolerance", tolerance)?;
        if time < 0.0 {
            return Err(Error::Setting {
                name: "time",
                value: time,
                requirement: "it must not be negative",
            });
        }
        if !(1e-14..=0.1).contains(&tolerance) {
            return Err(Error::Setting {
                name: "tolerance",
                value: tolerance,
                requirement: "it must lie in [1e-14, 0.1]",
            });
        }
        for &[x, y] in starts {
            finite("x", x)?;
            finite("y", y)?;
            let size = x.abs().max(y.abs());
            if size == 0.0 {
                return Err(Error::ZeroNeuron {
                    what: "the student at (x, y) = (0, 0)".to_owned(),
                });
            }
            if !(SMALLEST_NORM..=SMALLEST_NORM.recip()).contains(&size) {
                return Err(Error::Setting {
                    name: "max(|x|, |y|) of a start",
                    value: size,
                    requirement: "it must lie in [1e-100, 1e100]",
                });
            }
        }
        let others = self.others();
        let pieces: Vec<Vec<PlanarEnd>> = starts
            .par_chunks(PIECE)
            .map(|starts| {
                pulp::Arch::new().dispatch(Piece {
                    starts,
                    time,
                    tolerance,
                    others,
                })
            })
            .collect();
        Ok(pieces.into_iter().flatten().collect())
    }

    /// The rest point within `radius` of a point, if one is: the teacher, for K = 2 its exchange, or the saddle.
    pub fn limit_near(&self, point: [f64; 2], radius: f64) -> Option<PlanarLimit> {
        let near = |x: f64, y: f64| (point[0] - x).hypot(point[1] - y) <= radius;
        let saddle = SymmetricSaddle::new(self.neurons()).ok()?.coordinate();
        if near(1.0, 0.0) {
            Some(PlanarLimit::Teacher)
        } else if self.neurons() == 2 && near(0.0, 1.0) {
            Some(PlanarLimit::Exchanged)
        } else {
            near(saddle, saddle).then_some(PlanarLimit::Saddle)
        }
    }
}

struct Piece<'a> {
    starts: &'a [[f64; 2]],
    time: f64,
    tolerance: f64,
    others: f64,
}

impl pulp::NullaryFnOnce for Piece<'_> {
    type Output = Vec<PlanarEnd>;

    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) -> Vec<PlanarEnd> {
        let mut ends = Vec::with_capacity(self.starts.len());
        for block in self.starts.chunks(LANES) {
            // A last, short block is filled up with copies.
            let lane =
                |c: usize| -> Lanes { std::array::from_fn(|l| block[l.min(block.len() - 1)][c]) };
            let (point, time) = follow(
                [lane(0), lane(1)],
                self.time,
                self.tolerance,
                self.others,
                self.others.sqrt(),
            );
            ends.extend((0..block.len()).map(|l| PlanarEnd {
                point: [point[0][l], point[1][l]],
                time,
            }));
        }
        ends
    }
}

type Lanes = [f64; LANES];

#[allow(clippy::inline_always)]
#[inline(always)]
fn field(others: f64, root: f64, point: &[Lanes; 2]) -> [Lanes; 2] {
    let mut rate = [[0.0; LANES]; 2];
    let mut any = false;
    for l in 0..LANES {
        any |= close(others, point[0][l], point[1][l]);
    }
    if any {
        for l in 0..LANES {
            (rate[0][l], rate[1][l]) = velocity::<true>(others, root, point[0][l], point[1][l]);
        }
    } else {
        for l in 0..LANES {
            (rate[0][l], rate[1][l]) = velocity::<false>(others, root, point[0][l], point[1][l]);
        }
    }
    rate
}

/// Σ c_j k_j over the stages.
#[allow(clippy::inline_always)]
#[inline(always)]
fn mix(coefficients: &[f64], stages: &[[Lanes; 2]]) -> [Lanes; 2] {
    let mut sum = [[0.0; LANES]; 2];
    for (c, stage) in coefficients.iter().zip(stages) {
        for (sum, stage) in sum.iter_mut().zip(stage) {
            for l in 0..LANES {
                sum[l] = c.mul_add(stage[l], sum[l]);
            }
        }
    }
    sum
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn advance(point: &[Lanes; 2], h: f64, slope: &[Lanes; 2]) -> [Lanes; 2] {
    let mut next = *point;
    for (next, slope) in next.iter_mut().zip(slope) {
        for l in 0..LANES {
            next[l] = h.mul_add(slope[l], next[l]);
        }
    }
    next
}

/// The points at the end, and the time reached.
#[allow(clippy::inline_always)]
#[inline(always)]
fn follow(
    start: [Lanes; 2],
    end: f64,
    tolerance: f64,
    others: f64,
    root: f64,
) -> ([Lanes; 2], f64) {
    let (mut point, mut time) = (start, 0.0);
    let mut stages = [[[0.0; LANES]; 2]; 12];
    stages[0] = field(others, root, &point);
    // The field turns over distances of the size of the norm.
    let size = (0..LANES)
        .map(|l| point[0][l].abs().max(point[1][l].abs()))
        .fold(1.0, f64::min);
    let mut step = 0.1 * size;
    while time < end {
        // A remainder of rounding size is not worth a step of its own.
        let last = time + step * (1.0 + 1e-9) >= end;
        let h = if last { end - time } else { step };
        for (s, row) in STAGES.iter().enumerate() {
            let at = advance(&point, h, &mix(row, &stages));
            stages[s + 1] = field(others, root, &at);
        }
        let next = advance(&point, h, &mix(&WEIGHTS, &stages));
        let (fifth, third) = (mix(&FIFTH, &stages), mix(&THIRD, &stages));
        let mut error: f64 = 0.0;
        for l in 0..LANES {
            let norm = next[0][l].abs().max(next[1][l].abs());
            let scaled = |e: &[Lanes; 2]| {
                let largest = e[0][l].abs().max(e[1][l].abs());
                (largest / (tolerance * norm)).powi(2)
            };
            let (five, three) = (scaled(&fifth), scaled(&third));
            let own = h * five / (five + 0.01 * three + f64::MIN_POSITIVE).sqrt();
            // NaN counts as an error without bound.
            error = if own <= error {
                error
            } else if own.is_nan() {
                f64::INFINITY
            } else {
                own
            };
        }
        let factor = (0.9 * error.max(1e-12).powf(-0.125)).clamp(0.2, 6.0);
        step = h * factor;
        if error <= 1.0 {
            point = next;
            time = if last { end } else { time + h };
            stages[0] = field(others, root, &point);
        } else if step <= SMALLEST_STEP * time.max(size) {
            break;
        }
    }
    (point, time)
}
