use serde::{Deserialize, Serialize};
use teacher_student::Ending;

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
    /// Counts the ends of all runs.
    pub(crate) fn of(cell: usize, ends: &[End]) -> Self {
        let mut tally = Self {
            cell,
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
                Ending::Critical { .. }
                | Ending::Saddle { .. }
                | Ending::SpuriousMinimum { .. } => &mut tally.spurious,
                Ending::OnItsWay { .. } => &mut tally.stalled,
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

    /// Runs in all.
    pub fn runs(&self) -> usize {
        self.global() + self.spurious + self.stalled + self.diverged + self.undefined
    }

    /// Runs that ended at loss zero.
    pub fn global(&self) -> usize {
        self.teacher + self.permutation + self.other_global_minimum
    }
}

/// How one run ended.
pub(crate) struct End {
    pub(crate) ending: Ending,
    pub(crate) loss: f64,
    pub(crate) steps: usize,
}

/// Doubles as text: the JSON reader may miss the last bit of a number, and joined parts must equal a single run.
mod exact {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    // The signature is that of the derive.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:?}"))
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
