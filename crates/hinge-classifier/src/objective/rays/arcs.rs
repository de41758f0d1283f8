//! The arc of the directions on which one neuron is active.

use super::fan::Fan;

/// So many directions from `first` on, around the plane.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) first: usize,
    pub(super) count: usize,
}

/// Where a neuron is active.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arc {
    pub(super) span: Span,
    /// Components of the first direction, the last, the one before and the one after: two active, two not.
    ends: [[f64; 4]; 2],
}

impl Arc {
    /// Whether w·x > 0 on the arc and not beyond its ends.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn holds(&self, weight: [f64; 2]) -> bool {
        let h: [f64; 4] =
            std::array::from_fn(|i| weight[0] * self.ends[0][i] + weight[1] * self.ends[1][i]);
        h.map(|h| h > 0.0) == [true, true, false, false]
    }
}

impl Fan {
    /// An index below twice the count, around the plane.
    fn around(&self, a: usize) -> usize {
        a.checked_sub(self.count()).unwrap_or(a)
    }

    /// w·x_a, rounded as everywhere.
    fn product(&self, weight: [f64; 2], a: usize) -> f64 {
        weight[0] * self.sorted[0][a] + weight[1] * self.sorted[1][a]
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
    pub(super) fn arc(&self, weight: [f64; 2], old: Span) -> Arc {
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
                if arc.holds(weight) {
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
    pub(super) fn gate(&self, weight: [f64; 2], mut arc: Span, tie: f64) -> Span {
        while arc.count > 0 && self.product(weight, self.around(arc.first + arc.count - 1)) <= tie {
            arc.count -= 1;
        }
        while arc.count > 0 && self.product(weight, arc.first) <= tie {
            arc.first = self.around(arc.first + 1);
            arc.count -= 1;
        }
        arc
    }
}
