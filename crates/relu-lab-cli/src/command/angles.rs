use anyhow::Result;
use clap::Args;
use critical_points::PrincipalPlane;
use faer::Mat;
use relu_gating::Angle;
use relu_lab::files::{Array, read, write};
use teacher_student::Weights;

use super::Common;
use super::problem::{norm, read_once, same_dimension};
use super::report::{Field, Kind, Report};

/// Angles, norms, and the parts in and out of the teachers' span
///
/// -o writes a bundle: theta (K x K), theta_star (K x K'), student_norms, teacher_norms, in_plane and out_of_plane (K x d).
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab angles --student W.npy --teacher V.npy -o angles.npz")]
pub(crate) struct Angles {
    /// Weights of the student, K x d
    #[arg(long, value_name = "FILE")]
    student: String,
    /// Weights of the teacher, K' x d
    #[arg(long, value_name = "FILE")]
    teacher: String,
}

impl Angles {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("theta", Kind::Matrix, "angles among the students, radians"),
        Field::new(
            "theta_star",
            Kind::Matrix,
            "angles between students (rows) and teachers, radians",
        ),
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

    pub(crate) fn run(self, common: &Common) -> Result<Report> {
        if let Some(path) = &common.output {
            write::expect(path, Some(write::BUNDLE))?;
        }
        read_once([self.student.as_str(), &self.teacher])?;
        let student = read::weights(&self.student)?;
        let teacher = read::weights(&self.teacher)?;
        same_dimension(&self.student, &student, &self.teacher, &teacher)?;
        let theta = table(&student, &student)?;
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
        if let Some(path) = &common.output {
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
            ("student_norms", student_norms.into()),
            ("teacher_norms", teacher_norms.into()),
            ("rank", plane.rank().into()),
            ("in_plane_norms", norms(&inside).into()),
            ("out_of_plane_norms", norms(&outside).into()),
        ]))
    }
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
