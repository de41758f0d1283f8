"""The gradient flow to a given gradient norm by SciPy's DOP853, with the gradient by matrix products."""
import numpy as np
from scipy.integrate import DOP853, solve_ivp

from gradient import Prepared, straightforward

LONGEST = 1e5


def scipy_plain(inputs, parameters):
    student, teacher = inputs["student"], inputs["teacher"]
    shape, goal, relative = student.shape, parameters["goal"], parameters["relative"]

    def rate(_, state):
        return -straightforward(state.reshape(shape), teacher).ravel()

    def arrived(t, state):
        return np.linalg.norm(rate(t, state)) - goal

    arrived.terminal = True

    def call():
        run = solve_ivp(rate, (0, LONGEST), student.ravel(), method="DOP853", rtol=relative,
                        atol=parameters["absolute"], events=arrived)
        return run.y[:, -1]

    return call


def scipy_best(inputs, parameters):
    """The gradient in place, and the norm taken of the rate that the method has anyway."""
    student, goal, relative = inputs["student"], parameters["goal"], parameters["relative"]
    shape = student.shape
    gradient = Prepared(inputs["teacher"], len(student))

    def rate(_, state):
        return -gradient(state.reshape(shape)).ravel()

    def call():
        method = DOP853(rate, 0.0, student.ravel(), LONGEST, rtol=relative, atol=parameters["absolute"])
        while np.linalg.norm(method.f) > goal and method.status == "running":
            method.step()
        return method.y

    return call


IMPLEMENTATIONS = {"SciPy DOP853": scipy_plain, "SciPy DOP853, in place": scipy_best}
