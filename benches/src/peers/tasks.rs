//! The tasks of the comparison, one module each; a module of the same name in `benches/peers/` has the peers.

use arrays::Array;
use faer::MatRef;
use teacher_student::{Population, Weights};

use super::case::Task;

mod descents;
mod flow;
pub(crate) mod gating;
mod geometric_condition;
mod gradient;
mod hessian;
mod hinge;
mod l12;
mod planar;

/// All of them, in the order of the table.
pub const TASKS: [Task; 10] = [
    gradient::TASK,
    hessian::TASK,
    hessian::PRODUCT,
    flow::TASK,
    descents::TASK,
    l12::TASK,
    geometric_condition::TASK,
    hinge::TASK,
    planar::TASK,
    gating::TASK,
];

/// Row by row.
fn entries(matrix: MatRef<'_, f64>) -> Vec<f64> {
    Array::matrix(matrix).data().to_vec()
}

/// Student and teacher for the peers.
fn pair(population: &Population, student: &Weights) -> Vec<(&'static str, Array)> {
    let teacher = population.teacher().weights().as_mat();
    vec![
        ("student", Array::matrix(student.as_mat())),
        ("teacher", Array::matrix(teacher)),
    ]
}
