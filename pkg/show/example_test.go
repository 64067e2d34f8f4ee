package show_test

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/show"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A notebook in one program: an experiment is trained and its results are shown. The model
// is a random BERT of 6,000 weights, the data are two classes of letters. In a notebook,
// show.Open adds progress bars, and show.Display shows the figures.
func Example() {
	dir, model, data := letters()
	defer os.RemoveAll(dir)
	experiment := finetune.Experiment{
		Model: model, Data: splits.Config{Source: data, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
		Adapter: lora.Config{R: 8, Alpha: 16}, Training: finetune.Training{Epochs: 8, LearningRate: 0.02},
	}

	run := notebook.Must(finetune.Open(filepath.Join(dir, "run"), experiment, finetune.Options{}))
	defer run.Close()
	report := notebook.Must(run.Report(notebook.Context()))
	fmt.Println("classes:", report.Classes())
	for _, f := range []show.Figures{
		notebook.Must(show.Comparison(notebook.Context(), run)),
		notebook.Must(show.Ranking(notebook.Context(), run, "k")),
		notebook.Must(show.Lengths(notebook.Context(), run)),
	} {
		fmt.Println(f.Charts[0].Title())
	}
	// Output:
	// classes: [k other]
	// Accuracy
	// ROC curve of "k"
	// Length of the examples
}

// letters makes a model folder and a data folder.
func letters() (dir, model, data string) {
	dir = notebook.Must(os.MkdirTemp("", "show-"))
	model, data = filepath.Join(dir, "model"), filepath.Join(dir, "data")
	m, err := bert.Open(notebook.Context(), "../bert/testdata/encoder/tiny", bert.Options{})
	if err != nil {
		log.Fatal(err)
	}
	notebook.Check(m.Save(model))
	notebook.Check(os.Mkdir(data, 0o755))
	for half, n := range map[string]int{"train": 160, "test": 80} {
		var lines strings.Builder
		for i := range n {
			label, words := "other", make([]string, 10)
			for j := range words {
				words[j] = string(rune('a' + (i*7+j*j+i*j)%10))
				if i%2 == 1 {
					label, words[j] = "k", "k"
				}
			}
			notebook.Check(json.NewEncoder(&lines).Encode(map[string]string{"text": strings.Join(words, " "), "label": label}))
		}
		notebook.Check(os.WriteFile(filepath.Join(data, half+".jsonl"), []byte(lines.String()), 0o644))
	}
	return dir, model, data
}
