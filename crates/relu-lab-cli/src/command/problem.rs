use std::ffi::{OsStr, OsString};

use anyhow::Result;
use clap::Args;
use faer::MatRef;
use relu_lab::files::Error;
use relu_lab::files::read::{self, shown};
use teacher_student::{Network, Population, Weights};

use super::files::Files;
use super::memory;

/// Student and teacher from files.
#[derive(Debug, Args)]
pub(crate) struct Problem {
    /// Weights of the student, K x d
    #[arg(long, value_name = "FILE")]
    pub(crate) student: OsString,
    #[command(flatten)]
    pub(crate) against: Against,
}

/// Teacher and top weights from files.
#[derive(Debug, Args)]
pub(crate) struct Against {
    /// Weights of the teacher, K' x d
    #[arg(long, value_name = "FILE")]
    pub(crate) teacher: OsString,
    /// Top weights of the student, K numbers; all 1 if left out
    #[arg(long, value_name = "FILE")]
    pub(crate) student_top: Option<OsString>,
    /// Top weights of the teacher, K' numbers; all 1 if left out
    #[arg(long, value_name = "FILE")]
    pub(crate) teacher_top: Option<OsString>,
}

impl Problem {
    /// Its files.
    pub(crate) fn files(&self) -> Files<'_> {
        let tops = [&self.against.student_top, &self.against.teacher_top];
        Files::none()
            .read([&self.student, &self.against.teacher])
            .read(tops.into_iter().flatten())
    }

    /// Reads and compares all files.
    pub(crate) fn load(&self) -> Result<(Weights, Population)> {
        let student = read::weights(&self.student)?;
        let population = self.against.load(&self.student, &student)?;
        Ok((student, population))
    }
}

impl Against {
    /// The objective of students with as many neurons as `student`, which comes from `file`.
    pub(crate) fn load(&self, file: &OsStr, student: &Weights) -> Result<Population> {
        let teacher = read::weights(&self.teacher)?;
        same_dimension(file, student, &self.teacher, &teacher)?;
        let top = |source: &Option<OsString>, weights: &Weights, other: &OsStr| match source {
            None => Ok(vec![1.0; weights.neurons()]),
            Some(source) => {
                let top = read::vector(source)?;
                if top.len() == weights.neurons() {
                    Ok(top)
                } else {
                    Err(Error::Mismatch {
                        file: shown(source),
                        what: "top weights (one a neuron)",
                        found: top.len(),
                        other: shown(other),
                        expected: weights.neurons(),
                    })
                }
            }
        };
        // Tables of angles among students, among teachers and between them, two numbers a pair, and what is measured beside them.
        let (k, l) = (student.neurons() as f64, teacher.neurons() as f64);
        let tables = 26.0 * (k * k + k * l + l * l);
        memory::expect(
            tables,
            &format!("a problem of {k} students and {l} teachers"),
        )?;
        let student_top = top(&self.student_top, student, file)?;
        let teacher_top = top(&self.teacher_top, &teacher, &self.teacher)?;
        let network = Network::with_top_weights(teacher, teacher_top)?;
        Ok(Population::new(network, student_top)?)
    }
}

/// Refuses weights of two dimensions.
pub(crate) fn same_dimension(
    file: &OsStr,
    weights: &Weights,
    other: &OsStr,
    others: &Weights,
) -> Result<(), Error> {
    if weights.dimension() == others.dimension() {
        return Ok(());
    }
    Err(Error::Mismatch {
        file: shown(file),
        what: "columns (the input dimension d)",
        found: weights.dimension(),
        other: shown(other),
        expected: others.dimension(),
    })
}

/// The norms of the smallest and of the longest neuron.
pub(crate) fn norms(weights: &Weights) -> (f64, f64) {
    let all = (0..weights.neurons()).map(|j| norm(weights.as_mat().subrows(j, 1)));
    all.fold((f64::INFINITY, 0.0), |(least, most), norm| {
        (norm.min(least), norm.max(most))
    })
}

/// Frobenius norm without over- or underflow of the squares.
pub(crate) fn norm(matrix: MatRef<'_, f64>) -> f64 {
    let entries = (0..matrix.ncols()).flat_map(|j| (0..matrix.nrows()).map(move |i| (i, j)));
    let entries: Vec<f64> = entries.map(|at| matrix[at]).collect();
    numeric::norm(&entries)
}
