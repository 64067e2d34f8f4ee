package classify_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Merge writes the trained weights of a run and its model as one model in the hub's layout.
// Python's AutoModelForSequenceClassification.from_pretrained opens the folder, and so does Open.
// On the command line: go run ./kernel merge runs/letters models/letters
func ExampleMerge() {
	ctx := context.Background()
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)

	letters := filepath.Join(dir, "letters")
	run, err := finetune.Open(letters, finetune.Experiment{
		Model:    modelDir,
		Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 8, Alpha: 16},
		Training: finetune.Training{Epochs: 1, LearningRate: 1e-3, LoRAPlusLRRatio: 16},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	if _, err := run.Train(ctx); err != nil {
		log.Fatal(err)
	}
	merged := filepath.Join(dir, "models", "letters")
	if err := classify.Merge(ctx, "", letters, merged, classify.MergeOptions{}); err != nil {
		log.Fatal(err)
	}
	classifier, err := classify.Open(ctx, merged, "", classify.Options{}) // no adapter
	if err != nil {
		log.Fatal(err)
	}
	defer classifier.Close()
	answers, err := classifier.Classify(ctx, []string{"a k b k c k"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(answers[0].Probabilities), "classes")

	m, err := bert.Open(ctx, merged, bert.Options{Head: bert.Classification})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Config.Labels, "newly initialized:", m.Fresh)
	// Output:
	// 2 classes
	// [bad good] newly initialized: []
}
