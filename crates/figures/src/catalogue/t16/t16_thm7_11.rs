//! Theorem 7.11 of Tian 2016: on the diagonal the flow is linear.

use ssb::{DiagonalFlow, PlanarDynamics};
use teacher_student::{DormandPrince, Integrator as _, Record, Stop};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The closed solution against the integrated planar flow.
pub const ITEM: Item = Item {
    id: "t16-thm7.11",
    kind: Kind::Experiment,
    paper: "T16 Thm 7.11; T17s L9",
    title: "The diagonal flow in closed form",
    run,
};

const NEURONS: [usize; 6] = [2, 3, 5, 10, 30, 100];
const STARTS: [f64; 5] = [1e-3, 0.1, 0.3, 0.7, 1.0];
/// The integrator's relative tolerance is 1e-12 a step, over some hundred steps.
const TOLERANCE: f64 = 1e-9;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let count = context.pick(10_usize, 40, 200);
    let method = DormandPrince::default()
        .relative_tolerance(1e-12)
        .absolute_tolerance(1e-14);
    let found = context.map("runs", NEURONS.len() * STARTS.len(), |task, _| {
        let (neurons, start) = (NEURONS[task / STARTS.len()], STARTS[task % STARTS.len()]);
        let closed = DiagonalFlow::new(neurons)?;
        // Five times the decay time 2/K: e⁻⁵ of the distance to the saddle is left.
        let end = 10.0 / neurons as f64;
        let times: Vec<f64> = (1..=count).map(|i| end * i as f64 / count as f64).collect();
        let path = method.integrate(
            &PlanarDynamics::new(neurons)?,
            &[start, start],
            &Stop::new().time(end),
            &Record::At(times),
        )?;
        let (mut gap, mut printed): (f64, f64) = (0.0, 0.0);
        for (time, state) in path.times().iter().zip(path.states()) {
            let solution = closed.solution(start, *time)?;
            gap = gap.max((state[0] - solution).abs().max((state[1] - solution).abs()));
            // "x₀ + C e^(−Kt/2)" with the only C that fits x(0) = x₀ is the constant x₀.
            printed = printed.max((state[0] - start).abs());
        }
        Ok((gap, printed))
    })?;
    let gap = found.iter().map(|f| f.0).fold(0.0, f64::max);
    let printed = found.iter().map(|f| f.1).fold(f64::INFINITY, f64::min);
    Ok(Outcome::new(
        Verdict::of(gap <= TOLERANCE && printed > TOLERANCE),
        format!(
            "From {} starts, K = 2…100, the integrated flow follows x* + (x⁰ − x*)e^(−Kt/2) to {gap:.1e}; the printed \
             limit x⁰ is off by at least {printed:.1e}.",
            found.len()
        ),
    )
    .with("largest_gap", gap)
    .with("allowed", TOLERANCE))
}
