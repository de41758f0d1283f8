//! Optimal matchings, and the classification of where runs end.

use faer::{Mat, mat};
use rand::RngExt;
use teacher_student::initialization::{gaussian, near_teacher, stream};
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, Error, FlowRun, GradientDescent, GradientFlow,
    Integrator, Matching, Network, Objective, Population, Record, Stop, Weights,
    optimal_assignment, state_of,
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
    let problem = Population::matching(Network::new(teacher));
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

fn end(flow: &GradientFlow<Population>, start: &[f64], stop: &Stop<'_>) -> Ending {
    let method = DormandPrince::default();
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
        matches!(ending, Ending::Critical { loss, .. } if loss > 0.01),
        "{ending}"
    );
    assert!(!ending.is_global() && ending.to_string().contains("critical point"));

    let ending = end(&two, &[0.3, 0.1, 0.1, 0.3], &Stop::new().time(1.0));
    assert!(
        matches!(ending, Ending::OnItsWay { gradient, .. } if gradient > 1e-3),
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
    let field = GradientFlow::new(Population::matching(teacher));
    let start = state_of(Weights::from_rows(&rows).unwrap().as_mat());
    let ending = end(&field, &start, &Stop::new().time(1.0).rate_below(1e-9));
    assert!(matches!(ending, Ending::Teacher { .. }), "{ending}");
}

#[test]
fn a_foreign_trajectory_is_refused() {
    let (two, one) = (flow(2, 2, vec![1.0; 2]), flow(1, 3, vec![1.0]));
    let method = DormandPrince::default();
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

fn run(
    teacher: &[Vec<f64>],
    start: &[Vec<f64>],
    method: &dyn Integrator,
    stop: &Stop<'_>,
) -> (FlowRun, Ending) {
    let teacher = Network::new(Weights::from_rows(teacher).unwrap());
    let top = vec![1.0; start.len()];
    let flow = GradientFlow::new(Population::new(teacher, top).unwrap());
    let start = Weights::from_rows(start).unwrap();
    let run = flow.run(method, &start, stop, &Record::Ends).unwrap();
    let tolerances = EndingTolerances::default().with_hessian();
    let ending = Ending::classify(&flow, run.trajectory(), &tolerances).unwrap();
    (run, ending)
}

/// A distance relative to the whole teacher would hide a small neuron that has learned nothing.
#[test]
fn small_neurons_count_as_much_as_large_ones() {
    for size in [1e3, 1e5, 1e7] {
        let teacher = [vec![size, 0.0], vec![0.0, 1.0]];
        let start = [vec![size, 0.0], vec![0.3, 0.1]];
        let method = DormandPrince::default();
        let (early, ending) = run(&teacher, &start, &method, &Stop::new().time(1.0));
        assert_eq!(ending.word(), "on-its-way", "{size:e}: {ending}");
        assert!(early.losses()[1] > 0.01);
        if size < 1e4 {
            let stop = Stop::new().time(1e3).relative_rate_below(1e-10);
            let (late, ending) = run(&teacher, &start, &method, &stop);
            assert_eq!(ending.word(), "teacher", "{}: {ending}", late.outcome());
        }
    }
}

/// An over-parameterised student approaches loss 0 as T⁻³: its gradient is small long before its loss is.
#[test]
fn a_slow_approach_to_zero_is_on_its_way() {
    let teacher: Vec<Vec<f64>> = (0..8)
        .map(|j| (0..8).map(|i| f64::from(u8::from(i == j))).collect())
        .collect();
    let mut slow = 0;
    for index in 0..12 {
        let start = gaussian(&mut stream(17, index), 9, 8, 8_f64.sqrt().recip()).unwrap();
        let start: Vec<Vec<f64>> = (0..9).map(|j| start.row(j)).collect();
        let method = DormandPrince::default().relative_tolerance(1e-6);
        let (end, ending) = run(&teacher, &start, &method, &Stop::new().time(2000.0));
        let loss = end.losses()[1];
        // A true spurious minimum of this problem has a loss of order 0.01.
        if loss < 1e-3 {
            let word = ending.word();
            assert!(
                word == "on-its-way" || word == "other-global-minimum",
                "run {index}: {ending}"
            );
            slow += u32::from(word == "on-its-way");
        }
    }
    assert!(slow >= 3, "{slow}");
}

/// Equal students stay equal: they end at a saddle.
#[test]
fn a_saddle_is_told_by_its_hessian() {
    let teacher = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let start = [vec![0.3, 0.3], vec![0.3, 0.3]];
    let stop = Stop::new().time(1e3).relative_rate_below(1e-10);
    let (_, ending) = run(&teacher, &start, &DormandPrince::default(), &stop);
    assert!(
        matches!(ending, Ending::Saddle { curvature, .. } if curvature < -0.05),
        "{ending}"
    );
    assert!(ending.is_critical() && !ending.is_global());
}

/// Steps that are too large end with one verdict, not with two that contradict each other.
#[test]
fn descent_that_diverges_says_so_twice() {
    let teacher = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let start = [vec![0.9, 0.1], vec![0.2, 1.1]];
    let method = GradientDescent::new(100.0);
    let (end, ending) = run(&teacher, &start, &method, &Stop::new().time(1000.0));
    assert_eq!(ending.word(), "diverged", "{ending}");
    assert!(end.outcome().is_failure(), "{}", end.outcome());
    assert!(
        end.outcome().to_string().contains("smaller step"),
        "{}",
        end.outcome()
    );
}

/// A run that has not moved, or whose gradient is of order one, is on its way.
#[test]
fn early_ends_are_on_their_way() {
    let teacher = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let start = [vec![3.0, 1.0], vec![2.0, 3.0]];
    for stop in [Stop::new().time(0.0), Stop::new().time(0.01)] {
        let (end, ending) = run(&teacher, &start, &DormandPrince::default(), &stop);
        assert!(
            matches!(ending, Ending::OnItsWay { gradient, .. } if gradient > 1.0),
            "{}: {ending}",
            end.outcome()
        );
    }
    // A start at the teacher is there.
    let (_, ending) = run(
        &teacher,
        &teacher,
        &DormandPrince::default(),
        &Stop::new().time(0.0),
    );
    assert_eq!(ending.word(), "teacher");
}

/// The same run in any unit of the weights: the same steps, the same ending.
#[test]
fn endings_do_not_depend_on_the_unit() {
    let teacher = [[1.0, 0.0], [0.0, 1.0]];
    let start = [[0.4, 0.1], [-0.1, 0.6]];
    let mut steps = Vec::new();
    for exponent in [0, -37, 37, -665, 332] {
        let unit = 2f64.powi(exponent);
        let scaled = |rows: &[[f64; 2]; 2]| -> Vec<Vec<f64>> {
            rows.iter()
                .map(|row| row.iter().map(|x| unit * x).collect())
                .collect()
        };
        let stop = Stop::new().time(1e4).relative_rate_below(1e-10);
        let method = DormandPrince::default();
        let (end, ending) = run(&scaled(&teacher), &scaled(&start), &method, &stop);
        assert!(
            end.outcome().is_converged(),
            "2^{exponent}: {}",
            end.outcome()
        );
        assert_eq!(ending.word(), "teacher", "2^{exponent}: {ending}");
        steps.push(end.trajectory().steps());
        // Nothing has been learned at the start.
        let (end, ending) = run(
            &scaled(&teacher),
            &scaled(&start),
            &method,
            &Stop::new().time(0.0),
        );
        assert_eq!(ending.word(), "on-its-way", "2^{exponent}: {ending}");
        assert_eq!(end.trajectory().steps(), 0);
    }
    // Beyond the range of squares, rounding may take a step more.
    assert!(steps.iter().all(|n| n.abs_diff(steps[0]) <= 3), "{steps:?}");
}

/// Losses that are no normal doubles are errors, not zero; those that are have all their digits.
#[test]
fn small_losses_do_not_underflow_silently() {
    let loss = |unit: f64| {
        let teacher = Network::new(Weights::from_rows(&[vec![unit, 0.0]]).unwrap());
        let student = Weights::from_rows(&[vec![0.0, unit]]).unwrap();
        Population::matching(teacher).loss(&student)
    };
    let at_one = loss(1.0).unwrap();
    for exponent in [-100, -450, -480, -510] {
        let unit = 2f64.powi(exponent);
        let exact = at_one * unit * unit;
        let found = loss(unit).unwrap();
        assert!(
            (found / exact - 1.0).abs() < 1e-14,
            "2^{exponent}: {found:e}"
        );
    }
    let error = loss(2f64.powi(-665)).unwrap_err();
    assert!(matches!(error, Error::Underflow { .. }), "{error}");
    // Zero itself is no underflow.
    let teacher = Network::new(Weights::from_rows(&[vec![1e-200, 0.0]]).unwrap());
    let same = teacher.weights().clone();
    assert_eq!(Population::matching(teacher).loss(&same).unwrap(), 0.0);
}

/// Every ending has a defined word.
#[test]
fn words_are_defined() {
    let words: Vec<&str> = Ending::WORDS.iter().map(|(word, _)| *word).collect();
    let mut distinct = words.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(words.len(), distinct.len());
    let undefined = Ending::Undefined {
        reason: String::new(),
    };
    let lost = Ending::OtherGlobalMinimum { loss: 0.0 };
    for ending in [undefined, lost] {
        assert!(words.contains(&ending.word()));
    }
}

/// Neurons whose top weights have opposite signs are as far apart as opposite vectors.
#[test]
fn opposite_signs_add_their_norms() {
    let teacher =
        Network::with_top_weights(Weights::from_rows(&[vec![3.0, 4.0]]).unwrap(), vec![2.0])
            .unwrap();
    let problem = Population::new(teacher, vec![-1.0]).unwrap();
    let student = Weights::from_rows(&[vec![0.0, 7.0]]).unwrap();
    let matching = Matching::new(&problem, &student).unwrap();
    assert_eq!(matching.distances(), [17.0]);
    assert_eq!(
        (matching.distance(), matching.unpermuted_distance()),
        (17.0, 17.0)
    );
    assert!((matching.largest_relative_distance() - 1.7).abs() < 1e-15);
}
