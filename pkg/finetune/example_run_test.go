package finetune_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A complete experiment evaluates, trains, and evaluates again. This toy model of 6,000 weights
// learns to detect the letter k; a real experiment uses "bert-base-cased" and "imdb".
func ExampleOpen() {
	ctx := context.Background()
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)

	run, err := finetune.Open(filepath.Join(dir, "letters"), finetune.Experiment{
		Model:    modelDir,
		Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 8, Alpha: 16},
		Training: finetune.Training{Epochs: 12, LearningRate: 0.02},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	report, err := run.Report(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("better:", report.Comparison.Interval.Low > 0)

	classifier, err := classify.Open(ctx, modelDir, run.Folder.Path(runfolder.AdapterDir), classify.Options{Labels: report.Classes()})
	if err != nil {
		log.Fatal(err)
	}
	defer classifier.Close()
	answers, err := classifier.Classify(ctx, []string{"k a k b k c k d k e", "a b c d e f g h i j"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answers[0].Label, answers[1].Label)
	// Output:
	// better: true
	// good bad
}
