package ensemble_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/ensemble"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
)

// The mean of the answers of two adapters of different rank, from their stored predictions.
func ExampleEvaluate() {
	ctx := context.Background()
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)
	var runs []string
	for _, rank := range []int{2, 8} {
		run, err := finetune.Open(filepath.Join(dir, fmt.Sprintf("rank-%d", rank)), finetune.Experiment{
			Model:    modelDir,
			Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
			Adapter:  lora.Config{R: rank, Alpha: 16},
			Training: finetune.Training{Epochs: 2, LearningRate: 0.02},
		}, finetune.Options{})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := run.Report(ctx); err != nil {
			log.Fatal(err)
		}
		if err := run.Close(); err != nil {
			log.Fatal(err)
		}
		runs = append(runs, run.Folder.Dir())
	}

	e, err := ensemble.Evaluate(ctx, runs, ensemble.Options{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("examples:", e.Metrics.Examples)
	for _, m := range e.Models {
		fmt.Println(filepath.Base(m.Dir), "has a difference:", m.Difference != nil)
	}
	// Output:
	// examples: 80
	// rank-2 has a difference: true
	// rank-8 has a difference: true
}
