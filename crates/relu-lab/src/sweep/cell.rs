use faer::Mat;
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};
use teacher_student::initialization as initial;
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, Error, GradientDescent, GradientFlow, Integrator,
    Network, Objective as _, Population, Record, RungeKutta4, Stop, Weights, state_of,
};

use super::config::{Config, Rule, Start, Teacher, Top};

/// One point of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Its number, counted from 0.
    pub index: usize,
    /// K.
    pub neurons: usize,
    /// d.
    pub dimension: usize,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Law of the start.
    pub start: Start,
    /// Law of the teacher.
    pub teacher: Teacher,
    /// Top weights.
    pub top: Top,
    /// Descent rule.
    pub rule: Rule,
}

/// What came of the runs of a cell: how many ended where, the median of their losses and of their steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// The cell.
    pub cell: usize,
    /// At the teacher.
    pub teacher: usize,
    /// At the teacher with its neurons renamed.
    pub permutation: usize,
    /// At another point of loss zero.
    pub other_global_minimum: usize,
    /// At another critical point.
    pub spurious: usize,
    /// On their way when the time or the steps were used up.
    pub stalled: usize,
    /// With a loss above their start.
    pub diverged: usize,
    /// At a point without gradient.
    pub undefined: usize,
    /// Median loss at the end; infinite ends count as the largest double.
    #[serde(with = "exact")]
    pub median_loss: f64,
    /// Largest loss at the end.
    #[serde(with = "exact")]
    pub largest_loss: f64,
    /// Median number of steps.
    pub median_steps: usize,
}

impl Tally {
    /// Runs in all.
    pub fn runs(&self) -> usize {
        self.global() + self.spurious + self.stalled + self.diverged + self.undefined
    }

    /// Runs that ended at loss zero.
    pub fn global(&self) -> usize {
        self.teacher + self.permutation + self.other_global_minimum
    }
}

/// The most steps of a run with error control: a time that is never reached must not hold up the sweep.
const MOST_STEPS: usize = 10_000_000;

/// How one run ended.
pub(super) struct End {
    ending: Ending,
    loss: f64,
    steps: usize,
}

impl Cell {
    /// Run `replicate` of the cell.
    pub(super) fn run(&self, config: &Config, replicate: u32) -> Result<End, Error> {
        let (k, d) = (self.neurons, self.dimension);
        // A grid has at most 10⁶ cells.
        let number = ((self.index as u64) << 32) | u64::from(replicate);
        let mut rng = initial::stream(config.seed, number);
        let teacher = match self.teacher {
            Teacher::Orthonormal => Weights::orthonormal(k, d)?,
            Teacher::Gaussian => initial::lecun(&mut rng, k, d)?,
        };
        let start = match self.start {
            // With x⁰ = y⁰ = 0 the start is the noise alone.
            Start::Symmetric { x0, y0 } if x0 == 0.0 && y0 == 0.0 => Mat::zeros(k, d),
            Start::Symmetric { x0, y0 } => matrix(&initial::symmetric_with_noise(
                &mut rng, &teacher, x0, y0, 0.0,
            )?),
            Start::Gaussian { deviation } => matrix(&initial::gaussian(&mut rng, k, d, deviation)?),
            Start::Xavier => matrix(&initial::xavier(&mut rng, k, d)?),
            Start::He => matrix(&initial::he(&mut rng, k, d)?),
            Start::Lecun => matrix(&initial::lecun(&mut rng, k, d)?),
            Start::Ball { radius } => matrix(&initial::uniform_ball(&mut rng, k, d, radius)?),
            Start::NearTeacher { distance } => {
                matrix(&initial::near_teacher(&mut rng, &teacher, distance)?)
            }
        };
        let mut start = start;
        if self.noise > 0.0 {
            for j in 0..k {
                for i in 0..d {
                    let step: f64 = StandardNormal.sample(&mut rng);
                    start[(j, i)] += self.noise * step;
                }
            }
        }
        let top = (0..k)
            .map(|j| match self.top {
                Top::Alternating if j % 2 == 1 => -1.0,
                Top::Ones | Top::Alternating => 1.0,
            })
            .collect();
        let network = Network::with_top_weights(teacher, top)?;
        let flow = GradientFlow::new(Population::matching(network)?);
        let stop = Stop::new().rate_below(config.stop_gradient);
        let state = state_of(Weights::new(start)?.as_mat());
        let run = match self.rule {
            Rule::Gd { step, steps } => GradientDescent::new(step)?.integrate(
                &flow,
                &state,
                &stop.steps(steps),
                &Record::Ends,
            ),
            Rule::Rk4 { step, steps } => {
                RungeKutta4::new(step)?.integrate(&flow, &state, &stop.steps(steps), &Record::Ends)
            }
            Rule::Adaptive { time } => DormandPrince::builder().build()?.integrate(
                &flow,
                &state,
                &stop.time(time).steps(MOST_STEPS),
                &Record::Ends,
            ),
        }?;
        let ending = Ending::classify(&flow, &run, &EndingTolerances::default())?;
        let loss = flow
            .weights(run.end())
            .and_then(|weights| flow.objective().loss(weights))
            .unwrap_or(f64::MAX);
        Ok(End {
            ending,
            loss,
            steps: run.steps(),
        })
    }

    /// Counts the ends of all runs.
    pub(super) fn tally(&self, ends: &[End]) -> Tally {
        let mut tally = Tally {
            cell: self.index,
            teacher: 0,
            permutation: 0,
            other_global_minimum: 0,
            spurious: 0,
            stalled: 0,
            diverged: 0,
            undefined: 0,
            median_loss: 0.0,
            largest_loss: 0.0,
            median_steps: 0,
        };
        for end in ends {
            *match end.ending {
                Ending::Teacher { .. } => &mut tally.teacher,
                Ending::Permutation { .. } => &mut tally.permutation,
                Ending::OtherGlobalMinimum { .. } => &mut tally.other_global_minimum,
                Ending::Spurious { .. } => &mut tally.spurious,
                Ending::Stalled { .. } => &mut tally.stalled,
                Ending::Diverged { .. } => &mut tally.diverged,
                _ => &mut tally.undefined,
            } += 1;
        }
        let mut losses: Vec<f64> = ends.iter().map(|end| end.loss).collect();
        losses.sort_by(f64::total_cmp);
        let mut steps: Vec<usize> = ends.iter().map(|end| end.steps).collect();
        steps.sort_unstable();
        // The lower median: a value that occurred.
        tally.median_loss = losses
            .get((losses.len().max(1) - 1) / 2)
            .copied()
            .unwrap_or(0.0);
        tally.largest_loss = losses.last().copied().unwrap_or(0.0);
        tally.median_steps = steps
            .get((steps.len().max(1) - 1) / 2)
            .copied()
            .unwrap_or(0);
        tally
    }
}

fn matrix(weights: &Weights) -> Mat<f64> {
    weights.as_mat().to_owned()
}

/// Doubles as text: the JSON reader may miss the last bit of a number, and joined parts must equal a single run.
mod exact {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    // The signature is that of the derive.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:?}"))
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
