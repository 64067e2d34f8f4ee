#!/usr/bin/env bash
# A regression that PEFT trained and saved answers with a sigmoid in transformers' pipeline.
#
# Expected: a BertForSequenceClassification with num_labels=1 has one meaning. In training it is a
# regression: forward sets config.problem_type to "regression" and computes the mean squared error.
# A saved and reopened model answers with the number it was trained for.
# Actual: forward sets problem_type in memory alone. PEFT saves no problem_type, so an adapter that
# is opened again with num_labels=1 has none, and pipeline("text-classification") returns the
# sigmoid of the number, between 0 and 1, without a word about it. With problem_type="regression" it
# returns the number.
# Tested: transformers 5.24.0, PEFT 0.21.0, torch 2.15.0.
# Source: transformers, src/transformers/models/bert/modeling_bert.py (BertForSequenceClassification
# .forward) and src/transformers/pipelines/text_classification.py (__call__, postprocess).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 peft==0.21.0
HF_HUB_OFFLINE=1 venv/bin/python - 2>warnings <<'PY' || { cat warnings; exit 1; }
import os

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer, pipeline

print("transformers", transformers.__version__, "peft", peft.__version__, "torch", torch.__version__)
with open("vocab.txt", "w") as f:
    f.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"]))
tokenizer = BertTokenizer("vocab.txt")
torch.manual_seed(0)
BertModel(BertConfig(vocab_size=7, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                     intermediate_size=16)).save_pretrained("base")

base = BertForSequenceClassification.from_pretrained("base", num_labels=1)
model = get_peft_model(base, LoraConfig(task_type="SEQ_CLS"))
batch = tokenizer(["a b"], return_tensors="pt")
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.1)
for _ in range(30):
    loss = model(**batch, labels=torch.tensor([4.0])).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("problem_type after training:", base.config.problem_type)
assert base.config.problem_type == "regression"
model.save_pretrained("adapter")
print("saved:", sorted(os.listdir("adapter")))
assert not any("regression" in open("adapter/" + name).read() for name in ["adapter_config.json"])


def answer(**options):
    opened = PeftModel.from_pretrained(BertForSequenceClassification.from_pretrained("base", num_labels=1, **options), "adapter")
    with torch.no_grad():
        number = opened.eval()(**batch).logits.item()
    merged = opened.merge_and_unload()
    return number, pipeline("text-classification", model=merged, tokenizer=tokenizer)("a b")[0]["score"]


number, score = answer()
print("opened again: the model's number", number, "the pipeline's score", score)
assert number > 3, "the training failed"
assert abs(score - torch.sigmoid(torch.tensor(number)).item()) < 1e-5, "transformers has changed"
number, score = answer(problem_type="regression")
print('with problem_type="regression":', number, score)
assert abs(score - number) < 1e-4
PY
echo "as described: transformers 5.24.0, PEFT 0.21.0"
