"""Training of LYX Table 1: iterations to loss exactly 0, one run a start; 80 angles, the 11 radii of a ray by prefix sums.

f̃(x) = Σ_{j ≤ k/2} σ(w_j·x) − Σ_{j > k/2} σ(w_j·x), l the mean of max{0, 1 − f̃} over the 880 points, W ← W − η∇l.
"""
import numpy as np


def numba_loop(inputs, parameters):
    from numba import njit, prange

    @njit(fastmath=True, cache=True)
    def train(w, x, y, radii, sums, step, limit):
        k, angles, count = len(w), len(x), len(radii)
        half = k // 2
        mass = 1.0 / (angles * count)
        hidden, slope = np.empty((k, angles)), np.empty((k, 2))
        pull, margin = np.empty(angles), np.empty(angles)
        for iteration in range(limit + 1):
            margin[:] = 0.0
            for j in range(k):
                sign = 1.0 if j < half else -1.0
                for a in range(angles):
                    hidden[j, a] = w[j, 0] * x[a] + w[j, 1] * y[a]
                    margin[a] += sign * max(hidden[j, a], 0.0)
            loss = 0.0
            for a in range(angles):
                inside = count
                while inside > 0 and radii[inside - 1] * margin[a] >= 1.0:
                    inside -= 1
                pull[a] = sums[inside]
                loss += inside - margin[a] * pull[a]
            if loss == 0.0:
                return iteration
            still = True
            for j in range(k):
                sign = 1.0 if j < half else -1.0
                along, up = 0.0, 0.0
                for a in range(angles):
                    open_ = pull[a] if hidden[j, a] > 0.0 else 0.0
                    along += open_ * x[a]
                    up += open_ * y[a]
                slope[j, 0], slope[j, 1] = -sign * mass * along, -sign * mass * up
                still = still and along == 0.0 and up == 0.0
            if still or iteration == limit:
                return iteration
            for j in range(k):
                w[j, 0] -= step * slope[j, 0]
                w[j, 1] -= step * slope[j, 1]
        return limit

    @njit(parallel=True, cache=True)
    def runs(starts, neurons, x, y, radii, sums, step, limit):
        iterations = np.empty(len(starts))
        for run in prange(len(starts)):
            w = starts[run, :2 * neurons[run]].copy().reshape(-1, 2)
            iterations[run] = train(w, x, y, radii, sums, step, limit)
        return iterations

    starts, neurons = inputs["starts"], inputs["neurons"].astype(np.int64)
    turns = np.pi / 40 * np.arange(1, 81)
    x, y = np.cos(turns), np.sin(turns)
    radii = 20.0 / np.arange(20, 9, -1)
    sums = np.concatenate([[0.0], np.cumsum(radii)])
    step, limit = parameters["step"], parameters["limit"]
    call = lambda: runs(starts, neurons, x, y, radii, sums, step, limit)
    call.warm = lambda: runs(starts[:2], neurons[:2], x, y, radii, sums, step, 2)
    return call


IMPLEMENTATIONS = {"Numba": numba_loop}
