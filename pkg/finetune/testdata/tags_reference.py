"""What transformers and PEFT compute for token classification, for tags_peft_test.go to compare with.

    python3 tags_reference.py encode    MODEL LENGTH... < sentences.json   ids and labels of sentences of words with tag indices,
                                        [{"words": [...], "tags": [...]}], as run_ner.py makes them, as a JSON list for each length
    python3 tags_reference.py gradients MODEL ADAPTER IN OUT   one batch's loss and the gradients of everything that learns
    python3 tags_reference.py logits    MODEL ADAPTER IN OUT   the adapted model's logits
    python3 tags_reference.py train     MODEL ADAPTER IN OUT   trains an adapter on IN for ten steps, saves it to ADAPTER and its
                                        logits to OUT
    python3 tags_reference.py pipeline  MODEL TEXT...   opens MODEL by the Auto classes and prints as JSON the classes of the model and
                                        the pipeline's entities of each text, with aggregation_strategy="first"

IN is a safetensors file: input_ids, attention_mask and labels (-100 for tokens without a tag) int64 [rows, seq], and classes
int64 [1], their number. Dropout is off. Needs torch, transformers and peft.
"""
import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertForTokenClassification, pipeline

if sys.argv[1] == "encode":
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[2])
    sentences, lengths = json.load(sys.stdin), []
    for length in sys.argv[3:]:
        out = []
        for sentence in sentences:
            encoded = tokenizer(sentence["words"], is_split_into_words=True, truncation=True, max_length=int(length))
            labels, previous = [], None
            for word in encoded.word_ids():
                labels.append(-100 if word is None or word == previous else sentence["tags"][word])
                previous = word
            out.append({"ids": encoded["input_ids"], "labels": labels})
        lengths.append(out)
    print(json.dumps(lengths))
    sys.exit()
if sys.argv[1] == "pipeline":
    folder, *texts = sys.argv[2:]
    model = AutoModelForTokenClassification.from_pretrained(folder)
    tag = pipeline("token-classification", model=model, tokenizer=AutoTokenizer.from_pretrained(folder), aggregation_strategy="first")
    print(json.dumps({"class": type(model).__name__, "labels": [model.config.id2label[i] for i in range(model.config.num_labels)],
                      "answers": [[{"type": e["entity_group"], "score": float(e["score"]), "start": int(e["start"]), "end": int(e["end"])}
                                   for e in tag(text)] for text in texts]}))
    sys.exit()

task, model_dir, adapter_dir, source, target = sys.argv[1:]
batch = load_file(source)
classes = int(batch.pop("classes"))
torch.manual_seed(3)
base = BertForTokenClassification.from_pretrained(
    model_dir, num_labels=classes, dtype=torch.float32, attn_implementation="eager",
    classifier_dropout=0.0, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def save_logits(model):
    with torch.no_grad():
        save_file({"logits": model.eval()(**batch).logits.contiguous()}, target)


if task == "gradients":
    model = PeftModel.from_pretrained(base, adapter_dir, is_trainable=True).eval()
    out = model(**batch)
    out.loss.backward()
    for _, p in model.named_parameters():
        if p.grad is not None:
            p.data = p.grad
        elif p.requires_grad:
            raise SystemExit("a parameter that learns has no gradient")
    tensors = {k: v.detach().contiguous().clone() for k, v in get_peft_model_state_dict(model).items()}
    tensors["loss"], tensors["logits"] = out.loss.detach().reshape(1), out.logits.detach().contiguous()
    save_file(tensors, target)
elif task == "logits":
    save_logits(PeftModel.from_pretrained(base, adapter_dir))
elif task == "train":
    model = get_peft_model(base, LoraConfig(task_type="TOKEN_CLS", r=4, lora_alpha=8, target_modules=["query", "value"]))
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    rows = len(batch["labels"])
    for step in range(10):
        at = step * 8 % rows
        optimizer.zero_grad()
        model(**{k: v[at:at + 8] for k, v in batch.items()}).loss.backward()
        optimizer.step()
    model.save_pretrained(adapter_dir)
    save_logits(model)
else:
    raise SystemExit(__doc__)
