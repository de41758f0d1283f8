use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use critical_points::Separability;
use relu_lab::files::{Array, read, write};

use super::files::Files;
use super::problem::same_dimension;
use super::report::{Field, Kind, Report, Value};
use super::{Common, Work};

/// The separability functions L_jl of all teachers, and the pair that rules the point out
///
/// If all teachers have L_jl of one strict sign for one pair of students, the directions of the students belong to no
/// critical point, whatever their norms. `positive` says that the strict sign is plus.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab separability --student W.npy --teacher V.npy --json")]
pub(crate) struct Table {
    /// Weights of the student, K x d; their norms do not count
    #[arg(long, value_name = "FILE")]
    student: OsString,
    /// Weights of the teacher, K' x d
    #[arg(long, value_name = "FILE")]
    teacher: OsString,
    /// Write L, K' x K x K, there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Table {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("condition", Kind::Number, "condition number of the matrix M_r that is inverted"),
        Field::new("l", Kind::List, "one K x K matrix a teacher"),
        Field::new("ruled_out", Kind::Truth, "whether a pair has one strict sign, beyond rounding"),
        Field::new(
            "exclusion",
            Kind::Object,
            "that pair (counted from 0), the sign, the least |L| over the teachers, and its rounding error",
        )
        .or_null(),
    ];
}

impl Work for Table {
    fn files(&self) -> Files<'_> {
        Files::none().read([&self.student, &self.teacher]).write(
            self.output.as_ref(),
            Some((&["npy", "npz"], ".npy or .npz")),
        )
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let student = read::weights(&self.student)?;
        let teacher = read::weights(&self.teacher)?;
        same_dimension(&self.student, &student, &self.teacher, &teacher)?;
        let functions = Separability::new(&student)?;
        let all = functions.all(&teacher)?;
        let exclusion = functions.rule_out(&teacher)?;
        if let Some(path) = &self.output {
            let k = student.neurons();
            let numbers = all
                .iter()
                .flat_map(|l| Array::matrix(l.as_ref()).data().to_vec());
            let numbers: Vec<f64> = numbers.collect();
            if let Some(array) = Array::new(vec![all.len(), k, k], numbers) {
                write::array(path, "l", &array)?;
            }
        }
        let exclusion_value = exclusion.map(|found| {
            Value::Object(vec![
                ("pair", vec![found.pair.0, found.pair.1].into()),
                ("positive", found.positive.into()),
                ("least", found.least.into()),
                ("resolution", found.resolution.into()),
            ])
        });
        let tables: Vec<Value> = all.iter().map(|l| l.as_ref().into()).collect();
        Ok(Report::Fields(vec![
            ("condition", functions.condition().into()),
            ("l", Value::List(tables)),
            ("ruled_out", exclusion.is_some().into()),
            ("exclusion", exclusion_value.unwrap_or(Value::Null)),
        ]))
    }
}
