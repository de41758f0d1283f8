//! What was measured, as the JSON file keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::{Against, Kind, Other, Target};

/// Seconds per call over the rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The median.
    pub median: f64,
    /// The lower quartile.
    pub lower: f64,
    /// The upper quartile.
    pub upper: f64,
    /// Rounds.
    pub rounds: usize,
    /// Calls in each.
    pub calls: usize,
    /// Whether the call was stopped at its limit, so that the time is a lower bound.
    pub stopped: bool,
}

impl Timing {
    /// Of the seconds per call of some rounds, at least one.
    pub fn of(mut seconds: Vec<f64>, calls: usize) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self {
            median: quantile(&seconds, 0.5),
            lower: quantile(&seconds, 0.25),
            upper: quantile(&seconds, 0.75),
            rounds: seconds.len(),
            calls,
            stopped: false,
        }
    }

    /// Of a call that was stopped.
    pub fn stopped(limit: f64) -> Self {
        Self {
            stopped: true,
            ..Self::of(vec![limit], 1)
        }
    }
}

/// Linear interpolation between order statistics; NaN of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = share * last as f64;
    let below = sorted
        .iter()
        .zip(1..)
        .take_while(|(_, next)| f64::from(*next) <= place)
        .count();
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    low + (place - below as f64) * (high - low)
}

/// Another implementation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherRecord {
    /// Its name.
    pub name: String,
    /// Whether it is a Python peer, not a reference in Rust.
    pub peer: bool,
    /// Its time.
    pub timing: Timing,
    /// Its time over ours.
    pub ratio: f64,
    /// ‖its answer − ours‖/‖ours‖, where there is one.
    pub difference: Option<f64>,
    /// The largest difference allowed.
    pub tolerance: Option<f64>,
}

impl OtherRecord {
    /// Another implementation beside our time.
    pub fn new(other: Other, timing: Timing, difference: Option<f64>, ours: &Timing) -> Self {
        Self {
            peer: matches!(other.kind, Kind::Python { .. }),
            name: other.name,
            ratio: timing.median / ours.median,
            timing,
            difference,
            tolerance: other.tolerance,
        }
    }
}

/// What was wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// Whom it is about.
    pub against: String,
    /// The least ratio.
    pub wanted: f64,
    /// The ratio; absent where the peer was left out.
    pub ratio: Option<f64>,
    /// Whether that is enough.
    pub reached: bool,
}

impl TargetRecord {
    /// Against the fastest of those whom the target is about; a peer that was stopped counts with its limit.
    pub fn new(target: Target, others: &[OtherRecord]) -> Self {
        let (against, concerned): (&str, &dyn Fn(&OtherRecord) -> bool) = match target.against {
            Against::Peers => ("the best peer", &|other| other.peer),
            Against::Named(name) => (name, &move |other| other.name.starts_with(name)),
        };
        let ratios = others
            .iter()
            .filter(|other| concerned(other))
            .map(|other| other.ratio);
        let ratio = ratios.reduce(f64::min);
        Self {
            against: against.to_owned(),
            wanted: target.ratio,
            ratio,
            reached: ratio.is_some_and(|ratio| ratio >= target.ratio),
        }
    }
}

/// Our memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryRecord {
    /// Bytes of the input.
    pub input: usize,
    /// Bytes at the peak of the call, input included.
    pub peak: usize,
    /// Peak over input, at most this is wanted.
    pub most: f64,
}

/// One input on one number of threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The name of the task.
    pub task: String,
    /// What the task is.
    pub title: String,
    /// What the input is.
    pub size: String,
    /// Threads of everyone.
    pub threads: usize,
    /// Our time.
    pub ours: Timing,
    /// The others.
    pub others: Vec<OtherRecord>,
    /// What was wanted.
    pub targets: Vec<TargetRecord>,
    /// Our memory, where it was measured.
    pub memory: Option<MemoryRecord>,
}

/// Everything in one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// The processor.
    pub processor: String,
    /// Its cores.
    pub cores: usize,
    /// Name and version of compiler and libraries.
    pub versions: BTreeMap<String, String>,
    /// The cases in the order of the tasks.
    pub cases: Vec<Record>,
    /// The section on scale.
    #[serde(default)]
    pub scale: Option<crate::scale::Scaling>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_interpolate() {
        let timing = Timing::of(vec![4.0, 1.0, 3.0, 2.0], 7);
        assert_eq!(
            (timing.lower, timing.median, timing.upper),
            (1.75, 2.5, 3.25)
        );
        assert_eq!((timing.rounds, timing.calls, timing.stopped), (4, 7, false));
        let one = Timing::of(vec![5.0], 1);
        assert_eq!((one.lower, one.median, one.upper), (5.0, 5.0, 5.0));
        assert!(Timing::stopped(60.0).stopped);
    }

    #[test]
    fn a_target_is_held_against_the_fastest_it_is_about() {
        let ours = Timing::of(vec![1.0], 1);
        let others =
            [("NumPy", 5.0), ("NumPy, in place", 3.0), ("JAX", 2.0)].map(|(name, seconds)| {
                let other = Other::python("any", name, 1e-9);
                OtherRecord::new(other, Timing::of(vec![seconds], 1), Some(0.0), &ours)
            });
        let target = TargetRecord::new(Target::named("NumPy", 2.5), &others);
        assert_eq!((target.ratio, target.reached), (Some(3.0), true));
        let target = TargetRecord::new(Target::peers(2.5), &others);
        assert_eq!((target.ratio, target.reached), (Some(2.0), false));
        let target = TargetRecord::new(Target::named("PyTorch", 0.0), &others);
        assert_eq!((target.ratio, target.reached), (None, false));
    }
}
