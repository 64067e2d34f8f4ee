"""Writes testdata/several with PyTorch and PEFT: python several.py.

heads and plain hold adapters as PEFT saves several: default in the folder, others in
folders of their names. expected.safetensors beside them: the outputs with each adapter
active, with none, of a batch whose rows are of different adapters, and, for plain, what
add_weighted_adapter makes of some: each module's delta, and the lots that DARE drew.
"""

import os
import shutil

import peft
import torch
from peft.tuners.lora.layer import LoraLayer
from peft.utils import merge_utils
from safetensors.torch import save_file

import tiny

SETS = {
    "heads": {
        "default": dict(r=2, lora_alpha=3, target_modules=["query", "value"], modules_to_save=["classifier"]),
        "wide": dict(r=5, lora_alpha=6, use_rslora=True, target_modules=["query", "key", "dense"], modules_to_save=["classifier"]),
        "dora": dict(r=3, lora_alpha=4, use_dora=True, target_modules=["value", "dense"], modules_to_save=["classifier"]),
        "headless": dict(r=1, lora_alpha=2, lora_bias=True, target_modules=["query", "encoder.layer.0.output.dense"]),
    },
    "plain": {
        "default": dict(r=2, lora_alpha=3, target_modules=["query", "value"]),
        "second": dict(r=2, lora_alpha=8, target_modules=["query", "key", "dense"]),
        "third": dict(r=2, lora_alpha=5, target_modules=["value", "query"]),
        "wide": dict(
            r=3, lora_alpha=4, use_rslora=True, target_modules=["query", "dense"],
            rank_pattern={"layer.1.query": 4}, alpha_pattern={"dense": 9},
        ),
    },
}
ROWS = {"heads": ["wide", "__base__", "dora", "default"], "plain": ["second", "wide", "__base__", "default"]}
SAME, ANY = ["default", "second", "third"], ["default", "second", "wide"]
WEIGHTS = [0.7, -0.4, 1.2]
WEIGHTED = {
    "linear": (SAME, dict(combination_type="linear")),
    "single": (["second"], dict(combination_type="cat")),
    "cat": (ANY, dict(combination_type="cat")),
    "svd": (["second", "default", "third"], dict(combination_type="svd", svd_rank=3)),
    "svd-any": (ANY, dict(combination_type="svd")),
    "ties": (SAME, dict(combination_type="ties", density=0.6)),
    "ties-frequency": (SAME, dict(combination_type="ties", density=0.6, majority_sign_method="frequency")),
    "ties_svd": (SAME, dict(combination_type="ties_svd", density=0.6, svd_rank=6)),
    "dare_linear": (SAME, dict(combination_type="dare_linear", density=0.6)),
    "dare_ties": (SAME, dict(combination_type="dare_ties", density=0.6)),
    "dare_linear_svd": (SAME, dict(combination_type="dare_linear_svd", density=0.6, svd_rank=6)),
    "dare_ties_svd": (SAME, dict(combination_type="dare_ties_svd", density=0.6, svd_rank=6, majority_sign_method="frequency")),
    "magnitude_prune": (SAME, dict(combination_type="magnitude_prune", density=0.6)),
    "magnitude_prune_svd": (SAME, dict(combination_type="magnitude_prune_svd", density=0.6, svd_rank=5)),
}


def weighted(model, expected):
    """Adds every case of WEIGHTED, and its deltas and lots to expected."""
    layers = {id(m): n.removeprefix("base_model.model.") for n, m in model.named_modules() if isinstance(m, LoraLayer)}
    lots = []
    plain = merge_utils.random_pruning

    def recorded(tensor, density, rescale):
        pruned = plain(tensor, density, rescale)
        lots.append((pruned != 0).to(torch.uint8).flatten())  # no value of the fixtures is zero
        return pruned

    merge_utils.random_pruning = recorded
    tuner = model.base_model
    for method in ("_generalized_task_arithmetic_weighted_adapter", "_svd_generalized_task_arithmetic_weighted_adapter"):

        def record(*args, original=getattr(tuner, method), svd="svd" in method, **kwargs):
            lots.clear()
            result = original(*args, **kwargs)
            target = args[4 if svd else 3]
            there = [name for name in args[1] if name in target.lora_A]
            matrices = ["delta"] if svd else ["lora_A", "lora_B"]
            keys = [f"lots.{case}.{layers[id(target)]}.{matrix}.{name}" for matrix in matrices for name in there]
            expected.update(zip(keys, list(lots)))
            return result

        setattr(tuner, method, record)
    for case, (names, settings) in WEIGHTED.items():
        model.add_weighted_adapter(names, WEIGHTS[: len(names)], case, **settings)
        for module in model.modules():
            if isinstance(module, LoraLayer) and case in module.lora_A:
                expected[f"delta.{case}.{layers[id(module)]}"] = module.get_delta_weight(case).detach().clone()


def main():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "several")
    shutil.rmtree(here, ignore_errors=True)
    x, _ = tiny.inputs()
    for case, adapters in SETS.items():
        torch.manual_seed(5)
        model = None
        for name, settings in adapters.items():
            config = peft.LoraConfig(**settings)
            if model is None:
                model = peft.get_peft_model(tiny.base(), config)
            else:
                model.add_adapter(name, config)
            model.set_adapter(name)
            with torch.no_grad():  # as after some training
                for parameter in model.parameters():
                    if parameter.requires_grad:
                        parameter.add_(0.3 * torch.randn_like(parameter))
        folder = os.path.join(here, case)
        model.save_pretrained(folder)
        os.remove(os.path.join(folder, "README.md"))
        for name in adapters:
            readme = os.path.join(folder, name, "README.md")
            if os.path.exists(readme):
                os.remove(readme)
        model.eval()
        expected = {"x": x}
        with torch.no_grad():
            for name in adapters:
                model.set_adapter(name)
                expected["outputs." + name] = model(x)
            with model.disable_adapter():
                expected["outputs.__base__"] = model(x)
            if case == "plain":
                expected["mixed"] = model(x, adapter_names=ROWS[case])
                weighted(model, expected)
            else:  # PEFT has no batch of several heads or of DoRA: row by row
                expected["mixed"] = torch.stack([expected["outputs." + name][i] for i, name in enumerate(ROWS[case])])
        save_file(expected, os.path.join(folder, "expected.safetensors"))


main()
