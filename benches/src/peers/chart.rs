//! The pictures of the page.

use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Mark, Stroke};

use super::record::Record;
use crate::scale::Scaling;

const FAMILIES: [(&str, &str); 6] = [
    ("NumPy", "NumPy"),
    ("SciPy", "SciPy"),
    ("HiGHS", "HiGHS"),
    ("Numba", "Numba"),
    ("JAX", "JAX"),
    ("PyTorch", "PyTorch"),
];
const MARKS: [Mark; 6] = [
    Mark::Disc,
    Mark::Square,
    Mark::Star,
    Mark::Triangle,
    Mark::Diamond,
    Mark::Disc,
];

/// Time of the fastest variant of each library over ours, a row a case.
pub fn ratios(cases: &[Record]) -> String {
    let names: Vec<String> = cases
        .iter()
        .rev()
        .map(|case| {
            format!(
                "{}: {}, {} thr.",
                case.task.replace('_', " "),
                beginning(&case.size),
                case.threads
            )
        })
        .collect();
    let ratios = cases
        .iter()
        .flat_map(|case| &case.others)
        .filter(|o| o.peer)
        .map(|o| o.ratio);
    let (low, high) = ratios.fold((0.5_f64, 20.0_f64), |(low, high), ratio| {
        (low.min(ratio), high.max(ratio))
    });
    let height = 90.0 + 17.0 * cases.len() as f64;
    let mut chart = Chart::new(
        "Time of each peer over ours, on as many threads",
        Axis::log("peer / ours", 0.7 * low, 1.5 * high),
        Axis::names("", &names),
    )
    .size(1000.0, height)
    .legend(Legend::Outside)
    .line(
        "",
        GUIDE,
        Stroke::Dashed,
        &[(1.0, -0.5), (1.0, names.len() as f64 - 0.5)],
    );
    for (place, (start, name)) in FAMILIES.into_iter().enumerate() {
        let points: Vec<(f64, f64)> = cases
            .iter()
            .rev()
            .zip(0..)
            .filter_map(|(case, row)| {
                let own = case
                    .others
                    .iter()
                    .filter(|o| o.peer && o.name.starts_with(start));
                let least = own.map(|o| o.ratio).reduce(f64::min)?;
                Some((least, f64::from(row)))
            })
            .collect();
        if !points.is_empty() {
            chart = chart.points(name, COLOURS[place], MARKS[place], &points);
        }
    }
    chart.svg()
}

/// The parts of a size, up to a comma, that a label has room for.
fn beginning(size: &str) -> &str {
    const ROOM: usize = 40;
    if size.chars().count() <= ROOM {
        return size;
    }
    let ends = size.match_indices(", ").map(|(end, _)| end);
    let last = ends.take_while(|end| *end <= ROOM).last();
    last.map_or(size, |end| &size[..end])
}

/// Seconds over the size, a line a computation.
pub fn growth(scaling: &Scaling) -> String {
    let points = || scaling.growth.iter().flat_map(|growth| &growth.points);
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0_f64), |(low, high), x| {
            (low.min(x), high.max(x))
        })
    };
    let (left, right) = range(&mut points().map(|p| p.size as f64));
    let (low, high) = range(&mut points().map(|p| p.probe.seconds));
    let mut chart = Chart::new(
        "Time over size",
        Axis::log("size", 0.8 * left, 1.25 * right),
        Axis::log("seconds", 0.5 * low, 2.0 * high),
    )
    .size(900.0, 480.0)
    .legend(Legend::Outside);
    for (place, growth) in scaling.growth.iter().enumerate() {
        let line: Vec<(f64, f64)> = growth
            .points
            .iter()
            .map(|p| (p.size as f64, p.probe.seconds))
            .collect();
        let colour = COLOURS[place % COLOURS.len()];
        let stroke = if place < COLOURS.len() {
            Stroke::Solid
        } else {
            Stroke::Dashed
        };
        let name = format!(
            "{} in {}, slope {:.2}",
            growth.name, growth.variable, growth.exponent.0
        );
        chart = chart
            .line(&name, colour, stroke, &line)
            .points("", colour, Mark::Disc, &line);
    }
    chart.svg()
}
