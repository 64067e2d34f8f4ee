"""What transformers computes for a BERT folder, for encoder_test.go to compare with.

    python3 reference.py MODEL_DIR IN OUT

IN is a safetensors file: input_ids [batch, seq], attention_mask and token_type_ids, int64.
OUT gets hidden_0 ... hidden_L [batch, seq, hidden], pooled and, where the folder has
a masked-language-model head, masked_logits [batch, seq, vocab]; with a classifier, logits.
Needs torch and transformers.
"""
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import BertForMaskedLM, BertForSequenceClassification, BertModel

torch.set_grad_enabled(False)
model_dir, source, target = sys.argv[1:]
batch = load_file(source)
with safe_open(model_dir + "/model.safetensors", "pt") as f:
    names = set(f.keys())

out = {}
encoder = BertModel.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager").eval()
result = encoder(**batch, output_hidden_states=True)
for i, state in enumerate(result.hidden_states):
    out[f"hidden_{i}"] = state
out["pooled"] = result.pooler_output
if any(n.startswith("cls.predictions") for n in names):
    model = BertForMaskedLM.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager").eval()
    out["masked_logits"] = model(**batch).logits
if any(n.startswith("classifier") for n in names):
    model = BertForSequenceClassification.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager").eval()
    out["logits"] = model(**batch).logits
save_file({k: v.contiguous() for k, v in out.items()}, target)
