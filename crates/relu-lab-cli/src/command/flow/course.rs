//! A flow in pieces: what the records of a piece hold is on disk before the next piece begins.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use relu_lab::files::records::Records;
use relu_lab::files::{Array, read, write};
use teacher_student::{
    GradientFlow, Integrator, Objective as _, Outcome, Population, Record, Stop, Trajectory,
    Weights,
};

/// The most steps of a piece.
const STEPS: usize = 10_000;
/// The most numbers in the records of a piece: 128 MiB.
const NUMBERS: usize = 1 << 24;
/// What stands in a record before the weights: time, loss, gradient norm.
const BEFORE: usize = 3;

/// Where a flow is to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The gradient norm, relative to the smallest teacher neuron.
    pub(super) gradient: f64,
    /// The longest time.
    pub(super) time: Option<f64>,
    /// The most steps.
    pub(super) steps: usize,
}

/// Time, loss and gradient norm of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) time: f64,
    pub(crate) loss: f64,
    pub(crate) gradient_norm: f64,
}

/// A flow that has come so far.
pub(super) struct Course {
    neurons: usize,
    dimension: usize,
    start: Vec<f64>,
    end: Vec<f64>,
    points: Vec<Point>,
    /// The states of the last points, which are not on disk.
    states: Vec<Vec<f64>>,
    spool: Option<Records>,
    steps: usize,
    rejected: usize,
    evaluations: usize,
}

/// The file of the records of an output, until the output is written.
fn spool_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".records");
    name.into()
}

impl Course {
    /// From the student's weights.
    pub(super) fn begin(student: &Weights) -> Self {
        Self {
            neurons: student.neurons(),
            dimension: student.dimension(),
            start: student.state(),
            end: student.state(),
            points: Vec::new(),
            states: Vec::new(),
            spool: None,
            steps: 0,
            rejected: 0,
            evaluations: 0,
        }
    }

    /// From the last record of an earlier flow from the same weights: of the records that it left when it was stopped, or of the
    /// bundle that it wrote.
    pub(super) fn resume(
        from: &Path,
        student: &Weights,
        flow: &GradientFlow<Population>,
    ) -> Result<Self> {
        let mut course = Self::begin(student);
        let width = BEFORE + course.end.len();
        let spool = spool_of(from);
        if spool.exists() {
            let mut records = Records::open(&spool, width)?;
            for index in 0..records.count() {
                let record = records.read(index)?;
                course.points.push(Point {
                    time: record[0],
                    loss: record[1],
                    gradient_norm: record[2],
                });
                if index == 0 {
                    course.start = record[BEFORE..].to_vec();
                }
                course.end = record[BEFORE..].to_vec();
            }
            course.spool = Some(records);
        } else {
            let array = |name: &str| {
                let mut source = OsString::from(from);
                source.push(":");
                source.push(name);
                read::array(source)
            };
            let (times, losses, norms) = (array("times")?, array("loss")?, array("gradient_norm")?);
            let weights = array("weights")?;
            let count = times.data().len();
            let fits = weights.shape() == [count, course.neurons, course.dimension]
                && losses.data().len() == count
                && norms.data().len() == count;
            if !fits {
                bail!(
                    "{} is no flow of {} x {} weights: `weights` has shape {:?}",
                    from.display(),
                    course.neurons,
                    course.dimension,
                    weights.shape()
                );
            }
            let states = weights.data().chunks(course.end.len()).map(<[f64]>::to_vec);
            course.states = states.collect();
            for index in 0..count {
                course.points.push(Point {
                    time: times.data()[index],
                    loss: losses.data()[index],
                    gradient_norm: norms.data()[index],
                });
            }
            if let (Some(first), Some(last)) = (course.states.first(), course.states.last()) {
                (course.start, course.end) = (first.clone(), last.clone());
            }
        }
        let Some(last) = course.points.last() else {
            bail!("{} has no record to go on from", from.display());
        };
        if course.start != student.state() {
            bail!(
                "{} is a flow from other weights than the student's",
                from.display()
            );
        }
        let loss = flow
            .objective()
            .loss(flow.weights(&course.end)?)
            .unwrap_or(f64::NAN);
        if last.loss.to_bits() != loss.to_bits() && !(last.loss.is_nan() && loss.is_nan()) {
            bail!(
                "{} is a flow to another teacher: its last loss is {:e}, here it is {loss:e}",
                from.display(),
                last.loss
            );
        }
        Ok(course)
    }

    /// Time, loss and gradient norm of every record.
    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// Follows the flow to its end; with `every`, each so many steps are recorded, and go to disk beside `output`. After each piece
    /// `progress` is told its last point and the steps so far.
    pub(super) fn follow(
        &mut self,
        flow: &GradientFlow<Population>,
        method: &dyn Integrator,
        limits: Limits,
        every: Option<usize>,
        output: Option<&Path>,
        progress: &dyn Fn(&Point, usize),
    ) -> Result<Trajectory> {
        let record = every.map_or(Record::Ends, Record::EveryStep);
        let most = STEPS.min(NUMBERS / self.end.len().max(1)).max(1);
        let piece = every.map_or(most, |n| most.max(n).next_multiple_of(n));
        let mut left = limits.steps;
        loop {
            let begin = self.points.last().map_or(0.0, |point| point.time);
            let mut stop = Stop::new()
                .relative_rate_below(limits.gradient)
                .steps(piece.min(left));
            if let Some(time) = limits.time {
                stop = stop.time((time - begin).max(0.0));
            }
            let weights = Weights::from_state(&self.end, self.dimension)?;
            let run = flow.run(method, &weights, &stop, &record)?;
            let whole = self.points.is_empty();
            self.take(run.trajectory(), every.is_some());
            left = left.saturating_sub(run.trajectory().steps());
            let stopped = matches!(run.outcome(), Outcome::StepsReached);
            if !stopped || left == 0 {
                return if whole {
                    Ok(run.trajectory().clone())
                } else {
                    self.ends(run.outcome().clone())
                };
            }
            match output {
                Some(output) => self.spill(output)?,
                None => self.states.clear(),
            }
            if let Some(point) = self.points.last() {
                progress(point, self.steps);
            }
        }
    }

    /// Takes over the records of a piece; its first is the last of the piece before.
    fn take(&mut self, piece: &Trajectory, all: bool) {
        let begin = self.points.last().map(|point| point.time);
        for (index, state) in piece.states().iter().enumerate() {
            if index == 0 && begin.is_some() {
                continue;
            }
            if !all && self.points.len() > 1 {
                self.points.pop();
                self.states.pop();
            }
            self.points.push(Point {
                time: begin.unwrap_or(0.0) + piece.times()[index],
                loss: piece.potentials()[index].unwrap_or(f64::NAN),
                gradient_norm: piece.rates()[index],
            });
            self.states.push(state.clone());
        }
        self.end = piece.end().to_vec();
        self.steps += piece.steps();
        self.rejected += piece.rejected();
        self.evaluations += piece.evaluations();
    }

    /// Start and end of all pieces as one trajectory.
    fn ends(&self, outcome: Outcome) -> Result<Trajectory> {
        let number = |x: f64| Some(x).filter(|x| !x.is_nan());
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            bail!("a flow has a start");
        };
        let (potential, rate) = (number(first.loss), first.gradient_norm);
        let mut path = Trajectory::builder(self.start.clone(), potential, rate);
        if last.time > 0.0 {
            path.push(
                last.time,
                self.end.clone(),
                number(last.loss),
                last.gradient_norm,
            )?;
        }
        Ok(path
            .counts(self.steps, self.rejected, self.evaluations)
            .finish(outcome))
    }

    /// Moves the states to disk.
    fn spill(&mut self, output: &Path) -> Result<()> {
        let path = spool_of(output);
        let width = BEFORE + self.end.len();
        let mut records = match self.spool.take() {
            Some(records) => records,
            None if path.exists() => bail!(
                "{} is there, from a flow that was stopped: go on by --resume {}, or remove it",
                path.display(),
                output.display()
            ),
            None => Records::create(&path, width)?,
        };
        let first = self.points.len() - self.states.len();
        for (point, state) in self.points[first..].iter().zip(self.states.drain(..)) {
            let head = [point.time, point.loss, point.gradient_norm];
            records.append(&[&head[..], &state].concat())?;
        }
        records.sync()?;
        self.spool = Some(records);
        Ok(())
    }

    /// Writes the bundle, with other files of the same command: all are written or none, where the records fit into memory.
    pub(super) fn write(mut self, output: &Path, more: &[(&Path, &[u8])]) -> Result<()> {
        if self.spool.is_some() {
            self.spill(output)?;
        }
        let (k, d) = (self.neurons, self.dimension);
        if let Some(mut records) = self.spool.take() {
            let end = BEFORE + k * d;
            let columns: [(&str, _, &[usize]); 4] = [
                ("times", 0..1, &[]),
                ("weights", BEFORE..end, &[k, d]),
                ("loss", 1..2, &[]),
                ("gradient_norm", 2..3, &[]),
            ];
            records.bundle(output, &columns)?;
            write::all(more)?;
            return Ok(records.remove()?);
        }
        let column =
            |value: fn(&Point) -> f64| Array::vector(self.points.iter().map(value).collect());
        let numbers = self.states.iter().flatten().copied().collect();
        let Some(weights) = Array::new(vec![self.states.len(), k, d], numbers) else {
            bail!("the recorded states do not have {k} x {d} numbers each");
        };
        let bytes = write::bundle_bytes(
            output,
            &[
                ("times", column(|point| point.time)),
                ("weights", weights),
                ("loss", column(|point| point.loss)),
                ("gradient_norm", column(|point| point.gradient_norm)),
            ],
        )?;
        let files: Vec<(&Path, &[u8])> = std::iter::once((output, bytes.as_slice()))
            .chain(more.iter().copied())
            .collect();
        Ok(write::all(&files)?)
    }
}
