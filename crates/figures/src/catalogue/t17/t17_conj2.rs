//! Conjecture 2 of Tian 2017: where noisy symmetric starts end.

use std::array;

use anyhow::bail;
use faer::Side;
use rand::Rng;
use serde_json::json;
use teacher_student::initialization::symmetric_with_noise;
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, GradientFlow, Integrator as _, Network, Population,
    Record, Stop, Weights, state_of,
};

use crate::statistics::clopper_pearson;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

/// Shares of runs that end at w*, at a permutation of it and at no global minimum, over K and the noise.
pub const ITEM: Item = Item {
    id: "t17-conj2",
    kind: Kind::Experiment,
    paper: "T17 Conj 2; T16 Conj 4.3",
    title: "Where noisy symmetric starts end",
    run,
};

const NEURONS: [usize; 6] = [2, 3, 5, 8, 10, 12];
/// s/x⁰.
const NOISES: [f64; 9] = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0];
/// x⁰ of the starts x⁰w* + ε; y⁰ is zero.
const X0: f64 = 1e-3;

/// Starts (x⁰, y⁰) all over Ω, and their noise s/(x⁰ − y⁰).
const STARTS: [(f64, f64); 5] = [
    (1e-3, 0.0),
    (0.1, 0.05),
    (0.5, 0.25),
    (1.0, 0.5),
    (1.0, 0.9),
];
const GAPS: [f64; 6] = [0.1, 0.2, 0.4, 0.6, 0.8, 1.0];
/// The neurons of those starts.
const NEURONS_OVER_OMEGA: usize = 5;

/// A run has arrived within this distance of the teacher or of a permutation, relative to ‖W*‖ = √K: well inside the
/// neighbourhood where the Hessian, whose least eigenvalue is there ¼ − 1/2π = 0.09, is positive.
const NEAR: f64 = 0.01;
/// Gradient norm over √K at which that is looked at; at the least eigenvalue it means half that distance.
const ARRIVED: f64 = 5e-4;
/// Gradient norm over √K at which any other end is taken for a critical point.
const SETTLED: f64 = 1e-7;
/// Longer than any run needs: none is allowed to be on its way at the end.
const PATIENCE: f64 = 20_000.0;
/// A least eigenvalue of the Hessian above this is that of a strict local minimum; entries round at 1e-15.
const MINIMUM: f64 = 1e-9;
/// Losses nearer than this are of the same critical point up to symmetry: they are stationary, and known to ‖∇‖².
const SAME_LOSS: f64 = 1e-9;

/// Up to this noise the conjecture is expected to hold in nearly every run; from K = 8 on it fails at noise 2.
const SMALL: f64 = 0.2;
const SHARE_SMALL: f64 = 0.99;
const MANY: usize = 8;
/// Confidence of the intervals shown, and of the comparisons that decide.
const LEVEL: f64 = 0.99;
const LEVEL_VERDICT: f64 = 1.0 - 5.7e-7;
/// Shares in percent that an implementation in another language found with another integrator: K, s/x⁰, at w*, at a
/// permutation, elsewhere. They are sampled too, and rounded.
const REFERENCE: [(usize, f64, [f64; 3]); 3] = [
    (8, 0.5, [43.0, 53.0, 4.0]),
    (10, 1.0, [0.0, 65.0, 35.0]),
    (12, 2.0, [0.0, 36.0, 64.0]),
];
/// Half the width, in percent, allowed to the reference.
const REFERENCE_SPREAD: f64 = 5.0;

/// Where a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Teacher,
    Permutation,
    /// No global minimum: its loss and the least eigenvalue of its Hessian.
    Elsewhere {
        loss: f64,
        least: f64,
    },
}

/// The three shares, in the order of [`Cell::counts`].
const SHARES: [(&str, &str); 3] = [
    ("teacher", "at the teacher w*"),
    ("permutation", "at a permutation of w*"),
    ("elsewhere", "at no global minimum"),
];

/// The runs of one K and one noise.
struct Cell {
    neurons: usize,
    noise: f64,
    runs: usize,
    counts: [usize; 3],
}

impl Cell {
    fn share(&self, which: usize) -> f64 {
        self.counts[which] as f64 / self.runs as f64
    }

    fn interval(&self, which: usize, level: f64) -> (f64, f64) {
        clopper_pearson(self.counts[which], self.runs, level)
    }
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(4, 60, 1000);
    let places = NEURONS.len() * NOISES.len();
    let ends = context.map("runs", places * runs, |task, random| {
        // The largest K first, so that the threads end together.
        let place = places - 1 - task / runs;
        follow(
            NEURONS[place / NOISES.len()],
            (X0, 0.0),
            NOISES[place % NOISES.len()],
            random,
        )
    })?;
    let over = STARTS.len() * GAPS.len();
    let fewer = context.pick(2, 20, 300);
    let over_omega: Vec<Cell> = context
        .map("omega", over * fewer, |task, random| {
            let place = task / fewer;
            follow(
                NEURONS_OVER_OMEGA,
                STARTS[place / GAPS.len()],
                GAPS[place % GAPS.len()],
                random,
            )
        })?
        .chunks(fewer)
        .enumerate()
        .map(|(place, ends)| Cell {
            neurons: NEURONS_OVER_OMEGA,
            noise: GAPS[place % GAPS.len()],
            runs: ends.len(),
            counts: counts(ends),
        })
        .collect();
    let small_over_omega = pool(&over_omega, |cell| cell.noise <= SMALL);
    let mut cells: Vec<Cell> = ends
        .chunks(runs)
        .enumerate()
        .map(|(chunk, ends)| cell(places - 1 - chunk, ends))
        .collect();
    cells.reverse();

    let small = pool(&cells, |cell| cell.noise <= SMALL);
    let large = pool(&cells, |cell| {
        cell.neurons >= MANY && cell.noise >= NOISES[NOISES.len() - 1]
    });
    let holds_small = small.interval(0, LEVEL_VERDICT).1 >= SHARE_SMALL
        && small_over_omega.interval(0, LEVEL_VERDICT).1 >= SHARE_SMALL;
    let fails_large = large.counts[2] > 0 && large.interval(0, LEVEL_VERDICT).0 < 0.5;
    let (agree, compared) = reference(&cells);
    let elsewhere = Elsewhere::of(&ends);

    let mut outcome = Outcome::new(
        Verdict::of(holds_small && fails_large && agree),
        format!(
            "For s ≤ {SMALL} x⁰, {} of {} runs end at w*. At s = 2x⁰ and K ≥ {MANY}, {} of {} do, {} end at a \
             permutation and {} at no global minimum. Of {} ends at no global minimum {} are strict local minima. All over Ω, for \
             K = {NEURONS_OVER_OMEGA} and s ≤ {SMALL}(x⁰ − y⁰), {} of {} runs end at w*.",
            small.counts[0],
            small.runs,
            large.counts[0],
            large.runs,
            large.counts[1],
            large.counts[2],
            elsewhere.count,
            elsewhere.minima,
            small_over_omega.counts[0],
            small_over_omega.runs
        ),
    )
    .with("share_at_teacher_small_noise", described(&small, 0))
    .with("share_elsewhere_large_noise", described(&large, 2))
    .with("independent_implementation", compared)
    .with("losses_at_no_global_minimum", elsewhere.losses)
    .with("runs_of_each_cell", runs)
    .with("runs", ends.len())
    .with("confidence", LEVEL)
    .with("seed", context.seed());
    for neurons in NEURONS {
        outcome = outcome.with(&format!("boundary_K={neurons}"), boundary(&cells, neurons));
    }

    let mut picture = Picture::new(CAPTION)
        .parameter("teacher", "orthonormal, K = d")
        .parameter("start", "w⁰ = x⁰w* + ε, x⁰ = 10⁻³, y⁰ = 0, entries of ε independent N(0, s²)")
        .parameter("flow", "Dormand–Prince, relative tolerance 1e-6, to the teacher or a permutation within 0.01 of the norm of every neuron, or to a gradient of 10⁻⁷√K")
        .parameter("runs of each cell", runs)
        .parameter("intervals", "Clopper–Pearson, 99 %");
    for (which, (name, words)) in SHARES.into_iter().enumerate() {
        let title = format!("Runs that end {words} (%)");
        picture = picture.panel(name, &title, heat(&title, &cells, which));
    }
    picture = picture
        .panel("curves", "Share of runs that end at w*", curves(&cells))
        .panel(
            "omega",
            "Share of runs that end at w*, starts all over Ω",
            all_over_omega(&over_omega),
        );
    Ok(outcome.with_figure(picture.table(table(&cells))))
}

const CAPTION: &str = "Tian 2017, Conjecture 2: where the flow goes from w⁰ = x⁰w* + ε for an orthonormal teacher with \
K = d. Numbers are percent of the runs: at w*, at w* with its neurons renamed, and at a critical point that is no global \
minimum. The fourth panel shows the first share with its 99 % interval, the last one that of starts x⁰w* + y⁰Σ_{j≠1} P_j w* + ε \
all over Ω, K = 5: within the intervals it depends on s/(x⁰ − y⁰) alone. The conjecture holds while the noise is a fraction \
of x⁰; then the order of the neurons is lost, and with eight or more neurons so is the global minimum.";

/// One run of the flow for an orthonormal teacher with K = d.
/// The noise is in units of x⁰ − y⁰.
fn follow<R: Rng>(
    neurons: usize,
    (x, y): (f64, f64),
    noise: f64,
    random: &mut R,
) -> anyhow::Result<End> {
    let teacher = Weights::orthonormal(neurons, neurons)?;
    let start = symmetric_with_noise(random, &teacher, x, y, noise * (x - y))?;
    let flow = GradientFlow::new(Population::matching(Network::new(teacher)));
    let method = DormandPrince::default()
        .relative_tolerance(1e-6)
        .absolute_tolerance(1e-9);
    let size = (neurons as f64).sqrt();
    let tolerances = EndingTolerances {
        distance: NEAR,
        ..EndingTolerances::default()
    };
    let mut state = state_of(start.as_mat());
    for rate in [ARRIVED, SETTLED] {
        let stop = Stop::new().time(PATIENCE).rate_below(rate * size);
        let path = method.integrate(&flow, &state, &stop, &Record::Ends)?;
        match Ending::classify(&flow, &path, &tolerances)? {
            Ending::Teacher { .. } => return Ok(End::Teacher),
            Ending::Permutation { .. } => return Ok(End::Permutation),
            Ending::Critical { loss, .. } if rate == SETTLED => {
                let hessian = flow.objective().hessian(flow.weights(path.end())?)?;
                let values = hessian
                    .self_adjoint_eigenvalues(Side::Lower)
                    .map_err(|reason| anyhow::anyhow!("no eigenvalues: {reason:?}"))?;
                return Ok(End::Elsewhere {
                    loss,
                    least: values[0],
                });
            }
            Ending::OnItsWay { .. } | Ending::Critical { .. } if rate == ARRIVED => {
                state = path.end().to_vec();
            }
            other => bail!("K = {neurons}, noise {noise}: {other}"),
        }
    }
    bail!("K = {neurons}, noise {noise}: on its way after time {PATIENCE}")
}

fn cell(place: usize, ends: &[End]) -> Cell {
    Cell {
        neurons: NEURONS[place / NOISES.len()],
        noise: NOISES[place % NOISES.len()],
        runs: ends.len(),
        counts: counts(ends),
    }
}

/// How many ends are of each kind, in the order of [`SHARES`].
fn counts(ends: &[End]) -> [usize; 3] {
    let kind = |end: &End| match end {
        End::Teacher => 0,
        End::Permutation => 1,
        End::Elsewhere { .. } => 2,
    };
    array::from_fn(|which| ends.iter().filter(|end| kind(end) == which).count())
}

/// The runs of several cells together.
fn pool(cells: &[Cell], wanted: impl Fn(&Cell) -> bool) -> Cell {
    let chosen: Vec<&Cell> = cells.iter().filter(|cell| wanted(cell)).collect();
    Cell {
        neurons: 0,
        noise: 0.0,
        runs: chosen.iter().map(|cell| cell.runs).sum(),
        counts: array::from_fn(|which| chosen.iter().map(|cell| cell.counts[which]).sum()),
    }
}

/// What the ends at no global minimum are.
struct Elsewhere {
    count: usize,
    minima: usize,
    /// The distinct losses with their counts.
    losses: Vec<String>,
}

impl Elsewhere {
    fn of(ends: &[End]) -> Self {
        let mut found: Vec<(f64, f64)> = ends
            .iter()
            .filter_map(|end| match end {
                End::Elsewhere { loss, least } => Some((*loss, *least)),
                _ => None,
            })
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let same = |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).abs() < SAME_LOSS;
        Self {
            count: found.len(),
            minima: found.iter().filter(|end| end.1 > MINIMUM).count(),
            losses: found
                .chunk_by(same)
                .map(|group| format!("{:.6}: {}", group[0].0, group.len()))
                .collect(),
        }
    }
}

/// Whether the shares of an independent implementation are inside the widened intervals, and the comparison in words.
fn reference(cells: &[Cell]) -> (bool, Vec<String>) {
    let (mut agree, mut words) = (true, Vec::new());
    for (neurons, noise, shares) in REFERENCE {
        let Some(cell) = cells
            .iter()
            .find(|cell| cell.neurons == neurons && cell.noise == noise)
        else {
            continue;
        };
        for (which, expected) in shares.into_iter().enumerate() {
            let (low, high) = cell.interval(which, LEVEL_VERDICT);
            agree &= expected >= 100.0 * low - REFERENCE_SPREAD
                && expected <= 100.0 * high + REFERENCE_SPREAD;
        }
        words.push(format!(
            "K = {neurons}, s = {noise}x⁰: {:.0}/{:.0}/{:.0} % here, {:.0}/{:.0}/{:.0} % there",
            100.0 * cell.share(0),
            100.0 * cell.share(1),
            100.0 * cell.share(2),
            shares[0],
            shares[1],
            shares[2]
        ));
    }
    (agree, words)
}

fn described(cell: &Cell, which: usize) -> serde_json::Value {
    let (low, high) = cell.interval(which, LEVEL);
    json!({ "share": cell.share(which), "low": low, "high": high, "runs": cell.runs })
}

/// The largest noise up to which every run ended at w*, and where the share at w* falls to one half, interpolated in the
/// logarithm of the noise.
fn boundary(cells: &[Cell], neurons: usize) -> String {
    let row: Vec<&Cell> = cells
        .iter()
        .filter(|cell| cell.neurons == neurons)
        .collect();
    let all = row
        .iter()
        .take_while(|cell| cell.counts[0] == cell.runs)
        .last();
    let half = row
        .windows(2)
        .find(|pair| pair[0].share(0) >= 0.5 && pair[1].share(0) < 0.5);
    let all = all.map_or("not even at the least noise".to_owned(), |cell| {
        format!("up to s = {}x⁰", cell.noise)
    });
    let half = half.map_or("never below one half".to_owned(), |pair| {
        let part = (pair[0].share(0) - 0.5) / (pair[0].share(0) - pair[1].share(0));
        let noise = pair[0].noise * (pair[1].noise / pair[0].noise).powf(part);
        format!("half of the runs at s = {noise:.2}x⁰")
    });
    format!("all runs at w* {all}, {half}")
}

/// White to blue, light enough for dark numbers.
fn shade(share: f64) -> String {
    let mix = |from: f64, to: f64| from + share * (to - from);
    format!(
        "rgb({:.0},{:.0},{:.0})",
        mix(243.0, 86.0),
        mix(247.0, 166.0),
        mix(252.0, 226.0)
    )
}

fn heat(title: &str, cells: &[Cell], which: usize) -> String {
    /// From the middle of a row to the place where a number centred in it stands, in rows.
    const SINK: f64 = 0.2;
    let noises: Vec<String> = NOISES.iter().map(ToString::to_string).collect();
    let neurons: Vec<String> = NEURONS.iter().map(ToString::to_string).collect();
    let mut chart = Chart::new(
        title,
        Axis::names("noise s/x⁰", &noises),
        Axis::names("neurons K", &neurons),
    )
    .legend(Legend::Hidden)
    .tile(
        "white",
        (-0.5, noises.len() as f64 - 0.5),
        (-0.5, neurons.len() as f64 - 0.5),
    );
    for (place, cell) in cells.iter().enumerate() {
        let (x, y) = ((place % NOISES.len()) as f64, (place / NOISES.len()) as f64);
        chart = chart
            .tile(
                &shade(cell.share(which)),
                (x - 0.48, x + 0.48),
                (y - 0.47, y + 0.47),
            )
            .note(
                &format!("{:.0}", 100.0 * cell.share(which)),
                MARK,
                x,
                y - SINK,
            );
    }
    chart.svg()
}

fn curves(cells: &[Cell]) -> String {
    let noises: Vec<String> = NOISES.iter().map(ToString::to_string).collect();
    let right = noises.len() as f64 - 0.5;
    let mut chart = Chart::new(
        "Share of runs that end at w*, with 99 % intervals",
        Axis::names("noise s/x⁰", &noises),
        Axis::linear("share of runs", 0.0, 1.02)
            .step(0.2)
            .decimals(1),
    )
    .legend(Legend::BottomLeft)
    .line("", GUIDE, Stroke::Dashed, &[(-0.5, 0.5), (right, 0.5)]);
    for (index, neurons) in NEURONS.into_iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        // A little apart, so that the intervals can be told from each other.
        let place = |noise: usize| noise as f64 + 0.08 * (index as f64 - 2.5);
        let row: Vec<&Cell> = cells
            .iter()
            .filter(|cell| cell.neurons == neurons)
            .collect();
        let points: Vec<(f64, f64)> = row
            .iter()
            .enumerate()
            .map(|(noise, cell)| (place(noise), cell.share(0)))
            .collect();
        chart = chart
            .line(&format!("K = {neurons}"), colour, Stroke::Solid, &points)
            .points("", colour, Mark::Dot, &points);
        for (noise, cell) in row.into_iter().enumerate() {
            let (low, high) = cell.interval(0, LEVEL);
            chart = chart.thin(colour, &[(place(noise), low), (place(noise), high)]);
        }
    }
    chart.svg()
}

/// The share at w* against the noise in units of the gap, a line for each start.
fn all_over_omega(cells: &[Cell]) -> String {
    let mut chart = Chart::new(
        "Starts all over Ω, K = 5",
        Axis::linear("noise s/(x⁰ − y⁰)", 0.0, 1.05)
            .step(0.2)
            .decimals(1),
        Axis::linear("share of runs", 0.0, 1.02)
            .step(0.2)
            .decimals(1),
    )
    .legend(Legend::BottomLeft);
    for (index, (row, (x, y))) in cells.chunks(GAPS.len()).zip(STARTS).enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        // A little apart, so that the intervals can be told from each other.
        let place = |cell: &Cell| cell.noise + 0.01 * (index as f64 - 2.0);
        let points: Vec<(f64, f64)> = row
            .iter()
            .map(|cell| (place(cell), cell.share(0)))
            .collect();
        chart = chart
            .line(&format!("({x}, {y})"), colour, Stroke::Solid, &points)
            .points("", colour, Mark::Dot, &points);
        for cell in row {
            let (low, high) = cell.interval(0, LEVEL);
            chart = chart.thin(colour, &[(place(cell), low), (place(cell), high)]);
        }
    }
    chart.svg()
}

fn table(cells: &[Cell]) -> Table {
    let header = [
        "K",
        "noise",
        "runs",
        "teacher",
        "teacher_low",
        "teacher_high",
        "permutation",
        "permutation_low",
        "permutation_high",
        "elsewhere",
        "elsewhere_low",
        "elsewhere_high",
    ];
    let mut table = Table::new("shares", &header);
    for cell in cells {
        let ends: [(f64, f64); 3] = array::from_fn(|which| cell.interval(which, LEVEL));
        table.row(&[
            &cell.neurons,
            &cell.noise,
            &cell.runs,
            &cell.share(0),
            &ends[0].0,
            &ends[0].1,
            &cell.share(1),
            &ends[1].0,
            &ends[1].1,
            &cell.share(2),
            &ends[2].0,
            &ends[2].1,
        ]);
    }
    table
}
