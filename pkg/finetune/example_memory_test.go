package finetune_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A program that has its examples in memory writes each half as JSON Lines: the run folder compares
// them when it is opened again. Another task has other values of "label": a list of classes, a number,
// or "tokens" and "ner_tags" (data.Opener.Task).
func ExampleOpen_memory() {
	dir, modelDir, _ := toytest.Folders()
	defer os.RemoveAll(dir)
	type example struct {
		ID    string `json:"id"`
		Text  string `json:"text"`
		Label string `json:"label"` // name of the class
	}
	halves := map[string][]example{}
	for i := range 40 {
		half := []string{"train", "train", "train", "test"}[i%4]
		letter := string(rune('a' + i%10))
		halves[half] = append(halves[half],
			example{fmt.Sprint("good-", i), "k " + letter + " k", "good"},
			example{fmt.Sprint("bad-", i), "m " + letter + " m", "bad"})
	}
	source := filepath.Join(dir, "reviews")
	if err := os.Mkdir(source, 0o755); err != nil {
		log.Fatal(err)
	}
	for half, examples := range halves {
		f, err := os.Create(filepath.Join(source, half+".jsonl"))
		if err != nil {
			log.Fatal(err)
		}
		lines := json.NewEncoder(f)
		for _, e := range examples {
			if err := lines.Encode(e); err != nil {
				log.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
	}

	evaluations := 0
	run, err := finetune.Open(filepath.Join(dir, "run"), finetune.Experiment{
		Model:    modelDir,
		Data:     splits.Config{Source: source, Train: -1, Validation: 10, Test: -1, MaxLength: 20}, // -1: all
		Training: finetune.Training{Epochs: 2, LearningRate: 0.02},
	}, finetune.Options{OnHistory: func(line runfolder.HistoryLine) {
		if line.Kind == runfolder.EvalLine {
			evaluations++ // a program may show line.Step, line.Loss and line.Accuracy
		}
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	examples, err := run.Examples(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(examples.Labels, len(examples.Train), len(examples.Validation), len(examples.Test))
	if _, err := run.Train(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(evaluations, "evaluations")
	// Output:
	// [bad good] 50 10 20
	// 4 evaluations
}
