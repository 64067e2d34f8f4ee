package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/bench/internal/side"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// validation is the number of validation reviews; a training requires some.
const validation = 8

// started is the approximate start of the process.
var started = time.Now()

// oursCommand measures lorabook in a process that bench starts.
func oursCommand() *cobra.Command {
	return &cobra.Command{
		Use: "ours MODEL REVIEWS RECIPE", Hidden: true, Args: cobra.ExactArgs(3), SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			var r recipe
			if err := json.Unmarshal([]byte(args[2]), &r); err != nil {
				return err
			}
			result, err := measureOurs(cmd.Context(), args[0], args[1], r)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(result)
		},
	}
}

// measureOurs runs a recipe with a model and the reviews of a folder.
func measureOurs(ctx context.Context, model, reviews string, how recipe) (result, error) {
	if how.OneCore {
		runtime.GOMAXPROCS(1)
	}
	if how.Kind == tokenizing {
		return tokenizeOurs(ctx, model, reviews)
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("XDG_CACHE_HOME", dir); err != nil { // an empty cache: no hidden states, no compiled programs
		return result{}, err
	}
	if how.Kept {
		if err := os.Setenv(engine.EnvPrograms, filepath.Join(filepath.Dir(reviews), "programs")); err != nil {
			return result{}, err
		}
	}
	r, err := finetune.Open(filepath.Join(dir, "run"), how.experiment(model, reviews), finetune.Options{Progress: progress.New(os.Stderr)})
	if err != nil {
		return result{}, err
	}
	defer r.Close()
	measure := map[kind]func(context.Context, *finetune.Run, recipe) (result, error){
		steps: stepsOurs, epochs: epochsOurs, adapter: adapterOurs, evaluation: evaluateOurs, first: firstOurs,
	}[how.Kind]
	if measure == nil {
		return result{}, fmt.Errorf("recipe: unknown kind %q", how.Kind)
	}
	m, err := measure(ctx, r, how)
	m.Versions = side.Versions(r.Engine())
	return m, err
}

// experiment returns the recipe as a lorabook experiment.
func (how recipe) experiment(model, reviews string) finetune.Experiment {
	e := finetune.Experiment{
		Model: model, Seed: how.Seed,
		Data:    splits.Config{Source: reviews, Train: how.Reviews, Validation: validation, Test: -1, MaxLength: how.Length},
		Adapter: lora.Config{R: how.Rank, Alpha: how.Alpha, Dropout: how.Dropout, TargetModules: how.Targets, LayersToTransform: how.Layers},
		Training: finetune.Training{
			Epochs: how.Epochs, BatchSize: how.BatchSize, LearningRate: how.LearningRate, Evaluations: 1,
			PrefixCache: precision.Precision(how.PrefixCache), MetricForBestModel: objective.Last,
		},
	}
	if how.Kind == epochs { // the others are estimated from the second
		e.Training.Epochs = min(2, how.Epochs)
	}
	if how.Bfloat16 {
		e.Training.Precision = precision.BFloat16
	}
	if how.Full {
		e.Method, e.Adapter = finetune.Full, lora.Config{}
	}
	return e
}

// train trains and returns the start of the second epoch, in seconds from the process's start.
func train(ctx context.Context, r *finetune.Run) (t *finetune.Trained, second float64, err error) {
	began := time.Since(started)
	if t, err = r.Train(ctx); err != nil {
		return nil, 0, err
	}
	if len(t.EpochSeconds) < 2 {
		return nil, 0, fmt.Errorf("recipe: %d epochs, expected at least 2", len(t.EpochSeconds))
	}
	return t, began.Seconds() + t.Seconds - t.EpochSeconds[1], nil
}

func stepsOurs(ctx context.Context, r *finetune.Run, how recipe) (m result, err error) {
	t, before, err := train(ctx, r)
	if err != nil {
		return result{}, err
	}
	m = result{Items: float64(t.Tokens) / float64(len(t.EpochSeconds)), Seconds: t.EpochSeconds[1], WarmUp: before, PeakBytes: t.PeakBytes}
	if how.judged() {
		m.Accuracy, err = testAccuracy(ctx, r, how)
	}
	return m, err
}

func epochsOurs(ctx context.Context, r *finetune.Run, how recipe) (result, error) {
	t, _, err := train(ctx, r)
	if err != nil {
		return result{}, err
	}
	all, epoch := time.Since(started).Seconds(), t.EpochSeconds[1]
	return result{Items: 1, Seconds: all + float64(how.Epochs-2)*epoch, WarmUp: all - 2*epoch, PeakBytes: t.PeakBytes}, nil
}

func adapterOurs(ctx context.Context, r *finetune.Run, how recipe) (result, error) {
	if _, err := r.Train(ctx); err != nil {
		return result{}, err
	}
	m := result{Items: 1, Seconds: time.Since(started).Seconds(), PeakBytes: runfolder.PeakBytes()}
	var err error
	m.Accuracy, err = testAccuracy(ctx, r, how)
	return m, err
}

// testAccuracy returns the trained model's accuracy on the test reviews.
func testAccuracy(ctx context.Context, r *finetune.Run, how recipe) (float64, error) {
	reviews, err := r.Examples(ctx)
	if err != nil {
		return 0, err
	}
	c, err := classify.Open(ctx, "", r.Folder.Path(""), classify.Options{MaxLength: how.Length, Precision: r.Experiment.Training.Precision})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	answers, err := c.Classify(ctx, data.Texts(reviews.Test))
	if err != nil {
		return 0, err
	}
	right := 0
	for i, a := range answers {
		if a.Label == reviews.Labels[reviews.Test[i].Label] {
			right++
		}
	}
	return float64(right) / float64(len(answers)), nil
}

func evaluateOurs(ctx context.Context, r *finetune.Run, _ recipe) (m result, err error) {
	err = withClassifier(ctx, r, func(answer func() (int, error)) error {
		m, err = measureSecond(answer)
		return err
	})
	return m, err
}

func firstOurs(ctx context.Context, r *finetune.Run, _ recipe) (m result, err error) {
	err = withClassifier(ctx, r, func(answer func() (int, error)) error {
		opened := time.Since(started)
		if _, err := answer(); err != nil {
			return err
		}
		m = result{Items: 1, Seconds: time.Since(started).Seconds(), WarmUp: opened.Seconds(), PeakBytes: runfolder.PeakBytes()}
		return nil
	})
	return m, err
}

// withClassifier opens the model and calls measure with a function that classifies the test
// reviews.
func withClassifier(ctx context.Context, r *finetune.Run, do func(answer func() (int, error)) error) error {
	reviews, err := r.Examples(ctx)
	if err != nil {
		return err
	}
	c, err := r.Untrained(ctx) // the graph with a merged adapter is the same
	if err != nil {
		return err
	}
	defer c.Close()
	texts := data.Texts(reviews.Test)
	return do(func() (int, error) {
		answers, err := c.Classify(ctx, texts)
		return len(answers), err
	})
}

func tokenizeOurs(ctx context.Context, model, set string) (result, error) {
	tokenizer, err := tokenizers.Open(model)
	if err != nil {
		return result{}, err
	}
	reviews, err := data.Open(ctx, set) // in the order of the files, as the peer reads them
	if err != nil {
		return result{}, err
	}
	texts := data.Texts(slices.Concat(reviews.Train, reviews.Test))
	var encoded [][]int32
	m, err := measureSecond(func() (tokens int, _ error) {
		encoded = nil // do not hold two results at once
		encoded = tokenizer.EncodeAll(texts, 0)
		for _, ids := range encoded {
			tokens += len(ids)
		}
		return tokens, nil
	})
	m.IDs = digestOf(encoded)
	m.Versions = side.Versions(fmt.Sprintf("%d of %d cores", runtime.GOMAXPROCS(0), runtime.NumCPU()))
	return m, err
}

// digestOf returns the SHA-256 of the number of ids of each text and the ids, as little-endian
// uint32. tokenizer_peer.py computes the same.
func digestOf(texts [][]int32) string {
	sum := sha256.New()
	var row []byte
	for _, ids := range texts {
		row = binary.LittleEndian.AppendUint32(row[:0], uint32(len(ids)))
		for _, id := range ids {
			row = binary.LittleEndian.AppendUint32(row, uint32(id))
		}
		sum.Write(row)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// measureSecond calls process twice and measures the second call. process returns its number of
// items.
func measureSecond(do func() (items int, err error)) (result, error) {
	if _, err := do(); err != nil {
		return result{}, err
	}
	warm, began := time.Since(started), time.Now()
	items, err := do()
	return result{Items: float64(items), Seconds: time.Since(began).Seconds(), WarmUp: warm.Seconds(), PeakBytes: runfolder.PeakBytes()}, err
}
