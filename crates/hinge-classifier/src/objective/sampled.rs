use super::{Evaluation, HingeLoss, Scratch};
use crate::data::DataSet;
use crate::error::{Error, check_length};
use crate::network::{HingeNetwork, TopLayer};

/// The loss l = (1/n) Σ_i l_i over given points, point by point; l_i is the mean over the points of class i.
///
/// It takes networks with biases. Without biases [`Rays`](crate::Rays) is faster.
#[derive(Debug, Clone)]
pub struct SampledHinge {
    network: HingeNetwork,
    data: DataSet,
    /// What a point of each class counts.
    mass: Vec<f64>,
    /// 1 or 1/n.
    share: f64,
}

impl SampledHinge {
    /// The objective of a network on labelled points.
    ///
    /// # Errors
    /// Different numbers of classes.
    pub fn new(network: HingeNetwork, data: DataSet) -> Result<Self, Error> {
        let classes = network.top().classes();
        check_length("classes", data.classes(), classes, "the rows of V")?;
        let mut counts = vec![0.0; classes];
        for &label in data.labels() {
            counts[label] += 1.0;
        }
        Ok(Self {
            network,
            data,
            mass: counts.iter().map(|count| 1.0 / count).collect(),
            share: 1.0 / classes as f64,
        })
    }

    /// The network.
    pub fn network(&self) -> &HingeNetwork {
        &self.network
    }

    /// The points.
    pub fn data(&self) -> &DataSet {
        &self.data
    }

    /// l_i, the loss on one class.
    ///
    /// # Errors
    /// Weights that are not k·d long, or no such class.
    pub fn class_loss(&self, class: usize, weights: &[f64]) -> Result<f64, Error> {
        crate::network::check_label(class, self.mass.len())?;
        let points = self.data.points();
        let mut loss = 0.0;
        for (p, _) in self.of_class(class) {
            let x: Vec<f64> = (0..points.ncols()).map(|c| points[(p, c)]).collect();
            loss += self.network.sample_loss(weights, &x, class)?;
        }
        Ok(self.mass[class] * loss)
    }

    fn of_class(&self, class: usize) -> impl Iterator<Item = (usize, &usize)> {
        self.data
            .labels()
            .iter()
            .enumerate()
            .filter(move |(_, label)| **label == class)
    }
}

impl HingeLoss for SampledHinge {
    fn neurons(&self) -> usize {
        self.network.top().neurons()
    }

    fn top(&self) -> Option<&TopLayer> {
        Some(self.network.top())
    }

    fn dimension(&self) -> usize {
        self.data.points().ncols()
    }

    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        _: &mut Scratch,
    ) -> Result<Evaluation, Error> {
        self.check(weights, gradient)?;
        let (k, d) = (self.neurons(), self.dimension());
        gradient.fill(0.0);
        let points = self.data.points();
        let top = self.network.top();
        let twice = 2.0 * top.modulus();
        let mut x = vec![0.0; d];
        let mut h = vec![0.0; k];
        let (mut loss, mut errors) = (0.0, 0.0);
        for (p, &label) in self.data.labels().iter().enumerate() {
            for (c, x) in x.iter_mut().enumerate() {
                *x = points[(p, c)];
            }
            for (j, h) in h.iter_mut().enumerate() {
                *h = self.network.activation(weights, &x, j);
            }
            let mass = self.share * self.mass[label];
            let mut wrong = false;
            for other in (0..top.classes()).filter(|&r| r != label) {
                let margin = self.network.margin(&h, (weights, &x), label, other);
                wrong |= margin <= 0.0;
                if margin < 1.0 {
                    loss += mass * (1.0 - margin);
                    for j in (0..k).filter(|&j| h[j] > 0.0) {
                        let factor = mass * twice * top.sign(label, other, j);
                        for c in 0..d {
                            gradient[j * d + c] -= factor * x[c];
                        }
                    }
                }
            }
            errors += if wrong { mass / self.share } else { 0.0 };
        }
        Ok(Evaluation {
            loss,
            errors: (errors / top.classes() as f64).min(1.0),
        })
    }
}
