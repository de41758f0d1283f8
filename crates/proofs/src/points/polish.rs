//! Newton's method from an approximation: nothing here is trusted by the proof.

use dense::Lu;
use faer::{Mat, MatRef};
use teacher_student::{Objective, Population};

use super::across::Frame;
use super::blocks::BlockSystem;
use super::network::NetworkSystem;
use super::refusal::Refusal;
use crate::Error;

/// A first step longer than this, relative to the weights, is no polishing.
const REACH: f64 = 1e-2;
/// With a gradient below this, relative to the weights, a long step means a singular Hessian and not a far point.
pub(super) const AT_REST: f64 = 1e-9;
const STEPS: usize = 12;

/// What a step does to the iteration.
enum Next {
    Take,
    Stop,
    Give(Refusal),
}

struct Progress {
    scale: f64,
    last: f64,
}

impl Progress {
    fn new(scale: f64) -> Self {
        Self {
            scale,
            last: f64::INFINITY,
        }
    }

    fn judge(&mut self, step: f64, gradient: f64) -> Next {
        let limit = REACH * self.scale;
        if step.is_nan() || step > limit {
            if gradient <= AT_REST * self.scale {
                return Next::Stop;
            }
            return Next::Give(Refusal::NotCritical {
                gradient,
                step,
                limit,
            });
        }
        if step >= 0.5 * self.last {
            return Next::Stop;
        }
        self.last = step;
        Next::Take
    }
}

pub(super) fn network(
    system: &NetworkSystem,
    population: &Population,
    mut centre: Mat<f64>,
) -> Result<Result<Mat<f64>, Refusal>, Error> {
    let (k, d) = centre.shape();
    let n = k * d;
    let mut progress = Progress::new(centre.norm_max());
    for _ in 0..STEPS {
        let gradient = population.gradient(centre.as_ref())?;
        let hessian = population.hessian(centre.as_ref())?;
        // Where rotations move the students, the step is across the orbit.
        let tangents = match system.across {
            Some(rank) => Frame::of(centre.as_ref(), system.teacher.as_ref(), Some(rank))
                .tangents(centre.as_ref()),
            None => Mat::zeros(n, 0),
        };
        let unknowns = n + tangents.ncols();
        let matrix = Mat::from_fn(unknowns, unknowns, |r, c| {
            let (row, at) = (r.min(c), r.max(c));
            if at < n {
                hessian[(r, c)]
            } else if row < n {
                tangents[(row, at - n)]
            } else {
                0.0
            }
        });
        let right = Mat::from_fn(unknowns, 1, |r, _| {
            if r < n { gradient[(r / d, r % d)] } else { 0.0 }
        });
        let Ok(factors) = Lu::new(matrix.as_ref()) else {
            break;
        };
        let step = factors.solve(right.as_ref());
        let step = step.subrows(0, n);
        match progress.judge(largest(step), gradient.norm_l2()) {
            Next::Take => {}
            Next::Stop => break,
            Next::Give(refusal) => return Ok(Err(refusal)),
        }
        for r in 0..n {
            centre[(r / d, r % d)] -= step[(r, 0)];
        }
    }
    Ok(Ok(centre))
}

pub(super) fn blocks(system: &BlockSystem, mut state: Vec<f64>) -> Result<Vec<f64>, Refusal> {
    let mut progress = Progress::new(state.iter().fold(0.0, |most: f64, x| most.max(x.abs())));
    for _ in 0..STEPS {
        let Some((step, gradient)) = system.newton_step(&state)? else {
            return Err(Refusal::Singular {
                unknowns: state.len(),
            });
        };
        let length = step.iter().fold(0.0, |most: f64, x| {
            if x.is_nan() || x.abs() > most {
                x.abs()
            } else {
                most
            }
        });
        match progress.judge(length, gradient) {
            Next::Take => {}
            Next::Stop => break,
            Next::Give(refusal) => return Err(refusal),
        }
        for (x, step) in state.iter_mut().zip(step) {
            *x -= step;
        }
    }
    Ok(state)
}

/// ‖A‖_max, NaN if an entry is.
fn largest(a: MatRef<'_, f64>) -> f64 {
    if a.is_all_finite() {
        a.norm_max()
    } else {
        f64::NAN
    }
}
