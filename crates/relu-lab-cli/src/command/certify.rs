use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use proofs::certify::{CriticalPoint, MOST_WEIGHTS, Refusal, Verdict, certify};
use proofs::{Statement, documents};
use relu_lab::files::{Array, read, write};
use teacher_student::Weights;

use super::problem::Problem;
use super::report::{Field, Kind, Report, Value};
use super::{Common, shown, write_all};

/// Proves that there is exactly one critical point near the student, and what kind it is
///
/// By interval arithmetic: the answer is a theorem about a small box, not a number that looks small. Where nothing is
/// proved, `reason` says why. -o writes the centre of the box, K x d.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: relu-lab certify --student W.npy --teacher V.npy --certificate point.json --json"
)]
pub(crate) struct Certify {
    #[command(flatten)]
    problem: Problem,
    /// Write a text from which `relu-lab check` proves all of it again
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

/// Proves the statements of certificates again, from nothing but their text, and says what they are
///
/// Every kind that the project writes is known: theorems by cover, critical points, one or one a line, also compressed by
/// gzip. Exit status 1 at the first certificate whose statement does not follow.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab check point.json reproduction/data/cone-sign.txt")]
pub(crate) struct Check {
    /// The certificates
    #[arg(value_name = "FILE", required = true)]
    certificates: Vec<String>,
}

/// What `certify` says.
const FIELDS: &[Field] = &[
    Field::new(
        "certified",
        Kind::Truth,
        "whether a critical point was proved",
    ),
    Field::new(
        "distance",
        Kind::Number,
        "largest difference between a weight of the centre and of the student as given: Newton's method has moved it",
    )
    .or_null(),
    Field::new(
        "kind",
        Kind::Text,
        "proved: global-minimum, local-minimum or saddle; else why not: degenerate, not-critical, vanishing-neuron or undecided",
    ),
    Field::new("index", Kind::Count, "negative eigenvalues of the Hessian").or_null(),
    Field::new(
        "nullity",
        Kind::Count,
        "zero eigenvalues, all from symmetry",
    )
    .or_null(),
    Field::new(
        "radius",
        Kind::Number,
        "every weight of the point is within this of the centre",
    )
    .or_null(),
    Field::new(
        "eigenvalue_lower_bound",
        Kind::Number,
        "of the Hessian, zeros of symmetry set aside",
    )
    .or_null(),
    Field::new("loss", Kind::Vector, "lower and upper bound of the loss").or_null(),
    Field::new("reason", Kind::Text, "why nothing was proved").or_null(),
];

impl Certify {
    pub(crate) const FIELDS: &[Field] = FIELDS;

    pub(crate) fn run(self, common: &Common) -> Result<Report> {
        if let Some(path) = &common.output {
            write::expect(path, Some(write::ARRAYS))?;
        }
        if let Some(path) = &self.certificate {
            write::expect(path, None)?;
            if common.output.as_ref() == Some(path) {
                bail!(
                    "{} is given for the centre and for the certificate: choose two names",
                    path.display()
                );
            }
        }
        let (student, population) = self.problem.load()?;
        let weights = student.neurons() * student.dimension();
        if weights > MOST_WEIGHTS {
            bail!(
                "{} has {weights} weights, the most for a proof is {MOST_WEIGHTS}",
                self.problem.student
            );
        }
        let verdict = certify(&population, &student)?;
        if let Some(point) = verdict.certified() {
            let mut files = Vec::new();
            if let Some(path) = &common.output {
                let centre = Array::matrix(point.centre().as_ref());
                files.push((path, write::array_bytes(path, "centre", &centre)?));
            }
            if let Some(path) = &self.certificate {
                files.push((path, point.certificate().into()));
            }
            write_all(&files)?;
        }
        Ok(Report::Fields(fields(&verdict, &student)))
    }
}

impl Check {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new(
            "checked",
            Kind::Count,
            "certificates whose statement was proved again",
        ),
        Field::new(
            "statements",
            Kind::List,
            "for each: the file, the line where it begins, the kind (the name of a theorem, or global-minimum, local-minimum, saddle), and the statement in words",
        ),
    ];

    pub(crate) fn run(self, common: &Common) -> Result<Report> {
        if common.output.is_some() {
            bail!("`check` has nothing to write: leave -o out");
        }
        let mut statements: Vec<Value> = Vec::new();
        for file in &self.certificates {
            let bytes = read::bytes(file)?;
            let documents = documents(&bytes).with_context(|| shown(file))?;
            let progress = common.shows_progress() && documents.len() > 1;
            let bar = progress.then(|| ProgressBar::new(documents.len() as u64));
            if let (Some(bar), Ok(style)) = (
                &bar,
                ProgressStyle::with_template("{bar:30} {pos}/{len} certificates, {eta} left"),
            ) {
                bar.set_style(style);
            }
            for document in documents {
                let line = document.line();
                let place = || match line {
                    1 => shown(file),
                    _ => format!("{}, line {line}", shown(file)),
                };
                let statement = document.check().with_context(place)?;
                let name = match &statement {
                    Statement::Cover(checked) => checked.theorem.name(),
                    _ => statement.point().map_or("certificate", kind),
                };
                statements.push(Value::Object(vec![
                    ("file", shown(file).into()),
                    ("line", line.into()),
                    ("kind", name.into()),
                    ("statement", statement.to_string().into()),
                ]));
                if let Some(bar) = &bar {
                    bar.inc(1);
                }
            }
            if let Some(bar) = &bar {
                bar.finish_and_clear();
            }
        }
        Ok(Report::Fields(vec![
            ("checked", statements.len().into()),
            ("statements", Value::List(statements)),
        ]))
    }
}

/// What a verdict says, as fields.
pub(super) fn fields(verdict: &Verdict, student: &Weights) -> Vec<(&'static str, Value)> {
    match verdict {
        Verdict::Certified(point) => proved(point, student),
        Verdict::Refused(refusal) => vec![
            ("certified", false.into()),
            ("distance", Value::Null),
            ("kind", doubt(refusal).into()),
            ("index", Value::Null),
            ("nullity", Value::Null),
            ("radius", Value::Null),
            ("eigenvalue_lower_bound", Value::Null),
            ("loss", Value::Null),
            ("reason", refusal.to_string().into()),
        ],
    }
}

fn kind(point: &CriticalPoint) -> &'static str {
    if point.is_teacher() {
        "global-minimum"
    } else if point.is_minimum() {
        "local-minimum"
    } else {
        "saddle"
    }
}

fn proved(point: &CriticalPoint, student: &Weights) -> Vec<(&'static str, Value)> {
    let loss = point.loss();
    vec![
        ("certified", true.into()),
        ("distance", point.distance(student).into()),
        ("kind", kind(point).into()),
        ("index", point.index().into()),
        ("nullity", point.inertia().zero.into()),
        ("radius", point.radius().into()),
        ("eigenvalue_lower_bound", point.least_eigenvalue().into()),
        ("loss", vec![loss.low(), loss.high()].into()),
        ("reason", Value::Null),
    ]
}

fn doubt(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotCritical { .. } | Refusal::Steep { .. } => "not-critical",
        Refusal::VanishingNeuron { .. } => "vanishing-neuron",
        Refusal::Degenerate { .. }
        | Refusal::ParallelStudents { .. }
        | Refusal::Singular { .. } => "degenerate",
        _ => "undecided",
    }
}
