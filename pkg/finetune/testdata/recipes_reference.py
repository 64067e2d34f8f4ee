"""Whole trainings in float64 with PyTorch and PEFT on given batches, for recipes_peft_test.go to compare with.

    python3 recipes_reference.py IN    prints as JSON, for each job, {"loss", "grad_norm", "learning_rate"} of each update

IN is a JSON list of jobs. The base model is the folder model, with a number of classes, and task is a problem_type or
"token_classification". What learns is one of

    adapter                 a folder with the initial adapter, in PEFT's format
    adapter and init        LoRA that PEFT initializes: the fields of LoraConfig; of the folder only modules_to_save is read
    modules                 no adapter: the modules with these names; "" is the whole model

steps has the examples of each update as a list of rows with input_ids, labels and, for pairs, token_type_ids. The loss
of an update is the mean over its rows, whatever the number of batches was: loss has class_weights, label_smoothing,
focal_gamma, positive_weights. optimizer has learning_rate, schedule, warmup (share of the updates), weight_decay,
betas, eps, max_grad_norm and loraplus_lr_ratio (0: torch's AdamW with all tensors in one group). out gets the trained
tensors after the last update, under the names of PEFT's or the model's file. Dropout is off.
Needs torch, transformers and peft.
"""
import json
import math
import sys

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from peft.optimizers import create_loraplus_optimizer
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification


def build(job):
    kind = AutoModelForTokenClassification if job["task"] == "token_classification" else AutoModelForSequenceClassification
    base = kind.from_pretrained(job["model"], num_labels=job["classes"], dtype=torch.float32, attn_implementation="eager", classifier_dropout=0.0,
                                hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, ignore_mismatched_sizes=True)
    if "adapter" not in job:
        for name, p in base.named_parameters():
            p.requires_grad = any(not module or f".{module}." in "." + name for module in job["modules"])
        return base.double()
    if "init" not in job:
        return PeftModel.from_pretrained(base, job["adapter"], is_trainable=True).double()
    model = get_peft_model(base, LoraConfig(**job["init"])).double()  # PEFT initializes PiSSA in float32 only
    saved = [name for name, _ in model.named_parameters() if ".modules_to_save.default." in name]
    values = load_file(job["adapter"] + "/adapter_model.safetensors")
    model.load_state_dict({name: values[name.replace("modules_to_save.default.", "")] for name in saved}, strict=False)
    return model


def tensors_of(rows, task):
    width = max(len(row["input_ids"]) for row in rows)
    pad = lambda key, value: torch.tensor([row[key] + [value] * (width - len(row[key])) for row in rows])
    inputs = {"input_ids": pad("input_ids", 0), "attention_mask": torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows])}
    if "token_type_ids" in rows[0]:
        inputs["token_type_ids"] = pad("token_type_ids", 0)
    if task == "token_classification":
        return inputs, pad("labels", -100)
    labels = torch.tensor([row["labels"] for row in rows])
    return inputs, labels if task == "single_label_classification" else labels.double()


def loss_of(logits, labels, task, options):
    weights = lambda name: torch.tensor(options[name], dtype=torch.float64) if options.get(name) else None
    if task == "multi_label_classification":
        return functional.binary_cross_entropy_with_logits(logits, labels, pos_weight=weights("positive_weights"))
    if task == "regression":
        return functional.mse_loss(logits[:, 0], labels)
    if task == "token_classification":
        return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    if not options.get("focal_gamma"):
        return functional.cross_entropy(logits, labels, weight=weights("class_weights"), label_smoothing=options.get("label_smoothing", 0))
    p = logits.softmax(-1).gather(1, labels[:, None])[:, 0]
    w = torch.ones_like(p) if weights("class_weights") is None else weights("class_weights")[labels]
    return (w * (1 - p) ** options["focal_gamma"] * -p.log()).sum() / w.sum()


def train(job):
    model, how, steps = build(job).eval(), job["optimizer"], job["steps"]
    learns = [p for p in model.parameters() if p.requires_grad]
    settings = dict(lr=how["learning_rate"], betas=tuple(how["betas"]), eps=how["eps"])
    if how["loraplus_lr_ratio"]:
        optimizer = create_loraplus_optimizer(model, torch.optim.AdamW, loraplus_lr_ratio=how["loraplus_lr_ratio"], loraplus_weight_decay=how["weight_decay"], **settings)
    else:
        optimizer = torch.optim.AdamW(learns, weight_decay=how["weight_decay"], **settings)
    schedule = transformers.get_scheduler(how["schedule"], optimizer, math.ceil(how["warmup"] * len(steps)), len(steps))
    lines = []
    for rows in steps:
        inputs, labels = tensors_of(rows, job["task"])
        optimizer.zero_grad()
        loss = loss_of(model(**inputs).logits, labels, job["task"], job["loss"])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(learns, how["max_grad_norm"])
        # The rate of the schedule: a group of LoRA+ has a multiple of it.
        lines.append({"loss": loss.item(), "grad_norm": norm.item(), "learning_rate": how["learning_rate"] * schedule.lr_lambdas[0](len(lines))})
        optimizer.step()
        schedule.step()
    trained = get_peft_model_state_dict(model) if "adapter" in job else {name: p for name, p in model.named_parameters() if p.requires_grad}
    save_file({name: p.detach().float().contiguous().clone() for name, p in trained.items() if p.is_floating_point()}, job["out"])
    return lines


print(json.dumps([train(job) for job in json.load(open(sys.argv[1]))]))
