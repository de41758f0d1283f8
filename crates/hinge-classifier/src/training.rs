//! Gradient descent, its goals and its records.

mod history;
mod start;

pub use history::History;
pub use start::{PaperStart, fan};

use numeric::norm;

use crate::data::Subspaces;
use crate::error::{Error, check_length, check_positive, check_rows};
use crate::objective::{HingeLoss, Scratch};
use history::Recorder;

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
pub enum TrainingEnd {
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
/// use hinge_classifier::{fan, HingeNetwork, PolarGrid, Rays, Training, TrainingEnd};
/// let network = HingeNetwork::simplified(3, 3)?;
/// let objective = Rays::plane(network, 0, &PolarGrid::paper())?.with_tie(1e-12)?;
/// let run = Training::new(0.1)?.run(&objective, &fan())?;
/// assert_eq!((run.ending, run.iterations), (TrainingEnd::Goal, 265));
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
///
/// The geometric condition of every class in its own subspace, at every iteration:
///
/// ```
/// use hinge_classifier::{HingeNetwork, PaperStart, PolarGrid, Rays, Subspaces, TopLayer, Training};
/// use rand_chacha::rand_core::SeedableRng;
/// let spaces = Subspaces::coordinate(&[2, 2])?;
/// let network = HingeNetwork::new(TopLayer::alternating(2, 8, 0.5)?);
/// let objective = Rays::grid(network, &spaces, &PolarGrid::new(&[1.0, 2.0], 24)?)?;
/// let start = PaperStart::HalfSpace.draw(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1), 8, 4);
/// let run = Training::new(0.1)?.recording_in(&spaces).run(&objective, &start)?;
/// assert!((0..2).all(|class| run.history.first_of(class).is_some()));
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
    recorder: Recorder,
    /// Ascending, without repetitions.
    keep: Vec<usize>,
}

/// A training run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Why it ended.
    pub ending: TrainingEnd,
    /// Steps taken.
    pub iterations: usize,
    /// The loss at the end.
    pub loss: f64,
    /// The weights at the end, k × d row by row.
    pub weights: Vec<f64>,
    /// max_t Σ_j ‖w_j‖.
    pub largest_norm: f64,
    /// The records; empty where none were asked for.
    pub history: History,
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
            recorder: Recorder::default(),
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

    /// Records loss, errors, norms, and the geometric condition of the `watched` neurons in the whole space at every
    /// iteration.
    ///
    /// In the whole space the neurons of one class among several cannot satisfy the condition for long: their weights stay near
    /// the subspace of the class. [`Training::recording_in`] looks there.
    #[must_use]
    pub fn recording(mut self, watched: &[usize]) -> Self {
        self.recorder.watch(watched);
        self
    }

    /// Records loss, errors, norms, and for every class i, at every iteration, whether the projections on V_i of the neurons
    /// that vote for i satisfy the geometric condition of V_i.
    #[must_use]
    pub fn recording_in(mut self, spaces: &Subspaces) -> Self {
        self.recorder.watch_classes(spaces);
        self
    }

    /// Keeps the weights after the given numbers of steps.
    #[must_use]
    pub fn snapshots(mut self, iterations: &[usize]) -> Self {
        self.keep = iterations.to_vec();
        self.keep.sort_unstable();
        self.keep.dedup();
        self
    }

    /// Trains from `start`, k × d row by row. A run that cannot go on hands back what it has, with the reason.
    ///
    /// # Errors
    /// A start of the wrong length or with an entry that is not finite, a watched neuron that does not exist, subspaces of
    /// another space or of another number than the classes.
    pub fn run<O: HingeLoss + ?Sized>(&self, objective: &O, start: &[f64]) -> Result<Run, Error> {
        let (k, d) = (objective.neurons(), objective.dimension());
        check_length("start", start.len(), k * d, "k times d, row by row")?;
        check_rows(start, d)?;
        self.recorder.check(objective)?;
        let mut weights = start.to_vec();
        let mut gradient = vec![0.0; k * d];
        let mut scratch = Scratch::default();
        let mut history = History::default();
        let mut snapshots = Vec::new();
        let mut keep = self.keep.iter().copied().peekable();
        let mut largest_norm = 0.0_f64;
        let mut iterations = 0;
        loop {
            let finite = weights.iter().all(|w| w.is_finite());
            let (loss, reached) = if finite {
                let at = objective.evaluate(&weights, &mut gradient, &mut scratch)?;
                let total: f64 = weights.chunks_exact(d).map(norm).sum();
                largest_norm = largest_norm.max(total);
                self.recorder
                    .record(objective, at, &weights, &mut history)?;
                let reached = match self.goal {
                    Goal::LossZero => at.loss == 0.0,
                    Goal::LossBelow(threshold) => at.loss < threshold,
                    Goal::NoErrors => at.errors == 0.0,
                };
                (at.loss, reached)
            } else {
                (f64::NAN, false)
            };
            if keep.next_if_eq(&iterations).is_some() {
                snapshots.push((iterations, weights.clone()));
            }
            let ending = if !loss.is_finite() {
                Some(TrainingEnd::NotFinite)
            } else if reached {
                Some(TrainingEnd::Goal)
            } else if loss > 0.0 && gradient.iter().all(|&g| g == 0.0) {
                Some(TrainingEnd::CriticalPoint)
            } else if iterations == self.limit {
                Some(TrainingEnd::Limit)
            } else {
                None
            };
            if let Some(ending) = ending {
                return Ok(Run {
                    ending,
                    iterations,
                    loss,
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
