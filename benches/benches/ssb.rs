//! The two planar coordinates beside the full gradient of the K × K matrix they stand for, and many trajectories at once beside
//! one after the other.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ssb::PlanarDynamics;
use teacher_student::{
    DormandPrince, Integrator, Network, Objective, Population, Record, Stop, Weights,
};

fn planar(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("symmetric_dynamics");
    group.sample_size(20);
    for neurons in [5, 100] {
        let planar = PlanarDynamics::new(neurons).expect("K is at least 2");
        let teacher = Weights::orthonormal(neurons, neurons).expect("K = d");
        let population = Population::matching(Network::new(teacher));
        let (x, y) = (0.6, 0.2);
        let lifted = planar.lift(x, y).expect("the point is valid");
        let [dx, dy] = planar.velocity(x, y).expect("the point is valid");
        let gradient = population
            .gradient(lifted.as_mat())
            .expect("the student is valid");
        assert!((dx + gradient[(0, 0)]).abs() < 1e-12 && (dy + gradient[(0, 1)]).abs() < 1e-12);
        group.throughput(Throughput::Elements(neurons as u64));
        group.bench_function(format!("planar/K={neurons}"), |b| {
            b.iter(|| planar.velocity(black_box(x), black_box(y)));
        });
        group.bench_function(format!("full gradient/K={neurons}"), |b| {
            b.iter(|| population.gradient(black_box(lifted.as_mat())));
        });
    }
    group.finish();
}

/// 512 trajectories, one piece of work: both run on one thread.
fn batch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("planar_trajectories");
    group.sample_size(10);
    let planar = PlanarDynamics::new(5).expect("K is at least 2");
    let fraction = |i: u32, step: f64| (f64::from(i + 1) * step).fract();
    let starts: Vec<[f64; 2]> = (0..512)
        .map(|i| [fraction(i, 0.754_877_666), fraction(i, 0.569_840_291)])
        .collect();
    let (time, tolerance) = (20.0, 1e-10);
    let together = || planar.flow_many(&starts, time, tolerance);
    let method = DormandPrince::default()
        .relative_tolerance(tolerance)
        .absolute_tolerance(tolerance);
    let stop = Stop::new().time(time);
    let apart = || -> Result<Vec<Vec<f64>>, teacher_student::Error> {
        let runs = starts
            .iter()
            .map(|start| method.integrate(&planar, start, &stop, &Record::Ends));
        runs.map(|run| Ok(run?.end().to_vec())).collect()
    };
    let scalar = apart().expect("the starts are valid");
    for (end, scalar) in together().expect("the starts are valid").iter().zip(scalar) {
        let off = (end.point[0] - scalar[0]).hypot(end.point[1] - scalar[1]);
        assert!(off < 1e-7, "the two integrations must agree");
    }
    group.throughput(Throughput::Elements(starts.len() as u64));
    group.bench_function("together", |b| b.iter(together));
    group.bench_function("one after the other", |b| b.iter(apart));
    group.finish();
}

criterion_group!(benches, planar, batch);
criterion_main!(benches);
