//! Theorem 5 of Tian 2017: the Lyapunov function of one unit.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use rand::RngExt;
use relu_gating::Angle;
use teacher_student::single_unit::{LyapunovMatrix, lyapunov_rate, lyapunov_value};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Mark, Stroke};

/// The determinant of M(θ), the angle at which it changes sign, and the sign of V̇ everywhere.
pub const ITEM: Item = Item {
    id: "t17-thm5",
    kind: Kind::Experiment,
    paper: "T17 Thm 5; T16 Lemmas 3.2, 7.3",
    title: "Lyapunov function of one unit",
    run,
};

/// The root of det M beyond π/2 to six decimals, from an independent computation.
const ROOT: f64 = 2.327_616;
const ROOT_TOLERANCE: f64 = 5e-7;
/// Least det M/θ² on (0, π/2] to three decimals, from an independent computation.
const LEAST: f64 = 1.899;
const LEAST_TOLERANCE: f64 = 5e-4;
const DIMENSIONS: [usize; 5] = [1, 2, 3, 10, 100];
/// V̇ and −yᵀMy/2π, each accurate to rounding, relative to the size of the terms.
const AGREE: f64 = 1e-12;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let starts = context.pick(20_000_usize, 200_000, 2_000_000);
    let angles = context.pick(400, 2000, 2000);
    let found = context.map("starts", 20, |_, random| {
        let (mut rising, mut gap, mut counted) = (0_usize, 0.0_f64, 0_usize);
        for index in 0..starts / 20 {
            let dimension = DIMENSIONS[index % DIMENSIONS.len()];
            let mut vector = |size: f64| -> Vec<f64> {
                (0..dimension)
                    .map(|_| size * random.sample::<f64, _>(rand_distr::StandardNormal))
                    .collect()
            };
            let teacher = vector(1.0);
            let mut w = vector(1.0);
            // Norms from far inside to far outside of Ω, and starts close to the opposite ray.
            let size = 10_f64.powf(6.0 * random.random::<f64>() - 3.0);
            let opposite = index % 4 == 0;
            for (w, v) in w.iter_mut().zip(&teacher) {
                *w = size * if opposite { 1e-3 * *w - v } else { *w };
            }
            let rate = lyapunov_rate(&w, &teacher)?;
            let angle = Angle::between(&w, &teacher)?;
            let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
            let (r, a) = (norm(&w), norm(&teacher));
            let form = -LyapunovMatrix::new(angle).quadratic_form(a, r) / TAU;
            gap = gap.max((rate - form).abs() / (r * r + a * a));
            rising += usize::from(rate >= 0.0 && lyapunov_value(&w, &teacher)? > 0.0);
            counted += 1;
        }
        Ok((rising, gap, counted))
    })?;
    let rising: usize = found.iter().map(|part| part.0).sum();
    let counted: usize = found.iter().map(|part| part.2).sum();
    let gap = found.iter().map(|part| part.1).fold(0.0, f64::max);

    let root = LyapunovMatrix::definite_until();
    let mut rows = Vec::new();
    for step in 1..angles {
        let theta = PI * f64::from(step) / f64::from(angles);
        rows.push(Row::at(theta)?);
    }
    let least = rows
        .iter()
        .filter(|row| row.angle <= FRAC_PI_2)
        .map(|row| row.scaled)
        .fold(f64::INFINITY, f64::min);
    let at_right = Row::at(FRAC_PI_2)?.scaled;
    let least = least.min(at_right);

    let mut table = Table::new(
        "matrix",
        &[
            "angle",
            "determinant",
            "determinant_over_angle_squared",
            "least_decay_rate",
            "worst_norm_ratio",
        ],
    );
    for row in &rows {
        table.row(&[
            &row.angle,
            &(row.scaled * row.angle * row.angle),
            &row.scaled,
            &row.decay,
            &row.ratio,
        ]);
    }
    let picture = Picture::new(CAPTION)
        .parameter("starts", format!("{counted} in d = {DIMENSIONS:?}; w* with N(0, 1) entries, ‖w⁰‖/‖w*‖ from about 10⁻³ to 10³, a quarter of them near the ray −c w*"))
        .parameter("angles", format!("π/{angles} apart"))
        .panel("determinant", "det M(θ)/θ²", determinant(&rows, root))
        .panel("decay", "Least relative decay of V", decay(&rows, root))
        .metric("root", root)
        .metric("least_det_over_angle_squared_to_right_angle", least)
        .table(table);
    Ok(Outcome::new(
        Verdict::of(
            rising == 0
                && gap <= AGREE
                && (root - ROOT).abs() <= ROOT_TOLERANCE
                && (least - LEAST).abs() <= LEAST_TOLERANCE,
        ),
        format!(
            "M(θ) is positive definite up to θ = {root:.12}; on (0, π/2] det M/θ² ≥ {least:.4}. V̇ < 0 at all {counted} \
             random w, in Ω or not; V̇ = −yᵀMy/2π to {gap:.0e}."
        ),
    )
    .with("root_of_determinant", root)
    .with("least_det_over_angle_squared_to_right_angle", least)
    .with("starts_where_v_does_not_fall", rising)
    .with("starts", counted)
    .with("largest_gap_of_quadratic_form", gap)
    .with("allowed_gap", AGREE)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Tian 2017, Theorem 5 (Tian 2016, Eq 29–34): V = ½‖w − w*‖² has V̇ = −yᵀM(θ)y/2π with y = (‖w*‖, ‖w‖). \
Left: det M(θ)/θ², positive beyond the right angle of the paper up to the marked root. Right: the greatest lower bound of −V̇/V \
over all ‖w‖ > 0 at an angle. It stays positive although M is indefinite beyond the root, because its entries are then all \
positive and norms are not negative: V falls inside and outside of Ω.";

struct Row {
    angle: f64,
    /// det M/θ².
    scaled: f64,
    /// The least −V̇/V over the norms of w, and ‖w‖/‖w*‖ where it is taken.
    decay: f64,
    ratio: f64,
}

impl Row {
    fn at(angle: f64) -> anyhow::Result<Self> {
        let exact = Angle::from_radians(angle)?;
        let matrix = LyapunovMatrix::new(exact);
        // As ‖w‖ → 0 V tends to ½ and the form to its first entry.
        let (mut decay, mut ratio) = (matrix.entries()[0][0] / PI, 0.0);
        for step in 0..=400 {
            let norm = 10_f64.powf(f64::from(step) / 50.0 - 4.0);
            // ½‖w − w*‖², without cancellation for small angles.
            let value =
                (norm - 1.0) * (norm - 1.0) / 2.0 + 2.0 * norm * (angle / 2.0).sin().powi(2);
            let relative = matrix.quadratic_form(1.0, norm) / TAU / value;
            if relative < decay {
                (decay, ratio) = (relative, norm);
            }
        }
        Ok(Self {
            angle,
            scaled: matrix.determinant() / (angle * angle),
            decay,
            ratio,
        })
    }
}

fn determinant(rows: &[Row], root: f64) -> String {
    let points: Vec<(f64, f64)> = rows.iter().map(|row| (row.angle, row.scaled)).collect();
    Chart::new(
        "det M(θ)/θ²",
        Axis::linear("angle θ between w and w*", 0.0, PI).in_pi(),
        Axis::linear("det M(θ)/θ²", -2.0, 10.0).step(2.0),
    )
    .legend(Legend::TopRight)
    .line("", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (PI, 0.0)])
    .line(
        "",
        GUIDE,
        Stroke::Dotted,
        &[(FRAC_PI_2, -2.0), (FRAC_PI_2, 10.0)],
    )
    .line("det M(θ)/θ²", COLOURS[0], Stroke::Solid, &points)
    .points("root", COLOURS[1], Mark::Disc, &[(root, 0.0)])
    .note(&format!("θ = {root:.6}"), COLOURS[1], root + 0.1, 0.5)
    .svg()
}

fn decay(rows: &[Row], root: f64) -> String {
    let points: Vec<(f64, f64)> = rows.iter().map(|row| (row.angle, row.decay)).collect();
    Chart::new(
        "Infimum of −V̇/V over all norms of w",
        Axis::linear("angle θ between w and w*", 0.0, PI).in_pi(),
        Axis::log("infimum of −V̇/V (per unit of time)", 1e-6, 10.0),
    )
    .legend(Legend::Hidden)
    .line(
        "",
        GUIDE,
        Stroke::Dotted,
        &[(FRAC_PI_2, 1e-6), (FRAC_PI_2, 10.0)],
    )
    .line(
        "",
        COLOURS[1],
        Stroke::Dotted,
        &[(root, 1e-6), (root, 10.0)],
    )
    .line("", COLOURS[0], Stroke::Solid, &points)
    .note("M indefinite", COLOURS[1], root + 0.42, 3.0)
    .svg()
}
