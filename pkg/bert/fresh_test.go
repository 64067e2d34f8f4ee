package bert

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// freshConfig is a BERT for the tiny vocabulary whose matrices are wide enough for
// statistics.
const freshConfig = `{
  "vocab_size": 48, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
  "intermediate_size": 96, "max_position_embeddings": 32, "initializer_range": 0.05,
  "id2label": {"0": "bad", "1": "good"}
}`

func newModel(t *testing.T, head Head, seed int64) *Model {
	t.Helper()
	config, err := ParseConfig([]byte(freshConfig))
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := tokenizers.Open(tiny)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(config, tokenizer, head, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// values are the model's tensors by the names of their files.
func values(t *testing.T, m *Model) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for v := range m.Store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		all[dotted.Name(v.Path())] = tensors.MustCopyFlatData[float32](value)
	}
	return all
}

// TestNewWeights: biases are 0, the norms' weights 1, all else is normal with the
// configuration's deviation, and no two tensors are drawn alike.
func TestNewWeights(t *testing.T) {
	for _, head := range []Head{NoHead, Classification, MaskedLM} {
		m := newModel(t, head, 3)
		all := values(t, m)
		if n := len(m.Config.params(head, 2)); len(all) != n || len(m.Fresh) != n {
			t.Errorf("%s: %d tensors, %d of them fresh, expected %d", head, len(all), len(m.Fresh), n)
		}
		firsts := map[float32]string{}
		for name, v := range all {
			switch {
			case strings.HasSuffix(name, "bias"):
				if slices.ContainsFunc(v, func(x float32) bool { return x != 0 }) {
					t.Errorf("%s is not 0", name)
				}
				continue
			case strings.HasSuffix(name, "LayerNorm.weight"):
				if slices.ContainsFunc(v, func(x float32) bool { return x != 1 }) {
					t.Errorf("%s is not 1", name)
				}
				continue
			}
			if other, taken := firsts[v[0]]; taken {
				t.Errorf("%s begins as %s does", name, other)
			}
			firsts[v[0]] = name
			sum, squares, within := 0.0, 0.0, 0.0
			for _, x := range v {
				z := float64(x) / 0.05
				sum += z
				squares += z * z
				if math.Abs(z) < 1 {
					within++
				}
			}
			n := float64(len(v))
			mean, variance, share := sum/n, squares/n, within/n
			// Five standard deviations of each figure.
			if math.Abs(mean) > 5/math.Sqrt(n) || math.Abs(variance-1) > 5*math.Sqrt(2/n) ||
				math.Abs(share-0.6827) > 5*math.Sqrt(0.6827*0.3173/n) {
				t.Errorf("%s: mean %.3f, variance %.3f, %.1f %% within one deviation, in units of the configuration's", name, mean, variance, 100*share)
			}
		}
	}
}

// TestNewSeed: a seed gives the same weights whatever the head, another seed others.
func TestNewSeed(t *testing.T) {
	encoder, masked, other := values(t, newModel(t, NoHead, 3)), values(t, newModel(t, MaskedLM, 3)), values(t, newModel(t, NoHead, 4))
	for name, v := range encoder {
		if !slices.Equal(v, masked[name]) {
			t.Errorf("%s depends on the head", name)
		}
		if v[0] != 0 && v[0] != 1 && slices.Equal(v, other[name]) {
			t.Errorf("%s does not depend on the seed", name)
		}
	}
}

// TestNewRoundTrip: saved and opened again, a fresh model is the same, and one with a
// masked-word head opens for every other task.
func TestNewRoundTrip(t *testing.T) {
	for _, head := range []Head{NoHead, Classification, MaskedLM} {
		m := newModel(t, head, 3)
		for v := range m.Store.IterVariables() {
			if v.Trainable {
				t.Errorf("%s: %s is not frozen", head, v.Path())
			}
		}
		dir := filepath.Join(t.TempDir(), "model")
		if err := m.Save(dir); err != nil {
			t.Fatal(err)
		}
		again, err := open(dir, head)
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Fresh) > 0 {
			t.Errorf("%s: %v made fresh again", head, again.Fresh)
		}
		if diff := cmp.Diff(values(t, m), values(t, again)); diff != "" {
			t.Errorf("%s: %s", head, diff)
		}
		if diff := cmp.Diff(m.Config, again.Config, cmpopts.IgnoreUnexported(Config{})); diff != "" {
			t.Errorf("%s: %s", head, diff)
		}
		if again.Tokenizer.VocabSize() != 48 || !slices.Equal(again.DenseModules(), m.DenseModules()) {
			t.Errorf("%s: another tokenizer or other modules", head)
		}
		if head != MaskedLM {
			continue
		}
		classifier, err := Open(context.Background(), dir, Options{Head: Classification, Labels: []string{"bad", "mixed", "good"}})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"classifier.weight", "classifier.bias"}; !slices.Equal(classifier.Fresh, want) {
			t.Errorf("a classifier makes %v fresh, expected %v: the pooler is the model's", classifier.Fresh, want)
		}
		if _, err := open(dir, NoHead); err != nil {
			t.Error(err)
		}
	}
}

func TestNewFaults(t *testing.T) {
	tokenizer, err := tokenizers.Open(tiny)
	if err != nil {
		t.Fatal(err)
	}
	late, err := tokenizers.New([]string{"a", "b", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}, tokenizers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil     func(*Config)
		head      Head
		tokenizer *tokenizers.Tokenizer
		field     string
	}{
		"no layers":            {func(c *Config) { c.NumHiddenLayers = 0 }, MaskedLM, tokenizer, "num_hidden_layers"},
		"heads do not divide":  {func(c *Config) { c.NumAttentionHeads = 5 }, MaskedLM, tokenizer, "num_attention_heads"},
		"nothing":              {func(c *Config) { *c = Config{} }, MaskedLM, tokenizer, "vocab_size"},
		"no activation":        {func(c *Config) { c.HiddenAct = "" }, MaskedLM, tokenizer, "hidden_act"},
		"deviation 0":          {func(c *Config) { c.InitializerRange = 0 }, MaskedLM, tokenizer, "initializer_range"},
		"another vocabulary":   {func(c *Config) { c.VocabSize = 50 }, MaskedLM, tokenizer, "vocab_size"},
		"another padding":      {func(c *Config) { c.VocabSize = 7 }, NoHead, late, "pad_token_id"},
		"classifier of 1":      {func(c *Config) { c.Labels = []string{"good"} }, Classification, tokenizer, "id2label"},
		"classifier of nobody": {func(c *Config) { c.Labels = nil }, Classification, tokenizer, "id2label"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := ParseConfig([]byte(freshConfig))
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(&config)
			m, err := New(config, c.tokenizer, c.head, 1)
			var bad *ConfigError
			if m != nil || !errors.As(err, &bad) || bad.Field != c.field {
				t.Errorf("the error does not name the field %q: %v", c.field, err)
			}
		})
	}
	config, err := ParseConfig([]byte(freshConfig))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(config, nil, MaskedLM, 1); err == nil || !strings.Contains(err.Error(), "tokenizer") {
		t.Errorf("without a tokenizer the error is %v", err)
	}
}

// TestNoMaskedHead: what a model lacks is said in words, and not where a tensor alone
// is missing.
func TestNoMaskedHead(t *testing.T) {
	const says = "no masked-language-model head"
	dir := filepath.Join(t.TempDir(), "model")
	if err := newModel(t, Classification, 3).Save(dir); err != nil {
		t.Fatal(err)
	}
	_, err := open(dir, MaskedLM)
	var bad *TensorsError
	if !errors.As(err, &bad) || len(bad.Missing) != 5 || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), dir) {
		t.Errorf("the error is %v", err)
	}
	config, err := ParseConfig([]byte(freshConfig))
	if err != nil {
		t.Fatal(err)
	}
	config.NumHiddenLayers = 3
	dir = filepath.Join(t.TempDir(), "model")
	m := newModel(t, MaskedLM, 3)
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := config.write(dir, MaskedLM.String()); err != nil {
		t.Fatal(err)
	}
	if _, err = open(dir, MaskedLM); !errors.As(err, &bad) || strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v", err)
	}
}
