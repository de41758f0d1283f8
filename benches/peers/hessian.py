"""The Hessian of the population loss as a Kd × Kd matrix.

2πH_ij = (π−θ)I + sin θ cos θ (eeᵀ − nnᵀ) + sin²θ (enᵀ + neᵀ) off the diagonal, e the direction of neuron i and n that of neuron j
across it; 2πH_ii = πI + Σ ±(‖v‖ sin θ/‖w_i‖)(I − eeᵀ + nnᵀ) over the other students (+) and the teachers (−). In e_i and e_j:
2πH_ij = (π−θ)I + (e_i e_jᵀ + e_j e_iᵀ − cos θ (e_i e_iᵀ + e_j e_jᵀ))/sin θ.
"""
import numpy as np

from gradient import jax_call, jax_gradient, jax_loss

PI = np.pi


def angles(units, axes, same):
    cosines = np.clip(units @ axes.T, -1, 1)
    if same:
        np.fill_diagonal(cosines, 0.0)
    sines = np.sqrt(1 - cosines**2)
    if same:
        np.fill_diagonal(sines, 1.0)
    return cosines, sines


def numpy_plain(inputs, _):
    student, teacher = inputs["student"], inputs["teacher"]
    k, d = student.shape

    def across(units, axes, same):
        cosines, sines = angles(units, axes, same)
        normals = (axes[None] - cosines[:, :, None] * units[:, None]) / sines[:, :, None]
        return cosines, sines, normals

    def call():
        norms, lengths = np.linalg.norm(student, axis=1), np.linalg.norm(teacher, axis=1)
        units, axes = student / norms[:, None], teacher / lengths[:, None]
        identity, own = np.eye(d), units[:, :, None] * units[:, None, :]
        cosines, sines, normals = across(units, units, True)
        _, outer_sines, outer_normals = across(units, axes, False)
        crossed = units[:, None, :, None] * normals[:, :, None, :]
        blocks = (PI - np.arccos(cosines))[:, :, None, None] * identity
        blocks += (sines * cosines)[:, :, None, None] * (
            own[:, None] - normals[:, :, :, None] * normals[:, :, None, :])
        blocks += (sines**2)[:, :, None, None] * (crossed + crossed.swapaxes(2, 3))
        weights = norms[None, :] * sines / norms[:, None]
        np.fill_diagonal(weights, 0.0)
        outer_weights = lengths[None, :] * outer_sines / norms[:, None]
        total = weights.sum(axis=1) - outer_weights.sum(axis=1)
        diagonal = PI * identity + total[:, None, None] * (identity - own)
        diagonal += (weights[:, :, None] * normals).swapaxes(1, 2) @ normals
        diagonal -= (outer_weights[:, :, None] * outer_normals).swapaxes(1, 2) @ outer_normals
        blocks[np.arange(k), np.arange(k)] = diagonal
        return blocks.transpose(0, 2, 1, 3).reshape(k * d, k * d) / (2 * PI)

    return call


def numpy_best(inputs, _):
    student, teacher = inputs["student"], inputs["teacher"]
    k, d = student.shape
    hessian, work = np.empty((k, d, k, d)), np.empty((k, d, k, d))
    lengths = np.linalg.norm(teacher, axis=1)
    axes = teacher / lengths[:, None]
    every, entry = np.arange(k), np.arange(d)

    def squares(units, others, weights, cosines, sines):
        """Σ_j weight nnᵀ by products, n = (e_j − cos θ e_i)/sin θ."""
        scaled = weights / sines**2
        sums = (scaled[:, :, None] * others[None]).swapaxes(1, 2) @ others
        mixed = units[:, :, None] * ((scaled * cosines) @ others)[:, None, :]
        return sums - mixed - mixed.swapaxes(1, 2), (scaled * cosines**2).sum(axis=1)

    def call():
        norms = np.sqrt(np.einsum("ij,ij->i", student, student))
        units = student / norms[:, None]
        cosines, sines = angles(units, units, True)
        outer_cosines, outer_sines = angles(units, axes, False)
        own = units[:, :, None] * units[:, None, :]
        inverse = 1 / sines
        along = inverse * cosines
        np.multiply(units[:, :, None, None], units[None, None], out=hessian)
        np.multiply(units.T[None, :, :, None], units[:, None, None, :], out=work)
        hessian.__iadd__(work)
        hessian.__imul__(inverse[:, None, :, None])
        np.multiply(along[:, None, :, None], own[:, :, None, :], out=work)
        hessian.__isub__(work)
        np.multiply(along[:, None, :, None], own.transpose(1, 0, 2)[None], out=work)
        hessian.__isub__(work)
        hessian[:, entry, :, entry] += PI - np.arccos(cosines)
        weights = norms[None, :] * sines / norms[:, None]
        weights[every, every] = 0.0
        outer_weights = lengths[None, :] * outer_sines / norms[:, None]
        total = weights.sum(axis=1) - outer_weights.sum(axis=1)
        inner, inner_own = squares(units, units, weights, cosines, sines)
        outer, outer_own = squares(units, axes, outer_weights, outer_cosines, outer_sines)
        diagonal = inner - outer + (inner_own - outer_own - total)[:, None, None] * own
        diagonal[:, entry, entry] += (PI + total)[:, None]
        hessian[every, :, every, :] = diagonal
        hessian.__itruediv__(2 * PI)
        return hessian

    return call


def numba_best(inputs, _):
    from math import acos, sqrt

    from numba import njit, prange

    student, teacher = inputs["student"], inputs["teacher"]

    @njit(parallel=True, fastmath=True, cache=True)
    def assemble(student, teacher, hessian):
        k, d = student.shape
        norms = np.sqrt((student * student).sum(axis=1))
        lengths = np.sqrt((teacher * teacher).sum(axis=1))
        units, axes = student / norms.reshape(-1, 1), teacher / lengths.reshape(-1, 1)
        cosines, outer = np.dot(units, units.T), np.dot(units, axes.T)
        for i in prange(k):
            diagonal = np.zeros((d, d))
            total, normal = 0.0, np.empty(d)
            for j in range(k + len(lengths)):
                if j == i:
                    continue
                if j < k:
                    c, length, sign = cosines[i, j], norms[j], 1.0
                    other = units[j]
                else:
                    c, length, sign = outer[i, j - k], lengths[j - k], -1.0
                    other = axes[j - k]
                c = min(1.0, max(-1.0, c))
                s = sqrt(1 - c * c)
                weight = sign * length * s / norms[i]
                total += weight
                for r in range(d):
                    normal[r] = (other[r] - c * units[i, r]) / s
                for r in range(d):
                    for q in range(d):
                        diagonal[r, q] += weight * normal[r] * normal[q]
                if j < k:
                    mass = PI - acos(c)
                    for r in range(d):
                        for q in range(d):
                            e, f = units[i, r], units[i, q]
                            value = s * c * (e * f - normal[r] * normal[q]) + s * s * (e * normal[q] + normal[r] * f)
                            hessian[i, r, j, q] = value / (2 * PI)
                        hessian[i, r, j, r] += mass / (2 * PI)
            for r in range(d):
                for q in range(d):
                    hessian[i, r, i, q] = (diagonal[r, q] - total * units[i, r] * units[i, q]) / (2 * PI)
                hessian[i, r, i, r] += 0.5 + total / (2 * PI)
        return hessian

    k, d = student.shape
    hessian = np.empty((k, d, k, d))
    call = lambda: assemble(student, teacher, hessian)
    call.warm = call
    return call


def jax_autodiff(inputs, _):
    import jax
    return jax_call(jax.hessian(jax_loss), inputs["student"], inputs["teacher"])


def jax_jacobian(inputs, _):
    import jax
    return jax_call(jax.jacfwd(jax_gradient), inputs["student"], inputs["teacher"])


def jax_blocks(inputs, _):
    """The blocks, by broadcasting."""
    import jax.numpy as jnp

    def assemble(student, teacher):
        k, d = student.shape
        own_pair, identity = jnp.eye(k, dtype=bool), jnp.eye(d)
        norms, lengths = jnp.linalg.norm(student, axis=1), jnp.linalg.norm(teacher, axis=1)
        units, axes = student / norms[:, None], teacher / lengths[:, None]
        cosines = jnp.where(own_pair, 0.0, jnp.clip(units @ units.T, -1, 1))
        sines = jnp.sqrt(1 - cosines**2)
        outer = jnp.clip(units @ axes.T, -1, 1)
        outer_sines = jnp.sqrt(1 - outer**2)
        own = units[:, :, None] * units[:, None, :]
        mixed = units[:, :, None, None] * units[None, None] + units.T[None, :, :, None] * units[:, None, None, :]
        mixed -= cosines[:, None, :, None] * (own[:, :, None, :] + own.transpose(1, 0, 2)[None])
        mixed = mixed / sines[:, None, :, None]
        mixed += (PI - jnp.arccos(cosines))[:, None, :, None] * identity[None, :, None, :]

        def squares(others, weights, cosines, sines):
            normals = (others[None] - cosines[:, :, None] * units[:, None]) / sines[:, :, None]
            return jnp.einsum("ij,ijr,ijc->irc", weights, normals, normals)

        weights = jnp.where(own_pair, 0.0, norms[None, :] * sines / norms[:, None])
        outer_weights = lengths[None, :] * outer_sines / norms[:, None]
        total = weights.sum(axis=1) - outer_weights.sum(axis=1)
        diagonal = PI * identity + total[:, None, None] * (identity - own)
        diagonal += squares(units, weights, cosines, sines) - squares(axes, outer_weights, outer, outer_sines)
        return jnp.where(own_pair[:, None, :, None], diagonal[:, :, None, :], mixed) / (2 * PI)

    return jax_call(assemble, inputs["student"], inputs["teacher"])


IMPLEMENTATIONS = {
    "NumPy": numpy_plain,
    "NumPy, in place": numpy_best,
    "Numba": numba_best,
    "JAX, hessian of the loss": jax_autodiff,
    "JAX, jacfwd of the gradient": jax_jacobian,
    "JAX, blocks": jax_blocks,
}
