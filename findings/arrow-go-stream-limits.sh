#!/usr/bin/env bash
# arrow-go: ipc.NewReader ignores the limits of memory.
#
# Expected: WithMetadataSizeLimit and WithBodySizeLimit set the largest message "readers will
# accept", with defaults of 64 and 256 MiB, so that a damaged or hostile stream cannot make a
# program allocate any amount of memory.
# Actual: only NewMessageReader and NewFileReader apply them. NewReader, the usual way to read a
# stream, makes its message reader without the limits: it reads a stream with limits of one byte,
# and allocates whatever a message states. NewReaderFromMessageReader with NewMessageReader
# applies them.
# Tested: github.com/apache/arrow-go/v18 v18.8.0.
# Source: the documentation of the options in arrow/ipc/ipc.go; NewReader in arrow/ipc/reader.go.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func rows(r *ipc.Reader, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for r.Next() {
		n += r.RecordBatch().NumRows()
	}
	return n, r.Err()
}

func main() {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range int64(1000) {
		b.Field(0).(*array.Int64Builder).Append(i)
	}
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	if err := w.Write(b.NewRecordBatch()); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	limits := []ipc.Option{ipc.WithMetadataSizeLimit(1), ipc.WithBodySizeLimit(1)}
	n, err := rows(ipc.NewReader(bytes.NewReader(stream.Bytes()), limits...))
	fmt.Println("NewReader:", n, "rows,", err)
	m, limited := rows(ipc.NewReaderFromMessageReader(ipc.NewMessageReader(bytes.NewReader(stream.Bytes()), limits...)))
	fmt.Println("NewMessageReader:", m, "rows,", limited)
	if n != 1000 || err != nil || limited == nil {
		os.Exit(1)
	}
}
GO
go mod init limits >/dev/null 2>&1
go get github.com/apache/arrow-go/v18/arrow/ipc@v18.8.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
echo "as described"
