"""Counts duplicates by comparing every two texts, with Python's own normalization.

Reads JSON lines {"part", "id", "text", "label"} from standard input, parts one after
the other, and prints the counts as data.Duplicates has them, without examples. Needs
the package regex, for Unicode's scripts. `--bands` prints instead how many pairs that
are not of the same letters have which similarity.
"""

import collections
import json
import sys
import unicodedata

import regex

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
WORD = regex.compile(rf"[[\p{{L}}\p{{N}}\p{{M}}]&&[{UNSPACED}]]|[[\p{{L}}\p{{N}}\p{{M}}]--[{UNSPACED}]]+", regex.V1)


def words(text):
    nfkc = unicodedata.normalize
    return WORD.findall(nfkc("NFKC", nfkc("NFKC", text).casefold()))


def shingles(words, n=5):
    return {tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1))} if words else set()


def main():
    rows = [json.loads(line) for line in sys.stdin]
    split = [words(row["text"]) for row in rows]
    letters = ["".join(w) or "\0" + row["text"] for w, row in zip(split, rows)]
    sets = [shingles(w) for w in split]
    holders = collections.defaultdict(list)
    for i, s in enumerate(sets):
        for shingle in s:
            holders[shingle].append(i)

    def kind(i, j):
        if rows[i]["text"] == rows[j]["text"]:
            return "exact", 1.0
        if letters[i] == letters[j]:
            return "letters", 1.0
        union = len(sets[i] | sets[j])
        similarity = len(sets[i] & sets[j]) / union if union else 0.0
        return ("near" if similarity >= 0.5 else None), similarity

    same = collections.defaultdict(list)
    for i, text in enumerate(letters):
        same[text].append(i)
    copies = [dict() for _ in rows]  # by example: the others that are copies, and their kind
    bands = collections.Counter()
    for i in range(len(rows)):
        others = set(same[letters[i]])
        for shingle in sets[i]:
            # A shingle that very many texts share is not what makes two of them copies.
            if len(holders[shingle]) <= 200:
                others.update(holders[shingle])
        others.discard(i)
        for j in others:
            found, similarity = kind(i, j)
            if found:
                copies[i][j] = found
            if found not in ("exact", "letters") and i < j:
                bands[int(similarity * 10) / 10] += 1
    if "--bands" in sys.argv:
        for band in sorted(bands, reverse=True)[:8]:
            print(f"similarity {band} and above: {sum(n for b, n in bands.items() if b >= band)} pairs")
        return

    parts = list(dict.fromkeys(row["part"] for row in rows))
    order = {name: i for i, name in enumerate(parts)}
    counts = []
    for part in parts:
        for other in parts:
            n = collections.Counter()
            for i, row in enumerate(rows):
                if row["part"] != part:
                    continue
                kinds = [k for j, k in copies[i].items() if rows[j]["part"] == other and (part != other or j < i)]
                for k in ("exact", "letters", "near"):
                    if k in kinds:
                        n[k] += 1
                        break
            if n:
                counts.append({"part": part, "in": other, "exact": n["exact"], "letters": n["letters"], "near": n["near"]})
    contradicting = sum(any(rows[j]["label"] != row["label"] for j in copies[i]) for i, row in enumerate(rows))
    json.dump({"counts": counts, "contradicting_labels": contradicting}, sys.stdout)


main()
