//! Figure 6 of Long, Yin & Xin 2021: the slow and the fast phase of LeNet-5, and the subspaces of its features.

use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};
use faer::{Mat, MatRef, Side};
use hinge_classifier::Subspaces;
use rand::seq::SliceRandom as _;

use crate::segments::TwoSegments;
use crate::training_run::{TrainingRun, needs_data, stamp};
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Read from a training: the loss with two lines through it, the features of ten classes with their principal angles.
pub const ITEM: Item = Item {
    id: "lyx-fig6",
    kind: Kind::Figure,
    paper: "LYX Fig 6, §6.2",
    title: "LeNet-5 on MNIST: slow, then fast; the subspaces of the classes",
    run,
};

/// The lines are fitted until the mean of this many batch losses falls below a share of ln 10, the loss of a guess.
const SMOOTH: usize = 11;
/// The shares; the first counts, the others say how much the choice matters.
const SHARES: [f64; 3] = [0.5, 0.75, 0.25];
/// Neighbouring residuals drawn together: half an epoch of 60 batches.
const BLOCK: usize = 30;
const LEVEL: f64 = 0.99;
/// "after 400 iterations".
const PRINTED: f64 = 400.0;
/// The fast phase must be so many times faster than the slow one.
const FASTER: f64 = 3.0;
/// The subspace of a class holds this share of the squared lengths of its features.
const ENERGY: f64 = 0.95;
const SHOWN: usize = 150;
/// Four more colours for the digits 6 to 9.
const MORE: [&str; 4] = ["#8B4513", "#222222", "#999933", "#882255"];

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let Some(run) = TrainingRun::open(context.training())? else {
        return Ok(needs_data(context));
    };
    let losses = run.losses()?;
    let (chart, pace) = pace(context, &losses)?;
    let classes = Classes::of(context, &run)?;
    let mut picture = Picture::new(
        "Long, Yin & Xin 2021, Figure 6. (a) The loss of each batch, with the least-squares lines that meet at the change of pace \
         (band: 99 % interval by the block bootstrap) and the 400 iterations of the paper. (b, c) The features of test images at the \
         input of the last layer, in the planes of their first four principal directions; the cross is 0 (the paper draws those of another, \
         deeper network). (d) The smallest \
         principal angles between the subspaces of the classes, in degrees.",
    )
    .panel("a", "Loss against iteration", chart);
    for (name, [x, y]) in [("b", [0, 1]), ("c", [2, 3])] {
        picture = picture.panel(name, "Features of the ten classes", classes.cloud(x, y));
    }
    picture = picture.panel("d", "Smallest principal angles", classes.angles_chart());
    picture.parameters = run.parameters();
    let accuracy = run.manifest.test_accuracy;
    picture = picture
        .parameter(
            "subspace_of_a_class",
            format!(
                "the principal directions that hold {:.0} % of the squared lengths",
                100.0 * ENERGY
            ),
        )
        .metric("test_accuracy", accuracy)
        .metric("test_loss", run.manifest.test_loss)
        .table(pace.table)
        .table(classes.table()?)
        .table(tests(&run)?);
    let (words, verdict) = match &pace.main {
        Some((fit, interval)) => {
            let ratio = fit.fast / fit.slow;
            picture = picture
                .metric("break", fit.at)
                .metric("break_low", interval.0)
                .metric("break_high", interval.1)
                .metric("slow_slope", fit.slow)
                .metric("fast_slope", fit.fast);
            let agrees = fit.fast < 0.0
                && (fit.slow >= 0.0 || ratio > FASTER)
                && classes.independence > classes.mixed_independence;
            let verdict = if run.is_that_of_the_paper() {
                Verdict::of(agrees)
            } else {
                Verdict::Open
            };
            (
                format!(
                    "The loss changes its pace at iteration {:.0} (99 % interval of the fit {:.0} to {:.0}; {:.0} to {:.0} as the fit ends earlier or \
                     later), where its slope grows {ratio:.0}-fold; the paper sees the change after {PRINTED:.0} and states neither widths nor start \
                     nor scale of the pixels.",
                    fit.at, interval.0, interval.1, pace.range.0, pace.range.1
                ),
                verdict,
            )
        }
        None => (
            "The training is too short for two phases.".to_owned(),
            Verdict::Open,
        ),
    };
    let finding = format!(
        "{words} {} Test accuracy {:.2} %.",
        classes.sentence(),
        100.0 * accuracy
    );
    let mut outcome = Outcome::new(verdict, finding)
        .with("test_accuracy", accuracy)
        .with("independence", classes.independence)
        .with("independence_with_mixed_labels", classes.mixed_independence)
        .with("seed", context.seed());
    if let Some((fit, interval)) = &pace.main {
        outcome = outcome
            .with("break", fit.at)
            .with("break_99_percent_low", interval.0)
            .with("break_99_percent_high", interval.1)
            .with("slow_slope", fit.slow)
            .with("fast_slope", fit.fast);
    }
    Ok(outcome
        .read_from(stamp(context.training()))
        .with_figure(picture))
}

/// The fit that counts with its interval, and a table of all.
struct Pace {
    main: Option<(TwoSegments, (f64, f64))>,
    /// The first and the last of the breaks that all fits find.
    range: (f64, f64),
    table: Table,
}

fn pace(context: &Context, losses: &[f64]) -> anyhow::Result<(String, Pace)> {
    let repeats = context.pick(100, 2000, 10_000);
    let points: Vec<(f64, f64)> = losses
        .iter()
        .enumerate()
        .map(|(t, loss)| (t as f64, *loss))
        .collect();
    let fits = context.map("break", SHARES.len(), |task, random| {
        let window = window(losses, SHARES[task]);
        Ok(window.and_then(|length| {
            let points = &points[..length];
            let fit = TwoSegments::fit(points)?;
            Some((
                length,
                fit,
                fit.interval(points, BLOCK, repeats, LEVEL, random),
            ))
        }))
    })?;
    let mut table = Table::new(
        "phases",
        &[
            "until_share_of_ln10",
            "window",
            "break",
            "low_99",
            "high_99",
            "loss_at_break",
            "slow_slope",
            "fast_slope",
        ],
    );
    for (share, fit) in SHARES.iter().zip(&fits) {
        if let Some((length, fit, interval)) = fit {
            table.row(&[
                share,
                length,
                &fit.at,
                &interval.0,
                &interval.1,
                &fit.level,
                &fit.slow,
                &fit.fast,
            ]);
        }
    }
    let top = losses
        .iter()
        .fold(0.0_f64, |most, loss| most.max(*loss))
        .max(2.5);
    let mut chart = Chart::new(
        "Loss of the batches",
        Axis::linear("iteration", 0.0, losses.len().max(1) as f64),
        Axis::linear("cross-entropy", 0.0, top),
    )
    .thin(COLOURS[5], &points);
    if let Some((length, fit, interval)) = &fits[0] {
        let end = *length as f64;
        let at = |x: f64| (x, fit.value(x));
        chart = chart
            .band(
                COLOURS[1],
                &[
                    (interval.0, 0.0, top),
                    (interval.1.max(interval.0 + 1.0), 0.0, top),
                ],
            )
            .line(
                &format!("slow: {:.1e} a step", fit.slow),
                COLOURS[0],
                Stroke::Solid,
                &[at(0.0), at(fit.at)],
            )
            .line(
                &format!("fast: {:.1e} a step", fit.fast),
                COLOURS[1],
                Stroke::Solid,
                &[at(fit.at), at(end)],
            );
    }
    chart = chart.line(
        "400, in the paper",
        GUIDE,
        Stroke::Dashed,
        &[(PRINTED, 0.0), (PRINTED, top)],
    );
    let main = fits[0].map(|(_, fit, interval)| (fit, interval));
    let breaks = fits.iter().flatten().map(|(_, fit, _)| fit.at);
    let range = breaks.fold((f64::INFINITY, 0.0_f64), |range, at| {
        (range.0.min(at), range.1.max(at))
    });
    Ok((chart.svg(), Pace { main, range, table }))
}

/// How many losses there are until their running mean falls below a share of ln 10; `None` if it never does.
fn window(losses: &[f64], share: f64) -> Option<usize> {
    let limit = share * 10.0_f64.ln();
    losses
        .windows(SMOOTH)
        .position(|losses| losses.iter().sum::<f64>() < limit * SMOOTH as f64)
        .map(|from| from + SMOOTH)
}

fn tests(run: &TrainingRun) -> anyhow::Result<Table> {
    let mut table = Table::new("tests", &["iteration", "loss", "accuracy"]);
    for [iteration, loss, accuracy] in run.tests()? {
        table.row(&[&iteration, &loss, &accuracy]);
    }
    Ok(table)
}

/// The features of a training, sorted by class.
struct Classes {
    /// In the first four principal directions of all features, about 0: class, coordinates.
    places: Vec<(usize, [f64; 4])>,
    spaces: Subspaces,
    smallest: Vec<Vec<f64>>,
    independence: f64,
    /// The same for as many groups of images with labels drawn by lot.
    mixed_independence: f64,
    mixed_angle: f64,
}

impl Classes {
    fn of(context: &Context, run: &TrainingRun) -> anyhow::Result<Self> {
        let (features, labels) = run.features()?;
        let classes = run.manifest.network.classes;
        let spaces = subspaces(features.as_ref(), &labels, classes)?;
        let mut mixed = labels.clone();
        mixed.shuffle(&mut context.random("labels", 0));
        let lot = subspaces(features.as_ref(), &mixed, classes)?;
        let smallest = smallest(&spaces)?;
        let directions = principal(features.as_ref())?.1;
        let count = directions.ncols();
        anyhow::ensure!(
            count >= 4,
            "features in {count} dimensions: a picture takes four"
        );
        let seen = &features * directions.as_ref().subcols(count - 4, 4);
        let mut places: Vec<(usize, [f64; 4])> = Vec::new();
        for class in 0..classes {
            let own = (0..labels.len())
                .filter(|image| labels[*image] == class)
                .take(SHOWN);
            places.extend(own.map(|image| (class, std::array::from_fn(|i| seen[(image, 3 - i)]))));
        }
        Ok(Self {
            places,
            independence: spaces.independence()?,
            mixed_independence: lot.independence()?,
            mixed_angle: median(&self::smallest(&lot)?),
            smallest,
            spaces,
        })
    }

    fn dimensions(&self) -> (usize, usize) {
        let frames = (0..self.spaces.len()).filter_map(|i| self.spaces.frame(i).ok());
        let sizes = frames.map(|frame| frame.nrows());
        (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0))
    }

    fn sentence(&self) -> String {
        let (least, most) = self.dimensions();
        let all = self.smallest.iter().flatten().filter(|angle| **angle > 0.0);
        let closest = all.fold(f64::INFINITY, |least, angle| least.min(*angle));
        format!(
            "The subspaces of the classes ({least} to {most} dimensions of {}) are linearly independent but far from orthogonal: two of them meet at \
             {:.0}° or more, {:.0}° in the median ({:.0}° for labels drawn by lot), and their smallest joint singular value is {:.3} ({:.4} by lot; \
             0 is dependent, 1 orthogonal).",
            self.spaces.dimension(),
            closest.to_degrees(),
            median(&self.smallest).to_degrees(),
            self.mixed_angle.to_degrees(),
            self.independence,
            self.mixed_independence
        )
    }

    fn cloud(&self, x: usize, y: usize) -> String {
        let range = |i: usize| {
            let values = self.places.iter().map(|place| place.1[i]);
            let low = values.clone().fold(0.0_f64, f64::min);
            let high = values.fold(0.0_f64, f64::max);
            let room = 0.05 * (high - low).max(1e-9);
            (low - room, high + room)
        };
        let (across, upward) = (range(x), range(y));
        let mut chart = Chart::new(
            "Features at the input of the last layer",
            Axis::linear(
                &format!("principal direction {}", x + 1),
                across.0,
                across.1,
            ),
            Axis::linear(
                &format!("principal direction {}", y + 1),
                upward.0,
                upward.1,
            ),
        )
        .size(600.0, 420.0)
        .legend(Legend::Outside);
        for class in 0..self.spaces.len() {
            let own: Vec<(f64, f64)> = self
                .places
                .iter()
                .filter(|place| place.0 == class)
                .map(|place| (place.1[x], place.1[y]))
                .collect();
            let colour = colour(class);
            chart = chart.points("", colour, Mark::Dot, &own);
            // One mark of full size for the legend and the middle of the class.
            let n = own.len().max(1) as f64;
            let mean = own
                .iter()
                .fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n));
            chart = chart.points(&class.to_string(), colour, Mark::Disc, &[mean]);
        }
        let (w, h) = (0.02 * (across.1 - across.0), 0.02 * (upward.1 - upward.0));
        chart
            .line("", MARK, Stroke::Solid, &[(-w, 0.0), (w, 0.0)])
            .line("", MARK, Stroke::Solid, &[(0.0, -h), (0.0, h)])
            .svg()
    }

    /// The smallest angle of each pair in degrees, the darker the closer.
    fn angles_chart(&self) -> String {
        let names: Vec<String> = (0..self.spaces.len())
            .map(|class| class.to_string())
            .collect();
        let mut chart = Chart::new(
            "Smallest principal angle, in degrees",
            Axis::names("class", &names),
            Axis::names("class", &names),
        )
        .size(460.0, 440.0)
        .legend(Legend::Hidden);
        for i in 0..names.len() {
            for r in 0..names.len() {
                let (x, y) = (i as f64, r as f64);
                let (across, upward) = ((x - 0.5, x + 0.5), (y - 0.5, y + 0.5));
                if i == r {
                    chart = chart.tile("#ffffff", across, upward);
                    continue;
                }
                let angle = self.smallest[i.min(r)][i.max(r)].to_degrees();
                chart = chart.tile(&shade(angle / 90.0), across, upward).note(
                    &format!("{angle:.0}"),
                    MARK,
                    x,
                    y - 0.3,
                );
            }
        }
        chart.svg()
    }

    fn table(&self) -> anyhow::Result<Table> {
        let mut table = Table::new(
            "angles",
            &[
                "class",
                "other",
                "dimension",
                "other_dimension",
                "smallest_degrees",
                "all_degrees",
            ],
        );
        for i in 0..self.spaces.len() {
            for r in i + 1..self.spaces.len() {
                let angles = self.spaces.principal_angles(i, r)?;
                let all: Vec<String> = angles
                    .iter()
                    .map(|angle| format!("{:.2}", angle.to_degrees()))
                    .collect();
                let sizes = (self.spaces.frame(i)?.nrows(), self.spaces.frame(r)?.nrows());
                table.row(&[
                    &i,
                    &r,
                    &sizes.0,
                    &sizes.1,
                    &angles[0].to_degrees(),
                    &all.join(" "),
                ]);
            }
        }
        Ok(table)
    }
}

/// For each class the principal directions about 0 of its features that hold [`ENERGY`] of their squared lengths.
fn subspaces(
    features: MatRef<'_, f64>,
    labels: &[usize],
    classes: usize,
) -> anyhow::Result<Subspaces> {
    let mut bases = Vec::new();
    for class in 0..classes {
        let rows: Vec<usize> = (0..labels.len())
            .filter(|image| labels[*image] == class)
            .collect();
        let own = Mat::from_fn(rows.len(), features.ncols(), |i, c| features[(rows[i], c)]);
        let (energies, directions) = principal(own.as_ref())?;
        let total: f64 = energies.iter().sum();
        anyhow::ensure!(
            total > 0.0,
            "class {class} has no features that differ from 0"
        );
        let mut held = 0.0;
        let count = energies.iter().rev().take_while(|energy| {
            let open = held < ENERGY * total;
            held += **energy;
            open
        });
        let count = count.count();
        let last = directions.ncols();
        bases.push(
            directions
                .subcols(last - count, count)
                .transpose()
                .to_owned(),
        );
    }
    let bases: Vec<MatRef<'_, f64>> = bases.iter().map(Mat::as_ref).collect();
    Ok(Subspaces::spanned(&bases)?)
}

/// Eigenvalues in ascending order and eigenvectors, a column each, of the second moments about 0.
fn principal(rows: MatRef<'_, f64>) -> anyhow::Result<(Vec<f64>, Mat<f64>)> {
    let moments = rows.transpose() * rows;
    let eigen = moments
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| anyhow::anyhow!("the principal directions of the features were not found"))?;
    let energies = eigen
        .S()
        .column_vector()
        .iter()
        .map(|energy| energy.max(0.0))
        .collect();
    Ok((energies, eigen.U().to_owned()))
}

/// The smallest angle of each pair i < r, 0 elsewhere.
fn smallest(spaces: &Subspaces) -> anyhow::Result<Vec<Vec<f64>>> {
    (0..spaces.len())
        .map(|i| {
            (0..spaces.len())
                .map(|r| {
                    if i < r {
                        Ok(spaces.principal_angles(i, r)?[0])
                    } else {
                        Ok(0.0)
                    }
                })
                .collect()
        })
        .collect()
}

fn median(smallest: &[Vec<f64>]) -> f64 {
    let pairs = smallest
        .iter()
        .enumerate()
        .flat_map(|(i, row)| row[i + 1..].iter().copied());
    let [median] = crate::statistics::quantiles(&pairs.collect::<Vec<_>>(), [0.5]);
    median
}

fn colour(class: usize) -> &'static str {
    COLOURS
        .iter()
        .chain(&MORE)
        .copied()
        .nth(class)
        .unwrap_or(GUIDE)
}

/// From blue at 0 to white at 1.
fn shade(share: f64) -> String {
    let share = share.clamp(0.0, 1.0);
    let mix = |full: f64| format!("{:02x}", byte(full + (255.0 - full) * share));
    format!("#{}{}{}", mix(60.0), mix(130.0), mix(190.0))
}

/// A colour value in 0, …, 255.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}
