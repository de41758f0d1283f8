//! Oracles: the formulas of the paper point by point, as they are printed, and integrals ray by ray. They use nothing of
//! the crate but the trait that training asks for.

use std::f64::consts::TAU;

use hinge_classifier::{Error, Evaluation, HingeLoss, Scratch};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The generator of a run.
pub(crate) fn stream(seed: u64, run: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(run);
    random
}

pub(crate) fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Σ_j ‖a_j − b_j‖ over rows of length d.
pub(crate) fn column_distance(a: &[f64], b: &[f64], d: usize) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    difference.chunks_exact(d).map(norm).sum()
}

pub(crate) fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

/// Rows of length 2, turned.
pub(crate) fn turned(weights: &[f64], angle: f64) -> Vec<f64> {
    let (s, c) = angle.sin_cos();
    weights
        .chunks_exact(2)
        .flat_map(|w| [c * w[0] - s * w[1], s * w[0] + c * w[1]])
        .collect()
}

/// A network and labelled points with masses.
pub(crate) struct Naive {
    /// n × k.
    pub(crate) v: Vec<Vec<f64>>,
    pub(crate) b: Vec<f64>,
    /// Point, label, mass.
    pub(crate) points: Vec<(Vec<f64>, usize, f64)>,
    pub(crate) tie: f64,
}

/// V with neuron j positive for `votes[j]`.
pub(crate) fn top(votes: &[usize], classes: usize, v: f64) -> Vec<Vec<f64>> {
    (0..classes)
        .map(|i| {
            votes
                .iter()
                .map(|&vote| if vote == i { v } else { -v })
                .collect()
        })
        .collect()
}

/// The 880 points of §6.1, straight from its formulas.
pub(crate) fn paper_points() -> Vec<[f64; 2]> {
    let mut points = Vec::new();
    for j in 1..=80 {
        let phi = f64::from(j) * std::f64::consts::PI / 40.0;
        for i in 10..=20 {
            let r = 20.0 / f64::from(i);
            points.push([r * phi.cos(), r * phi.sin()]);
        }
    }
    points
}

impl Naive {
    /// The subproblem of the first class on the paper's points, k + k neurons.
    pub(crate) fn paper(k: usize) -> Self {
        let votes: Vec<usize> = (0..2 * k).map(|j| usize::from(j >= k)).collect();
        Self {
            v: top(&votes, 2, 0.5),
            b: vec![0.0; 2 * k],
            points: paper_points()
                .into_iter()
                .map(|x| (x.to_vec(), 0, 1.0 / 880.0))
                .collect(),
            tie: 0.0,
        }
    }

    pub(crate) fn output(&self, weights: &[f64], x: &[f64]) -> Vec<f64> {
        let d = x.len();
        self.v
            .iter()
            .map(|row| {
                let mut f = 0.0;
                for (j, v) in row.iter().enumerate() {
                    let h: f64 = (0..d).map(|c| weights[j * d + c] * x[c]).sum();
                    f += v * f64::max(h - self.b[j], 0.0);
                }
                f
            })
            .collect()
    }
}

impl HingeLoss for Naive {
    fn neurons(&self) -> usize {
        self.b.len()
    }

    fn dimension(&self) -> usize {
        self.points[0].0.len()
    }

    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        _: &mut Scratch,
    ) -> Result<Evaluation, Error> {
        let d = self.dimension();
        gradient.fill(0.0);
        let (mut loss, mut errors, mut total) = (0.0, 0.0, 0.0);
        for (x, y, mass) in &self.points {
            let f = self.output(weights, x);
            total += mass;
            if (0..f.len()).any(|i| i != *y && f[i] >= f[*y]) {
                errors += mass;
            }
            for i in (0..f.len()).filter(|i| i != y) {
                loss += mass * f64::max(0.0, 1.0 - f[*y] + f[i]);
                if f[*y] < f[i] + 1.0 {
                    for j in 0..self.b.len() {
                        let h: f64 = (0..d).map(|c| weights[j * d + c] * x[c]).sum();
                        if h > self.b[j] + self.tie {
                            for c in 0..d {
                                gradient[j * d + c] -= mass * (self.v[*y][j] - self.v[i][j]) * x[c];
                            }
                        }
                    }
                }
            }
        }
        Ok(Evaluation {
            loss,
            errors: errors / total,
        })
    }
}

/// The population loss of the first of two classes on the planar annulus with biases: exact along each of many rays, the
/// midpoint rule over the angle.
pub(crate) struct RayIntegral {
    /// v_{1,j} − v_{2,j}.
    pub(crate) s: Vec<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) radii: (f64, f64),
    pub(crate) rays: usize,
}

impl HingeLoss for RayIntegral {
    fn neurons(&self) -> usize {
        self.s.len()
    }

    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        _: &mut Scratch,
    ) -> Result<Evaluation, Error> {
        gradient.fill(0.0);
        let (m, outer) = self.radii;
        let density = 1.0 / (std::f64::consts::PI * (outer * outer - m * m));
        let width = TAU / self.rays as f64 * density;
        let (mut loss, mut errors) = (0.0, 0.0);
        for ray in 0..self.rays {
            let (sin, cos) = ((ray as f64 + 0.5) * TAU / self.rays as f64).sin_cos();
            let along: Vec<f64> = weights
                .chunks_exact(2)
                .map(|w| w[0] * cos + w[1] * sin)
                .collect();
            // Radii where a gate opens.
            let mut cuts = vec![m, outer];
            for (a, b) in along.iter().zip(&self.b) {
                if *a > 0.0 && b / a > m && b / a < outer {
                    cuts.push(b / a);
                }
            }
            cuts.sort_by(f64::total_cmp);
            for ends in cuts.windows(2) {
                let middle = f64::midpoint(ends[0], ends[1]);
                let open: Vec<usize> = (0..along.len())
                    .filter(|&j| along[j] * middle > self.b[j])
                    .collect();
                // The margin is slope·r − level.
                let slope: f64 = open.iter().map(|&j| self.s[j] * along[j]).sum();
                let level: f64 = open.iter().map(|&j| self.s[j] * self.b[j]).sum();
                let mut pieces = vec![ends[0], ends[1]];
                let crossing = (1.0 + level) / slope;
                if crossing > ends[0] && crossing < ends[1] {
                    pieces.insert(1, crossing);
                }
                for piece in pieces.windows(2) {
                    let (a, b) = (piece[0], piece[1]);
                    let at = slope * f64::midpoint(a, b) - level;
                    if at <= 0.0 {
                        errors += width * (b * b - a * a) / 2.0;
                    }
                    if at < 1.0 {
                        let third = (b * b * b - a * a * a) / 3.0;
                        loss += width * ((1.0 + level) * (b * b - a * a) / 2.0 - slope * third);
                        for &j in &open {
                            gradient[2 * j] -= width * self.s[j] * third * cos;
                            gradient[2 * j + 1] -= width * self.s[j] * third * sin;
                        }
                    }
                }
            }
        }
        Ok(Evaluation { loss, errors })
    }
}

/// An orthonormal frame of ℝᵈ, rows, by Gram–Schmidt on given rows.
pub(crate) fn orthonormal(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for i in 0..rows.len() {
        for _ in 0..2 {
            for r in 0..i {
                let dot: f64 = rows[i].iter().zip(&rows[r]).map(|(a, b)| a * b).sum();
                let earlier = rows[r].clone();
                rows[i]
                    .iter_mut()
                    .zip(&earlier)
                    .for_each(|(x, e)| *x -= dot * e);
            }
        }
        let length = norm(&rows[i]);
        rows[i].iter_mut().for_each(|x| *x /= length);
    }
    rows
}
