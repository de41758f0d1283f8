//! Closed forms for one pair of directions in a bias-free ReLU network with Gaussian inputs
