"""Adapters' folders opened as users of PEFT would, and saved again.

    python3 auto_reference.py LIST IN OUT

LIST is a JSON file: a list of [CLASS, MODEL, ADAPTER], CLASS one of PEFT's Auto classes, which need nothing but the
adapter's folder, or a class of transformers, for PeftModel on MODEL of that class. IN is a safetensors file: input_ids and
attention_mask int64 [rows, seq]. OUT gets for the entry i as "i" its logits [rows, labels], or of a model without a head
its last hidden states [rows, seq, hidden], and as "i.without" the same with the adapter disabled. Each is saved again
to ADAPTER with "-again" behind it. A warning of PEFT's that keys are missing is an error.
"""
import json
import sys
import warnings

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

entries, source, target = sys.argv[1:]
warnings.filterwarnings("error", message=".*missing adapter keys.*")
batch = {k: v for k, v in load_file(source).items() if k != "labels"}
out = {}
for i, (name, base, adapter) in enumerate(json.load(open(entries))):
    try:
        if name.startswith("AutoPeft"):
            model = getattr(peft, name).from_pretrained(adapter)
        else:
            model = peft.PeftModel.from_pretrained(getattr(transformers, name).from_pretrained(base), adapter)
        model.eval()
        key = "logits" if "Classification" in name else "last_hidden_state"
        with torch.no_grad():
            out[f"{i}"] = getattr(model(**batch), key).contiguous()
            with model.disable_adapter():
                out[f"{i}.without"] = getattr(model(**batch), key).contiguous()
        model.save_pretrained(adapter + "-again")
    except Exception as e:
        raise SystemExit(f"{i}: {adapter}: {type(e).__name__}: {e}")
save_file(out, target)
