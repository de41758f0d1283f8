//! Proposition 3 of Long, Yin & Xin 2021: measured against its bound.

use hinge_classifier::PaperStart;

use crate::annulus::{POSITIVE, RADII, STEP, law, train};
use crate::statistics::quantiles;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// The number of iterations without the geometric condition beside its bound, on the annulus.
pub const ITEM: Item = Item {
    id: "lyx-prop3",
    kind: Kind::Experiment,
    paper: "LYX Prop 3",
    title: "How long the slow phase lasts",
    run,
};

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(4, 40, 400);
    let starts = [PaperStart::Random, PaperStart::HalfSpace];
    let results = context.map(
        "runs",
        POSITIVE.len() * starts.len() * runs,
        |task, random| {
            let positive = POSITIVE[task % POSITIVE.len()];
            let start = starts[task / POSITIVE.len() % starts.len()];
            let (bounds, run) = train(positive, start, random)?;
            let slow = run
                .history
                .condition
                .iter()
                .filter(|&&holds| !holds)
                .count();
            let bound = bounds.slow_phase(STEP, run.largest_norm.max(1.0 / RADII.1))?;
            Ok((
                positive,
                start == PaperStart::HalfSpace,
                run.largest_norm,
                bound.p_r,
                slow,
                bound.iterations,
                run.iterations,
            ))
        },
    )?;
    let mut table = Table::new(
        "runs",
        &[
            "positive",
            "half_space",
            "R",
            "p_R",
            "T1",
            "bound",
            "iterations",
        ],
    );
    for r in &results {
        table.row(&[&r.0, &r.1, &r.2, &r.3, &r.4, &r.5, &r.6]);
    }
    let holds = results.iter().all(|r| r.4 as f64 <= r.5);
    let slow: Vec<f64> = results.iter().map(|r| r.4 as f64).collect();
    let loose: Vec<f64> = results
        .iter()
        .filter(|r| r.4 > 0)
        .map(|r| r.5 / r.4 as f64)
        .collect();
    let [median] = quantiles(&slow, [0.5]);
    let [least, middle, most] = quantiles(&loose, [0.0, 0.5, 1.0]);
    Ok(Outcome::new(
        Verdict::of(holds && !loose.is_empty()),
        format!(
            "|T₁| ≤ C_p R/(vηp_R²) in all {} runs; the condition fails for {median:.0} iterations in the median, and the bound is \
             {least:.1e} to {most:.1e} times as large (median {middle:.1e}).",
            results.len()
        ),
    )
    .with("C_p", law()?.slice())
    .with("step", STEP)
    .with("seed", context.seed())
    .with_figure(Picture::new("Every run: |T₁| beside the bound of Proposition 3.").table(table)))
}
