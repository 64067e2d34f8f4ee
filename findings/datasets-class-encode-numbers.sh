#!/usr/bin/env bash
# class_encode_column of datasets changes integer labels: 2 becomes 3 once there is a 10.
#
# Expected: a column of the integers 0 to 10 becomes a ClassLabel with those integers as codes
# and the names "0" to "10".
# Actual: the values become strings, and the names are sorted as strings: "0", "1", "10", "2",
# ... The code of 2 is 3. Parquet files then contain codes, and a reader that interprets them
# as names mixes the classes up. With 0 to 9 the codes are as expected.
# Tested: datasets 5.2.0, pyarrow 26.0.1.
# Source: datasets, arrow_dataset.py, Dataset.class_encode_column.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datasets==5.2.0 pyarrow==26.0.1
venv/bin/python - <<'PY'
import datasets
import pyarrow.parquet as pq

datasets.disable_progress_bars()
labels = list(range(11))
encoded = datasets.Dataset.from_dict({"label": labels}).class_encode_column("label")
print("datasets", datasets.__version__)
print("names", encoded.features["label"].names)
encoded.to_parquet("labels.parquet")
codes = pq.read_table("labels.parquet")["label"].to_pylist()
print("labels", labels)
print("codes ", codes)
assert encoded.features["label"].names == sorted(map(str, labels)), "the names are no longer sorted as strings"
assert codes != labels and codes[2] == 3 and codes[10] == 2, "the codes are other ones"
few = datasets.Dataset.from_dict({"label": labels[:10]}).class_encode_column("label")
assert few["label"][:] == labels[:10]
PY
echo "as described: datasets 5.2.0"
