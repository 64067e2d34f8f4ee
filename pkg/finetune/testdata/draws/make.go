// Command make makes the run folder random beside it, run in pkg/finetune as
// go run testdata/draws/make.go DIR with GOMLX_BACKEND=go:parallelism=-1. The one that
// is committed was made by commit b0df652, the last one that drew the examples of several labels
// at random and recorded no draw in splits.json: it must stay readable, so make it anew only with
// that version.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

func main() {
	if err := train(filepath.Join(os.Args[1], "random")); err != nil {
		log.Fatal(err)
	}
}

// train trains, and stops after three steps.
func train(dir string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run, err := finetune.Open(dir, finetune.Experiment{
		Model:    "../bert/testdata/encoder/tiny",
		Task:     data.MultiLabel,
		Data:     splits.Config{Source: "testdata/draws/several_labels.csv", Train: 24, Validation: 6, MaxLength: 20, DropDuplicates: splits.DropNone},
		Adapter:  lora.Config{R: 1, Alpha: 2, TargetModules: []string{"query"}},
		Training: finetune.Training{Epochs: 2, BatchSize: 6, Evaluations: 1},
	}, finetune.Options{OnHistory: func(line runfolder.HistoryLine) {
		if line.Step == 3 {
			cancel()
		}
	}})
	if err != nil {
		return err
	}
	defer run.Close()
	if _, err := run.Baseline(ctx); err != nil {
		return err
	}
	if _, err := run.Train(ctx); !errors.Is(err, finetune.ErrStopped) {
		return err
	}
	return nil
}
