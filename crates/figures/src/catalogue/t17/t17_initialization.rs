//! The remark after Theorem 6 of Tian 2017: how often Gaussian starts land in Ω, with a deviation of ε/√d and of ε√(2π)/d.

use rand::RngExt;
use rand_distr::StandardNormal;
use serde_json::json;
use statrs::function::erf::erfc;
use teacher_student::single_unit::{guaranteed_probability, in_basin};

use crate::statistics::clopper_pearson;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Mark, Stroke};

/// The share of Gaussian starts in Ω against the dimension, for the two deviations.
pub const ITEM: Item = Item {
    id: "t17-initialization",
    kind: Kind::Experiment,
    paper: "T17 abstract, §1, remark after Thm 6; T16 abstract, §3",
    title: "Gaussian starts: ε/√d against ε/d",
    run,
};

const DIMENSIONS: [usize; 10] = [3, 10, 30, 100, 300, 1000, 2000, 3000, 5000, 10_000];
const EPSILON: f64 = 0.1;
const LEVEL: f64 = 0.99;
const LEVEL_VERDICT: f64 = 1.0 - 5.7e-7;
const CAPTION: &str = "Tian 2017, the remark after Theorem 6: the share of starts w⁰ ~ N(0, s²‖w*‖²I) in Ω = {‖w − w*‖ < ‖w*‖}, ε = 0.1. \
With s = ε/√d, the order that the paper gives, it falls to nothing; the line is ½erfc(ε√(d/8)), to which it tends for large d and small ε. \
With s = ε√(2π)/d it stays above (1 − ε)/2 (dashed) in every dimension from 3 on, which is proved.";

/// The starts of one dimension and one deviation.
struct Cell {
    dimension: usize,
    deviation: f64,
    starts: usize,
    landed: usize,
}

impl Cell {
    fn share(&self) -> f64 {
        self.landed as f64 / self.starts as f64
    }

    fn interval(&self, level: f64) -> (f64, f64) {
        clopper_pearson(self.landed, self.starts, level)
    }
}

fn deviations(dimension: usize) -> [f64; 2] {
    let d = dimension as f64;
    [
        EPSILON / d.sqrt(),
        EPSILON * std::f64::consts::TAU.sqrt() / d,
    ]
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let starts = context.pick(200, 2_000, 20_000);
    let counts = context.map("starts", 2 * DIMENSIONS.len(), |task, random| {
        let dimension = DIMENSIONS[task / 2];
        let deviation = deviations(dimension)[task % 2];
        let mut teacher = vec![0.0; dimension];
        teacher[0] = 1.0;
        let mut landed = 0;
        let mut w = vec![0.0; dimension];
        for _ in 0..starts {
            for entry in &mut w {
                *entry = deviation * random.sample::<f64, _>(StandardNormal);
            }
            landed += usize::from(in_basin(&w, &teacher)?);
        }
        Ok(Cell {
            dimension,
            deviation,
            starts,
            landed,
        })
    })?;
    let of = |which: usize| -> Vec<&Cell> { counts.iter().skip(which).step_by(2).collect() };
    let (root, linear) = (of(0), of(1));
    let promised = guaranteed_probability(EPSILON)?;
    let last = root[root.len() - 1];
    let fails = last.interval(LEVEL_VERDICT).1 < promised;
    let holds = linear
        .iter()
        .all(|cell| cell.interval(LEVEL_VERDICT).1 >= promised);

    let mut table = Table::new(
        "shares",
        &["d", "deviation", "starts", "in_omega", "low", "high"],
    );
    for cell in &counts {
        let (low, high) = cell.interval(LEVEL);
        table.row(&[
            &cell.dimension,
            &cell.deviation,
            &cell.starts,
            &cell.landed,
            &low,
            &high,
        ]);
    }
    let picture = Picture::new(CAPTION)
        .parameter("d", DIMENSIONS.to_vec())
        .parameter("ε", EPSILON)
        .parameter("starts for each d and deviation", starts)
        .parameter("intervals", "Clopper–Pearson, 99 %")
        .panel(
            "share",
            "Share of starts in Ω",
            draw(&root, &linear, promised),
        )
        .table(table);
    Ok(Outcome::new(
        Verdict::of(fails && holds),
        format!(
            "With deviation ε/√d, ε = {EPSILON}, {} of {starts} starts are in Ω for d = {}, against {promised} promised; with \
             ε√(2π)/d {} are.",
            last.landed,
            last.dimension,
            linear[linear.len() - 1].landed
        ),
    )
    .with("share_with_root_of_d", json!(root.iter().map(|cell| cell.share()).collect::<Vec<_>>()))
    .with("share_with_d", json!(linear.iter().map(|cell| cell.share()).collect::<Vec<_>>()))
    .with("seed", context.seed())
    .with_figure(picture))
}

fn draw(root: &[&Cell], linear: &[&Cell], promised: f64) -> String {
    let limit: Vec<(f64, f64)> = (0..=80)
        .map(|step| {
            let d = 3.0 * (1e4_f64 / 3.0).powf(f64::from(step) / 80.0);
            (d, erfc(EPSILON * (d / 8.0).sqrt()) / 2.0)
        })
        .collect();
    let mut chart = Chart::new(
        "Starts in Ω, ε = 0.1",
        Axis::log("dimension d", 2.0, 2e4),
        Axis::linear("share", 0.0, 0.55).step(0.1).decimals(1),
    )
    .size(700.0, 420.0)
    .legend(Legend::Outside)
    .line(
        "(1 − ε)/2",
        GUIDE,
        Stroke::Dashed,
        &[(2.0, promised), (2e4, promised)],
    )
    .line("½erfc(ε√(d/8))", COLOURS[0], Stroke::Solid, &limit);
    for (name, colour, cells) in [
        ("s = ε/√d", COLOURS[0], root),
        ("s = ε√(2π)/d", COLOURS[1], linear),
    ] {
        let points: Vec<(f64, f64)> = cells
            .iter()
            .map(|cell| (cell.dimension as f64, cell.share()))
            .collect();
        chart = chart.points(name, colour, Mark::Disc, &points);
        for cell in cells {
            let (low, high) = cell.interval(LEVEL);
            let x = cell.dimension as f64;
            chart = chart.thin(colour, &[(x, low), (x, high)]);
        }
    }
    chart.svg()
}
