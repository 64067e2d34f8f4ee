package lora

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// What PEFT refuses, or switches on, is refused by its name: each value was tried with PEFT 0.21.2.
func TestRefusesWhatPEFTDoes(t *testing.T) {
	for _, c := range []struct{ field, value string }{
		{"kasa_config", `{}`}, {"arrow_config", `{}`}, {"use_bdlora", `{}`}, {"velora_config", `{}`}, {"kasa_config", `false`},
		{"r", `null`}, {"lora_alpha", `null`}, {"lora_dropout", `null`}, {"bias", `null`}, {"bias", `""`},
		{"rank_pattern", `null`}, {"alpha_pattern", `null`}, {"alpha_pattern", `{"query":null}`}, {"rank_pattern", `{"query":null}`},
		{"task_type", `"none"`}, {"task_type", `""`},
		{"trainable_token_indices", `[]`}, {"trainable_token_indices", `false`}, {"trainable_token_indices", `""`},
		{"target_modules", `["all-linear"]`},
		{"eva_config", `[1]`}, {"corda_config", `"x"`}, {"lora_ga_config", `false`},
	} {
		if _, err := ReadConfig(edit(t, map[string]string{c.field: c.value})); err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s %s: got %v, want an error that names it", c.field, c.value, err)
		}
	}
	dir := edit(t, map[string]string{"base_model_name_or_path": "\"caf\xe9\""})
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	loratest.Must(t, err)
	loratest.Must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "\ufffd", "\xe9", 1)), 0o644))
	if _, err := ReadConfig(dir); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("latin-1: %v", err)
	}
}

// What PEFT computes is computed.
func TestComputesWhatPEFTDoes(t *testing.T) {
	for _, c := range []struct{ field, value, warning string }{
		{"init_lora_weights", `null`, ""},
		{"megatron_config", `{}`, ""}, {"trainable_token_indices", `{}`, ""}, {"alora_invocation_tokens", `[]`, ""}, {"eva_config", `{}`, ""},
		{"exclude_modules", `{}`, ""}, {"layer_replication", `0`, ""}, {"use_dora", `0`, ""}, {"use_rslora", `1`, ""},
		{"layers_to_transform", `[-1,0,1]`, "layers_to_transform [-1]"},
		{"fan_in_fan_out", `true`, "fan_in_fan_out true has no effect"},
	} {
		a, err := Open(edit(t, map[string]string{c.field: c.value}), loratest.Store(t), loratest.Modules())
		if err != nil {
			t.Errorf("%s %s: %v", c.field, c.value, err)
			continue
		}
		if got := strings.Join(a.Warnings(), "; "); (got == "") != (c.warning == "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s %s: warnings %q, want %q", c.field, c.value, got, c.warning)
		}
	}
}

// Of several values for a key the last counts, at the place of the first, as in Python.
func TestRepeatedKeys(t *testing.T) {
	c, err := ReadConfig(edit(t, map[string]string{"alpha_pattern": `{"query":30,"value":9,"query":50}`, "rank_pattern": `{"query":1,"query":2}`}))
	loratest.Must(t, err)
	if diff := cmp.Diff(Patterns[float64]{{"query", 50}, {"value", 9}}, c.AlphaPattern); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Patterns[int]{{"query", 2}}, c.RankPattern); diff != "" {
		t.Error(diff)
	}
}

// A file without peft_version may be of PEFT 0.14 or older, which read the patterns otherwise.
func TestOlderPatterns(t *testing.T) {
	for _, c := range []struct{ name, rank, alpha, version, warning string }{
		{"anchor", `{}`, `{"^encoder.layer.0.query":30}`, "", "0.14 reads"},
		{"anchor of a later version", `{}`, `{"^encoder.layer.0.query":30}`, `"0.21.0"`, ""},
		{"alternatives", `{}`, `{"query|value":30}`, "", "0.14 reads"},
		{"one key for both", `{"value":2}`, `{"layer.0.value":9}`, "", "0.10 reads"},
		{"read alike", `{"query":2}`, `{"query":30,"value":9}`, "", ""},
		{"no patterns", `{}`, `{}`, "", ""},
	} {
		dir := edit(t, map[string]string{"peft_version": c.version, "rank_pattern": c.rank, "alpha_pattern": c.alpha})
		a, err := Open(dir, loratest.Store(t), loratest.Modules())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := strings.Join(a.Warnings(), "; "); (got == "") != (c.warning == "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s: warnings %q", c.name, got)
		}
		again := t.TempDir()
		loratest.Must(t, a.Save(again))
		b, err := Open(again, loratest.Store(t), loratest.Modules())
		loratest.Must(t, err)
		if len(b.Warnings()) > 0 {
			t.Errorf("%s, saved here: warnings %q", c.name, b.Warnings())
		}
	}
}

// PEFT 0.5 named the biases that learn without base_layer.
func TestOlderBiases(t *testing.T) {
	dir := t.TempDir()
	loratest.Must(t, os.CopyFS(dir, os.DirFS("testdata/biases")))
	path := filepath.Join(dir, TensorsFile)
	var named []safetensors.Named
	for name, value := range loratest.Read(t, path) {
		n, err := safetensors.FromTensor(strings.Replace(name, ".base_layer.bias", ".bias", 1), value)
		loratest.Must(t, err)
		named = append(named, n)
	}
	loratest.Must(t, safetensors.Write(path, named, nil))
	opensAs(t, dir, "testdata/biases")
}

// PEFT 0.7 to 0.20 did not save the biases that "lora_only" trains: those of the base are used, with a
// warning, and an adapter saved here has them.
func TestLostBiases(t *testing.T) {
	withBiases := func(kept string) string {
		dir := t.TempDir()
		loratest.Must(t, os.CopyFS(dir, os.DirFS("testdata/biases")))
		path := filepath.Join(dir, TensorsFile)
		var named []safetensors.Named
		for name, value := range loratest.Read(t, path) {
			if strings.HasSuffix(name, ".base_layer.bias") && name != kept {
				continue
			}
			n, err := safetensors.FromTensor(name, value)
			loratest.Must(t, err)
			named = append(named, n)
		}
		loratest.Must(t, safetensors.Write(path, named, nil))
		return dir
	}
	dir, store := withBiases(""), loratest.Store(t)
	before := loratest.Snapshot(t, store)
	a, err := Open(dir, store, loratest.Modules())
	loratest.Must(t, err)
	if got := a.Warnings(); len(got) != 1 || !strings.Contains(got[0], "did not save them") {
		t.Errorf("warnings %q", got)
	}
	after := loratest.Snapshot(t, store)
	if path := "/encoder/layer/0/query/bias"; before[path] == nil || !cmp.Equal(before[path], after[path]) {
		t.Errorf("%s is %v, expected the base's, %v", path, after[path], before[path])
	}
	again := t.TempDir()
	loratest.Must(t, a.Save(again))
	b, err := Open(again, loratest.Store(t), loratest.Modules())
	loratest.Must(t, err)
	if len(b.Warnings()) > 0 {
		t.Errorf("saved here: warnings %q", b.Warnings())
	}
	if err := a.Load(dir); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a state without biases, which would leave the adapter's: %v", err)
	}
	if _, err := Open(withBiases("base_model.model.encoder.layer.0.query.base_layer.bias"), loratest.Store(t), loratest.Modules()); err == nil || !strings.Contains(err.Error(), "3 missing") {
		t.Errorf("some biases: %v", err)
	}
}

// opensAs checks that the adapter in dir has the values of another one.
func opensAs(t *testing.T, dir, other string) {
	t.Helper()
	store, want := loratest.Store(t), loratest.Store(t)
	_, err := Open(dir, store, loratest.Modules())
	loratest.Must(t, err)
	_, err = Open(other, want, loratest.Modules())
	loratest.Must(t, err)
	if diff := cmp.Diff(loratest.Snapshot(t, want), loratest.Snapshot(t, store)); diff != "" {
		t.Error(diff)
	}
}

// A copy of the model's embedding that is rounded to the file's type is the model's.
func TestRoundedBaseEmbeddings(t *testing.T) {
	const key = "base_model.model.word_embeddings.base_layer.weight"
	for _, same := range []bool{true, false} {
		weight := loratest.Read(t, "testdata/words.safetensors")["word_embeddings.weight"]
		values, err := floats.FromTensor(weight)
		loratest.Must(t, err)
		if !same {
			values[3] += 0.1
		}
		dir := withTensors(t, "embeddings-dora", map[string]*tensors.Tensor{
			key: floats.Tensor(values, shapes.Make(dtypes.BFloat16, weight.Shape().Dimensions...)),
		})
		a, err := Open(dir, wordsStore(t), loratest.Modules(), wordsEmbeddings...)
		if !same {
			if err == nil || !strings.Contains(err.Error(), "of another base model: "+key) {
				t.Errorf("another model's: %v", err)
			}
			continue
		}
		loratest.Must(t, err)
		if got := strings.Join(a.Warnings(), "; "); !strings.Contains(got, key+" is the model's, rounded") {
			t.Errorf("warnings %q", got)
		}
	}
}

// Values in float64 are rounded to float32, as PEFT rounds them.
func TestFloat64Tensors(t *testing.T) {
	dir := edit(t, nil)
	path := filepath.Join(dir, TensorsFile)
	var named []safetensors.Named
	for name, value := range loratest.Read(t, path) {
		values, err := floats.FromTensor(value)
		loratest.Must(t, err)
		wide := make([]float64, len(values))
		for i, v := range values {
			wide[i] = float64(v)
		}
		n, err := safetensors.FromTensor(name, tensors.FromFlatDataAndDimensions(wide, value.Shape().Dimensions...))
		loratest.Must(t, err)
		named = append(named, n)
	}
	loratest.Must(t, safetensors.Write(path, named, nil))
	opensAs(t, dir, "testdata/plain")
}

// The error for a labels.json of another form says what was found.
func TestOtherLabels(t *testing.T) {
	for text, want := range map[string]string{
		`{"0": "neg", "1": "pos"}`:   "found no field labels",
		`{"Labels": ["neg", "pos"]}`: "found no field labels",
		`null`:                       "found null",
		`["neg", "pos"]`:             "cannot unmarshal array",
		`{"labels": {"0": "neg"}}`:   "cannot unmarshal object",
		`{"labels": ["neg"]}`:        "at least 2 classes",
	} {
		dir := t.TempDir()
		loratest.Must(t, os.WriteFile(filepath.Join(dir, LabelsFile), []byte(text), 0o644))
		if _, err := ReadLabels(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), LabelsFile) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
