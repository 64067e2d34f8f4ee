package worker_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// A worker and the coordinator of a sweep meet at a NATS server. They can be on different machines; in
// this example they are in one process with the server.
func ExampleRun() {
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)
	s, err := embeddednats.Start(filepath.Join(dir, "nats"), embeddednats.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- worker.Run(ctx, worker.Options{Server: s.Server, Name: "worker 1"}) }()

	result, err := sweep.Run(ctx, filepath.Join(dir, "sweep"), sweep.Plan{
		Base: finetune.Experiment{
			Model:    modelDir,
			Data:     splits.Config{Source: dataDir, Train: 48, Validation: 40, Test: 40, MaxLength: 20},
			Adapter:  lora.Config{R: 4, Alpha: 8},
			Training: finetune.Training{Epochs: 1, LearningRate: 1e-5},
		},
		Fields: []sweep.Field{{Name: "training.learning_rate", Values: []any{1e-5, 2e-2}}},
	}, sweep.Options{Server: s.Server, Workers: -1})
	if err != nil {
		log.Fatal(err)
	}
	for _, trial := range result.Trials {
		fmt.Println(trial.State, "by", trial.Worker)
	}
	stop() // the worker gives an unfinished trial back, and ends
	fmt.Println(<-ended)
	// Output:
	// done by worker 1
	// done by worker 1
	// context canceled
}
