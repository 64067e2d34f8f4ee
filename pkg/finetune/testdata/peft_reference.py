"""What PEFT computes, for peft_test.go to compare with.

    python3 peft_reference.py gradients MODEL ADAPTER IN OUT   one batch's gradients of everything that learns
    python3 peft_reference.py logits    MODEL ADAPTER IN OUT   the adapted model's logits
    python3 peft_reference.py train     MODEL ADAPTER IN OUT   trains an adapter on IN for ten steps, saves it
                                                     to ADAPTER and its logits to OUT
    python3 peft_reference.py eva       MODEL ADAPTER IN OUT   starts an adapter by EVA from IN, one batch, saves it
                                                     to ADAPTER and its logits to OUT

IN is a safetensors file: input_ids and attention_mask int64 [rows, seq], labels int64 [rows].
OUT gets the gradients under the adapter's own tensor names and the loss, or logits [rows, labels].
Dropout is off throughout. Needs torch, transformers and peft.
"""
import sys

import torch
from peft import (EvaConfig, LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict,
                  initialize_lora_eva_weights)
from peft.utils.incremental_pca import IncrementalPCA
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import BertForSequenceClassification

task, model_dir, adapter_dir, source, target = sys.argv[1:]
batch = load_file(source)
labels = batch.pop("labels")
torch.manual_seed(3)
base = BertForSequenceClassification.from_pretrained(
    model_dir, num_labels=2, dtype=torch.float32, attn_implementation="eager", classifier_dropout=0.0,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def logits(model):
    model.eval()
    out = []
    with torch.no_grad():
        for at in range(0, len(labels), 8):
            part = {k: v[at:at + 8] for k, v in batch.items()}
            width = int(part["attention_mask"].sum(1).max())
            out.append(model(**{k: v[:, :width].contiguous() for k, v in part.items()}).logits)
    return torch.cat(out).contiguous()


if task == "gradients":
    model = PeftModel.from_pretrained(base, adapter_dir, is_trainable=True).eval()
    loss = model(**batch, labels=labels).loss
    loss.backward()
    for _, p in model.named_parameters():
        if p.grad is not None:
            p.data = p.grad
        elif p.requires_grad:
            raise SystemExit("a parameter that learns has no gradient")
    out = {k: v.detach().contiguous().clone() for k, v in get_peft_model_state_dict(model).items()
           if v.is_floating_point()}  # the places of SHiRA's entries are not
    out["loss"] = loss.detach().reshape(1)
    save_file(out, target)
elif task == "logits":
    save_file({"logits": logits(PeftModel.from_pretrained(base, adapter_dir))}, target)
elif task == "eva":
    config = LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query", "value", "attention.output.dense"],
                        init_lora_weights="eva", eva_config=EvaConfig())
    model = get_peft_model(base, config)
    if base.config.hidden_size > 64:  # PEFT's randomized decomposition is exact for narrow inputs only
        IncrementalPCA._svd_fn_lowrank = IncrementalPCA._svd_fn_full
    initialize_lora_eva_weights(model, [batch], show_progress_bar=False)
    model.save_pretrained(adapter_dir)
    save_file({"logits": logits(model)}, target)
elif task == "train":
    config = LoraConfig(task_type="SEQ_CLS", r=4, lora_alpha=8, target_modules=["query", "value", "output.dense"])
    model = get_peft_model(base, config)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    for step in range(10):
        at = step * 8 % len(labels)
        part = {k: v[at:at + 8] for k, v in batch.items()}
        optimizer.zero_grad()
        model(**part, labels=labels[at:at + 8]).loss.backward()
        optimizer.step()
    model.save_pretrained(adapter_dir)
    save_file({"logits": logits(model)}, target)
else:
    raise SystemExit(__doc__)
