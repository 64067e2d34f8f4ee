package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// place makes a working folder with the folders notebooks, data and models, changes to it, and
// clears what a hub's cache and settings would change.
func place(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_HUB_CACHE", "")
	t.Setenv("HF_ENDPOINT", "")
	for path, text := range map[string]string{
		"models/mine/config.json": "{}", "models/google/bert_config.json": "{}", "models/saved/variables/variables.index": "",
		"models/empty/readme.txt": "", "models/a.zip": "PK\x03\x04", "models/a.txt": "text", "data/reviews.csv": "text,label\na,0\nb,1\n", "notebooks/x": "",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckModel(t *testing.T) {
	place(t)
	absolute, err := filepath.Abs("models/mine")
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range []string{
		"", "lorabook-tiny", "bert-base-cased", "bert-base-uncased", "google-bert/bert-base-cased", "somebody/lorabook-tiny", "own-name",
		"../models/mine", absolute, "../models/google", "../models/saved", "../models/a.zip",
	} {
		if err := checkModel("notebooks", model); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
	for model, want := range map[string]string{
		"lorabok-tiny":     `parameter model is "lorabok-tiny", which is neither a folder nor a model without an owner on the hub: did you mean "lorabook-tiny"?`,
		"bert-base-casd":   `did you mean "bert-base-cased"?`,
		"../models/min":    `is "../models/min", but there is no such folder or file in notebooks: did you mean "../models/mine"?`,
		"../nothing/there": `expected "lorabook-tiny", a folder, a .zip`,
		"models/mine":      `is not in notebooks: did you mean "../models/mine"? Paths are relative`,
		"../models/empty":  "neither config.json nor bert_config.json",
		"../models/a.txt":  "is the file",
		"https://hub/x":    "no such folder or file",
	} {
		err := checkModel("notebooks", model)
		if wrong := new(notebook.ParameterError); !errors.As(err, &wrong) || wrong.Name != "model" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", model, err, want)
		}
	}
	t.Setenv("HF_ENDPOINT", "http://mirror.example")
	if err := checkModel("notebooks", "bert-base-casd"); err != nil {
		t.Errorf("the name of a mirror is refused: %v", err)
	}
}

func TestCheckData(t *testing.T) {
	place(t)
	several := []string{"../data/*.csv", "../data/reviews.csv,../data/rev*.csv", "owner/name", "owner/name:config@main"}
	for _, source := range slices.Concat([]string{"", "../data/reviews.csv", "../data"}, several, knownData) {
		if err := checkData("notebooks", source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
	for source, want := range map[string]string{
		"imbd":                                  `parameter data is "imbd", but there is no such file or folder in notebooks: did you mean "imdb"?`,
		"../data/review.csv":                    `did you mean "../data/reviews.csv"?`,
		"data/reviews.csv":                      `did you mean "../data/reviews.csv"? Paths are relative`,
		"/nowhere/file.csv":                     `parameter data is "/nowhere/file.csv", but there is no such file or folder: expected "sample"`,
		"../data/*.json":                        `there is no such file`,
		"../data/reviews.csv,../data/other.csv": `there is no such file`,
		"owner/file.csv":                        `there is no such file`,
		"../nowhere/file.csv":                   `expected "sample", "imdb", or a file or folder`,
	} {
		err := checkData("notebooks", source)
		if wrong := new(notebook.ParameterError); !errors.As(err, &wrong) || wrong.Name != "data" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %s", source, err, want)
		}
	}
	for _, name := range knownData[1:] {
		if !data.IsIMDB(name) {
			t.Errorf("package data does not know %q", name)
		}
	}
}

// lorabookCells are a notebook of this module with parameters.
func lorabookCells(more ...*nbformat.Cell) []*nbformat.Cell {
	return append([]*nbformat.Cell{
		codeCell("import \"github.com/lorabook/lorabook/pkg/show\""),
		codeCell("var (\n\tmodel, data = \"lorabook-tiny\", \"sample\"\n\trank float64 = 8\n\tepochs = 0\n\tother = len(model)\n)", parametersTag),
		codeCell("var dropout, layers = 0.1, \"\"", parametersTag, "advanced"),
	}, more...)
}

// Wrong parameters of lorabook's notebooks are refused before a kernel is installed or starts.
func TestParametersAreCheckedFirst(t *testing.T) {
	fakeSpec(t)
	place(t)
	ours := save(t, "notebooks", "ours.ipynb", lorabookCells()...)
	ran := save(t, "notebooks", "ran.ipynb", lorabookCells(codeCell("// Set for this run.\nvar rank = -1.0", injectedTag))...)
	foreign := save(t, "notebooks", "foreign.ipynb", codeCell("var model, rank = \"any\", -1.0", parametersTag))
	for _, test := range []struct {
		notebook   string
		parameters []string
		want       string
	}{
		{ours, []string{"rank=8.5"}, ours + ": parameter rank is 8.5, expected a whole number"},
		{ours, []string{"dropout=1"}, "parameter dropout is 1"},
		{ours, []string{"layers=x"}, `parameter layers is "x"`},
		{ours, []string{"epochs=-1"}, "parameter epochs is -1"},
		{ours, []string{"model=lorabok-tiny"}, "parameter model"},
		{ours, []string{"data=../data/review.csv"}, "parameter data"},
		{ran, nil, "parameter rank is -1"},
	} {
		options := Options{Notebooks: []string{test.notebook}, Parameters: test.parameters, Ensure: func(context.Context, string) (string, error) {
			t.Error("a kernel would have been installed")
			return "", nil
		}}
		if err := Run(t.Context(), options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, expected %s", test.parameters, err, test.want)
		}
	}
	for path, parameters := range map[string][]string{
		ours: {"rank=0.2", "epochs=3", "data=../data/reviews.csv"}, ran: {"rank=4"}, foreign: {"model=models/any"},
	} {
		if _, err := plan(t.Context(), Options{Notebooks: []string{path}, Parameters: parameters, Out: "out"}); err != nil {
			t.Errorf("%s %q: %v", path, parameters, err)
		}
	}
	if _, err := Preset([]string{ours}, []string{"model=../models/min"}, "lab", &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("a copy for JupyterLab: %v", err)
	}
	if _, err := os.Stat("lab"); err == nil {
		t.Error("a refused copy left its folder")
	}
}

// TestSettingsOf: 00-your-data reports the faults of the data itself, and the notebooks of the story
// that train draw their examples before the first cell.
func TestSettingsOf(t *testing.T) {
	for name, want := range map[string]use{"00-your-data": valuesOnly, "01-baseline": makesExperiment, "03-training": makesExperiment, "04-before-after": makesExperiment} {
		nb, err := nbformat.Read("../../../notebooks/" + name + ".ipynb")
		if err != nil || settingsOf(nb) != want {
			t.Errorf("%s: use %v (%v), expected %v", name, settingsOf(nb), err, want)
		}
	}
}
