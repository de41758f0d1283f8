//! Critical points of the coordinates, by Newton's method from where a family is known to be.

use std::f64::consts::PI;

use dense::Lu;
use faer::Mat;

use super::BlockDynamics;
use crate::error::Error;

/// Steps of Newton's method, halved ones not counted.
const MOST_STEPS: usize = 100;
/// Halvings of one step.
const MOST_HALVINGS: usize = 40;
/// The share of the decrease that the linear model predicts of ‖∇‖, which makes a step acceptable.
const ACCEPTABLE: f64 = 1e-4;

impl BlockDynamics {
    /// The critical point that Newton's method reaches from `start`: every entry of the [gradient](Self::gradient) is at most
    /// `tolerance`.
    ///
    /// A step solves J s = −∇ with the [`jacobian`](Self::jacobian) J, and is halved until ‖∇‖ falls, in the norm of the whole
    /// K × K gradient. Any kind of critical point is found, minimum or saddle. Once the tolerance is reached, steps go on while
    /// they still halve the gradient.
    ///
    /// # Examples
    /// ```
    /// use ssb::BlockDynamics;
    /// let dynamics = BlockDynamics::new(&[49, 1])?;
    /// let point = dynamics.settle(&BlockDynamics::spurious_start(50)?, 1e-13)?;
    /// assert!(dynamics.loss(&point)? > 1e-3 && dynamics.hessian_eigenvalues(&point)?[0] > 0.0); // a spurious minimum
    /// # Ok::<(), ssb::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient) at the start; a tolerance that is not finite and positive; [`Error::Unsettled`] where
    /// no step makes the gradient smaller.
    pub fn settle(&self, start: &[f64], tolerance: f64) -> Result<Vec<f64>, Error> {
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(Error::OutOfRange {
                name: "tolerance",
                value: tolerance,
                requirement: "it must be finite and positive",
            });
        }
        let counts = self.multiplicities();
        let norm = |gradient: &[f64]| {
            let squares = gradient.iter().zip(&counts).map(|(g, &n)| n as f64 * g * g);
            squares.sum::<f64>().sqrt()
        };
        let largest = |gradient: &[f64]| gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        let mut state = start.to_vec();
        let mut gradient = self.gradient(&state)?;
        let mut steps = 0;
        while steps < MOST_STEPS {
            let size = norm(&gradient);
            let Some([next, slope]) = self.newton_step(&state, &gradient, |g| norm(g) / size)?
            else {
                break;
            };
            let settled = largest(&gradient) <= tolerance;
            if settled && norm(&slope) > 0.5 * size {
                break;
            }
            (state, gradient) = (next, slope);
            steps += 1;
        }
        let size = largest(&gradient);
        if size <= tolerance {
            Ok(state)
        } else {
            Err(Error::Unsettled {
                steps,
                gradient: size,
                tolerance,
            })
        }
    }

    /// The end of a step, halved until `ratio`, ‖∇‖ there over ‖∇‖ here, is below 1, and the gradient there; none if there is
    /// no such step.
    fn newton_step(
        &self,
        state: &[f64],
        gradient: &[f64],
        ratio: impl Fn(&[f64]) -> f64,
    ) -> Result<Option<[Vec<f64>; 2]>, Error> {
        let right = Mat::from_fn(gradient.len(), 1, |i, _| -gradient[i]);
        let Ok(factors) = Lu::new(self.jacobian(state)?.as_ref()) else {
            return Ok(None);
        };
        let step = factors.solve(right.as_ref());
        let mut share = 1.0;
        for _ in 0..=MOST_HALVINGS {
            let next: Vec<f64> = state
                .iter()
                .enumerate()
                .map(|(i, x)| x + share * step[(i, 0)])
                .collect();
            // A step may lead to a zero row, or beyond the largest double: halved, it does not.
            if let Ok(slope) = self.gradient(&next)
                && ratio(&slope) <= 1.0 - ACCEPTABLE * share
            {
                return Ok(Some([next, slope]));
            }
            share *= 0.5;
        }
        Ok(None)
    }

    /// A start from which [`settle`](Self::settle) reaches the critical points with one reversed neuron, of blocks
    /// \[K − 1, 1\]: minima that are not global from K = 6 on, saddles for K = 3, 4, 5.
    ///
    /// These are the leading terms of the family as K → ∞: a_1 = 1, b_11 = 0, b_12 = 2/K, a_2 = −1, b_21 = 4/(πK). All neurons
    /// but the last are at their teachers, and the last is opposite to its own. At K = 50, a_1 = 1.0007 and a_2 = −0.9092.
    ///
    /// # Errors
    /// K < 3, or K above 2³¹.
    ///
    /// # Source
    /// The minima of Safran & Shamir 2018; Arjevani & Field 2020 study the family.
    pub fn spurious_start(neurons: usize) -> Result<Vec<f64>, Error> {
        if neurons < 3 {
            return Err(Error::TooFewNeurons { neurons, least: 3 });
        }
        let blocks = Self::new(&[neurons - 1, 1])?;
        let part = 1.0 / neurons as f64;
        let mut state = blocks.teacher();
        state[blocks.diagonal[1]] = -1.0;
        state[blocks.off[1]] = 2.0 * part;
        state[blocks.off[2]] = 4.0 / PI * part;
        Ok(state)
    }
}
