use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use critical_points::{
    Attempt, Catalogue, Class, Doubt, Kind as PointKind, Refined, Refinement, Search,
};
use indicatif::{ProgressBar, ProgressStyle};
use proofs::points::Certify;
use rayon::prelude::*;
use relu_lab::files::{Array, read, write};
use teacher_student::initialization::stream;
use teacher_student::{Network, Population};

use super::files::Files;
use super::report::{Field, Kind, Report, Value};
use super::{Common, Seed, Work, count, shown};

/// Searches critical points from random starts and classifies them
///
/// Points that differ by names of neurons or by symmetries of the teacher count as one; `hits` counts the starts that ended
/// at one of them. global-minimum: the loss is 0. spurious-minimum: a minimum with a loss above 0, all eigenvalues of its
/// Hessian positive beyond rounding but those of symmetries. local-minimum: a minimum whose loss is not told from 0. saddle:
/// `index` eigenvalues are negative beyond rounding. degenerate: eigenvalues that no symmetry explains are not told from 0.
/// not-critical: the gradient is not told from one that is not 0. undecided: rounding forbids an answer. `margin`: by what
/// factor the number that decided exceeds its rounding error; the larger, the safer.
#[derive(Debug, Args)]
#[command(
    name = "critical-points",
    after_help = "Example: relu-lab critical-points --teacher V.npy --neurons 3 --starts 200 -o points.npz"
)]
pub(crate) struct CriticalPoints {
    /// Weights of the teacher, K' x d
    #[arg(long, value_name = "FILE")]
    teacher: OsString,
    /// K, the number of students; as many as teachers if left out
    #[arg(long, value_name = "K", value_parser = count, allow_hyphen_values = true)]
    neurons: Option<usize>,
    /// Random starts
    #[arg(long, value_name = "N", value_parser = starts, default_value = "100", allow_hyphen_values = true)]
    starts: usize,
    /// Prove each point by interval arithmetic, as `relu-lab certify` does
    #[arg(long)]
    certify: bool,
    /// Write a bundle: points (n x K x d), loss, gradient_norm, index, nullity, hits (n), the lowest loss first, there
    #[arg(short, long, value_name = "FILE.npz")]
    output: Option<PathBuf>,
    #[command(flatten)]
    seed: Seed,
}

/// The most starts: hours, and a gigabyte of ends.
const MOST_STARTS: usize = 1_000_000;

/// A number of starts, on the command line.
fn starts(text: &str) -> Result<usize, String> {
    match count(text)? {
        starts if starts <= MOST_STARTS => Ok(starts),
        _ => Err(format!("the most is {MOST_STARTS}")),
    }
}

/// Starts between two movements of the progress bar.
const BATCH: u64 = 64;
/// The most weights of one student: its Hessian has as many rows.
const MOST_WEIGHTS: usize = 2048;

impl CriticalPoints {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new(
            "points",
            Kind::List,
            "for each class: kind (global-minimum, spurious-minimum, local-minimum, saddle, degenerate, not-critical or undecided), loss, \
             gradient_norm, index, nullity, least_eigenvalue, margin, hits; with --certify also proof, what `certify` reports",
        ),
        Field::new("starts", Kind::Count, "random starts"),
        Field::new(
            "lost",
            Kind::List,
            "for each start that ended at no critical point: start (counted from 0), reason (stalled: at a minimum of the gradient \
             norm that is not zero, or after too many steps; vanished: with a neuron at the origin; escaped: students grew without \
             bound; no-start: a neuron was drawn at the origin), gradient_norm",
        ),
    ];
}

impl Work for CriticalPoints {
    fn files(&self) -> Files<'_> {
        Files::none()
            .read([&self.teacher])
            .write(self.output.as_ref(), Some(write::BUNDLE))
    }

    fn run(&self, common: &Common) -> Result<Report> {
        let teacher = read::weights(&self.teacher)?;
        let neurons = self.neurons.unwrap_or(teacher.neurons());
        let dimension = teacher.dimension();
        if neurons.saturating_mul(dimension) > MOST_WEIGHTS {
            bail!(
                "{neurons} students in dimension {dimension} ({}) have more than {MOST_WEIGHTS} weights, the most for a search",
                shown(&self.teacher)
            );
        }
        let population = Population::new(Network::new(teacher), vec![1.0; neurons])
            .map_err(|error| anyhow!("{}: {error}", shown(&self.teacher)))?;
        let search = Search::new(&population)
            .map_err(|error| anyhow!("{}: {error}", shown(&self.teacher)))?;
        let mut catalogue = Catalogue::new(&population)?;
        let starts = self.starts as u64;
        let bar = common.shows_progress().then(|| ProgressBar::new(starts));
        if let (Some(bar), Ok(style)) = (
            &bar,
            ProgressStyle::with_template("{bar:30} {pos}/{len} starts, {eta} left"),
        ) {
            bar.set_style(style);
        }
        let seed = self.seed.seed.unwrap_or_default();
        let mut next = 0;
        while next < starts {
            let end = starts.min(next + BATCH);
            let attempts = search.run(next..end, |run| stream(seed, run))?;
            catalogue
                .extend(&attempts)
                .map_err(|error| anyhow!("{}: {error}", shown(&self.teacher)))?;
            next = end;
            if let Some(bar) = &bar {
                bar.set_position(end);
            }
        }
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        let classes = catalogue.by_loss();
        let loss = |class: &Class| class.classification().loss();
        let gradient = |class: &Class| class.classification().gradient_norm();
        if let Some(path) = &self.output {
            let numbers = classes
                .iter()
                .flat_map(|c| Array::matrix(c.representative().as_mat()).data().to_vec());
            let points = Array::new(vec![classes.len(), neurons, dimension], numbers.collect());
            let column = |value: &dyn Fn(&Class) -> f64| {
                Array::vector(classes.iter().map(|c| value(c)).collect())
            };
            write::bundle(
                path,
                &[
                    (
                        "points",
                        points.unwrap_or_else(|| Array::vector(Vec::new())),
                    ),
                    ("loss", column(&loss)),
                    ("gradient_norm", column(&gradient)),
                    (
                        "index",
                        column(&|c| c.classification().spectrum().negative() as f64),
                    ),
                    ("nullity", column(&|c| c.classification().nullity() as f64)),
                    ("hits", column(&|c| c.runs().len() as f64)),
                ],
            )?;
        }
        let proofs = if self.certify {
            let prove = |class: &&Class| -> Result<Value> {
                Ok(Value::Object(super::certify::fields(
                    &class.certify()?,
                    class.representative(),
                )))
            };
            let all: Vec<Result<Value>> = classes.par_iter().map(prove).collect();
            all.into_iter()
                .map(|proof| proof.map(Some))
                .collect::<Result<Vec<_>>>()?
        } else {
            vec![None; classes.len()]
        };
        let points = classes.iter().zip(proofs).map(|(class, proof)| {
            let found = class.classification();
            let mut fields = vec![
                ("kind", name(found.kind()).into()),
                ("loss", loss(class).into()),
                ("gradient_norm", gradient(class).into()),
                ("index", found.spectrum().negative().into()),
                ("nullity", found.nullity().into()),
                ("least_eigenvalue", found.least_eigenvalue().into()),
                (
                    "margin",
                    Some(found.margin()).filter(|m| m.is_finite()).into(),
                ),
                ("hits", class.runs().len().into()),
            ];
            fields.extend(proof.map(|proof| ("proof", proof)));
            Value::Object(fields)
        });
        Ok(Report::Fields(vec![
            ("points", Value::List(points.collect())),
            ("starts", self.starts.into()),
            (
                "lost",
                Value::List(
                    catalogue
                        .lost()
                        .iter()
                        .map(lost)
                        .collect::<Result<Vec<_>>>()?,
                ),
            ),
        ]))
    }
}

fn lost(attempt: &Attempt) -> Result<Value> {
    let reason = match attempt.end().map(Refined::outcome) {
        None => "no-start",
        Some(Refinement::Vanished) => "vanished",
        Some(Refinement::Escaped) => "escaped",
        Some(Refinement::Stalled | Refinement::Critical) => "stalled",
    };
    Ok(Value::Object(vec![
        // Below the number of starts.
        ("start", usize::try_from(attempt.run())?.into()),
        ("reason", reason.into()),
        (
            "gradient_norm",
            attempt.end().map(Refined::gradient_norm).into(),
        ),
    ]))
}

fn name(kind: PointKind) -> &'static str {
    match kind {
        PointKind::GlobalMinimum => "global-minimum",
        PointKind::SpuriousMinimum => "spurious-minimum",
        PointKind::LocalMinimum => "local-minimum",
        PointKind::Saddle { .. } => "saddle",
        PointKind::Degenerate => "degenerate",
        PointKind::Undecided(Doubt::Gradient) => "not-critical",
        _ => "undecided",
    }
}
