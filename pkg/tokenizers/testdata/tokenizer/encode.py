#!/usr/bin/env python3
"""Encodes the JSON strings of standard input, a line each, with a tokenizer.json; prints ids and decoded text as JSON."""
import json
import sys

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.no_truncation()  # what a file asks for is the caller's to choose
tokenizer.no_padding()
texts = [json.loads(line) for line in sys.stdin.buffer]
for encoding in tokenizer.encode_batch(texts):
    print(json.dumps([encoding.ids, tokenizer.decode(encoding.ids)]))
