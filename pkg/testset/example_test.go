package testset_test

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
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/testset"
)

// A trained model is evaluated on the data of others, whose classes have other names.
func ExampleRun() {
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
	if _, err := run.Report(ctx); err != nil {
		log.Fatal(err)
	}
	others := filepath.Join(dir, "others.csv")
	if err := os.WriteFile(others, []byte("text,label\nk a k b k c k d k e,fine\na b c d e f g h i j,poor\n"), 0o644); err != nil {
		log.Fatal(err)
	}

	c, err := classify.Open(ctx, "", run.Folder.Dir(), classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	set, err := data.Opener{Evaluation: true, Task: c.Task()}.Open(ctx, others)
	if err != nil {
		log.Fatal(err)
	}
	report, err := testset.Run(ctx, filepath.Join(dir, "evaluation"), c, set, testset.Options{
		Part:    testset.All,
		Classes: map[string]string{"fine": "good", "poor": "bad"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Main())
	// Output:
	// accuracy 1.0000, 95 % interval 0.342 to 1.000, on 2 examples
}
