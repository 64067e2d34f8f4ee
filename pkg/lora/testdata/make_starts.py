"""Writes starts/ with PyTorch and PEFT: python make_starts.py.

For each case of STARTS, on the network of tiny.py, starts/CASE.safetensors: A, B and the
weight left beside them, by PEFT's keys of the fresh adapter, the fresh outputs, the
gradients of the loss sum(c · outputs²), and the outputs after some training (a
disturbance); and starts/CASE with the trained adapter, converted by PEFT to LoRA on the
untouched network. For a randomized start also the directions it drew, omega.KEY.

For each case of EVA starts/CASE.safetensors: the one batch that initialize_lora_eva_weights
was given again and again, its mask, how many times that was, and the gradients; and
starts/CASE with the adapter.
"""

import os
import shutil
import tempfile

import peft
import torch
from peft.tuners.lora import layer
from safetensors.torch import save_file

import tiny

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "starts")
SQUARE = ["query", "value", "dense"]
STARTS = {
    "pissa": dict(r=2, lora_alpha=3, target_modules=SQUARE + ["classifier"], init_lora_weights="pissa"),
    "pissa-dora": dict(r=3, lora_alpha=5, target_modules=SQUARE, use_dora=True, init_lora_weights="pissa"),
    "pissa-rslora": dict(r=2, lora_alpha=3, use_rslora=True, target_modules=SQUARE, init_lora_weights="pissa"),
    "pissa-niter": dict(r=2, lora_alpha=3, target_modules=SQUARE + ["classifier"], init_lora_weights="pissa_niter_1"),
    "olora": dict(r=2, lora_alpha=3, target_modules=SQUARE + ["classifier"], init_lora_weights="olora"),
    "olora-patterns": dict(
        r=2, lora_alpha=3, target_modules=SQUARE, rank_pattern={"value": 4}, alpha_pattern={"layer.1.query": 7},
        init_lora_weights="olora",
    ),
}
# PEFT 0.21 whitens in place, and so once for each of the modules that share an input:
# where it is to be compared, none do.
EVA = {
    "eva": dict(r=2, lora_alpha=3, target_modules=SQUARE, eva_config=peft.EvaConfig()),
    "eva-whiten": dict(
        r=2, lora_alpha=3, use_rslora=True, target_modules=["value", "dense"], rank_pattern={"dense": 3}, alpha_pattern={"value": 5},
        eva_config=peft.EvaConfig(rho=1.5, whiten=True, adjust_scaling_factors=False),
    ),
    "eva-fixed": dict(r=3, lora_alpha=3, target_modules=SQUARE, eva_config=peft.EvaConfig(rho=1.0)),
    "eva-drops": dict(r=1, lora_alpha=3, target_modules=SQUARE, eva_config=peft.EvaConfig(rho=3.0)),
    "eva-dora": dict(r=2, lora_alpha=3, use_rslora=True, use_dora=True, target_modules=SQUARE + ["key"], eva_config=peft.EvaConfig(rho=2.5)),
}


def key(name):
    return name.replace(".default", "").replace("_vector.weight", "_vector")


def parts(model):
    """A, B and what is left of the weight, by PEFT's keys."""
    found = {}
    for name, parameter in model.named_parameters():
        if "lora_" in name or name.endswith("base_layer.weight"):
            found[key(name)] = parameter.detach().clone()
    return found


def gradients(model, expected):
    x, c = tiny.inputs()
    outputs = model(x)
    (c * outputs**2).sum().backward()
    expected["outputs"] = outputs.detach()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            expected["grad." + key(name)] = parameter.grad


def save(model, case, **options):
    folder = os.path.join(here, case)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, **options)
    os.remove(os.path.join(folder, "README.md"))


os.makedirs(here, exist_ok=True)
drawn = []


def lowrank(weight, q, niter):
    state = torch.get_rng_state()
    drawn.append(torch.randn(min(weight.shape), q))
    torch.set_rng_state(state)
    return torch.svd_lowrank(weight, q, niter=niter)


layer.svd_lowrank = lowrank
x, _ = tiny.inputs()
for case, settings in STARTS.items():
    torch.manual_seed(3)
    drawn.clear()
    model = peft.get_peft_model(tiny.base(), peft.LoraConfig(**settings))
    expected = parts(model)
    modules = [name for name in expected if name.endswith("lora_A.weight")]
    for name, omega in zip(modules, drawn):
        expected["omega." + name] = omega
    gradients(model, expected)
    with tempfile.TemporaryDirectory() as folder:
        began = os.path.join(folder, "began")
        model.peft_config["default"].init_lora_weights = True
        model.save_pretrained(began)
        torch.manual_seed(4)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if parameter.requires_grad:
                    parameter.add_(0.3 * torch.randn_like(parameter))
            expected["trained"] = model(x)
        if not settings.get("use_dora"):  # PEFT's conversion forgets the magnitudes
            save(model, case, path_initial_model_for_weight_conversion=began)
    save_file(expected, os.path.join(here, case + ".safetensors"))

for case, settings in EVA.items():
    torch.manual_seed(5)
    spread, mean = ([5.0, 4.8, 4.6, 4.4, 0.1, 0.1], 4.0) if case == "eva-drops" else ([3.0, 2.0, 1.5, 1.0, 0.6, 0.3], 0.5)
    x = torch.randn(40, 5, 6) * torch.tensor(spread) @ torch.linalg.qr(torch.randn(6, 6)).Q + mean
    mask = torch.arange(5) < torch.randint(2, 6, (40, 1))
    torch.manual_seed(3)
    model = peft.get_peft_model(tiny.base(), peft.LoraConfig(init_lora_weights="eva", **settings))
    runs = 0

    def forward(model, inputs):
        global runs
        runs += 1
        return model(inputs["x"])

    peft.initialize_lora_eva_weights(
        model, [{"x": x, "mask": mask}], forward_fn=forward, prepare_model_inputs_fn=lambda inputs, _: inputs["mask"].nonzero(),
        show_progress_bar=False,
    )
    expected = {"x": x, "mask": mask.float(), "runs": torch.tensor([runs - 1])}  # the first finds equal inputs
    gradients(model, expected)
    save(model, case)
    save_file(expected, os.path.join(here, case + ".safetensors"))
