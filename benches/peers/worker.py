"""Computes on request for `cargo xtask peers`: one JSON object a line in, one out.

usage: python worker.py LIBRARY THREADS

A module of a task has a dictionary IMPLEMENTATIONS from the name of a variant to a function build(inputs, parameters), whose
result is called without arguments. What build does (conversion of the inputs, the teacher's own angles) is not timed; a
function `warm` of the result is called first, or the result itself, so that nothing is compiled while a clock runs.
"""
import importlib
import json
import os
import sys
import time
import traceback

LIBRARY, THREADS = sys.argv[1], int(sys.argv[2])
if THREADS == 1 and hasattr(os, "sched_setaffinity"):
    # Some thread pools ask for the processors they may use, and for nothing else.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402 (after the affinity)


def versions():
    found = {"Python": sys.version.split()[0], "NumPy": np.__version__}
    if LIBRARY == "numpy":
        import scipy
        found["SciPy"] = scipy.__version__
    elif LIBRARY == "numba":
        import numba
        found["Numba"] = numba.__version__
    elif LIBRARY == "jax":
        import jax
        found["JAX"] = jax.__version__
    elif LIBRARY == "torch":
        import torch
        torch.set_num_threads(THREADS)
        found["PyTorch"] = torch.__version__
    return found


def prepare(request):
    module = importlib.import_module(request["task"])
    with np.load(request["inputs"]) as file:
        inputs = {name: file[name] for name in file.files}
    call = module.IMPLEMENTATIONS[request["variant"]](inputs, request["parameters"])
    getattr(call, "warm", lambda: None)()
    return call


def main():
    prepared = {}
    case = None
    answers = sys.stdout
    sys.stdout = sys.stderr  # a library that prints must not speak to the driver
    if LIBRARY == "torch":
        versions()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "versions":
                reply = {"versions": versions()}
            elif request["do"] == "prepare":
                if request["case"] != case:
                    prepared.clear()
                    case = request["case"]
                prepared[request["variant"]] = prepare(request)
                reply = {}
            elif request["do"] == "answer":
                call = prepared[request["variant"]]
                clock = time.perf_counter()
                answer = call()
                seconds = time.perf_counter() - clock
                np.savez(request["output"], answer=np.ravel(np.asarray(answer, dtype=np.float64)))
                reply = {"seconds": seconds}
            else:
                call, calls = prepared[request["variant"]], request["calls"]
                clock = time.perf_counter()
                for _ in range(calls):
                    call()
                reply = {"seconds": (time.perf_counter() - clock) / calls}
        except Exception:  # the driver prints it and stops
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), file=answers, flush=True)


main()
