"""The population gradient of K students against K teachers (Tian 2017, Eq 8), one call.

2π∇_i = Σ_j ((π − θ_ij) w_j + ‖w_j‖ sin θ_ij e_i) − Σ_k ((π − θ*_ik) v_k + ‖v_k‖ sin θ*_ik e_i). The angle of a neuron with itself
is set to 0, which rounding would not give.
"""
import numpy as np

PI = np.pi


def straightforward(student, teacher):
    """As the formula stands."""
    norms, teacher_norms = np.linalg.norm(student, axis=1), np.linalg.norm(teacher, axis=1)
    units, axes = student / norms[:, None], teacher / teacher_norms[:, None]
    cosines = units @ units.T
    np.fill_diagonal(cosines, 1.0)
    inner = np.arccos(np.clip(cosines, -1, 1))
    outer = np.arccos(np.clip(units @ axes.T, -1, 1))
    along = np.sin(inner) @ norms - np.sin(outer) @ teacher_norms
    return ((PI - inner) @ student - (PI - outer) @ teacher + along[:, None] * units) / (2 * PI)


class Prepared:
    """The teacher's part once, students and teachers side by side in two products, in memory that is used again."""

    def __init__(self, teacher, neurons):
        count, dimension = teacher.shape
        self.neurons = neurons
        self.stack = np.empty((neurons + count, dimension))
        self.axes = np.empty((neurons + count, dimension))
        self.lengths = np.empty(neurons + count)
        lengths = np.linalg.norm(teacher, axis=1)
        self.stack[neurons:] = -teacher
        self.axes[neurons:] = teacher / lengths[:, None]
        self.lengths[neurons:] = -lengths
        self.cosines = np.empty((neurons, neurons + count))
        self.sines = np.empty_like(self.cosines)
        self.result = np.empty((neurons, dimension))

    def __call__(self, student):
        k = self.neurons
        norms = self.lengths[:k]
        np.sqrt(np.einsum("ij,ij->i", student, student), out=norms)
        self.stack[:k] = student
        units = np.divide(student, norms[:, None], out=self.axes[:k])
        cosines = np.matmul(units, self.axes.T, out=self.cosines)
        np.fill_diagonal(cosines, 1.0)
        np.clip(cosines, -1, 1, out=cosines)
        sines = np.multiply(cosines, cosines, out=self.sines)
        np.subtract(1.0, sines, out=sines)
        np.sqrt(sines, out=sines)
        along = sines @ self.lengths
        angles = np.arccos(cosines, out=cosines)
        masses = np.subtract(PI, angles, out=angles)
        result = np.matmul(masses, self.stack, out=self.result)
        result += along[:, None] * units
        result /= 2 * PI
        return result


def numpy_plain(inputs, _):
    student, teacher = inputs["student"], inputs["teacher"]
    return lambda: straightforward(student, teacher)


def numpy_best(inputs, _):
    student = inputs["student"]
    prepared = Prepared(inputs["teacher"], len(student))
    return lambda: prepared(student)


def masses_and_sines(xp, units, axes, same):
    """π − θ and sin θ of every pair; the angle of a neuron with itself is 0, with derivative 0."""
    cosines = xp.clip(units @ axes.T, -1, 1)
    if not same:
        return PI - xp.arccos(cosines), xp.sqrt(1 - cosines * cosines)
    own = xp.eye(len(units), dtype=bool)
    cosines = xp.where(own, 0.0, cosines)
    sines = xp.where(own, 0.0, xp.sqrt(1 - cosines * cosines))
    return xp.where(own, PI, PI - xp.arccos(cosines)), sines


def jax_gradient(student, teacher):
    """The formula for `jit` and for derivatives."""
    import jax.numpy as jnp
    norms, teacher_norms = jnp.linalg.norm(student, axis=1), jnp.linalg.norm(teacher, axis=1)
    units, axes = student / norms[:, None], teacher / teacher_norms[:, None]
    inner, inner_sines = masses_and_sines(jnp, units, units, True)
    outer, outer_sines = masses_and_sines(jnp, units, axes, False)
    along = inner_sines @ norms - outer_sines @ teacher_norms
    return (inner @ student - outer @ teacher + along[:, None] * units) / (2 * PI)


def jax_loss(student, teacher):
    """½ E (Σ σ(w_j·x) − Σ σ(v_k·x))² by the arc-cosine kernel, for automatic differentiation."""
    import jax.numpy as jnp
    norms, teacher_norms = jnp.linalg.norm(student, axis=1), jnp.linalg.norm(teacher, axis=1)
    units, axes = student / norms[:, None], teacher / teacher_norms[:, None]
    inner, inner_sines = masses_and_sines(jnp, units, units, True)
    outer, outer_sines = masses_and_sines(jnp, units, axes, False)
    # ‖u‖‖v‖h(θ) = (π − θ) u·v + ‖u‖‖v‖ sin θ
    own = jnp.sum(inner * (student @ student.T)) + norms @ inner_sines @ norms
    mixed = jnp.sum(outer * (student @ teacher.T)) + norms @ outer_sines @ teacher_norms
    return (own / 2 - mixed) / (2 * PI)


def jax_call(function, *arguments):
    import jax
    compiled = jax.jit(function)
    arguments = [jax.device_put(a) for a in arguments]
    call = lambda: compiled(*arguments).block_until_ready()
    call.warm = call
    return call


def jax_plain(inputs, _):
    return jax_call(jax_gradient, inputs["student"], inputs["teacher"])


def jax_autodiff(inputs, _):
    import jax
    return jax_call(jax.grad(jax_loss), inputs["student"], inputs["teacher"])


def numba_kernel():
    from math import acos, sqrt

    from numba import njit, prange

    @njit(parallel=True, fastmath=True, cache=True)
    def gradient(student, stack, axes, lengths, masses):
        k, d = student.shape
        for i in prange(k):
            square = 0.0
            for c in range(d):
                square += student[i, c] * student[i, c]
            lengths[i] = sqrt(square)
            for c in range(d):
                stack[i, c] = student[i, c]
                axes[i, c] = student[i, c] / lengths[i]
        cosines = np.dot(axes[:k], axes.T)
        along = np.empty(k)
        for i in prange(k):
            total = 0.0
            for j in range(len(lengths)):
                x = min(1.0, max(-1.0, cosines[i, j])) if i != j else 1.0
                masses[i, j] = PI - acos(x)
                total += lengths[j] * sqrt(1 - x * x)
            along[i] = total
        result = np.dot(masses, stack)
        for i in prange(k):
            for c in range(d):
                result[i, c] = (result[i, c] + along[i] * axes[i, c]) / (2 * PI)
        return result

    return gradient


def numba_best(inputs, _):
    student = inputs["student"]
    memory = Prepared(inputs["teacher"], len(student))
    kernel = numba_kernel()
    call = lambda: kernel(student, memory.stack, memory.axes, memory.lengths, memory.cosines)
    call.warm = call
    return call


def torch_plain(inputs, _):
    import torch
    student, teacher = torch.from_numpy(inputs["student"]), torch.from_numpy(inputs["teacher"])

    def call():
        with torch.inference_mode():
            norms, teacher_norms = student.norm(dim=1), teacher.norm(dim=1)
            units, axes = student / norms[:, None], teacher / teacher_norms[:, None]
            cosines = (units @ units.T).clamp(-1, 1).fill_diagonal_(1.0)
            outer = (units @ axes.T).clamp(-1, 1)
            along = torch.sqrt(1 - cosines**2) @ norms - torch.sqrt(1 - outer**2) @ teacher_norms
            mass = (PI - torch.arccos(cosines)) @ student - (PI - torch.arccos(outer)) @ teacher
            return (mass + along[:, None] * units) / (2 * PI)

    return call


IMPLEMENTATIONS = {
    "NumPy": numpy_plain,
    "NumPy, in place": numpy_best,
    "Numba": numba_best,
    "JAX": jax_plain,
    "JAX, grad of the loss": jax_autodiff,
    "PyTorch": torch_plain,
}
