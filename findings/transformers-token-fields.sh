#!/usr/bin/env bash
# Every string field of tokenizer_config.json with a name that ends in "_token" becomes a
# special token.
#
# Expected: a field that the tokenizer's class does not define is ignored.
# Actual: since version 5 transformers treats every unknown field with such a name as a
# special token of the model. A note such as "style_token": "film" adds the word to the
# special tokens. It is then found inside other words, decode(skip_special_tokens=True) omits
# it, and it gets a new id if the vocabulary lacks it.
# Tested: transformers 5.24.0 with tokenizers 0.23.3; 4.57.1 ignores the field.
# Source: transformers, PreTrainedTokenizerBase._from_pretrained.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf HF_HUB_OFFLINE=1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check transformers==5.24.0 tokenizers==0.23.3
venv/bin/python - <<'PY'
import json
import os

import transformers
from transformers import AutoTokenizer

pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "films", "a", "##s"]
os.mkdir("model")
with open("model/vocab.txt", "w") as file:
    file.write("\n".join(pieces) + "\n")
json.dump({"model_type": "bert"}, open("model/config.json", "w"))
found = {}
for field in ["style", "style_token"]:
    json.dump({"tokenizer_class": "BertTokenizer", field: "film"}, open("model/tokenizer_config.json", "w"))
    tokenizer = AutoTokenizer.from_pretrained("model")
    ids = tokenizer("a films")["input_ids"]
    found[field] = tokenizer.convert_ids_to_tokens(ids), tokenizer.decode(ids, skip_special_tokens=True)
print("transformers", transformers.__version__)
for field, (tokens, text) in found.items():
    print(f"{field:12} {tokens} decoded {text!r}")
assert found["style"] == (["[CLS]", "a", "films", "[SEP]"], "a films")
assert found["style_token"][0][:3] == ["[CLS]", "a", "film"] and "film" not in found["style_token"][1], "the field is no token now"
PY
echo "as described: transformers 5.24.0"
