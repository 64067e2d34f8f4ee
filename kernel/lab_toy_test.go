package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/bert"
)

// labToy is the run folder, the model (a random BERT of 6,000 weights) and the data of one
// test's notebooks, and the number of epochs of their training.
type labToy struct {
	run, model, data string
	epochs           int
}

func newLabToy(t *testing.T) labToy {
	return labToy{filepath.Join(t.TempDir(), "run"), toyModel(t), toyData(t), 20}
}

// parameter matches a line that sets parameters: their names, all up to their values, the values,
// and the rest.
var parameter = regexp.MustCompile(`(?m)^(\t(\w+(?:, \w+)*) *(?:float64)? *= *)([^/\n]*[^/ \n])( *(?://.*)?)$`)

// setParameters replaces the values in a cell tagged "parameters" and returns the names of
// the parameters that it found, sorted.
func setParameters(source string, values map[string]string) (_ string, found []string) {
	source = parameter.ReplaceAllStringFunc(source, func(line string) string {
		part := parameter.FindStringSubmatch(line)
		set := strings.Split(part[3], ", ")
		for i, name := range strings.Split(part[2], ", ") {
			if value, ok := values[name]; ok {
				set[i] = value
				found = append(found, name)
			}
		}
		return part[1] + strings.Join(set, ", ") + part[4]
	})
	slices.Sort(found)
	return source, found
}

// write copies one of our notebooks to path, without outputs, and sets its parameters to the
// toy.
func (toy labToy) write(t *testing.T, path string) {
	t.Helper()
	notebook, err := nbformat.Read(filepath.Join("..", "notebooks", filepath.Base(path)))
	if err != nil {
		t.Fatal(err)
	}
	notebook.Cells = slices.DeleteFunc(notebook.Cells, func(cell *nbformat.Cell) bool { return cell.HasTag("injected-parameters") })
	values := map[string]string{
		"run": strconv.Quote(toy.run), "model": strconv.Quote(toy.model), "data": strconv.Quote(toy.data),
		"train": "160", "validation": "40", "test": "80", "maxLength": "20", "epochs": strconv.Itoa(toy.epochs), "rank": "4",
	}
	if filepath.Base(path) == "05-variants.ipynb" { // many trainings, which nobody watches
		values["train"], values["validation"], values["test"], values["epochs"], values["seeds"] = "32", "16", "20", "1", "1"
	}
	if filepath.Base(path) == serveNotebook+".ipynb" { // its data are the sample
		values = map[string]string{"train": "80", "epochs": "1", "maxLength": "32", "seconds": "1"}
	}
	if filepath.Base(path) == sweepNotebook+".ipynb" { // four trials and the default, of which the lower rate learns little
		values["epochs"], values["rates"], values["ranks"] = "3", `"1e-4,2e-2"`, `"2,4"`
	}
	var found []string
	for _, cell := range notebook.Cells {
		cell.Outputs, cell.ExecutionCount = nil, nil
		if cell.HasTag("parameters") {
			var more []string
			cell.Source, more = setParameters(cell.Source, values)
			found = append(found, more...)
		}
	}
	want := []string{"model", "data", "maxLength"}
	switch filepath.Base(path) {
	case "02-adapters.ipynb": // nothing is trained, so no run folder is used
		want = append(want, "rank")
	case "00-your-data.ipynb":
		want = append(want, "train", "validation", "test")
	case "05-variants.ipynb":
		want = append(want, "train", "validation", "test", "epochs", "seeds")
	case sweepNotebook + ".ipynb":
		want = append(want, "train", "validation", "test", "epochs", "rates", "ranks")
	case serveNotebook + ".ipynb":
		want = []string{"train", "epochs", "maxLength", "seconds"}
	default:
		want = append(want, "run", "train", "validation", "test", "epochs", "rank")
	}
	slices.Sort(want)
	slices.Sort(found)
	if !slices.Equal(found, want) {
		t.Fatalf("the cell of %s that is tagged parameters declares %q, expected %q", filepath.Base(path), found, want)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
}

// toyModel returns a folder with a random BERT without a classifier.
func toyModel(t *testing.T) string {
	t.Helper()
	m, err := bert.Open(t.Context(), filepath.Join("..", "pkg", "bert", "testdata", "encoder", "tiny"), bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// toyData returns a folder of reviews that consist of letters; every other letter of a good
// review is a k.
func toyData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(5, 5))
	for half, n := range map[string]int{"train": 200, "test": 80} {
		var lines strings.Builder
		for i := range n {
			words := make([]string, 3+random.IntN(13))
			for j := range words {
				words[j] = string(rune('a' + random.IntN(10)))
				if i%2 == 1 && j%2 == 0 {
					words[j] = "k"
				}
			}
			review := map[string]string{"id": fmt.Sprint(half, i), "text": strings.Join(words, " "), "label": []string{"bad", "good"}[i%2]}
			if err := json.NewEncoder(&lines).Encode(review); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, half+".jsonl"), []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
