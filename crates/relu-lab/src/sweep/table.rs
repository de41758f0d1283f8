//! What a finished sweep shows: one row a cell, and a picture.

use std::fmt::Write as _;

use charts::{Axis, Chart, Legend};
use statistics::clopper_pearson;

use super::cell::{Cell, Tally};
use super::config::{Config, Rule, Start, Teacher, Top};

/// One line a cell: its coordinates, counts, the share of runs that ended at loss zero with its interval.
pub(super) fn csv(config: &Config, cells: &[Cell], tallies: &[Tally]) -> String {
    let mut text = String::from(
        "cell,neurons,dimension,noise,start,teacher,top,rule,runs,at_teacher,at_permutation,other_global_minimum,\
         spurious,stalled,diverged,undefined,share_global,share_low,share_high,median_loss,largest_loss,median_steps\n",
    );
    for (cell, tally) in cells.iter().zip(tallies) {
        let (runs, hits) = (tally.runs(), tally.global());
        let (low, high) = clopper_pearson(hits, runs, config.confidence);
        let _ = writeln!(
            text,
            "{},{},{},{:?},{},{},{},{},{runs},{},{},{},{},{},{},{},{:?},{low:?},{high:?},{:?},{:?},{}",
            cell.index,
            cell.neurons,
            cell.dimension,
            cell.noise,
            start_name(cell.start),
            teacher_name(cell.teacher),
            top_name(cell.top),
            rule_name(cell.rule),
            tally.teacher,
            tally.permutation,
            tally.other_global_minimum,
            tally.spurious,
            tally.stalled,
            tally.diverged,
            tally.undefined,
            hits as f64 / runs as f64,
            tally.median_loss,
            tally.largest_loss,
            tally.median_steps,
        );
    }
    text
}

fn start_name(start: Start) -> String {
    match start {
        Start::Symmetric { x0, y0 } => format!("symmetric {x0:?} {y0:?}"),
        Start::Gaussian { deviation } => format!("gaussian {deviation:?}"),
        Start::Xavier => "xavier".to_owned(),
        Start::He => "he".to_owned(),
        Start::Lecun => "lecun".to_owned(),
        Start::Ball { radius } => format!("ball {radius:?}"),
        Start::NearTeacher { distance } => format!("near-teacher {distance:?}"),
    }
}

fn teacher_name(teacher: Teacher) -> &'static str {
    match teacher {
        Teacher::Orthonormal => "orthonormal",
        Teacher::Gaussian => "gaussian",
    }
}

fn top_name(top: Top) -> &'static str {
    match top {
        Top::Ones => "ones",
        Top::Alternating => "alternating",
    }
}

fn rule_name(rule: Rule) -> String {
    match rule {
        Rule::Gd { step, .. } => format!("gd {step:?}"),
        Rule::Rk4 { step, .. } => format!("rk4 {step:?}"),
        Rule::Adaptive { .. } => "adaptive".to_owned(),
    }
}

/// A coordinate of the grid: its name and the name of a cell's value on it.
type Coordinate = (&'static str, fn(&Cell) -> String);

const COORDINATES: [Coordinate; 7] = [
    ("dimension d", |cell| cell.dimension.to_string()),
    ("neurons K", |cell| cell.neurons.to_string()),
    ("noise", |cell| format!("{:?}", cell.noise)),
    ("start", |cell| start_name(cell.start)),
    ("teacher", |cell| teacher_name(cell.teacher).to_owned()),
    ("top weights", |cell| top_name(cell.top).to_owned()),
    ("rule", |cell| rule_name(cell.rule)),
];

/// The share of runs that ended at loss zero, over the two coordinates with most values, pooled over the others.
pub(super) fn heat_map(cells: &[Cell], tallies: &[Tally]) -> String {
    let values: Vec<Vec<String>> = COORDINATES
        .iter()
        .map(|(_, name)| {
            let mut seen = Vec::new();
            for value in cells.iter().map(name) {
                if !seen.contains(&value) {
                    seen.push(value);
                }
            }
            seen
        })
        .collect();
    // Stable: of equally long ones the first; K and d together vary along one axis where d = K.
    let mut order: Vec<usize> = (0..COORDINATES.len()).collect();
    order.sort_by_key(|&c| std::cmp::Reverse(values[c].len()));
    let coupled = cells.iter().all(|cell| cell.neurons == cell.dimension);
    if coupled {
        order.retain(|&c| c != 0);
    }
    let (across, upward) = (order[0], order[1]);
    let mut chart = Chart::new(
        "Share of runs that reach loss zero",
        Axis::names(COORDINATES[across].0, &values[across]),
        Axis::names(COORDINATES[upward].0, &values[upward]),
    )
    .legend(Legend::Hidden);
    let few = values[across].len() <= 12 && values[upward].len() <= 20;
    for (column, x) in values[across].iter().enumerate() {
        for (row, y) in values[upward].iter().enumerate() {
            let here = cells.iter().zip(tallies).filter(|(cell, _)| {
                (COORDINATES[across].1)(cell) == *x && (COORDINATES[upward].1)(cell) == *y
            });
            let (hits, runs) = here.fold((0, 0), |(hits, runs), (_, tally)| {
                (hits + tally.global(), runs + tally.runs())
            });
            if runs == 0 {
                continue;
            }
            let share = hits as f64 / runs as f64;
            let (i, j) = (column as f64, row as f64);
            chart = chart.tile(&shade(share), (i - 0.5, i + 0.5), (j - 0.5, j + 0.5));
            if few {
                chart = chart.note(&format!("{:.0} %", 100.0 * share), charts::MARK, i, j);
            }
        }
    }
    chart.svg()
}

/// From white to a blue on which dark letters can be read.
fn shade(share: f64) -> String {
    // In [0, 255]: the share is in [0, 1].
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let mix = |from: f64, to: f64| (from + (to - from) * share).round() as u8;
    format!(
        "#{:02x}{:02x}{:02x}",
        mix(250.0, 105.0),
        mix(250.0, 175.0),
        mix(252.0, 225.0)
    )
}
