package sweep_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep"
)

// A grid over two fields of an experiment. The queue and two workers are in this process.
func ExampleRun() {
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)

	result, err := sweep.Run(context.Background(), filepath.Join(dir, "sweep"), sweep.Plan{
		Base: finetune.Experiment{
			Model:    modelDir,
			Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
			Adapter:  lora.Config{R: 4, Alpha: 8},
			Training: finetune.Training{Epochs: 3, LearningRate: 1e-5},
		},
		Fields: []sweep.Field{
			{Name: "training.learning_rate", Values: []any{1e-5, 2e-2}},
			{Name: "adapter.r", Values: []any{4, 8}},
		},
	}, sweep.Options{Workers: 2})
	if err != nil {
		log.Fatal(err)
	}
	best := result.Best()
	fmt.Println(len(result.Trials), "trials; the best has the rate", string(best.Settings[0].Value))
	fmt.Println("compared with the default on the test examples:", result.Test != nil)
	// Output:
	// 4 trials; the best has the rate 0.02
	// compared with the default on the test examples: true
}
