#!/usr/bin/env python3
"""Writes what Rust `tokenizers` makes of texts, for tokenizer_reference_test.go.

    python3 make_reference.py sentences --bert DIR --minilm DIR   # vocab.txt, sentences.json, characters.json
    python3 make_reference.py imdb --bert DIR --minilm DIR --imdb aclImdb_v1.tar.gz   # imdb.json, imdb.bin

DIR are the folders of bert-base-cased and of all-MiniLM-L6-v2. The texts in
this file are our own. Of IMDB's reviews nothing is kept but checksums: two
bytes of the CRC-32 of each review's ids, and of each folder the number of ids
and their SHA-256.
"""
import argparse
import hashlib
import json
import pathlib
import struct
import sys
import tarfile
import zlib

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

SENTENCES = [
    "", " ", "\n\t\r ", "a", ".", "...", "!?", "Hello, world!", "hello HELLO hElLo",
    "The capital of France is [MASK].", "[MASK]", "[MASK][MASK]", "[CLS] already there [SEP]", "[PAD][UNK]",
    "[mask] and [Mask] are words, [MASK] is not", "x[MASK]y", "[[MASK]]", "[MAS K]", "[MASK", "MASK]", "[CLS][SEP][PAD][MASK][UNK]",
    "tabs\tand\nnew\r\nlines\x0band\x0cfeeds", "con\x00trol\x01char\x1facters\x7f", "\u0085next\u0085line", "zero\u200bwidth\u200cjoin\u200der\ufeff",
    "soft\u00adhyphen", "no\u00a0break\u202fspaces\u2007here\u3000wide", "line\u2028and\u2029paragraph", "replace\ufffdment",
    "left\u200eto\u200fright \u202aembedded\u202c \u2066isolate\u2069", "private \ue000 \uf8ff \U000f0000 \U0010fffd use", "tag\U000e0041s",
    "caf\u00e9 cafe\u0301 CAFE\u0301 CAF\u00c9", "na\u00efve co\u00f6perate r\u00e9sum\u00e9", "\u00c5ngstr\u00f6m \u212bngstrom A\u030angstrom",
    "Stra\u00dfe STRASSE \u1e9e \u00df", "\u0130stanbul \u0131\u015f\u0131k I i \u0130\u0130", "\ufb01ne \ufb02y o\ufb03ce \ufb06", "\u01c4 \u01c5 \u01c6 \u01c7\u01ca",
    "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u039f\u0394\u039f\u03a3 \u1f88 \u1fb3 \u1ffc", "\u0416\u0443\u0440\u043d\u0430\u043b \u0451\u0436 \u0419\u043e\u0434",
    "\u4e2d\u56fd", "\u4e2d\u56fdin the\u4e2dmiddle", "\u3042\u304c\u30ac\u30ab\u3099", "\ud55c\uad6d\uc5b4 \uac00\uac01 \u1112\u1161\u11ab", "\uf900\ufa0e\U0002f800\U00020000\U0002b820\U0002ceb0",
    "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467 family", "\u2764\ufe0f \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea flag", "1\ufe0f\u20e3",
    "q\u0323\u0307 q\u0307\u0323 \u1e69 s\u0323\u0307 s\u0307\u0323", "\u0344 \u0390 \u1fe3", "a\u0300\u0301\u0302\u0303\u0304\u0305b", "\u0301start \u034f joiner a\u0315\u034f\u0300",
    "\u05d1\u05b0\u05bc\u05e8\u05b5\u05d0\u05e9\u05b4\u05c1\u05d9\u05ea", "\u0628\u0650\u0633\u0652\u0645\u0650 \u0627\u0644\u0644\u0651\u064e\u0647\u0650 \u060c\u061f", "\u0928\u092e\u0938\u094d\u0924\u0947 \u0915\u093c \u0958", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0e33",
    "\u302e\u302f \u3131\u302e a\u302e\u0301 \U0001d165\U0001d16d \U0001d15e", "\U00010400\U00010428 \U0001e900\U0001e922 \u1c90\u10d0 \u13a0\uab70 \ua7cb\ua7dc",
    "don't can't I'm he's they've we're o'clock 'quoted' \u2018curly\u2019 \u201cdouble\u201d", "e-mail state-of-the-art \u2013 \u2014 \u2212 \u2011", "$5 \u20ac10 \u00a31 50% #1 a_b @you ^ ~ ` | \\ / < > = + * &",
    "3.14 1,000,000 2nd 21st 0x1F", "http://example.org/path?query=1&x=[MASK]#part", "<br /><br />This film", "&amp; &lt;b&gt;",
    "unbelievableness antidisestablishmentarianism", "x" * 99, "x" * 100, "x" * 101, "\u00e9" * 100, "\u00e9" * 101, "e\u0301" * 60, "word " + "y" * 1000 + " after", "\u4e2d" * 150,
    "\u00bfqu\u00e9? \u00a1ol\u00e9! \u00ab oui \u00bb \u2026 \u203d \u3001\u3002\uff01\uff1f\uff21", "\u2160 \u2170 \u24b6 \u24d0 \u00b2 \u00bd \u2122", "a\u0338 \u2260 \u226e \u2adc",
    "\u0cca \u0dde \u0bcb \u1b06 \U000110ab \U00011938", "\u0345\u0345\u0301 \u1fb7", "\u200b\u0301\u200d\u0323\u0307", "trailing space ", " leading space", "two  spaces   three",
    "The film was not bad; it was, in fact, rather good!", "Well ... he said , do not go !", "Zwei Jahre sp\u00e4ter \u00fcber\u00fcgt M\u00fcnchen",
    "newtok NEWTOK <tok> <TOK>x y<tok> Caf\u00c9tok caf\u00e9tok  <left>  x  <right>  y <left><right> <tok", "\u2003<left>\u2003a\u2003<right>\u2003b<right> ",
]

PAIRS = [
    ("How old are you?", "I am six years old.", 0), ("", "", 0), ("a", "", 0), ("", "b", 0), ("a [SEP] b", "[MASK]", 0),
] + [("one two three four five six seven", "eight nine ten", n) for n in range(3, 15)] + [
    ("eight nine ten", "one two three four five six seven", n) for n in range(3, 15)] + [
    ("a b c d e", "f g h i j", n) for n in range(3, 14)] + [("", "f g h i j", n) for n in (3, 4, 6)]

ADDED = [
    AddedToken("<tok>", normalized=False), AddedToken("newtok", normalized=True), AddedToken("Caf\u00e9tok", normalized=True),
    AddedToken("<left>", lstrip=True, normalized=False), AddedToken("<right>", rstrip=True, normalized=False, special=True), AddedToken("<to", normalized=False),
]

VARIANTS = {
    "mini-cased": dict(vocab="mini", lowercase=False),
    "mini-uncased": dict(vocab="mini", lowercase=True),
    "mini-cased-stripped": dict(vocab="mini", lowercase=False, strip_accents=True),
    "mini-uncased-accents": dict(vocab="mini", lowercase=True, strip_accents=False),
    "mini-controls": dict(vocab="mini", lowercase=True, clean_text=False),
    "mini-chinese-words": dict(vocab="mini", lowercase=False, handle_chinese_chars=False),
    "mini-added": dict(vocab="mini", lowercase=True, added=True),
    "bert-base-cased": dict(vocab="bert", lowercase=False),
    "minilm-uncased": dict(vocab="minilm", lowercase=True),
}


def mini_vocab():
    """A vocabulary of our own that spells most of SENTENCES with few pieces."""
    pieces = SPECIALS + ["[unused0]"]
    ascii_marks = [chr(c) for c in range(33, 127) if not chr(c).isalnum()]
    letters = [chr(c) for c in range(33, 127) if chr(c).isalnum()]
    pieces += ascii_marks + letters + ["##" + c for c in letters]
    pieces += ["hello", "Hello", "world", "the", "The", "capital", "of", "France", "is", "un", "##believ", "##able", "##ness", "film", "do", "not",
               "##ing", "##ed", "##s", "##xx", "xxxx", "cafe", "caf", "##\u00e9", "\u00e9", "e\u0301", "##\u0301", "i\u0307", "##\u0307", "\u00df", "##\u00df", "\u1e9e", "ss",
               "\u4e2d", "\u56fd", "\u8c48", "##\u56fd", "\u1112", "##\u1161", "##\u11ab", "\u1100", "\ud55c", "\u3042", "\u304c", "\u304b", "##\u30ac",
               "\u200b", "\u00a0", "\u2014", "\u2019", "\u201c", "\u2026", "\u3002", "\U0001f600", "\u2764", "##\ufe0f", "\u03c3", "##\u03c2", "##\u03c3", "\u0430", "##\u0436",
               "\u302e", "##\u302e", "\u3131", "\ufffd", "\x01", "##\x01", "\U00010428", "\U0001e922", "\u10d0", "\ufb01", "##ne", "\u01c6", "\u0131", "##\u0131"]
    return list(dict.fromkeys(pieces))


def build(vocab, lowercase, strip_accents=None, clean_text=True, handle_chinese_chars=True, added=False):
    ids = {piece: i for i, piece in enumerate(vocab)}
    assert len(ids) == len(vocab)
    t = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", continuing_subword_prefix="##", max_input_chars_per_word=100))
    t.normalizer = normalizers.BertNormalizer(clean_text=clean_text, handle_chinese_chars=handle_chinese_chars, strip_accents=strip_accents, lowercase=lowercase)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cls, sep = ("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[cls, sep])
    t.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    t.add_special_tokens(SPECIALS)
    if added:
        t.add_tokens(ADDED)
    return t


def read_vocab(folder):
    return (pathlib.Path(folder) / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def write_json(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace('},{"text"', '},\n{"text"') + "\n", encoding="utf-8")


def sentences(args):
    vocabs = {"mini": mini_vocab(), "bert": read_vocab(args.bert), "minilm": read_vocab(args.minilm)}
    (HERE / "vocab.txt").write_text("\n".join(vocabs["mini"]) + "\n", encoding="utf-8", newline="\n")
    out = {}
    for name, variant in VARIANTS.items():
        variant = dict(variant)
        vocab = variant.pop("vocab")
        t = build(vocabs[vocab], **variant)
        encoded = [t.encode(s).ids for s in SENTENCES]
        pairs = []
        for a, b, n in PAIRS:
            if n:
                t.enable_truncation(n)
            else:
                t.no_truncation()
            e = t.encode(a, b)
            pairs.append({"ids": e.ids, "types": e.type_ids})
        out[name] = {"ids": encoded, "pairs": pairs, "decoded": [t.decode(ids) for ids in encoded]}
    write_json("sentences.json", {"texts": SENTENCES, "pairs": PAIRS, "variants": out})

    # Every character there is, between two letters and beside accents of lower and
    # higher class; a digest for each 4,096 of them.
    digests = {}
    for name in ["mini-cased", "mini-uncased", "mini-cased-stripped", "mini-uncased-accents", "mini-controls", "mini-chinese-words"]:
        variant = dict(VARIANTS[name])
        variant.pop("vocab")
        normalize = build(vocabs["mini"], **variant).normalizer.normalize_str
        split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
        digests[name] = []
        for start in range(0, 0x110000, 4096):
            h = hashlib.sha256()
            for c in range(start, start + 4096):
                if not 0xD800 <= c <= 0xDFFF:
                    text = normalize(f"A{chr(c)}B\u302e{chr(c)}\u302f{chr(c)}\u0338")
                    h.update("\x1f".join(piece for piece, _ in split(text)).encode() + b"\n")
            digests[name].append(h.hexdigest()[:8])
    write_json("characters.json", digests)


def reviews(archive):
    """Yields (folder, texts in the order of their file names)."""
    folders = {f"{split}/{label}": {} for split in ("train", "test") for label in ("neg", "pos")}
    with tarfile.open(archive, "r|gz") as tar:
        for member in tar:
            parts = member.name.split("/")
            folder = folders.get("/".join(parts[1:3]))
            if member.isfile() and folder is not None and parts[-1].endswith(".txt"):
                folder[parts[-1]] = tar.extractfile(member).read().decode("utf-8")
    for name, files in folders.items():
        yield name, [files[f] for f in sorted(files)]


def imdb(args):
    tokenizers = {"bert-base-cased": build(read_vocab(args.bert), lowercase=False), "minilm-uncased": build(read_vocab(args.minilm), lowercase=True)}
    summary = {name: {"ids": 0, "folders": {}} for name in tokenizers}
    checks = {name: b"" for name in tokenizers}
    for folder, texts in reviews(args.imdb):
        for name, t in tokenizers.items():
            total, digest = 0, hashlib.sha256()
            for e in t.encode_batch_fast(texts):
                packed = struct.pack(f"<{len(e.ids)}i", *e.ids)
                total += len(e.ids)
                digest.update(packed)
                checks[name] += struct.pack("<H", zlib.crc32(packed) & 0xFFFF)
            summary[name]["ids"] += total
            summary[name]["folders"][folder] = {"reviews": len(texts), "ids": total, "sha256": digest.hexdigest()}
            print(folder, name, total, file=sys.stderr)
    (HERE / "imdb.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    (HERE / "imdb.bin").write_bytes(b"".join(checks.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["sentences", "imdb"])
    parser.add_argument("--bert", required=True)
    parser.add_argument("--minilm", required=True)
    parser.add_argument("--imdb")
    args = parser.parse_args()
    {"sentences": sentences, "imdb": imdb}[args.what](args)


if __name__ == "__main__":
    main()
