//! The population gradient, one call, beside the bare matrix products it contains.

use anyhow::Result;
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, Par};
use serde_json::json;
use teacher_student::{Objective as _, Weights};

use crate::peers::case::{Builder, Call, Case, Other, Target, Task};
use crate::problems::{gaussian_pair, on_threads};

pub(super) const TASK: Task = Task {
    name: "gradient",
    title: "population gradient, one call",
    cases,
};

/// Our gradient and the plain formula differ by the digits that the plain one loses.
const TOLERANCE: f64 = 1e-10;

fn cases(quick: bool) -> Vec<Builder> {
    let sizes: &[(usize, usize)] = if quick {
        &[(10, 10), (50, 100), (200, 200)]
    } else {
        &[(10, 10), (50, 100), (200, 200), (1000, 1000), (2000, 500)]
    };
    sizes
        .iter()
        .map(|&(k, d)| -> Builder { Box::new(move |threads| case(k, d, threads).map(Some)) })
        .collect()
}

fn case(k: usize, d: usize, threads: usize) -> Result<Case> {
    let (population, student) = gaussian_pair(k, d)?;
    let targets = match k {
        0..20 => vec![Target::named("NumPy", 20.0), Target::named("JAX", 5.0)],
        20..500 => vec![Target::named("NumPy", 2.5), Target::peers(1.3)],
        _ => vec![Target::peers(1.1), Target::named("bare faer", 0.8)],
    };
    let population = on_threads(population, threads);
    let products = bare_products(&student, population.teacher().weights(), threads);
    let inputs = super::pair(&population, &student);
    Ok(Case {
        size: format!("K = {k}, d = {d}"),
        inputs,
        parameters: json!({}),
        ours: Call::new(
            move || Ok(population.gradient(student.as_mat())?),
            |gradient| super::entries(gradient.as_ref()),
        ),
        others: vec![
            Other::python("numpy", "NumPy", TOLERANCE),
            Other::python("numpy", "NumPy, in place", TOLERANCE),
            Other::python("numba", "Numba", TOLERANCE),
            Other::python("jax", "JAX", TOLERANCE),
            Other::python("jax", "JAX, grad of the loss", TOLERANCE),
            Other::python("torch", "PyTorch", TOLERANCE),
            Other::native("bare faer products", products),
        ],
        targets,
        memory: None,
    })
}

/// 7K²d operations: half of UUᵀ, UV̂ᵀ, and the products of two K × K matrices with the weights.
fn bare_products(student: &Weights, teacher: &Weights, threads: usize) -> Call {
    let (u, v) = (student.as_mat().to_owned(), teacher.as_mat().to_owned());
    let (k, d) = u.shape();
    let par = if threads == 1 {
        Par::Seq
    } else {
        Par::rayon(threads)
    };
    Call::new(
        move || {
            let (mut inner, mut outer) = (Mat::zeros(k, k), Mat::zeros(k, k));
            let mut result = Mat::<f64>::zeros(k, d);
            triangular::matmul(
                inner.as_mut(),
                BlockStructure::TriangularLower,
                Accum::Replace,
                u.as_ref(),
                BlockStructure::Rectangular,
                u.transpose(),
                BlockStructure::Rectangular,
                1.0,
                par,
            );
            matmul(
                outer.as_mut(),
                Accum::Replace,
                u.as_ref(),
                v.transpose(),
                1.0,
                par,
            );
            matmul(
                result.as_mut(),
                Accum::Replace,
                inner.as_ref(),
                u.as_ref(),
                1.0,
                par,
            );
            matmul(
                result.as_mut(),
                Accum::Add,
                outer.as_ref(),
                v.as_ref(),
                -1.0,
                par,
            );
            Ok(result)
        },
        |_| Vec::new(),
    )
}
