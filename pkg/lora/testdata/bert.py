"""An adapter of a small BERT with random weights, to and from PEFT.

bert.py make DIR    saves one to DIR/python, and the shapes of the model's weights
                    to DIR/shapes.json
bert.py check DIR   loads DIR/go, what Go made of it, on the same model: outputs and
                    settings must be those of DIR/python
"""

import json
import sys
import warnings

import peft
import torch
from transformers import BertConfig, BertForSequenceClassification

action, folder = sys.argv[1:]


def base():
    torch.manual_seed(1)
    return BertForSequenceClassification(
        BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=12, num_attention_heads=2, intermediate_size=24)
    ).eval()


def settings(name):
    with open(f"{folder}/{name}/adapter_config.json") as file:
        return {k: sorted(v) if isinstance(v, list) else v for k, v in json.load(file).items()}


def logits(name):
    model = peft.PeftModel.from_pretrained(base(), f"{folder}/{name}")
    with torch.no_grad():
        return model(input_ids=torch.arange(24).reshape(2, 12) + 5).logits


if action == "make":
    model = peft.get_peft_model(
        base(), peft.LoraConfig(task_type="SEQ_CLS", lora_alpha=12, lora_dropout=0.25, revision="main")
    )
    torch.manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
    model.save_pretrained(f"{folder}/python")
    with open(f"{folder}/shapes.json", "w") as file:
        json.dump({k: list(v.shape) for k, v in base().named_parameters()}, file)
    with open(f"{folder}/counts.txt", "w") as file:
        file.write("%d %d" % model.get_nb_trainable_parameters())
else:
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", FutureWarning)  # of the libraries among themselves
    assert torch.equal(logits("go"), logits("python")), "other logits"
    assert settings("go") == settings("python"), (settings("go"), settings("python"))
    print("same")
