//! Every theorem of the crate `proofs`: found, written to a file, read back and checked.

use std::time::Instant;

use anyhow::ensure;
use charts::{Axis, COLOURS, Chart as Drawing, GUIDE, Legend, Stroke};
use proofs::{Certificate, Rule, Theorem, check_cover, cone_charts, determinant_root, refutations};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// The proofs by cover.
pub const ITEM: Item = Item {
    id: "proofs",
    kind: Kind::Proof,
    paper: "T17 Conj 1, Thm 5; T16 L7.8, Thm 7.6, 7.9",
    title: "Statements proved by interval arithmetic",
    run,
};

/// The chart drawn in its own coordinates: that with the most leaves.
const CLOSE_UP: &str = "B1";

fn run(_: &Context) -> anyhow::Result<Outcome> {
    let mut covers = Table::new(
        "covers",
        &[
            "theorem",
            "function",
            "leaves",
            "least_bound",
            "finest_x",
            "finest_t",
        ],
    );
    let mut picture = Picture::new(
        "The cover that proves Conjecture 1. (a) The 18 charts over (θ, φ); on orange cells L12 has its sign, \
         or vanishes, on an edge and its derivative carries it on, on the others |L12| over its order is bounded below. (b) The chart with the most cells in its \
         own coordinates, x = θ and φ = θ + t(π−θ): the corners θ → 0 are cells like the others.",
    );
    let mut leaves = Vec::new();
    let mut statements = Vec::new();
    for theorem in Theorem::ALL {
        let start = Instant::now();
        let certificate = theorem.prove()?;
        let searched = start.elapsed().as_secs_f64();
        let text = certificate.text();
        let start = Instant::now();
        let checked = check_cover(&Certificate::read(&text)?)?;
        let checking = start.elapsed().as_secs_f64();
        ensure!(
            checked.theorem == theorem,
            "the certificate of {} proves something else",
            theorem.name()
        );
        for cover in &certificate.covers {
            let least = cover
                .leaves
                .iter()
                .map(|leaf| leaf.bound)
                .fold(f64::INFINITY, f64::min);
            let finest = |axis: usize| {
                cover
                    .leaves
                    .iter()
                    .map(|leaf| leaf.cell.level[axis])
                    .max()
                    .unwrap_or(0)
            };
            covers.row(&[
                &theorem.name(),
                &cover.function,
                &cover.leaves.len(),
                &least,
                &finest(0),
                &finest(1),
            ]);
        }
        let name = theorem.name().replace('-', " ");
        picture = picture
            .parameter(&name, theorem.statement())
            .metric(&format!("{name}: leaves"), checked.leaves)
            .metric(&format!("{name}: seconds to find"), searched)
            .metric(&format!("{name}: seconds to check"), checking)
            .document(&format!("{}.txt", theorem.name()), text.into_bytes());
        if theorem == Theorem::ConeSign {
            picture = picture
                .panel(
                    "a",
                    "The cover of the domain of Conjecture 1",
                    whole(&certificate),
                )
                .panel("b", "The chart at θ → 0, θ < φ < π", close_up(&certificate));
        }
        statements.push(format!("{name} ({} leaves)", checked.leaves));
        leaves.push(checked.leaves);
    }
    let root = determinant_root();
    let mut refuted = Table::new("refutations", &["claim", "quantity", "low", "high"]);
    let found = refutations()?;
    for refutation in &found {
        let (low, high) = (refutation.enclosure.low(), refutation.enclosure.high());
        refuted.row(&[&refutation.id, &refutation.quantity, &low, &high]);
    }
    let strict = found.iter().all(proofs::Refutation::holds);
    let finding = format!(
        "Proved and checked again from the certificates: {}. det M changes sign in {root}. {} statements are refuted as printed.",
        statements.join(", "),
        found.len()
    );
    Ok(Outcome::new(Verdict::of(strict), finding)
        .with("leaves", leaves)
        .with("determinant_root", vec![root.low(), root.high()])
        .with_figure(picture.table(covers).table(refuted)))
}

/// The leaves over (θ, φ). Coordinates of a chart are bilinear: a leaf has straight sides.
fn whole(certificate: &Certificate) -> String {
    let tau = std::f64::consts::TAU;
    let mut drawing = Drawing::new(
        "Conjecture 1: the cells of the proof",
        Axis::linear("θ", 0.0, 0.5 * tau).step(0.5),
        Axis::linear("φ", 0.0, tau).step(1.0),
    )
    .size(620.0, 680.0)
    .legend(Legend::Hidden);
    for (chart, cover) in cone_charts().iter().zip(&certificate.covers) {
        for leaf in &cover.leaves {
            let ([left, right], [low, high]) = (leaf.cell.ends(0), leaf.cell.ends(1));
            let corners = [
                (left, low),
                (right, low),
                (right, high),
                (left, high),
                (left, low),
            ];
            let outline: Vec<(f64, f64)> = corners
                .iter()
                .map(|&(x, t)| {
                    let [_, theta, phi] = chart.point(x, t);
                    (theta, phi)
                })
                .collect();
            drawing = drawing.thin(colour(leaf.rule, chart.sign()), &outline);
        }
    }
    let pi = 0.5 * tau;
    drawing
        .line("", GUIDE, Stroke::Solid, &[(0.0, 0.0), (pi, pi)])
        .note("L12 > 0", COLOURS[2], 2.15, 0.62)
        .note("L12 < 0", COLOURS[0], 2.5, 4.06)
        .svg()
}

fn close_up(certificate: &Certificate) -> String {
    let charts = cone_charts();
    let longest = charts
        .iter()
        .zip(&certificate.covers)
        .find(|(_, cover)| cover.function == CLOSE_UP);
    let Some((chart, cover)) = longest else {
        return String::new();
    };
    let [end, ..] = chart.point(1.0, 0.0);
    let mut drawing = Drawing::new(
        "The chart B1: θ < φ ≤ π, θ → 0",
        Axis::linear("θ", 0.0, end).step(0.5 * end),
        Axis::linear("(φ − θ)/(π − θ)", 0.0, 1.0).step(0.25),
    )
    .legend(Legend::Hidden);
    for leaf in &cover.leaves {
        let [left, right] = leaf.cell.ends(0).map(|share| chart.point(share, 0.0)[0]);
        let [low, high] = leaf.cell.ends(1);
        let outline = [
            (left, low),
            (right, low),
            (right, high),
            (left, high),
            (left, low),
        ];
        drawing = drawing.thin(colour(leaf.rule, chart.sign()), &outline);
    }
    drawing.svg()
}

fn colour(rule: Rule, sign: f64) -> &'static str {
    match rule {
        Rule::Value if sign > 0.0 => COLOURS[2],
        Rule::Value => COLOURS[0],
        _ => COLOURS[1],
    }
}
