//! Families of symmetric minima, followed in K.

use anyhow::Context as _;
use faer::Mat;
use faer::linalg::solvers::Solve as _;
use ssb::BlockDynamics;
use teacher_student::{DormandPrince, Integrator as _, Record, Stop};

/// One point of a family: S_{K−q} × S_q.
pub(super) struct Member {
    pub(super) reversed: usize,
    pub(super) neurons: usize,
    pub(super) loss: f64,
    pub(super) least: f64,
    pub(super) gradient: f64,
    pub(super) state: Vec<f64>,
}

/// Where the families are found by the flow.
const FROM: usize = 20;
/// Largest entry of the gradient after Newton's method: sums over K neurons are known to about 1e-17 K.
const CRITICAL: f64 = 1e-13;
/// A scaled coordinate that moves by more between neighbours belongs to another branch.
const JUMP: f64 = 0.1;
/// Up to here every K is shown, beyond in steps of 4 %.
const EVERY: usize = 60;

/// The family with `reversed` neurons of S_q, over K up to `largest`.
pub(super) fn follow(reversed: usize, largest: usize) -> anyhow::Result<Vec<Member>> {
    let start = found_by_flow(FROM, reversed)?;
    let mut members = Vec::new();
    let down: Vec<usize> = (reversed + 2..=FROM).rev().collect();
    let mut up = vec![FROM + 1];
    while let Some(&last) = up.last()
        && last < largest
    {
        up.push(if last < EVERY {
            last + 1
        } else {
            (last * 26).div_ceil(25).min(largest)
        });
    }
    for way in [down, up] {
        let (mut state, mut at) = (start.clone(), FROM);
        for neurons in way {
            let Some(next) = continued(&state, at, neurons, reversed)? else {
                break;
            };
            let blocks = BlockDynamics::new(&[neurons - reversed, reversed])?;
            members.push(Member {
                reversed,
                neurons,
                loss: blocks.loss(&next)?,
                least: blocks.hessian_eigenvalues(&next)?[0],
                gradient: largest_entry(&blocks.gradient(&next)?),
                state: next.clone(),
            });
            (state, at) = (next, neurons);
        }
    }
    members.sort_by_key(|m| m.neurons);
    Ok(members)
}

/// K − q neurons near their teachers, q reversed ones, where the flow of the coordinates leads.
fn found_by_flow(neurons: usize, reversed: usize) -> anyhow::Result<Vec<f64>> {
    let blocks = BlockDynamics::new(&[neurons - reversed, reversed])?;
    let part = 1.0 / neurons as f64;
    let mut start = vec![0.0; blocks.coordinates()];
    start[blocks.diagonal_index(0)?] = 1.0;
    start[blocks.diagonal_index(1)?] = -0.7;
    if let Some(index) = blocks.off_diagonal_index(0, 1)? {
        start[index] = 1.5 * part;
    }
    if let Some(index) = blocks.off_diagonal_index(1, 0)? {
        start[index] = part;
    }
    let stop = Stop::new().time(5000.0).rate_below(1e-8);
    let method = DormandPrince::default().relative_tolerance(1e-9);
    let run = method.integrate(&blocks, &start, &stop, &Record::Ends)?;
    anyhow::ensure!(
        run.outcome().is_converged(),
        "K = {neurons}, {reversed} reversed: {}",
        run.outcome()
    );
    newton(&blocks, run.end())?
        .with_context(|| format!("no critical point at K = {neurons} with {reversed} reversed"))
}

/// The point of one K as a guess at another: what stands off the diagonal is of order 1/K.
fn continued(
    state: &[f64],
    from: usize,
    to: usize,
    reversed: usize,
) -> anyhow::Result<Option<Vec<f64>>> {
    let (old, blocks) = (
        BlockDynamics::new(&[from - reversed, reversed])?,
        BlockDynamics::new(&[to - reversed, reversed])?,
    );
    if old.coordinates() != blocks.coordinates() {
        return Ok(None);
    }
    let diagonal = [blocks.diagonal_index(0)?, blocks.diagonal_index(1)?];
    let shrink = from as f64 / to as f64;
    let guess: Vec<f64> = state
        .iter()
        .enumerate()
        .map(|(i, x)| {
            if diagonal.contains(&i) {
                *x
            } else {
                x * shrink
            }
        })
        .collect();
    let Some(next) = newton(&blocks, &guess)? else {
        return Ok(None);
    };
    let scale = |i: usize| {
        if diagonal.contains(&i) {
            1.0
        } else {
            to as f64
        }
    };
    let moved = next
        .iter()
        .zip(&guess)
        .enumerate()
        .map(|(i, (a, b))| (a - b).abs() * scale(i))
        .fold(0.0, f64::max);
    Ok((moved <= JUMP).then_some(next))
}

fn newton(blocks: &BlockDynamics, start: &[f64]) -> anyhow::Result<Option<Vec<f64>>> {
    let mut state = start.to_vec();
    let mut best = f64::INFINITY;
    for _ in 0..30 {
        let Ok(gradient) = blocks.gradient(&state) else {
            return Ok(None);
        };
        let size = largest_entry(&gradient);
        // At the floor of rounding another step gains nothing.
        if size <= CRITICAL && size >= 0.5 * best {
            return Ok(Some(state));
        }
        best = best.min(size);
        let right = Mat::from_fn(gradient.len(), 1, |i, _| gradient[i]);
        let step = blocks.jacobian(&state)?.partial_piv_lu().solve(&right);
        for (i, x) in state.iter_mut().enumerate() {
            *x -= step[(i, 0)];
        }
    }
    let size = blocks
        .gradient(&state)
        .map_or(f64::NAN, |g| largest_entry(&g));
    Ok((size <= CRITICAL).then_some(state))
}

fn largest_entry(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m, x| x.abs().max(m))
}
