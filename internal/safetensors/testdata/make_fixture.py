"""Writes python.safetensors, one tensor of each element type Go reads, with
Python's own library: python make_fixture.py. Needs torch and safetensors.

Every tensor is 0, 1, 2, ... in its element type, so that the test can tell what
must be in it.
"""

import os

import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))
types = {
    "bool": torch.bool, "u8": torch.uint8, "i8": torch.int8, "i16": torch.int16,
    "i32": torch.int32, "i64": torch.int64, "f16": torch.float16,
    "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64,
}
tensors = {name: torch.arange(6).reshape(2, 3).to(dtype) for name, dtype in types.items()}
tensors["scalar"] = torch.tensor(-1.5)
tensors["empty"] = torch.zeros(0, 4)
tensors["<name> & \"quotes\" \u00fc"] = torch.tensor([3.0])
save_file(tensors, os.path.join(here, "python.safetensors"), metadata={"format": "pt"})
