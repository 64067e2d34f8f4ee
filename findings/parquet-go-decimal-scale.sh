#!/usr/bin/env bash
# parquet-go reads a DECIMAL into a struct without its scale: 0.5 becomes 5.
#
# Expected: a DECIMAL(3,1) column with 0.5, read into a float64 field, returns 0.5 or an
# error, since the schema that the library prints contains DECIMAL(3,1).
# Actual: the field is 5, and a string field "5". The same value read into `any` is 0.5. Row
# and Value also return the physical values.
# Tested: parquet-go v0.32.0, pyarrow 26.0.1.
# Source: the Parquet format, LogicalTypes.md, section DECIMAL; parquet-go, type_decimal.go.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
venv/bin/python - <<'PY'
from decimal import Decimal
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"rating": pa.array([Decimal("0.5")], pa.decimal128(3, 1))}), "decimal.parquet", store_decimal_as_integer=True)
print("pyarrow:", pq.read_table("decimal.parquet")["rating"].to_pylist())
PY
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

type number struct {
	Rating float64 `parquet:"rating"`
}

type text struct {
	Rating string `parquet:"rating"`
}

func main() {
	numbers, err := parquet.ReadFile[number]("decimal.parquet")
	fmt.Println("float64:", numbers, err)
	texts, err := parquet.ReadFile[text]("decimal.parquet")
	fmt.Println("string:", texts, err)
	anything, err := parquet.ReadFile[any]("decimal.parquet")
	fmt.Println("any:", anything, err)
}
GO
export GOMODCACHE=$dir/mod GOFLAGS=-mod=mod
go mod init finding >/dev/null 2>&1
go mod edit -require github.com/parquet-go/parquet-go@v0.32.0
go mod tidy >/dev/null 2>&1
go run . | tee out
grep -qx 'float64: \[{5}\] <nil>' out
grep -qx 'string: \[{5}\] <nil>' out
grep -qx 'any: \[map\[rating:0.5\]\] <nil>' out
echo "as described: pyarrow 26.0.1, parquet-go v0.32.0"
