//! The signs of L₁₂ on a grid, beside a loop that does the arithmetic alone.

use std::f64::consts::PI;

use anyhow::ensure;
use critical_points::sign_grid;
use rayon::prelude::*;
use serde_json::json;

use crate::peers::case::{Call, Case, Other, Target, Task};

pub(super) const TASK: Task = Task {
    name: "l12",
    title: "sign of L₁₂ on a grid",
    cases: |quick| {
        let (n, m) = if quick { (500, 1000) } else { (10_000, 20_000) };
        vec![Box::new(move |_| Ok(Some(case(n, m))))]
    },
};

/// The peers round near the boundary of the cone and for small θ, where L₁₂ ~ θ³: those points have no sign for them.
const TOLERANCE: f64 = 3e-3;

fn case(n: usize, m: usize) -> Case {
    let tables = Tables::new(m);
    Case {
        size: format!("{n} × {m} points"),
        inputs: Vec::new(),
        parameters: json!({"rows": n, "columns": m}),
        ours: Call::new(
            move || {
                let grid = sign_grid(n, m)?;
                ensure!(grid.violations == 0 && grid.undecided == 0, "{grid:?}");
                Ok(grid)
            },
            |grid| vec![grid.inside as f64, grid.outside as f64],
        ),
        others: vec![
            Other::python("numpy", "NumPy", TOLERANCE),
            Other::python("numpy", "NumPy, in place", TOLERANCE),
            Other::python("numba", "Numba", TOLERANCE),
            Other::python("jax", "JAX", TOLERANCE),
            Other {
                tolerance: Some(TOLERANCE),
                ..Other::native(
                    "bare arithmetic",
                    Call::new(
                        move || Ok(tables.signs(n)),
                        |signs| signs.map(|count| count as f64).to_vec(),
                    ),
                )
            },
        ],
        targets: vec![
            Target::named("NumPy", 20.0),
            Target::named("bare arithmetic", 1.0 / 1.5),
        ],
        memory: None,
    }
}

/// Functions of φ_j of which the numerator of L₁₂ is a combination at one θ: the least arithmetic that the signs take.
///
/// N = (π−θ₁*) sin φ D − (π−θ) sin θ (π h(θ₂*) − h(θ) h(θ₁*)) with h(θ₂*) = (π−θ₂*)(cos φ cos θ + sin φ sin θ) ± (sin φ cos θ −
/// cos φ sin θ): four functions on each of the four pieces of the circle. No bound of the rounding, no extremes.
struct Tables {
    phi: Vec<f64>,
    /// sin φ, cos φ, θ₁* sin φ or (2π−φ) sin φ, φ cos φ.
    functions: [Vec<f64>; 4],
}

impl Tables {
    fn new(m: usize) -> Self {
        let phi: Vec<f64> = (0..m).map(|j| 2.0 * PI * j as f64 / m as f64).collect();
        let of = |f: &dyn Fn(f64) -> f64| phi.iter().map(|&p| f(p)).collect();
        let functions = [
            of(&f64::sin),
            of(&f64::cos),
            of(&|p| p * p.sin()),
            of(&|p| p * p.cos()),
        ];
        Self { phi, functions }
    }

    /// Points with positive and with negative L₁₂, those within 1e-13 of zero left out.
    fn signs(&self, n: usize) -> [u64; 2] {
        let rows: Vec<[u64; 2]> = (1..=n)
            .into_par_iter()
            .map(|i| self.row(PI * i as f64 / (n + 1) as f64))
            .collect();
        rows.iter()
            .fold([0, 0], |sum, row| [sum[0] + row[0], sum[1] + row[1]])
    }

    fn row(&self, theta: f64) -> [u64; 2] {
        let (sin, cos) = theta.sin_cos();
        let own = (PI - theta) * cos + sin;
        let denominator = (PI - own) * (PI + own);
        let weight = (PI - theta) * sin;
        let m = self.functions[0].len();
        let place = |angle: f64| self.phi.partition_point(|&phi| phi < angle);
        let ends = [0, place(theta), place(PI), place(PI + theta), m];
        let mut counts = [0, 0];
        for piece in 0..4 {
            // θ₁* = p + q φ, θ₂* = r + q′ φ on the piece, and the sign of sin θ₂* against sin(φ − θ).
            let (p, q) = if piece < 2 {
                (0.0, 1.0)
            } else {
                (2.0 * PI, -1.0)
            };
            let (r, s) = match piece {
                0 => (theta, -1.0),
                1 | 2 => (-theta, 1.0),
                _ => (2.0 * PI + theta, -1.0),
            };
            // h(θ₂*) = (π − r − sφ) cos(φ−θ) + s sin(φ−θ); h(θ₁*) = (π − p − qφ) cos φ + q sin φ.
            let turn = weight * PI;
            let back = weight * own;
            let sine = denominator * (PI - p) - turn * ((PI - r) * sin + s * cos) + back * q;
            let cosine = -turn * ((PI - r) * cos - s * sin) + back * (PI - p);
            let phi_sine = -denominator * q + turn * s * sin;
            let phi_cosine = turn * s * cos - back * q;
            let scale = sin / denominator;
            let coefficients = [sine, cosine, phi_sine, phi_cosine].map(|c| c * scale);
            let range = ends[piece]..ends[piece + 1].max(ends[piece]);
            let f = self.functions.each_ref().map(|f| &f[range.clone()]);
            let found = signs(coefficients, f);
            counts = [counts[0] + found[0], counts[1] + found[1]];
        }
        counts
    }
}

fn signs(c: [f64; 4], [a, b, x, y]: [&[f64]; 4]) -> [u64; 2] {
    const LANES: usize = 4;
    let (mut positive, mut negative) = ([0_u64; LANES], [0_u64; LANES]);
    let chunks = a.chunks(LANES).zip(b.chunks(LANES));
    for ((a, b), (x, y)) in chunks.zip(x.chunks(LANES).zip(y.chunks(LANES))) {
        for (lane, (((a, b), x), y)) in a.iter().zip(b).zip(x).zip(y).enumerate() {
            let value = (c[0] * a + c[1] * b) + (c[2] * x + c[3] * y);
            positive[lane] += u64::from(value > 1e-13);
            negative[lane] += u64::from(value < -1e-13);
        }
    }
    [positive.iter().sum(), negative.iter().sum()]
}
