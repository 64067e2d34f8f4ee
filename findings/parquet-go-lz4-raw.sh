#!/usr/bin/env bash
# parquet-go misreads LZ4_RAW pages that compress to more than a third of their size.
#
# Expected: a Parquet file that pyarrow writes with compression="lz4" has the same rows in
# every reader that supports the codec LZ4_RAW.
# Actual: parquet-go returns other values, or an error about a short page. Its LZ4 decoder
# allocates a new buffer if the page's buffer is smaller than three times the compressed size.
# The caller then keeps the old buffer if the sizes agree. A page that compresses well is read
# correctly, so that small tests pass.
# Tested: parquet-go v0.32.0, pyarrow 26.0.1; arrow-go v18.8.0 reads the same files correctly.
# Source: parquet-go, issue 608 and pull request 609 (open on 2026-11-28).
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
venv/bin/python - <<'PY'
import random
import pyarrow as pa, pyarrow.parquet as pq
random.seed(1)
text = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=40)) for _ in range(2000)]
for codec in ["lz4", "zstd"]:
    pq.write_table(pa.table({"number": [i * i * 7919 for i in range(2000)], "text": text}), codec + ".parquet", compression=codec, use_dictionary=False)
open("text.txt", "w").write("\n".join(text))
print("pyarrow lz4.parquet:", sum(a != b for a, b in zip(text, pq.read_table("lz4.parquet")["text"].to_pylist())), "of 2000 texts wrong")
PY
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
)

type row struct {
	Text string `parquet:"text"`
}

func main() {
	content, err := os.ReadFile("text.txt")
	if err != nil {
		panic(err)
	}
	want := strings.Split(string(content), "\n")
	for _, name := range []string{"zstd.parquet", "lz4.parquet"} {
		rows, err := parquet.ReadFile[row](name)
		wrong := 0
		for i, text := range want {
			if i >= len(rows) || rows[i].Text != text {
				wrong++
			}
		}
		fmt.Printf("parquet-go %s: %d of %d texts wrong, error %v\n", name, wrong, len(want), err)
	}
}
GO
export GOMODCACHE=$dir/mod GOFLAGS=-mod=mod
go mod init finding >/dev/null 2>&1
go mod edit -require github.com/parquet-go/parquet-go@v0.32.0
go mod tidy >/dev/null 2>&1
go run . | tee out
grep -q '^parquet-go zstd.parquet: 0 of 2000 texts wrong, error <nil>$' out
grep -q '^parquet-go lz4.parquet: [1-9][0-9]* of 2000 texts wrong' out
echo "as described: pyarrow 26.0.1, parquet-go v0.32.0"
