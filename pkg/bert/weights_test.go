package bert

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/mismatch"
	"github.com/lorabook/lorabook/internal/safetensors"
)

const tiny = "testdata/encoder/tiny"

// copyTiny copies the tiny model to a new folder, for a test to spoil.
func copyTiny(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"} {
		data, err := os.ReadFile(filepath.Join(tiny, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// rewrite replaces the folder's weights by what change makes of them.
func rewrite(t *testing.T, dir string, change func(map[string]safetensors.Named)) {
	t.Helper()
	path := filepath.Join(dir, "model.safetensors")
	if err := safetensors.Write(path, changed(t, path, change), nil); err != nil {
		t.Fatal(err)
	}
}

func changed(t *testing.T, path string, change func(map[string]safetensors.Named)) []safetensors.Named {
	t.Helper()
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]safetensors.Named{}
	for _, name := range f.Names() {
		dtype, shape, _ := f.Info(name)
		all[name] = safetensors.Named{Name: name, DType: dtype, Shape: shape, Data: slices.Clone(f.Bytes(name))}
	}
	change(all)
	var list []safetensors.Named
	for name, n := range all {
		n.Name = name
		list = append(list, n)
	}
	return list
}

// contains reports whether a text holds all the parts.
func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

func rename(all map[string]safetensors.Named, to func(string) string) {
	for name, n := range all {
		if other := to(name); other != name {
			delete(all, name)
			all[other] = n
		}
	}
}

func open(dir string, head Head) (*Model, error) {
	return Open(context.Background(), dir, Options{Head: head})
}

// same fails unless both stores hold the same variables, bit for bit.
func same(t *testing.T, want, got *Model) {
	t.Helper()
	count := 0
	for v := range want.Store.IterVariables() {
		count++
		other := got.Store.GetVariable(v.Path())
		if other == nil {
			t.Errorf("%s is missing", v.Path())
			continue
		}
		if !other.MustValue().Equal(v.MustValue()) {
			t.Errorf("%s differs", v.Path())
		}
	}
	if n := got.Store.NumVariables(); n != count {
		t.Errorf("%d variables, expected %d", n, count)
	}
}

// TestNameVariants opens the same weights under every naming that hub files have.
func TestNameVariants(t *testing.T) {
	want, err := open(tiny, NoHead)
	if err != nil {
		t.Fatal(err)
	}
	legacy := func(name string) string {
		name = strings.Replace(name, "LayerNorm.weight", "LayerNorm.gamma", 1)
		return strings.Replace(name, "LayerNorm.bias", "LayerNorm.beta", 1)
	}
	bare := func(name string) string { return strings.TrimPrefix(name, "bert.") }
	for name, to := range map[string]func(string) string{
		"gamma and beta": legacy,
		"no prefix":      bare,
		"both":           func(name string) string { return bare(legacy(name)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTiny(t)
			rewrite(t, dir, func(all map[string]safetensors.Named) {
				rename(all, to)
				all["embeddings.position_ids"] = safetensors.Named{DType: "I64", Shape: []int{1, 1}, Data: make([]byte, 8)}
			})
			got, err := open(dir, NoHead)
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, got)
		})
	}
	t.Run("shards", func(t *testing.T) {
		dir := copyTiny(t)
		path := filepath.Join(dir, "model.safetensors")
		all := changed(t, path, func(map[string]safetensors.Named) {})
		index := map[string]map[string]string{"weight_map": {}}
		for i, file := range []string{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"} {
			part := all[i*len(all)/2 : (i+1)*len(all)/2]
			for _, n := range part {
				index["weight_map"][n.Name] = file
			}
			if err := safetensors.Write(filepath.Join(dir, file), part, nil); err != nil {
				t.Fatal(err)
			}
		}
		text, _ := json.Marshal(index)
		if err := errors.Join(os.Remove(path), os.WriteFile(path+".index.json", text, 0o644)); err != nil {
			t.Fatal(err)
		}
		got, err := open(dir, NoHead)
		if err != nil {
			t.Fatal(err)
		}
		same(t, want, got)
	})
}

// TestWeightsFaults names every tensor that is wrong, in one error.
func TestWeightsFaults(t *testing.T) {
	dir := copyTiny(t)
	rewrite(t, dir, func(all map[string]safetensors.Named) {
		delete(all, "bert.encoder.layer.1.output.dense.bias")
		delete(all, "bert.embeddings.LayerNorm.weight")
		all["bert.encoder.layer.2.output.dense.bias"] = safetensors.Named{DType: "F32", Shape: []int{16}, Data: make([]byte, 64)}
		all["crf.transitions"] = safetensors.Named{DType: "F32", Shape: []int{2}, Data: make([]byte, 8)}
		all["bert.pooler.dense.bias"] = safetensors.Named{DType: "F32", Shape: []int{4}, Data: make([]byte, 16)}
	})
	_, err := open(dir, NoHead)
	var bad *TensorsError
	if !errors.As(err, &bad) {
		t.Fatalf("got %v, expected a *TensorsError", err)
	}
	if want := []string{"bert.embeddings.LayerNorm.weight", "bert.encoder.layer.1.output.dense.bias"}; !slices.Equal(bad.Missing, want) {
		t.Errorf("missing %q, expected %q", bad.Missing, want)
	}
	if want := []string{"bert.encoder.layer.2.output.dense.bias", "crf.transitions"}; !slices.Equal(bad.Unexpected, want) {
		t.Errorf("unexpected %q, expected %q", bad.Unexpected, want)
	}
	if got, want := mismatch.Texts(bad.Misshapen), []string{"bert.pooler.dense.bias: is [4], expected [16]"}; !slices.Equal(got, want) {
		t.Errorf("misshapen %q, expected %q", got, want)
	}
	if bad.Path != filepath.Join(dir, "model.safetensors") {
		t.Errorf("the error names %s", bad.Path)
	}
}

// TestOpenFaults checks that a spoilt folder gives an error that names what is wrong.
func TestOpenFaults(t *testing.T) {
	replace := func(file, old, new string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, file)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(string(data), old, new, 1)
			if text == string(data) {
				t.Fatalf("%s does not hold %q", file, old)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(file, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	cut := func(t *testing.T, dir string) {
		if err := os.Truncate(filepath.Join(dir, "model.safetensors"), 20000); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, string)
		says  []string
	}{
		{"truncated weights", cut, []string{"model.safetensors", "truncated"}},
		{"HTML instead of weights", write("model.safetensors", "<!DOCTYPE html><html><body>Log in</body></html>"), []string{"model.safetensors", "HTML"}},
		{"wider config", replace("config.json", `"hidden_size": 16`, `"hidden_size": 32`), []string{"model.safetensors", "word_embeddings.weight: is [48 16], expected [48 32]"}},
		{"deeper config", replace("config.json", `"num_hidden_layers": 2`, `"num_hidden_layers": 3`), []string{"missing", "layer.2."}},
		{"heads that do not divide", replace("config.json", `"num_attention_heads": 4`, `"num_attention_heads": 5`), []string{"config.json", "num_attention_heads", "is 5, expected a divisor"}},
		{"another network", replace("config.json", `"model_type": "bert"`, `"model_type": "roberta"`), []string{"config.json", "model_type", "roberta"}},
		{"unknown activation", replace("config.json", `"gelu"`, `"prelu"`), []string{"hidden_act", "prelu", "gelu_new"}},
		{"a string for a number", replace("config.json", `"vocab_size": 48`, `"vocab_size": "48"`), []string{"vocab_size", "string"}},
		{"config is HTML", write("config.json", "<html>"), []string{"config.json", "JSON"}},
		{"labels with a gap", replace("config.json", `"1": "mixed"`, `"7": "mixed"`), []string{"id2label", `"7"`}},
		{"larger vocabulary", replace("vocab.txt", "\na\n", "\na\nzz\n"), []string{"vocab_size", "49", "different models"}},
		{"a token beyond the embedding", replace("tokenizer_config.json", "{", `{"eos_token": "</s>",`), []string{"vocab_size", "at least 49", `"</s>"`, "resize_token_embeddings"}},
		{"no weights", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "model.safetensors")) }, []string{"model.safetensors is missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyTiny(t)
			c.spoil(t, dir)
			m, err := open(dir, Classification)
			if err == nil || m != nil {
				t.Fatalf("opened %v, error %v", m, err)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
		})
	}
}

func TestOpenFreshClassifier(t *testing.T) {
	dir := copyTiny(t)
	rewrite(t, dir, func(all map[string]safetensors.Named) {
		delete(all, "classifier.weight")
		delete(all, "classifier.bias")
	})
	weights := func(seed int64) *tensors.Tensor {
		m, err := Open(context.Background(), dir, Options{Head: Classification, Labels: []string{"neg", "pos"}, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"classifier.weight", "classifier.bias"}; !slices.Equal(m.Fresh, want) {
			t.Errorf("fresh %q, expected %q", m.Fresh, want)
		}
		return m.Store.GetVariable("/classifier/weight").MustValue()
	}
	if one, again := weights(1), weights(1); !one.Equal(again) {
		t.Error("one seed gave two classifiers")
	}
	if one, two := weights(1), weights(2); one.Equal(two) {
		t.Error("two seeds gave one classifier")
	}
	_, err := Open(context.Background(), tiny, Options{Head: Classification, Labels: []string{"neg", "pos"}})
	if err == nil || !strings.Contains(err.Error(), "classifier.weight: is [3 16], expected [2 16]") {
		t.Errorf("a classifier for other labels gave %v", err)
	}
}

// TestSaveRoundTrip saves and opens again: the very bits come back, and a half
// written folder never appears under the asked name.
func TestSaveRoundTrip(t *testing.T) {
	for _, head := range []Head{NoHead, Classification, MaskedLM} {
		t.Run(head.String(), func(t *testing.T) {
			m, err := open(tiny, head)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "deep", "saved")
			if err := m.Save(dir); err != nil {
				t.Fatal(err)
			}
			again, err := open(dir, head)
			if err != nil {
				t.Fatal(err)
			}
			same(t, m, again)
			if !slices.Equal(again.Config.Labels, m.Config.Labels) || again.Config.HiddenAct != m.Config.HiddenAct {
				t.Errorf("configuration %+v, expected %+v", again.Config, m.Config)
			}
			if err := m.Save(dir); err == nil || !strings.Contains(err.Error(), "exists already") {
				t.Errorf("saving over a folder gave %v", err)
			}
			left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".saving-*"))
			if len(left) > 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}

func TestMissingFolder(t *testing.T) {
	_, err := open(t.TempDir(), NoHead)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "config.json is missing") {
		t.Errorf("an empty folder gave %v", err)
	}
}
