"""What PEFT and transformers compute for each problem_type, for task_peft_test.go to compare with.

    python3 task_reference.py gradients MODEL ADAPTER PROBLEM LOSS IN OUT   one batch's loss and the gradients of
                                                     everything that learns. LOSS is JSON: {} for the model's own loss,
                                                     {"weight": [...], "label_smoothing": 0.1} for nn.CrossEntropyLoss,
                                                     {"pos_weight": [...]} for nn.BCEWithLogitsLoss, or
                                                     {"gamma": 2, "weight": [...]} for the focal loss
    python3 task_reference.py logits    MODEL ADAPTER PROBLEM - IN OUT      the adapted model's logits
    python3 task_reference.py train     MODEL ADAPTER PROBLEM - IN OUT      trains an adapter on IN for ten steps, saves
                                                     it to ADAPTER and its logits to OUT
    python3 task_reference.py pipeline  MODEL TEXT...    opens MODEL by the Auto classes and prints as JSON its
                                                     problem_type, num_labels, and the pipeline's answers: for each
                                                     text, label -> score

IN is a safetensors file: input_ids and attention_mask int64 [rows, seq]; labels int64 [rows], float32 [rows, classes]
or float32 [rows], as the problem needs them. Dropout is off. Needs torch, transformers and peft.
"""
import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertForSequenceClassification, pipeline

if sys.argv[1] == "pipeline":
    folder, *texts = sys.argv[2:]
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    answer = pipeline("text-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(folder), top_k=None)
    print(json.dumps({"problem_type": model.config.problem_type, "num_labels": model.config.num_labels,
                      "answers": [{str(c["label"]): c["score"] for c in text} for text in answer(texts)]}))
    sys.exit()

task, model_dir, adapter_dir, problem, loss_options, source, target = sys.argv[1:]
batch = load_file(source)
labels = batch.pop("labels")
classes = {"single_label_classification": 2, "multi_label_classification": labels.shape[-1], "regression": 1}[problem]
torch.manual_seed(3)
base = BertForSequenceClassification.from_pretrained(
    model_dir, num_labels=classes, problem_type=problem, dtype=torch.float32, attn_implementation="eager",
    classifier_dropout=0.0, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def loss_of(model):
    options = {k: torch.tensor(v) if isinstance(v, list) else v for k, v in json.loads(loss_options).items()}
    if not options:
        return model(**batch, labels=labels).loss
    logits = model(**batch).logits
    if "pos_weight" in options:
        return nn.BCEWithLogitsLoss(**options)(logits, labels)
    if "gamma" in options:  # Lin et al. 2017, equation 5, with the mean of nn.CrossEntropyLoss(weight)
        p = torch.softmax(logits, -1).gather(1, labels[:, None])[:, 0]
        weight = options.get("weight", torch.ones(classes))[labels]
        return (weight * (1 - p) ** options["gamma"] * -p.log()).sum() / weight.sum()
    return nn.CrossEntropyLoss(**options)(logits, labels)


def save_logits(model):
    with torch.no_grad():
        save_file({"logits": model.eval()(**batch).logits.contiguous()}, target)


if task == "gradients":
    model = PeftModel.from_pretrained(base, adapter_dir, is_trainable=True).eval()
    loss = loss_of(model)
    loss.backward()
    for _, p in model.named_parameters():
        if p.grad is not None:
            p.data = p.grad
        elif p.requires_grad:
            raise SystemExit("a parameter that learns has no gradient")
    out = {k: v.detach().contiguous().clone() for k, v in get_peft_model_state_dict(model).items()}
    out["loss"] = loss.detach().reshape(1)
    save_file(out, target)
elif task == "logits":
    save_logits(PeftModel.from_pretrained(base, adapter_dir))
elif task == "train":
    model = get_peft_model(base, LoraConfig(task_type="SEQ_CLS", r=4, lora_alpha=8, target_modules=["query", "value"]))
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    for step in range(10):
        at = step * 8 % len(labels)
        part = {k: v[at:at + 8] for k, v in batch.items()}
        optimizer.zero_grad()
        model(**part, labels=labels[at:at + 8]).loss.backward()
        optimizer.step()
    model.save_pretrained(adapter_dir)
    save_logits(model)
else:
    raise SystemExit(__doc__)
