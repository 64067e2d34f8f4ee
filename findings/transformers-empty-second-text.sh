#!/usr/bin/env bash
# An empty second text is a text in a batch, and no text in a single call.
#
# Expected: tokenizer("a film", "") and tokenizer(["a film"], [""]) encode the same pair.
# Actual: the batch gives [CLS] a film [SEP] [SEP], with token type 1 for the last [SEP]; the
# single call gives [CLS] a film [SEP], the encoding of a single text. In a data set of pairs
# in which some second texts are empty, map with batched=True and without it gives other
# inputs, and so does a text-classification pipeline on {"text": ..., "text_pair": ""}.
# Tested: transformers 5.24.0, tokenizers 0.23.3.
# Source: transformers, TokenizersBackend._encode_plus.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf HF_HUB_OFFLINE=1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check transformers==5.24.0 tokenizers==0.23.3
venv/bin/python - <<'PY'
import os

import transformers
from transformers import BertTokenizer

os.mkdir("model")
with open("model/vocab.txt", "w") as file:
    file.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "film"]) + "\n")
t = BertTokenizer.from_pretrained("model")
one, batch = t("a film", ""), t(["a film"], [""])
print("transformers", transformers.__version__)
print("one call:", t.convert_ids_to_tokens(one["input_ids"]), one["token_type_ids"])
print("a batch: ", t.convert_ids_to_tokens(batch["input_ids"][0]), batch["token_type_ids"][0])
assert one["token_type_ids"] == [0, 0, 0, 0], "a single call encodes a pair now"
assert batch["token_type_ids"][0] == [0, 0, 0, 0, 1], "a batch encodes a single text now"
PY
echo "as described: transformers 5.24.0"
