//! Theorem 7.9 of Tian 2016: the teacher is the only critical point of the triangle.

use rand::RngExt;
use ssb::{PlanarDynamics, SymmetricSaddle};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// Newton searches for zeros of the planar field from random points.
pub const ITEM: Item = Item {
    id: "t16-thm7.9",
    kind: Kind::Experiment,
    paper: "T16 Thm 7.9; T17s L7",
    title: "Search for critical points",
    run,
};

const NEURONS: [usize; 6] = [2, 3, 5, 10, 30, 100];
/// The search starts in 0 < y < x, x up to this: beyond the claim, which stops at 1.
const FAR: f64 = 3.0;
const STEPS: usize = 100;
/// A point counts as critical when the field is below this, as known when it is this near.
const ZERO: f64 = 1e-11;
const NEAR: f64 = 1e-7;

/// Where the searches from one K ended.
#[derive(Default)]
struct Found {
    teacher: usize,
    saddle: usize,
    unknown: Vec<[f64; 2]>,
    lost: usize,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let searches = context.pick(100, 1000, 10_000);
    let found = context.map("K", NEURONS.len(), |task, random| {
        let neurons = NEURONS[task];
        let dynamics = PlanarDynamics::new(neurons)?;
        let saddle = SymmetricSaddle::new(neurons)?.coordinate();
        let mut found = Found::default();
        for _ in 0..searches {
            let (a, b) = (FAR * random.random::<f64>(), FAR * random.random::<f64>());
            match newton(&dynamics, [a.max(b), a.min(b)]) {
                None => found.lost += 1,
                Some([x, y]) if (x - 1.0).hypot(y) <= NEAR => found.teacher += 1,
                Some([x, y]) if (x - saddle).hypot(y - saddle) <= NEAR => found.saddle += 1,
                Some(point) => found.unknown.push(point),
            }
        }
        Ok(found)
    })?;
    let teacher: usize = found.iter().map(|f| f.teacher).sum();
    let saddle: usize = found.iter().map(|f| f.saddle).sum();
    let lost: usize = found.iter().map(|f| f.lost).sum();
    // Only the triangle 0 ≤ y < x is the claim's; other zeros of the field are counted apart.
    let (inside, outside): (Vec<[f64; 2]>, Vec<[f64; 2]>) = found
        .iter()
        .flat_map(|f| f.unknown.iter().copied())
        .partition(|[x, y]| *y >= 0.0 && x > y);
    Ok(Outcome::new(
        Verdict::of(inside.is_empty() && teacher > 0),
        format!(
            "{} searches from 0 < y < x < {FAR}, K = 2…100: {teacher} ended at the teacher, {saddle} at the saddle on \
             the diagonal, {} at another critical point with x > y ≥ 0.",
            searches * NEURONS.len(),
            inside.len()
        ),
    )
    .with("ended_elsewhere_outside_the_triangle", outside.len())
    .with("without_an_end", lost)
    .with("field_below", ZERO)
    .with("seed", context.seed()))
}

/// A damped Newton search for a zero of the field with a Jacobian by differences.
fn newton(dynamics: &PlanarDynamics, start: [f64; 2]) -> Option<[f64; 2]> {
    let [mut x, mut y] = start;
    for _ in 0..STEPS {
        let [f, g] = dynamics.velocity(x, y).ok()?;
        if f.hypot(g) <= ZERO {
            return Some([x, y]);
        }
        let h = 1e-7 * (1.0 + x.hypot(y));
        let [right, left] = [
            dynamics.velocity(x + h, y).ok()?,
            dynamics.velocity(x - h, y).ok()?,
        ];
        let [up, down] = [
            dynamics.velocity(x, y + h).ok()?,
            dynamics.velocity(x, y - h).ok()?,
        ];
        let [fx, gx] = [
            (right[0] - left[0]) / (2.0 * h),
            (right[1] - left[1]) / (2.0 * h),
        ];
        let [fy, gy] = [(up[0] - down[0]) / (2.0 * h), (up[1] - down[1]) / (2.0 * h)];
        let determinant = fx * gy - fy * gx;
        let (dx, dy) = (
            (fy * g - gy * f) / determinant,
            (gx * f - fx * g) / determinant,
        );
        let mut share = 1.0;
        loop {
            let (next_x, next_y) = (x + share * dx, y + share * dy);
            let better = dynamics
                .velocity(next_x, next_y)
                .is_ok_and(|[a, b]| a.hypot(b) < (1.0 - 0.1 * share) * f.hypot(g));
            if better {
                (x, y) = (next_x, next_y);
                break;
            }
            share *= 0.5;
            if share < 1e-6 {
                return None;
            }
        }
    }
    None
}
