//! Unit directions around the plane in order of their angle: a neuron is active on an arc of them.
//!
//! Neurons change the margin's weight vector at the two ends of their arcs only, and need sums of the pulls between these ends:
//! a prefix sum each way costs k + m operations where one product a neuron and direction costs k·m.
//!
//! A prefix sum has the rounding of the largest weights that pass through it, also where only small neurons are active.
//! [`Fan::margins`] therefore bounds its rounding, and gives no answer where neurons are too large or a margin has no
//! certain sign; the caller then takes one product a neuron and direction.
//!
//! The number of lanes is fixed and every sum has one order, so the bits of the results do not depend on the width of the
//! registers.

use pulp::Simd;

use super::LEAST;
use super::arcs::{Arc, Span};
use crate::data::PolarGrid;

/// The directions are cut into so many runs, whose prefix sums advance together: a multiple of the lanes of every register.
pub(super) const LANES: usize = 8;
/// 2v‖w_j‖₁ r may be this large: rounding of the margins then stays below some 1e-14 of a margin of 1.
const LARGEST: f64 = 64.0;
/// The sum of the radii may be so many times the least of them: prefix sums of pulls then keep the small ones.
const SPREAD: f64 = 4096.0;

/// Unit vectors of the plane in the order of their angles, and the radii of the points on each.
#[derive(Debug, Clone)]
pub(super) struct Fan {
    /// Components in order.
    pub(super) sorted: [Vec<f64>; 2],
    /// The place of a direction in the grid.
    order: Vec<usize>,
    /// Where the components of a direction stand by steps: the runs side by side, one a lane; the last ones may be filled up.
    places: Vec<usize>,
    /// Components by steps.
    stepped: [Vec<f64>; 2],
    /// Added to the margins: 0, and infinity where a run is filled up.
    beyond: Vec<f64>,
    /// Radii, and the least margin g with radius·g ≥ 1 in double precision.
    levels: Vec<(f64, f64)>,
}

/// Memory of an evaluation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    /// Where h > 0 at the last evaluation: the next one looks there first.
    arcs: Vec<Arc>,
    /// How many directions it had, which tells the evenly spaced grids apart.
    count: usize,
    /// Where h > τ.
    gates: Vec<Span>,
    /// Changes, then prefix sums within runs: of the weights (two components) and of how many neurons are active.
    margins: [Vec<f64>; 3],
    /// Prefix sums of the pulls within runs.
    pulls: [Vec<f64>; 2],
    /// The margins of one other class.
    margin: Vec<f64>,
    /// The least margin over the other classes.
    least: Vec<f64>,
}

/// What all neurons together do to the margins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    /// Σ over the directions of Σ{r: r g < 1} (1 − r g).
    pub(super) loss: f64,
    /// Whether any margin pulls.
    pub(super) pulled: bool,
}

impl Fan {
    /// None for fewer directions than are worth it.
    pub(super) fn new(grid: &PolarGrid) -> Option<Self> {
        let (directions, radii) = (grid.directions(), grid.radii());
        let count = directions.len();
        let sum: f64 = radii.iter().sum();
        if count < 2 * LANES || radii.iter().any(|radius| sum / radius > SPREAD) {
            return None;
        }
        let angle = |a: usize| directions[a][1].atan2(directions[a][0]);
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|&a, &b| angle(a).total_cmp(&angle(b)));
        let length = count.div_ceil(LANES);
        let places: Vec<usize> = (0..count)
            .map(|a| a % length * LANES + a / length)
            .collect();
        let mut stepped = [vec![0.0; length * LANES], vec![0.0; length * LANES]];
        let mut beyond = vec![f64::INFINITY; length * LANES];
        for (&place, &a) in places.iter().zip(&order) {
            beyond[place] = 0.0;
            for (stepped, component) in stepped.iter_mut().zip(directions[a]) {
                stepped[place] = component;
            }
        }
        let levels = radii.iter().map(|&radius| (radius, level(radius)));
        Some(Self {
            sorted: [0, 1].map(|c| order.iter().map(|&a| directions[a][c]).collect()),
            order,
            places,
            stepped,
            beyond,
            levels: levels.collect(),
        })
    }

    pub(super) fn count(&self) -> usize {
        self.sorted[0].len()
    }

    /// Finds where the neurons are active.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn arcs(&self, weights: &[f64], tie: f64, memory: &mut Memory) {
        let (weights, _) = weights.as_chunks::<2>();
        if memory.count != self.count() {
            memory.arcs.clear();
            memory.count = self.count();
        }
        memory.arcs.resize(weights.len(), Arc::default());
        memory.gates.clear();
        for (weight, arc) in weights.iter().zip(&mut memory.arcs) {
            if !arc.holds(*weight) {
                *arc = self.arc(*weight, arc.span);
            }
            memory.gates.push(if tie > 0.0 {
                self.gate(*weight, arc.span, tie)
            } else {
                arc.span
            });
        }
        memory.least.clear();
        memory.least.resize(self.beyond.len(), f64::INFINITY);
    }

    /// How many directions have a margin that is not positive.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn wrong<S: Simd>(simd: S, memory: &Memory) -> f64 {
        let (least, _) = S::as_simd_f64s(&memory.least);
        let (zero, one) = (simd.splat_f64s(0.0), simd.splat_f64s(1.0));
        let mut sum = zero;
        for margin in least {
            let right = simd.greater_than_f64s(*margin, zero);
            sum = simd.add_f64s(sum, simd.select_f64s(right, zero, one));
        }
        // A sum of integers: its order does not matter.
        simd.reduce_sum_f64s(sum)
    }

    /// Enters margins that were computed elsewhere, in the order of the grid, among the least ones.
    pub(super) fn enter(&self, margins: &[f64], memory: &mut Memory) {
        for (&place, &a) in self.places.iter().zip(&self.order) {
            let least = &mut memory.least[place];
            if margins[a] < *least {
                *least = margins[a];
            }
        }
    }

    /// Margins g = Σ_j s_j σ(w_j·x) and what they cost; `None` where prefix sums would lose digits of them.
    ///
    /// A component of a prefix sum has at most 2k + LANES additions of partial sums below Σ_j |s_j w_j|.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn margins<S: Simd>(
        &self,
        simd: S,
        weights: &[f64],
        factor: impl Fn(usize) -> f64,
        memory: &mut Memory,
    ) -> Option<Outcome> {
        let (m, places) = (self.count(), self.beyond.len());
        for sums in &mut memory.margins {
            sums.clear();
            sums.resize(places, 0.0);
        }
        let (weights, _) = weights.as_chunks::<2>();
        let (mut largest, mut total) = (0.0_f64, 0.0);
        for (j, (weight, arc)) in weights.iter().zip(&memory.arcs).enumerate() {
            let s = factor(j);
            if s == 0.0 || arc.span.count == 0 {
                continue;
            }
            let change = [s * weight[0], s * weight[1], 1.0];
            let size = change[0].abs() + change[1].abs();
            largest = largest.max(size);
            total += size;
            let [x, y, active] = &mut memory.margins;
            let mut at = |a: usize, sign: f64| {
                let place = self.places[a];
                x[place] += sign * change[0];
                y[place] += sign * change[1];
                active[place] += sign * change[2];
            };
            let Span { first, count } = arc.span;
            let end = first + count;
            at(first, 1.0);
            if end < m {
                at(end, -1.0);
            } else if end > m {
                at(0, 1.0);
                at(end - m, -1.0);
            }
        }
        let farthest = self.levels.last().map_or(0.0, |level| level.0);
        if largest * farthest > LARGEST {
            return None;
        }
        let starts = accumulate(simd, &mut memory.margins);
        let additions = (2 * weights.len() + LANES + 8) as f64;
        self.hinge(simd, &starts, additions * f64::EPSILON * total, memory)
    }

    /// The hinge of the margins, and prefix sums of the pulls; `None` where an active margin is not beyond `rounding`.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn hinge<S: Simd>(
        &self,
        simd: S,
        starts: &[[f64; LANES]; 3],
        rounding: f64,
        memory: &mut Memory,
    ) -> Option<Outcome> {
        let places = self.beyond.len();
        for pulls in &mut memory.pulls {
            pulls.resize(places, 0.0);
        }
        let zero = simd.splat_f64s(0.0);
        let one = simd.splat_f64s(1.0);
        let far = simd.splat_f64s(f64::INFINITY);
        let vectors = places / S::F64_LANES;
        let [x_sums, y_sums, active] = memory
            .margins
            .each_ref()
            .map(|sums| &S::as_simd_f64s(sums).0[..vectors]);
        let [x, y] = self
            .stepped
            .each_ref()
            .map(|x| &S::as_simd_f64s(x).0[..vectors]);
        let beyond = &S::as_simd_f64s(&self.beyond).0[..vectors];
        memory.margin.resize(places, 0.0);
        let margins = &mut S::as_mut_simd_f64s(&mut memory.margin).0[..vectors];
        let [x_pulls, y_pulls] = memory
            .pulls
            .each_mut()
            .map(|pulls| &mut S::as_mut_simd_f64s(pulls).0[..vectors]);
        let starts = starts.each_ref().map(|starts| S::as_simd_f64s(starts).0);
        let width = LANES / S::F64_LANES;
        let all: f64 = self.levels.iter().map(|level| level.0).sum();
        let (all, number) = (
            simd.splat_f64s(all),
            simd.splat_f64s(self.levels.len() as f64),
        );
        // Thresholds fall as radii rise.
        let highest = self.levels.first().map_or(0.0, |level| level.1);
        let lowest = self.levels.last().map_or(0.0, |level| level.1);
        let (highest, lowest) = (simd.splat_f64s(highest), simd.splat_f64s(lowest));
        let mut lanes = [0.0; LANES];
        let mut pulled = zero;
        let mut nearest = far;
        for (lane, lanes) in S::as_mut_simd_f64s(&mut lanes).0.iter_mut().enumerate() {
            let mut losses = zero;
            for at in (lane..vectors).step_by(width) {
                let x_weight = simd.add_f64s(x_sums[at], starts[0][lane]);
                let y_weight = simd.add_f64s(y_sums[at], starts[1][lane]);
                let neurons = simd.add_f64s(active[at], starts[2][lane]);
                let margin = simd.mul_add_f64s(x_weight, x[at], simd.mul_f64s(y_weight, y[at]));
                // Where no neuron is active the sums of weights are rounding.
                let some = simd.greater_than_f64s(neurons, zero);
                let margin = simd.select_f64s(some, margin, zero);
                let margin = simd.add_f64s(margin, beyond[at]);
                margins[at] = margin;
                let size = simd.select_f64s(some, simd.abs_f64s(margin), far);
                nearest = simd.min_f64s(nearest, size);
                let mut pull = zero;
                let mut count = zero;
                if simd.first_true_m64s(simd.less_than_f64s(margin, highest)) < S::F64_LANES {
                    let some = simd.greater_than_or_equal_f64s(margin, lowest);
                    if simd.first_true_m64s(some) == S::F64_LANES {
                        (pull, count) = (all, number);
                    } else {
                        for (radius, level) in &self.levels {
                            let inside = simd.less_than_f64s(margin, simd.splat_f64s(*level));
                            let radius = simd.select_f64s(inside, simd.splat_f64s(*radius), zero);
                            pull = simd.add_f64s(pull, radius);
                            count = simd.add_f64s(count, simd.select_f64s(inside, one, zero));
                        }
                    }
                    let inside = simd.greater_than_f64s(count, zero);
                    let cost = simd.sub_f64s(count, simd.mul_f64s(margin, pull));
                    let cost = simd.max_f64s(cost, simd.splat_f64s(LEAST));
                    losses = simd.add_f64s(losses, simd.select_f64s(inside, cost, zero));
                    pulled = simd.max_f64s(pulled, count);
                }
                x_pulls[at] = simd.mul_f64s(pull, x[at]);
                y_pulls[at] = simd.mul_f64s(pull, y[at]);
            }
            *lanes = losses;
        }
        if simd.reduce_min_f64s(nearest) <= rounding {
            return None;
        }
        let least = &mut S::as_mut_simd_f64s(&mut memory.least).0[..vectors];
        for (least, margin) in least.iter_mut().zip(margins) {
            *least = simd.min_f64s(*least, *margin);
        }
        Some(Outcome {
            loss: lanes.iter().sum(),
            pulled: simd.reduce_max_f64s(pulled) > 0.0,
        })
    }

    /// Subtracts mass·s_j Σ pull·x over the gate of each neuron from its gradient.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn pull<S: Simd>(
        &self,
        simd: S,
        factor: impl Fn(usize) -> f64,
        gradient: &mut [f64],
        memory: &mut Memory,
    ) {
        let starts = accumulate(simd, &mut memory.pulls);
        let m = self.count();
        let [x_pulls, y_pulls] = &memory.pulls;
        // Σ over the directions before the given one.
        let prefix = |a: usize| {
            if a == 0 {
                return [0.0, 0.0];
            }
            let place = self.places[a - 1];
            let lane = place % LANES;
            [
                starts[0][lane] + x_pulls[place],
                starts[1][lane] + y_pulls[place],
            ]
        };
        let (gradient, _) = gradient.as_chunks_mut::<2>();
        for (j, ([x, y], gate)) in gradient.iter_mut().zip(&memory.gates).enumerate() {
            let s = factor(j);
            if s == 0.0 || gate.count == 0 {
                continue;
            }
            let end = gate.first + gate.count;
            let (from, to) = (prefix(gate.first), prefix(end.min(m)));
            let wrapped = if end > m { prefix(end - m) } else { [0.0, 0.0] };
            *x -= s * ((to[0] - from[0]) + wrapped[0]);
            *y -= s * ((to[1] - from[1]) + wrapped[1]);
        }
    }
}

/// Prefix sums within each run, and where each run starts: the sum of the runs before it.
#[allow(clippy::inline_always)]
#[inline(always)]
fn accumulate<S: Simd, const N: usize>(simd: S, sums: &mut [Vec<f64>; N]) -> [[f64; LANES]; N] {
    let width = LANES / S::F64_LANES;
    let steps = sums[0].len() / LANES;
    for lane in 0..width {
        let mut running = [simd.splat_f64s(0.0); N];
        // All chains at once: each waits for its own last addition only.
        let vectors = sums.each_mut().map(|sums| S::as_mut_simd_f64s(sums).0);
        for step in 0..steps {
            for n in 0..N {
                let entry = &mut vectors[n][step * width + lane];
                running[n] = simd.add_f64s(running[n], *entry);
                *entry = running[n];
            }
        }
    }
    let mut starts = [[0.0; LANES]; N];
    for (sums, starts) in sums.iter().zip(&mut starts) {
        let totals = &sums[sums.len() - LANES..];
        for lane in 1..LANES {
            starts[lane] = starts[lane - 1] + totals[lane - 1];
        }
    }
    starts
}

/// The least g with radius·g ≥ 1 in double precision.
fn level(radius: f64) -> f64 {
    let mut g = 1.0 / radius;
    while radius * g < 1.0 {
        g = g.next_up();
    }
    while radius * g.next_down() >= 1.0 {
        g = g.next_down();
    }
    g
}
