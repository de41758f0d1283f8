//! Means, quantiles and slopes with their uncertainty, and the verdict on a simulation.

pub use statistics::{Line, Mean, Running, SIGMAS_99, clopper_pearson, fit, quantiles};

use rand_chacha::ChaCha8Rng;
use relu_gating::{Gaussian, InputLaw};

use crate::{Context, Outcome, Verdict};

/// Standard errors a simulation may be off before its verdict is `fail`: two-sided probability
/// 5.7e-7, so that the few hundred comparisons of a report fail by chance once in thousands of
/// seeds.
pub const SIGMAS_VERDICT: f64 = 5.0;

/// Comparisons of simulated means with what a formula says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Comparisons {
    count: usize,
    inside: usize,
    worst: f64,
    samples: usize,
    widest: f64,
}

impl Comparisons {
    /// The means of `N` quantities of x ~ N(0, I_D) over `samples` samples, each beside what a formula says.
    pub fn of_means<const D: usize, const N: usize>(
        random: &mut ChaCha8Rng,
        samples: usize,
        quantities: impl Fn(&[f64; D]) -> [f64; N],
        truths: &[f64],
    ) -> Self {
        let mut sums = [Running::default(); N];
        let mut x = [0.0; D];
        for _ in 0..samples {
            Gaussian.sample(random, &mut x);
            for (sum, value) in sums.iter_mut().zip(quantities(&x)) {
                sum.push(value);
            }
        }
        let mut comparisons = Self::default();
        for (sum, truth) in sums.iter().zip(truths) {
            comparisons.add(sum.mean(), *truth);
        }
        comparisons
    }

    /// Notes that a simulation found `mean` where the formula says `truth`.
    pub fn add(&mut self, mean: Mean, truth: f64) {
        let deviation = mean.deviation(truth);
        self.count += 1;
        self.inside += usize::from(deviation <= SIGMAS_99);
        self.worst = if deviation.is_nan() {
            f64::INFINITY
        } else {
            self.worst.max(deviation)
        };
        self.samples = self.samples.max(mean.samples);
        self.widest = self.widest.max(mean.half_width_99());
    }

    /// The comparisons of many tasks.
    pub fn joined(parts: &[Self]) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.join(part);
        }
        all
    }

    /// Adds the comparisons of another task.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.inside += other.inside;
        self.worst = self.worst.max(other.worst);
        self.samples = self.samples.max(other.samples);
        self.widest = self.widest.max(other.widest);
    }

    /// Whether none is further off than [`SIGMAS_VERDICT`] standard errors.
    pub fn hold(&self) -> bool {
        self.count > 0 && self.worst <= SIGMAS_VERDICT
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// A sentence about them.
    pub fn sentence(&self, what: &str) -> String {
        format!(
            "{} of {} {what} lie inside their 99 % confidence interval; the furthest is {:.2} standard errors off.",
            self.inside, self.count, self.worst
        )
    }

    /// The verdict with the sentence.
    pub fn outcome(&self, what: &str) -> Outcome {
        Outcome::new(Verdict::of(self.hold()), self.sentence(what))
    }

    /// The evidence: counts, the furthest deviation, the widest interval.
    pub fn evidence(&self, outcome: Outcome, context: &Context) -> Outcome {
        outcome
            .with("comparisons", self.count)
            .with("inside_99_percent_interval", self.inside)
            .with("furthest_in_standard_errors", self.worst)
            .with("allowed_in_standard_errors", SIGMAS_VERDICT)
            .with("samples_each", self.samples)
            .with("widest_99_percent_half_width", self.widest)
            .with("seed", context.seed())
    }
}
