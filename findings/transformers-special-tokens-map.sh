#!/usr/bin/env bash
# An added_tokens_decoder, even an empty one, disables special_tokens_map.json.
#
# Expected: if tokenizer_config.json and special_tokens_map.json name different special
# tokens, one of the two files always has precedence.
# Actual: special_tokens_map.json has precedence, unless tokenizer_config.json contains the
# field added_tokens_decoder, which describes other tokens and may be {}. The same applies to
# added_tokens.json. That field therefore determines the padding token and the number of ids.
# Tested: transformers 5.24.0, tokenizers 0.23.3.
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

os.mkdir("model")
with open("model/vocab.txt", "w") as file:
    file.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "<pad>"]) + "\n")
json.dump({"model_type": "bert"}, open("model/config.json", "w"))
json.dump({"pad_token": "<pad>"}, open("model/special_tokens_map.json", "w"))
pads = {}
for name, more in {"without": {}, "with": {"added_tokens_decoder": {}}}.items():
    json.dump({"tokenizer_class": "BertTokenizer", "pad_token": "[PAD]", **more}, open("model/tokenizer_config.json", "w"))
    pads[name] = AutoTokenizer.from_pretrained("model").pad_token
print("transformers", transformers.__version__)
print("pad_token without and with added_tokens_decoder:", pads)
assert pads == {"without": "<pad>", "with": "[PAD]"}, "one file wins now"
PY
echo "as described: transformers 5.24.0"
