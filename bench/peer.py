"""Hugging Face's Trainer with PEFT: the peer of bench. bench starts it as

    python3 -c SCRIPT MODEL REVIEWS RECIPE

REVIEWS is a folder with train.jsonl, test.jsonl and peer.json, the rows of
train.jsonl to train on: one JSON object per line, {"text", "label"}. RECIPE is JSON, see tasks.go. The last line of
its output is the result, as JSON, see result.go. Needs what requirements.txt lists.
"""

import json
import resource
import sys
import tempfile
import time

started = time.monotonic()
model_dir, reviews, recipe = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from tqdm import tqdm
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments

kind, bfloat16, full = recipe["kind"], recipe.get("bfloat16", False), recipe.get("full", False)
transformers.logging.set_verbosity_error()
seed = recipe.get("seed", 1)
torch.manual_seed(seed)
tokenizer = AutoTokenizer.from_pretrained(model_dir)
collate = DataCollatorWithPadding(tokenizer)


def load(name):
    with open(f"{reviews}/{name}") as f:
        rows = [json.loads(line) for line in f]
    names = sorted({row["label"] for row in rows})
    encoded = tokenizer([row["text"] for row in rows], truncation=True, max_length=recipe["length"])["input_ids"]
    return [{"input_ids": ids, "labels": names.index(row["label"])} for ids, row in zip(encoded, rows)]


def result(items, seconds, warm_up, accuracy=0.0, peak=None):
    return {"items": items, "seconds": seconds, "warm_up": warm_up, "accuracy": accuracy, "peak_bytes": peak or peak_bytes(),
            "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}, {torch.get_num_threads()} threads"}


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def since(began):
    return time.monotonic() - began


def open_model():
    model = AutoModelForSequenceClassification.from_pretrained(model_dir, num_labels=2, dtype=torch.float32)
    if full:
        return model
    return get_peft_model(model, LoraConfig(
        task_type="SEQ_CLS", r=recipe["rank"], lora_alpha=recipe["alpha"], lora_dropout=recipe["dropout"],
        target_modules=recipe["targets"], layers_to_transform=recipe.get("layers")))


class Epochs(TrainerCallback):
    """Records the start and the end of each epoch."""

    def __init__(self):
        self.begun, self.ended = [], []

    def on_epoch_begin(self, *_, **__):
        self.begun.append(time.monotonic())

    def on_epoch_end(self, *_, **__):
        self.ended.append(time.monotonic())


def train():
    """Trains; returns the model, the times of the epochs, and the number of tokens of an epoch."""
    model, rows, times = open_model(), load("peer.json"), Epochs()
    if len(rows) != recipe["reviews"]:
        raise SystemExit(f"peer.json: {len(rows)} reviews, expected {recipe['reviews']}")
    Trainer(
        model=model, train_dataset=rows, data_collator=collate, callbacks=[times],
        args=TrainingArguments(
            output_dir=tempfile.mkdtemp(), use_cpu=not torch.cuda.is_available(), bf16=bfloat16,
            num_train_epochs=min(2, recipe["epochs"]) if kind == "epochs" else recipe["epochs"],  # the others are estimated from the second
            per_device_train_batch_size=recipe["batch_size"], learning_rate=recipe["learning_rate"],
            warmup_steps=0.06, lr_scheduler_type="linear", max_grad_norm=1.0, train_sampling_strategy="group_by_length",
            save_strategy="no", report_to=[], logging_steps=10**6, seed=seed)).train()
    return model, times, sum(len(row["input_ids"]) for row in rows)


def answer(model, rows):
    """Returns the number of correct predictions for the rows, batched by length."""
    right, rows = 0, sorted(rows, key=lambda row: len(row["input_ids"]))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        for at in tqdm(range(0, len(rows), recipe["batch_size"]), desc="evaluation"):
            batch = collate(rows[at:at + recipe["batch_size"]])
            labels = batch.pop("labels")
            right += (model(**batch).logits.argmax(-1) == labels).sum().item()
    return right


def steps():
    _, times, tokens = train()
    return result(tokens, times.ended[1] - times.begun[1], times.begun[1] - started)


def epochs():
    _, times, _ = train()
    everything, epoch = since(started), times.ended[1] - times.begun[1]
    return result(1, everything + (recipe["epochs"] - 2) * epoch, everything - 2 * epoch)


def adapter():
    model, _, _ = train()
    with tempfile.TemporaryDirectory() as out:
        model.save_pretrained(out)
    seconds, peak = since(started), peak_bytes()
    rows = load("test.jsonl")
    return result(1, seconds, 0, answer(model.merge_and_unload().eval(), rows) / len(rows), peak)


def evaluation():
    model, rows = open_model().merge_and_unload().eval(), load("test.jsonl")
    answer(model, rows)
    began = time.monotonic()
    answer(model, rows)
    return result(len(rows), since(began), began - started)


json.dump({"steps": steps, "epochs": epochs, "adapter": adapter, "evaluation": evaluation}[kind](), sys.stdout)
print()
