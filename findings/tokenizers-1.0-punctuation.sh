#!/usr/bin/env bash
# tokenizers 1.0 splits words at other characters than 0.23, with the same tokenizer.json.
#
# Expected: a tokenizer.json gives the ids with which its model was trained.
# Actual: BertPreTokenizer has the punctuation of a newer Unicode version. 141 characters, such as
# U+061D (Arabic) and U+0C77 (Telugu), are words of their own in 1.0 and part of the word beside
# them in 0.23; for U+166D and U+111C9 it is the reverse. A word with one of them has other ids
# than in the model's training.
# Tested: tokenizers 0.23.3 and 1.0.0rc3.
# Source: tokenizers, pre_tokenizers/bert.rs.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf HF_HUB_OFFLINE=1
cat >encode.py <<'PY'
import sys
from importlib.metadata import version

from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
texts = [f"a{chr(c)}b" for c in range(0x20, 0x110000) if not 0xD800 <= c < 0xE000]
split = [ord(t[1]) for t, e in zip(texts, tokenizer.encode_batch(texts)) if len(e.ids) == 3]
print("tokenizers", version("tokenizers"), "splits a word at", len(split), "characters", file=sys.stderr)
print(*split)
PY
cat >tokenizer.json <<'JSON'
{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "a": 1, "b": 2}}}
JSON
for version in 0.23.3 1.0.0rc3; do
	python3 -m venv "venv-$version"
	"venv-$version/bin/pip" install --quiet --disable-pip-version-check "tokenizers==$version"
	"venv-$version/bin/python" encode.py >"$version"
done
python3 - <<'PY'
before, now = (set(map(int, open(v).read().split())) for v in ("0.23.3", "1.0.0rc3"))
added, lost = sorted(now - before), sorted(before - now)
print("new:", *(f"U+{c:04X}" for c in added))
print("no longer:", *(f"U+{c:04X}" for c in lost))
assert (len(added), len(lost)) == (141, 2), f"{len(added)} and {len(lost)} characters differ, expected 141 and 2"
PY
echo "as described: tokenizers 1.0.0rc3"
