package formats

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCSVQuotes reads what testdata/csv/make_quotes.py gave to pandas.
func TestCSVQuotes(t *testing.T) { compareWithPandas(t, "quotes.json") }

// TestCSVLineEnds reads what testdata/csv/make_line_ends.py gave to pandas.
func TestCSVLineEnds(t *testing.T) { compareWithPandas(t, "line_ends.json") }

func compareWithPandas(t *testing.T, name string) {
	content, err := os.ReadFile("testdata/csv/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		CSV  string
		Rows [][]string
	}
	if err := json.Unmarshal(content, &cases); err != nil || len(cases) < 100 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		reader := newCSVReader(strings.NewReader(c.CSV))
		var rows [][]string
		for {
			fields, _, err := reader.read()
			if err == io.EOF {
				break
			}
			if err != nil {
				if !errors.Is(err, errOpenQuote) || c.Rows != nil {
					t.Errorf("%q: %v, want %q", c.CSV, err, c.Rows)
				}
				rows = nil
				break
			}
			rows = append(rows, append([]string(nil), fields...))
		}
		if diff := cmp.Diff(c.Rows, rows); diff != "" {
			t.Errorf("%q: %s", c.CSV, diff)
		}
	}
}
