#!/usr/bin/env bash
# PEFT lengthens modules_to_save each time an adapter is loaded and saved.
#
# Expected: an adapter that is loaded and saved without training keeps its settings.
# Actual: for SEQ_CLS (and TOKEN_CLS, QUESTION_ANS) the class of the task appends its heads,
# "classifier" and "score", to the list from the file, which already contains them. The list
# grows by two with every round, so that files of the same adapter differ; their weights and
# predictions do not.
# Tested: PEFT 0.21.0, transformers 5.24.0, torch 2.15.0.
# Source: PEFT, class PeftModelForSequenceClassification in peft_model.py.
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


model = peft.get_peft_model(base(), peft.LoraConfig(task_type="SEQ_CLS"))
model.save_pretrained("round0")
for i in range(3):
    peft.PeftModel.from_pretrained(base(), f"round{i}").save_pretrained(f"round{i + 1}")
lengths = [len(json.load(open(f"round{i}/adapter_config.json"))["modules_to_save"]) for i in range(4)]
print("entries of modules_to_save after each round:", lengths)
assert lengths == [2, 4, 6, 8], lengths
PY
echo "as described: PEFT 0.21.0"
