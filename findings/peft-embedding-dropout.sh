#!/usr/bin/env bash
# PEFT accepts lora_dropout for an embedding, lists the module, and never applies it.
#
# Expected: lora_dropout acts on every adapted module, or PEFT refuses it or warns where it has
# no effect. LoraConfig documents it as "The dropout probability for Lora layers".
# Actual: on an adapted nn.Embedding the model lists Dropout(p=0.9) under lora_dropout, but
# forward does not call it: in training mode two passes are equal to each other and to the pass
# in evaluation mode. On an adapted nn.Linear they differ. No warning.
# Tested: PEFT 0.21.0, torch 2.15.0.
# Source: PEFT, src/peft/tuners/lora/layer.py (class Embedding: update_layer and forward).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 peft==0.21.0
HF_HUB_OFFLINE=1 venv/bin/python - 2>warnings <<'PY' || { cat warnings; exit 1; }
import peft
import torch
import warnings

print("peft", peft.__version__, "torch", torch.__version__)
warnings.simplefilter("error", UserWarning)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(50, 64)
        self.linear = torch.nn.Linear(64, 64)

    def forward(self, ids):
        return self.linear(self.embedding(ids))


ids = torch.arange(50).unsqueeze(0)
for target in ["linear", "embedding"]:
    torch.manual_seed(0)
    model = peft.get_peft_model(Net(), peft.LoraConfig(target_modules=[target], r=4, lora_alpha=64, lora_dropout=0.9))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_()
    listed = [str(m) for n, m in model.named_modules() if n.endswith("lora_dropout.default")]
    model.train()
    first, second = model(ids), model(ids)
    model.eval()
    evaluated = model(ids)
    print(target, listed, "two training passes differ by", (first - second).abs().max().item(),
          "training and evaluation by", (first - evaluated).abs().max().item())
    assert listed == ["Dropout(p=0.9, inplace=False)"]
    dropped = not torch.equal(first, second)
    assert dropped == (target == "linear"), "PEFT has changed"
    assert torch.equal(first, evaluated) == (target == "embedding")
PY
echo "as described: PEFT 0.21.0"
