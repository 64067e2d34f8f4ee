package show

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/table"
)

// Notes come first, then tables, then charts.
func TestTable(t *testing.T) {
	f, err := Table("Results", []struct {
		Run      string
		Accuracy float64 `unit:"%" format:"%.1f"`
	}{{"r 4", 86.5}})
	if err != nil {
		t.Fatal(err)
	}
	f.note("a note")
	var out strings.Builder
	err = f.write(&out, func(t *table.Table) error {
		_, err := out.WriteString(t.Text())
		return err
	}, table.ShowSlider, func(chart.Chart) error { return nil })
	if want := "a note\nResults\n\nRun  Accuracy, %\n---  -----------\nr 4         86.5\n"; err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	if _, err := Table("Results", []int{1}); err == nil {
		t.Error("rows that are no structs are accepted")
	}
}

func TestRuns(t *testing.T) {
	f, err := Runs("../finetune/testdata/runs")
	if err != nil || len(f.Tables) != 1 || len(f.Notes) != 0 {
		t.Fatalf("%v, %v", f, err)
	}
	if text := f.Tables[0].Text(); !strings.Contains(text, "\nfinished  complete ") || !strings.Contains(text, "\nstopped   stopped at step 3 of 8 ") {
		t.Errorf("text\n%s", text)
	}
	if _, err := Runs("missing"); err == nil {
		t.Error("a missing folder is accepted")
	}
	if f, err := Runs("../finetune/testdata"); err != nil || len(f.Tables) != 0 || len(f.Notes) == 0 {
		t.Errorf("%v, %v", f, err)
	}
}
