"""Writes the Arrow files of the tests with pyarrow 26.0.1, and their values as JSON.

Usage: python make.py, in this folder.
"""

import json

import pyarrow as pa
from pyarrow import ipc

ROWS = 7


def column(kind, values):
    return pa.array(values, kind)


def some(values):
    """The values with a null in between, as many as there are rows."""
    return [None if row == 2 else values[row % len(values)] for row in range(ROWS)]


TEXTS = ["a", "", "longer than twelve bytes: \u00e9\U0001f600", "b"]
COLUMNS = {
    "utf8": column(pa.string(), some(TEXTS)),
    "struct": column(pa.struct([("x", pa.int32()), ("y", pa.list_(pa.string()))]), some([{"x": 1, "y": ["u", "v"]}])),
    "large_utf8": column(pa.large_string(), some(TEXTS)),
    "utf8_view": column(pa.string_view(), some(TEXTS)),
    "binary": column(pa.binary(), some([t.encode() for t in TEXTS])),
    "large_binary": column(pa.large_binary(), some([t.encode() for t in TEXTS])),
    "binary_view": column(pa.binary_view(), some([t.encode() for t in TEXTS])),
    "required": column(pa.string(), [TEXTS[row % 4] for row in range(ROWS)]),
    "timestamp": column(pa.timestamp("us"), some([1, 2])),
    "decimal": column(pa.decimal128(5, 2), some([1, 2])),
    "union": pa.UnionArray.from_dense(pa.array([0, 1] * 3 + [0], pa.int8()), pa.array([0, 0, 1, 1, 2, 2, 3], pa.int32()),
                                      [pa.array([1, 2, 3, 4]), pa.array(["x", "y", "z"])]),
    "int8": column(pa.int8(), some([-1, 127])),
    "int16": column(pa.int16(), some([-300, 300])),
    "int32": column(pa.int32(), some([-70000, 70000])),
    "int64": column(pa.int64(), some([-(2**40), 2**40])),
    "uint8": column(pa.uint8(), some([0, 255])),
    "uint16": column(pa.uint16(), some([0, 65535])),
    "uint32": column(pa.uint32(), some([0, 2**32 - 1])),
    "uint64": column(pa.uint64(), some([0, 2**53])),
    "float16": column(pa.float16(), some([0.5, -1.25])),
    "float32": column(pa.float32(), some([0.5, -1e10])),
    "float64": column(pa.float64(), some([0.1, -1e300])),
    "bool": column(pa.bool_(), some([True, False, False])),
    "null": pa.nulls(ROWS),
    "list": column(pa.list_(pa.string()), some([["a", None], [], ["b"]])),
    "large_list": column(pa.large_list(pa.int64()), some([[1, 2], []])),
    "fixed_size_list": column(pa.list_(pa.int32(), 2), some([[1, 2], [3, 4]])),
    "list_of_dictionary": column(pa.list_(pa.dictionary(pa.int8(), pa.string())), some([["a", "b"], ["b"]])),
    "map": column(pa.map_(pa.string(), pa.int32()), some([[("k", 1)]])),
    "dictionary": column(pa.dictionary(pa.int8(), pa.string()), some(["x", "y"])),
    "dictionary_uint": column(pa.dictionary(pa.uint16(), pa.large_string()), some(["x", "y"])),
    "run_end": pa.RunEndEncodedArray.from_arrays(pa.array([3, 7], pa.int32()), pa.array(["p", "q"])),
    "last": column(pa.string(), some(["end"])),
}
UNSUPPORTED = {"struct", "timestamp", "decimal", "union", "map", "run_end"}


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


table = pa.table(COLUMNS).replace_schema_metadata({"about": "caf\u00e9"})
values = {name: [plain(v) for v in table[name].to_pylist() * 2] for name in table.column_names if name not in UNSUPPORTED}
with open("types.json", "w") as out:
    json.dump(values, out, indent=1)
    out.write("\n")

batch = table.to_batches()[0]
second = batch.slice(0, 3), batch.slice(3)  # offsets that do not begin at 0


def write(path, new, **options):
    with new(path, batch.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        for piece in (batch, *second):
            writer.write_batch(piece)


write("types.arrow", ipc.new_file)
write("types.arrows", ipc.new_stream)
write("types_lz4.arrow", ipc.new_file, compression="lz4")
write("types_zstd.arrows", ipc.new_stream, compression="zstd")
write("types_legacy.arrows", ipc.new_stream, use_legacy_format=True, metadata_version=ipc.MetadataVersion.V4)

# Each batch adds to the dictionary.
kind = pa.dictionary(pa.int8(), pa.string())
with ipc.new_stream("delta.arrows", pa.schema([("d", kind)]), options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
    for words in (["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]):
        indices = pa.array(range(len(words)), pa.int8())
        writer.write_batch(pa.record_batch([pa.DictionaryArray.from_arrays(indices, words)], names=["d"]))
# Each batch replaces the dictionary.
with ipc.new_stream("replaced.arrows", pa.schema([("d", kind)])) as writer:
    for words in (["a", "b"], ["c", "d"]):
        writer.write_batch(pa.record_batch([pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), words)], names=["d"]))
