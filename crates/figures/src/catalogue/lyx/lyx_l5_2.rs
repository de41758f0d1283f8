//! Lemma 5.2 of Long, Yin & Xin 2021: four forms of the geometric condition.

use faer::Mat;
use hinge_classifier::{Hull, geometric_condition};
use rand::RngExt;

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The forms compared on random integer directions in space.
pub const ITEM: Item = Item {
    id: "lyx-l5.2",
    kind: Kind::Experiment,
    paper: "LYX Lemma 5.2",
    title: "Four forms of the geometric condition",
    run,
};

const TASKS: usize = 16;
/// Directions with entries in −2…2 have facets through 0 or further than this from it.
const ON: f64 = 1e-9;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let sets = context.pick(20, 300, 5000);
    let counts = context.map("sets", TASKS, |_, random| {
        let mut counts = [0_usize; 4];
        for _ in 0..sets {
            let k = random.random_range(4..=8);
            let weights = Mat::from_fn(k, 3, |_, _| f64::from(random.random_range(-2..=2_i32)));
            let verdict = geometric_condition(weights.as_ref())?;
            verdict.verify(weights.as_ref())?;
            // Sets in one plane have no facets.
            let Ok(hull) = Hull::of(weights.as_ref()) else {
                continue;
            };
            let (printed, strict) = (hull.margin() >= -ON, hull.margin() > ON);
            let holds = verdict.holds();
            counts[0] += 1;
            counts[1] += usize::from(holds == Some(true));
            counts[2] += usize::from(holds != Some(strict));
            counts[3] += usize::from(holds != Some(printed));
        }
        Ok(counts)
    })?;
    let sum = |place: usize| counts.iter().map(|c| c[place]).sum::<usize>();
    Ok(Outcome::new(
        Verdict::of(sum(2) == 0 && sum(3) > 0),
        format!(
            "Of {} sets of 4 to 8 integer directions in space, {} satisfy the condition. \"0 strictly inside every facet\" gives the proved \
             verdict on all but {}; \"on the same side of every facet\", as printed, differs on {}: there 0 is on a facet.",
            sum(0),
            sum(1),
            sum(2),
            sum(3)
        ),
    )
    .with("sets", sum(0))
    .with("strict_differs", sum(2))
    .with("printed_differs", sum(3))
    .with("seed", context.seed()))
}
