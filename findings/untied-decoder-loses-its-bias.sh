#!/usr/bin/env bash
# A BertForMaskedLM with tie_word_embeddings: false, saved by transformers 4 and opened by 5.
#
# Expected: the same logits.
# Actual: in transformers 4, cls.predictions.bias and the bias of cls.predictions.decoder are
# one parameter in any configuration, and save_pretrained writes it only as
# cls.predictions.bias. In transformers 5 they are two parameters if the embeddings are
# untied, and the network adds the decoder's bias. The file lacks it, so that it is
# initialized with zeros. The trained bias has no effect. The load report lists the decoder's
# bias as missing.
# Tested: transformers 4.57.3 and 5.24.0 with torch 2.15.0.
# Source: transformers, src/transformers/models/bert/modeling_bert.py (BertLMPredictionHead,
# BertForMaskedLM).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
pip() { venv/bin/pip install -q --disable-pip-version-check "$@"; }
pip torch==2.15.0 transformers==5.24.0
pip --target four --no-deps transformers==4.57.3 tokenizers==0.22.1 huggingface_hub==0.36.0
pip requests filelock tqdm

cat > save.py <<'PY'
import torch, transformers
from transformers import BertConfig, BertForMaskedLM
torch.manual_seed(1)
model = BertForMaskedLM(BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
                                   intermediate_size=8, max_position_embeddings=8, tie_word_embeddings=False)).eval()
torch.nn.init.normal_(model.cls.predictions.bias)
model.save_pretrained("model")
torch.save(model(torch.tensor([[1, 2, 3]])).logits.detach(), "logits.pt")
print("saved by transformers", transformers.__version__)
PY
cat > open.py <<'PY'
import sys, torch, transformers
from safetensors import safe_open
from transformers import BertForMaskedLM
with safe_open("model/model.safetensors", "pt") as f:
    biases = sorted(k for k in f.keys() if k in ("cls.predictions.bias", "cls.predictions.decoder.bias"))
model, info = BertForMaskedLM.from_pretrained("model", output_loading_info=True)
off = (model.eval()(torch.tensor([[1, 2, 3]])).logits - torch.load("logits.pt")).abs().max().item()
print(f"opened by transformers {transformers.__version__}: the file has {biases}, missing {sorted(info['missing_keys'])}, logits off by {off:.2f}")
sys.exit(0 if biases == ["cls.predictions.bias"] and off > 0.5 else 1)
PY
PYTHONPATH=four venv/bin/python save.py
venv/bin/python open.py || { echo "the behaviour has changed"; exit 1; }
