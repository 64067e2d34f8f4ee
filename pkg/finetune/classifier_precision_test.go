package finetune

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
)

// In bfloat16 a classifier stores its matrices in half the memory and answers nearly as in
// float32, with one adapter, with several, and without one.
func TestClassifiersInBFloat16(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	texts := []string{"a b c", "k k k k k k k k k", "d e f g", "k", "a k b k c k d k e k a k b k c k d", "j i h"}
	adapters := toyAdapters(t, modelDir, map[string]lora.Config{"one": {R: 2, Alpha: 3}, "two": {R: 6, Alpha: 9}})
	whole := filepath.Join(t.TempDir(), "run")
	r := openToy(t, whole, toyOf(t, Full), Options{})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}

	alone := func(model, dir string) func(classify.Options) (*bert.Model, []classify.Answer) {
		return func(options classify.Options) (*bert.Model, []classify.Answer) {
			c, err := classify.Open(ctx, model, dir, options)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			answers, err := c.Classify(ctx, texts)
			if err != nil {
				t.Fatal(err)
			}
			return c.Model(), answers
		}
	}
	for name, answer := range map[string]func(classify.Options) (*bert.Model, []classify.Answer){
		"an adapter": alone(modelDir, adapters["two"]),
		"full":       alone("", whole),
		"several": func(options classify.Options) (*bert.Model, []classify.Answer) {
			c, err := classify.OpenClassifiers(ctx, modelDir, adapters, classify.ClassifiersOptions{Options: options})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			answers, err := c.Classify(ctx, texts, []string{"one", "two", "one", "two", "two", "one"})
			if err != nil {
				t.Fatal(err)
			}
			return c.Model(), answers
		},
	} {
		options := classify.Options{Labels: []string{"bad", "good"}, MaxLength: 20}
		_, want := answer(options)
		options.Precision = precision.BFloat16
		model, got := answer(options)
		for _, module := range model.DenseModules() {
			if kind := model.Variable(module + ".weight").DType(); kind != dtypes.BFloat16 {
				t.Errorf("%s: %s is stored as %s", name, module, kind)
			}
		}
		worst := 0.0
		for i := range want {
			worst = max(worst, math.Abs(got[i].Probability-want[i].Probability))
		}
		if !(worst > 0 && worst < 0.02) {
			t.Errorf("%s: probabilities differ by %.2g, expected a small difference", name, worst)
		}
	}
	for name, open := range map[string]func(classify.Options) error{
		"one": func(o classify.Options) error {
			_, err := classify.Open(ctx, modelDir, adapters["one"], o)
			return err
		},
		"several": func(o classify.Options) error {
			_, err := classify.OpenClassifiers(ctx, modelDir, adapters, classify.ClassifiersOptions{Options: o})
			return err
		},
	} {
		if err := open(classify.Options{Precision: "int4"}); err == nil || !strings.Contains(err.Error(), `Precision is "int4", expected "float32" or "bfloat16"`) {
			t.Errorf("%s: the error for an unknown precision is %v", name, err)
		}
	}
}
