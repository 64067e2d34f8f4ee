"""Loads the adapter in the folder argv[1] on the fixtures' network with PEFT and
writes its outputs to the file argv[2]. Anything PEFT warns of is an error, such as
a tensor that it does not find."""

import sys
import warnings

import peft
import torch
from safetensors.torch import save_file

import tiny

warnings.simplefilter("error")
warnings.simplefilter("ignore", FutureWarning)  # of the libraries among themselves
model = peft.PeftModel.from_pretrained(tiny.base(), sys.argv[1])
x, _ = tiny.inputs()
with torch.no_grad():
    save_file({"outputs": model(x)}, sys.argv[2])
