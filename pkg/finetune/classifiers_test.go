package finetune

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
)

// toyAdapters saves adapters of the toy model, each with its own head, and returns their folders
// by name.
func toyAdapters(t *testing.T, modelDir string, configs map[string]lora.Config) map[string]string {
	t.Helper()
	dirs := map[string]string{}
	for name, c := range configs {
		m, err := bert.Open(context.Background(), modelDir, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}})
		if err != nil {
			t.Fatal(err)
		}
		if c.PeftType != lora.SHiRA {
			c.Init = lora.InitRandom
		}
		a, err := lora.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Inject(m.Store, m.DenseModules(), 1); err != nil {
			t.Fatal(err)
		}
		if c.PeftType == lora.SHiRA {
			disturbAll(t, m.Store, rand.New(rand.NewPCG(2, 2)))
		}
		toytest.Randomize(t, rand.New(rand.NewPCG(uint64(len(name)), uint64(name[0]))), 1, m.Store.GetVariable("/classifier/weight"))
		dirs[name] = filepath.Join(t.TempDir(), name)
		if err := a.Save(dirs[name]); err != nil {
			t.Fatal(err)
		}
	}
	return dirs
}

func toyClassifiers(t *testing.T, modelDir string, dirs map[string]string, spare int, like ...lora.Config) *classify.Classifiers {
	t.Helper()
	c, err := classify.OpenClassifiers(context.Background(), modelDir, dirs, classify.ClassifiersOptions{Options: classify.Options{Labels: []string{"bad", "good"}, MaxLength: 20}, Spare: spare, Like: like})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Texts with different adapters, in shared batches and from several goroutines, are answered as
// by a Classifier of each adapter, while adapters are added and removed.
func TestClassifiersAnswerAsEachAlone(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	dirs := toyAdapters(t, modelDir, map[string]lora.Config{
		"small": {R: 2, Alpha: 3}, "large": {R: 6, Alpha: 9, RSLoRA: true, TargetModules: []string{"query", "dense"}}, "visitor": {R: 3, Alpha: 2},
	})
	texts := []string{"a b c", "k k k k k k k k k", "d e f g", "k", "a k b k c k d k e k a k b k c k d", "j i h"}
	want := map[string][]classify.Answer{}
	for name, dir := range dirs {
		one, err := classify.Open(ctx, modelDir, dir, classify.Options{Labels: []string{"bad", "good"}, MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		if want[name], err = one.Classify(ctx, texts); err != nil {
			t.Fatal(err)
		}
		one.Close()
	}
	if math.Abs(want["small"][1].Probabilities[0]-want["large"][1].Probabilities[0]) < 0.01 {
		t.Fatal("the adapters answer alike: the test could not fail")
	}
	visitor := dirs["visitor"]
	delete(dirs, "visitor")
	c := toyClassifiers(t, modelDir, dirs, 1, lora.Config{R: 3})
	check := func(names []string) {
		answers, err := c.Classify(ctx, texts, names)
		if err != nil {
			t.Error(err)
			return
		}
		for i, name := range names {
			if d := math.Abs(answers[i].Probabilities[0] - want[name][i].Probabilities[0]); !(d < 1e-5) || answers[i].Label != want[name][i].Label {
				t.Errorf("text %d by %s among %v: %v, alone %v", i, name, names, answers[i], want[name][i])
			}
		}
	}
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 3 {
				names := make([]string, len(texts))
				for i := range names {
					names[i] = []string{"small", "large"}[rng.IntN(2)]
				}
				check(names)
			}
		})
	}
	wait.Go(func() {
		for range 3 {
			if err := c.Open(ctx, "visitor", visitor); err != nil {
				t.Error(err)
			}
			check(slices.Repeat([]string{"visitor", "small"}, 3))
			if err := c.Delete(ctx, "visitor"); err != nil {
				t.Error(err)
			}
		}
	})
	wait.Wait()
	if names, err := c.Names(ctx); err != nil || !slices.Equal(names, []string{"large", "small"}) {
		t.Errorf("the adapters are %v (%v)", names, err)
	}
}

// Each invalid call has its own error, and the next call succeeds.
func TestClassifiersRefuse(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	c := toyClassifiers(t, modelDir, toyAdapters(t, modelDir, map[string]lora.Config{"one": {R: 2}}), 0)
	var unknown *adapters.NameError
	if _, err := c.Classify(ctx, []string{"a"}, []string{"two"}); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "the set has one") {
		t.Errorf("the error for an unknown name is %v", err)
	}
	if err := c.Delete(ctx, "two"); !errors.As(err, &unknown) {
		t.Errorf("the error for deleting an unknown name is %v", err)
	}
	if _, err := c.Classify(ctx, []string{"a", "b"}, []string{"one"}); err == nil || !strings.Contains(err.Error(), "2 texts and 1 names") {
		t.Errorf("the error for a missing name is %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Classify(ended, []string{"a"}, []string{"one"}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error for an ended context is %v", err)
	}
	if answers, err := c.Classify(ctx, []string{"a", "b"}, []string{adapters.Base, "one"}); err != nil || len(answers) != 2 {
		t.Errorf("%v, %v", answers, err)
	}
	c.Close()
	if _, err := c.Classify(ctx, []string{"a"}, []string{"one"}); !errors.Is(err, classify.ErrClosed) {
		t.Errorf("the error after Close is %v", err)
	}
}
