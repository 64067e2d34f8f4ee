package show

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/datareport"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// dataText returns all that the report on data shows, as text.
func dataText(t *testing.T, s notebook.Settings) (string, error) {
	t.Helper()
	s.Model = "lorabook-tiny"
	d, ctx := YourData(s), t.Context()
	var all strings.Builder
	for _, figures := range []func() (Figures, error){
		func() (Figures, error) { return d.Columns(ctx) }, func() (Figures, error) { return d.Examples(ctx) },
		func() (Figures, error) { return d.Answers(ctx) }, func() (Figures, error) { return d.Lengths(ctx) },
		func() (Figures, error) { return d.Unknown(ctx) }, func() (Figures, error) { return d.Duplicates(ctx) },
		func() (Figures, error) { return d.Parameters(ctx) },
	} {
		f, err := figures()
		if err != nil {
			return all.String(), err
		}
		all.WriteString(strings.Join(f.Notes, "\n") + "\n")
		for _, table := range f.Tables {
			all.WriteString(table.Text())
		}
		for _, c := range f.Charts {
			all.WriteString(c.Text())
		}
	}
	all.WriteString(d.Controls(ctx).Text())
	return all.String(), nil
}

func dataFile(t *testing.T, name, header string, n int, row func(i int) string) string {
	t.Helper()
	lines := []string{header}
	for i := range n {
		lines = append(lines, row(i))
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestYourData shows the report on data of every task, with the command that fits them.
func TestYourData(t *testing.T) {
	text := func(i int) string { return fmt.Sprintf("letter %d of %d about 😀", i, i*i) }
	classes := []string{"art", "food", "law", "sea", "sky", "war", "pets", "town", "farm", "game", "club", "bank", "book"}
	for name, test := range map[string]struct {
		header  string
		row     func(i int) string
		want    []string
		refused []string
	}{
		"classes": {"review;kind;author", func(i int) string { return fmt.Sprintf("%s;%s;A", text(i), classes[i%2]) },
			[]string{"task: single_label_classification", "Examples of each class", "author", "not used", "semicolons", "art", "food", "😀"}, []string{"-p task="}},
		"many classes": {"text,label", func(i int) string { return text(i) + "," + classes[i%13] },
			[]string{"The 13 classes", "book"}, []string{"Examples of each class"}},
		"several labels": {"text,label", func(i int) string { return text(i) + "," + classes[i%4] + "|" + classes[(i+1+i/4%2)%4] },
			[]string{"multi_label_classification", "The 4 classes", "-p task=multi_label_classification", `task = "multi_label_classification"`}, nil},
		"numbers of pairs": {"sentence1,sentence2,score", func(i int) string { return fmt.Sprintf("%s,%s,%d.%d", text(i), text(2*i), i, i%7+1) },
			[]string{"Values of score", "second text", "-p task=regression", "train with (number - "}, nil},
		"no labels": {"text,author", func(i int) string { return text(i) + ",author " + text(i+1) },
			[]string{"no labels", "100 unlabelled", "pre-training", "-p label=COLUMN notebooks/00-your-data.ipynb"}, []string{"task:", "The default sizes"}},
		"bad rows": {"text,label", func(i int) string { return []string{"", text(i)}[min(i, 1)] + "," + classes[i%2] },
			[]string{"1 of 100 rows cannot be used", "Rows that cannot be used", "-p badRows=skip"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := dataFile(t, "letters.csv", test.header, 100, test.row)
			s := notebook.Settings{Data: path}
			if name == "classes" {
				s.Label = "kind"
			}
			got, err := dataText(t, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(test.want, "data="+path) {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in\n%s", want, got)
				}
			}
			for _, other := range test.refused {
				if strings.Contains(got, other) {
					t.Errorf("%q is in\n%s", other, got)
				}
			}
		})
	}
	got, err := dataText(t, notebook.Settings{})
	if err != nil || !strings.HasSuffix(got, "go run ./kernel run\n\n// all parameters have their default\n") {
		t.Errorf("the sample: %v\n%s", err, got)
	}
}

func TestYourDataErrors(t *testing.T) {
	path := dataFile(t, "letters.csv", "text,label", 20, func(i int) string { return fmt.Sprintf("letter %d,%d", i, i%2) })
	for name, test := range map[string]struct {
		settings notebook.Settings
		want     []string
	}{
		"no file":      {notebook.Settings{Data: "leters.csv"}, []string{"leters.csv", "$PWD"}},
		"no column":    {notebook.Settings{Data: path, Label: "lable"}, []string{"-p label", `"label"`}},
		"no task":      {notebook.Settings{Data: path, Task: "classes"}, []string{"parameter task", "regression"}},
		"long inputs":  {notebook.Settings{Data: path, MaxLength: 4096}, []string{"parameter maxLength", "at most"}},
		"a wrong task": {notebook.Settings{Data: dataFile(t, "l.csv", "text,label", 9, func(i int) string { return fmt.Sprintf("letter %d,a%d", i, i%2) }), Task: "regression"}, []string{"number"}},
	} {
		_, err := dataText(t, test.settings)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, expected %q", name, err, want)
			}
		}
	}
}

// TestControls shows that the controls start with a notebook's parameters, also those without a
// control.
func TestControls(t *testing.T) {
	s := notebook.Settings{Model: "lorabook-tiny", Data: "sample", Dropout: notebook.DefaultDropout, Rank: 12, Epochs: 7, Method: "lora", LearningRate: 0.002, Seed: 1, BatchSize: 16}
	if got := settingsControls(s, nil, datareport.Suggestion{}).CommandLine(); got != "go run ./kernel run -p rank=12 -p learningRate=0.002 -p epochs=7" {
		t.Error(got)
	}
	s = notebook.Settings{Method: "head", Seed: 3, Layers: "2,3", Truncation: "tail", Precision: "bfloat16", BadRows: "skip", Evaluations: 4}
	if got := settingsControls(s, nil, datareport.Suggestion{}).CommandLine(); got != "go run ./kernel run -p badRows=skip -p layers=2,3 -p seed=3 -p evaluations=4 -p dropout=0 -p method=head -p truncation=tail -p precision=bfloat16" {
		t.Error(got)
	}
}

// Paths of the controls' command are those of the parameters: a saved notebook contains no folder
// of its author's machine.
func TestControlsKeepRelativePaths(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("letters.csv", []byte("text,label\na,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"letters.csv", "*.csv", "./letters.csv"} {
		command := settingsControls(notebook.Settings{Data: source}, nil, datareport.Suggestion{}).CommandLine()
		if !strings.Contains(command, "data="+source) {
			t.Errorf("%s: expected data=%s", command, source)
		}
	}
}
