"""Writes the Parquet files of this folder and expected.json, what pyarrow reads there.

Run in this folder, with
pip install pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 datasets==5.2.0 fastparquet==2026.9.0
"""
import decimal
import json
import random

import datasets
import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal
random.seed(7)
letters = "abcdefghijklmnopqrstuvwxyz"
# Texts that compress little, which is where the Go library misreads LZ4.
TEXTS = [" ".join("".join(random.choices(letters, k=random.randint(2, 9))) for _ in range(random.randint(4, 9))) for _ in range(12)]
LABELS = [i % 2 for i in range(12)]
expected = {}


def record(name):
    """Notes what pyarrow reads: text, label, id and rating as text, null as "" ."""
    names = ("text", "label", "id", "rating")
    table = pq.ParquetFile(name).read(columns=[c for c in pq.read_schema(name).names if c in names])
    rows = []
    for row in table.to_pylist():
        cell = {}
        for key, value in row.items():
            if isinstance(value, bytes):
                value = value.decode() if key != "id" else value.hex()
            if isinstance(value, D):
                value = format(value.normalize(), "f")
            if isinstance(value, float):
                value = repr(value).removesuffix(".0")
            cell[key] = "" if value is None else str(value)
        rows.append(cell)
    expected[name] = rows


def write(name, table, **options):
    name += ".parquet"
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), name, **options)
    record(name)


base = {"text": TEXTS, "label": LABELS}
frame = pd.DataFrame(base)

# Codecs and writers.
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    write(f"pyarrow-{codec}", base, compression=codec)
write("pyarrow-lz4-v2", base, compression="lz4", data_page_version="2.0", use_dictionary=False)
write("pyarrow-zstd-v2", base, compression="zstd", data_page_version="2.0", use_dictionary=False)
frame.to_parquet("pandas-lz4.parquet", compression="lz4")
record("pandas-lz4.parquet")
pl.DataFrame(base).write_parquet("polars.parquet")
record("polars.parquet")
pl.DataFrame(base).write_parquet("polars-lz4.parquet", compression="lz4")
record("polars-lz4.parquet")
duckdb.sql("copy (select * from frame) to 'duckdb.parquet' (format parquet)")
record("duckdb.parquet")
duckdb.sql("copy (select * from frame) to 'duckdb-lz4.parquet' (format parquet, compression lz4, parquet_version v2)")
record("duckdb-lz4.parquet")
fastparquet.write("fastparquet-lz4.parquet", frame, compression="LZ4")  # the deprecated codec with Hadoop's frames
fastparquet.write("fastparquet-snappy.parquet", frame, compression="SNAPPY")
record("fastparquet-snappy.parquet")

# Encodings and types of strings.
for text, label in [("DELTA_LENGTH_BYTE_ARRAY", "DELTA_BINARY_PACKED"), ("DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"), ("PLAIN", "PLAIN")]:
    write(f"encoding-{text.lower()}", base, use_dictionary=False, column_encoding={"text": text, "label": label})
write("large_string", pa.table({"text": pa.array(TEXTS, pa.large_string()), "label": LABELS}))
write("string_view", pa.table({"text": pa.array(TEXTS, pa.string_view()), "label": LABELS}))
write("binary", pa.table({"text": pa.array(TEXTS, pa.binary()), "label": LABELS}))
write("dictionary", pa.table({"text": pa.array(TEXTS).dictionary_encode(), "label": pa.array(["neg", "pos"] * 6).dictionary_encode()}))
pd.DataFrame({"text": TEXTS, "label": pd.Categorical(["neg", "pos"] * 6)}).to_parquet("categorical.parquet")
record("categorical.parquet")
write("nested", pa.table({"meta": [{"text": "no", "list": [1, 2]}] * 12, **base, "list": [[1], []] * 6}), row_group_size=5)
write("optional", pa.table({**base, "id": [f"a{i}" if i % 3 else None for i in range(12)], "rating": pa.array([1, None, None, 7] * 3, pa.int8())}), row_group_size=5)

# Logical types that change what a physical value means.
for kind, options in {"int32": (pa.decimal128(3, 1), True), "int64": (pa.decimal128(12, 1), True), "fixed": (pa.decimal128(3, 1), False),
                      "fixed256": (pa.decimal256(60, 1), False)}.items():
    kind, (decimal_type, integer) = "decimal-" + kind, options
    ratings = pa.array([D("0.5"), D("4.5"), D("10.0"), None] * 3, decimal_type)
    write(kind, pa.table({**base, "label": pa.array([D(i) for i in LABELS], decimal_type), "rating": ratings,
                          "id": pa.array([D(i) - D("5.5") for i in range(12)], decimal_type)}), store_decimal_as_integer=integer)
write("decimal-label-fraction", pa.table({"text": TEXTS, "label": pa.array([D("0.0"), D("0.5")] * 6)}), store_decimal_as_integer=True)
for kind in ["int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64"]:
    write(kind, pa.table({"text": TEXTS, "label": pa.array(LABELS, getattr(pa, kind)()),
                          "id": pa.array([(2**31 if "32" in kind else 2**63 if "64" in kind else 100) * kind.startswith("u") + i for i in range(12)], getattr(pa, kind)())}))
half = np.array([0.5, 4.5, 10, np.nan] * 3, np.float16)
write("float16", pa.table({**base, "rating": pa.array(half, from_pandas=True)}))
write("float32", pa.table({**base, "rating": pa.array(half.astype(np.float32), from_pandas=True)}))
write("float64", pa.table({**base, "rating": pa.array(half.astype(np.float64), from_pandas=True), "id": pa.array(range(12), pa.float64())}))
when = pa.array(range(12), pa.int64())
write("timestamp-id", pa.table({**base, "id": when.cast(pa.timestamp("us")), "rating": pa.array(range(12), pa.int32()).cast(pa.date32())}))
write("timestamp-label", pa.table({"text": TEXTS, "label": when.cast(pa.timestamp("ms"))}))
write("date-label", pa.table({"text": TEXTS, "label": pa.array(LABELS, pa.int32()).cast(pa.date32())}))
write("time-label", pa.table({"text": TEXTS, "label": pa.array(LABELS, pa.int32()).cast(pa.time32("ms"))}))
write("bool-label", pa.table({"text": TEXTS, "label": [bool(i) for i in LABELS]}))

# Class names that are numbers: class_encode_column sorts them as strings.
numbers = datasets.Dataset.from_dict({"text": TEXTS, "label": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2]}).class_encode_column("label")
assert numbers.features["label"].names == ["0", "1", "10", "2", "3", "4", "5", "6", "7", "8", "9"]
numbers.to_parquet("class-names.parquet")
expected["class-names.parquet"] = [{"text": t, "label": numbers.features["label"].int2str(i)} for t, i in zip(numbers["text"], numbers["label"])]
named = datasets.Features(text=datasets.Value("string"), label=datasets.ClassLabel(names=["1", "0"]))
swapped = datasets.Dataset.from_dict({"text": TEXTS, "label": LABELS}, features=named)
swapped.to_parquet("class-names-swapped.parquet")
expected["class-names-swapped.parquet"] = [{"text": t, "label": swapped.features["label"].int2str(i)} for t, i in zip(TEXTS, LABELS)]

# Row groups and files without rows, and columns that nobody needs.
schema = pa.schema([("text", pa.string()), ("label", pa.int64())])
with pq.ParquetWriter("empty-group.parquet", schema) as writer:
    writer.write_table(pa.table({"text": TEXTS[:5], "label": LABELS[:5]}, schema))
    writer.write_table(pa.table({"text": [], "label": []}, schema))
    writer.write_table(pa.table({"text": TEXTS[5:], "label": LABELS[5:]}, schema))
record("empty-group.parquet")
write("empty", pa.table({"text": [], "label": []}, schema))
write("null-id", pa.table({**base, "id": pa.nulls(12), "rating": pa.nulls(12)}))

json.dump(expected, open("expected.json", "w"), indent=0)
