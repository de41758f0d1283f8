//! A slow flow, for comparison with other programs: K = 50 students of an orthonormal teacher in dimension d = 100, from a
//! Gaussian start, until ‖∇loss‖ ≤ 1e-10.
//!
//! `cargo run --release -p workspace-benches --example slow_flow -- START.csv` prints evaluations and seconds of each method and
//! writes the start; `python3 benches/peers/slow_flow.py START.csv` follows the same flow by SciPy's DOP853.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Instant;

use faer::Mat;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{Gaussian, InputLaw};
use teacher_student::{
    DormandPrince, ExponentialAdams, GradientFlow, Integrator, Network, Population, Record,
    RungeKuttaChebyshev, Stop, Weights, settle, state_of,
};

const NEURONS: usize = 50;
const DIMENSION: usize = 100;
const TOLERANCE: f64 = 1e-10;
/// The time at which a method that has not arrived is stopped.
const LONGEST: f64 = 3e4;
/// And the number of steps, so that the comparison ends.
const STEPS: usize = 20_000;

fn start() -> Mat<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut entries = vec![0.0; NEURONS * DIMENSION];
    Gaussian.sample(&mut rng, &mut entries);
    Mat::from_fn(NEURONS, DIMENSION, |j, i| entries[j * DIMENSION + i] / 10.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let start = start();
    if let Some(path) = std::env::args().nth(1) {
        let mut text = String::new();
        for j in 0..NEURONS {
            let row: Vec<String> = (0..DIMENSION)
                .map(|i| format!("{:e}", start[(j, i)]))
                .collect();
            writeln!(text, "{}", row.join(","))?;
        }
        std::fs::write(&path, text).map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    let population = Population::matching(Network::new(Weights::orthonormal(NEURONS, DIMENSION)?));

    let clock = Instant::now();
    let settled = settle(&population, start.as_ref(), 1e-14, 1e6)?;
    println!(
        "settle: {} gradients along the flow to time {:.0}, {} Newton steps with {} Hessian products, ‖∇‖ = {:.1e}, {:.1} s",
        settled.flow_evaluations(),
        settled.flow_time(),
        settled.newton_steps(),
        settled.hessian_products(),
        settled.gradient_norm(),
        clock.elapsed().as_secs_f64()
    );

    let flow = GradientFlow::new(population);
    let stop = Stop::new().time(LONGEST).steps(STEPS).rate_below(TOLERANCE);
    let chebyshev = RungeKuttaChebyshev::default().tolerance(1e-4);
    let pair = DormandPrince::default().relative_tolerance(1e-10);
    let exponential = ExponentialAdams::default()
        .relative_tolerance(1e-10)
        .absolute_tolerance(1e-13)
        .top_weights(flow.objective().student_top_weights());
    let methods: [(&str, &dyn Integrator); 3] = [
        ("Exponential Adams, 1e-10", &exponential),
        ("Runge-Kutta-Chebyshev, 1e-4", &chebyshev),
        ("Dormand-Prince, 1e-10", &pair),
    ];
    for (name, method) in methods {
        let clock = Instant::now();
        let run = method.integrate(&flow, &state_of(start.as_ref()), &stop, &Record::Ends)?;
        println!(
            "{name}: {} gradients to time {:.0}, {}, {:.1} s",
            run.evaluations(),
            run.end_time(),
            run.outcome(),
            clock.elapsed().as_secs_f64()
        );
    }
    Ok(())
}
