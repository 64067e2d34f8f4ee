"""A whole masked-language-model training in float64 with PyTorch on given batches, for steps_reference_test.go.

    python3 steps_reference.py MODEL IN OUT    prints [{"loss", "grad_norm", "learning_rate"}] of the updates as JSON

IN is JSON: batches, lists of rows with input_ids and labels, -100 where a token is not masked, and learning_rate,
warmup (share of the updates), weight_decay, betas, eps, max_grad_norm. All tensors are in one group of torch's AdamW,
and the rate falls along half a cosine. OUT gets the trained tensors. Dropout is off. Needs torch and transformers.
"""
import json
import math
import sys

import torch
from safetensors.torch import save_file
from transformers import BertForMaskedLM, get_cosine_schedule_with_warmup

model_dir, source, target = sys.argv[1:]
job = json.load(open(source))
model = BertForMaskedLM.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager", hidden_dropout_prob=0.0,
                                        attention_probs_dropout_prob=0.0).double().eval()
optimizer = torch.optim.AdamW(model.parameters(), lr=job["learning_rate"], betas=tuple(job["betas"]), eps=job["eps"],
                              weight_decay=job["weight_decay"])
steps = len(job["batches"])
schedule = get_cosine_schedule_with_warmup(optimizer, math.ceil(job["warmup"] * steps), steps)
lines = []
for rows in job["batches"]:
    width = max(len(row["input_ids"]) for row in rows)
    pad = lambda key, value: torch.tensor([row[key] + [value] * (width - len(row[key])) for row in rows])
    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows])
    optimizer.zero_grad()
    loss = model(pad("input_ids", 0), attention_mask=mask, labels=pad("labels", -100)).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), job["max_grad_norm"])
    lines.append({"loss": loss.item(), "grad_norm": norm.item(), "learning_rate": schedule.get_last_lr()[0]})
    optimizer.step()
    schedule.step()
save_file({name: p.detach().float().contiguous().clone() for name, p in model.named_parameters()}, target)
print(json.dumps(lines))
