#!/usr/bin/env bash
# transformers 5's BertTokenizer uses little more than the vocabulary of tokenizer.json.
#
# Expected: tokenizer.json describes the whole tokenizer, so AutoTokenizer and tokenizers
# produce the same ids for it.
# Actual: BertTokenizer builds normalizer, model and decoder from the arguments in
# tokenizer_config.json and from defaults. A cased tokenizer.json without do_lower_case in
# tokenizer_config.json lower-cases. max_input_chars_per_word, continuing_subword_prefix and
# clean_text have no argument, so the file's values have no effect at all. The class
# PreTrainedTokenizerFast uses the whole file. transformers 4 took case, accents and
# ideographs from its arguments and the rest from the file, so that a model's ids can change
# with the version.
# Tested: transformers 5.24.0 with tokenizers 0.23.3; 4.57.1 for the last sentence.
# Source: transformers, tokenization_bert.py and TokenizersBackend.convert_to_native_format.
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

import tokenizers
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

vocab = {p: i for i, p in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "Film", "films"])}
whole = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=4))
whole.normalizer = normalizers.BertNormalizer(lowercase=False)
whole.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
whole.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
whole.decoder = decoders.WordPiece()
whole.add_special_tokens(list(vocab)[:5])
os.mkdir("model")
whole.save("model/tokenizer.json")
json.dump({"model_type": "bert", "vocab_size": len(vocab)}, open("model/config.json", "w"))
text = "Film films"
ids = {"tokenizers": whole.encode(text).ids}
for name in ["BertTokenizer", "PreTrainedTokenizerFast"]:
    json.dump({"tokenizer_class": name}, open("model/tokenizer_config.json", "w"))
    ids[name] = AutoTokenizer.from_pretrained("model")(text)["input_ids"]
print("transformers", transformers.__version__, "tokenizers", tokenizers.__version__)
for name, found in ids.items():
    print(f"{name:24}", found)
assert ids["tokenizers"] == [2, 6, 1, 3]
assert ids["BertTokenizer"] == [2, 5, 7, 3], "BertTokenizer no longer replaces case and word length"
assert ids["PreTrainedTokenizerFast"] == ids["tokenizers"]
PY
echo "as described: transformers 5.24.0"
