use faer::{Mat, MatRef};

use super::DeepNetwork;
use crate::product::product;

/// Everything Proposition 2 needs of one network on N samples: the inputs X_c, the gates D_j and the sensitivities Q_j.
///
/// Layers are numbered from 0 at the input. For samples where no node is exactly at its kink, Q_j = ∂g/∂u_j, D_jQ_j is
/// the derivative of the output by the pre-activation w_j·x_c, and g = Σ_{j ∈ \[c\]} Q_j u_j at every layer c.
///
/// # Source
/// Tian 2017, Proposition 2; Tian 2016, Lemma 2.1 (there L for Q).
#[derive(Debug, Clone)]
pub struct GatingMatrices {
    inputs: Vec<Mat<f64>>,
    gates: Vec<Mat<f64>>,
    sensitivities: Vec<Mat<f64>>,
    outputs: Vec<f64>,
}

impl GatingMatrices {
    pub(super) fn new(network: &DeepNetwork, data: MatRef<'_, f64>) -> Self {
        let depth = network.layers().len();
        let mut inputs = vec![data.to_owned()];
        let mut gates = Vec::with_capacity(depth);
        for layer in network.layers() {
            let below = inputs.last().map_or(data, Mat::as_ref);
            let responses = product(below, layer.as_mat().transpose());
            gates.push(map(&responses, |t| f64::from(t > 0.0)));
            inputs.push(map(&responses, |t| t.max(0.0)));
        }
        let samples = data.nrows();
        let top = inputs.pop().unwrap_or_else(|| Mat::zeros(samples, 0));
        let weighted = |row: usize| -> f64 {
            let nodes = network.top_weights().iter().enumerate();
            nodes.map(|(j, a)| a * top[(row, j)]).sum()
        };
        let outputs = (0..samples).map(weighted).collect();

        // Q = a at the top; below, Q_k = Σ_j w_jk D_j Q_j, a matrix product.
        let width = network.top_weights().len();
        let mut below = Mat::from_fn(samples, width, |_, j| network.top_weights()[j]);
        let mut sensitivities = Vec::with_capacity(depth);
        for (layer, gate) in network.layers().iter().zip(&gates).rev() {
            let passed = entrywise(gate, &below);
            sensitivities.push(below);
            below = product(passed.as_ref(), layer.as_mat());
        }
        sensitivities.reverse();
        Self {
            inputs,
            gates,
            sensitivities,
            outputs,
        }
    }

    /// X_c, the inputs of a layer, N × d_{c−1}; `None` above the top layer.
    pub fn inputs(&self, layer: usize) -> Option<MatRef<'_, f64>> {
        self.inputs.get(layer).map(Mat::as_ref)
    }

    /// D of a layer, N × d_c: column j holds 1(w_j·x_c > 0) for every sample.
    pub fn gates(&self, layer: usize) -> Option<MatRef<'_, f64>> {
        self.gates.get(layer).map(Mat::as_ref)
    }

    /// Q of a layer, N × d_c: column j holds the diagonal of Q_j.
    pub fn sensitivities(&self, layer: usize) -> Option<MatRef<'_, f64>> {
        self.sensitivities.get(layer).map(Mat::as_ref)
    }

    /// D_j Q_j of a layer, N × d_c.
    pub fn gated_sensitivities(&self, layer: usize) -> Option<Mat<f64>> {
        let (gates, sensitivities) = (self.gates.get(layer)?, self.sensitivities.get(layer)?);
        Some(entrywise(gates, sensitivities))
    }

    /// R_c = [D_j Q_j X_c]_{j ∈ \[c\]}, of shape N × d_c d_{c−1}: columns j·d_{c−1} to (j+1)·d_{c−1} belong to node j.
    ///
    /// R_c w_c with the weights of the layer, node by node, is the output of the network. The gradient does not need
    /// this matrix: it is formed from its factors.
    ///
    /// # Source
    /// Tian 2016, Lemma 2.1 (which prints the shape N × d_{c+1}d_c with layers counted from the top).
    pub fn jacobian(&self, layer: usize) -> Option<Mat<f64>> {
        let gated = self.gated_sensitivities(layer)?;
        let inputs = self.inputs.get(layer)?;
        let width = inputs.ncols();
        Some(Mat::from_fn(
            inputs.nrows(),
            gated.ncols() * width,
            |row, column| gated[(row, column / width)] * inputs[(row, column % width)],
        ))
    }

    /// g(x), one a sample.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }
}

fn map(matrix: &Mat<f64>, f: impl Fn(f64) -> f64) -> Mat<f64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| f(matrix[(i, j)]))
}

/// Entrywise product: diagonal matrices multiply by their diagonals.
fn entrywise(a: &Mat<f64>, b: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * b[(i, j)])
}
