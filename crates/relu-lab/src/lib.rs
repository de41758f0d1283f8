//! Exact analysis of two-layer ReLU networks with Gaussian inputs.
