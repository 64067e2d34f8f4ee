"""What transformers encodes, for encoding_test.go to compare with.

    python3 encoding_reference.py MODEL < IN > OUT

IN is a JSON object: the lists texts and pairs, of the same length, and lengths, a list of maximum lengths. OUT is a JSON
list with an object for each maximum length: by the name of a truncation a list of the rows of each example, each
[input_ids, token_type_ids]; "single/..." for the texts alone, "pair/..." for the pairs. Pairs have windows only where
the shorter text fits in half of the input, since transformers does not cut it ("pair/windows" is null elsewhere).
"""
import json
import sys

from transformers import BertTokenizer

given = json.load(sys.stdin)
right = BertTokenizer.from_pretrained(sys.argv[1])
left = BertTokenizer.from_pretrained(sys.argv[1], truncation_side="left")


def rows(tokenizer, *texts, **how):
    # Lists of one text: a call with two strings encodes the pair of a text and "" as a single text.
    out = tokenizer(*([text] for text in texts), **how)
    return [[ids, types] for ids, types in zip(out["input_ids"], out["token_type_ids"])]


result = []
for length in given["lengths"]:
    found = {}
    for kind, list_of in (("single", [(a,) for a in given["texts"]]), ("pair", list(zip(given["texts"], given["pairs"])))):
        for name, tokenizer in (("head", right), ("tail", left)):
            found[f"{kind}/{name}"] = [rows(tokenizer, *texts, truncation=True, max_length=length) for texts in list_of]
        windows = found[f"{kind}/windows"] = []
        for texts in list_of:
            counts = [len(right(t, add_special_tokens=False)["input_ids"]) for t in texts]
            room = length - 1 - len(texts)
            if sum(counts) <= room:
                windows.append(rows(right, *texts))
                continue
            if len(texts) == 1:
                strategy = True
            elif min(counts) > room // 2:
                windows.append(None)
                continue
            else:
                strategy = "only_first" if counts[0] > counts[1] else "only_second"
                room -= min(counts)
            windows.append(rows(right, *texts, truncation=strategy, max_length=length, stride=room // 3, return_overflowing_tokens=True))
    result.append(found)
json.dump(result, sys.stdout)
