#!/usr/bin/env bash
# PEFT writes a trained word embedding three times if tokens were added.
#
# Expected: with modules_to_save=["word_embeddings"] the adapter's file contains the trained
# embedding once, as without new tokens.
# Actual: if the vocabulary was resized, the file also contains both copies of PEFT's wrapper,
# ".modules_to_save.weight" and ".original_module.weight", in total three times the size. For
# bert-base each copy takes 94 MB; the adapter takes one megabyte. The first is equal to the
# embedding; the second is the untrained one.
# Tested: PEFT 0.21.0, transformers 5.24.0, torch 2.15.0.
# Source: PEFT, function get_peft_model_state_dict in utils/save_and_load.py.
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


files = {}
for added in [0, 3]:
    model = base()
    model.resize_token_embeddings(40 + added)
    model = peft.get_peft_model(model, peft.LoraConfig(task_type="SEQ_CLS", modules_to_save=["word_embeddings"]))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "word_embeddings.modules_to_save" in name:
                parameter.add_(1)
    model.save_pretrained(f"added{added}")
    files[added] = {k: v for k, v in load_file(f"added{added}/adapter_model.safetensors").items() if "word_embeddings" in k}
    print(added, "tokens added:", {k.removeprefix("base_model.model.bert.embeddings."): list(v.shape) for k, v in files[added].items()})
names = sorted(k.split("word_embeddings.")[1] for k in files[3])
assert len(files[0]) == 1 and names == ["modules_to_save.weight", "original_module.weight", "weight"], names
prefix = "base_model.model.bert.embeddings.word_embeddings."
assert torch.equal(files[3][prefix + "weight"], files[3][prefix + "modules_to_save.weight"])
assert not torch.equal(files[3][prefix + "weight"], files[3][prefix + "original_module.weight"])
PY
echo "as described: PEFT 0.21.0"
