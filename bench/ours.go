package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
)

// validation is the number of reviews to choose by that a training cannot do without.
const validation = 8

// started is about when the process was.
var started = time.Now()

// oursCommand is the process that measures this module; bench starts it.
func oursCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ours TASK MODEL REVIEWS TRAIN LENGTH", Hidden: true, Args: cobra.ExactArgs(5), SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := measureOurs(cmd.Context(), args)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(result)
		},
	}
}

// measureOurs does a task: TASK MODEL REVIEWS TRAIN LENGTH.
func measureOurs(ctx context.Context, args []string) (result, error) {
	var numbers [2]int
	for i, arg := range args[3:] {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return result{}, err
		}
		numbers[i] = n
	}
	task, precision := args[0], finetune.Float32
	if plain, is := strings.CutSuffix(task, "-bfloat16"); is {
		task, precision = plain, finetune.BFloat16
	}
	e := finetune.Experiment{
		Model:    args[1],
		Data:     finetune.Data{Source: args[2], Train: numbers[0], Validation: validation, Test: -1, MaxLength: numbers[1]},
		Adapter:  lora.Config{R: 8, Alpha: 16, Dropout: 0.1},
		Training: finetune.Training{Epochs: 2, Evaluations: 1, Precision: precision},
	}
	if task == "full" {
		e.Method, e.Adapter = finetune.Full, lora.Config{}
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	r, err := finetune.Open(filepath.Join(dir, "run"), e, finetune.Options{Progress: finetune.NewProgress(os.Stderr)})
	if err != nil {
		return result{}, err
	}
	defer r.Close()
	measure := trainOurs
	if task == "evaluate" {
		measure = evaluateOurs
	}
	m, err := measure(ctx, r)
	m.Versions = versions(r.Engine())
	return m, err
}

// trainOurs takes the time of the second epoch: the first compiles.
func trainOurs(ctx context.Context, r *finetune.Run) (result, error) {
	began := time.Since(started)
	trained, err := r.Train(ctx)
	if err != nil {
		return result{}, err
	}
	return result{
		Items: float64(trained.Tokens) / 2, Seconds: trained.EpochSeconds[1],
		WarmUp: began.Seconds() + trained.Seconds - trained.EpochSeconds[1], PeakBytes: trained.PeakBytes,
	}, nil
}

// evaluateOurs answers the test reviews twice, and takes the time of the second.
func evaluateOurs(ctx context.Context, r *finetune.Run) (result, error) {
	reviews, err := r.Reviews(ctx)
	if err != nil {
		return result{}, err
	}
	c, err := r.Untouched(ctx) // a merged adapter costs nothing: the graph is the same
	if err != nil {
		return result{}, err
	}
	defer c.Close()
	texts := data.Texts(reviews.Test)
	if _, err := c.Classify(ctx, texts); err != nil {
		return result{}, err
	}
	warm, began := time.Since(started), time.Now()
	if _, err := c.Classify(ctx, texts); err != nil {
		return result{}, err
	}
	return result{Items: float64(len(texts)), Seconds: time.Since(began).Seconds(), WarmUp: warm.Seconds(), PeakBytes: finetune.PeakBytes()}, nil
}

// versions of what computed.
func versions(engine string) string {
	parts := []string{runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/gomlx/gomlx" || d.Path == "github.com/gomlx/go-xla" {
				parts = append(parts, fmt.Sprintf("%s %s", filepath.Base(d.Path), d.Version))
			}
		}
	}
	return strings.Join(append(parts, engine), ", ")
}
