use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use critical_points::Spectrum;
use relu_lab::files::{Array, write};
use teacher_student::{Bounded, Error, Objective as _, Population, Weights};

use super::files::Files;
use super::problem::{Problem, norm};
use super::report::{Field, Kind, Report};
use super::{Common, Work, shown};

/// The most rows of a Hessian: 512 MiB.
const MOST_ROWS: usize = 8192;

/// The population loss
///
/// One half of the mean square of student minus teacher over x ~ N(0, I).
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab loss --student W.npy --teacher V.npy --json")]
pub(crate) struct Loss {
    #[command(flatten)]
    problem: Problem,
}

/// The population gradient
///
/// Of the loss that `relu-lab loss` prints.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab gradient --student W.npy --teacher V.npy -o G.npy")]
pub(crate) struct Gradient {
    #[command(flatten)]
    problem: Problem,
    /// Write the gradient, K x d, there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The population Hessian and its extreme eigenvalues
///
/// Entry (j d + i, l d + m) belongs to weight i of neuron j and weight m of neuron l.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab hessian --student W.npy --teacher V.npy -o H.npy --json")]
pub(crate) struct Hessian {
    #[command(flatten)]
    problem: Problem,
    /// Write the Hessian, Kd x Kd, there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const LOSS: Field = Field::new("loss", Kind::Number, "the loss, per sample");
const LOSS_OR_NULL: Field = Field::new(
    "loss",
    Kind::Number,
    "the loss, per sample; null where it is below the smallest normal double",
)
.or_null();
const NORM: Field = Field::new(
    "gradient_norm",
    Kind::Number,
    "Frobenius norm of the gradient",
);

const BOUND: Field = Field::new(
    "error_bound",
    Kind::Number,
    "the error of the loss is at most this",
);

/// The gradient may be a double where the loss, of the size of its square, is none.
fn loss_or_null(population: &Population, student: &Weights) -> Result<Option<Bounded<f64>>> {
    match population.loss_with_bound(student) {
        Err(Error::Underflow { .. }) => Ok(None),
        loss => Ok(Some(loss?)),
    }
}

impl Loss {
    pub(crate) const FIELDS: &[Field] = &[LOSS, BOUND];
}

impl Work for Loss {
    fn files(&self) -> Files<'_> {
        self.problem.files()
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let (student, population) = self.problem.load()?;
        let loss = population.loss_with_bound(&student)?;
        Ok(Report::Fields(vec![
            ("loss", loss.value.into()),
            ("error_bound", loss.error_bound.into()),
        ]))
    }
}

impl Gradient {
    pub(crate) const FIELDS: &[Field] = &[
        LOSS_OR_NULL,
        NORM,
        BOUND.or_null(),
        Field::new(
            "gradient_error_bound",
            Kind::Number,
            "the Frobenius norm of the error of the gradient is at most this",
        ),
    ];
}

impl Work for Gradient {
    fn files(&self) -> Files<'_> {
        self.problem
            .files()
            .write(self.output.as_ref(), Some(write::ARRAYS))
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let (student, population) = self.problem.load()?;
        let gradient = population.gradient_with_bound(&student)?;
        let loss = loss_or_null(&population, &student)?;
        if let Some(path) = &self.output {
            write::array(path, "gradient", &Array::matrix(gradient.value.as_ref()))?;
        }
        Ok(Report::Fields(vec![
            ("loss", loss.as_ref().map(|loss| loss.value).into()),
            ("gradient_norm", norm(gradient.value.as_ref()).into()),
            ("error_bound", loss.map(|loss| loss.error_bound).into()),
            ("gradient_error_bound", gradient.error_bound.into()),
        ]))
    }
}

impl Hessian {
    pub(crate) const FIELDS: &[Field] = &[
        LOSS_OR_NULL,
        NORM,
        Field::new("eigenvalue_min", Kind::Number, "least eigenvalue"),
        Field::new("eigenvalue_max", Kind::Number, "largest eigenvalue"),
        Field::new(
            "negative",
            Kind::Count,
            "negative eigenvalues, beyond rounding",
        ),
        Field::new("null", Kind::Count, "eigenvalues not told from zero"),
        Field::new(
            "positive",
            Kind::Count,
            "positive eigenvalues, beyond rounding",
        ),
        Field::new(
            "resolution",
            Kind::Number,
            "eigenvalues within this of zero are not told from zero",
        ),
    ];
}

impl Work for Hessian {
    fn files(&self) -> Files<'_> {
        self.problem
            .files()
            .write(self.output.as_ref(), Some(write::ARRAYS))
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let (student, population) = self.problem.load()?;
        let rows = student.neurons() * student.dimension();
        if rows > MOST_ROWS {
            bail!(
                "the Hessian of {} ({} x {}) would have {rows} rows, the most is {MOST_ROWS}",
                shown(&self.problem.student),
                student.neurons(),
                student.dimension()
            );
        }
        let hessian = population.hessian(student.as_mat())?;
        let gradient = population.gradient(student.as_mat())?;
        let loss = loss_or_null(&population, &student)?;
        let spectrum = Spectrum::of(&hessian)?;
        if let Some(path) = &self.output {
            write::array(path, "hessian", &Array::matrix(hessian.as_ref()))?;
        }
        let all = spectrum.eigenvalues();
        Ok(Report::Fields(vec![
            ("loss", loss.map(|loss| loss.value).into()),
            ("gradient_norm", norm(gradient.as_ref()).into()),
            ("eigenvalue_min", all.first().copied().into()),
            ("eigenvalue_max", all.last().copied().into()),
            ("negative", spectrum.negative().into()),
            ("null", spectrum.null().into()),
            ("positive", spectrum.positive().into()),
            ("resolution", spectrum.resolution().into()),
        ]))
    }
}
