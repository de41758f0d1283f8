"""Whether 0 is in the interior of the hull of the directions of k neurons (LYX Lemma 5.2): 2 if so, else 1.

It is if the directions span ℝᵈ and Σ λ_j w̃_j = 0 has a solution with all λ_j ≥ 1.
"""
import numpy as np
from scipy.optimize import linprog, nnls


def directions(weights):
    return (weights / np.linalg.norm(weights, axis=1)[:, None]).T


def spans(matrix):
    return np.linalg.matrix_rank(matrix @ matrix.T) == len(matrix)


def scipy_nnls(inputs, _):
    weights = inputs["weights"]

    def call():
        matrix = directions(weights)
        residual = nnls(matrix, -matrix.sum(axis=1))[1]
        return 1.0 + (residual < 1e-9 and spans(matrix))

    return call


def highs(inputs, _):
    weights = inputs["weights"]

    def call():
        matrix = directions(weights)
        found = linprog(np.zeros(len(weights)), A_eq=matrix, b_eq=np.zeros(len(matrix)), bounds=(1, None), method="highs")
        return 1.0 + (found.status == 0 and spans(matrix))

    return call


IMPLEMENTATIONS = {"SciPy NNLS": scipy_nnls, "HiGHS": highs}
