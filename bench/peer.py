"""Hugging Face's Trainer with PEFT: the peer of bench. Started by it as

    python3 -c SCRIPT TASK MODEL REVIEWS TRAIN LENGTH

REVIEWS is a folder with test.jsonl and peer.json, what is learned from, TRAIN of them: a
line each, {"text", "label"}. The last line of its output is the result, as JSON: items,
seconds, warm_up, peak_bytes, versions. Needs what requirements.txt lists.
"""

import json
import resource
import sys
import time

started = time.monotonic()

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from tqdm import tqdm
from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments

task, model_dir, reviews, train, length = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
bfloat16 = task.endswith("-bfloat16")
task = task.removesuffix("-bfloat16")
transformers.logging.set_verbosity_error()
torch.manual_seed(1)
tokenizer = AutoTokenizer.from_pretrained(model_dir)
model = AutoModelForSequenceClassification.from_pretrained(model_dir, num_labels=2, dtype=torch.float32)
if task != "full":
    model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "value"]))


def load(name):
    with open(f"{reviews}/{name}") as f:
        rows = [json.loads(line) for line in f]
    names = sorted({row["label"] for row in rows})
    encoded = tokenizer([row["text"] for row in rows], truncation=True, max_length=length)["input_ids"]
    if name == "peer.json" and len(rows) != train:
        raise SystemExit(f"{name}: {len(rows)} reviews, expected {train}")
    return [{"input_ids": ids, "labels": names.index(row["label"])} for ids, row in zip(encoded, rows)]


def done(items, seconds, warm_up):
    json.dump({"items": items, "seconds": seconds, "warm_up": warm_up,
               "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
               "versions": f"torch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}, {torch.get_num_threads()} threads"}, sys.stdout)
    print()


class Epochs(TrainerCallback):
    """When each epoch begins and ends."""

    def __init__(self):
        self.begun, self.ended = [], []

    def on_epoch_begin(self, *_, **__):
        self.begun.append(time.monotonic())

    def on_epoch_end(self, *_, **__):
        self.ended.append(time.monotonic())


if task in ("train", "full"):
    rows = load("peer.json")
    epochs = Epochs()
    trainer = Trainer(
        model=model, train_dataset=rows, data_collator=DataCollatorWithPadding(tokenizer), callbacks=[epochs],
        args=TrainingArguments(
            output_dir="unused", use_cpu=not torch.cuda.is_available(), bf16=bfloat16, num_train_epochs=2, per_device_train_batch_size=16,
            learning_rate=5e-5 if task == "full" else 1e-3, warmup_steps=2, lr_scheduler_type="linear", max_grad_norm=1.0,
            train_sampling_strategy="group_by_length", save_strategy="no", report_to=[], logging_steps=10**6, seed=1))
    trainer.train()
    done(sum(len(row["input_ids"]) for row in rows), epochs.ended[1] - epochs.begun[1], epochs.begun[1] - started)
else:
    model = model.merge_and_unload().eval()
    rows = sorted(load("test.jsonl"), key=lambda row: len(row["input_ids"]))
    collate = DataCollatorWithPadding(tokenizer)

    def answer():
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            for at in tqdm(range(0, len(rows), 16), desc="evaluation"):
                model(**collate(rows[at:at + 16])).logits.argmax(-1)

    answer()
    began = time.monotonic()
    answer()
    done(len(rows), time.monotonic() - began, began - started)
