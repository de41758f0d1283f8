"""The flow of benches/examples/slow_flow.rs by SciPy's DOP853, with the gradient as one would write it in NumPy.

usage: python3 benches/peers/slow_flow.py START.csv [LONGEST_TIME]
"""
import sys
import time

import numpy as np
from scipy.integrate import solve_ivp

start = np.loadtxt(sys.argv[1], delimiter=",")
longest = float(sys.argv[2]) if len(sys.argv) > 2 else 1500.0
neurons, dimension = start.shape
teacher = np.eye(neurons, dimension)


def gating(units, weights):
    norms = np.linalg.norm(weights, axis=1)
    angles = np.arccos(np.clip(units @ (weights / norms[:, None]).T, -1, 1))
    return ((np.pi - angles) @ weights + (np.sin(angles) @ norms)[:, None] * units) / (2 * np.pi)


def rate(_, state):
    weights = state.reshape(neurons, dimension)
    units = weights / np.linalg.norm(weights, axis=1)[:, None]
    return (gating(units, teacher) - gating(units, weights)).ravel()


def arrived(t, state):
    return np.linalg.norm(rate(t, state)) - 1e-10


arrived.terminal = True
for relative, absolute in [(1e-10, 1e-12), (1e-6, 1e-9)]:
    clock = time.time()
    run = solve_ivp(rate, (0, longest), start.ravel(), method="DOP853", rtol=relative, atol=absolute, events=arrived)
    size = np.linalg.norm(rate(0, run.y[:, -1]))
    print(f"DOP853, {relative:g}: {run.nfev} gradients to time {run.t[-1]:.0f}, |grad| = {size:.1e}, {time.time() - clock:.1f} s")
