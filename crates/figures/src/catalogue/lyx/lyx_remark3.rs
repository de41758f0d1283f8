//! Remark 3 of Long, Yin & Xin 2021: the probability of the geometric condition.

use charts::{Axis, COLOURS, Chart, Legend, Mark, Stroke};
use faer::Mat;
use hinge_classifier::{Wendel, geometric_condition};
use rand_distr::{Distribution, StandardNormal};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Counted frequencies over the formula.
pub const ITEM: Item = Item {
    id: "lyx-remark3",
    kind: Kind::Experiment,
    paper: "LYX Remark 3",
    title: "The probability of the geometric condition",
    run,
};

const DIMENSIONS: [usize; 5] = [2, 3, 5, 10, 20];
/// Eight numbers of neurons a dimension; all |z| are below this but once in 400 seeds.
const STEPS: usize = 8;
const LARGEST_Z: f64 = 4.2;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(200, 2000, 20_000);
    let neurons = |d: usize, step: usize| d + 1 + (step * 2 * d).div_ceil(STEPS - 1);
    let counts = context.map("pairs", DIMENSIONS.len() * STEPS, |task, random| {
        let d = DIMENSIONS[task / STEPS];
        let k = neurons(d, task % STEPS);
        let mut held = 0_usize;
        for _ in 0..samples {
            let mut weights = Mat::zeros(k, d);
            for j in 0..k {
                (0..d).for_each(|i| weights[(j, i)] = StandardNormal.sample(random));
            }
            held += usize::from(geometric_condition(weights.as_ref())?.holds() == Some(true));
        }
        Ok(held)
    })?;
    let mut table = Table::new(
        "probability",
        &["d", "k", "held", "samples", "formula", "numerator", "z"],
    );
    let mut chart = Chart::new(
        "Lines: the formula; discs: counted",
        Axis::linear("k/d", 1.0, 3.5).step(0.5),
        Axis::linear("P(GC)", 0.0, 1.0).step(0.2),
    )
    .legend(Legend::TopLeft);
    let mut largest = 0.0_f64;
    for (place, &d) in DIMENSIONS.iter().enumerate() {
        let curve: Vec<(f64, f64)> = (d..=7 * d / 2 + 1)
            .map(|k| {
                Ok((
                    k as f64 / d as f64,
                    Wendel::new(k as u64, d as u64)?.holds(),
                ))
            })
            .collect::<anyhow::Result<_>>()?;
        let mut points = Vec::new();
        for step in 0..STEPS {
            let k = neurons(d, step);
            let wendel = Wendel::new(k as u64, d as u64)?;
            let p = wendel.holds();
            let held = counts[place * STEPS + step];
            let n = f64::from(samples);
            let z = (held as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
            largest = largest.max(z.abs());
            table.row(&[
                &d,
                &k,
                &held,
                &samples,
                &p,
                &wendel.exact()?.numerator(),
                &z,
            ]);
            if k as f64 <= 3.5 * d as f64 {
                points.push((k as f64 / d as f64, held as f64 / n));
            }
        }
        chart = chart
            .line(&format!("d = {d}"), COLOURS[place], Stroke::Solid, &curve)
            .points("", COLOURS[place], Mark::Disc, &points);
    }
    let picture = Picture::new(
        "Long, Yin & Xin 2021, Remark 3: the probability that k Gaussian directions in d dimensions satisfy the geometric condition. All \
         lines pass through 1/2 at k = 2d.",
    )
    .panel("a", "P(GC) against k/d", chart.svg())
    .table(table)
    .metric("largest_z", largest);
    Ok(Outcome::new(
        Verdict::of(largest < LARGEST_Z),
        format!(
            "{} pairs (k, d) with {samples} random sets each: the largest deviation from 2^(1−k) Σ C(k−1, j) is {largest:.2} standard errors.",
            DIMENSIONS.len() * STEPS
        ),
    )
    .with("seed", context.seed())
    .with("samples", samples)
    .with_figure(picture))
}
