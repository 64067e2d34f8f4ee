package study_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/study"
)

// Two variants of a toy experiment, each with a learning rate of its own and two seeds. Trainings that
// are finished are not repeated when the program runs again.
func ExampleCompare() {
	ctx := context.Background()
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)
	s := study.Study{
		Dir: filepath.Join(dir, "study"), Seeds: 2,
		Base: finetune.Experiment{
			Model:    modelDir,
			Data:     splits.Config{Source: dataDir, Train: 64, Validation: 40, Test: 60, MaxLength: 20},
			Training: finetune.Training{Epochs: 2},
		},
	}
	small, err := s.Run(ctx, study.Variant{Name: "r 2", Adapter: lora.Config{R: 2, Alpha: 4}, LearningRate: 0.01})
	if err != nil {
		log.Fatal(err)
	}
	head, err := s.Run(ctx, study.Variant{Name: "head", Method: finetune.HeadOnly, LearningRate: 0.1})
	if err != nil {
		log.Fatal(err)
	}
	differences, err := study.Compare(small, head)
	if err != nil {
		log.Fatal(err)
	}
	d := differences[0]
	fmt.Println(d.Variant.Name, "compared with", small.Variant.Name, "by", small.Metric().Name, "on", d.Examples, "examples, with", d.Trainings, "trainings each")
	fmt.Println("one comparison needs no correction:", d.AdjustedP == d.PValue)
	// Output:
	// head compared with r 2 by accuracy on 60 examples, with 2 trainings each
	// one comparison needs no correction: true
}
