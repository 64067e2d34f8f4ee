#!/usr/bin/env bash
# A BERT with position_embedding_type "relative_key", saved by transformers 4 and opened by 5.
#
# Expected: the same hidden states, or an error.
# Actual: transformers 5 no longer supports relative positions in BERT. It keeps
# position_embedding_type in the configuration, uses absolute positions, and reports the
# distance embedding of each layer as an unexpected key that "can be ignored". The hidden
# states are wrong.
# Tested: transformers 4.57.3 and 5.24.0 with torch 2.15.0.
# Source: transformers, src/transformers/models/bert/modeling_bert.py (BertSelfAttention of 4,
# which has distance_embedding, and of 5, which has not).
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
from transformers import BertConfig, BertModel
torch.manual_seed(1)
model = BertModel(BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
                             max_position_embeddings=8, position_embedding_type="relative_key")).eval()
for p in model.parameters():
    torch.nn.init.normal_(p, std=0.5)
model.save_pretrained("model")
torch.save(model(torch.tensor([[1, 2, 3, 4]])).last_hidden_state.detach(), "states.pt")
print("saved by transformers", transformers.__version__)
PY
cat > open.py <<'PY'
import sys, torch, transformers
from transformers import BertModel
model, info = BertModel.from_pretrained("model", output_loading_info=True)
off = (model.eval()(torch.tensor([[1, 2, 3, 4]])).last_hidden_state - torch.load("states.pt")).abs().max().item()
print(f"opened by transformers {transformers.__version__}: position_embedding_type {model.config.position_embedding_type!r}, "
      f"unexpected {sorted(info['unexpected_keys'])}, states off by {off:.3f}")
sys.exit(0 if info["unexpected_keys"] and off > 0.01 else 1)
PY
PYTHONPATH=four venv/bin/python save.py
venv/bin/python open.py || { echo "the behaviour has changed"; exit 1; }
