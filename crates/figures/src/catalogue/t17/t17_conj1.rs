//! Conjecture 1 of Tian 2017: how far L₁₂ stays from zero on each piece.

use std::f64::consts::PI;

use critical_points::TwoUnits;

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Extremes of |L₁₂| over a product that vanishes where it does.
pub const ITEM: Item = Item {
    id: "t17-conj1",
    kind: Kind::Experiment,
    paper: "T17 Conj 1; T17s Eq 40–46",
    title: "How far L12 stays from zero",
    run,
};

const PIECES: [&str; 4] = ["0 < φ < θ", "θ < φ ≤ π", "π ≤ φ ≤ π+θ", "π+θ < φ < 2π"];
const PRODUCTS: [&str; 4] = [
    "sin θ sin φ · 2 sin((θ−φ)/2)",
    "sin²θ sin(φ−θ)",
    "sin θ (sin²θ + c sin c), c = φ−π",
    "sin θ sin(θ/2) sin ψ, ψ = 2π−φ",
];

struct Extremes {
    least: (f64, f64, f64),
    greatest: (f64, f64, f64),
    wrong: usize,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let n = context.pick(200_u32, 1500, 6000);
    let found = context.map("pieces", 4, |piece, _| extremes(piece, n))?;
    let mut table = Table::new(
        "quotients",
        &[
            "piece",
            "divided by",
            "least",
            "theta",
            "phi",
            "greatest",
            "theta_greatest",
            "phi_greatest",
        ],
    );
    for (piece, e) in found.iter().enumerate() {
        let (low, high) = (e.least, e.greatest);
        table.row(&[
            &PIECES[piece],
            &PRODUCTS[piece],
            &low.0,
            &low.1,
            &low.2,
            &high.0,
            &high.1,
            &high.2,
        ]);
    }
    let wrong: usize = found.iter().map(|e| e.wrong).sum();
    let least = found
        .iter()
        .map(|e| e.least.0)
        .fold(f64::INFINITY, f64::min);
    let greatest = found.iter().map(|e| e.greatest.0).fold(0.0, f64::max);
    Ok(Outcome::new(
        Verdict::of(wrong == 0 && least > 0.0),
        format!(
            "On {n} × {n} points of each of the four pieces, down to angles of 1e-12, no sign is wrong ({wrong}), and |L12| over \
             the product that vanishes with it stays between {least:.4} and {greatest:.4}."
        ),
    )
    .with("least_quotient", least)
    .with("greatest_quotient", greatest)
    .with("wrong_signs", wrong)
    .with_figure(Picture::new("Extremes of |L12| over elementary products, piece by piece.").table(table)))
}

fn extremes(piece: usize, n: u32) -> anyhow::Result<Extremes> {
    let mut found = Extremes {
        least: (f64::INFINITY, 0.0, 0.0),
        greatest: (0.0, 0.0, 0.0),
        wrong: 0,
    };
    for i in 0..n {
        // Half of the angles evenly over (0, π), the other half towards 0 on a logarithmic scale.
        let share = (f64::from(i / 2) + 0.5) / f64::from(n.div_ceil(2));
        let theta = if i % 2 == 0 {
            PI * share
        } else {
            10f64.powf(-12.0 * share)
        };
        for j in 0..n {
            let u = (f64::from(j) + 0.5) / f64::from(n);
            let (c, psi) = (u * theta, u * (PI - theta));
            let phi = [c, theta + psi, PI + c, 2.0 * PI - psi][piece];
            let triple = TwoUnits::from_radians(theta, phi)?;
            let side = triple.side();
            // φ is a double: near 0 and 2π/θ some of them fall on the boundary of the piece.
            if side == 0 || (side == 1) != (piece == 0) {
                continue;
            }
            let value = triple.l12();
            found.wrong += usize::from(value * f64::from(side) <= 0.0);
            let sine = theta.sin();
            let product = match piece {
                0 => sine * phi.sin() * 2.0 * (0.5 * (theta - phi)).sin(),
                1 => sine * sine * (phi - theta).sin(),
                2 => {
                    let c = (phi - PI).max(0.0);
                    sine * (sine * sine + c * c.sin())
                }
                _ => sine * (0.5 * theta).sin() * (2.0 * PI - phi).sin(),
            };
            let quotient = value.abs() / product;
            if !quotient.is_finite() {
                continue;
            }
            if quotient < found.least.0 {
                found.least = (quotient, theta, phi);
            }
            if quotient > found.greatest.0 {
                found.greatest = (quotient, theta, phi);
            }
        }
    }
    Ok(found)
}
