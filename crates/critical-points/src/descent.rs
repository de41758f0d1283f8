use dense::Cholesky;
use faer::{Mat, MatRef};
use teacher_student::{Objective, PlainGradient, Population, Weights};

use crate::error::Error;
use crate::units::longest;

/// Gradient norms at which Newton's method is tried, in units of the longest teacher: each is this much below the one before.
const FALL: f64 = 0.25;
const FIRST_TRIAL: f64 = 3e-3;
const MOST_NEWTON_STEPS: usize = 50;
/// A Newton step must leave less of the gradient than this.
const CONTRACTION: f64 = 0.5;
/// The gradient after Newton's method, over √(Kd)·‖W‖: rounding of a sum over the neurons.
const FLOOR: f64 = 1e-14;
/// The plain gradient is watched for a neuron that vanishes: shorter than this times the longest teacher.
const VANISHING: f64 = 1e-9;

/// How a descent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// In the basin of a strict minimum, which Newton's method then reached.
    Minimum,
    /// At the tolerance for the gradient, by descent alone; the exact gradient of [`Population`] confirms it, up to its
    /// rounding 1e-14·√(Kd)·‖W‖.
    Tolerance,
    /// Below the loss that was asked for.
    LowLoss,
    /// After the largest number of steps.
    Steps,
    /// At a neuron that vanished, where the gradient is not defined.
    Vanished,
}

/// Gradient descent with a constant step, w ← w − η∇loss(w), to the point where it ends, without its long tail.
///
/// The descent is followed step by step until Newton's method with the exact Hessian H leads to a minimum w° such that
///
/// H(w°) is positive definite, and H(w) ⪰ ½H(w°) at the last point w of the descent:
///
/// the loss is convex at both ends of the segment [w, w°], where descent with η < 2/‖H‖ approaches w°. What lies between and
/// beside the two ends is not proved; [`without_shortcut`](Self::without_shortcut) follows the descent to its tolerance
/// instead, which is how the shortcut is checked.
///
/// # Examples
/// ```
/// use critical_points::{Arrival, Descent};
/// use teacher_student::initialization::{lecun, stream};
/// use teacher_student::{Network, Population, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(5, 5)?));
/// let start = lecun(&mut stream(7, 0), 5, 5)?;
/// let end = Descent::new(0.1, 1e-9)?.run(&population, &start)?;
/// assert_eq!(end.arrival(), Arrival::Minimum);
/// assert!(end.gradient_norm() < 1e-13 && end.loss() < 1e-25);
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// Safran & Shamir 2018, the experiment of their section 4: η = 0.1, ‖∇‖ ≤ 1e-9.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Descent {
    step: f64,
    tolerance: f64,
    most_steps: usize,
    low_loss: Option<f64>,
    shortcut: bool,
}

/// Where a [`Descent`] ended.
#[derive(Debug, Clone)]
pub struct Descended {
    weights: Weights,
    arrival: Arrival,
    loss: f64,
    gradient_norm: f64,
    steps: usize,
    newton_steps: usize,
}

impl Descended {
    /// The weights at the end, K × d.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// How it ended.
    pub fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// The loss at the end.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// ‖∇loss‖ at the end.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// Steps of the descent.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Newton steps at the end.
    pub fn newton_steps(&self) -> usize {
        self.newton_steps
    }
}

impl Descent {
    /// Descent with step η to ‖∇loss‖ ≤ `tolerance`, in at most a million steps.
    ///
    /// # Errors
    /// A step or tolerance that is not finite and positive.
    pub fn new(step: f64, tolerance: f64) -> Result<Self, Error> {
        positive("step", step)?;
        positive("tolerance", tolerance)?;
        Ok(Self {
            step,
            tolerance,
            most_steps: 1_000_000,
            low_loss: None,
            shortcut: true,
        })
    }

    /// Ends after so many steps at the latest.
    #[must_use]
    pub fn most_steps(mut self, steps: usize) -> Self {
        self.most_steps = steps;
        self
    }

    /// Ends where the loss is at most `level`, looked at whenever Newton's method would be tried: near minima on a manifold
    /// the gradient decays like a power of time only, and Newton's method has no strict minimum to find.
    ///
    /// # Errors
    /// A level that is not finite and positive.
    pub fn until_loss(mut self, level: f64) -> Result<Self, Error> {
        positive("level", level)?;
        self.low_loss = Some(level);
        Ok(self)
    }

    /// Follows the descent itself all the way.
    #[must_use]
    pub fn without_shortcut(mut self) -> Self {
        self.shortcut = false;
        self
    }

    /// Follows the descent from a start.
    ///
    /// # Errors
    /// A start of another shape than the population's, or a loss beyond the largest double.
    pub fn run(&self, population: &Population, start: &Weights) -> Result<Descended, Error> {
        let mut plain = PlainGradient::new(population, start)?;
        let unit = longest(population.teacher().weights().as_mat());
        let (mut steps, mut trial, mut aim) = (0, FIRST_TRIAL * unit, self.tolerance);
        let arrival = loop {
            let goal = trial.max(aim);
            while plain.square() > goal * goal && steps < self.most_steps {
                plain.descend(self.step);
                steps += 1;
            }
            if plain.square().is_nan() || plain.shortest() < VANISHING {
                break Arrival::Vanished;
            }
            let here = plain.weights();
            if let Some(level) = self.low_loss
                && population.loss(here.as_ref())? <= level
            {
                break Arrival::LowLoss;
            }
            if self.shortcut
                && let Some((weights, newton_steps)) = basin(population, here.as_ref())?
            {
                return finish(population, weights, Arrival::Minimum, steps, newton_steps);
            }
            if plain.square() <= aim * aim {
                let exact = population.gradient(here.as_ref())?.norm_l2();
                if exact <= self.tolerance + rounding(here.as_ref()) {
                    break Arrival::Tolerance;
                }
                // The plain formula has lost the digits that count here: it has to go on, and lower.
                aim *= FALL;
                plain.descend(self.step);
                steps += 1;
            }
            if steps >= self.most_steps {
                break Arrival::Steps;
            }
            while plain.square() <= trial * trial && trial > f64::MIN_POSITIVE {
                trial *= FALL;
            }
        };
        finish(population, plain.weights(), arrival, steps, 0)
    }
}

/// What rounding leaves of an exact gradient: of sums over the neurons.
fn rounding(weights: MatRef<'_, f64>) -> f64 {
    let (k, d) = weights.shape();
    FLOOR * ((k * d) as f64).sqrt() * weights.norm_l2()
}

fn finish(
    population: &Population,
    weights: Mat<f64>,
    arrival: Arrival,
    steps: usize,
    newton_steps: usize,
) -> Result<Descended, Error> {
    Ok(Descended {
        loss: population.loss(weights.as_ref())?,
        gradient_norm: population.gradient(weights.as_ref())?.norm_l2(),
        weights: Weights::new(weights)?,
        arrival,
        steps,
        newton_steps,
    })
}

/// The strict minimum in whose basin `start` lies, as [`Descent`] says, and the Newton steps to it.
fn basin(
    population: &Population,
    start: MatRef<'_, f64>,
) -> Result<Option<(Mat<f64>, usize)>, Error> {
    let (k, d) = start.shape();
    let first = population.hessian(start)?;
    let Ok(factor) = Cholesky::new(first.as_ref()) else {
        return Ok(None);
    };
    let mut weights = start.to_owned();
    let mut gradient = population.gradient(start)?;
    let mut size = gradient.norm_l2();
    let floor = rounding(start);
    let mut taken = 0;
    while size > floor {
        let right = Mat::from_fn(k * d, 1, |i, _| gradient[(i / d, i % d)]);
        let step = factor.solve(right.as_ref());
        let next = Mat::from_fn(k, d, |j, i| weights[(j, i)] - step[(j * d + i, 0)]);
        let Ok(next_gradient) = population.gradient(next.as_ref()) else {
            return Ok(None);
        };
        let next_size = next_gradient.norm_l2();
        if next_size > CONTRACTION * size || taken == MOST_NEWTON_STEPS {
            return Ok(None);
        }
        (weights, gradient, size) = (next, next_gradient, next_size);
        taken += 1;
    }
    let Ok(last) = population.hessian(weights.as_ref()) else {
        return Ok(None);
    };
    Ok(convex_at_both(&first, &last).then_some((weights, taken)))
}

/// Whether H(w°) is positive definite and H(w) ⪰ ½H(w°), with H(w) first.
fn convex_at_both(first: &Mat<f64>, last: &Mat<f64>) -> bool {
    let (rows, columns) = first.shape();
    let rest = Mat::from_fn(rows, columns, |i, j| first[(i, j)] - 0.5 * last[(i, j)]);
    Cholesky::new(last.as_ref()).is_ok() && Cholesky::new(rest.as_ref()).is_ok()
}

fn positive(name: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            name,
            value,
            requirement: "it must be finite and positive",
        })
    }
}

#[cfg(test)]
mod tests {
    use faer::mat;

    use super::convex_at_both;

    #[test]
    fn both_ends_decide() {
        let first = mat![[2.0, 0.5], [0.5, 1.0]];
        assert!(convex_at_both(&first, &first));
        // Twice as much is the limit, in every direction.
        assert!(convex_at_both(
            &mat![[1.0, 0.0], [0.0, 1.0]],
            &mat![[1.9, 0.0], [0.0, 1.9]]
        ));
        assert!(!convex_at_both(
            &mat![[1.0, 0.0], [0.0, 1.0]],
            &mat![[1.9, 0.0], [0.0, 2.1]]
        ));
        // Flat or falling at the end, though the start is far above half of it.
        assert!(!convex_at_both(&first, &mat![[1.0, 0.0], [0.0, -0.1]]));
        // Falling at the start.
        assert!(!convex_at_both(&mat![[1.0, 0.0], [0.0, -1.0]], &first));
    }
}
