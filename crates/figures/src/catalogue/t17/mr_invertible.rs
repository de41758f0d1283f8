//! When the matrix M_r of K directions is invertible.

use critical_points::{Dependence, Error, Separability};
use rand::RngExt;
use teacher_student::Weights;

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Regular polygons, and random sets with coincident and antipodal directions.
pub const ITEM: Item = Item {
    id: "mr-invertible",
    kind: Kind::Experiment,
    paper: "T17 before Eq 14",
    title: "When M_r is invertible",
    run,
};

/// The largest polygon.
const CORNERS: u32 = 24;
const TASKS: usize = 8;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let mut table = Table::new(
        "polygons",
        &["corners", "antipodal_pairs", "nullity", "condition"],
    );
    let mut wrong = 0;
    for corners in 2..=CORNERS {
        let rows: Vec<Vec<f64>> = (0..corners)
            .map(|k| {
                let turn = std::f64::consts::TAU * f64::from(k) / f64::from(corners);
                vec![turn.cos(), turn.sin()]
            })
            .collect();
        let weights = Weights::from_rows(&rows)?;
        let predicted = Dependence::of(&weights)?;
        let condition = condition(&weights)?;
        wrong += usize::from(condition.is_none() != (predicted.nullity() > 0));
        let shown = condition.map_or("singular".to_owned(), |c| c.to_string());
        table.row(&[
            &corners,
            &predicted.antipodal_pairs(),
            &predicted.nullity(),
            &shown,
        ]);
    }
    let samples = context.pick(50, 1000, 20_000);
    let found = context.map("sets", TASKS, |_, random| {
        let mut counts = [0_usize; 2];
        for _ in 0..samples {
            let dimension = random.random_range(2..=4);
            let mut rows: Vec<Vec<f64>> = Vec::new();
            for _ in 0..random.random_range(2..=6) {
                // A fresh direction, or one before it, perhaps mirrored.
                let copied = !rows.is_empty() && random.random::<f64>() < 0.5;
                let row = if copied {
                    let sign = if random.random::<f64>() < 0.8 {
                        -1.0
                    } else {
                        2.0
                    };
                    let of = random.random_range(0..rows.len());
                    rows[of].iter().map(|x| sign * x).collect()
                } else {
                    (0..dimension)
                        .map(|_| random.random::<f64>() - 0.5)
                        .collect()
                };
                rows.push(row);
            }
            let weights = Weights::from_rows(&rows)?;
            let singular = Dependence::of(&weights)?.nullity() > 0;
            counts[0] += usize::from(singular);
            counts[1] += usize::from(singular != condition(&weights)?.is_none());
        }
        Ok(counts)
    })?;
    let singular: usize = found.iter().map(|c| c[0]).sum();
    wrong += found.iter().map(|c| c[1]).sum::<usize>();
    Ok(Outcome::new(
        Verdict::of(wrong == 0),
        format!(
            "{} random sets of 2 to 6 directions, {singular} of them singular by the criterion, and the regular polygons up to {CORNERS} \
             corners: M_r is singular in double precision exactly where the criterion says, in all but {wrong}. The hexagon is the first \
             singular polygon.",
            TASKS * samples
        ),
    )
    .with("disagreements", wrong)
    .with("seed", context.seed())
    .with_figure(Picture::new("Condition numbers of M_r for regular polygons.").table(table)))
}

/// The condition number of M_r; none where it is singular.
fn condition(weights: &Weights) -> anyhow::Result<Option<f64>> {
    match Separability::new(weights) {
        Ok(functions) => Ok(Some(functions.condition())),
        Err(Error::Singular { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
