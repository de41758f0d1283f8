"""Signs of L₁₂ on the grid θ_i = πi/(n+1), φ_j = 2πj/m (Tian 2017, Eq 14): how many points are positive, how many negative.

L₁₂ = sin θ·N/D, N = (π−θ₁*) sin φ·D − (π−θ) sin θ (π h(θ₂*) − h(θ) h(θ₁*)), D = (π − h(θ))(π + h(θ)),
h(t) = (π − t) cos t + sin t. Values below THRESHOLD in size count as zero.
"""
import numpy as np

PI = np.pi
THRESHOLD = 1e-13
ROWS = 32


def h(xp, t):
    return (PI - t) * xp.cos(t) + xp.sin(t)


def values(xp, theta, phi):
    """L₁₂ for a column of θ and a row of φ."""
    first = xp.minimum(phi, 2 * PI - phi)
    apart = xp.abs(phi - theta)
    second = xp.minimum(apart, 2 * PI - apart)
    own = h(xp, theta)
    denominator = (PI - own) * (PI + own)
    tail = (PI - theta) * xp.sin(theta) * (PI * h(xp, second) - own * h(xp, first))
    return xp.sin(theta) * ((PI - first) * xp.sin(phi) * denominator - tail) / denominator


def grid(parameters):
    n, m = parameters["rows"], parameters["columns"]
    return PI * np.arange(1, n + 1) / (n + 1), 2 * PI * np.arange(m) / m


def numpy_plain(_, parameters):
    theta, phi = grid(parameters)

    def call():
        positive = negative = 0
        for start in range(0, len(theta), ROWS):
            found = values(np, theta[start:start + ROWS, None], phi[None])
            positive += np.count_nonzero(found > THRESHOLD)
            negative += np.count_nonzero(found < -THRESHOLD)
        return positive, negative

    return call


def numpy_best(_, parameters):
    """What depends on φ alone once, cos and sin of φ − θ by addition theorems, a row at a time in the cache."""
    theta, phi = grid(parameters)
    first = np.minimum(phi, 2 * PI - phi)
    sine, cosine, mass, kernel = np.sin(phi), np.cos(phi), PI - first, h(np, first)
    lever = mass * sine
    work, value, size = np.empty_like(phi), np.empty_like(phi), np.empty_like(phi)

    def call():
        positive = negative = 0
        for t in theta:
            own = h(np, t)
            denominator = (PI - own) * (PI + own)
            scale, weight = np.sin(t) / denominator, (PI - t) * np.sin(t)
            np.subtract(phi, t, out=work)
            np.abs(work, out=work)
            np.subtract(2 * PI, work, out=value)
            np.minimum(work, value, out=work)
            np.subtract(PI, work, out=work)
            np.multiply(cosine, np.cos(t), out=value)
            np.multiply(sine, np.sin(t), out=size)
            np.add(value, size, out=value)  # cos(φ − θ)
            np.multiply(work, value, out=work)
            np.multiply(value, value, out=value)
            np.subtract(1.0, value, out=value)
            np.maximum(value, 0.0, out=value)
            np.sqrt(value, out=value)
            np.add(work, value, out=work)  # h(θ₂*)
            np.multiply(work, -weight * PI * scale, out=work)
            np.multiply(lever, denominator * scale, out=value)
            np.add(work, value, out=work)
            np.multiply(kernel, weight * own * scale, out=value)
            np.add(work, value, out=work)
            positive += np.count_nonzero(work > THRESHOLD)
            negative += np.count_nonzero(work < -THRESHOLD)
        return positive, negative

    return call


def numba_loop(_, parameters):
    from math import cos, sin

    from numba import njit, prange

    @njit(parallel=True, fastmath=True, cache=True)
    def signs(theta, phi):
        positive, negative = 0, 0
        for i in prange(len(theta)):
            t = theta[i]
            own = (PI - t) * cos(t) + sin(t)
            denominator = (PI - own) * (PI + own)
            above, below = 0, 0
            for j in range(len(phi)):
                p = phi[j]
                first = min(p, 2 * PI - p)
                apart = abs(p - t)
                second = min(apart, 2 * PI - apart)
                one = (PI - first) * cos(first) + sin(first)
                two = (PI - second) * cos(second) + sin(second)
                value = (PI - first) * sin(p) * denominator - (PI - t) * sin(t) * (PI * two - own * one)
                value *= sin(t) / denominator
                above += value > THRESHOLD
                below += value < -THRESHOLD
            positive += above
            negative += below
        return positive, negative

    theta, phi = grid(parameters)
    call = lambda: signs(theta, phi)
    call.warm = lambda: signs(theta[:2], phi)
    return call


def jax_rows(_, parameters):
    """A row at a time by `lax.map`, which keeps the temporaries small."""
    import jax
    import jax.numpy as jnp

    theta, phi = (jax.device_put(x) for x in grid(parameters))

    @jax.jit
    def signs(theta, phi):
        def row(t):
            found = values(jnp, t, phi)
            return jnp.array([jnp.sum(found > THRESHOLD), jnp.sum(found < -THRESHOLD)])
        return jax.lax.map(row, theta, batch_size=16).sum(axis=0)

    call = lambda: signs(theta, phi).block_until_ready()
    call.warm = lambda: signs.lower(theta, phi).compile()
    return call


IMPLEMENTATIONS = {"NumPy": numpy_plain, "NumPy, in place": numpy_best, "Numba": numba_loop, "JAX": jax_rows}
