"""The Python half of crossed_test.go, on a network of tiny.py: crossed.py make|check DIR CLASS.

make: in each folder of DIR that has a settings.json (the arguments of its configuration, and peft_type), an adapter
is made, disturbed and saved in python/, its outputs in python.safetensors.
check: the adapters in go/ (python/, opened and saved by Go) and ours/ (made by Go) are
loaded, their outputs written to go.safetensors and ours.safetensors, and ours/ is saved
again in again/. Anything PEFT warns of is an error.
"""

import json
import sys
import warnings
from pathlib import Path

import peft
import torch
from safetensors.torch import save_file

import tiny

warnings.simplefilter("error")
warnings.simplefilter("ignore", FutureWarning)  # of the libraries among themselves
warnings.filterwarnings("ignore", message="Sparse invariant checks")  # of PyTorch, of SHiRA's deltas
# PEFT takes the bias of B, which it saves itself, for a matrix that lost an axis.
warnings.filterwarnings("ignore", message=r"Adapter 'default': \d+ LoRA tensor\(s\) have invalid shape: \S*lora_B\.bias")
what, root, network = sys.argv[1], Path(sys.argv[2]), getattr(tiny, sys.argv[3])
x, _ = tiny.inputs(network)


def write(model, path):
    model.eval()
    with torch.no_grad():
        save_file({"outputs": model(x)}, path)


for folder in sorted(p for p in root.iterdir() if (p / "settings.json").exists()):
    try:
        if what == "make":
            torch.manual_seed(3)
            settings = json.loads((folder / "settings.json").read_text())
            model = peft.get_peft_model(tiny.base(network), tiny.config(settings))
            with torch.no_grad():
                for parameter in model.parameters():
                    if parameter.requires_grad:
                        parameter.add_(0.3 * torch.randn_like(parameter))
            model.save_pretrained(folder / "python")
            write(model, folder / "python.safetensors")
            continue
        for name in ("go", "ours"):
            model = peft.PeftModel.from_pretrained(tiny.base(network), folder / name)
            write(model, folder / (name + ".safetensors"))
        model.save_pretrained(folder / "again")
    except Exception as e:
        raise SystemExit(f"{folder.name}: {type(e).__name__}: {e}")
