"""The Hessian of the population loss times a K × d direction, without the Hessian."""
import numpy as np

from gradient import jax_call, jax_gradient, jax_loss

PI = np.pi


def numpy_best(inputs, _):
    """The derivative of the gradient along the direction, by products of the gradient's size.

    With ė = (ẇ − (e·ẇ)e)/‖w‖ and θ̇_ij = −(e_i·ė_j + ė_i·e_j)/sin θ_ij.
    """
    student, teacher, direction = inputs["student"], inputs["teacher"], inputs["direction"]
    k = len(student)
    every = np.arange(k)

    def call():
        norms, lengths = np.linalg.norm(student, axis=1), np.linalg.norm(teacher, axis=1)
        units, axes = student / norms[:, None], teacher / lengths[:, None]
        growth = np.einsum("ij,ij->i", units, direction)
        turning = (direction - growth[:, None] * units) / norms[:, None]
        cosines, outer = np.clip(units @ units.T, -1, 1), np.clip(units @ axes.T, -1, 1)
        cosines[every, every] = 0.0
        sines, outer_sines = np.sqrt(1 - cosines**2), np.sqrt(1 - outer**2)
        masses = PI - np.arccos(cosines)
        masses[every, every] = PI
        among = units @ turning.T
        turn = (among + among.T) / sines * norms
        turn[every, every] = 0.0
        outer_turn = -(turning @ axes.T) / outer_sines * lengths
        sines[every, every] = 0.0
        along = sines @ growth - (turn * cosines).sum(axis=1) - (outer_turn * outer).sum(axis=1)
        across = sines @ norms - outer_sines @ lengths
        result = masses @ direction + turn @ units + outer_turn @ axes
        return (result + along[:, None] * units + across[:, None] * turning) / (2 * PI)

    return call


def jax_forward(inputs, _):
    import jax

    def product(student, teacher, direction):
        return jax.jvp(lambda w: jax_gradient(w, teacher), (student,), (direction,))[1]

    return jax_call(product, inputs["student"], inputs["teacher"], inputs["direction"])


def jax_over_reverse(inputs, _):
    import jax

    def product(student, teacher, direction):
        return jax.jvp(jax.grad(lambda w: jax_loss(w, teacher)), (student,), (direction,))[1]

    return jax_call(product, inputs["student"], inputs["teacher"], inputs["direction"])


IMPLEMENTATIONS = {
    "NumPy": numpy_best,
    "JAX, jvp of the gradient": jax_forward,
    "JAX, jvp of grad of the loss": jax_over_reverse,
}
