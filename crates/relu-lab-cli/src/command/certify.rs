use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use hinge_classifier::ConditionProof;
use proofs::certify::{CriticalPoint, Refusal, Verdict, certify, check_certificate};
use relu_lab::files::{Array, read, write};
use teacher_student::Network;

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

/// Proves the statement of a certificate again, from nothing but its text
///
/// Of a critical point, or with --weights of the geometric condition. Exit status 1 if it does not follow.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab check point.json")]
pub(crate) struct Check {
    /// The certificate
    #[arg(value_name = "FILE")]
    certificate: OsString,
    /// The weights that a proof of the geometric condition is about, K x d
    #[arg(long, value_name = "FILE")]
    weights: Option<OsString>,
}

/// The most weights of a student: the proof multiplies matrices of as many rows.
const MOST_WEIGHTS: usize = 2048;

/// Fields of both.
const FIELDS: &[Field] = &[
    Field::new(
        "certified",
        Kind::Truth,
        "whether a critical point was proved",
    ),
    Field::new(
        "kind",
        Kind::Text,
        "proved: global-minimum, local-minimum or saddle, and of a checked proof geometric-condition-holds or \
         geometric-condition-fails; else why not: degenerate, not-critical, vanishing-neuron or undecided",
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
        let student =
            Network::with_top_weights(student, population.student_top_weights().to_vec())?;
        let verdict = certify(&student, population.teacher())?;
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
        Ok(Report::Fields(fields(&verdict)))
    }
}

impl Check {
    pub(crate) const FIELDS: &[Field] = FIELDS;
}

impl Work for Check {
    fn files(&self) -> Files<'_> {
        Files::none().read([&self.certificate]).read(&self.weights)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let bytes = read::bytes(&self.certificate)?;
        let text = std::str::from_utf8(&bytes)
            .with_context(|| format!("{} is not UTF-8 text", shown(&self.certificate)))?;
        if text.starts_with("geometric condition") {
            return self.condition(text);
        }
        if self.weights.is_some() {
            return Err(misuse(
                "`--weights` is for proofs of the geometric condition: the certificate of a point has its own",
            ));
        }
        let point = check_certificate(text).with_context(|| shown(&self.certificate))?;
        Ok(Report::Fields(proved(&point)))
    }
}

impl Check {
    /// Checks a proof of the geometric condition in integers.
    fn condition(&self, text: &str) -> Result<Report> {
        let file = shown(&self.certificate);
        let Some(weights) = &self.weights else {
            return Err(misuse(format!(
                "{file} is a proof of the geometric condition: add --weights FILE, the weights that it is about"
            )));
        };
        let proof: ConditionProof = text.parse().with_context(|| file.clone())?;
        let weights = read::weights(weights)?;
        proof.check(weights.as_mat()).with_context(|| file)?;
        let kind = if proof.holds() {
            "geometric-condition-holds"
        } else {
            "geometric-condition-fails"
        };
        let nulls = [
            "index",
            "nullity",
            "radius",
            "eigenvalue_lower_bound",
            "loss",
            "reason",
        ];
        let mut fields = vec![("certified", true.into()), ("kind", kind.into())];
        fields.extend(nulls.map(|name| (name, Value::Null)));
        Ok(Report::Fields(fields))
    }
}

/// What a verdict says, as fields.
pub(super) fn fields(verdict: &Verdict) -> Vec<(&'static str, Value)> {
    match verdict {
        Verdict::Certified(point) => proved(point),
        Verdict::Refused(refusal) => vec![
            ("certified", false.into()),
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

fn proved(point: &CriticalPoint) -> Vec<(&'static str, Value)> {
    let kind = if point.is_teacher() {
        "global-minimum"
    } else if point.is_minimum() {
        "local-minimum"
    } else {
        "saddle"
    };
    let loss = point.loss();
    vec![
        ("certified", true.into()),
        ("kind", kind.into()),
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
        Refusal::NotCritical { .. } => "not-critical",
        Refusal::VanishingNeuron { .. } => "vanishing-neuron",
        Refusal::Degenerate { .. }
        | Refusal::ParallelStudents { .. }
        | Refusal::Rotations { .. }
        | Refusal::Singular { .. } => "degenerate",
        _ => "undecided",
    }
}
