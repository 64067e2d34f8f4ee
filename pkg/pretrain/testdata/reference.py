"""What transformers computes of a pre-training's batch, for reference_test.go
to compare with.

    python3 reference.py MODEL CONTRAST BAG TEACHER IN OUT

IN is a safetensors file, int64 but for the bags: ids [rows, length], pieces hidden;
lengths [rows]; positions and labels [rows, places], the label -1 where a place counts for
nothing; where BAG is not 0, bags float32 [rows, vocab] and the projection before them,
pretraining_bag.weight and .bias; where TEACHER is not 0, what it thinks, float32: words
[rows, length, size] and rows [rows, size], and the projections to them,
pretraining_taught_words and pretraining_taught_rows, .weight and .bias. A row of length 0
is left out. OUT gets masked, the mean cross-entropy of the hidden pieces by
BertForMaskedLM; pairs, that of finding each row's pair (rows 2i and 2i+1) by the cosine
of the pooled outputs over 0.05, where CONTRAST is not 0; bag, that of saying from each
row's pooled output, by the projection and the head for hidden pieces, how its bag is
filled, where BAG is not 0; teacher, half the mean squared error of the last states'
projection to words, over the pieces between [CLS] and [SEP], and half that of the pooled
output's to rows, where TEACHER is not 0; and the gradient of masked + CONTRAST * pairs +
BAG * bag + TEACHER * teacher for every tensor of MODEL, under its name.
Dropout is off. Needs torch and transformers.
"""
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.nn.functional import cosine_similarity, cross_entropy, linear
from transformers import BertForMaskedLM, BertModel

model_dir, contrast, bag, teacher, source, target = sys.argv[1:]
contrast, bag, teacher = float(contrast), float(bag), float(teacher)
batch = load_file(source)
keep = batch["lengths"] > 0
ids, lengths, positions, labels = (batch[k][keep] for k in ("ids", "lengths", "positions", "labels"))
mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
wanted = torch.full_like(ids, -100)
for row in range(len(ids)):
    for at, label in zip(positions[row].tolist(), labels[row].tolist()):
        if label >= 0:
            assert wanted[row, at] == -100, "a place is asked for twice"
            wanted[row, at] = label

options = dict(dtype=torch.float32, attn_implementation="eager", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model, info = BertForMaskedLM.from_pretrained(model_dir, output_loading_info=True, **options)
if info["missing_keys"] or info["mismatched_keys"]:
    raise SystemExit(f"BertForMaskedLM finds not all of its tensors in {model_dir}: {info}")
with safe_open(model_dir + "/model.safetensors", "pt") as f:
    names = set(f.keys())
if "bert.pooler.dense.weight" in names:
    model.bert.pooler = BertModel.from_pretrained(model_dir, **options).pooler
model.eval()

masked = model(ids, attention_mask=mask, labels=wanted).loss
out = {"masked": masked.detach().reshape(1)}
loss = masked
if contrast or bag or teacher:
    encoded = model.bert(ids, attention_mask=mask)
    pooled = encoded.pooler_output
if contrast:
    first, second = pooled[0::2], pooled[1::2]
    scores = cosine_similarity(first[:, None], second[None, :], dim=-1) / 0.05
    own = torch.arange(len(scores))
    pairs = (cross_entropy(scores, own) + cross_entropy(scores.T, own)) / 2
    out["pairs"] = pairs.detach().reshape(1)
    loss = loss + contrast * pairs
if bag:
    projection = {name: batch["pretraining_bag." + name].requires_grad_() for name in ("weight", "bias")}
    projected = linear(pooled, **projection)
    filled = -(model.cls(projected[:, None])[:, 0].log_softmax(-1) * batch["bags"][keep]).sum(-1).mean()
    out["bag"] = filled.detach().reshape(1)
    loss = loss + bag * filled
taught = {}
if teacher:
    taught = {name: batch[name].requires_grad_() for name in batch if name.startswith("pretraining_taught_")}
    said = {part: linear(states, taught[f"pretraining_taught_{part}.weight"], taught[f"pretraining_taught_{part}.bias"])
            for part, states in (("words", encoded.last_hidden_state), ("rows", pooled))}
    inner = [(row, at) for row, n in enumerate(lengths.tolist()) for at in range(1, n - 1)]
    words = torch.stack([(said["words"][place] - batch["words"][keep][place]) ** 2 for place in inner]).mean()
    error = (words + ((said["rows"] - batch["rows"][keep]) ** 2).mean()) / 2
    out["teacher"] = error.detach().reshape(1)
    loss = loss + teacher * error
loss.backward()
if bag:
    out |= {"pretraining_bag." + name: p.grad for name, p in projection.items()}
out |= {name: p.grad for name, p in taught.items()}
gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
for name in names & gradients.keys():
    out[name] = gradients[name].contiguous()
lost = gradients.keys() - names - {"cls.predictions.decoder.weight", "cls.predictions.decoder.bias"}
if lost:
    raise SystemExit(f"{model_dir} lacks tensors that learn: {sorted(lost)}")
save_file(out, target)
