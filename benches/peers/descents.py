"""Gradient descent with step 0.1 from many starts to a gradient norm, an orthonormal teacher (the first basis vectors)."""
import numpy as np

PI = np.pi


def numba_loop(inputs, parameters):
    from math import acos, sqrt

    from numba import njit, prange

    @njit(fastmath=True, cache=True)
    def gradient(w, units, norms, result):
        k, d = w.shape
        for i in range(k):
            square = 0.0
            for c in range(d):
                square += w[i, c] * w[i, c]
            norms[i] = sqrt(square)
            for c in range(d):
                units[i, c] = w[i, c] / norms[i]
                result[i, c] = PI * w[i, c]
        total = 0.0
        for i in range(k):
            along = 0.0
            for c in range(d):
                x = min(1.0, max(-1.0, units[i, c]))
                result[i, c] -= PI - acos(x)
                along -= sqrt(1 - x * x)
            for c in range(d):
                result[i, c] += along * units[i, c]
            for j in range(i):
                x = 0.0
                for c in range(d):
                    x += units[i, c] * units[j, c]
                x = min(1.0, max(-1.0, x))
                mass, sine = PI - acos(x), sqrt(1 - x * x)
                for c in range(d):
                    result[i, c] += mass * w[j, c] + norms[j] * sine * units[i, c]
                    result[j, c] += mass * w[i, c] + norms[i] * sine * units[j, c]
        for i in range(k):
            for c in range(d):
                result[i, c] /= 2 * PI
                total += result[i, c] * result[i, c]
        return total

    @njit(parallel=True, cache=True)
    def descents(starts, step, goal, most):
        ends = starts.copy()
        runs, k, d = starts.shape
        for run in prange(runs):
            w, slope = ends[run], np.empty((k, d))
            units, norms = np.empty((k, d)), np.empty(k)
            for _ in range(most):
                if gradient(w, units, norms, slope) <= goal * goal:
                    break
                for i in range(k):
                    for c in range(d):
                        w[i, c] -= step * slope[i, c]
        return ends

    starts = inputs["starts"]
    step, goal, most = parameters["step"], parameters["goal"], parameters["most"]
    call = lambda: descents(starts, step, goal, most)
    call.warm = lambda: descents(starts[:2], step, goal, 2)
    return call


IMPLEMENTATIONS = {"Numba": numba_loop}
