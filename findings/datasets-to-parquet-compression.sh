#!/usr/bin/env bash
# to_parquet of datasets accepts no compression, although it passes its arguments to the
# writer.
#
# Expected: Dataset.to_parquet(path, compression="zstd") writes with Zstandard: the method
# documents that further arguments go to pyarrow.parquet.ParquetWriter, which has this one.
# Actual: a TypeError about multiple values for "compression", which the method sets itself.
# use_dictionary fails in the same way. An empty file remains. Only pandas or pyarrow can
# write a data set with another codec.
# Tested: datasets 5.2.0, pyarrow 26.0.1.
# Source: datasets, pull request 8576 (open on 2026-11-28).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datasets==5.2.0 pyarrow==26.0.1
venv/bin/python - <<'PY'
import os

import datasets
import pyarrow.parquet as pq

datasets.disable_progress_bars()
d = datasets.Dataset.from_dict({"text": ["a", "b"]})
for options in [{"compression": "zstd"}, {"use_dictionary": False}]:
    try:
        d.to_parquet("new.parquet", **options)
        raise SystemExit(f"changed: {options} is taken")
    except TypeError as error:
        print(options, "->", error, "| file of", os.path.getsize("new.parquet"), "bytes")
        assert "multiple values" in str(error) and os.path.getsize("new.parquet") == 0
d.to_pandas().to_parquet("pandas.parquet", compression="zstd", index=False)
print("by way of pandas:", pq.ParquetFile("pandas.parquet").metadata.row_group(0).column(0).compression)
PY
echo "as described: datasets 5.2.0"
