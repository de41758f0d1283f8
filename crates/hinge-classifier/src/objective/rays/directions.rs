//! One product a neuron and direction.

use super::{Block, LEAST, Rays};
use crate::objective::Scratch;

impl Rays {
    /// Turns margins g into pulls Σ{r: r g < 1}, and returns the summed losses and whether there is any pull.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn hinge(&self, margins: &[f64], pull: &mut [f64], counts: &mut [f64]) -> (f64, bool) {
        pull.fill(0.0);
        counts.fill(0.0);
        // Radius by radius in ascending order: the partial sums of all radii inside, in registers.
        for &radius in &self.radii {
            for ((margin, pull), count) in
                margins.iter().zip(pull.iter_mut()).zip(counts.iter_mut())
            {
                let inside = radius * margin < 1.0;
                *pull += if inside { radius } else { 0.0 };
                *count += if inside { 1.0 } else { 0.0 };
            }
        }
        let mut loss = 0.0;
        let mut pulled = false;
        for ((margin, pull), count) in margins.iter().zip(pull.iter()).zip(counts.iter()) {
            let cost = count - margin * pull;
            let inside = *count > 0.0;
            pulled |= inside;
            loss += if inside { cost.max(LEAST) } else { 0.0 };
        }
        (loss, pulled)
    }

    /// Adds what one class and one other class contribute; the margins stay in the scratch.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn pair(
        &self,
        block: &Block,
        other: usize,
        weights: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        let count = block.count;
        let margins = &mut scratch.margins;
        margins.clear();
        margins.resize(count, 0.0);
        let top = self.network.top();
        let twice = 2.0 * top.modulus();
        for (j, h) in scratch.activations.chunks_exact(count).enumerate() {
            let s = top.sign(block.class, other, j) * twice;
            if s != 0.0 {
                for (margin, h) in margins.iter_mut().zip(h) {
                    *margin += s * if *h > 0.0 { *h } else { 0.0 };
                }
            }
        }
        if scratch.wide {
            for (a, margin) in margins.iter_mut().enumerate() {
                let x = block.direction(a);
                *margin = self.network.wide_margin(weights, &x, block.class, other);
            }
        }
        let pull = &mut scratch.pull;
        pull.resize(count, 0.0);
        scratch.counts.resize(count, 0.0);
        let (loss, pulled) = self.hinge(margins, pull, &mut scratch.counts);
        if pulled {
            for (j, h) in scratch.activations.chunks_exact(count).enumerate() {
                let s = top.sign(block.class, other, j) * twice;
                if s != 0.0 {
                    let factor = s * block.mass;
                    let slope = &mut gradient[j * self.dimension..(j + 1) * self.dimension];
                    if let [along, up] = slope {
                        let (x, y) = block.directions.split_at(count);
                        let sums = gated_sums(h, pull, [x, y], self.tie);
                        *along -= factor * sums[0];
                        *up -= factor * sums[1];
                    } else {
                        for (slope, component) in
                            slope.iter_mut().zip(block.directions.chunks_exact(count))
                        {
                            let [sum] = gated_sums(h, pull, [component], self.tie);
                            *slope -= factor * sum;
                        }
                    }
                }
            }
        }
        block.mass * loss
    }

    /// h_j of all neurons and directions of a class.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn project(&self, block: &Block, weights: &[f64], scratch: &mut Scratch) {
        let count = block.count;
        let activations = &mut scratch.activations;
        activations.resize(self.network.top().neurons() * count, 0.0);
        for (h, row) in activations
            .chunks_exact_mut(count)
            .zip(weights.chunks_exact(self.dimension))
        {
            project(h, row, &block.directions);
        }
        if scratch.wide {
            for a in 0..count {
                let x = block.direction(a);
                for (j, h) in activations.chunks_exact_mut(count).enumerate() {
                    h[a] = self.network.wide_activation(weights, &x, j);
                }
            }
        }
    }

    /// Whether a product or a sum on the way to a margin could overflow.
    pub(super) fn is_wide(&self, weights: &[f64]) -> bool {
        let largest = weights.iter().fold(0.0_f64, |most, w| most.max(w.abs()));
        let terms = (self.dimension * self.network.top().neurons()) as f64;
        !(largest * self.reach * terms * (2.0 * self.network.top().modulus()).max(1.0)).is_finite()
    }
}

/// Σ_a pull_a x_a over the a with h_a > tie, for some components x, in four fixed lanes.
#[allow(clippy::inline_always)]
#[inline(always)]
fn gated_sums<const N: usize>(
    h: &[f64],
    pull: &[f64],
    components: [&[f64]; N],
    tie: f64,
) -> [f64; N] {
    let (h_blocks, h_rest) = h.as_chunks::<4>();
    let (pull_blocks, pull_rest) = pull.as_chunks::<4>();
    let mut lanes = [[0.0; 4]; N];
    let blocks = components.map(|x| x.as_chunks::<4>());
    for (a, (h, pull)) in h_blocks.iter().zip(pull_blocks).enumerate() {
        let mut open = [0.0; 4];
        for lane in 0..4 {
            open[lane] = if h[lane] > tie { pull[lane] } else { 0.0 };
        }
        for (lanes, (x, _)) in lanes.iter_mut().zip(blocks) {
            for lane in 0..4 {
                lanes[lane] += open[lane] * x[a][lane];
            }
        }
    }
    let mut sums = lanes.map(|lanes| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
    for (a, (h, pull)) in h_rest.iter().zip(pull_rest).enumerate() {
        if *h > tie {
            for (sum, (_, x)) in sums.iter_mut().zip(blocks) {
                *sum += pull * x[a];
            }
        }
    }
    sums
}

/// h_a = w·x_a for all directions.
#[allow(clippy::inline_always)]
#[inline(always)]
fn project(h: &mut [f64], row: &[f64], directions: &[f64]) {
    let count = h.len();
    if let [w0, w1] = *row {
        let (x, y) = directions.split_at(count);
        for ((h, x), y) in h.iter_mut().zip(x).zip(y) {
            *h = w0 * x + w1 * y;
        }
    } else {
        h.fill(0.0);
        for (w, component) in row.iter().zip(directions.chunks_exact(count)) {
            for (h, x) in h.iter_mut().zip(component) {
                *h += w * x;
            }
        }
    }
}
