use pulp::Simd as _;

use super::{Evaluation, HingeLoss, Scratch};
use crate::data::{DataSet, PolarGrid, Subspaces};
use crate::error::{Error, check, check_length};
use crate::network::{HingeNetwork, TopLayer};

mod arcs;
mod directions;
pub(crate) mod fan;
#[cfg(test)]
mod widths;

use fan::{Fan, LANES, Memory};

/// The loss of a network without bias on points that share their radii: f(W; r x) = r f(W; x), so a network is evaluated
/// once a direction x and not once a point r x.
///
/// On the ray of x the margin g = f_y − f_r costs #{r: r g < 1} − g Σ{r: r g < 1} and pulls with Σ{r: r g < 1} x. The
/// paper's grid has 80 directions for 880 points. Single points are directions with the one radius 1.
///
/// Every sum has a fixed order, so the bits of loss and gradient do not depend on the width of the machine's registers.
///
/// The gradient's gate is open where w_j·x > τ, with τ = 0 unless [`Rays::with_tie`] says otherwise: on the paper's grid
/// some products are exactly 0 and come out as ±6e-17.
///
/// # Source
/// Long, Yin & Xin 2021, §6.1.
#[derive(Debug, Clone)]
pub struct Rays {
    network: HingeNetwork,
    dimension: usize,
    blocks: Vec<Block>,
    /// Ascending.
    radii: Vec<f64>,
    tie: f64,
    /// The largest component of a direction.
    reach: f64,
}

/// 1 − r g is at least this in double precision where r g < 1: a point inside the margin never rounds to no loss.
const LEAST: f64 = f64::EPSILON / 2.0;

/// The directions of one class.
#[derive(Debug, Clone)]
struct Block {
    class: usize,
    count: usize,
    /// Entry c·count + a: component c of direction a.
    directions: Vec<f64>,
    /// What one point counts in the loss.
    mass: f64,
    /// The same directions around the plane, where they are unit vectors of one.
    fan: Option<Fan>,
}

impl Block {
    fn direction(&self, a: usize) -> Vec<f64> {
        let components = self.directions[a..].iter().step_by(self.count);
        components.copied().collect()
    }
}

impl Rays {
    /// The polar grid as the only class, `class`, in the coordinates of its plane: the subproblem l_i of network (6).
    ///
    /// # Errors
    /// A network with biases, or no such class.
    pub fn plane(network: HingeNetwork, class: usize, grid: &PolarGrid) -> Result<Self, Error> {
        crate::network::check_label(class, network.top().classes())?;
        let rows: Vec<Vec<f64>> = grid.directions().iter().map(|d| d.to_vec()).collect();
        let mut rays = Self::build(network, vec![(class, rows)], grid.radii(), 1.0)?;
        for block in &mut rays.blocks {
            block.fan = Fan::new(grid);
        }
        Ok(rays)
    }

    /// The polar grid in each of n planes, l = (1/n) Σ l_i.
    ///
    /// # Errors
    /// A network with biases, another number of classes than subspaces, a subspace that is no plane.
    pub fn grid(
        network: HingeNetwork,
        spaces: &Subspaces,
        grid: &PolarGrid,
    ) -> Result<Self, Error> {
        let classes = network.top().classes();
        check_length("subspaces", spaces.len(), classes, "one a class")?;
        let mut blocks = Vec::new();
        for class in 0..classes {
            spaces.check_plane(class)?;
            let mut rows = Vec::new();
            for direction in grid.directions() {
                rows.push(spaces.lift(class, direction)?);
            }
            blocks.push((class, rows));
        }
        Self::build(network, blocks, grid.radii(), 1.0 / classes as f64)
    }

    /// Any labelled points, each a direction of its own, l = (1/n) Σ l_i.
    ///
    /// # Errors
    /// A network with biases, another number of classes, or a point at the origin.
    pub fn points(network: HingeNetwork, data: &DataSet) -> Result<Self, Error> {
        let classes = network.top().classes();
        check_length("classes", data.classes(), classes, "the rows of V")?;
        let points = data.points();
        let mut blocks: Vec<(usize, Vec<Vec<f64>>)> =
            (0..classes).map(|class| (class, Vec::new())).collect();
        for (point, &label) in data.labels().iter().enumerate() {
            let row: Vec<f64> = (0..points.ncols()).map(|c| points[(point, c)]).collect();
            if row.iter().all(|&x| x == 0.0) {
                return Err(Error::Origin { point });
            }
            blocks[label].1.push(row);
        }
        Self::build(network, blocks, &[1.0], 1.0 / classes as f64)
    }

    fn build(
        network: HingeNetwork,
        classes: Vec<(usize, Vec<Vec<f64>>)>,
        radii: &[f64],
        share: f64,
    ) -> Result<Self, Error> {
        if let Some(&bias) = network.biases().iter().find(|&&b| b != 0.0) {
            check(
                "bias",
                bias,
                false,
                "rays need a network without bias: use the point-by-point objective",
            )?;
        }
        let dimension = classes
            .iter()
            .find_map(|(_, rows)| rows.first())
            .map_or(0, Vec::len);
        let components = classes.iter().flat_map(|(_, rows)| rows.iter().flatten());
        let reach = components.fold(0.0_f64, |most, x| most.max(x.abs()));
        let mut blocks = Vec::new();
        for (class, rows) in classes {
            if rows.is_empty() {
                return Err(Error::EmptyClass { class });
            }
            let directions = (0..dimension)
                .flat_map(|c| rows.iter().map(move |row| row[c]))
                .collect();
            blocks.push(Block {
                class,
                count: rows.len(),
                directions,
                mass: share / (rows.len() * radii.len()) as f64,
                fan: None,
            });
        }
        Ok(Self {
            network,
            dimension,
            blocks,
            radii: radii.to_vec(),
            tie: 0.0,
            reach,
        })
    }

    /// The same with the sum l_1 + … + l_n as the loss, not the mean.
    #[must_use]
    pub fn summed(mut self) -> Self {
        let radii = self.radii.len();
        for block in &mut self.blocks {
            block.mass = 1.0 / (block.count * radii) as f64;
        }
        self
    }

    /// The same with gates that open where w_j·x > τ.
    ///
    /// # Errors
    /// A τ that is negative or not finite.
    pub fn with_tie(mut self, tie: f64) -> Result<Self, Error> {
        check(
            "tie",
            tie,
            tie >= 0.0 && tie.is_finite(),
            "it must be finite and not negative",
        )?;
        self.tie = tie;
        Ok(self)
    }

    /// The network.
    pub fn network(&self) -> &HingeNetwork {
        &self.network
    }

    /// Loss and errors of a class whose directions go around a plane.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn around<S: pulp::Simd>(
        &self,
        simd: S,
        (index, block, fan): (usize, &Block, &Fan),
        weights: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> (f64, f64) {
        let top = self.network.top();
        let twice = 2.0 * top.modulus();
        // Taken out, so that the pairs can have the rest of the scratch.
        let mut memory = std::mem::take(&mut scratch.fans[index]);
        fan.arcs(weights, self.tie, &mut memory);
        let wide = scratch.wide;
        let mut loss = 0.0;
        let mut projected = false;
        for other in (0..top.classes()).filter(|&r| r != block.class) {
            let factor = |j| top.sign(block.class, other, j) * twice;
            let found = if wide {
                None
            } else {
                fan.margins(simd, weights, factor, &mut memory)
            };
            if let Some(found) = found {
                loss += block.mass * found.loss;
                if found.pulled {
                    fan.pull(simd, |j| factor(j) * block.mass, gradient, &mut memory);
                }
            } else {
                if !projected {
                    self.project(block, weights, scratch);
                    projected = true;
                }
                loss += self.pair(block, other, weights, gradient, scratch);
                fan.enter(&scratch.margins, &mut memory);
            }
        }
        let errors = Fan::wrong(simd, &memory) / block.count as f64;
        scratch.fans[index] = memory;
        (loss, errors)
    }
}

/// One evaluation, as work for the widest registers the machine has.
struct Work<'a> {
    rays: &'a Rays,
    weights: &'a [f64],
    gradient: &'a mut [f64],
    scratch: &'a mut Scratch,
}

impl pulp::WithSimd for Work<'_> {
    type Output = Evaluation;

    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> Evaluation {
        if !LANES.is_multiple_of(S::F64_LANES) {
            // Registers wider than the lanes: none is known today.
            return pulp::Scalar.vectorize(self);
        }
        let Self {
            rays,
            weights,
            gradient,
            scratch,
        } = self;
        gradient.fill(0.0);
        let top = rays.network.top();
        let (mut loss, mut errors) = (0.0, 0.0);
        scratch.wide = rays.is_wide(weights);
        scratch.fans.resize(rays.blocks.len(), Memory::default());
        for (index, block) in rays.blocks.iter().enumerate() {
            let count = block.count;
            if let Some(fan) = &block.fan {
                let found = rays.around(simd, (index, block, fan), weights, gradient, scratch);
                loss += found.0;
                errors += found.1;
                continue;
            }
            rays.project(block, weights, scratch);
            scratch.wrong.clear();
            scratch.wrong.resize(count, false);
            for other in (0..top.classes()).filter(|&r| r != block.class) {
                loss += rays.pair(block, other, weights, gradient, scratch);
                for (wrong, margin) in scratch.wrong.iter_mut().zip(&scratch.margins) {
                    *wrong |= *margin <= 0.0;
                }
            }
            let wrong = scratch.wrong.iter().filter(|&&wrong| wrong).count();
            errors += wrong as f64 / count as f64;
        }
        Evaluation {
            loss,
            errors: errors / rays.blocks.len() as f64,
        }
    }
}

impl HingeLoss for Rays {
    fn neurons(&self) -> usize {
        self.network.top().neurons()
    }

    fn top(&self) -> Option<&TopLayer> {
        Some(self.network.top())
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<Evaluation, Error> {
        self.check(weights, gradient)?;
        Ok(pulp::Arch::new().dispatch(Work {
            rays: self,
            weights,
            gradient,
            scratch,
        }))
    }
}
