//! Figure 7 of Long, Yin & Xin 2021: the weights of LeNet-5 in random three-dimensional subspaces.

use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Sphere, Stroke};
use faer::Mat;
use hinge_classifier::{
    GeometricCondition, Hull, Wendel, geometric_condition, holds_in_projections, random_projection,
};

use crate::statistics::clopper_pearson;
use crate::training_run::{Layer, TrainingRun, needs_data, stamp};
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Read from a training: four projections, the share of projections with the condition, the answer in full dimension.
pub const ITEM: Item = Item {
    id: "lyx-fig7",
    kind: Kind::Figure,
    paper: "LYX Fig 7, §6.2",
    title: "The weights of LeNet-5 in random 3D subspaces, and the geometric condition",
    run,
};

const SEEN: usize = 3;
const LAYERS: [(Layer, &str); 2] = [(Layer::Hidden, "first"), (Layer::Output, "second")];
const LEVEL: f64 = 0.99;
/// What "with high probability" has to mean.
const HIGH: f64 = 0.9;
const PICTURES: usize = 2;

/// What was found for one layer after some steps.
struct Share {
    iteration: usize,
    held: usize,
    interval: (f64, f64),
    /// ‖Σ w_j‖ and Σ ‖w_j‖.
    sum: f64,
    norms: f64,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let Some(run) = TrainingRun::open(context.training())? else {
        return Ok(needs_data(context));
    };
    let count = context.pick(500, 10_000, 100_000);
    let end = run.manifest.iterations;
    let mut picture = Picture::new(
        "Long, Yin & Xin 2021, Figure 7: the weights of the first (a, b) and of the second (c, d) fully connected layer of the trained \
         network, projected on random 3D subspaces and on the sphere, with their hulls. Beyond it (e): the share of random projections in \
         which the geometric condition holds, during training (bands: 99 % intervals, the same projections at all iterations), and Remark 3 \
         for as many uniform directions.",
    );
    picture.parameters = run.parameters();
    let (mut curves, mut wendels, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    let mut normals = Table::new(
        "hemispheres",
        &["layer", "iteration", "coordinate", "normal"],
    );
    let mut verified = Table::new(
        "full_dimension",
        &["layer", "iteration", "k", "d", "verdict", "least_product"],
    );
    for (place, (layer, _)) in LAYERS.iter().enumerate() {
        let weights = run.weights(*layer, end)?;
        wendels.push(Wendel::new(weights.nrows() as u64, SEEN as u64)?);
        for number in 0..PICTURES {
            let name = ["a", "b", "c", "d"][PICTURES * place + number];
            let mut random = context.random(layer.name(), number as u64);
            picture = picture.panel(
                name,
                "Weights in a random 3D subspace",
                drawn(&weights, place, &mut random)?,
            );
        }
        curves.push(shares(context, &run, *layer, count)?);
        for iteration in [0, end] {
            exact.push(in_full_dimension(
                &run,
                *layer,
                iteration,
                &mut verified,
                &mut normals,
            )?);
        }
    }
    let mut table = Table::new(
        "shares",
        &[
            "layer",
            "iteration",
            "projections",
            "held",
            "low_99",
            "high_99",
            "uniform",
            "norm_of_sum",
            "sum_of_norms",
        ],
    );
    for ((curve, wendel), (layer, _)) in curves.iter().zip(&wendels).zip(LAYERS) {
        for share in curve {
            table.row(&[
                &layer.name(),
                &share.iteration,
                &count,
                &share.held,
                &share.interval.0,
                &share.interval.1,
                &wendel.holds(),
                &share.sum,
                &share.norms,
            ]);
        }
    }
    picture = picture
        .panel(
            "e",
            "Share of projections with the condition",
            chart(&curves, &wendels, count, end),
        )
        .table(table)
        .table(verified)
        .table(normals);
    let last: Vec<&Share> = curves.iter().filter_map(|curve| curve.last()).collect();
    let (Some(first), &[hidden, output]) = (curves[1].first(), last.as_slice()) else {
        anyhow::bail!("the training has no record of its weights");
    };
    let share = |share: &Share| share.held as f64 / count as f64;
    picture = picture
        .metric("share_first_layer", share(hidden))
        .metric("share_second_layer", share(output))
        .metric("uniform_first_layer", wendels[0].holds())
        .metric("uniform_second_layer", wendels[1].holds());
    let agrees = [hidden, output]
        .iter()
        .all(|share| share.interval.0 >= HIGH)
        && exact.iter().all(|fails| *fails);
    let network = &run.manifest.network;
    let finding = format!(
        "Of {count} random 3D projections of the trained weights the condition holds in {} ({} × {}, first layer) and {} ({} × {}, second layer): \
         with 99 % confidence shares of {:.4} to {:.4} and {:.4} to {:.4}. For uniform directions Remark 3 gives 1 − {:.0e} and {:.4}. The second \
         layer starts at {:.4} and rises in the fast phase: descent on the cross-entropy keeps ‖Σ w_j‖ ({:.4} before and {:.4} after) while Σ ‖w_j‖ \
         grows from {:.2} to {:.2}. In full dimension the condition fails for both layers, at the start and at the end, with a half-space as proof: \
         it needs more neurons than dimensions. Ten uniform directions would look like the condition in nine pictures of ten.",
        hidden.held,
        network.hidden,
        network.inputs,
        output.held,
        network.classes,
        network.hidden,
        hidden.interval.0,
        hidden.interval.1,
        output.interval.0,
        output.interval.1,
        wendels[0].fails(),
        wendels[1].holds(),
        share(first),
        first.sum,
        output.sum,
        first.norms,
        output.norms,
    );
    let verdict = if run.is_that_of_the_paper() {
        Verdict::of(agrees)
    } else {
        Verdict::Open
    };
    Ok(Outcome::new(verdict, finding)
        .with("projections", count)
        .with("held_first_layer", hidden.held)
        .with("held_second_layer", output.held)
        .with("uniform_second_layer", wendels[1].holds())
        .with("seed", context.seed())
        .read_from(stamp(context.training()))
        .with_figure(picture))
}

/// The shares of one layer at all recorded iterations, in the same projections.
fn shares(
    context: &Context,
    run: &TrainingRun,
    layer: Layer,
    count: usize,
) -> anyhow::Result<Vec<Share>> {
    let snapshots = &run.manifest.snapshots;
    context.map(layer.name(), snapshots.len(), |task, _| {
        let iteration = snapshots[task];
        let weights = run.weights(layer, iteration)?;
        let mut random = context.random(&format!("{} projections", layer.name()), 0);
        let held = holds_in_projections(weights.as_ref(), SEEN, count, &mut random)?;
        let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let rows: Vec<Vec<f64>> = (0..weights.nrows())
            .map(|j| weights.row(j).iter().copied().collect())
            .collect();
        let sum: Vec<f64> = (0..weights.ncols())
            .map(|i| rows.iter().map(|row| row[i]).sum())
            .collect();
        Ok(Share {
            iteration,
            held,
            interval: clopper_pearson(held, count, LEVEL),
            sum: norm(&sum),
            norms: rows.iter().map(|row| norm(row)).sum(),
        })
    })
}

/// Whether a half-space contains all weights of a layer; its normal is checked and written down.
fn in_full_dimension(
    run: &TrainingRun,
    layer: Layer,
    iteration: usize,
    verified: &mut Table,
    normals: &mut Table,
) -> anyhow::Result<bool> {
    let weights = run.weights(layer, iteration)?;
    let verdict = geometric_condition(weights.as_ref())?;
    verdict.verify(weights.as_ref())?;
    let mut least = f64::NAN;
    if let GeometricCondition::Fails(hemisphere) = &verdict {
        let normal = hemisphere.normal();
        for (coordinate, value) in normal.iter().enumerate() {
            normals.row(&[&layer.name(), &iteration, &coordinate, value]);
        }
        let products = (0..weights.nrows()).map(|j| {
            weights
                .row(j)
                .iter()
                .zip(normal)
                .map(|(w, n)| w * n)
                .sum::<f64>()
        });
        least = products.fold(f64::INFINITY, f64::min);
    }
    let name = match verdict.holds() {
        Some(true) => "holds",
        Some(false) => "fails",
        None => "open",
    };
    verified.row(&[
        &layer.name(),
        &iteration,
        &weights.nrows(),
        &weights.ncols(),
        &name,
        &least,
    ]);
    Ok(verdict.holds() == Some(false))
}

/// One random projection on the sphere.
fn drawn(
    weights: &Mat<f64>,
    place: usize,
    random: &mut rand_chacha::ChaCha8Rng,
) -> anyhow::Result<String> {
    let seen = random_projection(weights.as_ref(), SEEN, random)?;
    let verdict = geometric_condition(seen.as_ref())?;
    let hull = Hull::of(seen.as_ref())?;
    let points: Vec<[f64; 3]> = hull
        .directions()
        .iter()
        .filter(|w| w.len() == SEEN)
        .map(|w| [w[0], w[1], w[2]])
        .collect();
    let title = format!(
        "{} layer: {}",
        LAYERS[place].1,
        if verdict.holds() == Some(true) {
            "GC holds"
        } else {
            "GC fails"
        }
    );
    let mut drawing = Sphere::new(&title, COLOURS[place], 32.0, 24.0).points(&points);
    for facet in hull.facets() {
        let corners: Vec<[f64; 3]> = facet.corners.iter().map(|&j| points[j]).collect();
        drawing = drawing.face(
            &corners,
            [facet.normal[0], facet.normal[1], facet.normal[2]],
        );
    }
    if let GeometricCondition::Fails(hemisphere) = &verdict {
        let n = hemisphere.normal();
        drawing = drawing.half_space([n[0], n[1], n[2]]);
    }
    Ok(drawing
        .note(&format!(
            "{} neurons in {} dimensions",
            weights.nrows(),
            weights.ncols()
        ))
        .svg())
}

fn chart(curves: &[Vec<Share>], wendels: &[Wendel], count: usize, end: usize) -> String {
    let least = curves.iter().flatten().map(|share| share.interval.0);
    let low = least
        .chain(wendels.iter().map(Wendel::holds))
        .fold(1.0_f64, f64::min);
    let low = ((low - 0.01) * 50.0).floor() / 50.0;
    let mut chart = Chart::new(
        &format!("Share of {count} random 3D projections with GC"),
        Axis::linear("iteration", 0.0, end as f64),
        Axis::linear("share", low.max(0.0), 1.0 + 0.05 * (1.0 - low)),
    )
    .size(640.0, 420.0)
    .legend(Legend::BottomRight);
    for (place, curve) in curves.iter().enumerate() {
        let band: Vec<(f64, f64, f64)> = curve
            .iter()
            .map(|share| (share.iteration as f64, share.interval.0, share.interval.1))
            .collect();
        let points: Vec<(f64, f64)> = curve
            .iter()
            .map(|share| (share.iteration as f64, share.held as f64 / count as f64))
            .collect();
        chart = chart.band(COLOURS[place], &band).line(
            &format!("{} layer", LAYERS[place].1),
            COLOURS[place],
            Stroke::Solid,
            &points,
        );
    }
    for (place, wendel) in wendels.iter().enumerate() {
        let (name, stroke) = [
            ("", Stroke::Dotted),
            ("uniform directions (Remark 3)", Stroke::Dashed),
        ][place];
        chart = chart.line(
            name,
            GUIDE,
            stroke,
            &[(0.0, wendel.holds()), (end as f64, wendel.holds())],
        );
    }
    chart.svg()
}
