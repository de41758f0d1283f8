//! A search, a descent, a classification and a certificate have the same bits on any number of threads, without the command
//! or the caller setting anything.

use critical_points::{Descent, Search, classify};
use faer::Par;
use proofs::points::certify;
use rayon::ThreadPoolBuilder;
use teacher_student::initialization::{lecun, stream};
use teacher_student::{Network, Population, Weights};

fn bits(weights: &Weights) -> Vec<u64> {
    let matrix = weights.as_mat();
    (0..matrix.ncols())
        .flat_map(|c| (0..matrix.nrows()).map(move |r| matrix[(r, c)].to_bits()))
        .collect()
}

/// Everything that is compared, in the pool and with the parallelism of the process that are current.
fn everything() -> Vec<(Vec<u64>, String)> {
    let mut all = Vec::new();
    let teacher = Network::new(Weights::orthonormal(10, 10).unwrap());
    let population = Population::matching(teacher);
    let search = Search::new(&population).unwrap();
    for attempt in search.run(0..5, |run| stream(17, run)).unwrap() {
        let end = attempt.end().unwrap();
        let counts = format!("{:?} after {} steps", end.outcome(), end.steps());
        all.push((bits(end.weights()), counts));
        let class = classify(&population, end.weights()).unwrap();
        let values = class
            .spectrum()
            .eigenvalues()
            .iter()
            .map(|x| x.to_bits())
            .collect();
        all.push((values, format!("{:?}", class.kind())));
    }
    let start = lecun(&mut stream(3, 1), 10, 10).unwrap();
    let end = Descent::new(0.1, 1e-9)
        .unwrap()
        .run(&population, &start)
        .unwrap();
    all.push((
        bits(end.weights()),
        format!("{:?} after {} steps", end.arrival(), end.steps()),
    ));
    let teacher = Network::new(Weights::orthonormal(6, 6).unwrap());
    let population = Population::matching(teacher);
    let start = lecun(&mut stream(3, 2), 6, 6).unwrap();
    let end = Descent::new(0.1, 1e-9)
        .unwrap()
        .run(&population, &start)
        .unwrap();
    let verdict = certify(&population, end.weights()).unwrap();
    all.push((Vec::new(), verdict.certified().unwrap().certificate()));
    all
}

#[test]
fn symmetry_threads() {
    faer::set_global_parallelism(Par::Seq);
    let pool = |threads| {
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    };
    let alone = pool(1).install(everything);
    for threads in [2, 7] {
        faer::set_global_parallelism(Par::rayon(threads));
        let spread = pool(threads).install(everything);
        assert!(alone == spread, "{threads} threads");
    }
}
