use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use critical_points::PrincipalPlane;
use faer::Mat;
use relu_gating::Angle;
use relu_lab::files::{Array, read, write};
use teacher_student::Weights;

use super::files::Files;
use super::problem::{norm, same_dimension};
use super::report::{Field, Kind, Report};
use super::{Common, Work};

/// Angles, norms, and the parts in and out of the teachers' span
///
/// Angles in radians, and in degrees beside them.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab angles --student W.npy --teacher V.npy -o angles.npz")]
pub(crate) struct Angles {
    /// Weights of the student, K x d
    #[arg(long, value_name = "FILE")]
    student: OsString,
    /// Weights of the teacher, K' x d
    #[arg(long, value_name = "FILE")]
    teacher: OsString,
    /// Write a bundle: theta (K x K), theta_star (K x K'), student_norms, teacher_norms, in_plane and
    /// out_of_plane (K x d) there
    #[arg(short, long, value_name = "FILE.npz")]
    output: Option<PathBuf>,
}

/// The most angles of a table: 1 GiB, and minutes.
const MOST_ANGLES: usize = 1 << 27;

impl Angles {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("theta", Kind::Matrix, "angles among the students, radians"),
        Field::new(
            "theta_star",
            Kind::Matrix,
            "angles between students (rows) and teachers, radians",
        ),
        Field::new("theta_degrees", Kind::Matrix, "theta in degrees"),
        Field::new("theta_star_degrees", Kind::Matrix, "theta_star in degrees"),
        Field::new("student_norms", Kind::Vector, "norms of the students"),
        Field::new("teacher_norms", Kind::Vector, "norms of the teachers"),
        Field::new("rank", Kind::Count, "dimension of the span of the teachers"),
        Field::new(
            "in_plane_norms",
            Kind::Vector,
            "norms of the students' parts in that span",
        ),
        Field::new(
            "out_of_plane_norms",
            Kind::Vector,
            "norms of their parts outside of it",
        ),
    ];
}

impl Work for Angles {
    fn files(&self) -> Files<'_> {
        Files::none()
            .read([&self.student, &self.teacher])
            .write(self.output.as_ref(), Some(write::BUNDLE))
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let student = read::weights(&self.student)?;
        let teacher = read::weights(&self.teacher)?;
        same_dimension(&self.student, &student, &self.teacher, &teacher)?;
        let largest = student.neurons().max(teacher.neurons());
        let entries = student.neurons().saturating_mul(largest);
        if entries > MOST_ANGLES {
            bail!(
                "a table of angles would have {} x {largest} entries, the most is {MOST_ANGLES}: take fewer neurons",
                student.neurons()
            );
        }
        let mut theta = table(&student, &student)?;
        // One angle a pair: rounding must not depend on the order of the two.
        for j in 0..student.neurons() {
            for l in 0..j {
                theta[(j, l)] = theta[(l, j)];
            }
        }
        let theta_star = table(&student, &teacher)?;
        let plane = PrincipalPlane::new(&teacher)?;
        let (k, d) = (student.neurons(), student.dimension());
        let (mut inside, mut outside) = (Mat::zeros(k, d), Mat::zeros(k, d));
        for (j, row) in rows(&student).iter().enumerate() {
            let (within, without) = plane.split(row)?;
            for i in 0..d {
                inside[(j, i)] = within[i];
                outside[(j, i)] = without[i];
            }
        }
        let norms = |matrix: &Mat<f64>| -> Vec<f64> {
            (0..matrix.nrows())
                .map(|j| norm(matrix.subrows(j, 1)))
                .collect()
        };
        let student_norms = norms(&student.as_mat().to_owned());
        let teacher_norms = norms(&teacher.as_mat().to_owned());
        if let Some(path) = &self.output {
            write::bundle(
                path,
                &[
                    ("theta", Array::matrix(theta.as_ref())),
                    ("theta_star", Array::matrix(theta_star.as_ref())),
                    ("student_norms", Array::vector(student_norms.clone())),
                    ("teacher_norms", Array::vector(teacher_norms.clone())),
                    ("in_plane", Array::matrix(inside.as_ref())),
                    ("out_of_plane", Array::matrix(outside.as_ref())),
                ],
            )?;
        }
        Ok(Report::Fields(vec![
            ("theta", theta.as_ref().into()),
            ("theta_star", theta_star.as_ref().into()),
            ("theta_degrees", degrees(&theta).as_ref().into()),
            ("theta_star_degrees", degrees(&theta_star).as_ref().into()),
            ("student_norms", student_norms.into()),
            ("teacher_norms", teacher_norms.into()),
            ("rank", plane.rank().into()),
            ("in_plane_norms", norms(&inside).into()),
            ("out_of_plane_norms", norms(&outside).into()),
        ]))
    }
}

fn degrees(angles: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(angles.nrows(), angles.ncols(), |i, j| {
        angles[(i, j)].to_degrees()
    })
}

fn table(left: &Weights, right: &Weights) -> Result<Mat<f64>> {
    let (left, right) = (rows(left), rows(right));
    let mut angles = Mat::zeros(left.len(), right.len());
    for (i, u) in left.iter().enumerate() {
        for (j, v) in right.iter().enumerate() {
            angles[(i, j)] = Angle::between(u, v)?.radians();
        }
    }
    Ok(angles)
}

/// The rows of a weight matrix.
fn rows(weights: &Weights) -> Vec<Vec<f64>> {
    let matrix = weights.as_mat();
    (0..weights.neurons())
        .map(|j| (0..weights.dimension()).map(|i| matrix[(j, i)]).collect())
        .collect()
}
