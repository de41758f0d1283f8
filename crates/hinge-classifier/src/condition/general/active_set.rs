//! Non-negative least squares min ‖c + Vᵀμ‖ over μ ≥ 0, c = Σ_j v_j, by active sets (Lawson and Hanson).
//!
//! The passive rows are kept as an orthonormal basis Q and a triangle R, updated when a row comes or goes: the same cost as
//! updates of their Gram matrix, without squaring its condition number.

/// A row enters only where its gradient is below minus this times the length of the residual: inner products of unit
/// vectors carry a few units of 1e-16.
const ENTER: f64 = 1e-14;
/// The residual counts as zero below this times Σ(1 + μ_j), the size of what cancels in it.
const ZERO: f64 = 1e-14;
/// A row depends on the passive ones when less than this is left of it after projection.
const DEPENDENT: f64 = 1e-13;

/// A set of unit rows and the state of the iteration over it.
#[derive(Debug)]
pub(super) struct ActiveSet {
    dimension: usize,
    /// The unit rows, one after the other.
    rows: Vec<f64>,
    total: Vec<f64>,
    mu: Vec<f64>,
    passive: Vec<usize>,
    is_passive: Vec<bool>,
    /// Orthonormal basis of the passive rows, one vector after the other.
    basis: Vec<f64>,
    /// Column i of R has i + 1 entries.
    triangle: Vec<Vec<f64>>,
    residual: Vec<f64>,
}

/// Where the iteration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// c + Vᵀμ is zero up to rounding.
    Zero,
    /// The residual has products ≥ 0 with all rows, up to rounding.
    Separated,
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0_f64; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn add_scaled(target: &mut [f64], factor: f64, source: &[f64]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t += factor * s;
    }
}

impl ActiveSet {
    pub(super) fn new(dimension: usize) -> Self {
        Self {
            dimension,
            rows: Vec::new(),
            total: vec![0.0; dimension],
            mu: Vec::new(),
            passive: Vec::new(),
            is_passive: Vec::new(),
            basis: Vec::new(),
            triangle: Vec::new(),
            residual: vec![0.0; dimension],
        }
    }

    /// Adds a row of length one.
    pub(super) fn push(&mut self, row: &[f64]) {
        self.rows.extend_from_slice(row);
        add_scaled(&mut self.total, 1.0, row);
        self.mu.push(0.0);
        self.is_passive.push(false);
    }

    pub(super) fn len(&self) -> usize {
        self.mu.len()
    }

    pub(super) fn row(&self, index: usize) -> &[f64] {
        &self.rows[index * self.dimension..(index + 1) * self.dimension]
    }

    fn basis_vector(&self, index: usize) -> &[f64] {
        &self.basis[index * self.dimension..(index + 1) * self.dimension]
    }

    /// 1 + μ_j.
    pub(super) fn coefficients(&self) -> Vec<f64> {
        self.mu.iter().map(|mu| 1.0 + mu).collect()
    }

    /// The passive rows, by their place in this set.
    pub(super) fn passive(&self) -> &[usize] {
        &self.passive
    }

    /// c + Vᵀμ.
    pub(super) fn residual(&self) -> &[f64] {
        &self.residual
    }

    /// Runs to the end from the present μ.
    pub(super) fn solve(&mut self) -> End {
        self.settle();
        // Every step lowers the residual, so none comes back; the bound is for what rounding might do.
        let limit = 20 * (self.dimension + self.len()) + 100;
        let mut refused = vec![false; self.len()];
        for _ in 0..limit {
            let length = dot(&self.residual, &self.residual).sqrt();
            let size: f64 = self.len() as f64 + self.mu.iter().sum::<f64>();
            if self.passive.len() == self.dimension || length <= ZERO * size {
                return End::Zero;
            }
            let mut entering = None;
            let mut steepest = -ENTER * length;
            for index in 0..self.len() {
                if self.is_passive[index] || refused[index] {
                    continue;
                }
                let gradient = dot(self.row(index), &self.residual);
                if gradient < steepest {
                    steepest = gradient;
                    entering = Some(index);
                }
            }
            let Some(index) = entering else {
                return End::Separated;
            };
            if !self.enter(index) {
                refused[index] = true;
                continue;
            }
            let last = self.passive.len() - 1;
            if self.target()[last] <= 0.0 {
                // The gradient was rounding.
                self.leave(last);
                refused[index] = true;
                continue;
            }
            self.settle();
            refused.fill(false);
        }
        End::Separated
    }

    /// Moves μ to the least-squares solution on the passive rows, dropping rows whose coefficient would turn negative.
    fn settle(&mut self) {
        loop {
            let target = self.target();
            let mut step = 1.0;
            let mut blocking = None;
            for (place, &index) in self.passive.iter().enumerate() {
                if target[place] <= 0.0 {
                    let present = self.mu[index];
                    let reach = present / (present - target[place]);
                    if blocking.is_none() || reach < step {
                        step = if reach.is_finite() { reach } else { 0.0 };
                        blocking = Some(place);
                    }
                }
            }
            for (place, &index) in self.passive.iter().enumerate() {
                self.mu[index] = if blocking.is_some() {
                    (self.mu[index] + step * (target[place] - self.mu[index])).max(0.0)
                } else {
                    target[place]
                };
            }
            let Some(place) = blocking else { break };
            self.mu[self.passive[place]] = 0.0;
            self.leave(place);
        }
        self.residual.copy_from_slice(&self.total);
        for _ in 0..2 {
            for place in 0..self.passive.len() {
                let along = dot(self.basis_vector(place), &self.residual);
                let vector = &self.basis[place * self.dimension..(place + 1) * self.dimension];
                add_scaled(&mut self.residual, -along, vector);
            }
        }
    }

    /// The solution of R z = −Qᵀc.
    fn target(&self) -> Vec<f64> {
        let count = self.passive.len();
        let mut z: Vec<f64> = (0..count)
            .map(|i| -dot(self.basis_vector(i), &self.total))
            .collect();
        for column in (0..count).rev() {
            z[column] /= self.triangle[column][column];
            let value = z[column];
            for row in 0..column {
                z[row] -= self.triangle[column][row] * value;
            }
        }
        z
    }

    /// Appends a row to the passive ones; false where it depends on them.
    pub(super) fn enter(&mut self, index: usize) -> bool {
        let count = self.passive.len();
        if count == self.dimension {
            return false;
        }
        let mut vector = self.row(index).to_vec();
        let mut column = vec![0.0; count + 1];
        for _ in 0..2 {
            for place in 0..count {
                let along = dot(self.basis_vector(place), &vector);
                column[place] += along;
                add_scaled(&mut vector, -along, self.basis_vector(place));
            }
        }
        let length = dot(&vector, &vector).sqrt();
        if length < DEPENDENT {
            return false;
        }
        column[count] = length;
        self.basis.extend(vector.iter().map(|x| x / length));
        self.triangle.push(column);
        self.passive.push(index);
        self.is_passive[index] = true;
        true
    }

    /// Removes the passive row at a place; Givens rotations make R a triangle again.
    fn leave(&mut self, place: usize) {
        let index = self.passive.remove(place);
        self.is_passive[index] = false;
        self.triangle.remove(place);
        let d = self.dimension;
        for column in place..self.passive.len() {
            // This column has one entry below its new diagonal.
            let (a, b) = (
                self.triangle[column][column],
                self.triangle[column][column + 1],
            );
            let length = a.hypot(b);
            let (cosine, sine) = (a / length, b / length);
            for later in column..self.passive.len() {
                let entries = &mut self.triangle[later];
                let (x, y) = (entries[column], entries[column + 1]);
                entries[column] = cosine * x + sine * y;
                entries[column + 1] = cosine * y - sine * x;
            }
            self.triangle[column].truncate(column + 1);
            let (head, tail) = self.basis.split_at_mut((column + 1) * d);
            for (x, y) in head[column * d..].iter_mut().zip(&mut tail[..d]) {
                let (p, q) = (*x, *y);
                *x = cosine * p + sine * q;
                *y = cosine * q - sine * p;
            }
        }
        self.basis.truncate(self.passive.len() * d);
    }

    /// A vector x in the span of the passive rows with ⟨x, v_j⟩ = 1 for each of them: x = Q R⁻ᵀ 1.
    pub(super) fn lifting(&self) -> Vec<f64> {
        let count = self.passive.len();
        let mut y = vec![0.0; count];
        let mut x = vec![0.0; self.dimension];
        for i in 0..count {
            let sum: f64 = (0..i).map(|l| self.triangle[i][l] * y[l]).sum();
            y[i] = (1.0 - sum) / self.triangle[i][i];
            add_scaled(&mut x, y[i], self.basis_vector(i));
        }
        x
    }

    /// A unit vector along which the rows extend least: the last basis vector, or one orthogonal to all of the basis.
    pub(super) fn thinnest(&self) -> Vec<f64> {
        let d = self.dimension;
        if self.passive.len() == d {
            return self.basis_vector(d - 1).to_vec();
        }
        // The axis that sticks out most of the span: the squares of the distances of all axes sum to at least 1.
        let inside = |i: usize| {
            (0..self.passive.len())
                .map(|p| self.basis_vector(p)[i].powi(2))
                .sum::<f64>()
        };
        let axis = (0..d)
            .min_by(|&a, &b| inside(a).total_cmp(&inside(b)))
            .unwrap_or(0);
        let mut vector = vec![0.0; d];
        vector[axis] = 1.0;
        for _ in 0..2 {
            for place in 0..self.passive.len() {
                let along = dot(self.basis_vector(place), &vector);
                add_scaled(&mut vector, -along, self.basis_vector(place));
            }
        }
        vector
    }

    /// Completes the passive rows to d independent ones, each time by the row that sticks out most; false where the rows
    /// of this set do not span the space. The coefficients stay as they are.
    pub(super) fn complete(&mut self) -> bool {
        let d = self.dimension;
        if self.passive.len() == d {
            return true;
        }
        let mut left: Vec<f64> = self.rows.clone();
        let mut from = 0;
        while self.passive.len() < d {
            let mut best = (DEPENDENT, None);
            for index in 0..self.len() {
                let row = &mut left[index * d..(index + 1) * d];
                for _ in 0..2 {
                    for place in from..self.passive.len() {
                        let vector = &self.basis[place * d..(place + 1) * d];
                        let along = dot(vector, row);
                        add_scaled(row, -along, vector);
                    }
                }
                let length = dot(row, row).sqrt();
                if !self.is_passive[index] && length > best.0 {
                    best = (length, Some(index));
                }
            }
            from = self.passive.len();
            match best.1 {
                Some(index) if self.enter(index) => {}
                _ => return false,
            }
        }
        true
    }
}
