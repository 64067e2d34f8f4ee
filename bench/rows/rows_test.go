package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/splits"
)

// TestTables: CSV and Parquet have the same examples, and the draws of the outline are those of the
// examples in memory.
func TestTables(t *testing.T) {
	var texts [][]string
	for _, name := range []string{"own.csv", "own.parquet"} {
		for _, split := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), name)
			if err := writeTable(path, 300, split); err != nil {
				t.Fatal(err)
			}
			config := splits.Config{Source: path, Train: 100, Test: 20, Validation: 10}.WithDefaults(1)
			outline, err := data.Opener{HeldBytes: -1}.Outline(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			held, err := open(t.Context(), config, true)
			if err != nil {
				t.Fatal(err)
			}
			want, err := config.ChooseFrom(t.Context(), held, 1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := config.ChooseFrom(t.Context(), outline, 1)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(data.Texts(got.Train), data.Texts(want.Train)) || !slices.Equal(data.Texts(got.Test), data.Texts(want.Test)) || len(got.Test) != 20 {
				t.Errorf("%s, split %v: other examples", name, split)
			}
			if !split {
				texts = append(texts, data.Texts(got.Train))
			}
		}
	}
	if !slices.Equal(texts[0], texts[1]) {
		t.Error("CSV and Parquet have other examples")
	}
}
