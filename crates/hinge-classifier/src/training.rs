use faer::Mat;

use crate::error::{Error, check, check_finite, check_length, check_positive};
use crate::geometric_condition::geometric_condition;
use crate::objective::{Objective, Scratch};
use crate::planar_condition::planar_condition;

/// When training has reached its goal.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Goal {
    /// The loss is exactly 0: every point has a margin of 1.
    LossZero,
    /// The loss is below a number.
    LossBelow(f64),
    /// Every point is classified as its label.
    NoErrors,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The goal was reached.
    Goal,
    /// The gradient is exactly 0 but the goal is not reached: a critical point that is not a global minimum, since the
    /// loss there is positive.
    CriticalPoint,
    /// The limit of iterations.
    Limit,
    /// A weight or the loss is no longer finite: the step is too large.
    NotFinite,
}

/// Gradient descent with a fixed step, W ← W − η ∇l(W).
///
/// # Examples
/// ```
/// use hinge_classifier::{fan, Ending, Goal, HingeNetwork, PolarGrid, Rays, Training};
/// let network = HingeNetwork::simplified(3, 3)?;
/// let objective = Rays::plane(network, 0, &PolarGrid::paper())?.with_tie(1e-12)?;
/// let run = Training::new(0.1)?.run(&objective, &fan())?;
/// assert_eq!((run.ending, run.iterations), (Ending::Goal, 265));
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
///
/// # Source
/// Long, Yin & Xin 2021, Eq 3.
#[derive(Debug, Clone)]
pub struct Training {
    step: f64,
    goal: Goal,
    limit: usize,
    watched: Option<Vec<usize>>,
    keep: Vec<usize>,
}

/// What happened at each iteration; entry t is before the step t + 1, so entry 0 is the start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The loss.
    pub losses: Vec<f64>,
    /// The share of points that are not classified as their label.
    pub errors: Vec<f64>,
    /// ‖w_j‖ for j = 1, …, k.
    pub norms: Vec<Vec<f64>>,
    /// Whether the watched neurons satisfy the geometric condition.
    pub condition: Vec<bool>,
}

/// A training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Why it ended.
    pub ending: Ending,
    /// Steps taken.
    pub iterations: usize,
    /// The loss at the end.
    pub loss: f64,
    /// The weights at the end, k × d row by row.
    pub weights: Vec<f64>,
    /// max_t Σ_j ‖w_j‖.
    pub largest_norm: f64,
    /// The records, if they were asked for.
    pub history: Option<History>,
    /// The weights at the iterations that were asked for, as far as the run went.
    pub snapshots: Vec<(usize, Vec<f64>)>,
}

impl Training {
    /// Training with step η until the loss is exactly 0, for at most a million iterations, without records.
    ///
    /// # Errors
    /// A step that is not positive and finite.
    pub fn new(step: f64) -> Result<Self, Error> {
        check_positive("step", step)?;
        Ok(Self {
            step,
            goal: Goal::LossZero,
            limit: 1_000_000,
            watched: None,
            keep: Vec::new(),
        })
    }

    /// Another goal.
    ///
    /// # Errors
    /// A threshold of the loss that is not positive and finite.
    pub fn until(mut self, goal: Goal) -> Result<Self, Error> {
        if let Goal::LossBelow(threshold) = goal {
            check_positive("threshold", threshold)?;
        }
        self.goal = goal;
        Ok(self)
    }

    /// At most that many steps.
    #[must_use]
    pub fn limit(mut self, iterations: usize) -> Self {
        self.limit = iterations;
        self
    }

    /// Records loss, errors, norms, and the geometric condition of the `watched` neurons at every iteration.
    #[must_use]
    pub fn recording(mut self, watched: &[usize]) -> Self {
        self.watched = Some(watched.to_vec());
        self
    }

    /// Keeps the weights after the given numbers of steps.
    #[must_use]
    pub fn snapshots(mut self, iterations: &[usize]) -> Self {
        self.keep = iterations.to_vec();
        self
    }

    /// Trains from `start`, k × d row by row. A run that cannot go on hands back what it has, with the reason.
    ///
    /// # Errors
    /// A start of the wrong length or with an entry that is not finite, or a watched neuron that does not exist.
    pub fn run<O: Objective + ?Sized>(&self, objective: &O, start: &[f64]) -> Result<Run, Error> {
        let (k, d) = (objective.neurons(), objective.dimension());
        check_length("start", start.len(), k * d, "k times d, row by row")?;
        check_finite("start", start)?;
        for &j in self.watched.iter().flatten() {
            check("watched neuron", j as f64, j < k, "it must be below k")?;
        }
        let mut weights = start.to_vec();
        let mut gradient = vec![0.0; k * d];
        let mut scratch = Scratch::default();
        let mut history = self.watched.as_ref().map(|_| History::default());
        let mut snapshots = Vec::new();
        let mut largest_norm = 0.0_f64;
        let mut iterations = 0;
        loop {
            let at = objective.evaluate(&weights, &mut gradient, &mut scratch);
            let norms = weights.chunks_exact(d).map(norm);
            let total: f64 = if let (Some(history), Some(watched)) = (&mut history, &self.watched) {
                let norms: Vec<f64> = norms.collect();
                let total = norms.iter().sum();
                history.losses.push(at.loss);
                history.errors.push(at.errors);
                history.norms.push(norms);
                history.condition.push(condition(&weights, d, watched));
                total
            } else {
                norms.sum()
            };
            largest_norm = largest_norm.max(total);
            if self.keep.contains(&iterations) {
                snapshots.push((iterations, weights.clone()));
            }
            let reached = match self.goal {
                Goal::LossZero => at.loss == 0.0,
                Goal::LossBelow(threshold) => at.loss < threshold,
                Goal::NoErrors => at.errors == 0.0,
            };
            let ending = if !(at.loss.is_finite() && total.is_finite()) {
                Some(Ending::NotFinite)
            } else if reached {
                Some(Ending::Goal)
            } else if at.loss > 0.0 && gradient.iter().all(|&g| g == 0.0) {
                Some(Ending::CriticalPoint)
            } else if iterations == self.limit {
                Some(Ending::Limit)
            } else {
                None
            };
            if let Some(ending) = ending {
                return Ok(Run {
                    ending,
                    iterations,
                    loss: at.loss,
                    weights,
                    largest_norm,
                    history,
                    snapshots,
                });
            }
            for (w, g) in weights.iter_mut().zip(&gradient) {
                *w -= self.step * g;
            }
            iterations += 1;
        }
    }
}

impl History {
    /// The first iteration from which the geometric condition holds to the end of the records.
    pub fn transition(&self) -> Option<usize> {
        let failing = self.condition.iter().rposition(|&holds| !holds);
        let first = failing.map_or(0, |last| last + 1);
        (first < self.condition.len()).then_some(first)
    }

    /// The first iteration at which the geometric condition holds.
    pub fn first(&self) -> Option<usize> {
        self.condition.iter().position(|&holds| holds)
    }
}

fn norm(row: &[f64]) -> f64 {
    row.iter().map(|w| w * w).sum::<f64>().sqrt()
}

/// The geometric condition of some rows; where rounding forbids a verdict in three dimensions or more, it counts as not met.
fn condition(weights: &[f64], dimension: usize, watched: &[usize]) -> bool {
    let row = |j: usize| &weights[j * dimension..(j + 1) * dimension];
    match dimension {
        1 => watched.iter().any(|&j| row(j)[0] > 0.0) && watched.iter().any(|&j| row(j)[0] < 0.0),
        2 => {
            let rows: Vec<[f64; 2]> = watched.iter().map(|&j| [row(j)[0], row(j)[1]]).collect();
            planar_condition(&rows)
        }
        _ => {
            let rows = Mat::from_fn(watched.len(), dimension, |i, c| row(watched[i])[c]);
            geometric_condition(rows.as_ref())
                .is_ok_and(|condition| condition.holds() == Some(true))
        }
    }
}
