//! Proposition 1 of Tian 2017: where L_jj′ vanishes.

use critical_points::{Error, Separability};
use rand::RngExt as _;
use teacher_student::initialization::gaussian;

use crate::{Context, Item, Kind, Outcome, Verdict};

/// L_jj′ at a teacher along a student, and on the diagonal.
pub const ITEM: Item = Item {
    id: "t17-prop1",
    kind: Kind::Experiment,
    paper: "T17 Prop 1, Eq 14",
    title: "Zeros of the separability functions",
    run,
};

const TASKS: usize = 8;
/// L is a solution of a linear system: its rounding grows with the condition number of M_r.
const ACCURACY: f64 = 4e-15;
const LARGEST_CONDITION: f64 = 1e6;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(50, 1000, 20_000);
    let found = context.map("students", TASKS, |_, random| {
        let (mut along, mut diagonal, mut elsewhere, mut used) =
            (0.0_f64, 0.0_f64, 0.0_f64, 0_usize);
        for _ in 0..samples {
            let (k, d) = (random.random_range(2..=5), random.random_range(2..=5));
            let student = gaussian(random, k, d, 1.0)?;
            let functions = match Separability::new(&student) {
                Ok(functions) if functions.condition() <= LARGEST_CONDITION => functions,
                Ok(_) | Err(Error::Singular { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            used += 1;
            let unit = ACCURACY * functions.condition();
            for l in 0..k {
                let teacher: Vec<f64> = (0..d).map(|c| 3.0 * student.as_mat()[(l, c)]).collect();
                along = along.max(functions.l(&teacher)?.norm_max() / unit);
            }
            let other = gaussian(random, 1, d, 1.0)?;
            let direction: Vec<f64> = (0..d).map(|c| other.as_mat()[(0, c)]).collect();
            let values = functions.l(&direction)?;
            for j in 0..k {
                diagonal = diagonal.max(values[(j, j)].abs() / unit);
            }
            elsewhere = elsewhere.max(values.norm_max());
        }
        Ok(([along, diagonal, elsewhere], used))
    })?;
    let most = |which: usize| found.iter().map(|f| f.0[which]).fold(0.0, f64::max);
    let used: usize = found.iter().map(|f| f.1).sum();
    Ok(Outcome::new(
        Verdict::of(most(0) <= 1.0 && most(1) <= 1.0 && most(2) > 0.1 && used > 0),
        format!(
            "{used} random sets of 2 to 5 students with a condition number of M_r up to {LARGEST_CONDITION:.0e}: at a teacher along a student all \
             L_jj′ vanish, to {:.2} of the rounding bound, and L_jj vanishes everywhere, to {:.2} of it. Other values reach {:.2}.",
            most(0),
            most(1),
            most(2)
        ),
    )
    .with("largest_along_a_student_over_bound", most(0))
    .with("largest_diagonal_over_bound", most(1))
    .with("largest_value_elsewhere", most(2))
    .with("sets_left_out", TASKS * samples - used)
    .with("seed", context.seed()))
}
