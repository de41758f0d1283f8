use anyhow::{Result, bail};
use clap::Args;
use critical_points::{
    Attempt, Catalogue, Class, Doubt, Kind as PointKind, Refined, Refinement, Search,
};
use faer::{Mat, MatRef};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use relu_lab::files::{Array, read, write};
use teacher_student::initialization::stream;
use teacher_student::{Network, Population, Weights};

use super::problem::{exponent, norm, scaled};
use super::report::{Field, Kind, Report, Value};
use super::{Common, count};

/// Searches critical points from random starts and classifies them
///
/// Points that differ by names of neurons or by symmetries of the teacher count as one. -o writes a bundle: points
/// (n x K x d), loss, gradient_norm, index, nullity, hits (n), the lowest loss first.
#[derive(Debug, Args)]
#[command(
    name = "critical-points",
    after_help = "Example: relu-lab critical-points --teacher V.npy --neurons 3 --starts 200 -o points.npz"
)]
pub(crate) struct CriticalPoints {
    /// Weights of the teacher, K' x d
    #[arg(long, value_name = "FILE")]
    teacher: String,
    /// K, the number of students; as many as teachers if left out
    #[arg(long, value_name = "K", value_parser = count, allow_hyphen_values = true)]
    neurons: Option<usize>,
    /// Random starts
    #[arg(long, value_name = "N", value_parser = count, default_value = "100", allow_hyphen_values = true)]
    starts: usize,
    /// Prove each point by interval arithmetic, as `relu-lab certify` does
    #[arg(long)]
    certify: bool,
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

    pub(crate) fn run(self, common: &Common) -> Result<Report> {
        if let Some(path) = &common.output {
            write::expect(path, Some(write::BUNDLE))?;
        }
        let teacher = read::weights(&self.teacher)?;
        let neurons = self.neurons.unwrap_or(teacher.neurons());
        let dimension = teacher.dimension();
        if neurons.saturating_mul(dimension) > MOST_WEIGHTS {
            bail!(
                "{neurons} students in dimension {dimension} ({}) have more than {MOST_WEIGHTS} weights, the most for a search",
                self.teacher
            );
        }
        // The search knows no unit of length: the longest teacher gets a norm in [1, 2). Powers of two change no digit.
        let unit = longest(&self.teacher, &teacher)?;
        let unit_teacher = Weights::new(resized(teacher.as_mat(), -unit))?;
        let population = Population::new(Network::new(unit_teacher), vec![1.0; neurons])?;
        let search = Search::new(population.clone())?;
        let mut catalogue = Catalogue::new(&population)?;
        let starts = self.starts as u64;
        let bar = common.shows_progress().then(|| ProgressBar::new(starts));
        if let (Some(bar), Ok(style)) = (
            &bar,
            ProgressStyle::with_template("{bar:30} {pos}/{len} starts, {eta} left"),
        ) {
            bar.set_style(style);
        }
        let seed = common.seed.unwrap_or_default();
        let mut next = 0;
        while next < starts {
            let end = starts.min(next + BATCH);
            catalogue.extend(&search.run(next..end, |run| stream(seed, run))?)?;
            next = end;
            if let Some(bar) = &bar {
                bar.set_position(end);
            }
        }
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        let classes = catalogue.by_loss();
        let loss = |class: &Class| scaled(class.classification().loss(), 2 * unit);
        let gradient = |class: &Class| scaled(class.classification().gradient_norm(), unit);
        if !classes.iter().all(|class| loss(class).is_finite()) {
            bail!(
                "the loss of a critical point exceeds the largest double (1.8e308): scale the weights of {} down",
                self.teacher
            );
        }
        if let Some(path) = &common.output {
            let numbers = classes
                .iter()
                .map(|c| resized(c.representative().as_mat(), unit))
                .flat_map(|c| Array::matrix(c.as_ref()).data().to_vec());
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
            let original = Population::new(Network::new(teacher), vec![1.0; neurons])?;
            let prove = |class: &&Class| {
                let point = resized(class.representative().as_mat(), unit);
                prove(&original, &Weights::new(point)?)
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
                        .map(|attempt| lost(attempt, unit))
                        .collect::<Result<Vec<_>>>()?,
                ),
            ),
        ]))
    }
}

fn prove(population: &Population, point: &Weights) -> Result<Value> {
    let verdict = proofs::certify::certify(population, point)?;
    Ok(Value::Object(super::certify::fields(&verdict, point)))
}

/// Norms of teachers farther apart than 2 to this are beyond the search.
const MOST_RATIO: i32 = 256;

/// The exponent of two of the longest teacher's norm.
fn longest(file: &str, teacher: &Weights) -> Result<i32> {
    let norms = (0..teacher.neurons()).map(|j| norm(teacher.as_mat().subrows(j, 1)));
    let exponents: Vec<i32> = norms.map(exponent).collect();
    let (least, most) = (exponents.iter().min(), exponents.iter().max());
    let (least, most) = (
        least.copied().unwrap_or_default(),
        most.copied().unwrap_or_default(),
    );
    if most - least > MOST_RATIO {
        bail!(
            "the norms in {file} differ by a factor of about 2^{}, the most for a search is 2^{MOST_RATIO}",
            most - least
        );
    }
    Ok(most)
}

/// The weights times 2^e.
fn resized(weights: MatRef<'_, f64>, e: i32) -> Mat<f64> {
    Mat::from_fn(weights.nrows(), weights.ncols(), |i, j| {
        scaled(weights[(i, j)], e)
    })
}

fn lost(attempt: &Attempt, unit: i32) -> Result<Value> {
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
            attempt
                .end()
                .map(|end| scaled(end.gradient_norm(), unit))
                .into(),
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
