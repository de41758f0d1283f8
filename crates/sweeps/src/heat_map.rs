use crate::cell::Cell;
use crate::tally::Tally;

/// The share of runs that reach loss zero, over the two coordinates of the grid with most values, pooled over the others.
///
/// # Examples
/// ```
/// use sweeps::{Config, HeatMap};
/// let config = Config::parse("example", "replicates = 1\nneurons = [2, 3]\nnoise = [0.1, 0.2, 0.3]")?;
/// let map = HeatMap::of(&config.cells(), &[]);
/// assert_eq!((map.across.name, map.across.values.len()), ("noise", 3));
/// assert_eq!((map.upward.name, map.upward.values.len()), ("neurons K", 2));
/// assert_eq!(map.shares[1][2], None); // no run there
/// # Ok::<(), sweeps::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// The coordinate with most values.
    pub across: Coordinate,
    /// The one with most values among the others.
    pub upward: Coordinate,
    /// `shares[i][j]` of the runs at value i upward and value j across; none where there is no run.
    pub shares: Vec<Vec<Option<f64>>>,
}

/// A coordinate of a grid and its values as text, in the order of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinate {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub values: Vec<String>,
}

/// The name of a coordinate, and a cell's value of it.
type Reading = (&'static str, fn(&Cell) -> String);

const READINGS: [Reading; 7] = [
    ("dimension d", |cell| cell.dimension.to_string()),
    ("neurons K", |cell| cell.neurons.to_string()),
    ("noise", |cell| format!("{:?}", cell.noise)),
    ("start", |cell| cell.start.to_string()),
    ("teacher", |cell| cell.teacher.to_string()),
    ("top weights", |cell| cell.top.to_string()),
    ("rule", |cell| cell.rule.to_string()),
];

impl HeatMap {
    /// Pools the tallies of a grid; a tally belongs to the cell of its number.
    pub fn of(cells: &[Cell], tallies: &[Tally]) -> Self {
        let values: Vec<Vec<String>> = READINGS
            .iter()
            .map(|(_, read)| {
                let mut seen = Vec::new();
                for value in cells.iter().map(read) {
                    if !seen.contains(&value) {
                        seen.push(value);
                    }
                }
                seen
            })
            .collect();
        // Stable: of equally long ones the first; K and d together vary along one axis where d = K.
        let mut order: Vec<usize> = (0..READINGS.len()).collect();
        order.sort_by_key(|&c| std::cmp::Reverse(values[c].len()));
        if cells.iter().all(|cell| cell.neurons == cell.dimension) {
            order.retain(|&c| c != 0);
        }
        let (across, upward) = (order[0], order[1]);
        let mut counts = vec![vec![(0_usize, 0_usize); values[across].len()]; values[upward].len()];
        let place = |c: usize, cell: &Cell| {
            let here = (READINGS[c].1)(cell);
            values[c].iter().position(|value| *value == here)
        };
        for tally in tallies {
            let cell = cells.iter().find(|cell| cell.index == tally.cell);
            let at = cell.and_then(|cell| Some((place(upward, cell)?, place(across, cell)?)));
            if let Some((i, j)) = at {
                counts[i][j].0 += tally.global();
                counts[i][j].1 += tally.runs();
            }
        }
        let share = |(hits, runs): (usize, usize)| (runs > 0).then(|| hits as f64 / runs as f64);
        let coordinate = |c: usize| Coordinate {
            name: READINGS[c].0,
            values: values[c].clone(),
        };
        Self {
            across: coordinate(across),
            upward: coordinate(upward),
            shares: counts
                .into_iter()
                .map(|row| row.into_iter().map(share).collect())
                .collect(),
        }
    }
}
