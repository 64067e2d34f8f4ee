"""Writes the fixtures with PyTorch and PEFT: python make_fixture.py.

base.safetensors: the network's weights; words.safetensors: those that tiny.Words has
besides. For each case of tiny.CASES and tiny.WORDS_CASES a folder with the adapter as
PEFT saves it, and expected.safetensors: the outputs, and the gradients of the loss
sum(c · outputs²) by the keys of PEFT's files.
"""

import os

import peft
import torch
from safetensors.torch import save_file

import tiny

here = os.path.dirname(os.path.abspath(__file__))
save_file({k: v.clone() for k, v in tiny.base().state_dict().items()}, os.path.join(here, "base.safetensors"))
words = tiny.base(tiny.Words).state_dict().items()
save_file({k: v.clone() for k, v in words if "embeddings" in k}, os.path.join(here, "words.safetensors"))

cases = [(tiny.Tiny, *case) for case in tiny.CASES.items()] + [(tiny.Words, *case) for case in tiny.WORDS_CASES.items()]
for network, case, settings in cases:
    torch.manual_seed(3)
    model = peft.get_peft_model(tiny.base(network), tiny.config(settings))
    with torch.no_grad():  # as after some training
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.add_(0.3 * torch.randn_like(parameter))
    x, c = tiny.inputs(network)
    outputs = model(x)
    (c * outputs**2).sum().backward()
    folder = os.path.join(here, case)
    model.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))
    expected = {"x": x, "c": c, "outputs": outputs.detach()}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            key = name.replace(".default", "").replace(".modules_to_save", "").replace(".base_layer", "").replace("_vector.weight", "_vector")
            expected["grad." + key] = parameter.grad
    trainable, every = model.get_nb_trainable_parameters()
    expected["counts"] = torch.tensor([trainable, every])
    save_file(expected, os.path.join(here, case, "expected.safetensors"))
