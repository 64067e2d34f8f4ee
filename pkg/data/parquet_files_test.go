package data

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// refusedFiles are those of testdata/tables that are no data set here, by words of
// the error.
var refusedFiles = map[string][]string{
	"decimal-label-fraction.parquet": {":2: ", `"label" is 0.5`, "expected an integer"},
	"timestamp-label.parquet":        {`column "label"`, "TIMESTAMP", "strings or integers", "cast"},
	"date-label.parquet":             {`column "label"`, "DATE"},
	"time-label.parquet":             {`column "label"`, "TIME"},
	"fastparquet-lz4.parquet":        {"compressed with LZ4", "zstd"},
	"pyarrow-lz4.parquet":            {"compressed with LZ4_RAW", "zstd"},
	"pyarrow-lz4-v2.parquet":         {"compressed with LZ4_RAW", "zstd"},
	"pandas-lz4.parquet":             {"compressed with LZ4_RAW", "zstd"},
	"polars-lz4.parquet":             {"compressed with LZ4_RAW", "zstd"},
	"duckdb-lz4.parquet":             {"compressed with LZ4_RAW", "zstd"},
	"empty.parquet":                  {"holds no review"},
}

// TestParquetFiles reads the Parquet files that testdata/tables/make_tables.py wrote with
// pyarrow, pandas, polars, DuckDB, datasets and fastparquet, and compares every
// text, class name, id and rating with what pyarrow reads.
func TestParquetFiles(t *testing.T) {
	var expected map[string][]map[string]string
	content, err := os.ReadFile("testdata/tables/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &expected); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/tables/*.parquet")
	if err != nil || len(files) < 48 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			d, err := Opener{Raw: true}.Open(context.Background(), path)
			if words := refusedFiles[name]; words != nil {
				wantError(t, err, append(words, path)...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := expected[name]
			if len(want) == 0 || len(d.Train) != len(want) {
				t.Fatalf("%d reviews, want %d", len(d.Train), len(want))
			}
			leftOut := strings.Join(d.Warnings, "\n")
			for i, r := range d.Train {
				id := want[i]["id"]
				if id == "" || strings.Contains(leftOut, `"id"`) {
					id = fmt.Sprintf("train/%d", i+1)
				}
				rating, err := strconv.ParseFloat(want[i]["rating"], 64)
				if err != nil || math.IsNaN(rating) || strings.Contains(leftOut, `"rating"`) {
					rating = 0
				}
				label := want[i]["label"]
				if name == "bool-label.parquet" {
					label = strings.ToLower(label) // Python writes False and True
				}
				if r.Text != want[i]["text"] || d.Labels[r.Label] != label || r.ID != id || float64(r.Rating) != rating {
					t.Errorf("row %d: %+v of class %q, want %v", i+1, r, d.Labels[r.Label], want[i])
				}
			}
			if (leftOut != "") != (name == "timestamp-id.parquet") {
				t.Errorf("warnings %q", d.Warnings)
			}
		})
	}
}
