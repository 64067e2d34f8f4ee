"""Reads the file named on the command line with Python's own library and
checks what the Go test wrote into it."""

import sys

import torch
from safetensors import safe_open

with safe_open(sys.argv[1], "pt") as f:
    assert f.metadata() == {"format": "pt", "by": "lorabook <&>"}, f.metadata()
    assert sorted(f.keys()) == ["a.f32", "b.i64", "c.scalar", "d.bf16"], f.keys()
    assert torch.equal(f.get_tensor("a.f32"), torch.tensor([[1.0, -2.5, 3e-8], [4, 5, 6]]))
    assert torch.equal(f.get_tensor("b.i64"), torch.tensor([1 << 40, -7]))
    assert torch.equal(f.get_tensor("c.scalar"), torch.tensor(0.25))
    assert torch.equal(f.get_tensor("d.bf16"), torch.tensor([1.0, -0.5], dtype=torch.bfloat16))
print("same")
