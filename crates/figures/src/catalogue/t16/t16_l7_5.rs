//! Lemma 7.5 of Tian 2016: relations among the angles of the planar dynamics.

use std::f64::consts::FRAC_PI_2;

use rand::RngExt;
use ssb::PlanarDynamics;

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The relations at random points of the triangle.
pub const ITEM: Item = Item {
    id: "t16-l7.5",
    kind: Kind::Experiment,
    paper: "T16 L7.5; T17s L3",
    title: "Relations among the angles",
    run,
};

const NEURONS: [usize; 7] = [2, 3, 5, 10, 30, 100, 1000];
/// Roundings of a few operations on angles of order one.
const ROUNDING: f64 = 1e-14;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let points = context.pick(2000, 50_000, 500_000);
    let found = context.map("K", NEURONS.len(), |task, random| {
        let neurons = NEURONS[task];
        let dynamics = PlanarDynamics::new(neurons)?;
        let largest = (neurons as f64 - 1.0).sqrt().atan();
        let mut broken = 0_usize;
        let (mut cosine, mut sine): (f64, f64) = (0.0, 0.0);
        let (mut above_phi, mut above_theta) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..points {
            // Uniform in the triangle 0 < y < x < 1, its lower edge now and then.
            let (a, b): (f64, f64) = (random.random(), random.random());
            let edge = random.random::<f64>() < 0.05;
            let (x, y) = (a.max(b), if edge { 0.0 } else { a.min(b) });
            if x <= y {
                continue;
            }
            let angles = dynamics.angles(x, y)?;
            let (theta, phi, star) = (angles.theta(), angles.phi(), angles.phi_star());
            let scaled = angles.alpha() * (x - y);
            let holds = (0.0..=FRAC_PI_2 + ROUNDING).contains(&phi)
                && (0.0..=FRAC_PI_2 + ROUNDING).contains(&star)
                && theta >= 0.0
                && theta <= largest + ROUNDING
                && if y > 0.0 {
                    star > phi
                } else {
                    (star - phi).abs() <= ROUNDING
                }
                && star > theta;
            broken += usize::from(!holds);
            cosine = cosine.max((phi.cos() - (1.0 - scaled * scaled)).abs());
            sine = sine.max((phi.sin() - scaled * (2.0 - scaled * scaled).sqrt()).abs());
            if y > 0.0 {
                above_phi = above_phi.min(star - phi);
            }
            above_theta = above_theta.min(star - theta);
        }
        Ok((broken, cosine.max(sine), above_phi, above_theta))
    })?;
    let broken: usize = found.iter().map(|f| f.0).sum();
    let identity = found.iter().map(|f| f.1).fold(0.0, f64::max);
    Ok(Outcome::new(
        Verdict::of(broken == 0 && identity <= ROUNDING),
        format!(
            "{broken} of {} random points of the triangle, K = 2…1000, break a relation; the identities for cos φ and \
             sin φ hold to {identity:.1e}.",
            points * NEURONS.len()
        ),
    )
    .with("least_phi_star_minus_phi", found.iter().map(|f| f.2).fold(f64::INFINITY, f64::min))
    .with("least_phi_star_minus_theta", found.iter().map(|f| f.3).fold(f64::INFINITY, f64::min))
    .with("allowed_rounding", ROUNDING)
    .with("seed", context.seed()))
}
