#!/usr/bin/env bash
# tokenizers gives a new token the id of an existing token if the vocabulary's ids have a gap.
#
# Expected: add_tokens gives a new token the highest id plus one, or refuses.
# Actual: the new id is the number of tokens, without a check. A vocabulary with a gap, for
# example a vocab.txt with a token on two lines, has fewer tokens than its highest id plus
# one. The new token gets the id, and the embedding row, of the last token, and that token can
# no longer be decoded.
# Tested: tokenizers 0.23.3.
# Source: tokenizers, added_vocabulary.rs, AddedVocabulary::add_tokens.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf HF_HUB_OFFLINE=1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
venv/bin/python - <<'PY'
import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers

# "film" is on lines 1 and 2 of a vocabulary file, and has the id of the second.
vocab = {"[UNK]": 0, "film": 2, "good": 3}
tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
added = tokenizer.add_tokens(["<new>"])
ids = tokenizer.encode("good <new>").ids
print("tokenizers", tokenizers.__version__)
print("tokens added", added, "size", tokenizer.get_vocab_size(), "ids of 'good <new>'", ids, "3 is", tokenizer.id_to_token(3))
assert added == 1 and ids == [3, 3], "the new token has an id of its own"
assert tokenizer.id_to_token(3) == "<new>"
PY
echo "as described: tokenizers 0.23.3"
