"""Hugging Face's Trainer with PEFT: the peer of bench/tasks. The command starts it as

    python3 -c SCRIPT MODEL JOBS

JOBS is a JSON list of objects {"folder", "key", "recipe"}, one for each training. The folder
contains train.jsonl and test.jsonl: one JSON object per line, {"text", "text_pair", "label"}, see
rows.go. recipe.go describes the recipe. The file result.json in the folder is the result, see
sides.go. Needs what bench/requirements.txt lists.
"""

import json
import os
import sys
import tempfile
import time

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments

model_dir, jobs = sys.argv[1], json.loads(sys.argv[2])
transformers.logging.set_verbosity_error()
tokenizer = AutoTokenizer.from_pretrained(model_dir)
collate = DataCollatorWithPadding(tokenizer)


def load(job, name):
    with open(f"{job['folder']}/{name}.jsonl") as f:
        rows = [json.loads(line) for line in f]
    pairs = [row["text_pair"] for row in rows] if "text_pair" in rows[0] else None
    encoded = tokenizer([row["text"] for row in rows], pairs, truncation=True, max_length=job["recipe"]["length"])
    return [{**{key: encoded[key][i] for key in encoded}, "labels": row["label"]} for i, row in enumerate(rows)]


def open_model(recipe):
    task = recipe["task"]
    number = 1 if task == "regression" else len(recipe["labels"])
    model = AutoModelForSequenceClassification.from_pretrained(model_dir, num_labels=number, problem_type=task, dtype=torch.float32)
    return get_peft_model(model, LoraConfig(
        task_type="SEQ_CLS", r=recipe["rank"], lora_alpha=recipe["alpha"], lora_dropout=recipe["dropout"], target_modules=recipe["targets"]))


def train(model, rows, recipe):
    trainer = Trainer(
        model=model, train_dataset=rows, data_collator=collate,
        args=TrainingArguments(
            output_dir=tempfile.mkdtemp(), use_cpu=True, num_train_epochs=recipe["epochs"],
            per_device_train_batch_size=recipe["batch_size"], learning_rate=recipe["learning_rate"],
            warmup_steps=recipe["warmup"], lr_scheduler_type="linear", max_grad_norm=recipe["max_grad_norm"],
            weight_decay=recipe["weight_decay"], train_sampling_strategy="group_by_length",
            save_strategy="no", report_to=[], logging_steps=10**6, seed=recipe["seed"]))
    began = time.monotonic()
    trainer.train()
    return time.monotonic() - began, trainer.state.global_step


def predict(model, rows):
    """Returns the logits and the labels of the rows, batched by length."""
    model.eval()
    logits, targets = [], []
    rows = sorted(rows, key=lambda row: len(row["input_ids"]))
    with torch.inference_mode():
        for at in range(0, len(rows), 32):
            batch = collate(rows[at:at + 32])
            targets.append(batch.pop("labels"))
            logits.append(model(**batch).logits)
    return torch.cat(logits).double(), torch.cat(targets)


def measure(model, rows, task):
    """Returns the task's metric and the loss."""
    logits, targets = predict(model, rows)
    if task == "regression":
        answers, targets = logits.squeeze(-1), targets.double()
        return torch.corrcoef(torch.stack([answers, targets]))[0, 1].item(), torch.nn.functional.mse_loss(answers, targets).item()
    if task == "multi_label_classification":
        targets, found = targets.double(), (logits.sigmoid() >= 0.5).double()
        f1 = 2 * (found * targets).sum() / (found.sum() + targets.sum())
        return f1.item(), torch.nn.functional.binary_cross_entropy_with_logits(logits, targets).item()
    return (logits.argmax(-1) == targets).double().mean().item(), torch.nn.functional.cross_entropy(logits, targets).item()


def run(job):
    recipe = job["recipe"]
    task = recipe["task"]
    transformers.set_seed(recipe["seed"])
    model, rows, tests = open_model(recipe), load(job, "train"), load(job, "test")
    before, _ = measure(model, tests, task)
    seconds, steps = train(model, rows, recipe)
    metric, loss = measure(model, tests, task)
    return {
        "metric": metric, "loss": loss, "before": before, "seconds": seconds, "steps": steps,
        "trained": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}, {torch.get_num_threads()} threads"}


for job in jobs:
    result = run(job)
    print(job["folder"], result["metric"], result["loss"], file=sys.stderr)
    with open(f"{job['folder']}/result.json.tmp", "w") as f:
        json.dump({"key": job["key"], "result": result}, f)
    os.replace(f"{job['folder']}/result.json.tmp", f"{job['folder']}/result.json")
