//! Bias-free ReLU networks of any depth, their gating matrices, and the gradient by Proposition 2.
//!
//! A [`DeepNetwork`] has the layers W_1, …, W_L, every node a ReLU, and a fixed linear read-out a:
//!
//! u_j = σ(w_j · x_c) for the nodes j of layer c,  x_1 = x,  x_{c+1} = (u_j)_{j ∈ \[c\]},  g(x) = Σ_{j ∈ \[L\]} a_j u_j.
//!
//! **What the top layer is.** The papers count layers from the output down and start their induction with Q_j = 1 at the
//! top. That fixes the loss: at *every* layer the output is g = Σ_{j′} Q_{j′}u_{j′}, so Σ_{j′}(Q_{j′}u_{j′} − Q*_{j′}u*_{j′})
//! is the residual of one scalar output. Tian 2016 has a single node at the top, itself a ReLU (L = 1 node, a = 1); the
//! two-layered network of Tian 2017 has K nodes summed with unit weights. Both are the network above, which also takes
//! other top weights: Q_j = a_j at the top. A loss that compares several top nodes one by one, Σ_j ½‖u_j − u*_j‖², has
//! another gradient: the proposition does not hold for it.
//!
//! Samples are the rows of an N × d matrix. The N × N diagonal matrices D_j and Q_j are columns of N × d_c matrices.

mod gating;
mod objective;

pub use gating::GatingMatrices;
pub use objective::Multilayer;

use faer::MatRef;

use crate::error::Error;
use crate::weights::{Weights, check_top};

/// A bias-free ReLU network of any depth with a fixed linear read-out; see the [module](self).
///
/// # Examples
/// ```
/// use teacher_student::Weights;
/// use teacher_student::multilayer::DeepNetwork;
/// let first = Weights::from_rows(&[vec![1.0, 0.0], vec![0.0, 1.0]])?;
/// let top = Weights::from_rows(&[vec![1.0, -1.0]])?;
/// let network = DeepNetwork::new(vec![first, top])?;
/// let data = faer::mat![[2.0, 0.5], [0.5, 2.0]];
/// assert_eq!(network.outputs(data.as_ref())?, [1.5, 0.0]); // σ(σ(x₁) − σ(x₂))
/// # Ok::<(), teacher_student::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DeepNetwork {
    layers: Vec<Weights>,
    top: Vec<f64>,
}

impl DeepNetwork {
    /// Layers from the input to the top, W_c of shape d_c × d_{c−1}, read out by unit top weights.
    ///
    /// # Errors
    /// No layers, or a layer that does not take as many inputs as the layer before has nodes.
    pub fn new(layers: Vec<Weights>) -> Result<Self, Error> {
        let nodes = layers.last().map_or(0, Weights::neurons);
        Self::with_top_weights(layers, vec![1.0; nodes])
    }

    /// With given top weights, one a node of the last layer.
    ///
    /// # Errors
    /// As [`new`](Self::new), or top weights of another number or not finite.
    pub fn with_top_weights(layers: Vec<Weights>, top: Vec<f64>) -> Result<Self, Error> {
        let Some(last) = layers.last() else {
            return Err(Error::EmptyMatrix {
                what: "the list of layers",
                rows: 0,
                columns: 0,
            });
        };
        check_top("the network", &top, last.neurons())?;
        for pair in layers.windows(2) {
            if pair[1].dimension() != pair[0].neurons() {
                return Err(Error::Shape {
                    what: "a layer",
                    rows: pair[1].neurons(),
                    columns: pair[1].dimension(),
                    expected_rows: pair[1].neurons(),
                    expected_columns: pair[0].neurons(),
                });
            }
        }
        Ok(Self { layers, top })
    }

    /// Layers from the input to the top.
    pub fn layers(&self) -> &[Weights] {
        &self.layers
    }

    /// Fixed top weights, one a node of the last layer.
    pub fn top_weights(&self) -> &[f64] {
        &self.top
    }

    /// d, the dimension of the inputs.
    pub fn dimension(&self) -> usize {
        self.layers[0].dimension()
    }

    /// All weights in one vector: layer by layer from the input, node by node.
    pub fn state(&self) -> Vec<f64> {
        let layers = self.layers.iter();
        layers.flat_map(Weights::state).collect()
    }

    /// g(x) for every row of an N × d matrix.
    ///
    /// # Errors
    /// No rows, rows of a length other than d, or a non-finite entry.
    pub fn outputs(&self, data: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
        Ok(self.gating(data)?.outputs().to_vec())
    }

    /// The gating matrices D and Q and the inputs of every layer on an N × d matrix.
    ///
    /// # Errors
    /// No rows, rows of a length other than d, or a non-finite entry.
    ///
    /// # Source
    /// Tian 2017, Proposition 2; Tian 2016, Lemmas 2.1 and 7.1 (there L for Q).
    pub fn gating(&self, data: MatRef<'_, f64>) -> Result<GatingMatrices, Error> {
        check_data(data, self.dimension())?;
        Ok(GatingMatrices::new(self, data))
    }
}

fn check_data(data: MatRef<'_, f64>, dimension: usize) -> Result<(), Error> {
    let (rows, columns) = data.shape();
    if rows == 0 {
        return Err(Error::EmptyMatrix {
            what: "the data matrix",
            rows,
            columns,
        });
    }
    if columns != dimension {
        return Err(Error::Shape {
            what: "the data matrix",
            rows,
            columns,
            expected_rows: rows,
            expected_columns: dimension,
        });
    }
    for column in 0..columns {
        for row in 0..rows {
            let value = data[(row, column)];
            if !value.is_finite() {
                return Err(Error::NotFinite {
                    what: "the data matrix",
                    row,
                    column,
                    value,
                });
            }
        }
    }
    Ok(())
}
