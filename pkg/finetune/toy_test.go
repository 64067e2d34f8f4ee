package finetune

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

func backend(t *testing.T) compute.Backend {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	return e.Backend
}

// toyModel is a folder with a random BERT of 6,000 weights without a classifier.
func toyModel(t *testing.T) string {
	t.Helper()
	m, err := bert.Open(context.Background(), "../bert/testdata/encoder/tiny", bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// toyData is a folder of reviews of letters; in a good one every other is a k.
func toyData(t *testing.T) string { return toyDataOf(t, 200, 80) }

// toyDataOf is toyData with so many reviews in either half.
func toyDataOf(t *testing.T, train, test int) string {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 5))
	for _, half := range []string{"train", "test"} {
		n := map[string]int{"train": train, "test": test}[half]
		f, err := os.Create(filepath.Join(dir, half+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			words := make([]string, 3+rng.IntN(13))
			for j := range words {
				words[j] = string(rune('a' + rng.IntN(10)))
			}
			for j := 0; i%2 == 1 && j < len(words); j += 2 {
				words[j] = "k"
			}
			line := map[string]any{"id": fmt.Sprint(half, i), "text": strings.Join(words, " "), "label": []string{"bad", "good"}[i%2]}
			if err := json.NewEncoder(f).Encode(line); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// toy is an experiment that learns something within a second.
func toy(t *testing.T) Experiment {
	t.Helper()
	return Experiment{
		Model: toyModel(t), Seed: 3,
		Data:     Data{Source: toyData(t), Train: 96, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
		Training: Training{Epochs: 3, LearningRate: 0.02},
	}
}

func openToy(t *testing.T, dir string, e Experiment, options Options) *Run {
	t.Helper()
	if options.Backend == nil {
		options.Backend = backend(t)
	}
	r, err := Open(dir, e, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}
