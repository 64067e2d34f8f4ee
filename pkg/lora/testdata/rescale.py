"""Loads the adapter in the folder argv[1] on the fixtures' network with PEFT and writes
its outputs to the file argv[2]: "rescaled" under rescale_adapter_scale by argv[3], "set"
with set_scale of twice that on every layer, "reset" after unscale_layer."""

import sys

import peft
import torch
from peft.helpers import rescale_adapter_scale
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file

import tiny

model = peft.PeftModel.from_pretrained(tiny.base(), sys.argv[1]).eval()
factor = float(sys.argv[3])
x, _ = tiny.inputs()
layers = [m for m in model.modules() if isinstance(m, LoraLayer)]
out = {}
with torch.no_grad():
    with rescale_adapter_scale(model, factor):
        out["rescaled"] = model(x)
    for layer in layers:
        layer.set_scale("default", 2 * factor)
    out["set"] = model(x)
    for layer in layers:
        layer.unscale_layer()
    out["reset"] = model(x)
save_file(out, sys.argv[2])
