"""The planar dynamics of Tian 2017, Eq 69-70, from many starts to a given time by RK4 with a constant step.

2π(ẋ, ẏ) = −{(π−φ)(x−1+(K−1)y)(1, 1) + (θ, φ*−φ) + φ(x−1, y)} + [(K−1)(α sin φ* − sin φ) + α sin θ](x, y),
cos θ = αx, cos φ* = αy, cos φ = α²(2xy + (K−2)y²), α = (x² + (K−1)y²)^(−1/2).
"""
import numpy as np

PI = np.pi


def numba_rk4(inputs, parameters):
    from math import acos, sqrt

    from numba import njit, prange

    @njit(fastmath=True, cache=True, inline="always")
    def sine(c):
        return sqrt(max(0.0, 1 - c * c))

    @njit(fastmath=True, cache=True)
    def rate(x, y, others):
        alpha = 1 / sqrt(x * x + others * y * y)
        c, c_star = min(1.0, max(-1.0, alpha * x)), min(1.0, max(-1.0, alpha * y))
        c_phi = min(1.0, max(-1.0, alpha * alpha * (2 * x * y + (others - 1) * y * y)))
        theta, star, phi = acos(c), acos(c_star), acos(c_phi)
        pull = (PI - phi) * (x - 1 + others * y)
        spread = others * (alpha * sine(c_star) - sine(c_phi)) + alpha * sine(c)
        return ((-(pull + theta + phi * (x - 1)) + spread * x) / (2 * PI),
                (-(pull + star - phi + phi * y) + spread * y) / (2 * PI))

    @njit(parallel=True, fastmath=True, cache=True)
    def follow(starts, others, step, steps):
        ends = np.empty_like(starts)
        for run in prange(len(starts)):
            x, y = starts[run, 0], starts[run, 1]
            for _ in range(steps):
                a, b = rate(x, y, others)
                c, d = rate(x + step / 2 * a, y + step / 2 * b, others)
                e, f = rate(x + step / 2 * c, y + step / 2 * d, others)
                g, h = rate(x + step * e, y + step * f, others)
                x += step / 6 * (a + 2 * c + 2 * e + g)
                y += step / 6 * (b + 2 * d + 2 * f + h)
            ends[run, 0], ends[run, 1] = x, y
        return ends

    starts, others = inputs["starts"], parameters["neurons"] - 1.0
    step, steps = parameters["time"] / parameters["steps"], parameters["steps"]
    call = lambda: follow(starts, others, step, steps)
    call.warm = lambda: follow(starts[:2], others, step, 2)
    return call


IMPLEMENTATIONS = {"Numba RK4": numba_rk4}
