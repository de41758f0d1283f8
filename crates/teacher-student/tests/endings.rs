//! Optimal matchings, and the classification of where runs end.

use faer::{Mat, mat};
use rand::RngExt;
use teacher_student::initialization::{gaussian, near_teacher, stream};
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, Error, GradientDescent, GradientFlow, Integrator,
    Matching, Network, Population, Record, Stop, Weights, optimal_assignment, state_of,
};

fn total(costs: &Mat<f64>, columns: &[usize]) -> f64 {
    columns
        .iter()
        .enumerate()
        .map(|(j, &l)| costs[(j, l)])
        .sum()
}

/// All permutations of 0..n.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    permutations(n - 1)
        .into_iter()
        .flat_map(|short| {
            (0..n).map(move |at| {
                let mut long = short.clone();
                long.insert(at, n - 1);
                long
            })
        })
        .collect()
}

#[test]
fn assignments_are_optimal() {
    for run in 0..300 {
        let mut rng = stream(4, run);
        let n = 1 + usize::try_from(run % 7).unwrap();
        // Few distinct costs make ties; negative costs are legal.
        let grid = run % 2 == 0;
        let costs = Mat::from_fn(n, n, |_, _| {
            let u = rng.random::<f64>() - 0.4;
            if grid { (u * 6.0).round() } else { u }
        });
        let found = optimal_assignment(costs.as_ref()).unwrap();
        let mut columns = found.clone();
        columns.sort_unstable();
        assert_eq!(columns, (0..n).collect::<Vec<_>>());
        let least = permutations(n)
            .iter()
            .map(|p| total(&costs, p))
            .fold(f64::INFINITY, f64::min);
        assert!((total(&costs, &found) - least).abs() < 1e-12, "{n} {run}");
    }
    assert_eq!(optimal_assignment(Mat::zeros(0, 0).as_ref()).unwrap(), []);
    assert!(matches!(
        optimal_assignment(Mat::zeros(2, 3).as_ref()),
        Err(Error::Shape { .. })
    ));
    assert!(matches!(
        optimal_assignment(mat![[1.0, f64::NAN], [0.0, 0.0]].as_ref()),
        Err(Error::NotFinite { .. })
    ));
}

/// A hidden permutation of 60 neurons is found again, far from identity.
#[test]
fn a_large_permutation_is_recovered() {
    let teacher = gaussian(&mut stream(1, 0), 60, 80, 1.0).unwrap();
    let moved = near_teacher(&mut stream(1, 1), &teacher, 0.5).unwrap();
    let student = Mat::from_fn(60, 80, |j, i| moved.as_mat()[((17 * j + 5) % 60, i)]);
    let problem = Population::matching(Network::new(teacher)).unwrap();
    let matching = Matching::new(&problem, student.as_ref()).unwrap();
    let expected: Vec<usize> = (0..60).map(|j| (17 * j + 5) % 60).collect();
    assert_eq!(matching.permutation(), expected);
    assert!((matching.distance() - 0.5).abs() < 1e-12 && !matching.is_identity());
    let squares: f64 = matching.distances().iter().map(|d| d * d).sum();
    assert!((squares.sqrt() - 0.5).abs() < 1e-12 && matching.unpermuted_distance() > 10.0);
}

/// Neurons are compared by a_j w_j: a student with other top weights can be at the teacher; opposite signs cannot.
#[test]
fn matchings_respect_the_top_weights() {
    let rows = [vec![1.0, 0.0], vec![0.0, 2.0]];
    let weights = Weights::from_rows(&rows).unwrap();
    let teacher = Network::with_top_weights(weights, vec![1.0, -3.0]).unwrap();
    let problem = Population::new(teacher, vec![-1.5, 2.0]).unwrap();
    let student = mat![[0.0, 4.0], [0.5, 0.0]];
    let matching = Matching::new(&problem, student.as_ref()).unwrap();
    assert_eq!(matching.permutation(), [1, 0]);
    assert!(matching.distance() < 1e-15);
    let same_signs = mat![[1.0, 0.0], [0.0, 3.0]];
    let matching = Matching::new(&problem, same_signs.as_ref()).unwrap();
    assert!(matching.distance() > 1.0);
}

fn flow(k: usize, d: usize, top: Vec<f64>) -> GradientFlow<Population> {
    let teacher = Network::new(Weights::orthonormal(k, d).unwrap());
    GradientFlow::new(Population::new(teacher, top).unwrap())
}

fn end(flow: &GradientFlow<Population>, start: &[f64], stop: &Stop) -> Ending {
    let method = DormandPrince::builder().build().unwrap();
    let run = method.integrate(flow, start, stop, &Record::Ends).unwrap();
    Ending::classify(flow, &run, &EndingTolerances::default()).unwrap()
}

#[test]
fn every_ending_is_recognised() {
    let two = flow(2, 2, vec![1.0; 2]);
    let long = Stop::new().time(1e3).rate_below(1e-9);
    let ending = end(&two, &[0.3, 0.1, 0.1, 0.3], &long);
    assert!(
        matches!(&ending, Ending::Teacher { matching } if matching.distance() < 1e-6),
        "{ending}"
    );
    assert!(ending.is_global());

    let ending = end(&two, &[0.1, 0.3, 0.3, 0.1], &long);
    assert!(
        matches!(&ending, Ending::Permutation { matching } if matching.permutation() == [1, 0]),
        "{ending}"
    );

    let ending = end(&two, &[0.3, 0.3, 0.3, 0.3], &long);
    assert!(
        matches!(ending, Ending::Spurious { loss, .. } if loss > 0.01),
        "{ending}"
    );
    assert!(!ending.is_global() && ending.to_string().contains("critical point"));

    let ending = end(&two, &[0.3, 0.1, 0.1, 0.3], &Stop::new().time(1.0));
    assert!(
        matches!(ending, Ending::Stalled { gradient, .. } if gradient > 1e-3),
        "{ending}"
    );

    // Three units can share one teacher unit in many ways.
    let wide = flow(1, 2, vec![1.0; 3]);
    let ending = end(
        &wide,
        &[0.5, 0.1, 0.2, -0.1, 0.3, 0.05],
        &Stop::new().time(1e5).rate_below(1e-9),
    );
    assert!(
        matches!(ending, Ending::OtherGlobalMinimum { loss } if loss < 1e-10),
        "{ending}"
    );

    let run = GradientDescent::new(30.0)
        .unwrap()
        .integrate(
            &two,
            &[0.3, 0.1, 0.1, 0.3],
            &Stop::new().steps(40),
            &Record::Ends,
        )
        .unwrap();
    let ending = Ending::classify(&two, &run, &EndingTolerances::default()).unwrap();
    assert!(
        matches!(ending, Ending::Diverged { start_loss, end_loss } if end_loss > 1e6 * start_loss),
        "{ending}"
    );

    // From −w* with η = 2 the first step lands on the origin, where there is no gradient.
    let one = flow(1, 2, vec![1.0]);
    let run = GradientDescent::new(2.0)
        .unwrap()
        .integrate(&one, &[-1.0, 0.0], &Stop::new().steps(40), &Record::Ends)
        .unwrap();
    let ending = Ending::classify(&one, &run, &EndingTolerances::default()).unwrap();
    assert!(matches!(ending, Ending::Undefined { .. }), "{ending}");
}

/// Equal teacher neurons may be matched either way: a student at the teacher is at the teacher, not at a permutation.
#[test]
fn equal_teacher_neurons_count_as_the_teacher() {
    let rows = vec![vec![1.0, 0.0]; 3];
    let teacher = Network::new(Weights::from_rows(&rows).unwrap());
    let field = GradientFlow::new(Population::matching(teacher).unwrap());
    let start = state_of(Weights::from_rows(&rows).unwrap().as_mat());
    let ending = end(&field, &start, &Stop::new().time(1.0).rate_below(1e-9));
    assert!(matches!(ending, Ending::Teacher { .. }), "{ending}");
}

#[test]
fn a_foreign_trajectory_is_refused() {
    let (two, one) = (flow(2, 2, vec![1.0; 2]), flow(1, 3, vec![1.0]));
    let method = DormandPrince::builder().build().unwrap();
    let run = method
        .integrate(
            &one,
            &[0.1, 0.2, 0.3],
            &Stop::new().time(1.0),
            &Record::Ends,
        )
        .unwrap();
    let error = Ending::classify(&two, &run, &EndingTolerances::default()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::StartLength {
                length: 3,
                dimension: 4
            }
        ),
        "{error}"
    );
}
