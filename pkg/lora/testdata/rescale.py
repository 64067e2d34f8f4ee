"""Loads the adapters of this folder that are named from argv[3] on, on the fixtures'
network with PEFT, and writes their outputs to NAME.safetensors in the folder argv[1]:
"rescaled" under rescale_adapter_scale by argv[2], "set" with set_scale of twice that on
every layer, "reset" after unscale_layer."""

import sys
from pathlib import Path

import peft
import torch
from peft.helpers import rescale_adapter_scale
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file

import tiny

target, factor = Path(sys.argv[1]), float(sys.argv[2])
x, _ = tiny.inputs()
for name in sys.argv[3:]:
    model = peft.PeftModel.from_pretrained(tiny.base(), Path(__file__).parent / name).eval()
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
    save_file(out, target / (name + ".safetensors"))
