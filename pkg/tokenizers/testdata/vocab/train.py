#!/usr/bin/env python3
"""Trains vocabularies with Rust `tokenizers`, for vocab_train_reference_test.go.

    python3 train.py fixtures   # writes cases.json beside this file
    python3 train.py serve      # a request and its answer a line, both JSON

A request holds texts, size, min_frequency, alphabet, pinned and what
BertNormalizer takes. WordPieceTrainer gives the ids of "##a",
"##b", ... out in the order of a hash table that is seeded anew each time, and
equally common pairs hang on them. With "pinned" the alphabet is handed over as
special tokens instead, sorted, so that the trainer is left no choice; without it
the trainer is used as it comes. The texts in this file are our own.
"""
import collections
import json
import pathlib
import random
import sys

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def pinned_alphabet(tokenizer, texts, limit):
    """The commonest characters, of equally common ones the lower, and those of them that go on with a word."""
    seen, inner = collections.Counter(), set()
    for text in texts:
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)):
            seen.update(word)
            inner.update(word[1:])
    kept = sorted(sorted(seen, key=lambda c: (-seen[c], c))[:limit])
    return kept + ["##" + c for c in kept if c in inner]


def train(texts, size, min_frequency, alphabet, pinned=True, **normalizer):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.BertNormalizer(**normalizer)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special, limit = SPECIALS, alphabet
    if pinned:
        special, limit = SPECIALS + pinned_alphabet(tokenizer, texts, alphabet), 0
    trainer = trainers.WordPieceTrainer(vocab_size=size, min_frequency=min_frequency, limit_alphabet=limit, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    ids = tokenizer.get_vocab()
    vocab = sorted(ids, key=ids.get)
    assert [ids[piece] for piece in vocab] == list(range(len(vocab)))
    return vocab


def fixture_texts():
    """Words of few letters, so that pairs overlap and many are equally common, and words of many scripts."""
    rng = random.Random(4)
    texts = [
        "An extra ~ # % ^ & * \u20ac \u00a3 \u2122", "A film about a filmmaker who films films: the best film of the filming year!", "Unbelievable, unbelievably good; I believed every believable minute.",
        "caf\u00e9 cafe\u0301 CAF\u00c9 na\u00efve co\u00f6perate", "\u0416\u0443\u0440\u043d\u0430\u043b \u0436\u0443\u0440\u043d\u0430\u043b\u0430 \u0436\u0443\u0440\u043d\u0430\u043b\u0443", "\u4e2d\u56fdin the\u4e2dmiddle",
        "con\x00trol zero\u200bwidth soft\u00adhyphen", "don't can't won't o'clock $5 50% 3.14 1,000,000", "haha hahaha hahahaha aaaa aaaaaaa aaa aa",
    ]
    words = ["".join(rng.choice("abcde") for _ in range(rng.randint(1, 9))) for _ in range(150)]
    for _ in range(40):
        texts.append(" ".join(words[int(len(words) * rng.random() ** 2)] for _ in range(12)))
    return texts


FIXTURES = {
    "cased": dict(size=240, min_frequency=2, alphabet=1000, lowercase=False),
    "uncased": dict(size=220, min_frequency=2, alphabet=1000, lowercase=True),
    "few characters": dict(size=120, min_frequency=2, alphabet=12, lowercase=False),
    "equally rare characters": dict(size=150, min_frequency=2, alphabet=48, lowercase=False),
    "rare pairs": dict(size=1000, min_frequency=1, alphabet=1000, lowercase=True, strip_accents=False),
    "common pairs": dict(size=1000, min_frequency=25, alphabet=1000, lowercase=False, handle_chinese_chars=False),
}


def fixtures():
    texts = fixture_texts()
    cases = {name: dict(options, vocab=train(texts, **options)) for name, options in FIXTURES.items()}
    out = pathlib.Path(__file__).parent / "cases.json"
    out.write_text(json.dumps({"texts": texts, "cases": cases}, separators=(",", ":")) + "\n", encoding="utf-8")


def serve():
    for line in sys.stdin.buffer:
        print(json.dumps(train(**json.loads(line))), flush=True)


if __name__ == "__main__":
    commands = {"fixtures": fixtures, "serve": serve}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
