//! Training on the planar annulus, which the bounds of Propositions 3 and 4 of Long, Yin & Xin 2021 are about.

use hinge_classifier::{
    ClassBounds, Goal, HingeNetwork, PaperStart, PlanarPopulation, Run, Training, UniformAnnulus,
};
use rand_chacha::ChaCha8Rng;

/// The radii of the annulus: those of the paper's grid.
pub const RADII: (f64, f64) = (1.0, 2.0);
/// Numbers of positive neurons; there are as many negative ones.
pub const POSITIVE: [usize; 3] = [3, 4, 8];
/// The step.
pub const STEP: f64 = 0.1;
/// Under a density the loss does not reach 0 in finitely many steps.
const LOSS: f64 = 1e-6;
const LIMIT: usize = 20_000;

/// The uniform law on the annulus.
///
/// # Errors
/// None for these radii.
pub fn law() -> anyhow::Result<UniformAnnulus> {
    Ok(UniformAnnulus::new(2, RADII.0, RADII.1)?)
}

/// The bounds for `positive` positive neurons, and one training whose history records when the geometric condition holds.
///
/// # Errors
/// None for at least one neuron.
pub fn train(
    positive: usize,
    start: PaperStart,
    random: &mut ChaCha8Rng,
) -> anyhow::Result<(ClassBounds, Run)> {
    let law = law()?;
    let network = HingeNetwork::simplified(positive, positive)?;
    let bounds = ClassBounds::new(&network, 0, law)?;
    let objective = PlanarPopulation::new(network, 0, &law)?;
    let watched: Vec<usize> = (0..positive).collect();
    let training = Training::new(STEP)?
        .until(Goal::LossBelow(LOSS))?
        .limit(LIMIT)
        .recording(&watched);
    let run = training.run(&objective, &start.draw(random, 2 * positive, 2))?;
    Ok((bounds, run))
}
