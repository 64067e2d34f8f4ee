package prefixcache

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
)

// Layers above the states share them. A weight below, a token, the batches, the number of
// layers, the number formats and the engine each have states of their own.
func TestKey(t *testing.T) {
	dir := toytest.CacheDir(t)
	const examples = 40
	if _, n := once(t, toy(t, examples)); n != examples {
		t.Fatalf("the states of %d examples were computed, expected %d", n, examples)
	}
	ids := func(change func(ids [][]int32) [][]int32) func(*testing.T, *Config) {
		return func(t *testing.T, c *Config) {
			c.Batches = batches(t, c.Model, change(randomIDs(c.Model, 1, examples)))
		}
	}
	weight := func(name string) func(*testing.T, *Config) {
		return func(t *testing.T, c *Config) { disturb(t, *c, name) }
	}
	set := func(change func(c *Config)) func(*testing.T, *Config) {
		return func(_ *testing.T, c *Config) { change(c) }
	}
	pairs := func(first int32) func(*testing.T, *Config) {
		return func(_ *testing.T, c *Config) {
			c.Rows = &encoding.Rows{FirstLengths: slices.Repeat([]int32{first}, examples)}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*testing.T, *Config)
		shared bool
	}{
		{"the same", set(func(*Config) {}), true},
		{"a weight above", weight("bert.encoder.layer.1.intermediate.dense.weight"), true},
		{"the pooler", weight("bert.pooler.dense.weight"), true},
		{"the classifier", weight("classifier.weight"), true},
		{"limit", set(func(c *Config) { c.Limit /= 2 }), true},
		{"a weight below", weight("bert.encoder.layer.0.output.LayerNorm.bias"), false},
		{"an embedding", weight("bert.embeddings.position_embeddings.weight"), false},
		{"activation", set(func(c *Config) { c.Model.Config.HiddenAct = "relu" }), false},
		{"heads", set(func(c *Config) { c.Model.Config.NumAttentionHeads = 2 }), false},
		{"epsilon", set(func(c *Config) { c.Model.Config.LayerNormEps = 1e-5 }), false},
		{"a token", ids(func(ids [][]int32) [][]int32 { ids[7][1] ^= 1; return ids }), false},
		{"the order", ids(func(ids [][]int32) [][]int32 { ids[0], ids[1] = ids[1], ids[0]; return ids }), false},
		{"a shorter example", ids(func(ids [][]int32) [][]int32 { ids[3] = ids[3][:len(ids[3])-1]; return ids }), false},
		{"fewer examples", ids(func(ids [][]int32) [][]int32 { return ids[:30] }), false},
		{"layers", set(func(c *Config) { c.Layers = 2 }), false},
		{"stored", set(func(c *Config) { c.Stored = precision.BFloat16 }), false},
		{"products", set(func(c *Config) { c.Products = precision.BFloat16 }), false},
		{"pairs", pairs(2), false},
		{"the same pairs", pairs(2), true},
		{"pairs with longer first texts", pairs(3), false},
		{"engine", set(func(c *Config) { c.Engine = &engine.Engine{Backend: c.Engine.Backend, Config: "another"} }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := toy(t, examples)
			c.change(t, &changed)
			changed.Encoder = changed.Model.Encoder()
			want := changed.Batches.Examples()
			if c.shared {
				want = 0
			}
			if _, n := once(t, changed); n != want {
				t.Errorf("the states of %d examples were computed, expected %d", n, want)
			}
		})
	}
	if n := len(toytest.StatesFiles(t, dir)); n != 16 {
		t.Errorf("%d files are kept, expected 16", n)
	}
}

// disturb changes the last value of a tensor of the model.
func disturb(t *testing.T, c Config, name string) {
	t.Helper()
	v := c.Model.Variable(name)
	if v == nil {
		t.Fatalf("the model has no %s", name)
	}
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	values := tensors.MustCopyFlatData[float32](value)
	values[len(values)-1] += 0.001
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, value.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
}

// Files of earlier versions stay valid: the key of these inputs is that of format 1.
func TestKeyOfFormat1(t *testing.T) {
	c := toy(t, 40)
	for layers, want := range map[int]string{
		1: "fd3991082906adbfedfa9acfe3b93d86b6c70ec759c7ae571e3ef99976692291",
		2: "137e5f3252fb20500e916564cad7393d0cb0680078e0a3211df5156c4ed49b15",
	} {
		c.Layers = layers
		p, err := newPlan(c)
		if err != nil {
			t.Fatal(err)
		}
		if p.name() != want {
			t.Errorf("after %d layers the key is %s, expected %s; increase format if the states or the files change", layers, p.name(), want)
		}
	}
}
