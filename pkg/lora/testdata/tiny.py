"""The network of the fixtures, the same as tiny_test.go builds in Go."""

import peft
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.ModuleDict({"dense": nn.Linear(width, width)})

    def forward(self, x):
        return x + self.output["dense"](torch.tanh(self.query(x)) * self.value(x) + self.key(x))


class Tiny(nn.Module):
    def __init__(self, width=6, labels=3):
        super().__init__()
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList([Layer(width), Layer(width)])})
        self.classifier = nn.Linear(width, labels)

    def forward(self, x):  # [batch, seq, width] -> [batch, labels]
        for layer in self.encoder["layer"]:
            x = layer(x)
        return self.classifier(x.mean(dim=1))


class Words(Tiny):
    """Tiny, reading ids [batch, seq]: embeddings of words and of positions."""

    def __init__(self, width=6):
        super().__init__(width)
        self.word_embeddings = nn.Embedding(11, width)
        self.position_embeddings = nn.Embedding(5, width)

    def forward(self, ids):
        return super().forward(self.word_embeddings(ids) + self.position_embeddings(torch.arange(5)))


def base(network=Tiny):
    """The network with its weights, the same each time."""
    torch.manual_seed(1)
    return network()


def inputs(network=Tiny):
    torch.manual_seed(2)
    x, c = torch.randn(4, 5, 6), torch.randn(4, 3)
    return (x if network is Tiny else torch.randint(11, (4, 5), dtype=torch.int32)), c


def config(settings):
    """PEFT's configuration of the settings."""
    kind = {"SHIRA": peft.ShiraConfig}.get(settings.get("peft_type"), peft.LoraConfig)
    return kind(**{k: v for k, v in settings.items() if k != "peft_type"})


CASES = {
    "plain": dict(r=2, lora_alpha=3, target_modules=["query", "value"], modules_to_save=["classifier"]),
    "suffix": dict(r=1, lora_alpha=8, target_modules=["output.dense", "encoder.layer.0.key"]),
    "rslora-regexp": dict(
        r=3, lora_alpha=4, use_rslora=True, target_modules=r"encoder\.layer\.1\.[\w.]+(?<!key)(?<!output)",
        modules_to_save=["classifier"],
    ),
    "patterns": dict(
        r=2, lora_alpha=3, target_modules=["query", "key", "value", "dense"], exclude_modules=["layer.1.key"],
        rank_pattern={r"layer\.1\..*": 1, "value": 4}, alpha_pattern={"encoder.layer.0.query": 7, "dense": 5},
        modules_to_save=["classifier"],
    ),
    "layers": dict(
        r=3, lora_alpha=5, use_rslora=True, target_modules=["query", "dense", "classifier"], layers_to_transform=[1],
        layers_pattern=["layer"], rank_pattern={"query": 5},
    ),
    "biases": dict(
        r=2, lora_alpha=3, target_modules=["query", "dense"], bias="lora_only", lora_bias=True, modules_to_save=["classifier"],
    ),
    "dora": dict(r=2, lora_alpha=3, target_modules=["query", "dense"], use_dora=True, modules_to_save=["classifier"]),
    "shira": dict(peft_type="SHIRA", r=1, random_seed=5, target_modules=["query", "dense"], modules_to_save=["classifier"]),
    "shira-regexp": dict(peft_type="SHIRA", r=2, target_modules=r".*1\.(key|value|output\.dense)"),
    "bias-all": dict(r=2, lora_alpha=3, target_modules=["value"], bias="all"),
    "all-linear": dict(r=2, lora_alpha=3, target_modules="all-linear", exclude_modules=r".*\.[01]\.key"),
}

# Those of Words.
WORDS_CASES = {
    "embeddings": dict(  # in training, as all are made: its dropout does nothing
        r=2, lora_alpha=3, lora_dropout=0.5, target_modules=["word_embeddings", "position_embeddings"],
        rank_pattern={"position_embeddings": 1}, modules_to_save=["classifier"],
    ),
    "embeddings-dora": dict(
        r=3, lora_alpha=4, use_rslora=True, use_dora=True, target_modules=r".*(word_embeddings|position_embeddings|query)",
    ),
}
