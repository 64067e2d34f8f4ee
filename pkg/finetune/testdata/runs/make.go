// Command make makes the run folders beside it, run in pkg/finetune as
// go run testdata/runs/make.go DIR with GOMLX_BACKEND=go:parallelism=-1. Those that are
// committed were made by commit 212cfdc, before run folders held digests of their inputs and
// checksums: they must stay readable, so make them anew only with that version. Their model
// is a toy in this repository, for a run on lorabook-tiny ends with its version.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
)

func main() {
	dir := os.Args[1]
	for _, stopAt := range []int{0, 3} {
		if err := make(dir, stopAt); err != nil {
			log.Fatal(err)
		}
	}
	log.Println("done")
}

// make trains, and stops after so many steps, or with 0 makes the report.
func make(dir string, stopAt int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	name := "finished"
	if stopAt > 0 {
		name = "stopped"
	}
	run, err := finetune.Open(filepath.Join(dir, name), finetune.Experiment{
		Model:    "../bert/testdata/encoder/tiny",
		Data:     finetune.Data{Source: "testdata/runs/letters.csv", Train: 24, Validation: 6, Test: 9, MaxLength: 20},
		Adapter:  lora.Config{R: 1, Alpha: 2, TargetModules: []string{"query"}},
		Training: finetune.Training{Epochs: 2, BatchSize: 6, Evaluations: 1},
	}, finetune.Options{OnHistory: func(line finetune.HistoryLine) {
		if line.Step == stopAt {
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
	if stopAt > 0 {
		if _, err := run.Train(ctx); !errors.Is(err, finetune.ErrStopped) {
			return err
		}
		return nil
	}
	_, err = run.Report(ctx)
	return err
}
