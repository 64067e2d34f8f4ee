package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/data"
)

// TestNotebooksWithAnyLabels runs every cell of the notebooks, each in a separate process as in
// GoNB, for labels and numbers of classes that differ from the sample's: no cell fails, and the
// outputs name the data's classes and no others. The test does not use GoNB, to save time; other
// tests run the notebooks with it.
func TestNotebooksWithAnyLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("trains on seven data sets")
	}
	model := toyModel(t)
	var fifty []string
	for i := range 50 {
		fifty = append(fifty, fmt.Sprintf("questions to the town library about shelf number %d", i+1))
	}
	programs := map[string]string{}
	for _, name := range allNotebooks {
		programs[name] = buildNotebook(t, name)
	}
	for name, classes := range map[string][]string{"spam": {"ham", "spam"}, "grades": {"bad", "fair", "good"}, "fifty": fifty} {
		t.Run(name, func(t *testing.T) {
			notebooks := story
			if name == "grades" { // ten trainings
				notebooks = allNotebooks
			}
			run := newNotebookRun(t, programs, model, labelledData(t, classes), data.SingleLabel)
			for _, notebook := range notebooks {
				checkClassNames(t, notebook, run.all(t, notebook), classes)
			}
		})
	}
	for name, c := range map[string]taskCase{
		"several labels": {data.MultiLabel, severalLabels, []string{"micro F1", "macro F1", "urgent", "private"}, []string{"accuracy", "review", "film"}},
		"a number":       {data.Regression, numbers, []string{"Pearson", "mean absolute error", "stars"}, []string{"accuracy", "class", "review", "film"}},
		"pairs":          {data.SingleLabel, pairs, []string{"same", "other", "second text"}, []string{"review", "film"}},
		"names":          {data.TokenClassification, namesOfLetters, []string{"entity F1", "LOC", "PER", "most frequent tag of each word", "in the data", "wrong type", "with adapter ["}, []string{"class", "review", "film"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := newNotebookRun(t, programs, model, exampleData(t, c.example), c.task)
			var all strings.Builder
			notebooks := story
			if name == "names" { // ten trainings
				notebooks = allNotebooks
			}
			for _, notebook := range notebooks {
				all.WriteString(run.all(t, notebook))
			}
			for _, word := range c.want {
				if !strings.Contains(all.String(), word) {
					t.Errorf("no %q in the outputs", word)
				}
			}
			for _, word := range c.never {
				if m := regexp.MustCompile(`(?i).*\b` + word + `\b.*`).FindString(all.String()); m != "" {
					t.Errorf("the word %q does not fit the task: %s", word, m)
				}
			}
		})
	}
}

// taskCase is a data set of another task, with words that the outputs of the notebooks have, and
// words that they never have.
type taskCase struct {
	task        data.Task
	example     func(rng *rand.Rand) map[string]any
	want, never []string
}

func severalLabels(rng *rand.Rand) map[string]any {
	labels, words := []string{}, filler(rng)
	for _, class := range []struct{ name, letter string }{{"private", "m"}, {"urgent", "k"}} {
		if rng.IntN(2) == 0 {
			labels, words = append(labels, class.name), append(words, class.letter, class.letter)
		}
	}
	return map[string]any{"text": strings.Join(words, " "), "label": labels}
}

func numbers(rng *rand.Rand) map[string]any {
	n := 1 + rng.IntN(12)
	return map[string]any{"text": strings.Repeat("k ", n) + strings.Join(filler(rng), " "), "stars": float64(n) + 0.5}
}

func pairs(rng *rand.Rand) map[string]any {
	letters := []string{"k", "m", "p"}
	first, second, label := rng.IntN(3), rng.IntN(3), "other"
	if first == second {
		label = "same"
	}
	return map[string]any{"text": strings.Repeat(letters[first]+" ", 4) + strings.Join(filler(rng), " "), "text_pair": strings.Repeat(letters[second]+" ", 4), "label": label}
}

// namesOfLetters returns the words and tags of a sentence with names of one or two letters.
func namesOfLetters(rng *rand.Rand) map[string]any {
	var words, tags []string
	for _, word := range filler(rng) {
		words, tags = append(words, word), append(tags, "O")
		switch rng.IntN(6) {
		case 0:
			words, tags = append(words, "k", "m"), append(tags, "B-PER", "I-PER")
		case 1:
			words, tags = append(words, "p"), append(tags, "B-LOC")
		}
	}
	return map[string]any{"tokens": words, "ner_tags": tags}
}

// filler returns letters that say nothing, and make texts differ.
func filler(rng *rand.Rand) []string {
	words := make([]string, 10)
	for i := range words {
		words[i] = string(rune('a' + rng.IntN(10)))
	}
	return words
}

// exampleData returns a folder of examples.
func exampleData(t *testing.T, example func(rng *rand.Rand) map[string]any) string {
	t.Helper()
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(8, 1))
	for _, half := range []string{"train", "test"} {
		var lines bytes.Buffer
		for i := range 120 {
			e := example(rng)
			e["id"] = fmt.Sprint(half, i)
			line, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(line, '\n'))
		}
		if err := os.WriteFile(filepath.Join(dir, half+".jsonl"), lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// notebookRun runs the cells of notebooks in one run folder.
type notebookRun struct {
	programs              map[string]string
	model, data, run, dir string
	task                  data.Task
}

func newNotebookRun(t *testing.T, programs map[string]string, model, source string, task data.Task) notebookRun {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "notebooks")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return notebookRun{programs, model, source, filepath.Join(t.TempDir(), "run"), dir, task}
}

// all runs every cell of a notebook and returns the outputs.
func (r notebookRun) all(t *testing.T, notebook string) string {
	t.Helper()
	var all strings.Builder
	for _, cell := range cellNames(r.programs[notebook]) {
		cmd := exec.Command(r.programs[notebook], cell, r.model, r.data, r.run, string(r.task))
		cmd.Env = append(os.Environ(), "GOMLX_BACKEND=go:parallelism=-1", "GODEBUG=cpu.fma=off") // see cellEnv in kernel/internal/install
		cmd.Dir = r.dir
		cmd.Stdin = strings.NewReader("a b c a b\n\n") // the box's
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s, cell %s: %v\n%s%s", notebook, cell, err, text, stderr.Bytes())
		}
		all.Write(text)
	}
	return all.String()
}

// checkClassNames checks that the outputs of a notebook have the data's class names and none of
// the sample's and IMDB's.
func checkClassNames(t *testing.T, notebook, text string, classes []string) {
	t.Helper()
	for _, word := range []string{"good", "bad", "pos", "neg", "film", "films", "review", "reviews"} {
		if m := regexp.MustCompile(`(?i).*\b` + word + `\b.*`).FindString(text); m != "" && !slices.Contains(classes, word) {
			t.Errorf("%s: the data have no class %q: %s", notebook, word, m)
		}
	}
	if notebook != "01-baseline" && notebook != "04-before-after" {
		return
	}
	for _, class := range classes {
		if !strings.Contains(text, class) {
			t.Errorf("%s: the class %q is nowhere in the outputs", notebook, class)
		}
	}
}

// labelledData returns a folder with texts that consist of letters. Each class has its own
// letter.
func labelledData(t *testing.T, classes []string) string {
	t.Helper()
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(8, uint64(len(classes))))
	for half, each := range map[string]int{"train": 400/len(classes) + 4, "test": 100/len(classes) + 2} {
		var lines bytes.Buffer
		for class, name := range classes {
			for range each {
				words := make([]string, 4+rng.IntN(12))
				for i := range words {
					words[i] = string(rune('a' + rng.IntN(20)))
					if i%2 == 0 {
						words[i] = string(rune('a'+class%20)) + string(rune('a'+class/20))
					}
				}
				line, err := json.Marshal(map[string]string{"text": strings.Join(words, " "), "label": name})
				if err != nil {
					t.Fatal(err)
				}
				lines.Write(append(line, '\n'))
			}
		}
		if err := os.WriteFile(filepath.Join(dir, half+".jsonl"), lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buildNotebook compiles the code cells of a notebook into one program, whose first
// argument is the number of the cell that it runs; the others are the parameters model,
// data, run and task. A file beside it lists the cells.
func buildNotebook(t *testing.T, name string) (program string) {
	t.Helper()
	notebook, err := nbformat.Read(filepath.Join("..", "notebooks", name+".ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string]bool{`"os"`: true}
	var code, cases strings.Builder
	var cells []string
	values := map[string]string{
		"model": "os.Args[2]", "data": "os.Args[3]", "run": "os.Args[4]", "task": "os.Args[5]",
		"train": "-1", "validation": "100", "test": "-1", "maxLength": "20", "epochs": "1", "rank": "4",
	}
	for i, cell := range notebook.Cells {
		if cell.Type != nbformat.Code || cell.HasTag("injected-parameters") {
			continue
		}
		text := cell.Source
		if cell.HasTag("parameters") {
			text, _ = setParameters(text, values)
		}
		declarations, body, runs := strings.Cut("\n"+text, "\n%%\n")
		declarations = importBlock.ReplaceAllStringFunc(declarations, func(block string) string {
			for _, line := range strings.Split(importBlock.FindStringSubmatch(block)[1], "\n") {
				if line = strings.TrimSpace(line); line != "" {
					imports[line] = true
				}
			}
			return ""
		})
		code.WriteString(declarations + "\n")
		if runs {
			cells = append(cells, strconv.Itoa(i))
			fmt.Fprintf(&code, "func cell%d() {\n%s\n}\n", i, body)
			fmt.Fprintf(&cases, "case \"%d\":\ncell%d()\n", i, i)
		}
	}
	var head strings.Builder
	for path := range imports {
		head.WriteString(path + "\n")
	}
	source := fmt.Sprintf("package main\nimport (\n%s)\n%s\nfunc main() {\n\tswitch os.Args[1] {\n%s}\n}\n", head.String(), code.String(), cases.String())
	dir := t.TempDir()
	program = filepath.Join(dir, "notebook")
	for file, text := range map[string]string{filepath.Join(dir, "main.go"): source, program + ".cells": strings.Join(cells, " ")} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-ldflags=-w", "-o", program, filepath.Join(dir, "main.go"))
	cmd.Env = append(os.Environ(), "GOEXPERIMENT=simd") // as cells are built: the Go backend is ten times as fast
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s does not compile: %v\n%s", name, err, text)
	}
	return program
}

var importBlock = regexp.MustCompile(`(?s)\nimport \((.*?)\n\)`)

// cellNames returns the numbers of the cells that a program of buildNotebook runs.
func cellNames(program string) []string {
	text, _ := os.ReadFile(program + ".cells")
	return strings.Fields(string(text))
}
