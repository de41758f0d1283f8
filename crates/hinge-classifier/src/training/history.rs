use faer::Mat;
use numeric::norm;

use crate::condition::{geometric_condition, planar_condition};
use crate::data::Subspaces;
use crate::error::{Error, check, check_length};
use crate::objective::{Evaluation, HingeLoss};

/// What happened at each iteration; entry t is before the step t + 1, so entry 0 is the start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The loss.
    pub losses: Vec<f64>,
    /// The mean over the classes of the share of points that are not classified as their label.
    pub errors: Vec<f64>,
    /// ‖w_j‖ for j = 1, …, k.
    pub norms: Vec<Vec<f64>>,
    /// Whether the watched neurons satisfy the geometric condition in the whole space.
    pub condition: Vec<bool>,
    /// For each class, whether its neurons satisfy the geometric condition in its subspace.
    pub classes: Vec<Vec<bool>>,
}

impl History {
    /// The first iteration from which the geometric condition of the watched neurons holds to the end of the records.
    pub fn transition(&self) -> Option<usize> {
        transition(&self.condition)
    }

    /// The first iteration at which the geometric condition of the watched neurons holds.
    pub fn first(&self) -> Option<usize> {
        first(&self.condition)
    }

    /// The first iteration from which the geometric condition of a class holds to the end of the records.
    pub fn transition_of(&self, class: usize) -> Option<usize> {
        self.classes.get(class).and_then(|class| transition(class))
    }

    /// The first iteration at which the neurons of a class satisfy the geometric condition in its subspace; `None` where they
    /// never do, or without [`Training::recording_in`](crate::Training::recording_in).
    pub fn first_of(&self, class: usize) -> Option<usize> {
        self.classes.get(class).and_then(|class| first(class))
    }
}

fn first(condition: &[bool]) -> Option<usize> {
    condition.iter().position(|&holds| holds)
}

fn transition(condition: &[bool]) -> Option<usize> {
    let failing = condition.iter().rposition(|&holds| !holds);
    let first = failing.map_or(0, |last| last + 1);
    (first < condition.len()).then_some(first)
}

/// What is recorded.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder {
    watched: Option<Vec<usize>>,
    spaces: Option<Subspaces>,
}

impl Recorder {
    pub(super) fn watch(&mut self, neurons: &[usize]) {
        self.watched = Some(neurons.to_vec());
    }

    pub(super) fn watch_classes(&mut self, spaces: &Subspaces) {
        self.spaces = Some(spaces.clone());
    }

    pub(super) fn check<O: HingeLoss + ?Sized>(&self, objective: &O) -> Result<(), Error> {
        let (k, d) = (objective.neurons(), objective.dimension());
        for &j in self.watched.iter().flatten() {
            check("watched neuron", j as f64, j < k, "it must be below k")?;
        }
        if let Some(spaces) = &self.spaces {
            let top = objective.top().ok_or(Error::NoTopLayer)?;
            check_length("subspaces", spaces.len(), top.classes(), "one a class")?;
            let meaning = "the dimension of the weights";
            check_length("frame vector", spaces.dimension(), d, meaning)?;
        }
        Ok(())
    }

    /// Adds an iteration to the history, if anything is recorded.
    pub(super) fn record<O: HingeLoss + ?Sized>(
        &self,
        objective: &O,
        at: Evaluation,
        weights: &[f64],
        history: &mut History,
    ) -> Result<(), Error> {
        if self.watched.is_none() && self.spaces.is_none() {
            return Ok(());
        }
        let (k, dimension) = (objective.neurons(), objective.dimension());
        history.losses.push(at.loss);
        history.errors.push(at.errors);
        let rows = weights.chunks_exact(dimension);
        history.norms.push(rows.map(norm).collect());
        if let Some(watched) = &self.watched {
            let holds = condition(weights, dimension, watched)?;
            history.condition.push(holds);
        }
        if let (Some(spaces), Some(top)) = (&self.spaces, objective.top()) {
            history.classes.resize(spaces.len(), Vec::new());
            for (class, record) in history.classes.iter_mut().enumerate() {
                let seen = spaces.project(class, weights)?;
                let own = seen.len() / k;
                record.push(condition(&seen, own, &top.positive(class))?);
            }
        }
        Ok(())
    }
}

/// The geometric condition of some rows; where rounding forbids a verdict in three dimensions or more, it counts as not met.
fn condition(weights: &[f64], dimension: usize, watched: &[usize]) -> Result<bool, Error> {
    let row = |j: usize| &weights[j * dimension..(j + 1) * dimension];
    match dimension {
        1 => Ok(
            watched.iter().any(|&j| row(j)[0] > 0.0) && watched.iter().any(|&j| row(j)[0] < 0.0)
        ),
        2 => {
            let rows: Vec<[f64; 2]> = watched.iter().map(|&j| [row(j)[0], row(j)[1]]).collect();
            planar_condition(&rows)
        }
        _ => {
            let rows = Mat::from_fn(watched.len(), dimension, |i, c| row(watched[i])[c]);
            Ok(geometric_condition(rows.as_ref())?.holds() == Some(true))
        }
    }
}
