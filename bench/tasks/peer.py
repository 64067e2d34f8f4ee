"""Hugging Face's Trainer with PEFT: the peer of bench/tasks. The command starts it as

    python3 -c SCRIPT MODEL JOBS

JOBS is a JSON list of objects {"folder", "key", "recipe"}, one for each training. The folder
contains train.jsonl and test.jsonl: one JSON object per line, {"text", "text_pair", "label"} or
{"words", "label"}, see rows.go. recipe.go describes the recipe. The file result.json in the folder is the result, see
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
from transformers import (
    AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer, DataCollatorForTokenClassification,
    DataCollatorWithPadding, Trainer, TrainingArguments)

model_dir, jobs = sys.argv[1], json.loads(sys.argv[2])
transformers.logging.set_verbosity_error()
tokenizer = AutoTokenizer.from_pretrained(model_dir)


def collator(task):
    return (DataCollatorForTokenClassification if task == "token_classification" else DataCollatorWithPadding)(tokenizer)


def load_words(rows, length):
    """Encodes sentences of words. The first piece of each word has the word's label, as in run_ner.py."""
    encoded = tokenizer([row["words"] for row in rows], is_split_into_words=True, truncation=True, max_length=length)
    examples = []
    for i, row in enumerate(rows):
        words = encoded.word_ids(i)
        labels = [-100 if word is None or word == before else row["label"][word] for before, word in zip([None] + words, words)]
        if sum(label != -100 for label in labels) != len(row["words"]):
            raise SystemExit(f"{row['words']}: not every word has a token among {length}")
        examples.append({**{key: encoded[key][i] for key in encoded}, "labels": labels})
    return examples


def load(job, name):
    with open(f"{job['folder']}/{name}.jsonl") as f:
        rows = [json.loads(line) for line in f]
    if "words" in rows[0]:
        return load_words(rows, job["recipe"]["length"])
    pairs = [row["text_pair"] for row in rows] if "text_pair" in rows[0] else None
    encoded = tokenizer([row["text"] for row in rows], pairs, truncation=True, max_length=job["recipe"]["length"])
    floats = job["recipe"]["task"] in ("multi_label_classification", "regression")  # JSON has no type of 1.0
    labels = [torch.tensor(row["label"], dtype=torch.float32).tolist() if floats else row["label"] for row in rows]
    return [{**{key: encoded[key][i] for key in encoded}, "labels": labels[i]} for i in range(len(rows))]


def open_model(recipe):
    task = recipe["task"]
    number = 1 if task == "regression" else len(recipe["labels"])
    if task == "token_classification":
        kind, model = "TOKEN_CLS", AutoModelForTokenClassification.from_pretrained(model_dir, num_labels=number, dtype=torch.float32)
    else:
        kind, model = "SEQ_CLS", AutoModelForSequenceClassification.from_pretrained(
            model_dir, num_labels=number, problem_type=task, dtype=torch.float32)
    return get_peft_model(model, LoraConfig(
        task_type=kind, r=recipe["rank"], lora_alpha=recipe["alpha"], lora_dropout=recipe["dropout"], target_modules=recipe["targets"]))


def train(model, rows, recipe):
    trainer = Trainer(
        model=model, train_dataset=rows, data_collator=collator(recipe["task"]),
        args=TrainingArguments(
            output_dir=tempfile.mkdtemp(), use_cpu=True, num_train_epochs=recipe["epochs"],
            per_device_train_batch_size=recipe["batch_size"], learning_rate=recipe["learning_rate"],
            warmup_steps=recipe["warmup"], lr_scheduler_type="linear", max_grad_norm=recipe["max_grad_norm"],
            weight_decay=recipe["weight_decay"], train_sampling_strategy="random",
            save_strategy="no", report_to=[], logging_steps=10**6, seed=recipe["seed"]))
    began = time.monotonic()
    trainer.train()
    return time.monotonic() - began, trainer.state.global_step


def predict(model, rows, collate):
    """Returns the logits and the labels of the rows, or of the labelled tokens of all rows. The rows are sorted by length."""
    model.eval()
    logits, targets = [], []
    with torch.inference_mode():
        for at in range(0, len(rows), 32):
            batch = collate(rows[at:at + 32])
            labels, answers = batch.pop("labels"), model(**batch).logits
            if answers.dim() == 3:
                labelled = labels != -100
                labels, answers = labels[labelled], answers[labelled]
            targets.append(labels)
            logits.append(answers)
    return torch.cat(logits).double(), torch.cat(targets)


def entity_f1(answers, rows, names):
    """Returns seqeval's micro F1. answers are the classes of all words of the rows."""
    from seqeval.metrics import f1_score  # the other tasks do without

    remaining = iter(answers.tolist())
    want = [[names[label] for label in row["labels"] if label != -100] for row in rows]
    return float(f1_score(want, [[names[next(remaining)] for _ in tags] for tags in want], zero_division=0))


def measure(model, rows, recipe):
    """Returns the task's metric and the loss."""
    task, rows = recipe["task"], sorted(rows, key=lambda row: len(row["input_ids"]))
    logits, targets = predict(model, rows, collator(task))
    if task == "regression":
        answers, targets = logits.squeeze(-1), targets.double()
        return torch.corrcoef(torch.stack([answers, targets]))[0, 1].item(), torch.nn.functional.mse_loss(answers, targets).item()
    if task == "multi_label_classification":
        targets, found = targets.double(), (logits.sigmoid() >= 0.5).double()
        f1 = 2 * (found * targets).sum() / (found.sum() + targets.sum())
        return f1.item(), torch.nn.functional.binary_cross_entropy_with_logits(logits, targets).item()
    loss, answers = torch.nn.functional.cross_entropy(logits, targets).item(), logits.argmax(-1)
    if task == "token_classification":
        return entity_f1(answers, rows, recipe["labels"]), loss
    return (answers == targets).double().mean().item(), loss


def run(job):
    recipe = job["recipe"]
    transformers.set_seed(recipe["seed"])
    model, rows, tests = open_model(recipe), load(job, "train"), load(job, "test")
    before, _ = measure(model, tests, recipe)
    seconds, steps = train(model, rows, recipe)
    metric, loss = measure(model, tests, recipe)
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
