"""What errors advise on adapters that are not read, done in PEFT.

    python3 advice_reference.py MODEL DIR

Trains nothing: each adapter of MODEL gets random values and is saved to DIR/NAME; DIR/NAME-whole is the model that
merge_and_unload gives, and DIR/NAME-lora what save_as_lora makes of LoHa, at the rank that is exact for its product of
two matrices of rank 2. DIR/logits.safetensors gets the logits of one text under each name.
"""
import sys

import peft
import torch
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

model_dir, out = sys.argv[1:]
logits = {}
tokenizer = AutoTokenizer.from_pretrained(model_dir)
batch = tokenizer(["k a b k"], return_tensors="pt")
common = {"task_type": "SEQ_CLS", "target_modules": ["query", "value"]}
for name, config in {
    "pissa": peft.LoraConfig(r=2, init_lora_weights="pissa", **common),
    "olora": peft.LoraConfig(r=2, init_lora_weights="olora", **common),
    "loha": peft.LoHaConfig(r=2, **common),
    "mica": peft.LoraConfig(r=2, init_lora_weights="mica", **common),
    "Gaussian": peft.LoraConfig(r=2, init_lora_weights="Gaussian", **common),
}.items():
    torch.manual_seed(1)
    model = peft.get_peft_model(AutoModelForSequenceClassification.from_pretrained(model_dir), config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(f"{out}/{name}")
    base = AutoModelForSequenceClassification.from_pretrained(model_dir)
    model = peft.PeftModel.from_pretrained(base, f"{out}/{name}").eval()
    with torch.no_grad():
        logits[name] = model(**batch).logits.clone()
    if name == "loha":
        peft.save_as_lora(f"{out}/{name}-lora", model, rank=4)
    model.merge_and_unload().save_pretrained(f"{out}/{name}-whole")
    tokenizer.save_pretrained(f"{out}/{name}-whole")
save_file(logits, f"{out}/logits.safetensors")
