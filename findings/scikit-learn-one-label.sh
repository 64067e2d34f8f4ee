#!/usr/bin/env bash
# scikit-learn's metrics of several labels change their meaning if there is only one label.
#
# Expected: micro F1 of an indicator matrix counts the labels that are given and right. A second
# label that no example has and none is given adds no count, so that micro F1 stays the same with
# and without its column. Per-label scores have one value per column.
# Actual: a matrix of one column is taken for a binary question, in which the absence of the label
# is a class as well. Micro F1 becomes the accuracy, which is high for a rare label that is never
# found; average=None returns two values; macro F1 is the mean of both classes.
# Tested: scikit-learn 1.9.1.
# Source: scikit-learn, utils/multiclass.py (type_of_target: "a column vector" is binary).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1
venv/bin/python - <<'PY'
import numpy as np
import sklearn
from sklearn.metrics import f1_score

has = np.zeros((10, 1), dtype=int)
has[0] = 1
given = np.zeros((10, 1), dtype=int)  # the one example is not found
empty = np.zeros((10, 1), dtype=int)
one = f1_score(has, given, average="micro", zero_division=0)
two = f1_score(np.hstack([has, empty]), np.hstack([given, empty]), average="micro", zero_division=0)
each = f1_score(has, given, average=None, zero_division=0)
print("scikit-learn", sklearn.__version__)
print(f"micro F1 with one column {one:.2f}, with a second, empty column {two:.2f}; scores per label {len(each)}")
assert (round(one, 2), two, len(each)) == (0.9, 0, 2), "one column is a question of one label"
PY
echo "as described: scikit-learn 1.9.1"
