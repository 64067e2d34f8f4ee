#!/usr/bin/env bash
# One comma too many in the first record of a CSV file moves the columns of all records in pandas.
#
# Expected: a record with more fields than the header line is an error, as read_csv reports it for
# every other record ("Expected 2 fields in line 3, saw 3").
# Actual: where it is the first record, the number of its surplus fields becomes the number of index
# columns. Every text moves into the index, every label into the column of the texts, and the
# labels are NaN, without an error or a warning. The same file with its records in another order
# is an error. index_col=False reads the other records correctly, drops the surplus field of the
# first one and warns of it. An unquoted comma in the first text, or quotes that are escaped by
# backslashes, is enough.
# Tested: pandas 3.1.1 (Python 3.11.7).
# Source: pandas' documentation of read_csv, index_col: "if the file contains one more column of
# data than the number of field names", which does not say that the first record alone decides.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip -q install pandas==3.1.1
venv/bin/python - <<'PY'
import io
import warnings

import pandas

print("pandas", pandas.__version__)
header, longer, others = "text,label\n", "Good, really,1\n", "Bad,0\nFine,1\n"
with warnings.catch_warnings():
    warnings.simplefilter("error")
    first = pandas.read_csv(io.StringIO(header + longer + others))
print(first)
assert list(first.index) == ["Good", "Bad", "Fine"], "the behaviour has changed"
assert list(first["text"]) == [" really", "0", "1"] and first["label"].isna().sum() == 2
try:
    pandas.read_csv(io.StringIO(header + others + longer))
    raise SystemExit("the behaviour has changed: the longer record is read in the last place")
except pandas.errors.ParserError as error:
    print("in the last place:", str(error).strip())
PY
echo "as described"
