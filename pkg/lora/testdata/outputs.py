"""Loads the adapter in the folder argv[1] on the fixtures' network with PEFT and
writes its outputs, and those merged, to the file argv[2]. Anything PEFT warns of is an error, such as
a tensor that it does not find."""

import sys
import warnings

import peft
import torch
from safetensors.torch import save_file

import tiny

warnings.simplefilter("error")
warnings.simplefilter("ignore", FutureWarning)  # of the libraries among themselves
warnings.filterwarnings("ignore", message="Sparse invariant checks")  # of PyTorch, of SHiRA's deltas
model = peft.PeftModel.from_pretrained(tiny.base(), sys.argv[1])
x, _ = tiny.inputs()
with torch.no_grad():
    outputs = model(x)
    model.merge_adapter(safe_merge=True)
    save_file({"outputs": outputs, "merged": model(x)}, sys.argv[2])
