"""Makes untied.safetensors beside this file: a decoder of its own for the masked-word head
of tiny/, and what transformers computes with it for tiny/inputs.safetensors.

    python3 make_untied.py

It holds the decoder, cls.predictions.decoder.weight and .bias, and the logits of
BertForMaskedLM [batch, seq, vocab]:

    untied         of a folder with tie_word_embeddings: false and the decoder
    differing      of a folder without tie_word_embeddings and with the decoder
    shared_bias    of a folder with tie_word_embeddings: false and a decoder whose bias is
                   cls.predictions.bias, which is what transformers 4 means where that is
                   the only bias in the file
    tied           of a folder whose decoder.weight is the embedding, with the decoder's bias

Needs torch and transformers 5.
"""
import json
import os
import shutil
import tempfile

import torch
from safetensors.torch import load_file, save_file
from transformers import BertForMaskedLM

torch.set_grad_enabled(False)
torch.manual_seed(8)
here = os.path.dirname(os.path.abspath(__file__))
tiny = os.path.join(here, "tiny")
tensors, batch = load_file(tiny + "/model.safetensors"), load_file(tiny + "/inputs.safetensors")
words = tensors["bert.embeddings.word_embeddings.weight"]
weight, bias = "cls.predictions.decoder.weight", "cls.predictions.decoder.bias"
decoder = {weight: torch.randn_like(words) * 0.3, bias: torch.randn(len(words)) * 0.3}


def logits(tie, change):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(tiny + "/config.json", folder)
        with open(folder + "/config.json") as f:
            config = json.load(f)
        del config["tie_word_embeddings"]
        if tie is not None:
            config["tie_word_embeddings"] = tie
        with open(folder + "/config.json", "w") as f:
            json.dump(config, f)
        save_file({k: v.clone() for k, v in (tensors | change).items()}, folder + "/model.safetensors", metadata={"format": "pt"})
        model = BertForMaskedLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        return model(**batch).logits.contiguous()


save_file(decoder | {
    "untied": logits(False, decoder),
    "differing": logits(None, decoder),
    "shared_bias": logits(False, decoder | {bias: tensors["cls.predictions.bias"]}),
    "tied": logits(True, {weight: words.clone(), bias: decoder[bias]}),
}, here + "/untied.safetensors")
