"""Writes activations.json: transformers' activation functions and their derivatives, in float64.

    python3 make_activations.py    # torch 2.15.0, transformers 5.24.0

Functions are by hidden_act: the values and the derivatives at the points x.
"""

import json
import os

import torch
from transformers.activations import ACT2FN

NAMES = ["gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_accurate", "gelu_fast", "gelu_python", "gelu_python_tanh",
         "quick_gelu", "mish", "relu", "relu2", "relu6", "sigmoid", "silu", "swish", "tanh"]

# Off 0 and 6, where the derivatives of relu and relu6 are not defined.
points = [-40, -8, -6.5, -3, -1.7, -1, -0.5, -0.1, -1e-3, 1e-3, 0.1, 0.5, 1, 1.7, 3, 5.5, 6.5, 8, 40]
result = {"x": points, "functions": {}}
for name in NAMES:
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    y = ACT2FN[name](x)
    y.sum().backward()
    result["functions"][name] = {"values": y.tolist(), "derivatives": x.grad.tolist()}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "activations.json"), "w") as out:
    json.dump(result, out, indent=1)
    out.write("\n")
