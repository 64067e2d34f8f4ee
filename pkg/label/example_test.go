package label_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A trained model labels a file of texts. The toy model has learned to detect the letter k; a real one is
// a run folder, an adapter of PEFT, or a name of the hub.
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
	texts := filepath.Join(dir, "texts.csv")
	if err := os.WriteFile(texts, []byte("id,text\nfirst,k a k b k c k d k e\nsecond,a b c d e f g h i j\n"), 0o644); err != nil {
		log.Fatal(err)
	}

	c, err := classify.Open(ctx, "", run.Folder.Dir(), classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	answers := filepath.Join(dir, "answers.jsonl")
	report, err := label.Run(ctx, c, label.Options{Inputs: []string{texts}, Output: answers})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Counts)
	lines, err := os.ReadFile(answers)
	if err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		var answer struct{ ID, Label string }
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			log.Fatal(err)
		}
		fmt.Println(answer.ID, answer.Label)
	}
	// Output:
	// 2 texts, bad 1 (50 %), good 1 (50 %), [UNK] 0 % of the tokens, longer than the model reads: 0 %
	// first good
	// second bad
}
