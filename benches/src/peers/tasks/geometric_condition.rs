//! The geometric condition of a Gaussian cloud, where it holds and where it fails.

use anyhow::{Context as _, Result};
use arrays::Array;
use hinge_classifier::geometric_condition;
use serde_json::json;

use crate::peers::case::{Builder, Call, Case, MemoryTarget, Other, Target, Task};
use crate::problems::cloud;

pub(super) const TASK: Task = Task {
    name: "geometric_condition",
    title: "geometric condition of k directions",
    cases,
};

fn cases(quick: bool) -> Vec<Builder> {
    let sizes: &[(usize, usize, bool)] = if quick {
        &[(3, 100, false), (20, 1000, false), (20, 1000, true)]
    } else {
        &[
            (3, 100, false),
            (20, 1000, false),
            (20, 1000, true),
            (100, 5000, false),
            (500, 50_000, false),
        ]
    };
    sizes
        .iter()
        .map(|&(d, k, half)| -> Builder {
            Box::new(move |threads| {
                // The largest takes the peers minutes: once is enough.
                let once = k > 10_000 && threads > 1;
                (!once).then(|| case(d, k, half)).transpose()
            })
        })
        .collect()
}

fn case(d: usize, k: usize, half: bool) -> Result<Case> {
    let weights = cloud(k, d, half)?;
    let inputs = vec![("weights", Array::matrix(weights.as_ref()))];
    let input = 8 * k * d;
    // Below a few megabytes a process does not show what a call needs.
    let memory = (input > 1 << 22).then(|| {
        let arguments = vec!["geometric-condition".into(), k.to_string(), d.to_string()];
        (arguments, MemoryTarget { input, most: 2.0 })
    });
    Ok(Case {
        size: format!("d = {d}, k = {k}, {}", if half { "fails" } else { "holds" }),
        inputs,
        parameters: json!({}),
        ours: Call::new(
            move || {
                let verdict = geometric_condition(weights.as_ref())?;
                verdict.holds().context("no verdict")
            },
            // 2 and 1: a difference relative to the answer needs an answer that is not 0.
            |&holds| vec![f64::from(u8::from(holds)) + 1.0],
        ),
        others: vec![
            Other::python("numpy", "SciPy NNLS", 0.0),
            Other::python("numpy", "HiGHS", 0.0),
        ],
        targets: vec![
            Target::named("SciPy NNLS", 5.0),
            Target::named("HiGHS", 10.0),
        ],
        memory,
    })
}
