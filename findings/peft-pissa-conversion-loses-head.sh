#!/usr/bin/env bash
# PEFT's conversion of a PiSSA adapter to LoRA omits the trained classifier.
#
# Expected: save_pretrained(..., path_initial_model_for_weight_conversion=INITIAL), which the
# documentation of PiSSA and OLoRA recommends for sharing an adapter, writes the same tensors
# as save_pretrained, with converted matrices.
# Actual: the file contains only the matrices. adapter_config.json still names the classifier
# among the modules to save, and PEFT itself fails with a KeyError when it loads the folder.
# merge_and_unload().save_pretrained() keeps the classifier.
# Tested: PEFT 0.21.0, transformers 5.24.0, torch 2.15.0.
# Source: PEFT, developer guide on quantization and initialization ("PiSSA"), and
# subtract_mutated_init in tuners/lora/model.py.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 peft==0.21.0
HF_HUB_OFFLINE=1 venv/bin/python - 2>/dev/null <<'PY'
import json
import peft
import torch
import transformers
from safetensors.torch import load_file
from transformers import BertConfig, BertForSequenceClassification

print("peft", peft.__version__, "transformers", transformers.__version__, "torch", torch.__version__)
torch.manual_seed(0)
BertForSequenceClassification(BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24)).save_pretrained("base")


def base():
    return BertForSequenceClassification.from_pretrained("base")


model = peft.get_peft_model(base(), peft.LoraConfig(task_type="SEQ_CLS", init_lora_weights="pissa"))
model.save_pretrained("initial")
model.save_pretrained("plain")
model.save_pretrained("converted", path_initial_model_for_weight_conversion="initial")
heads = {name: sorted(k for k in load_file(f"{name}/adapter_model.safetensors") if "classifier" in k) for name in ["plain", "converted"]}
print("tensors of the classifier:", heads)
print("modules_to_save:", json.load(open("converted/adapter_config.json"))["modules_to_save"])
assert len(heads["plain"]) == 2 and heads["converted"] == [], heads
try:
    peft.PeftModel.from_pretrained(base(), "converted")
except KeyError as e:
    print("loading it: KeyError", e)
else:
    raise SystemExit("it can be loaded")
PY
echo "as described: PEFT 0.21.0"
