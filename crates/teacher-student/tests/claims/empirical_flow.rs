//! Gradient descent on N samples stays within O(N^(−1/2)) of descent on the population over a bounded time.

use faer::Mat;
use gaussian_oracle::multiprecision;
use teacher_student::initialization::{gaussian, stream};
use teacher_student::{
    Empirical, GradientDescent, GradientFlow, Integrator, Network, Population, Record, Stop,
    Trajectory, VectorField, Weights, state_of,
};

use crate::strategies::{flat, gaussian_rows, matrix, rotation};

const K: usize = 3;
const D: usize = 6;
const STEP: f64 = 0.2;
const END: f64 = 8.0;
const SEED: u64 = 8;

fn teacher() -> Network {
    Network::new(Weights::orthonormal(K, D).unwrap())
}

fn start(run: u64) -> Weights {
    gaussian(&mut stream(SEED, run), K, D, 0.3).unwrap()
}

fn data(samples: usize, seed: u64) -> Mat<f64> {
    matrix(&gaussian_rows(samples, D, seed))
}

fn descend(field: &dyn VectorField, start: &Weights) -> Trajectory {
    GradientDescent::new(STEP)
        .integrate(
            field,
            &state_of(start.as_mat()),
            &Stop::new().time(END),
            &Record::EveryStep(1),
        )
        .unwrap()
}

fn population(start: &Weights) -> Trajectory {
    descend(&GradientFlow::new(Population::matching(teacher())), start)
}

fn sampled(data: Mat<f64>, start: &Weights) -> Trajectory {
    let objective = Empirical::new(data, &teacher(), vec![1.0; K]).unwrap();
    descend(&GradientFlow::new(objective), start)
}

/// The largest distance along the run.
fn largest(a: &Trajectory, b: &Trajectory) -> f64 {
    assert_eq!(a.times().len(), b.times().len());
    a.states()
        .iter()
        .zip(b.states())
        .map(|(a, b)| distance(a, b))
        .fold(0.0, f64::max)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y).powi(2))
        .sum::<f64>()
        .sqrt()
}

/// The exponent of the geometric mean over twelve starts between N = 500 and N = 32 000.
fn exponent(draw: impl Fn(usize, u64) -> Mat<f64>) -> f64 {
    let runs = 12;
    let logarithm: f64 = (0..runs)
        .map(|run| {
            let start = start(run);
            let limit = population(&start);
            let at = |samples| largest(&sampled(draw(samples, 100 + run), &start), &limit).ln();
            at(32_000) - at(500)
        })
        .sum();
    logarithm / runs as f64 / 64_f64.ln()
}

/// −½ to 0.15: the logarithm of one distance spreads by about 0.6, of the mean of twelve differences by 0.25, and
/// ln 64 = 4.2 divides it; two and a half standard deviations.
#[test]
fn oracle_distance_falls_with_the_root_of_the_sample() {
    let found = exponent(data);
    assert!((found + 0.5).abs() < 0.15, "{found}");
}

/// Both runs against loops that share no code with the library: descent with the textbook gradient of the sample, and
/// with the population gradient in multiprecision.
#[test]
fn oracle_trajectories() {
    let start = start(3);
    let inputs = gaussian_rows(60, D, 5);
    let teacher: Vec<Vec<f64>> = (0..K)
        .map(|k| (0..D).map(|i| f64::from(u8::from(i == k))).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let rows = |state: &[f64]| {
        state
            .chunks_exact(D)
            .map(<[f64]>::to_vec)
            .collect::<Vec<_>>()
    };
    let unit = vec![1.0; K];

    let by_sample = |w: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let mut gradient = vec![vec![0.0; D]; K];
        for x in &inputs {
            let out = |net: &[Vec<f64>]| net.iter().map(|w| dot(w, x).max(0.0)).sum::<f64>();
            let miss = (out(w) - out(&teacher)) / inputs.len() as f64;
            for (w, g) in w.iter().zip(&mut gradient) {
                if dot(w, x) > 0.0 {
                    g.iter_mut().zip(x).for_each(|(g, x)| *g += miss * x);
                }
            }
        }
        gradient
    };
    let exact = |w: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let gradient = multiprecision::population_gradient(w, &unit, &teacher, &unit);
        let double = |row: &Vec<multiprecision::Real>| {
            row.iter().map(multiprecision::Real::to_f64).collect()
        };
        gradient.iter().map(double).collect()
    };
    #[allow(clippy::type_complexity)]
    let follow = |gradient: &dyn Fn(&[Vec<f64>]) -> Vec<Vec<f64>>| {
        let mut w = rows(&state_of(start.as_mat()));
        // END/STEP steps.
        for _ in 0..40 {
            let gradient = gradient(&w);
            for (w, g) in w.iter_mut().zip(gradient) {
                w.iter_mut().zip(g).for_each(|(w, g)| *w -= STEP * g);
            }
        }
        w.concat()
    };
    // Forty contracting or mildly expanding steps keep rounding small.
    assert!(distance(&follow(&by_sample), sampled(matrix(&inputs), &start).end()) < 1e-11);
    assert!(distance(&follow(&exact), population(&start).end()) < 1e-11);
}

/// Turning data, teacher and start turns both runs, and leaves their distance.
#[test]
fn symmetry_rotation() {
    let frame = rotation(D, 4);
    let turned = |w: &Weights| Weights::new(w.as_mat() * &frame).unwrap();
    let start = start(1);
    let inputs = data(500, 9);
    let plain = sampled(inputs.clone(), &start);
    let network = Network::new(turned(teacher().weights()));
    let objective = Empirical::new(&inputs * &frame, &network, vec![1.0; K]).unwrap();
    let other = descend(&GradientFlow::new(objective), &turned(&start));
    let limit = descend(
        &GradientFlow::new(Population::matching(network)),
        &turned(&start),
    );
    let back = Mat::from_fn(K, D, |j, i| plain.end()[j * D + i]) * &frame;
    assert!(distance(&flat(back.as_ref()), other.end()) < 1e-10);
    let (here, there) = (
        largest(&plain, &population(&start)),
        largest(&other, &limit),
    );
    assert!(
        here > 0.01 && (here - there).abs() < 1e-10,
        "{here} {there}"
    );
}

/// The samples must follow the law of the population: with one coordinate twice as wide the distance does not fall.
#[test]
fn nonvacuity_another_law_has_another_limit() {
    let stretched = |samples, seed| {
        let mut inputs = data(samples, seed);
        for row in 0..samples {
            inputs[(row, 0)] *= 2.0;
        }
        inputs
    };
    let found = exponent(stretched);
    assert!(found > -0.25, "{found}");
    let start = start(0);
    let far = largest(
        &sampled(stretched(32_000, 100), &start),
        &population(&start),
    );
    assert!(far > 0.1, "{far}");
}
