#!/usr/bin/env bash
# An empty object switches KaSA on in PEFT's adapter_config.json.
#
# Expected: "kasa_config": {} is off, as "loftq_config": {} is, which is that field's default.
# Actual: PEFT compares kasa_config with None: {} stands for KaSA with its default settings, and the layer
# then reduces the base weight to its singular value decomposition without the smallest part, and computes
# with a diagonal matrix between A and B. A program that drops empty objects, or takes them for the default,
# computes something else with the same tensors.
# Tested: PEFT 0.21.0, torch 2.15.0.
# Source: PEFT, class LoraConfig in tuners/lora/config.py, and tuners/lora/variants.py.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >kasa.py <<'PY'
import peft
import torch

print("peft", peft.__version__, "torch", torch.__version__)


def outputs(**settings):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Linear(8, 8))
    model = peft.get_peft_model(model, peft.LoraConfig(r=4, lora_alpha=8, target_modules=["0"], init_lora_weights=False, **settings))
    torch.manual_seed(1)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight)
    model.eval()
    with torch.no_grad():
        return model(torch.ones(1, 8))


plain, loftq, kasa = outputs(), outputs(loftq_config={}), outputs(kasa_config={})
print("largest difference with loftq_config {}:", (plain - loftq).abs().max().item())
print("largest difference with kasa_config {}:", (plain - kasa).abs().max().item())
assert torch.equal(plain, loftq)
assert (plain - kasa).abs().max() > 1e-3
PY
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 peft==0.21.0
venv/bin/python kasa.py 2>/dev/null
echo "as described: PEFT 0.21.0"
