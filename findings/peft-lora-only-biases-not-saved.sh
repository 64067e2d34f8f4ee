#!/usr/bin/env bash
# PEFT 0.10 to 0.20 does not save the biases that bias="lora_only" trains.
#
# Expected: save_pretrained writes every parameter that the adapter trains, and a loaded adapter computes
# what the saved one computed.
# Actual: for "lora_only", the biases to save are looked up as X.bias. Since 0.7 the adapted module X keeps
# its bias in X.base_layer.bias, so that none is found: the file has no bias, and a loaded adapter uses the
# base model's. There is no warning, neither in saving nor in loading. bias="all" saves them.
# 0.21 saves them. 0.7 and 0.8 did not train them.
# Tested: PEFT 0.10.0, 0.13.2, 0.15.2, 0.18.0, 0.20.0 and 0.21.0, transformers 5.24.0, torch 2.15.0.
# Source: PEFT, get_peft_model_state_dict in utils/save_and_load.py.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >biases.py <<'PY'
import sys
import warnings

import peft
import torch
from safetensors.torch import load_file


def base():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 4))


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = peft.get_peft_model(base(), peft.LoraConfig(r=2, target_modules=["0"], bias="lora_only"))
    bias = model.base_model.model[0].base_layer.bias
    assert bias.requires_grad
    bias.data.fill_(5.0)  # the training changes it
    model.save_pretrained("adapter")
    loaded = peft.PeftModel.from_pretrained(base(), "adapter")
x = torch.ones(1, 4)
saved = [name for name in load_file("adapter/adapter_model.safetensors") if name.endswith("bias")]
same = torch.allclose(model(x), loaded(x))
about = [str(w.message) for w in caught if "bias" in str(w.message) or "missing" in str(w.message)]
print("peft", peft.__version__, "biases in the file:", saved, "the loaded adapter computes the same:", same, "warnings:", about)
assert (bool(saved), same, about) == (sys.argv[1] == "saved", sys.argv[1] == "saved", [])
PY
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 peft==0.20.0
venv/bin/python biases.py lost 2>/dev/null
venv/bin/pip install --quiet --disable-pip-version-check peft==0.21.0
venv/bin/python biases.py saved 2>/dev/null
echo "as described: PEFT 0.20.0, and no longer in 0.21.0"
