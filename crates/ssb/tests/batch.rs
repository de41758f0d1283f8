//! Many planar trajectories at once: against the scalar integrator, on any number of threads, and where they end.

use ssb::{Error, PlanarDynamics, PlanarEnd, PlanarLimit, SymmetricSaddle};
use teacher_student::{DormandPrince, Integrator, Record, Stop};

/// Starts over the square [0, 1]², without the origin.
fn starts(count: u32) -> Vec<[f64; 2]> {
    let fraction = |i: u32, step: f64| (f64::from(i + 1) * step).fract();
    (0..count)
        .map(|i| {
            [
                fraction(i, 0.754_877_666_246_693),
                fraction(i, 0.569_840_290_998_053),
            ]
        })
        .collect()
}

fn scalar(planar: &PlanarDynamics, start: [f64; 2], time: f64) -> [f64; 2] {
    let run = DormandPrince::default()
        .relative_tolerance(1e-14)
        .absolute_tolerance(1e-15)
        .integrate(planar, &start, &Stop::new().time(time), &Record::Ends)
        .unwrap();
    assert_eq!(run.end_time(), time, "{start:?}");
    [run.end()[0], run.end()[1]]
}

/// The largest distance from the scalar integrator at tight tolerance.
fn worst(neurons: usize, time: f64, tolerance: f64) -> f64 {
    let planar = PlanarDynamics::new(neurons).unwrap();
    let starts = starts(400);
    let ends = planar.flow_many(&starts, time, tolerance).unwrap();
    ends.iter()
        .zip(starts)
        .step_by(5)
        .map(|(end, start)| {
            assert_eq!(end.time, time);
            let [x, y] = scalar(&planar, start, time);
            (end.point[0] - x).hypot(end.point[1] - y)
        })
        .fold(0.0, f64::max)
}

#[test]
fn ends_agree_with_the_scalar_integrator() {
    for neurons in [2, 5, 30] {
        for time in [0.5, 5.0, 40.0] {
            let error = worst(neurons, time, 1e-11);
            assert!(error < 1e-8, "{neurons} {time}: {error:e}");
        }
    }
    let errors = [1e-5, 1e-8, 1e-11].map(|tolerance| worst(5, 3.0, tolerance));
    assert!(
        errors[1] < 0.05 * errors[0] && errors[2] < 0.05 * errors[1],
        "{errors:?}"
    );
}

#[test]
fn the_symmetry_breaks_from_any_gap() {
    // From x − y = 1e-10 the gap must grow for a long time before it shows.
    let planar = PlanarDynamics::new(5).unwrap();
    for gap in [1e-6, 1e-10] {
        let start = [0.3 + gap, 0.3];
        let end = planar.flow_many(&[start], 30.0, 1e-12).unwrap()[0];
        let [x, y] = scalar(&planar, start, 30.0);
        let (found, expected) = (end.point[0] - end.point[1], x - y);
        assert!(
            (found - expected).abs() < 1e-4 * expected,
            "{found:e} {expected:e}"
        );
    }
    let diagonal = planar.flow_many(&[[0.3, 0.3]], 200.0, 1e-12).unwrap()[0];
    assert_eq!(diagonal.point[0], diagonal.point[1]);
    let saddle = SymmetricSaddle::new(5).unwrap().coordinate();
    assert!((diagonal.point[0] - saddle).abs() < 1e-12);
    assert_eq!(
        planar.limit_near(diagonal.point, 1e-9),
        Some(PlanarLimit::Saddle)
    );
}

#[test]
fn the_region_below_the_diagonal_flows_to_the_teacher() {
    for neurons in [2, 5] {
        let planar = PlanarDynamics::new(neurons).unwrap();
        let starts = starts(2000);
        let ends = planar.flow_many(&starts, 300.0, 1e-9).unwrap();
        for (start, end) in starts.iter().zip(ends) {
            let expected = if start[0] > start[1] {
                PlanarLimit::Teacher
            } else if neurons == 2 {
                PlanarLimit::Exchanged
            } else {
                continue;
            };
            assert_eq!(
                planar.limit_near(end.point, 1e-6),
                Some(expected),
                "{start:?} {end:?}"
            );
        }
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let planar = PlanarDynamics::new(5).unwrap();
    let starts = starts(3001);
    let run = |threads: usize| -> Vec<PlanarEnd> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| planar.flow_many(&starts, 10.0, 1e-9).unwrap())
    };
    let one = run(1);
    assert_eq!(one.len(), starts.len());
    assert_eq!(one, run(2));
    assert_eq!(one, run(7));
}

#[test]
fn small_and_large_starts_are_followed() {
    let planar = PlanarDynamics::new(3).unwrap();
    let starts = [[1e-8, 0.0], [1e-3, 5e-4], [1e3, -1e3], [-2.0, 1.0]];
    let ends = planar.flow_many(&starts, 4.0, 1e-11).unwrap();
    for (start, end) in starts.into_iter().zip(ends) {
        let [x, y] = scalar(&planar, start, 4.0);
        let off = (end.point[0] - x).hypot(end.point[1] - y);
        assert!(
            end.time == 4.0 && off < 1e-8 * (1.0 + x.hypot(y)),
            "{start:?} {off:e}"
        );
    }
    assert_eq!(planar.flow_many(&[], 1.0, 1e-9).unwrap(), []);
    let still = planar.flow_many(&[[0.4, 0.2]], 0.0, 1e-9).unwrap();
    assert_eq!(still[0].point, [0.4, 0.2]);
}

#[test]
fn bad_input_is_refused() {
    let planar = PlanarDynamics::new(5).unwrap();
    let ok = [[0.5, 0.1]];
    for (time, tolerance) in [(-1.0, 1e-9), (1.0, 0.0), (1.0, 0.5)] {
        let refused = planar.flow_many(&ok, time, tolerance);
        assert!(matches!(refused, Err(Error::Setting { .. })));
    }
    assert!(planar.flow_many(&ok, f64::NAN, 1e-9).is_err());
    let origin = planar.flow_many(&[[0.0, 0.0]], 1.0, 1e-9);
    assert!(matches!(origin, Err(Error::ZeroNeuron { .. })));
    for start in [[f64::NAN, 0.1], [1e-200, 0.0], [1e200, 0.0]] {
        assert!(planar.flow_many(&[start], 1.0, 1e-9).is_err());
    }
}
