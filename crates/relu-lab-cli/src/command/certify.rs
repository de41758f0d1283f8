use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use hinge_classifier::ConditionProof;
use indicatif::{ProgressBar, ProgressStyle};
use proofs::points::{CriticalPoint, MOST_WEIGHTS, Refusal, Verdict, certify};
use proofs::{Document, Statement, documents};
use relu_lab::files::{Array, read, write};
use teacher_student::Weights;

use super::files::Files;
use super::problem::Problem;
use super::report::{Field, Kind, Report, Value};
use super::{Common, Work, misuse, shown, write_all};

/// Proves that there is exactly one critical point near the student, and what kind it is
///
/// By interval arithmetic: the answer is a theorem about a small box, not a number that looks small. Where nothing is
/// proved, `reason` says why. global-minimum: the loss is 0. local-minimum: no negative eigenvalue of the Hessian, and a loss
/// above 0. saddle: `index` negative eigenvalues. degenerate: a manifold of critical points or a singular Hessian may pass
/// through. not-critical: the gradient is not 0 there. vanishing-neuron: a neuron may be 0. undecided: none of these is proved.
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
    /// Write the centre of the box, K x d, there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Proves the statements of certificates again, from nothing but their text, and says what they are
///
/// Every kind that the project writes is known: theorems by cover, critical points, one or one a line, also compressed by
/// gzip, and with --weights proofs of the geometric condition. Exit status 1 at the first whose statement does not follow.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab check point.json")]
pub(crate) struct Check {
    /// The certificates
    #[arg(value_name = "FILE", required = true)]
    certificates: Vec<OsString>,
    /// The weights that a proof of the geometric condition is about, K x d
    #[arg(long, value_name = "FILE")]
    weights: Option<OsString>,
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
}

impl Work for Certify {
    fn files(&self) -> Files<'_> {
        self.problem
            .files()
            .write(self.output.as_ref(), Some(write::ARRAYS))
            .write(self.certificate.as_ref(), None)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let (student, population) = self.problem.load()?;
        let weights = student.neurons() * student.dimension();
        if weights > MOST_WEIGHTS {
            bail!(
                "{} has {weights} weights, the most for a proof is {MOST_WEIGHTS}",
                shown(&self.problem.student)
            );
        }
        let verdict = certify(&population, &student)?;
        if let Some(point) = verdict.certified() {
            let mut files = Vec::new();
            if let Some(path) = &self.output {
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

/// What is known of one certificate that was accepted.
struct Accepted {
    file: String,
    line: usize,
    kind: String,
    words: String,
}

impl Check {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("certified", Kind::Truth, "true: all were accepted"),
        Field::new(
            "kind",
            Kind::Text,
            "of one certificate: the name of a theorem, global-minimum, local-minimum, saddle, geometric-condition-holds or geometric-condition-fails; null for several",
        )
        .or_null(),
        Field::new(
            "checked",
            Kind::Count,
            "certificates whose statement was proved again",
        ),
        Field::new(
            "statements",
            Kind::List,
            "for each: the file, the line where it begins, the kind, and the statement in words",
        ),
    ];
}

impl Work for Check {
    fn files(&self) -> Files<'_> {
        Files::none().read(&self.certificates).read(&self.weights)
    }

    fn run(&self, common: &Common) -> Result<Report> {
        let mut accepted = Vec::new();
        for file in &self.certificates {
            let bytes = read::bytes(file)?;
            if bytes.starts_with(CONDITION.as_bytes()) {
                accepted.push(self.condition(file, &bytes)?);
                continue;
            }
            if self.weights.is_some() {
                return Err(misuse(
                    "`--weights` is for proofs of the geometric condition: the certificate of a point has its own",
                ));
            }
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
                accepted.push(proof(file, &document)?);
                if let Some(bar) = &bar {
                    bar.inc(1);
                }
            }
            if let Some(bar) = &bar {
                bar.finish_and_clear();
            }
        }
        let kind = match &accepted[..] {
            [one] => Some(one.kind.clone()),
            _ => None,
        };
        let statements: Vec<Value> = accepted
            .into_iter()
            .map(|one| {
                Value::Object(vec![
                    ("file", one.file.into()),
                    ("line", one.line.into()),
                    ("kind", one.kind.into()),
                    ("statement", one.words.into()),
                ])
            })
            .collect();
        Ok(Report::Fields(vec![
            ("certified", true.into()),
            ("kind", kind.into()),
            ("checked", statements.len().into()),
            ("statements", Value::List(statements)),
        ]))
    }
}

/// The first words of a proof of the geometric condition.
const CONDITION: &str = "geometric condition";

/// Checks one certificate of a file.
fn proof(file: &OsStr, document: &Document) -> Result<Accepted> {
    let line = document.line();
    let statement = document.check().with_context(|| match line {
        1 => shown(file),
        _ => format!("{}, line {line}", shown(file)),
    })?;
    let kind = match &statement {
        Statement::Cover(checked) => checked.theorem.name(),
        _ => statement.point().map_or("certificate", kind),
    };
    Ok(Accepted {
        file: shown(file),
        line,
        kind: kind.to_owned(),
        words: statement.to_string(),
    })
}

impl Check {
    /// Checks a proof of the geometric condition in integers.
    fn condition(&self, file: &OsStr, bytes: &[u8]) -> Result<Accepted> {
        let name = shown(file);
        let text =
            std::str::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8 text"))?;
        let Some(of) = &self.weights else {
            return Err(misuse(format!(
                "{name} is a proof of the geometric condition: add --weights FILE, the weights that it is about"
            )));
        };
        let proof: ConditionProof = text.parse().with_context(|| name.clone())?;
        let weights = read::weights(of)?;
        proof
            .check(weights.as_mat())
            .with_context(|| name.clone())?;
        let (k, d) = weights.as_mat().shape();
        let (kind, says) = if proof.holds() {
            ("geometric-condition-holds", "holds")
        } else {
            ("geometric-condition-fails", "fails")
        };
        Ok(Accepted {
            words: format!(
                "the geometric condition {says} for the {k} x {d} weights in {}",
                shown(of)
            ),
            file: name,
            line: 1,
            kind: kind.to_owned(),
        })
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
