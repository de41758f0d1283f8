use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use rayon::prelude::*;
use relu_lab::files::{Array, write};
use ssb::{PlanarDynamics, SymmetricSaddle};
use teacher_student::{DormandPrince, Integrator as _, Record, Stop, Trajectory};

use super::files::Files;
#[cfg(feature = "plots")]
use super::pictures;
use super::report::{Field, Kind, Report, Value};
use super::{Common, Work, count, misuse, not_negative, number, positive, write_all};

/// The symmetric dynamics in the plane (x, y): field, saddle and trajectories
///
/// K students against an orthonormal teacher, each with x on its own teacher and y on the others.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: relu-lab planar --neurons 5 --start 0.001,0 --start 0.2,0.1 -o planar.npz --plot planar.svg"
)]
pub(crate) struct Planar {
    /// K, at least 2
    #[arg(long, value_name = "K", value_parser = count, allow_hyphen_values = true)]
    neurons: usize,
    /// A start of a trajectory; may be repeated
    #[arg(long, value_name = "X,Y", value_parser = pair, default_value = "0.001,0", allow_hyphen_values = true)]
    start: Vec<(f64, f64)>,
    /// The longest time
    #[arg(long, value_name = "T", default_value = "1000", value_parser = positive, allow_hyphen_values = true)]
    time: f64,
    /// The most steps of a trajectory
    #[arg(long, value_name = "N", value_parser = count, default_value = "100000", allow_hyphen_values = true)]
    steps: usize,
    /// End where the rate is at most this
    #[arg(long, value_name = "G", default_value = "1e-10", value_parser = not_negative, allow_hyphen_values = true)]
    stop_gradient: f64,
    /// Grid points along each axis
    #[arg(long, value_name = "N", default_value = "25", value_parser = count, allow_hyphen_values = true)]
    grid: usize,
    /// Draw field and trajectories
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Write a bundle: x and y (the N grid points of an axis), velocity (2 x N x N: its entries (0, i, j) and (1, i, j) are dx/dt
    /// and dy/dt at entry j of x and entry i of y), loss (N x N, the same axes), and times_i (n), trajectory_i (n x 2) for start i, there
    #[arg(short, long, value_name = "FILE.npz")]
    output: Option<PathBuf>,
}

/// The grid ends here; the teacher is at (1, 0).
pub(super) const EDGE: f64 = 1.2;
/// The most grid points along an axis.
const MOST_POINTS: usize = 2000;

fn pair(text: &str) -> Result<(f64, f64), String> {
    let (x, y) = text.split_once(',').ok_or("it must be X,Y")?;
    Ok((number(x.trim())?, number(y.trim())?))
}

impl Planar {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("saddle", Kind::Number, "coordinate x = y of the saddle"),
        Field::new("saddle_loss", Kind::Number, "loss there"),
        Field::new(
            "saddle_rates",
            Kind::Vector,
            "eigenvalues of the linearised flow there",
        ),
        Field::new(
            "trajectories",
            Kind::List,
            "for each start: start, end, time, steps, loss, converged, outcome",
        ),
    ];
}

impl Work for Planar {
    fn files(&self) -> Files<'_> {
        Files::none()
            .write(self.output.as_ref(), Some(write::BUNDLE))
            .write(self.plot(), Some(write::PICTURE))
    }

    fn run(&self, _: &Common) -> Result<Report> {
        if self.grid > MOST_POINTS {
            return Err(misuse(format!(
                "`--grid` is {}: the most is {MOST_POINTS}",
                self.grid
            )));
        }
        let planar = PlanarDynamics::new(self.neurons)?;
        let saddle = SymmetricSaddle::new(self.neurons)?;
        let method = DormandPrince::default()
            .relative_tolerance(1e-10)
            .absolute_tolerance(1e-13);
        let stop = Stop::new()
            .time(self.time)
            .steps(self.steps)
            .rate_below(self.stop_gradient);
        let runs = self
            .start
            .par_iter()
            .map(|&(x, y)| method.integrate(&planar, &[x, y], &stop, &Record::EveryStep(1)))
            .collect::<Result<Vec<Trajectory>, _>>()?;
        let mut files = Vec::new();
        if let Some(path) = &self.output {
            files.push((path, self.arrays(path, &planar, &runs)?));
        }
        #[cfg(feature = "plots")]
        if let Some(path) = &self.plot {
            let svg = pictures::planar(self.neurons, &planar, &saddle, &runs)?;
            files.push((path, svg.into_bytes()));
        }
        write_all(&files)?;
        let trajectories = runs
            .iter()
            .map(|run| {
                let end = run.end();
                Ok(Value::Object(vec![
                    ("start", run.states()[0].clone().into()),
                    ("end", end.to_vec().into()),
                    ("time", run.end_time().into()),
                    ("steps", run.steps().into()),
                    ("loss", planar.loss(end[0], end[1])?.into()),
                    ("converged", run.outcome().is_converged().into()),
                    ("outcome", run.outcome().to_string().into()),
                ]))
            })
            .collect::<Result<Vec<Value>>>()?;
        let at = saddle.coordinate();
        Ok(Report::Fields(vec![
            ("saddle", at.into()),
            ("saddle_loss", planar.loss(at, at)?.into()),
            ("saddle_rates", saddle.rates().to_vec().into()),
            ("trajectories", Value::List(trajectories)),
        ]))
    }
}

impl Planar {
    #[cfg(feature = "plots")]
    fn plot(&self) -> Option<&PathBuf> {
        self.plot.as_ref()
    }

    #[cfg(not(feature = "plots"))]
    #[allow(clippy::unused_self, reason = "with pictures there is one")]
    fn plot(&self) -> Option<&PathBuf> {
        None
    }

    /// The grid points along an axis; (0, 0), where the field has no value, is left out by starting half a step in.
    pub(super) fn axis(points: usize) -> Vec<f64> {
        let step = EDGE / points as f64;
        (0..points).map(|i| step * (i as f64 + 0.5)).collect()
    }

    /// The bundle of field and trajectories.
    fn arrays(
        &self,
        path: &std::path::Path,
        planar: &PlanarDynamics,
        runs: &[Trajectory],
    ) -> Result<Vec<u8>> {
        let axis = Self::axis(self.grid);
        let n = self.grid;
        let values = axis
            .par_iter()
            .map(|&y| {
                axis.iter()
                    .map(|&x| Ok((planar.velocity(x, y)?, planar.loss(x, y)?)))
                    .collect::<Result<Vec<_>>>()
            })
            .collect::<Result<Vec<_>>>()?;
        let values: Vec<([f64; 2], f64)> = values.into_iter().flatten().collect();
        let across = values.iter().map(|v| v.0[0]);
        let velocity = across.chain(values.iter().map(|v| v.0[1])).collect();
        let loss = values.iter().map(|v| v.1).collect();
        let shaped = |shape: Vec<usize>, data: Vec<f64>| {
            Array::new(shape, data).unwrap_or_else(|| Array::vector(Vec::new()))
        };
        let mut arrays = vec![
            ("x".to_owned(), Array::vector(axis.clone())),
            ("y".to_owned(), Array::vector(axis)),
            ("velocity".to_owned(), shaped(vec![2, n, n], velocity)),
            ("loss".to_owned(), shaped(vec![n, n], loss)),
        ];
        for (index, run) in runs.iter().enumerate() {
            let states = run.states().iter().flatten().copied().collect();
            arrays.push((
                format!("times_{index}"),
                Array::vector(run.times().to_vec()),
            ));
            arrays.push((
                format!("trajectory_{index}"),
                shaped(vec![run.states().len(), 2], states),
            ));
        }
        let named: Vec<(&str, Array)> = arrays
            .iter()
            .map(|(name, array)| (name.as_str(), array.clone()))
            .collect();
        Ok(write::bundle_bytes(path, &named)?)
    }
}
