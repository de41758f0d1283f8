//! Hinge-loss ReLU classifiers with a fixed top layer on data in orthogonal subspaces.
