#!/usr/bin/env python3
"""Opens tokenizer folders with transformers' AutoTokenizer, and encodes texts.

The first line of standard input is a JSON list of texts, every other line a folder. For
each folder a JSON object is printed: class, ids of the texts, id of the padding token,
model_max_length, and the ids by the folder's tokenizer.json alone (Rust's tokenizers);
or the error."""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # tokenizers prints remarks on standard output
import tokenizers
import transformers
from transformers import AutoTokenizer

transformers.logging.set_verbosity_error()
lines = [line.rstrip("\n") for line in sys.stdin]
texts = json.loads(lines[0])
for folder in lines[1:]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        answer = {
            "class": type(tokenizer).__name__,
            "ids": [tokenizer(text)["input_ids"] for text in texts],
            "pad": tokenizer.pad_token_id,
            "longest": min(tokenizer.model_max_length, 1 << 40),
        }
    except Exception as error:  # every kind: the caller compares what was refused
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    full = os.path.join(folder, "tokenizer.json")
    if os.path.exists(full):
        try:
            rust = tokenizers.Tokenizer.from_file(full)
            rust.no_truncation()
            rust.no_padding()
            answer["rust"] = [rust.encode(text).ids for text in texts]
        except Exception as error:
            answer["rust_error"] = str(error)[:300]
    print(json.dumps(answer), file=answers)
