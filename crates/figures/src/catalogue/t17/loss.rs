//! The population loss by the arc-cosine kernel.

use relu_gating::{Gaussian, InputLaw, kernel, single_unit_gradient, single_unit_loss};

use crate::statistics::Comparisons;
use crate::{Context, Item, Kind, Outcome, Verdict};

/// Kernel and loss by Monte Carlo; the gradient by differences of the loss.
pub const ITEM: Item = Item {
    id: "loss",
    kind: Kind::Experiment,
    paper: "T17 Eq 2",
    title: "Kernel and loss against Monte Carlo",
    run,
};

const DIMENSION: usize = 4;
/// Step of the fourth-order difference: its truncation, of order h⁴, and the rounding of the loss
/// divided by h are both below 1e-11.
const DIFFERENCE: f64 = 1e-3;
/// Allowed between the gradient and the differences, relative to ‖w‖ + ‖w*‖.
const TOLERANCE: f64 = 1e-9;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let pairs = context.pick(24, 100, 400);
    let samples = context.pick(20_000, 200_000, 1_000_000);
    let found = context.map("pairs", pairs, |_, random| {
        let mut w = [0.0; DIMENSION];
        let mut teacher = [0.0; DIMENSION];
        Gaussian.sample(random, &mut w);
        Gaussian.sample(random, &mut teacher);
        let product_and_loss = |x: &[f64; DIMENSION]| {
            let student: f64 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
            let target: f64 = x.iter().zip(&teacher).map(|(x, w)| x * w).sum();
            let (student, target) = (student.max(0.0), target.max(0.0));
            let residual = student - target;
            [student * target, 0.5 * residual * residual]
        };
        let truth = [kernel(&w, &teacher)?, single_unit_loss(&w, &teacher)?];
        let comparisons = Comparisons::of_means(random, samples, product_and_loss, &truth);
        Ok((comparisons, difference(&w, &teacher)?))
    })?;
    let mut all = Comparisons::default();
    let mut worst: f64 = 0.0;
    for (comparisons, difference) in &found {
        all.join(comparisons);
        worst = worst.max(*difference);
    }
    let outcome = Outcome::new(
        Verdict::of(all.hold() && worst <= TOLERANCE),
        all.sentence(&format!(
            "values of kernel and loss at {pairs} random pairs"
        )) + &format!(" The gradient agrees with differences of the loss to {worst:.1e}."),
    );
    Ok(all
        .evidence(outcome, context)
        .with("gradient_against_differences", worst))
}

/// The largest gap between the gradient and central differences of the loss, relative to the norms.
fn difference(w: &[f64; DIMENSION], teacher: &[f64]) -> anyhow::Result<f64> {
    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let step = DIFFERENCE * norm(w);
    let gradient = single_unit_gradient(w, teacher)?;
    let mut worst: f64 = 0.0;
    for (place, slope) in gradient.iter().enumerate() {
        let at = |shift: f64| {
            let mut moved = *w;
            moved[place] += shift * step;
            single_unit_loss(&moved, teacher)
        };
        let quotient = (8.0 * (at(1.0)? - at(-1.0)?) - (at(2.0)? - at(-2.0)?)) / (12.0 * step);
        worst = worst.max((quotient - slope).abs());
    }
    Ok(worst / (norm(w) + norm(teacher)))
}
