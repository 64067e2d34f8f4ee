#!/usr/bin/env bash
# transformers' Trainer adds up the mean losses of accumulated batches for BERT's classifiers.
#
# Expected: 8 examples of equal length are one step, with the same gradient, whether they are one batch of 8
# or four batches of 2 with gradient_accumulation_steps=4: the mean over the examples. Trainer divides each
# loss by the number of batches for this purpose.
# Actual: the gradient of the four batches is four times as large. Trainer leaves the division out if the
# model's forward accepts keyword arguments, since it then passes num_items_in_batch, the number of labels of
# the step, for the model to divide by. BertForSequenceClassification accepts any keyword and does not read
# this one: its loss is the mean of its batch. The logged loss is four times as large, too. AdamW hides most
# of it, since it divides by the size of the gradient; the clipping at max_grad_norm and SGD do not.
# Tested: transformers 5.24.0 with BertForSequenceClassification and BertForTokenClassification, torch 2.15.0.
# Source: transformers, Trainer.training_step and Trainer._get_num_items_in_batch.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >accumulation.py <<'PY'
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, BertForTokenClassification, Trainer, TrainingArguments

transformers.utils.logging.set_verbosity_error()


def step(kind, labels, batch, accumulate):
    """Returns the change of the classifier's weights by one step of SGD, and the logged loss."""
    torch.manual_seed(0)
    model = kind(BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                            hidden_dropout_prob=0, attention_probs_dropout_prob=0))
    before = model.classifier.weight.detach().clone()
    rows = [{"input_ids": [2, 5 + i, 6 + i, 3], "attention_mask": [1] * 4, "labels": labels(i)} for i in range(8)]
    trainer = Trainer(model, TrainingArguments(
        "out", per_device_train_batch_size=batch, gradient_accumulation_steps=accumulate, max_steps=1, optim="sgd",
        learning_rate=0.1, lr_scheduler_type="constant", max_grad_norm=0, logging_steps=1, report_to=[], use_cpu=True,
        save_strategy="no", disable_tqdm=True), train_dataset=rows, data_collator=transformers.default_data_collator)
    trainer.train()
    return model.classifier.weight.detach() - before, next(h["loss"] for h in trainer.state.log_history if "loss" in h)


for kind, labels in (BertForSequenceClassification, lambda i: i % 2), (BertForTokenClassification, lambda i: [i % 2] * 4):
    whole, loss = step(kind, labels, 8, 1)
    parts, sums = step(kind, labels, 2, 4)
    ratio = (parts.norm() / whole.norm()).item()
    print(kind.__name__, "transformers", transformers.__version__, f"change by 4 batches of 2: {ratio:.3f} times that by 1 batch of 8; logged losses {float(sums):.4f} and {float(loss):.4f}")
    assert torch.allclose(parts, 4 * whole, rtol=1e-3, atol=1e-6) and abs(float(sums) - 4 * float(loss)) < 1e-3
PY
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.24.0 accelerate==1.15.0
venv/bin/python accumulation.py 2>/dev/null
echo "as described: the mean losses of accumulated batches are added up"
