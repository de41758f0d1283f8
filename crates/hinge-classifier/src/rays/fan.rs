//! Unit directions around the plane in order of their angle: a neuron is active on an arc of them.
//!
//! Neurons change the margin's weight vector at the two ends of their arcs only, and need sums of the pulls between these ends:
//! a prefix sum each way costs k + m operations where one product a neuron and direction costs k·m.

use pulp::Simd;

use super::LEAST;
use crate::data::PolarGrid;

/// The directions are cut into so many runs, whose prefix sums advance together.
const LANES: usize = 4;

/// Unit vectors of the plane in the order of their angles, and the radii of the points on each.
#[derive(Debug, Clone)]
pub(super) struct Fan {
    /// Components in order.
    sorted: [Vec<f64>; 2],
    /// Where the components of a direction stand by steps: the runs side by side, one a lane; the last ones may be filled up.
    places: Vec<usize>,
    /// Components by steps.
    stepped: [Vec<f64>; 2],
    /// Added to the margins: 0, and infinity where a run is filled up.
    beyond: Vec<f64>,
    /// Radii, and the least margin g with radius·g ≥ 1 in double precision.
    levels: Vec<(f64, f64)>,
}

/// So many directions from `first` on, around the plane.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    first: usize,
    count: usize,
}

/// Where a neuron is active.
#[derive(Debug, Clone, Copy, Default)]
struct Arc {
    span: Span,
    /// Components of the first direction, the last, the one before and the one after: two active, two not.
    ends: [[f64; LANES]; 2],
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
        if count < 4 * LANES {
            return None;
        }
        let mut order: Vec<[f64; 2]> = directions.to_vec();
        order.sort_by(|a, b| a[1].atan2(a[0]).total_cmp(&b[1].atan2(b[0])));
        let length = count.div_ceil(LANES);
        let places: Vec<usize> = (0..count)
            .map(|a| a % length * LANES + a / length)
            .collect();
        let mut stepped = [vec![0.0; length * LANES], vec![0.0; length * LANES]];
        let mut beyond = vec![f64::INFINITY; length * LANES];
        for (&place, direction) in places.iter().zip(&order) {
            beyond[place] = 0.0;
            for (stepped, component) in stepped.iter_mut().zip(direction) {
                stepped[place] = *component;
            }
        }
        let levels = radii.iter().map(|&radius| (radius, level(radius)));
        Some(Self {
            sorted: [0, 1].map(|c| order.iter().map(|x| x[c]).collect()),
            places,
            stepped,
            beyond,
            levels: levels.collect(),
        })
    }

    fn count(&self) -> usize {
        self.sorted[0].len()
    }

    /// An index below twice the count, around the plane.
    fn around(&self, a: usize) -> usize {
        a.checked_sub(self.count()).unwrap_or(a)
    }

    /// w·x_a, rounded as everywhere.
    fn product(&self, weight: [f64; 2], a: usize) -> f64 {
        weight[0] * self.sorted[0][a] + weight[1] * self.sorted[1][a]
    }

    /// Whether w·x > 0 on an arc and not beyond its ends.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn holds(weight: [f64; 2], arc: &Arc) -> bool {
        let h: [f64; LANES] =
            std::array::from_fn(|i| weight[0] * arc.ends[0][i] + weight[1] * arc.ends[1][i]);
        h.map(|h| h > 0.0) == [true, true, false, false]
    }

    fn with_ends(&self, first: usize, count: usize) -> Arc {
        let m = self.count();
        let at = [
            first,
            self.around(first + count - 1),
            self.around(first + m - 1),
            self.around(first + count),
        ];
        Arc {
            span: Span { first, count },
            ends: self.sorted.each_ref().map(|x| at.map(|a| x[a])),
        }
    }

    /// The arc on which w·x > 0, beginning the search at an old one.
    fn arc(&self, weight: [f64; 2], old: Span) -> Arc {
        let m = self.count();
        let open = |a: usize| self.product(weight, a) > 0.0;
        if 0 < old.count && old.count < m {
            // Most ends that move, move by one.
            let (mut first, mut count) = (old.first, old.count);
            let last = self.around(first + count - 1);
            if !open(last) {
                count -= 1;
            } else if open(self.around(last + 1)) {
                count += 1;
            }
            let before = self.around(first + m - 1);
            if !open(first) {
                (first, count) = (self.around(first + 1), count.saturating_sub(1));
            } else if open(before) {
                (first, count) = (before, count + 1);
            }
            if 0 < count && count < m {
                let arc = self.with_ends(first, count);
                if Self::holds(weight, &arc) {
                    return arc;
                }
            }
        }
        let (mut first, mut count) = (0, 0);
        let mut previous = open(m - 1);
        for a in 0..m {
            let now = open(a);
            count += usize::from(now);
            if now && !previous {
                first = a;
            }
            previous = now;
        }
        if count == 0 {
            return Arc::default();
        }
        self.with_ends(first, count)
    }

    /// The part of an arc on which w·x > τ.
    fn gate(&self, weight: [f64; 2], mut arc: Span, tie: f64) -> Span {
        while arc.count > 0 && self.product(weight, self.around(arc.first + arc.count - 1)) <= tie {
            arc.count -= 1;
        }
        while arc.count > 0 && self.product(weight, arc.first) <= tie {
            arc.first = self.around(arc.first + 1);
            arc.count -= 1;
        }
        arc
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
            if !Self::holds(*weight, arc) {
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
        simd.reduce_sum_f64s(sum)
    }

    /// Margins g = Σ_j s_j σ(w_j·x) and what they cost.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn margins<S: Simd>(
        &self,
        simd: S,
        weights: &[f64],
        factor: impl Fn(usize) -> f64,
        memory: &mut Memory,
    ) -> Outcome {
        let (m, places) = (self.count(), self.beyond.len());
        for sums in &mut memory.margins {
            sums.clear();
            sums.resize(places, 0.0);
        }
        let (weights, _) = weights.as_chunks::<2>();
        for (j, (weight, arc)) in weights.iter().zip(&memory.arcs).enumerate() {
            let s = factor(j);
            if s == 0.0 || arc.span.count == 0 {
                continue;
            }
            let change = [s * weight[0], s * weight[1], 1.0];
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
        let starts = accumulate(simd, &mut memory.margins);
        self.hinge(simd, &starts, memory)
    }

    /// The hinge of the margins, and prefix sums of the pulls.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn hinge<S: Simd>(&self, simd: S, starts: &[[f64; LANES]; 3], memory: &mut Memory) -> Outcome {
        let places = self.beyond.len();
        for pulls in &mut memory.pulls {
            pulls.resize(places, 0.0);
        }
        let zero = simd.splat_f64s(0.0);
        let one = simd.splat_f64s(1.0);
        let steps = places / S::F64_LANES;
        let [x_sums, y_sums, active] = memory
            .margins
            .each_ref()
            .map(|sums| &S::as_simd_f64s(sums).0[..steps]);
        let [x, y] = self
            .stepped
            .each_ref()
            .map(|x| &S::as_simd_f64s(x).0[..steps]);
        let beyond = &S::as_simd_f64s(&self.beyond).0[..steps];
        let least = &mut S::as_mut_simd_f64s(&mut memory.least).0[..steps];
        let [x_pulls, y_pulls] = memory
            .pulls
            .each_mut()
            .map(|pulls| &mut S::as_mut_simd_f64s(pulls).0[..steps]);
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
        let mut losses = zero;
        let mut pulled = zero;
        for step in 0..steps {
            let lane = step % width;
            let x_weight = simd.add_f64s(x_sums[step], starts[0][lane]);
            let y_weight = simd.add_f64s(y_sums[step], starts[1][lane]);
            let neurons = simd.add_f64s(active[step], starts[2][lane]);
            let margin = simd.mul_add_f64s(x_weight, x[step], simd.mul_f64s(y_weight, y[step]));
            // Where no neuron is active the sums of weights are rounding.
            let margin = simd.select_f64s(simd.greater_than_f64s(neurons, zero), margin, zero);
            let margin = simd.add_f64s(margin, beyond[step]);
            least[step] = simd.min_f64s(least[step], margin);
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
            x_pulls[step] = simd.mul_f64s(pull, x[step]);
            y_pulls[step] = simd.mul_f64s(pull, y[step]);
        }
        Outcome {
            loss: simd.reduce_sum_f64s(losses),
            pulled: simd.reduce_max_f64s(pulled) > 0.0,
        }
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
