//! The gradient flow of a network: how it is followed, where it ends, and how its end is polished.

mod ending;
mod settle;

pub use ending::{Ending, EndingTolerances};
pub use settle::{Settled, settle};

use faer::MatRef;
use numeric::norm;

use crate::error::Error;
use crate::flow::{FieldError, Integrator, Outcome, Record, Stop, Trajectory, VectorField};
use crate::objective::Objective;
use crate::weights::Weights;

/// The gradient flow ẇ = −∇ loss(w) of an [`Objective`].
///
/// [`run`](Self::run) follows it from weights to weights. As a [`VectorField`] its states are slices: neuron j occupies
/// entries j·d to (j+1)·d, as in [`Weights::state`].
#[derive(Debug, Clone)]
pub struct GradientFlow<O> {
    objective: O,
}

impl<O: Objective> GradientFlow<O> {
    /// The flow of an objective.
    pub fn new(objective: O) -> Self {
        Self { objective }
    }

    /// The objective that decreases along the flow.
    pub fn objective(&self) -> &O {
        &self.objective
    }

    /// Follows the flow from `start` by `method` until a rule of `stop` holds.
    ///
    /// # Examples
    /// ```
    /// use teacher_student::{DormandPrince, GradientFlow, Network, Population, Record, Stop, Weights};
    /// let flow = GradientFlow::new(Population::matching(Network::new(Weights::orthonormal(2, 2)?)));
    /// let start = Weights::from_rows(&[vec![0.3, 0.1], vec![0.1, 0.3]])?;
    /// let stop = Stop::new().time(1e3).relative_rate_below(1e-10);
    /// let run = flow.run(&DormandPrince::default(), &start, &stop, &Record::log(1e-2, 1e2, 5))?;
    /// assert!(run.outcome().is_converged());
    /// assert!(run.losses().windows(2).all(|pair| pair[1] < pair[0]));
    /// assert!((run.end()?.row(0)[0] - 1.0).abs() < 1e-9);
    /// # Ok::<(), teacher_student::Error>(())
    /// ```
    ///
    /// # Errors
    /// A start of the wrong shape, or settings of the method, of `stop` or of `record` that make no sense.
    pub fn run(
        &self,
        method: &dyn Integrator,
        start: &Weights,
        stop: &Stop<'_>,
        record: &Record,
    ) -> Result<FlowRun, Error> {
        let (k, d) = (self.objective.neurons(), self.objective.dimension());
        if start.as_mat().shape() != (k, d) {
            return Err(Error::Shape {
                what: "the start",
                rows: start.neurons(),
                columns: start.dimension(),
                expected_rows: k,
                expected_columns: d,
            });
        }
        Ok(FlowRun {
            trajectory: method.integrate(self, &start.state(), stop, record)?,
            dimension: d,
        })
    }

    /// A state as the K × d matrix it stands for.
    ///
    /// # Errors
    /// `state` does not have K·d entries.
    pub fn weights<'a>(&self, state: &'a [f64]) -> Result<MatRef<'a, f64>, Error> {
        let (k, d) = (self.objective.neurons(), self.objective.dimension());
        if state.len() == k * d {
            Ok(MatRef::from_row_major_slice(state, k, d))
        } else {
            Err(Error::StartLength {
                length: state.len(),
                dimension: k * d,
            })
        }
    }
}

impl<O: Objective> VectorField for GradientFlow<O> {
    fn dimension(&self) -> usize {
        self.objective.neurons() * self.objective.dimension()
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let gradient = self.objective.gradient(self.weights(state)?)?;
        let d = gradient.ncols();
        for (j, row) in rate.chunks_exact_mut(d).enumerate() {
            for (i, entry) in row.iter_mut().enumerate() {
                *entry = -gradient[(j, i)];
            }
        }
        Ok(())
    }

    fn potential(&self, state: &[f64]) -> Result<Option<f64>, FieldError> {
        Ok(Some(self.objective.loss(self.weights(state)?)?))
    }

    /// A neuron of norm at most `resolution`: the gradient is discontinuous where it vanishes.
    fn singularity(&self, state: &[f64], resolution: f64) -> Option<FieldError> {
        state
            .chunks_exact(self.objective.dimension())
            .map(norm)
            .enumerate()
            .find(|&(_, norm)| norm <= resolution)
            .map(|(row, norm)| Error::VanishingNeuron { row, norm }.into())
    }

    fn state_scale(&self) -> f64 {
        self.objective.weight_scale()
    }

    fn rate_scale(&self) -> f64 {
        self.objective.gradient_scale()
    }
}

/// A run of a [`GradientFlow`]: recorded times, weights, losses and gradient norms, and why it ended.
#[derive(Debug, Clone)]
pub struct FlowRun {
    trajectory: Trajectory,
    dimension: usize,
}

impl FlowRun {
    /// Why it ended.
    pub fn outcome(&self) -> &Outcome {
        self.trajectory.outcome()
    }

    /// Recorded times, increasing; the first is 0.
    pub fn times(&self) -> &[f64] {
        self.trajectory.times()
    }

    /// The recorded weights number `index`.
    ///
    /// # Errors
    /// A neuron that has become zero. An index beyond the records is read as the last.
    pub fn weights(&self, index: usize) -> Result<Weights, Error> {
        let states = self.trajectory.states();
        let state = states
            .get(index)
            .map_or(self.trajectory.end(), Vec::as_slice);
        Weights::from_state(state, self.dimension)
    }

    /// The weights at the end.
    ///
    /// # Errors
    /// A neuron that has become zero.
    pub fn end(&self) -> Result<Weights, Error> {
        Weights::from_state(self.trajectory.end(), self.dimension)
    }

    /// The loss at every record; NaN where there is none.
    pub fn losses(&self) -> Vec<f64> {
        let potentials = self.trajectory.potentials().iter();
        potentials.map(|loss| loss.unwrap_or(f64::NAN)).collect()
    }

    /// The norm of the gradient at every record; NaN where there is none.
    pub fn gradient_norms(&self) -> &[f64] {
        self.trajectory.rates()
    }

    /// Times and states as slices, with the counts of steps and evaluations.
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }
}
