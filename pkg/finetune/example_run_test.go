package finetune_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A whole experiment: measure, train, measure again. Here a toy of 6,000 weights
// learns to find the letter k; with "bert-base-cased" and "imdb" it is the real one.
func ExampleOpen() {
	ctx := context.Background()
	dir, modelDir, dataDir := toyFolders()
	defer os.RemoveAll(dir)

	run, err := finetune.Open(filepath.Join(dir, "letters"), finetune.Experiment{
		Model:    modelDir,
		Data:     finetune.Data{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
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

	classifier, err := finetune.OpenClassifier(ctx, modelDir, run.Folder.Path(runfolder.AdapterDir), finetune.ClassifierOptions{Labels: report.Classes()})
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

// toyFolders makes a model folder and a data folder for the example.
func toyFolders() (dir, modelDir, dataDir string) {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	modelDir, dataDir = filepath.Join(dir, "model"), filepath.Join(dir, "data")
	m, err := bert.Open(context.Background(), "../bert/testdata/encoder/tiny", bert.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Save(modelDir); err != nil {
		log.Fatal(err)
	}
	if err := os.Mkdir(dataDir, 0o755); err != nil {
		log.Fatal(err)
	}
	for half, n := range map[string]int{"train": 160, "test": 80} {
		text := []string{"id,text,label"}
		for i := range n {
			words := make([]string, 10)
			for j := range words {
				words[j] = string(rune('a' + (i*7+j*j+i*j)%10))
				if i%2 == 1 && j%2 == 0 {
					words[j] = "k"
				}
			}
			text = append(text, fmt.Sprintf("%s%d,%s,%s", half, i, strings.Join(words, " "), []string{"bad", "good"}[i%2]))
		}
		if err := os.WriteFile(filepath.Join(dataDir, half+".csv"), []byte(strings.Join(text, "\n")+"\n"), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	return dir, modelDir, dataDir
}
