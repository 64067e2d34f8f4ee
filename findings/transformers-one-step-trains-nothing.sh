#!/usr/bin/env bash
# A training of one step with a warm-up trains nothing in transformers.
#
# Expected: a training whose only batch has all examples changes the weights, with any share of warm-up
# steps: 6 % of one step is less than a step.
# Actual: TrainingArguments rounds the share up to one step, and the linear, cosine and constant schedules
# with warm-up begin with the rate 0. The only step has the rate 0, the loss and the metrics are those of the
# untrained model, and no warning says so. The same holds for a data set that fits in one batch, and for
# accumulation over more batches than the epoch has.
# Tested: transformers 5.24.0, torch 2.15.0.
# Source: transformers, TrainingArguments.get_warmup_steps and optimization.py.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >rates.py <<'PY'
import torch
import transformers

print("transformers", transformers.__version__, "torch", torch.__version__)
warmup = transformers.TrainingArguments(output_dir="out", warmup_steps=0.06).get_warmup_steps(1)
print("warm-up steps of one step with a share of 0.06:", warmup)
assert warmup == 1
for name in "linear", "cosine", "constant_with_warmup":
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.AdamW([weight], lr=0.1)
    schedule = transformers.get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=1)
    weight.sum().backward()
    rate = schedule.get_last_lr()[0]
    optimizer.step()
    schedule.step()
    print(name, "has the rate", rate, "in the only step; the weight is", weight.item())
    assert rate == 0 and weight.item() == 1
PY
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 accelerate
venv/bin/python rates.py 2>/dev/null
echo "as described: transformers 5.24.0"
