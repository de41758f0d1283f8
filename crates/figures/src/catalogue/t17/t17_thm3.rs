//! Theorem 3 of Tian 2017: teachers on one side rule a point out.

use critical_points::{
    Catalogue, Error, Magnitudes, NormalEquation, Search, Separability, StartFamily,
};
use rand::RngExt as _;
use teacher_student::initialization::gaussian;
use teacher_student::{Network, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The identity, how many random points the test rules out, and that it rules out no critical point.
pub const ITEM: Item = Item {
    id: "t17-thm3",
    kind: Kind::Experiment,
    paper: "T17 Thm 3; T17s Lemma 2",
    title: "Points that one sign of L rules out",
    run,
};

const TASKS: usize = 8;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(50, 1000, 20_000);
    let found = context.map("points", TASKS, |_, random| {
        let (mut identity, mut excluded, mut wrong, mut used) =
            (0.0_f64, 0_usize, 0_usize, 0_usize);
        for _ in 0..samples {
            let (k, teachers, d) = (
                random.random_range(2..=3),
                random.random_range(1..=3),
                random.random_range(2..=4),
            );
            let (student, teacher) = (
                gaussian(random, k, d, 1.0)?,
                gaussian(random, teachers, d, 1.0)?,
            );
            let functions = match Separability::new(&student) {
                Ok(functions) => functions,
                Err(Error::Singular { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            used += 1;
            let solved = Magnitudes::solve(&NormalEquation::new(&student, &teacher)?)?;
            let off = (solved.residual() - functions.residual(&teacher)?).norm_max();
            identity = identity.max(off / solved.resolution());
            if let Some(exclusion) = functions.rule_out(&teacher)? {
                excluded += 1;
                // The residual of the pair has the sign that the theorem gives it.
                let residual = solved.residual()[exclusion.pair];
                wrong += usize::from((residual < 0.0) != exclusion.positive || residual == 0.0);
            }
        }
        Ok((identity, excluded, wrong, used))
    })?;
    let identity = found.iter().map(|f| f.0).fold(0.0, f64::max);
    let [excluded, wrong, used] = [
        found.iter().map(|f| f.1).sum::<usize>(),
        found.iter().map(|f| f.2).sum(),
        found.iter().map(|f| f.3).sum(),
    ];

    // Critical points of random teachers, found without the theorem.
    let teachers = context.pick(2, 10, 60);
    let points = context.map("critical", teachers, |task, random| {
        let (k, d) = if task % 2 == 0 { (2, 2) } else { (3, 3) };
        let teacher: Weights = gaussian(random, k, d, 1.0)?;
        let population = Population::matching(Network::new(teacher.clone()));
        let search = Search::new(&population)?.families(vec![
            StartFamily::Gaussian { scale: 1.0 },
            StartFamily::NearAntiparallel { noise: 0.5 },
        ])?;
        let seed = random.random();
        let mut catalogue = Catalogue::new(&population)?;
        catalogue.extend(&search.run(0..24, |run| {
            teacher_student::initialization::stream(seed, run)
        })?)?;
        let (mut tested, mut ruled_out) = (0_usize, 0_usize);
        for class in catalogue.classes() {
            match Separability::new(class.representative()) {
                Ok(functions) => {
                    tested += 1;
                    ruled_out += usize::from(functions.rule_out(&teacher)?.is_some());
                }
                Err(Error::Singular { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok((tested, ruled_out))
    })?;
    let tested: usize = points.iter().map(|p| p.0).sum();
    let ruled_out: usize = points.iter().map(|p| p.1).sum();
    Ok(Outcome::new(
        Verdict::of(identity <= 1.0 && wrong == 0 && excluded > 0 && ruled_out == 0 && tested > teachers),
        format!(
            "{used} random points: M w̄ − M* w̄* = −Σ‖w_k*‖L_jj′(e_k*) to {identity:.2} of its rounding bound, {excluded} are ruled out, {wrong} with \
             a residual of the wrong sign. Of {tested} critical points found for {teachers} random teachers, {ruled_out} are ruled out.",
        ),
    )
    .with("largest_difference_over_bound", identity)
    .with("points_ruled_out", excluded)
    .with("critical_points", tested)
    .with("critical_points_ruled_out", ruled_out)
    .with("seed", context.seed()))
}
