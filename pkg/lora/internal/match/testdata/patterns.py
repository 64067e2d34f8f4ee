"""Random regular expressions, and for each the names that PEFT's pattern around it matches in Python.

patterns.py SEED COUNT prints {"names": [...], "patterns": [{"pattern": P, "hits": "0110"}, ...]}.
Expressions that Python's re refuses are left out.
"""
import json
import random
import re
import sys
import warnings

warnings.simplefilter("ignore")  # of nested sets, which stay as they are
names = ["bert.pooler.dense", "classifier", "aab.abab.aa"] + [
    f"bert.encoder.layer.{i}.{x}" for i in (0, 1, 11) for x in ("attention.self.query", "output.dense")
]
draw = random.Random(int(sys.argv[1]))
atoms = [
    "a", "b", "q", "e", "y", ".", r"\.", r"\w", r"\d", r"\W", "[a-z]", "[]a]", "[^]a]", "[a-e-[c]]", "[[:digit:]]", "[a-z&&[q]]",
    r"\1", r"\3", r"\4", "(?(1)%s|%s)", "(?(3)%s|%s)", "(?(4)%s)", "(%s)", "(%s|%s)", "(?:%s)", "(?P<n>%s)", "(?P=n)", "(?(n)%s|%s)",
    "(?=%s)", "(?!%s)", "(?<=%s)", "(?<!%s)", "(?>%s)", "(?i:%s)", "(?-i:%s)", "(?x:%s %s)", "(?s-i:%s)", "(?m:%s)", "(?#%s)",
    "^", "$", r"\b", r"\B", r"\A", r"\Z", "{", "}", "[{]", "#", " ", "~", "&&", "--", r"\x61", r"\u0061", r"\U00000061", r"\141", r"\0", r"[\b]", r"[b-\x61]", r"[a-\]]", r"[\1]",
]
quantifiers = ["", "", "", "", "*", "+", "?", "*?", "??", "{2}", "{1,}", "{,2}", "{,1}", "{1,2}", "{,2}?", "*+", "?+", "{", "{}", "{a}", "{1", "{,}", "{1, 2}", "{0}"]


def expression(depth=0):
    text = ""
    for _ in range(draw.randint(1, 3)):
        atom = draw.choice(atoms)
        while "%s" in atom:
            atom = atom.replace("%s", expression(depth + 1) if depth < 3 else draw.choice("abqey."), 1)
        text += atom + draw.choice(quantifiers)
    return text


patterns = []
while len(patterns) < int(sys.argv[2]):
    pattern = draw.choice(["", ".*", r".*\.", r"[\w.]*"]) + expression() + draw.choice(["", "query", ".*", "dense", r"\w+"])
    if len(re.findall(r"[*+}]", pattern)) > 5:  # which could backtrack for hours
        continue
    try:
        hits = "".join("01"[bool(re.match(rf"(.*\.)?({pattern})$", name))] for name in names)
    except (re.error, OverflowError):
        continue
    if len(pattern) < 70:
        patterns.append({"pattern": pattern, "hits": hits})
json.dump({"names": names, "patterns": patterns}, sys.stdout)
