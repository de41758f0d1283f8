use crate::data::DataSet;
use crate::error::{Error, check_length};
use crate::network::HingeNetwork;
use crate::objective::{Evaluation, Objective, Scratch};

/// The loss l = (1/n) Σ_i l_i over given points, point by point; l_i is the mean over the points of class i.
///
/// It takes networks with biases. Without biases [`Rays`](crate::Rays) is faster.
#[derive(Debug, Clone)]
pub struct Empirical {
    network: HingeNetwork,
    data: DataSet,
    /// What a point of each class counts.
    mass: Vec<f64>,
    /// 1 or 1/n.
    share: f64,
}

impl Empirical {
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

impl Objective for Empirical {
    fn neurons(&self) -> usize {
        self.network.top().neurons()
    }

    fn dimension(&self) -> usize {
        self.data.points().ncols()
    }

    fn evaluate(&self, weights: &[f64], gradient: &mut [f64], _: &mut Scratch) -> Evaluation {
        let (k, d) = (self.neurons(), self.dimension());
        assert_eq!(weights.len(), k * d, "the weights are k times d");
        gradient.fill(0.0);
        let points = self.data.points();
        let top = self.network.top();
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
                let difference = |j: usize| top.difference(label, other, j);
                let margin: f64 = (0..k).map(|j| difference(j) * h[j].max(0.0)).sum();
                wrong |= margin <= 0.0;
                if margin < 1.0 {
                    loss += mass * (1.0 - margin);
                    for j in (0..k).filter(|&j| h[j] > 0.0) {
                        for c in 0..d {
                            gradient[j * d + c] -= mass * difference(j) * x[c];
                        }
                    }
                }
            }
            errors += if wrong { mass / self.share } else { 0.0 };
        }
        Evaluation {
            loss,
            errors: errors / top.classes() as f64,
        }
    }
}
