// Command judge measures what LoRA makes of a model over the number of reviews that
// it learns from, on all 25,000 of IMDB's test half, beside a logistic regression on
// bags of words that learns from the same reviews:
//
//	go run ./tools/tiny/judge --imdb aclImdb_v1.tar.gz --python python3
//
// Python needs scikit-learn. What is measured is kept in the run folder: stop it with
// Ctrl-C, the same command goes on.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tiny"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

//go:embed bagofwords.py
var bagOfWords string

// epochs is how often so many reviews are read: the fewer, the more often.
func epochs(reviews int) int {
	switch {
	case reviews <= 100:
		return 20
	case reviews <= 1000:
		return 10
	case reviews <= 10000:
		return 4
	}
	return 3
}

type judge struct {
	model, imdb, run, python string
	precision                string
	length                   int
	asked                    string // run folder that has the answers of the untrained model
}

func main() { cli.Main(command()) }

func command() *cobra.Command {
	var j judge
	var sizes []int
	cmd := &cobra.Command{
		Use: "judge --imdb ARCHIVE", Short: "what LoRA makes of a model", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, size := range sizes {
				if err := j.measure(cmd.Context(), size); err != nil {
					return err
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&j.model, "model", tiny.Name, "the model")
	flags.StringVar(&j.imdb, "imdb", "", "IMDB's archive or folder")
	flags.StringVar(&j.run, "run", "runs/judge", "folder of the work")
	flags.StringVar(&j.python, "python", "python3", "a Python with scikit-learn; \"\" leaves the bags of words out")
	flags.StringVar(&j.precision, "precision", string(precision.Float32), "of matrix products: float32, or bfloat16, which is the faster where the processor has it")
	flags.IntVar(&j.length, "length", 256, "tokens of a review, for the model; the words within them, for the bag")
	flags.IntSliceVar(&sizes, "sizes", []int{100, 1000, 10000, 25000}, "reviews to learn from, those to choose the bag's regularisation by included")
	if err := cmd.MarkFlagRequired("imdb"); err != nil {
		panic(err)
	}
	return cmd
}

func (j *judge) measure(ctx context.Context, size int) error {
	held := max(20, size/20) // to choose the bag's regularisation by; the model's last state is taken
	e := finetune.Experiment{
		Model:   j.model,
		Data:    splits.Config{Source: j.imdb, Train: size - held, Validation: held, Test: -1, MaxLength: j.length, DropDuplicates: splits.DropNone},
		Adapter: lora.Config{R: 16, Alpha: 32, Dropout: 0.1, TargetModules: everyProjection, ModulesToSave: []string{"classifier", "pooler"}},
		Training: finetune.Training{
			Epochs: epochs(size), LearningRate: 1e-3, BatchSize: 32, Precision: precision.Precision(j.precision), MetricForBestModel: objective.Last,
		},
	}
	dir := filepath.Join(j.run, fmt.Sprint(size))
	r, err := finetune.Open(dir, e, finetune.Options{Progress: progress.New(os.Stderr)})
	if err != nil {
		return err
	}
	defer r.Close()
	// All experiments have the same untrained model and test reviews: their baseline is
	// computed once.
	if j.asked != "" {
		for _, name := range []string{runfolder.BaselinePredictionsFile, runfolder.BaselineFile} {
			answers, err := os.ReadFile(filepath.Join(j.asked, name))
			if err != nil {
				return err
			}
			if err := atomicfile.Write(r.Folder.Path(name), answers, 0o644); err != nil {
				return err
			}
		}
	}
	j.asked = dir
	report, err := r.Report(ctx)
	if err != nil {
		return err
	}
	shares, intervals, err := report.After.Recalls()
	if err != nil {
		return err
	}
	fmt.Printf("%6d reviews: LoRA %.2f %% (95 %% %.2f to %.2f) of %d, before %.2f %%, %d parameters, %.0f s of training",
		size, 100*shares[0], 100*intervals[0].Low, 100*intervals[0].High, report.After.Examples, 100*report.Before.Accuracy, report.Training.Trainable, report.Training.Seconds)
	if j.python != "" {
		reviews, err := r.Examples(ctx)
		if err != nil {
			return err
		}
		bag, err := j.bag(ctx, reviews)
		if err != nil {
			return err
		}
		fmt.Printf("; bag of words %.2f %%", 100*bag)
	}
	fmt.Println()
	return nil
}

// everyProjection of the encoder, by the endings of their names.
var everyProjection = []string{"query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"}

// bag is the accuracy of a logistic regression that sees the same words of the same
// reviews; its strength of regularisation is chosen by the validation reviews.
func (j judge) bag(ctx context.Context, reviews *splits.Examples) (float64, error) {
	dir, err := bert.Resolve(ctx, j.model, bert.ResolveOptions{})
	if err != nil {
		return 0, err
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		return 0, err
	}
	seen := func(list []data.Example) map[string]any {
		texts := make([]string, len(list))
		for i, ids := range tokenizer.EncodeAll(data.Texts(list), j.length) {
			texts[i] = tokenizer.Decode(ids)
		}
		return map[string]any{"texts": texts, "labels": data.Labels(list)}
	}
	input, err := json.Marshal(map[string]any{"train": seen(reviews.Train), "validation": seen(reviews.Validation), "test": seen(reviews.Test)})
	if err != nil {
		return 0, err
	}
	python := exec.CommandContext(ctx, j.python, "-c", bagOfWords)
	python.Stdin, python.Stderr = bytes.NewReader(input), os.Stderr
	output, err := python.Output()
	if err != nil {
		return 0, fmt.Errorf("bags of words: %w", err)
	}
	var result struct{ Accuracy float64 }
	if err := json.Unmarshal(output, &result); err != nil {
		return 0, errors.Join(errors.New("bags of words: no answer that can be read"), err)
	}
	return result.Accuracy, nil
}
