#!/usr/bin/env python3
"""Writes normalize_tables.txt: what Rust `tokenizers` knows of each character.

    python3 make_tables.py > ../../normalize_tables.txt

BERT's clean-up depends on Unicode's character tables, and every library has
those of another year: Go's, x/text's and the three that `tokenizers` is built
on all differ. The ids must not, so the tables are asked of `tokenizers` itself,
character by character, through its public API. Run it again only to move to
another version of `tokenizers`; test ids decide whether anything changed.
"""
import sys
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def bert(**on):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    settings.update(on)
    return normalizers.BertNormalizer(**settings).normalize_str


CLEAN, CHINESE, STRIP, LOWER = bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True), bert(lowercase=True)
NFD = normalizers.NFD().normalize_str
SPLIT = pre_tokenizers.BertPreTokenizer().pre_tokenize_str


def ranges(points):
    """Yields (first, last) of each run of consecutive code points."""
    first = last = None
    for c in points:
        if first is None:
            first = last = c
        elif c == last + 1:
            last = c
        else:
            yield first, last
            first = last = c
    if first is not None:
        yield first, last


def section(name, lines):
    print(f"[{name}]")
    for line in lines:
        print(line)


def span(first, last):
    return f"{first:X}" if first == last else f"{first:X}-{last:X}"


def combining_class(c, representative):
    """The combining class of c, seen from how NFD orders c beside characters of known class."""
    ch = chr(c)

    def below(k):  # 0 < class(c) < k
        return NFD(representative[k] + ch) == ch + representative[k]

    def above(k):  # class(c) > k
        return NFD(ch + representative[k]) == representative[k] + ch

    for k, known in representative.items():
        if ch == known:
            return k
    if not (below(240) or above(1)):
        return 0
    for k in sorted(representative):
        if not above(k):
            if below(k):
                raise SystemExit(f"U+{c:04X}: its combining class lies between those known, below {k}")
            return k
    raise SystemExit(f"U+{c:04X}: its combining class is above all those known")


def main():
    drop, space, punct, chinese, mark, classes = [], [], [], [], [], []
    lower, decompose = [], []
    for c in CODE_POINTS:
        ch = chr(c)
        pieces = len(SPLIT("a" + ch + "a"))
        if pieces == 2:
            space.append(c)
        elif pieces == 3:
            punct.append(c)
        cleaned = CLEAN(ch)
        if cleaned == "":
            drop.append(c)
        elif cleaned != (" " if pieces == 2 else ch):
            raise SystemExit(f"U+{c:04X}: clean-up gives {cleaned!r}")
        if CHINESE(ch) != ch:
            chinese.append(c)
        if LOWER(ch) != ch:
            lower.append((c, LOWER(ch)))
        if NFD(ch) != ch:
            if not 0xAC00 <= c <= 0xD7A3:  # Hangul syllables follow a formula
                decompose.append((c, NFD(ch)))
        elif STRIP("a" + ch) == "a":
            mark.append(c)

    representative = {}
    for c in CODE_POINTS:
        k = unicodedata.combining(chr(c))
        if k and k not in representative and NFD(chr(c)) == chr(c):
            # Known to `tokenizers` as well: it moves beside a class below or above.
            if NFD("\u0345" + chr(c)) != "\u0345" + chr(c) or k == 240:
                representative[k] = chr(c)
    composed = {c for c, _ in decompose}
    for c in CODE_POINTS:
        if c not in composed and not 0xAC00 <= c <= 0xD7A3:
            if k := combining_class(c, representative):
                classes.append((c, k))

    print(f"# What tokenizers {tokenizers.__version__} knows of each character. Written by testdata/tokenizer/make_tables.py.")
    section("drop", (span(*r) for r in ranges(drop)))
    section("space", (span(*r) for r in ranges(space)))
    section("punctuation", (span(*r) for r in ranges(punct)))
    section("chinese", (span(*r) for r in ranges(chinese)))
    section("mark", (span(*r) for r in ranges(mark)))
    by_class = {}
    for c, k in classes:
        by_class.setdefault(k, []).append(c)
    section("class", (f"{span(*r)} {k}" for k in sorted(by_class) for r in ranges(by_class[k])))
    section("lower", (f"{c:X} {' '.join(f'{ord(x):X}' for x in to)}" for c, to in lower))
    section("decompose", (f"{c:X} {' '.join(f'{ord(x):X}' for x in to)}" for c, to in decompose))


if __name__ == "__main__":
    sys.stdout.reconfigure(newline="\n")
    main()
