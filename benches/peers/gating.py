"""The sampled gating (1/N) Σ x 1(e·x > 0) max(w·x, 0) of N Gaussian samples, drawn in chunks that fit the cache or memory."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np

CHUNK = 10_000


def part(random, count, e, w):
    data = random.standard_normal((count, len(e)))
    responses = data @ np.stack([e, w], axis=1)
    gated = np.where((responses[:, 0] > 0) & (responses[:, 1] > 0), responses[:, 1], 0.0)
    return gated @ data


def numpy_plain(inputs, parameters):
    e, w, samples = inputs["e"], inputs["w"], parameters["samples"]

    def call():
        random = np.random.default_rng(1)
        return sum(part(random, CHUNK, e, w) for _ in range(samples // CHUNK)) / samples

    return call


def numpy_threads(inputs, parameters):
    """A generator for each thread; NumPy lets go of the interpreter while it draws and multiplies."""
    e, w, samples, threads = inputs["e"], inputs["w"], parameters["samples"], parameters["threads"]

    def share(random):
        chunks = samples // CHUNK // threads
        return sum(part(random, CHUNK, e, w) for _ in range(chunks)) / (chunks * CHUNK)

    def call():
        seeds = np.random.SeedSequence(1).spawn(threads)
        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(share, [np.random.Generator(np.random.SFC64(seed)) for seed in seeds])) / threads

    return call


def jax_scan(inputs, parameters):
    import jax
    import jax.numpy as jnp

    e, w, samples = inputs["e"], inputs["w"], parameters["samples"]

    @jax.jit
    def mean(key):
        def chunk(total, key):
            data = jax.random.normal(key, (CHUNK, len(e)), dtype=jnp.float64)
            along, response = data @ e, data @ w
            return total + jnp.where((along > 0) & (response > 0), response, 0.0) @ data, None
        return jax.lax.scan(chunk, jnp.zeros(len(e)), jax.random.split(key, samples // CHUNK))[0] / samples

    key = jax.random.key(1)
    call = lambda: mean(key).block_until_ready()
    call.warm = lambda: mean.lower(key).compile()
    return call


IMPLEMENTATIONS = {"NumPy": numpy_plain, "NumPy, threads": numpy_threads, "JAX": jax_scan}
