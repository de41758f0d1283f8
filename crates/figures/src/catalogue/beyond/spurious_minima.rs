//! Spurious local minima of an orthonormal teacher: how often descent ends there, which they are, and how they go on with K.

use critical_points::{Arrival, Catalogue, Class, Descent, Kind as PointKind};
use faer::Mat;
use rayon::prelude::*;
use serde_json::json;
use teacher_student::initialization::gaussian;
use teacher_student::{
    GradientDescent, GradientFlow, Integrator as _, Network, Objective as _, Population, Record,
    Stop, Weights, optimal_assignment, state_of,
};

use crate::statistics::clopper_pearson;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::Legend;

#[path = "spurious_minima/drawing.rs"]
mod drawing;
#[path = "spurious_minima/families.rs"]
mod families;

/// The experiment of Safran & Shamir (2018), a catalogue of the minima, and their families up to K = 1000.
pub const ITEM: Item = Item {
    id: "spurious-minima",
    kind: Kind::Experiment,
    paper: "Safran & Shamir 2018, Table 1",
    title: "Spurious local minima of an orthonormal teacher",
    run,
};

/// Step and tolerance of their descent.
const STEP: f64 = 0.1;
const TOLERANCE: f64 = 1e-9;
/// More steps than nearly all runs need; one that takes them all counts as undecided.
const MOST_STEPS: usize = 1_000_000;
/// Runs of 1000 that ended in a spurious minimum: n = K = 6, 7, …, and n = K + 1 for K = 8, 9, ….
const SAME: [usize; 15] = [
    3, 55, 126, 218, 346, 455, 585, 730, 736, 803, 851, 897, 900, 934, 949,
];
const ONE_MORE: [usize; 12] = [1, 0, 1, 1, 3, 15, 55, 102, 180, 233, 369, 491];
const THEIR_RUNS: usize = 1000;
/// A run with a loss below this is on its way to zero. The least loss of a spurious minimum found is a hundred times larger.
const LOW: f64 = 1e-5;
/// Losses of one point, followed with and without the shortcut to ‖∇‖ ≤ 1e-9, differ by ‖∇‖²/λ at most.
const SAME_LOSS: f64 = 1e-10;
/// Two columns of a symmetric point are exchangeable if the best renaming of the students leaves less than this.
const SYMMETRIC: f64 = 1e-12;
/// Confidence of the intervals shown, and of those that must overlap with theirs.
const LEVEL: f64 = 0.99;
const LEVEL_VERDICT: f64 = 0.999;
/// Families are followed to this K.
const LARGEST: usize = 1000;

/// The runs of one K and n.
struct Cell {
    teachers: usize,
    students: usize,
    runs: usize,
    spurious: usize,
    undecided: usize,
    reference: Option<usize>,
    minima: Vec<Minimum>,
    global_least: Option<f64>,
    steps: usize,
    newton_steps: usize,
}

impl Cell {
    fn share(&self) -> f64 {
        self.spurious as f64 / self.runs as f64
    }

    fn interval(&self, level: f64) -> (f64, f64) {
        clopper_pearson(self.spurious, self.runs, level)
    }

    /// Runs that came to rest, by the rule for the gradient, where no strict minimum is.
    fn doubtful(&self) -> usize {
        self.minima
            .iter()
            .filter(|m| m.kind != PointKind::SpuriousMinimum)
            .map(|m| m.runs)
            .sum()
    }

    /// Whether the intervals of both experiments overlap, however doubtful and undecided runs are counted.
    fn agrees(&self) -> bool {
        self.reference.is_none_or(|hits| {
            let (their_low, their_high) = clopper_pearson(hits, THEIR_RUNS, LEVEL_VERDICT);
            [
                self.spurious - self.doubtful(),
                self.spurious + self.undecided,
            ]
            .into_iter()
            .all(|spurious| {
                let (low, high) = clopper_pearson(spurious, self.runs, LEVEL_VERDICT);
                low <= their_high && their_low <= high
            })
        })
    }
}

/// A class of minima that are equal up to symmetry.
struct Minimum {
    runs: usize,
    loss: f64,
    least: f64,
    gradient: f64,
    margin: f64,
    kind: PointKind,
    /// Sizes of the blocks of teachers that may be permuted.
    symmetry: Vec<usize>,
}

/// One run.
struct End {
    weights: Weights,
    loss: f64,
    arrival: Arrival,
    steps: usize,
    newton_steps: usize,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(20, 200, 1000);
    let mut settings: Vec<(usize, usize)> = context
        .pick(vec![6, 8], (6..=12).collect(), (6..=20).collect())
        .into_iter()
        .map(|k| (k, k))
        .collect();
    settings.extend(
        context
            .pick(None, None, Some(8..=19))
            .into_iter()
            .flatten()
            .map(|k: usize| (k, k + 1)),
    );
    // The most work first, so that the threads end together.
    settings.sort_by_key(|(k, n)| std::cmp::Reverse(k * n));
    let populations: Vec<Population> = settings
        .iter()
        .map(|&(k, n)| population(k, n))
        .collect::<anyhow::Result<_>>()?;
    let ends = context.map("runs", settings.len() * runs, |task, _| {
        let (k, n) = settings[task / runs];
        let random = &mut context.random(&format!("K={k}, n={n}"), (task % runs) as u64);
        descend(
            &populations[task / runs],
            &gaussian(random, n, k, (1.0 / k as f64).sqrt())?,
        )
    })?;
    let cells: Vec<anyhow::Result<Cell>> = settings
        .par_iter()
        .zip(ends.par_chunks(runs))
        .zip(&populations)
        .map(|((&(k, n), ends), population)| cell(k, n, ends, population))
        .collect();
    let mut cells: Vec<Cell> = cells.into_iter().collect::<anyhow::Result<_>>()?;
    cells.sort_by_key(|c| (c.students - c.teachers, c.teachers));

    let sample = context.pick(2, 4, 5);
    let checks = context.map("shortcut", settings.len() * sample, |task, _| {
        let place = task / sample;
        let (k, n) = settings[place];
        let random = &mut context.random(&format!("K={k}, n={n}"), (task % sample) as u64);
        same_end(
            &populations[place],
            &gaussian(random, n, k, (1.0 / k as f64).sqrt())?,
            &ends[place * runs + task % sample],
        )
    })?;
    let changed = checks.iter().filter(|same| !**same).count();

    let followed: Vec<anyhow::Result<Vec<families::Member>>> = (1..=context.pick(2, 4, 5))
        .into_par_iter()
        .map(|reversed| families::follow(reversed, LARGEST))
        .collect();
    let families: Vec<Vec<families::Member>> =
        followed.into_iter().collect::<anyhow::Result<_>>()?;
    outcome(context, &cells, &families, (changed, checks.len()))
}

fn population(teachers: usize, students: usize) -> anyhow::Result<Population> {
    Ok(Population::new(
        Network::new(Weights::orthonormal(teachers, teachers)?),
        vec![1.0; students],
    )?)
}

fn descend(population: &Population, start: &Weights) -> anyhow::Result<End> {
    let mut descent = Descent::new(STEP, TOLERANCE)?.most_steps(MOST_STEPS);
    if start.neurons() > start.dimension() {
        // With a neuron to spare zero loss is reached on a manifold, where no minimum is strict.
        descent = descent.until_loss(LOW)?;
    }
    let end = descent.run(population, start)?;
    Ok(End {
        weights: end.weights().clone(),
        loss: end.loss(),
        arrival: end.arrival(),
        steps: end.steps(),
        newton_steps: end.newton_steps(),
    })
}

/// Whether descent by the exact gradient, step by step to the tolerance, ends at the same loss; below [`LOW`] to a thousandth of it.
fn same_end(population: &Population, start: &Weights, end: &End) -> anyhow::Result<bool> {
    let flow = GradientFlow::new(population.clone());
    let goal = if end.arrival == Arrival::LowLoss {
        LOW.powf(0.75) * 1e-2
    } else {
        TOLERANCE
    };
    let stop = Stop::new().steps(MOST_STEPS).rate_below(goal);
    let path = GradientDescent::new(STEP).integrate(
        &flow,
        &state_of(start.as_mat()),
        &stop,
        &Record::Ends,
    )?;
    let loss = population.loss(flow.weights(path.end())?)?;
    Ok(path.outcome().is_converged()
        && if end.loss <= LOW {
            loss <= LOW
        } else {
            (loss - end.loss).abs() <= SAME_LOSS
        })
}

fn cell(
    teachers: usize,
    students: usize,
    ends: &[End],
    population: &Population,
) -> anyhow::Result<Cell> {
    let mut spurious = Catalogue::new(population)?;
    let mut undecided = 0;
    for (run, end) in ends.iter().enumerate() {
        match end.arrival {
            _ if end.loss <= LOW => {}
            Arrival::Minimum | Arrival::Tolerance => spurious.enter(&end.weights, run as u64)?,
            _ => undecided += 1,
        }
    }
    let minima: Vec<Minimum> = spurious
        .by_loss()
        .into_iter()
        .map(minimum)
        .collect::<anyhow::Result<_>>()?;
    let hits = minima.iter().map(|m| m.runs).sum();
    let global = ends
        .iter()
        .find(|end| end.loss <= LOW && end.arrival == Arrival::Minimum && students == teachers);
    let references: (&[usize], usize) = if students == teachers {
        (&SAME, 6)
    } else {
        (&ONE_MORE, 8)
    };
    Ok(Cell {
        teachers,
        students,
        runs: ends.len(),
        spurious: hits,
        undecided,
        reference: teachers
            .checked_sub(references.1)
            .and_then(|i| references.0.get(i))
            .copied(),
        minima,
        global_least: global
            .map(|end| {
                anyhow::Ok(critical_points::classify(population, &end.weights)?.least_eigenvalue())
            })
            .transpose()?,
        steps: ends.iter().map(|e| e.steps).sum(),
        newton_steps: ends.iter().map(|e| e.newton_steps).sum(),
    })
}

fn minimum(class: &Class) -> anyhow::Result<Minimum> {
    let point = class.classification();
    Ok(Minimum {
        runs: class.runs().len(),
        loss: point.loss(),
        least: point.least_eigenvalue(),
        gradient: point.gradient_norm(),
        margin: point.margin(),
        kind: point.kind(),
        symmetry: symmetry(class.representative())?,
    })
}

/// The blocks of teachers any two of which can be exchanged if the students are renamed, the largest first.
fn symmetry(student: &Weights) -> anyhow::Result<Vec<usize>> {
    let (n, k) = (student.neurons(), student.dimension());
    let w = student.as_mat();
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for teacher in 0..k {
        let mut home = None;
        for (index, block) in blocks.iter().enumerate() {
            let other = block[0];
            let swapped = |c: usize| {
                if c == teacher {
                    other
                } else if c == other {
                    teacher
                } else {
                    c
                }
            };
            let costs = Mat::from_fn(n, n, |i, j| {
                (0..k)
                    .map(|c| (w[(i, c)] - w[(j, swapped(c))]).powi(2))
                    .sum()
            });
            let renamed = optimal_assignment(costs.as_ref())?;
            if renamed
                .iter()
                .enumerate()
                .map(|(i, &j)| costs[(i, j)])
                .sum::<f64>()
                <= SYMMETRIC
            {
                home = Some(index);
                break;
            }
        }
        match home {
            Some(index) => blocks[index].push(teacher),
            None => blocks.push(vec![teacher]),
        }
    }
    let mut sizes: Vec<usize> = blocks.iter().map(Vec::len).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    Ok(sizes)
}

fn outcome(
    context: &Context,
    cells: &[Cell],
    families: &[Vec<families::Member>],
    (changed, checked): (usize, usize),
) -> anyhow::Result<Outcome> {
    let agree = cells.iter().filter(|c| c.agrees()).count();
    let undecided: usize = cells.iter().map(|c| c.undecided).sum();
    let doubtful: usize = cells.iter().map(Cell::doubtful).sum();
    let distinct: usize = cells.iter().map(|c| c.minima.len()).sum();
    let minima = || cells.iter().flat_map(|c| &c.minima);
    let strict = minima()
        .filter(|m| m.kind == PointKind::SpuriousMinimum)
        .count();
    let lowest = minima().map(|m| m.loss).fold(f64::INFINITY, f64::min);
    let slope = families
        .iter()
        .flatten()
        .map(|m| m.gradient)
        .fold(0.0, f64::max);
    let least_at_end = families
        .iter()
        .filter_map(|f| f.last())
        .map(|m| m.least)
        .fold(f64::INFINITY, f64::min);
    let reached = families
        .iter()
        .all(|f| f.last().is_some_and(|m| m.neurons == LARGEST));
    // The first family is among the minima that descent finds wherever it finds any with that symmetry.
    let (matched, missed) = on_family(cells, &families[0]);
    let checks = full_hessian(families)?;
    let holds = agree == cells.len()
        && changed == 0
        && lowest > 100.0 * LOW
        && reached
        && missed == 0
        && checks <= 1e-12;
    let words: Vec<String> = cells
        .iter()
        .map(|c| {
            let (low, high) = c.interval(LEVEL);
            format!(
                "K = {}, n = {}: {} of {} ({:.1} to {:.1} %), {} minima; Safran & Shamir {}",
                c.teachers,
                c.students,
                c.spurious,
                c.runs,
                100.0 * low,
                100.0 * high,
                c.minima.len(),
                c.reference
                    .map_or("—".to_owned(), |hits| format!("{hits} of {THEIR_RUNS}"))
            )
        })
        .collect();
    let end = families[0]
        .last()
        .map_or(f64::NAN, |m| m.loss * m.neurons as f64);
    let table = shares_table(cells);
    Ok(Outcome::new(
        Verdict::of(holds),
        format!(
            "{} runs of descent, K = {}…{}: the shares that end in a spurious minimum agree with those of Safran & Shamir in {agree} of {} \
             settings, however {doubtful} runs that came to rest off any strict minimum and {undecided} without an end are counted. \
             {strict} strict minima are distinct up to symmetry. The families S_K−q × S_q, q = 1…{}, \
             stay minima up to K = {LARGEST}, where K times the loss of the first is {end:.5}.",
            cells.iter().map(|c| c.runs).sum::<usize>(),
            cells.iter().map(|c| c.teachers).min().unwrap_or(0),
            cells.iter().map(|c| c.teachers).max().unwrap_or(0),
            cells.len(),
            families.len()
        ),
    )
    .with("shares", json!(words))
    .with("distinct_minima", distinct)
    .with("strict_minima", strict)
    .with("least_loss_of_a_spurious_minimum", lowest)
    .with("runs_at_rest_off_a_strict_minimum", doubtful)
    .with("runs_without_an_end", undecided)
    .with("ends_changed_by_the_shortcut", changed)
    .with("runs_checked_without_the_shortcut", checked)
    .with("minima_on_the_first_family", matched)
    .with("largest_gradient_on_the_families", slope)
    .with("least_eigenvalue_on_the_families_at_the_largest_K", least_at_end)
    .with("least_eigenvalue_against_the_full_Hessian", checks)
    .with("least_eigenvalue_at_the_global_minimum", json!(cells.iter().filter_map(|c| c.global_least).collect::<Vec<f64>>()))
    .with("descent_steps", cells.iter().map(|c| c.steps).sum::<usize>())
    .with("newton_steps", cells.iter().map(|c| c.newton_steps).sum::<usize>())
    .with("confidence", LEVEL)
    .with("seed", context.seed())
    .with_figure(
        Picture::new(CAPTION)
            .parameter("teacher", "orthonormal, K = d")
            .parameter("start", "independent N(0, 1/d) entries")
            .parameter("descent", "step 0.1 to a gradient of 1e-9, finished by Newton's method in the basin of a strict minimum")
            .parameter("runs of each K and n", cells[0].runs)
            .parameter("intervals", "Clopper–Pearson, 99 %")
            .panel("shares", "Runs that end in a spurious minimum", drawing::shares(cells))
            .panel("losses", "Loss of every spurious minimum found", drawing::losses(cells, families))
            .panel(
                "growth",
                "K times the loss on the families",
                drawing::growth(families, "K · loss on the families S_K−q × S_q", "K · loss", |m| m.loss * m.neurons as f64, (0.0, 1.8), Legend::TopLeft),
            )
            .panel(
                "curvature",
                "Least eigenvalue of the full Hessian",
                drawing::growth(families, "Least eigenvalue of the full Hessian", "least eigenvalue", |m| m.least, (-0.02, 0.1), Legend::BottomRight),
            )
            .table(table)
            .table(minima_table(cells))
            .table(family_table(families)),
    ))
}

const CAPTION: &str = "An orthonormal teacher with K = d neurons, and n students that descend from Gaussian starts. Shares of runs \
that end in a local minimum that is not global, with 99 % intervals, beside the counts of Safran & Shamir (2018); the loss of every such \
minimum, distinct up to symmetry, with the families S_K−q × S_q on which q students are turned against their teachers; and these \
families up to K = 1000: K times the loss, and the least eigenvalue of the K² × K² Hessian, positive where the point is a minimum.";

/// Minima of symmetry S_{K−1} × S_1 with n = K: how many have the loss of the first family, and how many have not.
fn on_family(cells: &[Cell], family: &[families::Member]) -> (usize, usize) {
    let (mut matched, mut missed) = (0, 0);
    for cell in cells.iter().filter(|c| c.students == c.teachers) {
        let Some(member) = family.iter().find(|m| m.neurons == cell.teachers) else {
            continue;
        };
        for minimum in cell
            .minima
            .iter()
            .filter(|m| m.symmetry == [cell.teachers - 1, 1])
        {
            if (minimum.loss - member.loss).abs() <= 1e-12
                && (minimum.least - member.least).abs() <= 1e-9
            {
                matched += 1;
            } else {
                missed += 1;
            }
        }
    }
    (matched, missed)
}

/// The largest difference between the least eigenvalue by blocks and that of the full Hessian, at small K.
fn full_hessian(families: &[Vec<families::Member>]) -> anyhow::Result<f64> {
    let mut worst = 0.0_f64;
    for member in families
        .iter()
        .flatten()
        .filter(|m| m.neurons <= 12 || m.neurons == 20)
    {
        let blocks = ssb::BlockDynamics::new(&[member.neurons - member.reversed, member.reversed])?;
        let hessian = population(member.neurons, member.neurons)?
            .hessian(blocks.lift(&member.state)?.as_mat())?;
        let spectrum = critical_points::Spectrum::of(&hessian)?;
        worst = worst.max((spectrum.eigenvalues()[0] - member.least).abs());
    }
    Ok(worst)
}

fn shares_table(cells: &[Cell]) -> Table {
    let mut table = Table::new(
        "shares",
        &[
            "K",
            "n",
            "runs",
            "spurious",
            "share",
            "low",
            "high",
            "reference_of_1000",
            "distinct_minima",
            "undecided",
            "mean_steps",
        ],
    );
    for c in cells {
        let (low, high) = c.interval(LEVEL);
        let reference = c.reference.map_or(String::new(), |hits| hits.to_string());
        let steps = c.steps as f64 / c.runs as f64;
        table.row(&[
            &c.teachers,
            &c.students,
            &c.runs,
            &c.spurious,
            &c.share(),
            &low,
            &high,
            &reference,
            &c.minima.len(),
            &c.undecided,
            &steps,
        ]);
    }
    table
}

fn minima_table(cells: &[Cell]) -> Table {
    let mut table = Table::new(
        "minima",
        &[
            "K",
            "n",
            "number",
            "runs",
            "loss",
            "least_eigenvalue",
            "gradient",
            "margin",
            "kind",
            "symmetry",
        ],
    );
    for c in cells {
        for (index, m) in c.minima.iter().enumerate() {
            let symmetry: Vec<String> = m.symmetry.iter().map(ToString::to_string).collect();
            let kind = if m.kind == PointKind::SpuriousMinimum {
                "strict minimum".to_owned()
            } else {
                format!("{:?}", m.kind)
            };
            table.row(&[
                &c.teachers,
                &c.students,
                &(index + 1),
                &m.runs,
                &m.loss,
                &m.least,
                &m.gradient,
                &m.margin,
                &kind,
                &symmetry.join("+"),
            ]);
        }
    }
    table
}

fn family_table(families: &[Vec<families::Member>]) -> Table {
    let mut table = Table::new(
        "families",
        &["K", "reversed", "loss", "least_eigenvalue", "gradient"],
    );
    for m in families.iter().flatten() {
        table.row(&[&m.neurons, &m.reversed, &m.loss, &m.least, &m.gradient]);
    }
    table
}
