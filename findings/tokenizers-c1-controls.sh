#!/usr/bin/env bash
# BERT's normalizer removes U+0085, a line end, and the other C1 controls, so that two words become one.
#
# Expected: "fine\x85but" has two words. Python's str.split and str.splitlines separate at U+0085, and so
# does Unicode's property White_Space. A reader sees an ellipsis: texts that were written in windows-1252
# and decoded as ISO 8859-1 have U+0085 for it, and U+0096 for a dash.
# Actual: clean_text of BertNormalizer, which the tokenizer.json of BERT models has, removes all
# characters of the category Cc but tab, line feed and carriage return. "fine\x85but" is encoded as
# "finebut", "well\x96known" as "wellknown". Cleaning white space before the tokenizer or leaving it to
# the tokenizer therefore gives other ids. IMDB's 50,000 reviews have U+0085 in 681 texts.
# Tested: tokenizers 0.23.3; the rule is that of Google's BERT, tokenization.py (_is_control).
# Source: tokenizers, normalizers/bert.rs; IMDB, ai.stanford.edu/~amaas/data/sentiment.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >normalize.py <<'PY'
from importlib.metadata import version

from tokenizers.normalizers import BertNormalizer

normalize = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=False).normalize_str
print("tokenizers", version("tokenizers"))
for text in "fine\x85but", "well\x96known", "fine\nbut", "fine\u2028but":
    print(ascii(text), "is normalized to", ascii(normalize(text)), "and split by Python into", len(text.split()))
assert normalize("fine\x85but") == "finebut" and len("fine\x85but".split()) == 2
assert normalize("well\x96known") == "wellknown"
assert normalize("fine\nbut") == normalize("fine\u2028but") == "fine but"
PY
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "tokenizers==0.23.3"
venv/bin/python normalize.py
