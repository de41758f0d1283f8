//! Proposition 4 of Long, Yin & Xin 2021: measured against its bound.

use hinge_classifier::PaperStart;

use crate::annulus::{POSITIVE, STEP, law, train};
use crate::statistics::quantiles;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// The sum of squared losses over the iterations with the geometric condition beside its bound, on the annulus.
pub const ITEM: Item = Item {
    id: "lyx-prop4",
    kind: Kind::Experiment,
    paper: "LYX Prop 4",
    title: "How much loss the fast phase has",
    run,
};

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(4, 40, 400);
    let results = context.map("runs", POSITIVE.len() * runs, |task, random| {
        let positive = POSITIVE[task % POSITIVE.len()];
        let (bounds, run) = train(positive, PaperStart::Random, random)?;
        let history = run.history;
        let squares: f64 = history
            .losses
            .iter()
            .zip(&history.condition)
            .filter(|(_, holds)| **holds)
            .map(|(loss, _)| loss * loss)
            .sum();
        let bound = bounds.fast_phase(STEP, run.largest_norm)?;
        Ok((
            positive,
            run.largest_norm,
            squares,
            bound.printed,
            bound.counted,
            bound.safe,
            run.iterations,
        ))
    })?;
    let mut table = Table::new(
        "runs",
        &[
            "positive",
            "R",
            "sum_of_squares",
            "printed",
            "counted",
            "safe",
            "iterations",
        ],
    );
    for r in &results {
        table.row(&[&r.0, &r.1, &r.2, &r.3, &r.4, &r.5, &r.6]);
    }
    let holds = results.iter().all(|r| r.2 <= r.3.min(r.4).min(r.5));
    let sums: Vec<f64> = results.iter().map(|r| r.2).collect();
    let loose: Vec<f64> = results
        .iter()
        .filter(|r| r.2 > 0.0)
        .map(|r| r.5 / r.2)
        .collect();
    let [median] = quantiles(&sums, [0.5]);
    let [least, middle, most] = quantiles(&loose, [0.0, 0.5, 1.0]);
    Ok(Outcome::new(
        Verdict::of(holds && !loose.is_empty()),
        format!(
            "Σ l² over the fast phase stays below the printed bound and both corrected ones in all {} runs: its median is \
             {median:.2}, and the safe bound is {least:.1e} to {most:.1e} times as large (median {middle:.1e}).",
            results.len()
        ),
    )
    .with("C_p", law()?.slice())
    .with("step", STEP)
    .with("seed", context.seed())
    .with_figure(Picture::new("Every run: the sum of squared losses beside the bounds of Proposition 4.").table(table)))
}
