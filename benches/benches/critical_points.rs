//! Critical points: each evaluation or search beside a plainer one with the same answer.

use std::f64::consts::{PI, TAU};
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use critical_points::{
    Catalogue, Descent, Equivalence, Kind, Search, StartFamily, TwoUnits, classify, sign_grid,
};
use faer::{Mat, Par, Side};
use ssb::BlockDynamics;
use teacher_student::initialization::{lecun, stream};
use teacher_student::{
    GradientDescent, GradientFlow, Integrator, Network, Population, Record, Stop, Weights, settle,
    state_of,
};

fn population(neurons: usize, dimension: usize) -> Population {
    let teacher = Weights::orthonormal(neurons, dimension).expect("K ≤ d");
    Population::matching(Network::new(teacher))
}

/// The definition, L₁₂ from a 2 × 2 system with angles by acos: right away from the corners only.
fn textbook_l12(theta: f64, phi: f64) -> f64 {
    let h = |t: f64| (PI - t) * t.cos() + t.sin();
    let angle = |x: f64| x.cos().clamp(-1.0, 1.0).acos();
    let (t1, t2) = (angle(phi), angle(phi - theta));
    // M_r w̄ = M_r* gives the norms for one unit teacher.
    let (a, b, h1, h2) = (PI, h(theta), h(t1), h(t2));
    let determinant = a * a - b * b;
    let (x, y) = (
        (a * h1 - b * h2) / determinant,
        (a * h2 - b * h1) / determinant,
    );
    // m*_{12} − m_{12} w̄
    let star = (PI - t1) * t2.cos() + t1.sin() * theta.cos();
    let own = PI * theta.cos() * x + ((PI - theta) + theta.sin() * theta.cos()) * y;
    star - own
}

fn l12(criterion: &mut Criterion) {
    let points: Vec<(f64, f64)> = (1..=1000)
        .map(|i| {
            let i = f64::from(i);
            (0.4 + 2.3 * (0.37 * i).fract(), TAU * (0.61 * i).fract())
        })
        .collect();
    for &(theta, phi) in &points {
        let stable = TwoUnits::from_radians(theta, phi).expect("0 < θ < π").l12();
        assert!(
            (stable - textbook_l12(theta, phi)).abs() < 1e-12,
            "{theta} {phi}"
        );
    }
    let mut group = criterion.benchmark_group("L12");
    group.throughput(Throughput::Elements(points.len() as u64));
    group.bench_function("stable", |b| {
        b.iter(|| {
            black_box(&points)
                .iter()
                .map(|&(t, p)| TwoUnits::from_radians(t, p).map_or(f64::NAN, |u| u.l12()))
                .sum::<f64>()
        });
    });
    group.bench_function("by acos", |b| {
        b.iter(|| {
            black_box(&points)
                .iter()
                .map(|&(t, p)| textbook_l12(t, p))
                .sum::<f64>()
        });
    });
    group.finish();
}

/// The counts of signs, point by point.
fn counted(n: usize, m: usize) -> [u64; 2] {
    let (mut inside, mut outside) = (0, 0);
    for i in 1..=n {
        let theta = PI * i as f64 / (n + 1) as f64;
        for j in 0..m {
            let phi = TAU * j as f64 / m as f64;
            let value = TwoUnits::from_radians(theta, phi).map_or(f64::NAN, |u| u.l12());
            inside += u64::from(value > 1e-14);
            outside += u64::from(value < -1e-14);
        }
    }
    [inside, outside]
}

fn grid(criterion: &mut Criterion) {
    let (n, m) = (300, 600);
    let streamed = sign_grid(n, m).expect("the grid has points");
    let [inside, outside] = counted(n, m);
    assert!(streamed.violations == 0 && streamed.undecided == 0);
    assert!(inside <= streamed.inside && streamed.inside - inside < 10);
    assert!(outside <= streamed.outside && streamed.outside - outside < 10);
    let mut group = criterion.benchmark_group("sign grid 300 x 600");
    group
        .sample_size(20)
        .throughput(Throughput::Elements((n * m) as u64));
    group.bench_function("streamed", |b| b.iter(|| sign_grid(black_box(n), m)));
    group.bench_function("point by point", |b| b.iter(|| counted(black_box(n), m)));
    group.finish();
}

fn search(criterion: &mut Criterion) {
    let problem = population(3, 5);
    let families = vec![StartFamily::NearPermutation { noise: 0.3 }];
    let search = Search::new(&problem)
        .and_then(|s| s.families(families))
        .expect("the family is valid");
    let start = StartFamily::NearPermutation { noise: 0.3 }
        .draw(&mut stream(5, 0), problem.teacher().weights(), 3)
        .expect("the noise is valid");
    let found = search
        .attempt(0, &mut stream(5, 0))
        .expect("the start is valid");
    let end = found.end().expect("no zero neuron").weights();
    let flowed = settle(&problem, start.as_mat(), 1e-13, 1e4).expect("the start is valid");
    let minimum = flowed.weights().clone();
    let same = Equivalence::new(&problem)
        .and_then(|e| e.between(end, &minimum, 1e-9))
        .expect("the shapes agree");
    assert!(same.is_some(), "both end at a permutation of the teacher");
    let mut group = criterion.benchmark_group("one run of the search, K=3 d=5");
    group.sample_size(30);
    group.bench_function("Levenberg-Marquardt", |b| {
        b.iter(|| search.attempt(0, &mut stream(5, 0)));
    });
    group.bench_function("flow and Newton", |b| {
        b.iter(|| settle(&problem, black_box(start.as_mat()), 1e-13, 1e4));
    });
    group.finish();
}

fn descent(criterion: &mut Criterion) {
    let problem = population(8, 8);
    let start = lecun(&mut stream(5, 1), 8, 8).expect("the shape is valid");
    let quick = Descent::new(0.1, 1e-9).expect("the settings are valid");
    let flow = GradientFlow::new(problem.clone());
    let (state, stop) = (
        state_of(start.as_mat()),
        Stop::new().steps(1_000_000).rate_below(1e-9),
    );
    let step_by_step = || GradientDescent::new(0.1).integrate(&flow, &state, &stop, &Record::Ends);
    let path = step_by_step().expect("the start is valid");
    let end = quick.run(&problem, &start).expect("the start is valid");
    let exact = flow.weights(path.end()).expect("the state has the shape");
    assert!((end.weights().as_mat() - exact).norm_l2() < 1e-6);
    let mut group = criterion.benchmark_group("descent to a minimum, K=8");
    group.sample_size(10);
    group.bench_function("into Newton's basin", |b| {
        b.iter(|| quick.run(&problem, black_box(&start)));
    });
    group.bench_function("step by step", |b| b.iter(step_by_step));
    group.finish();
}

fn classification(criterion: &mut Criterion) {
    faer::set_global_parallelism(Par::Seq);
    let neurons = 16;
    let problem = population(neurons, neurons);
    let blocks = BlockDynamics::new(&[neurons - 1, 1]).expect("K ≥ 2");
    let state = blocks.teacher();
    let teacher = blocks.lift(&state).expect("K is small");
    let whole = classify(&problem, &teacher).expect("the shapes agree");
    let by_blocks = blocks
        .hessian_eigenvalues(&state)
        .expect("the state is valid");
    assert_eq!(whole.kind(), Kind::GlobalMinimum);
    assert!((whole.least_eigenvalue() - by_blocks[0]).abs() < 1e-13);
    let mut group = criterion.benchmark_group("least eigenvalue at a symmetric point, K=16");
    group.sample_size(20);
    group.bench_function("by blocks", |b| {
        b.iter(|| blocks.hessian_eigenvalues(black_box(&state)));
    });
    group.bench_function("full Hessian", |b| {
        b.iter(|| {
            let hessian = problem.hessian(black_box(teacher.as_mat()))?;
            Ok::<_, teacher_student::Error>(hessian.self_adjoint_eigenvalues(Side::Lower).ok())
        });
    });
    group.bench_function("classify", |b| {
        b.iter(|| classify(&problem, black_box(&teacher)));
    });
    group.finish();
}

/// Whether some renaming of students and axes carries one point to the other, all tried.
fn by_enumeration(a: &Weights, b: &Weights) -> bool {
    fn permutations(size: usize) -> Vec<Vec<usize>> {
        if size == 0 {
            return vec![Vec::new()];
        }
        let insert = |p: Vec<usize>| {
            (0..size).map(move |at| {
                let mut longer = p.clone();
                longer.insert(at, size - 1);
                longer
            })
        };
        permutations(size - 1)
            .into_iter()
            .flat_map(insert)
            .collect()
    }
    let all = permutations(a.neurons());
    all.iter().any(|p| {
        all.iter().any(|s| {
            (0..p.len()).all(|i| {
                (0..s.len()).all(|k| (a.as_mat()[(p[i], s[k])] - b.as_mat()[(i, k)]).abs() < 1e-9)
            })
        })
    })
}

fn equivalence(criterion: &mut Criterion) {
    let problem = population(5, 5);
    let one = lecun(&mut stream(5, 2), 5, 5).expect("the shape is valid");
    let renamed = Mat::from_fn(5, 5, |i, k| {
        one.as_mat()[((2 * i + 1) % 5, (3 * k + 4) % 5)]
    });
    let other = Weights::new(renamed).expect("no zero neuron");
    let exact = Equivalence::new(&problem).expect("the teacher is valid");
    let ours = || exact.between(&one, &other, 1e-9);
    assert!(ours().expect("the shapes agree").is_some() && by_enumeration(&one, &other));
    let mut catalogue = Catalogue::new(&problem).expect("the teacher is valid");
    for (run, point) in [&one, &other].into_iter().enumerate() {
        catalogue
            .enter(point, run as u64)
            .expect("the shapes agree");
    }
    assert_eq!(catalogue.classes().len(), 1);
    let mut group = criterion.benchmark_group("equivalence of two points, K=5");
    group.sample_size(20);
    group.bench_function("assignment", |b| b.iter(ours));
    group.bench_function("all renamings", |b| {
        b.iter(|| by_enumeration(black_box(&one), black_box(&other)));
    });
    group.finish();
}

criterion_group!(
    benches,
    l12,
    grid,
    search,
    descent,
    classification,
    equivalence
);
criterion_main!(benches);
