package finetune_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Several labels: each text has any number of classes. This toy model learns to detect the
// letters k, m and n.
func ExampleOpen_severalLabels() {
	ctx := context.Background()
	dir, modelDir, _ := toytest.Folders()
	defer os.RemoveAll(dir)
	if err := toytest.TaskData(dir, data.MultiLabel); err != nil {
		log.Fatal(err)
	}

	letters := filepath.Join(dir, "letters")
	run, err := finetune.Open(letters, finetune.Experiment{
		Task: data.MultiLabel, Model: modelDir,
		Data:    splits.Config{Source: dir, Train: 120, Validation: 40, Test: 80, MaxLength: 20},
		Adapter: lora.Config{R: 8, Alpha: 16},
		Training: finetune.Training{
			Epochs: 20, LearningRate: 0.02,
			Loss:               objective.Loss{PositiveWeights: objective.Balanced},
			MetricForBestModel: objective.ByMicroF1,
		},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	report, err := run.Report(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Classes())
	fmt.Println("better:", report.MultiLabel.Comparison.MicroF1.Difference.Interval.Low > 0)

	classifier, err := classify.Open(ctx, "", letters, classify.Options{Threshold: 0.5})
	if err != nil {
		log.Fatal(err)
	}
	defer classifier.Close()
	answers, err := classifier.Classify(ctx, []string{"k a k b k n k n d n"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(answers[0].Probabilities), "probabilities")
	// Output:
	// [with k with m with n]
	// better: true
	// 3 probabilities
}

// A regression: each text has a number. This toy model learns the share of the letter k, times 5.
func ExampleOpen_regression() {
	ctx := context.Background()
	dir, modelDir, _ := toytest.Folders()
	defer os.RemoveAll(dir)
	if err := toytest.TaskData(dir, data.Regression); err != nil {
		log.Fatal(err)
	}

	shares := filepath.Join(dir, "shares")
	run, err := finetune.Open(shares, finetune.Experiment{
		Task: data.Regression, Model: modelDir,
		Data:     splits.Config{Source: dir, Train: 120, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 8, Alpha: 16},
		Training: finetune.Training{Epochs: 8, LearningRate: 0.02, MetricForBestModel: objective.ByMAE},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	report, err := run.Report(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("correlated:", report.Regression.After.Pearson.Interval.Low > 0.5)

	classifier, err := classify.Open(ctx, "", shares, classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer classifier.Close()
	numbers, err := classifier.Score(ctx, []string{"k k a k k k b k", "a b c d e f a b"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("more k, a larger number:", numbers[0].Value > numbers[1].Value)
	// Output:
	// correlated: true
	// more k, a larger number: true
}

// Class weights make a rare class count as much as a frequent one.
func ExampleLoss() {
	e, err := finetune.Experiment{
		Training: finetune.Training{Loss: objective.Loss{ClassWeights: objective.Balanced, LabelSmoothing: 0.1}},
	}.WithDefaults()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Validate())
	e.Task = data.Regression
	fmt.Println(e.Validate())
	// Output:
	// <nil>
	// experiment: training.loss.class_weights is set, but belongs to the task single_label_classification, and the task is regression: leave it out
}
