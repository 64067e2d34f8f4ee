"""Hugging Face's Trainer with PEFT adapters on given batches, for steps_peft_test.go to compare with.

    python3 steps_reference.py IN    prints as JSON, for each job, {"loss", "grad_norm", "learning_rate"} of each update

IN is a JSON list of jobs: model and adapter are folders, task a problem_type or "token_classification", classes the
number of logits, rows the examples in the order of the batches, with input_ids, labels and, for pairs, token_type_ids,
and the recipe: batch_size, learning_rate, warmup (share of the updates), weight_decay, max_grad_norm. Dropout is off.
Needs torch, transformers and peft.
"""
import json
import sys
import tempfile

import torch
import transformers
from peft import PeftModel
from transformers import (AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer,
                          DataCollatorForTokenClassification, DataCollatorWithPadding, Trainer, TrainingArguments)


def train(job):
    tags = job["task"] == "token_classification"
    problem = {} if tags else {"problem_type": job["task"]}
    base = (AutoModelForTokenClassification if tags else AutoModelForSequenceClassification).from_pretrained(
        job["model"], num_labels=job["classes"], dtype=torch.float32, classifier_dropout=0.0, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, ignore_mismatched_sizes=True, **problem)
    if job["task"] in ("multi_label_classification", "regression"):  # JSON has no type of 1.0
        for row in job["rows"]:
            row["labels"] = torch.tensor(row["labels"], dtype=torch.float32).tolist()
    collator = (DataCollatorForTokenClassification if tags else DataCollatorWithPadding)(AutoTokenizer.from_pretrained(job["model"]))
    trainer = Trainer(
        model=PeftModel.from_pretrained(base, job["adapter"], is_trainable=True), train_dataset=job["rows"], data_collator=collator,
        args=TrainingArguments(
            output_dir=tempfile.mkdtemp(), use_cpu=True, num_train_epochs=1, train_sampling_strategy="sequential",
            per_device_train_batch_size=job["batch_size"], learning_rate=job["learning_rate"],
            warmup_steps=job["warmup"], lr_scheduler_type="linear", weight_decay=job["weight_decay"],
            max_grad_norm=job["max_grad_norm"], save_strategy="no", report_to=[], logging_steps=1, disable_tqdm=True))
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
    return [{key: float(line[key]) for key in ("loss", "grad_norm", "learning_rate")} for line in trainer.state.log_history if "grad_norm" in line]


print(json.dumps([train(job) for job in json.load(open(sys.argv[1]))]))
