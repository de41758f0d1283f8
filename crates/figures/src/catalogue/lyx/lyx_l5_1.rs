//! Lemma 5.1 of Long, Yin & Xin 2021: norms of positive neurons grow, those of negative ones shrink.

use hinge_classifier::{
    ClassBounds, Goal, HingeNetwork, PaperStart, PlanarPopulation, TopLayer, Training,
    UniformAnnulus,
};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The least change of a positive norm and the greatest of a negative one over random runs on the annulus.
pub const ITEM: Item = Item {
    id: "lyx-l5.1",
    kind: Kind::Experiment,
    paper: "LYX Lemma 5.1",
    title: "Which norms grow and which shrink",
    run,
};

/// The annulus of the paper's grid.
const RADII: (f64, f64) = (1.0, 2.0);
const MODULI: [f64; 3] = [0.25, 0.5, 2.0];
const POSITIVE: usize = 4;
/// Below this norm a negative neuron may grow.
const FLOOR: f64 = 0.2;
/// Rounding of norms of order ten, in a step.
const ROUNDING: f64 = 1e-14;
const LIMIT: usize = 400;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(6, 60, 600);
    let law = UniformAnnulus::new(2, RADII.0, RADII.1)?;
    let results = context.map("runs", MODULI.len() * runs, |task, random| {
        let modulus = MODULI[task % MODULI.len()];
        let network = HingeNetwork::new(TopLayer::grouped(&[POSITIVE, POSITIVE], modulus)?);
        let step = 0.999 * ClassBounds::new(&network, 0, law)?.shrinking_step(FLOOR)?;
        let objective = PlanarPopulation::new(network, 0, &law)?;
        let training = Training::new(step)?
            .until(Goal::LossBelow(1e-9))?
            .limit(LIMIT)
            .recording(&[0, 1, 2, 3]);
        let run = training.run(
            &objective,
            &PaperStart::Random.draw(random, 2 * POSITIVE, 2),
        )?;
        let history = run.history;
        let (mut least, mut greatest, mut small) = (f64::INFINITY, f64::NEG_INFINITY, 0_usize);
        for pair in history.norms.windows(2) {
            for j in 0..2 * POSITIVE {
                let change = pair[1][j] - pair[0][j];
                if j < POSITIVE {
                    least = least.min(change);
                } else if pair[0][j] > FLOOR {
                    greatest = greatest.max(change);
                } else {
                    small += usize::from(change > 0.0);
                }
            }
        }
        Ok((
            least,
            greatest,
            small,
            history.norms.len().saturating_sub(1),
        ))
    })?;
    let least = results.iter().map(|r| r.0).fold(f64::INFINITY, f64::min);
    let greatest = results
        .iter()
        .map(|r| r.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let small: usize = results.iter().map(|r| r.2).sum();
    let steps: usize = results.iter().map(|r| r.3).sum();
    Ok(Outcome::new(
        Verdict::of(least >= -ROUNDING && greatest <= ROUNDING),
        format!(
            "In {steps} steps of {} runs no positive norm falls (least change {least:.1e}) and no negative norm above {FLOOR} \
             grows (greatest change {greatest:.1e}); below {FLOOR} negative norms grow in {small} cases.",
            results.len()
        ),
    )
    .with("C_p", law.slice())
    .with("printed_bound_of_C_p", RADII.1 * law.density())
    .with("rounding_allowed", ROUNDING)
    .with("seed", context.seed()))
}
