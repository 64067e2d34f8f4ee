#!/usr/bin/env bash
# The same adapter_config.json has other alphas in PEFT 0.14 than in PEFT 0.21.
#
# Expected: the keys of rank_pattern and alpha_pattern are regular expressions, and a saved adapter computes
# the same in every version that reads it.
# Actual: PEFT 0.14 matches a module with ".*\.KEY$", without brackets around the key, so that the
# alternatives of "query|value" are ".*\.query" and "value$", and takes a match at the beginning of the
# name: the alternative "value$" matches no nested module. PEFT 0.21 matches "(.*\.)?(KEY)$". The value
# projection of this adapter has the scaling 2 in one and 8 in the other, without a warning, and the files
# of 0.14 state no version.
# Tested: PEFT 0.14.0 and 0.21.0, transformers 5.24.0, torch 2.15.0.
# Source: PEFT, get_pattern_key in utils/other.py (0.21) and _create_and_replace in tuners/lora/model.py (0.14).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >scaling.py <<'PY'
import json
import sys
import peft
import torch


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.query = torch.nn.Linear(8, 8)
        self.value = torch.nn.Linear(8, 8)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Layer()


config = peft.LoraConfig(r=4, lora_alpha=8, target_modules=["query", "value"], alpha_pattern={"query|value": 32})
model = peft.get_peft_model(Model(), config)
found = [model.base_model.model.layer.get_submodule(name).scaling["default"] for name in ("query", "value")]
model.save_pretrained("adapter")
stated = json.load(open("adapter/adapter_config.json")).get("peft_version")
print("peft", peft.__version__, "scaling of query and value:", found, "version in the file:", stated)
assert found == [float(x) for x in sys.argv[1:]], found
assert stated == (None if peft.__version__ == "0.14.0" else peft.__version__), stated
PY
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 peft==0.21.0
venv/bin/python scaling.py 8 8 2>/dev/null
venv/bin/pip install --quiet --disable-pip-version-check peft==0.14.0
venv/bin/python scaling.py 8 2 2>/dev/null
echo "as described: PEFT 0.14.0 and 0.21.0"
