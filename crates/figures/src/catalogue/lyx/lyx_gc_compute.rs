//! Section 7 of Long, Yin & Xin 2021: an efficient check of the geometric condition.

use faer::Mat;
use hinge_classifier::{
    Effort, GeometricCondition, geometric_condition, geometric_condition_with, margin_bounds,
};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Verdicts and proofs over sizes, and how often rounding forbids a verdict next to degenerate sets.
pub const ITEM: Item = Item {
    id: "lyx-gc-compute",
    kind: Kind::Experiment,
    paper: "LYX §7",
    title: "Deciding the geometric condition",
    run,
};

/// (d, k) and the shift of the first coordinate in standard deviations.
const SIZES: [(usize, usize); 7] = [
    (2, 10),
    (3, 100),
    (20, 40),
    (20, 1000),
    (60, 120),
    (100, 200),
    (100, 2000),
];
const SHIFTS: [f64; 2] = [0.0, 1.5];

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let mut table = Table::new(
        "sizes",
        &["d", "k", "shift", "verdict", "margin_lower", "margin_upper"],
    );
    let mut random = context.random("sizes", 0);
    let mut open = 0_usize;
    for (d, k) in SIZES {
        for shift in SHIFTS {
            let mut weights = Mat::<f64>::zeros(k, d);
            for j in 0..k {
                (0..d).for_each(|i| weights[(j, i)] = StandardNormal.sample(&mut random));
                weights[(j, 0)] += shift;
            }
            let verdict = geometric_condition(weights.as_ref())?;
            verdict.verify(weights.as_ref())?;
            open += usize::from(verdict.holds().is_none());
            let bounds = margin_bounds(weights.as_ref())?;
            let name = match verdict {
                GeometricCondition::Holds(_) => "holds",
                GeometricCondition::Fails(_) => "fails",
                GeometricCondition::Undecided(_) => "open",
            };
            table.row(&[&d, &k, &shift, &name, &bounds.lower, &bounds.upper]);
        }
    }
    let sets = context.pick(100, 1000, 20_000);
    let counts = context.map("nearly", 8, |_, random| {
        let mut counts = [0_usize; 3];
        for _ in 0..sets {
            let d = random.random_range(2..=4);
            let k = random.random_range(d + 1..=2 * d + 2);
            // Integer directions times a random length: products that were zero are a rounding away from it.
            let mut weights = Mat::<f64>::zeros(k, d);
            for j in 0..k {
                let length = 0.5 + random.random::<f64>();
                (0..d).for_each(|i| {
                    weights[(j, i)] = length * f64::from(random.random_range(-1..=1_i32));
                });
            }
            let floating = geometric_condition_with(weights.as_ref(), Effort::Floating)?.holds();
            let exact = geometric_condition(weights.as_ref())?;
            exact.verify(weights.as_ref())?;
            counts[0] += usize::from(floating.is_none());
            counts[1] += usize::from(exact.holds().is_none());
            counts[2] += usize::from(floating.is_some() && floating != exact.holds());
        }
        Ok(counts)
    })?;
    let sum = |place: usize| counts.iter().map(|c| c[place]).sum::<usize>();
    Ok(Outcome::new(
        Verdict::of(open + sum(1) + sum(2) == 0),
        format!(
            "Every verdict on {} sizes up to d = 100, k = 2000 comes with a proof that passes its check. Of {} sets next to degenerate ones {} stay \
             open in floating point; integers leave {} open and contradict {} floating-point verdicts.",
            SIZES.len() * SHIFTS.len(),
            8 * sets,
            sum(0),
            sum(1),
            sum(2)
        ),
    )
    .with("open_in_floating_point", sum(0))
    .with("open", open + sum(1))
    .with("contradictions", sum(2))
    .with("seed", context.seed())
    .with_figure(Picture::new("Verdicts and bounds of the margin for Gaussian directions.").table(table)))
}
