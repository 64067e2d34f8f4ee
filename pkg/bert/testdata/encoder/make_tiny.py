"""Makes the folder tiny/ beside this file: a random BERT small enough to commit, the
inputs of encoder_test.go's first test and what transformers computes for them.

    python3 make_tiny.py

Needs torch and transformers.
"""
import os
import subprocess
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification

here = os.path.dirname(os.path.abspath(__file__))
tiny = os.path.join(here, "tiny")
torch.manual_seed(7)
config = BertConfig(
    vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
    max_position_embeddings=20, num_labels=3, id2label={0: "bad", 1: "mixed", 2: "good"},
    label2id={"bad": 0, "mixed": 1, "good": 2}, initializer_range=0.3,
)
model = BertForSequenceClassification(config)
for name, p in model.named_parameters():  # biases and norms too, so that a forgotten one shows
    torch.nn.init.normal_(p, mean=1.0 if name.endswith("LayerNorm.weight") else 0.0, std=0.3)
model.save_pretrained(tiny)
head = BertForMaskedLM(config)
tensors = load_file(tiny + "/model.safetensors")
for name, p in head.cls.named_parameters():
    if "decoder" not in name:
        tensors["cls." + name] = torch.randn_like(p) * 0.3
save_file(tensors, tiny + "/model.safetensors", metadata={"format": "pt"})

pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("abcdefghijklmnopqrstu") + ["##" + c for c in "abcdefghijklmnopqrstuv"]
with open(tiny + "/vocab.txt", "w") as f:
    f.write("".join(p + "\n" for p in pieces))
with open(tiny + "/tokenizer_config.json", "w") as f:
    f.write('{"do_lower_case": false, "model_max_length": 20}\n')

rows = [[2, 9, 3], [2, 7, 11, 30, 45, 12, 3], [2] + [5 + i * 7 % 43 for i in range(18)] + [3]]
width = max(map(len, rows))
ids = torch.tensor([r + [0] * (width - len(r)) for r in rows])
types = torch.zeros_like(ids)
types[2, 10:] = 1
save_file({"input_ids": ids, "attention_mask": (torch.arange(width) < torch.tensor([[len(r)] for r in rows])).long(),
           "token_type_ids": types}, tiny + "/inputs.safetensors")
subprocess.run([sys.executable, here + "/reference.py", tiny, tiny + "/inputs.safetensors", tiny + "/outputs.safetensors"], check=True)
