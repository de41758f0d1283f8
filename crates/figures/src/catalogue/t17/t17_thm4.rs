//! Theorem 4 and Theorem 3 of Tian 2017 on random students and teachers.

use critical_points::{ConeCase, Error, Separability, TwoUnits};
use rand::RngExt;
use teacher_student::Weights;

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The cone of two students against the signs of L₁₂ and L₂₁.
pub const ITEM: Item = Item {
    id: "t17-thm4",
    kind: Kind::Experiment,
    paper: "T17 Thm 4",
    title: "Both teachers inside the cone, or both outside",
    run,
};

const TASKS: usize = 16;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(500, 20_000, 500_000);
    let counts = context.map("pairs", TASKS, |_, random| {
        let mut counts = [0_usize; 6];
        for _ in 0..samples {
            let mut vector = || {
                let angle = std::f64::consts::TAU * random.random::<f64>();
                [angle.cos(), angle.sin()]
            };
            let [w1, w2, v1, v2] = std::array::from_fn(|_| vector());
            let case = ConeCase::of([w1, w2], [v1, v2])?;
            counts[0] += usize::from(case == ConeCase::BothInside);
            counts[1] += usize::from(case == ConeCase::BothOutside);
            counts[2] += usize::from(case == ConeCase::OneInside);
            // The sign of both functions for both teachers, against the case.
            let mut expected = true;
            for v in [v1, v2] {
                let triple = TwoUnits::from_vectors(w1, w2, v)?;
                let sign = f64::from(triple.side());
                expected &= triple.l12() * sign > 0.0 && triple.l21() * sign > 0.0;
            }
            counts[3] += usize::from(!expected);
            // The general test of Theorem 3, which knows its rounding error, never contradicts.
            let rows = |a: [f64; 2], b: [f64; 2]| Weights::from_rows(&[a.to_vec(), b.to_vec()]);
            match Separability::new(&rows(w1, w2)?) {
                Ok(functions) => {
                    let found = functions.rule_out(&rows(v1, v2)?)?;
                    counts[4] += usize::from(found.is_some());
                    counts[5] += usize::from(found.is_some() && !case.excludes());
                }
                Err(Error::Singular { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(counts)
    })?;
    let sum = |index: usize| counts.iter().map(|c| c[index]).sum::<usize>();
    let (inside, outside, one) = (sum(0), sum(1), sum(2));
    let (wrong, ruled_out, contradicted) = (sum(3), sum(4), sum(5));
    Ok(Outcome::new(
        Verdict::of(wrong == 0 && contradicted == 0),
        format!(
            "Of {} random pairs of pairs of directions {inside} have both teachers inside the cone of the students, {outside} both \
             outside, {one} exactly one inside. L12 and L21 have the announced signs in all but {wrong}; Theorem 3, with rounding \
             errors, rules out {ruled_out}, {contradicted} of them with one teacher inside.",
            TASKS * samples
        ),
    )
    .with("both_inside", inside)
    .with("both_outside", outside)
    .with("one_inside", one)
    .with("ruled_out_by_theorem_3", ruled_out)
    .with("wrong_signs", wrong)
    .with("seed", context.seed()))
}
