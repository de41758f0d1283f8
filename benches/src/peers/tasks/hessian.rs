//! The Hessian as a matrix, and its product with a direction without it.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use arrays::Array;
use faer::Mat;
use serde_json::json;
use teacher_student::initialization::{gaussian, stream};

use crate::peers::case::{Builder, Call, Case, Other, Target, Task};
use crate::problems::{SEED, gaussian_pair, on_threads};

pub(super) const TASK: Task = Task {
    name: "hessian",
    title: "Hessian, assembled",
    cases: |quick| {
        let sizes: &[(usize, usize)] = if quick {
            &[(10, 10)]
        } else {
            &[(20, 20), (50, 50)]
        };
        sizes
            .iter()
            .map(|&(k, d)| -> Builder {
                Box::new(move |threads| assembled(k, d, threads).map(Some))
            })
            .collect()
    },
};

pub(super) const PRODUCT: Task = Task {
    name: "hessian_product",
    title: "Hessian times a direction",
    cases: |quick| {
        let size = if quick { 50 } else { 500 };
        vec![Box::new(move |threads| product(size, threads).map(Some))]
    },
};

const TOLERANCE: f64 = 1e-10;

fn assembled(k: usize, d: usize, threads: usize) -> Result<Case> {
    let (population, student) = gaussian_pair(k, d)?;
    let population = on_threads(population, threads);
    let inputs = super::pair(&population, &student);
    // Memory is reused, as the best peers do.
    let memory = Arc::new(Mutex::new(Mat::zeros(k * d, k * d)));
    Ok(Case {
        size: format!("K = {k}, d = {d}"),
        inputs,
        parameters: json!({}),
        ours: Call::new(
            move || {
                let hessian = Arc::clone(&memory);
                let mut place = hessian.lock().unwrap_or_else(PoisonError::into_inner);
                population.hessian_into(student.as_mat(), place.as_mut())?;
                drop(place);
                Ok(hessian)
            },
            |hessian| {
                let hessian = hessian.lock().unwrap_or_else(PoisonError::into_inner);
                super::entries(hessian.as_ref())
            },
        ),
        others: vec![
            Other::python("numpy", "NumPy", TOLERANCE),
            Other::python("numpy", "NumPy, in place", TOLERANCE),
            Other::python("numba", "Numba", TOLERANCE),
            Other::python("jax", "JAX, hessian of the loss", TOLERANCE),
            Other::python("jax", "JAX, jacfwd of the gradient", TOLERANCE),
            Other::python("jax", "JAX, blocks", TOLERANCE),
        ],
        targets: vec![Target::peers(3.0)],
        memory: None,
    })
}

fn product(size: usize, threads: usize) -> Result<Case> {
    let (population, student) = gaussian_pair(size, size)?;
    let population = on_threads(population, threads);
    let direction = gaussian(&mut stream(SEED, 4), size, size, 1.0)?;
    let mut inputs = super::pair(&population, &student);
    inputs.push(("direction", Array::matrix(direction.as_mat())));
    Ok(Case {
        size: format!("K = {size}, d = {size}"),
        inputs,
        parameters: json!({}),
        ours: Call::new(
            move || Ok(population.hessian_product(student.as_mat(), direction.as_mat())?),
            |product| super::entries(product.as_ref()),
        ),
        others: vec![
            Other::python("numpy", "NumPy", TOLERANCE),
            Other::python("jax", "JAX, jvp of the gradient", TOLERANCE),
            Other::python("jax", "JAX, jvp of grad of the loss", TOLERANCE),
        ],
        targets: vec![Target::peers(1.0)],
        memory: None,
    })
}
