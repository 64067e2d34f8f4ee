"""What transformers' text-classification pipeline answers, for whole_test.go to compare with.

    python3 pipeline_reference.py new DIR CLASSES TOKENIZER   saves a random BertForSequenceClassification of so
                                                     many classes without names to DIR, with the vocabulary of TOKENIZER
    python3 pipeline_reference.py answer DIR TEXT...          prints the answers as JSON: for each text, label -> score

Needs torch and transformers.
"""
import json
import sys

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForSequenceClassification, pipeline

task, folder, *rest = sys.argv[1:]
if task == "new":
    tokenizer = AutoTokenizer.from_pretrained(rest[1])
    torch.manual_seed(11)
    config = BertConfig(vocab_size=48, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
                        max_position_embeddings=20, num_labels=int(rest[0]), initializer_range=0.5)
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
else:
    answer = pipeline("text-classification", model=AutoModelForSequenceClassification.from_pretrained(folder),
                      tokenizer=AutoTokenizer.from_pretrained(folder), top_k=None)
    print(json.dumps([{str(c["label"]): c["score"] for c in text} for text in answer(rest)]))
