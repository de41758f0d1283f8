//! Two-layer bias-free ReLU networks with Gaussian inputs: exact population loss, gradient, Hessian, and gradient dynamics
