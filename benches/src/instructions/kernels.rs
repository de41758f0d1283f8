use std::hint::black_box;

use anyhow::{Result, ensure};
use critical_points::{Arrival, Descent, sign_grid};
use hinge_classifier::{
    HingeNetwork, PaperStart, PolarGrid, Rays, Training, TrainingEnd, geometric_condition,
};
use ssb::PlanarDynamics;
use teacher_student::initialization::{lecun, stream};
use teacher_student::{DormandPrince, Integrator as _, Objective as _, Record, Stop};

use crate::problems::{SEED, cloud, gaussian_pair, orthonormal};

type Run = Box<dyn FnMut() -> Result<()>>;

/// A computation whose instructions are counted.
pub struct Kernel {
    /// Its name in the table.
    pub name: &'static str,
    /// How many runs are counted.
    pub times: usize,
    /// Its input; what is returned is one run.
    pub prepare: fn() -> Result<Run>,
}

/// All of them.
pub const KERNELS: &[Kernel] = &[
    Kernel {
        name: "gradient K=10 d=10",
        times: 200,
        prepare: || gradient(10, 10),
    },
    Kernel {
        name: "gradient K=50 d=100",
        times: 10,
        prepare: || gradient(50, 100),
    },
    Kernel {
        name: "Hessian K=20 d=20",
        times: 10,
        prepare: || {
            let (population, student) = gaussian_pair(20, 20)?;
            Ok(Box::new(move || {
                black_box(population.hessian(student.as_mat())?);
                Ok(())
            }))
        },
    },
    Kernel {
        name: "descent K=6",
        times: 2,
        prepare: descent,
    },
    Kernel {
        name: "sign grid 200 x 400",
        times: 10,
        prepare: || {
            Ok(Box::new(|| {
                let grid = sign_grid(black_box(200), 400)?;
                ensure!(grid.violations == 0, "the conjecture holds");
                Ok(())
            }))
        },
    },
    Kernel {
        name: "geometric condition d=20",
        times: 5,
        prepare: || {
            let weights = cloud(1000, 20, false)?;
            Ok(Box::new(move || {
                let verdict = geometric_condition(weights.as_ref())?;
                ensure!(verdict.holds() == Some(true), "the condition holds here");
                Ok(())
            }))
        },
    },
    Kernel {
        name: "hinge training k=12",
        times: 2,
        prepare: hinge,
    },
    Kernel {
        name: "planar flow K=5",
        times: 100,
        prepare: planar,
    },
];

fn gradient(neurons: usize, dimension: usize) -> Result<Run> {
    let (population, student) = gaussian_pair(neurons, dimension)?;
    Ok(Box::new(move || {
        black_box(population.gradient(student.as_mat())?);
        Ok(())
    }))
}

fn descent() -> Result<Run> {
    let population = orthonormal(6, 6)?;
    let start = lecun(&mut stream(SEED, 100), 6, 6)?;
    let descent = Descent::new(0.1, 1e-9)?;
    Ok(Box::new(move || {
        let end = descent.run(&population, &start)?;
        ensure!(end.arrival() == Arrival::Minimum, "it ends at a minimum");
        Ok(())
    }))
}

fn hinge() -> Result<Run> {
    let objective = Rays::plane(HingeNetwork::simplified(6, 6)?, 0, &PolarGrid::paper())?;
    let start = PaperStart::Random.draw(&mut stream(SEED, 9), 12, 2);
    let training = Training::new(0.1)?;
    Ok(Box::new(move || {
        let run = training.run(&objective, &start)?;
        ensure!(run.ending == TrainingEnd::Goal, "the loss reaches 0");
        Ok(())
    }))
}

fn planar() -> Result<Run> {
    let planar = PlanarDynamics::new(5)?;
    let method = DormandPrince::default().relative_tolerance(1e-8);
    let stop = Stop::new().time(10.0);
    Ok(Box::new(move || {
        let run = method.integrate(&planar, &[0.6, 0.2], &stop, &Record::Ends)?;
        ensure!(run.end_time() >= 10.0, "it reaches the time");
        Ok(())
    }))
}
