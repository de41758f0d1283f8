"""A gradient and a certificate for weights from NumPy: python3 gradient_and_certificate.py [path of relu-lab]"""

import json, subprocess, sys, tempfile
from pathlib import Path

import numpy as np

command = sys.argv[1] if len(sys.argv) > 1 else "relu-lab"
folder = Path(tempfile.mkdtemp())
V = np.eye(2, 3)  # the teacher: one neuron a row
W = np.array([[0.524579, 0.524579, 0.409132], [0.524579, 0.524579, -0.409132]])
np.save(folder / "W.npy", W)
np.save(folder / "V.npy", V)

problem = ["--student", folder / "W.npy", "--teacher", folder / "V.npy", "--json"]
run = lambda *task: json.loads(subprocess.run([command, *task, *problem], check=True, stdout=subprocess.PIPE).stdout)
report = run("gradient", "-o", folder / "G.npy")
gradient = np.load(folder / "G.npy")
print(f"loss {report['loss']:.9f}, gradient of shape {gradient.shape} and norm {np.linalg.norm(gradient):.1e}")
proof = run("certify", "--certificate", folder / "point.json")
print(f"proved: a {proof['kind']} of index {proof['index']}, loss in {proof['loss']}")
