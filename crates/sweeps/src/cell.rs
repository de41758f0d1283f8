use faer::Mat;
use rand_distr::{Distribution as _, StandardNormal};
use teacher_student::initialization as initial;
use teacher_student::{
    Ending, EndingTolerances, Error, GradientFlow, Network, Objective as _, Population, Record,
    Weights, state_of,
};

use crate::law::{Rule, Start, Teacher, Top};
use crate::tally::End;

/// One point of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Its number, counted from 0.
    pub index: usize,
    /// K.
    pub neurons: usize,
    /// d.
    pub dimension: usize,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Law of the start.
    pub start: Start,
    /// Law of the teacher.
    pub teacher: Teacher,
    /// Top weights.
    pub top: Top,
    /// Descent rule.
    pub rule: Rule,
}

impl Cell {
    /// Run `replicate` of the cell, from its stream of `seed`, until the gradient norm is at most `stop_gradient`.
    pub(crate) fn run(&self, seed: u64, stop_gradient: f64, replicate: u32) -> Result<End, Error> {
        let (k, d) = (self.neurons, self.dimension);
        // A grid has at most 10⁶ cells.
        let number = ((self.index as u64) << 32) | u64::from(replicate);
        let mut rng = initial::stream(seed, number);
        let teacher = match self.teacher {
            Teacher::Orthonormal => Weights::orthonormal(k, d)?,
            Teacher::Gaussian => initial::lecun(&mut rng, k, d)?,
        };
        let start = match self.start {
            // With x⁰ = y⁰ = 0 the start is the noise alone.
            Start::Symmetric { x0, y0 } if x0 == 0.0 && y0 == 0.0 => Mat::zeros(k, d),
            Start::Symmetric { x0, y0 } => matrix(&initial::symmetric_with_noise(
                &mut rng, &teacher, x0, y0, 0.0,
            )?),
            Start::Gaussian { deviation } => matrix(&initial::gaussian(&mut rng, k, d, deviation)?),
            Start::Xavier {} => matrix(&initial::xavier(&mut rng, k, d)?),
            Start::He {} => matrix(&initial::he(&mut rng, k, d)?),
            Start::Lecun {} => matrix(&initial::lecun(&mut rng, k, d)?),
            Start::Ball { radius } => matrix(&initial::uniform_ball(&mut rng, k, d, radius)?),
            Start::NearTeacher { distance } => {
                matrix(&initial::near_teacher(&mut rng, &teacher, distance)?)
            }
        };
        let mut start = start;
        if self.noise > 0.0 {
            for j in 0..k {
                for i in 0..d {
                    let step: f64 = StandardNormal.sample(&mut rng);
                    start[(j, i)] += self.noise * step;
                }
            }
        }
        let top = (0..k)
            .map(|j| match self.top {
                Top::Alternating if j % 2 == 1 => -1.0,
                Top::Ones | Top::Alternating => 1.0,
            })
            .collect();
        let network = Network::with_top_weights(teacher, top)?;
        let flow = GradientFlow::new(Population::matching(network));
        let state = state_of(Weights::new(start)?.as_mat());
        let top = flow.objective().student_top_weights();
        let integrator = self.rule.method(stop_gradient).integrator(top);
        let stop = self.rule.stop(stop_gradient);
        let run = integrator.integrate(&flow, &state, &stop, &Record::Ends)?;
        let ending = Ending::classify(&flow, &run, &EndingTolerances::default())?;
        let loss = flow
            .weights(run.end())
            .and_then(|weights| flow.objective().loss(weights))
            .unwrap_or(f64::MAX);
        Ok(End {
            ending,
            loss,
            steps: run.steps(),
        })
    }
}

fn matrix(weights: &Weights) -> Mat<f64> {
    weights.as_mat().to_owned()
}
