package data

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// TestLabelWarnings: class names that look like slips are warned of, others are not.
func TestLabelWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		labels string // separated by |
		want   []string
	}{
		"sound":              {"pos|neg|none|1.2.3|v2", nil},
		"integers":           {"1|0", nil},
		"case":               {"pos|Pos|neg", []string{`["Pos" "pos"] differ only in case`}},
		"composition":        {"caf\u00e9|cafe\u0301|neg", []string{`"caf\u00e9"`, "how characters are encoded"}},
		"zero width":         {"pos|pos\u200b|neg", []string{`"pos\u200b"`}},
		"inner space":        {"very good|verygood|neg", []string{`"very good"`}},
		"white space around": {"pos|pos |neg| neg", []string{`2 labels have white space`, `:3, class "pos"`}},
		"missing values":     {"pos|NA|neg", []string{`["NA"]`, "missing values"}},
		"numbers":            {"1.0|0.0", []string{`["0.0" "1.0"]`, "integers"}},
	} {
		t.Run(name, func(t *testing.T) {
			var csv strings.Builder
			csv.WriteString("text,label\n")
			for i, label := range strings.Split(c.labels, "|") {
				csv.WriteString("t" + strconv.Itoa(i) + "," + label + "\n")
			}
			d, err := openFile(t, "own.csv", csv.String())
			if err != nil {
				t.Fatal(err)
			}
			warnings := strings.Join(d.Warnings, "\n")
			if c.want == nil && warnings != "" {
				t.Errorf("warned: %s", warnings)
			}
			for _, text := range c.want {
				if !strings.Contains(warnings, text) {
					t.Errorf("the warnings lack %q: %q", text, warnings)
				}
			}
		})
	}
}

// TestErrorsOfManyClasses: an error does not list thousands of names.
func TestErrorsOfManyClasses(t *testing.T) {
	dir := t.TempDir()
	var csv strings.Builder
	csv.WriteString("text,label\n")
	for i := range 10000 { // twice each
		csv.WriteString("a,the class number " + strconv.Itoa(i%5000) + "\n")
	}
	writeFile(t, filepath.Join(dir, "train.csv"), csv.String())
	writeFile(t, filepath.Join(dir, "test.csv"), "text,label\nb,another\n")
	_, err := Open(context.Background(), dir)
	wantError(t, err, "test.csv:2", `"another"`, "the class number 0", "and 4988 more")
	if err != nil && len(err.Error()) > 1000 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

// TestOpenTextsOfAnyLabels: texts are read whatever their labels and ids are.
func TestOpenTextsOfAnyLabels(t *testing.T) {
	type row struct {
		Text  string  `parquet:"text"`
		Label float64 `parquet:"label"`
	}
	path := filepath.Join(t.TempDir(), "own.parquet")
	if err := parquet.WriteFile(path, []row{{"One.", 0.5}, {"Two.", 4}}); err != nil {
		t.Fatal(err)
	}
	specs := map[string]string{"a DOUBLE column": path}
	for name, content := range map[string]string{
		"one class":    `{"text":"One.","label":1}` + "\n" + `{"text":"Two.","label":1}`,
		"no label":     `{"text":"One.","label":-1}` + "\n" + `{"text":"Two.","label":-1}`,
		"fractions":    `{"text":"One.","label":1.5}` + "\n" + `{"text":"Two.","label":4}`,
		"lists":        `{"text":"One.","label":[1,2]}` + "\n" + `{"text":"Two.","label":[]}`,
		"mixed":        `{"text":"One.","label":"x"}` + "\n" + `{"text":"Two.","label":4}`,
		"repeated ids": `{"text":"One.","label":0,"id":"a"}` + "\n" + `{"text":"Two.","label":1,"id":"a"}`,
	} {
		specs[name] = writeFile(t, filepath.Join(t.TempDir(), "own.jsonl"), content)
	}
	for name, spec := range specs {
		t.Run(name, func(t *testing.T) {
			texts, _, err := OpenTexts(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"One.", "Two."}, texts); diff != "" {
				t.Error(diff)
			}
		})
	}
}
