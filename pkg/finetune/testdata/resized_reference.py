"""Adapters whose files hold the base's word embeddings.

    python3 resized_reference.py MODEL DIR TEXT...

Makes in DIR adapters of MODEL, each with a random adapter and head: plain, targeted (the word embeddings are adapted)
and saved (they are trained whole) after two tokens were added to the vocabulary, each with the tokenizer beside it;
padded, as plain, its embeddings a multiple of 64; and copied and copied-targeted, without new tokens, by
save_embedding_layers=True. DIR/logits.safetensors gets the logits of the texts, [texts, labels], under these names.
"""
import sys

import peft
import torch
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

model_dir, out, *texts = sys.argv[1:]
logits = {}
for name, targets, saved in [
    ("plain", ["query", "value"], None), ("targeted", ["query", "word_embeddings"], None),
    ("saved", ["query"], ["word_embeddings"]), ("padded", ["query"], None), ("copied", ["query"], None),
    ("copied-targeted", ["query", "word_embeddings"], None),
]:
    torch.manual_seed(5)
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    base = AutoModelForSequenceClassification.from_pretrained(model_dir)
    if "copied" not in name:
        tokenizer.add_tokens(["<film>", "<star>"])
        base.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=64 if name == "padded" else None)
    config = peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=targets, modules_to_save=saved)
    model = peft.get_peft_model(base, config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
        logits[name] = torch.cat([model(**tokenizer(text, return_tensors="pt")).logits for text in texts]).contiguous()
    model.save_pretrained(f"{out}/{name}", save_embedding_layers=True if "copied" in name else "auto")
    if "copied" not in name:
        tokenizer.save_pretrained(f"{out}/{name}")
save_file(logits, f"{out}/logits.safetensors")
