#!/usr/bin/env bash
# parquet-go's RowGroup.Rows fails at a row group without rows, which pyarrow writes.
#
# Expected: reading the rows of an empty row group returns io.EOF immediately, so that a loop
# over a file's row groups reads all its rows.
# Actual: ReadRows returns the error "Seek: invalid offset". pyarrow writes such a group for
# every empty table, for example for an empty batch in a stream. ReadFile of the same library
# skips the group.
# Tested: parquet-go v0.32.0, pyarrow 26.0.1.
# Source: found with lorabook's reader; parquet-go has no issue about it.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
venv/bin/python - <<'PY'
import pyarrow as pa, pyarrow.parquet as pq
schema = pa.schema([("text", pa.string())])
with pq.ParquetWriter("groups.parquet", schema) as writer:
    for text in [["a", "b"], [], ["c"]]:
        writer.write_table(pa.table({"text": text}, schema))
print("pyarrow:", pq.read_table("groups.parquet")["text"].to_pylist())
PY
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/parquet-go/parquet-go"
)

type row struct {
	Text string `parquet:"text"`
}

func main() {
	rows, err := parquet.ReadFile[row]("groups.parquet")
	fmt.Println("ReadFile:", rows, err)
	f, err := os.Open("groups.parquet")
	if err != nil {
		panic(err)
	}
	info, err := f.Stat()
	if err != nil {
		panic(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		panic(err)
	}
	for i, group := range file.RowGroups() {
		reader := group.Rows()
		n, err := reader.ReadRows(make([]parquet.Row, 10))
		fmt.Printf("group %d of %d rows: %d read, error %v\n", i, group.NumRows(), n, err)
	}
}
GO
export GOMODCACHE=$dir/mod GOFLAGS=-mod=mod
go mod init finding >/dev/null 2>&1
go mod edit -require github.com/parquet-go/parquet-go@v0.32.0
go mod tidy >/dev/null 2>&1
go run . | tee out
grep -qx 'ReadFile: \[{a} {b} {c}\] <nil>' out
grep -qx 'group 1 of 0 rows: 0 read, error Seek: invalid offset' out
echo "as described: pyarrow 26.0.1, parquet-go v0.32.0"
