package lora

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// edit copies the plain fixture and changes fields of its settings: a JSON value
// each, empty to take the field out.
func edit(t *testing.T, changes map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	loratest.Must(t, os.CopyFS(dir, os.DirFS("testdata/plain")))
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	loratest.Must(t, err)
	var fields map[string]json.RawMessage
	loratest.Must(t, json.Unmarshal(text, &fields))
	for name, value := range changes {
		fields[name] = json.RawMessage(value)
		if value == "" {
			delete(fields, name)
		}
	}
	text, err = json.Marshal(fields)
	loratest.Must(t, err)
	loratest.Must(t, os.WriteFile(filepath.Join(dir, ConfigFile), text, 0o644))
	return dir
}

// Every setting that would give other numbers is refused by its name.
func TestRefusesSettings(t *testing.T) {
	for field, value := range map[string]string{
		"alora_invocation_tokens": `[1,2]`,
		"arrow_config":            `{"top_k":2}`,
		"from_the_future":         `0.5`,
		"new_config":              `{}`,
		"init_lora_weights":       `"pissa_niter_4"`,
		"kasa_config":             `{"beta":1}`,
		"layer_replication":       `[[0,2]]`,
		"megatron_config":         `{"a":1}`,
		"monteclora_config":       `{"a":1}`,
		"peft_type":               `"ADALORA"`,
		"target_parameters":       `["w"]`,
		"trainable_token_indices": `[5]`,
		"use_bdlora":              `{"a":1}`,
		"use_qalora":              `true`,
		"velora_config":           `{"a":1}`,
	} {
		t.Run(field, func(t *testing.T) {
			store := loratest.Store(t)
			before := loratest.Snapshot(t, store)
			_, err := Open(edit(t, map[string]string{field: value}), store, loratest.Modules())
			var bad *UnsupportedError
			if !errors.As(err, &bad) || len(bad.Settings) != 1 || bad.Settings[0].Field != field || !strings.Contains(err.Error(), ConfigFile) {
				t.Errorf("got %v, want an UnsupportedError of %s", err, field)
			}
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, err := ReadConfig(edit(t, map[string]string{"use_qalora": "true", "kasa_config": `{"beta":1}`, "new": `"x"`}))
	var bad *UnsupportedError
	if !errors.As(err, &bad) || len(bad.Settings) != 3 || !strings.Contains(bad.Settings[0].Reason, "merge_and_unload") {
		t.Errorf("got %v, want three settings at once, with what to do", err)
	}
}

func TestRefusesBadSettings(t *testing.T) {
	for name, c := range map[string]struct {
		field, value string
		reason       string
	}{
		"rank of zero":      {"r", `0`, "at least 1"},
		"rank of a half":    {"r", `2.5`, "whole number"},
		"rank as text":      {"r", `"8"`, "whole number"},
		"dropout":           {"lora_dropout", `1.5`, "below 1"},
		"empty targets":     {"target_modules", `[]`, "names no module"},
		"alpha as text":     {"lora_alpha", `"0"`, "a number"},
		"number to exclude": {"exclude_modules", `7`, "list of module names"},
		"layers as text":    {"layers_to_transform", `"0"`, "whole number"},
		"pattern of layers": {"layers_pattern", `"layer"`, "set those"},
		"list of ranks":     {"rank_pattern", `[4]`, "object of whole numbers"},
		"rank of a third":   {"rank_pattern", `{"query":0.3}`, "object of whole numbers"},
		"rank pattern of 0": {"rank_pattern", `{"query":0}`, "at least 1"},
		"alphas as text":    {"alpha_pattern", `{"query":"4"}`, "object of numbers"},
		"bias":              {"bias", `"some"`, "lora_only"},
		"bias as a number":  {"bias", `1`, "lora_only"},
		"use_dora":          {"use_dora", `2`, "true or false"},
		"lora_bias":         {"lora_bias", `"yes"`, "true or false"},
		"broken pattern":    {"alpha_pattern", `{"(":4}`, "missing closing"},
		"number for target": {"target_modules", `7`, "list of module names"},
		"regexp":            {"target_modules", `"("`, "missing closing"},
		"modules to save":   {"modules_to_save", `"classifier"`, "list of module names"},
		"task":              {"task_type", `"X"`, "SEQ_CLS"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := edit(t, map[string]string{c.field: c.value})
			_, err := Open(dir, loratest.Store(t), loratest.Modules())
			var bad *ConfigError
			if !errors.As(err, &bad) || bad.Field != c.field || !strings.Contains(bad.Reason, c.reason) {
				t.Errorf("got %v, want a ConfigError of %s with %q", err, c.field, c.reason)
			}
			if err != nil && !strings.Contains(err.Error(), dir) {
				t.Errorf("%v does not name the file", err)
			}
		})
	}
	for name, c := range map[string]struct{ content, want string }{
		"html":      {"<!DOCTYPE html><html></html>", "HTML page"},
		"truncated": {`{"peft_type": "LORA", "r": 8,`, "JSON object"},
		"syntax":    {`{"peft_type": LORA}`, "at byte 15"},
		"null":      {`null`, "found null"},
		"list":      {`[]`, "JSON object"},
		"no type":   {`{}`, "peft_type (not given)"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			loratest.Must(t, os.WriteFile(filepath.Join(dir, ConfigFile), []byte(c.content), 0o644))
			_, err := ReadConfig(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ConfigFile) {
				t.Errorf("got %v, want %q and the file's name", err, c.want)
			}
		})
	}
	if _, err := ReadConfig(t.TempDir()); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "holds no adapter") {
		t.Errorf("an empty folder: %v", err)
	}
}

// What does not touch the numbers is kept, from wherever it comes.
func TestKeepsHarmlessFields(t *testing.T) {
	changes := map[string]string{
		"revision": `"main"`, "peft_version": `"0.99.0"`, "qalora_group_size": `32`, "init_lora_weights": `"gaussian"`,
		"from_the_future": `null`, "base_model_name_or_path": `"bert-base-cased"`, "layer_replication": `[]`,
	}
	a, err := Open(edit(t, changes), loratest.Store(t), loratest.Modules())
	loratest.Must(t, err)
	dir := t.TempDir()
	loratest.Must(t, a.Save(dir))
	text, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	loratest.Must(t, err)
	var fields map[string]json.RawMessage
	loratest.Must(t, json.Unmarshal(text, &fields))
	for name, want := range changes {
		if got := string(fields[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// PEFT adds the classifier of a task by itself when it loads.
func TestTaskAddsItsHead(t *testing.T) {
	c, err := ReadConfig(edit(t, map[string]string{"task_type": `"SEQ_CLS"`, "modules_to_save": "null"}))
	loratest.Must(t, err)
	if diff := cmp.Diff([]string{"classifier", "score"}, c.ModulesToSave); diff != "" {
		t.Error(diff)
	}
	c, err = ReadConfig(edit(t, map[string]string{"modules_to_save": "null"}))
	loratest.Must(t, err)
	if len(c.ModulesToSave) != 0 || c.ModulesToSave == nil || c.TaskType != NoTask {
		t.Errorf("got %#v, want no modules to save and no task", c)
	}
}

// rewrite copies the plain fixture and lets change edit its tensors.
func rewrite(t *testing.T, change func(map[string]*tensors.Tensor)) string {
	t.Helper()
	dir := edit(t, nil)
	path := filepath.Join(dir, TensorsFile)
	values := loratest.Read(t, path)
	change(values)
	var named []safetensors.Named
	for name, value := range values {
		n, err := safetensors.FromTensor(name, value)
		loratest.Must(t, err)
		named = append(named, n)
	}
	loratest.Must(t, safetensors.Write(path, named, nil))
	return dir
}

// All tensors that do not fit are in one error, and nothing is changed.
func TestRefusesTensors(t *testing.T) {
	X := "base_model.model.encoder.layer.1.query."
	dir := rewrite(t, func(values map[string]*tensors.Tensor) {
		delete(values, X+"lora_A.weight")
		delete(values, "base_model.model.classifier.bias")
		values["base_model.model.classifier.modules_to_save.bias"] = tensors.FromValue([]float32{0, 0, 0})
		values[X+"lora_B.weight"] = tensors.FromShape(shapes.Make(dtypes.Float32, 2, loratest.Width))
		inf := tensors.FromShape(shapes.Make(dtypes.Float32, loratest.Width, 2))
		tensors.MustMutableFlatData(inf, func(flat []float32) { flat[3] = 1; flat[3] /= flat[2] })
		values["base_model.model.encoder.layer.0.value.lora_B.weight"] = inf
	})
	want := &TensorsError{
		Path:       filepath.Join(dir, TensorsFile),
		Missing:    []string{"base_model.model.classifier.bias", X + "lora_A.weight"},
		Unexpected: []string{"base_model.model.classifier.modules_to_save.bias"},
		Misshapen:  []Misshapen{{Name: X + "lora_B.weight", Want: []int{loratest.Width, 2}, Found: []int{2, loratest.Width}}},
		NotFinite:  []string{"base_model.model.encoder.layer.0.value.lora_B.weight"},
	}
	check := func(store *model.Store, load func() error) {
		before := loratest.Snapshot(t, store)
		err := load()
		var got *TensorsError
		if !errors.As(err, &got) {
			t.Fatalf("got %v, want a TensorsError", err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for _, part := range []string{"2 missing", "1 unexpected", "is [2 6], expected [6 2]", "not finite"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v lacks %q", err, part)
			}
		}
		if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
			t.Error(diff)
		}
	}
	store := loratest.Store(t)
	check(store, func() error { _, err := Open(dir, store, loratest.Modules()); return err })
	a, store := opened(t, "plain")
	check(store, func() error { return a.Load(dir) })
}

// An adapter for another width, or for more layers, does not fit.
func TestRefusesAnotherModel(t *testing.T) {
	wide := model.NewStore()
	for name, value := range loratest.Read(t, "testdata/base.safetensors") {
		dims := value.Shape().Dimensions
		for i := range dims {
			dims[i] *= 2
		}
		wide.VariableWithValue(dotted.Path(name), tensors.FromShape(shapes.Make(dtypes.Float32, dims...)))
	}
	_, err := Open("testdata/plain", wide, loratest.Modules())
	var bad *TensorsError
	if !errors.As(err, &bad) || len(bad.Misshapen) != 10 || len(bad.Missing)+len(bad.Unexpected) != 0 {
		t.Errorf("twice as wide: %v", err)
	}
	if says := "the adapter was made for a model with width 6, this one has width 12"; !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "lora_A") {
		t.Errorf("twice as wide: %v, want %q and no names", err, says)
	}
	var half []string
	for _, module := range loratest.Modules() {
		if !strings.Contains(module, "layer/1") {
			half = append(half, module)
		}
	}
	_, err = Open("testdata/plain", loratest.Store(t), half)
	if !errors.As(err, &bad) || len(bad.Unexpected) != 4 {
		t.Errorf("half the layers: %v", err)
	}
	if says := "the adapter was made for a model with 2 layers, this one has 1"; !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "lora_A") {
		t.Errorf("half the layers: %v, want %q and no names", err, says)
	}
	few := &TensorsError{Path: "f", Missing: []string{"a.0.x", "a.2.x", "a.2.y", "a.3.x"}}
	for _, name := range few.Missing {
		if !strings.Contains(few.Error(), name) {
			t.Errorf("layers that are missing here and there: %v lacks %s", few, name)
		}
	}
	deep := &TensorsError{Path: "f", Missing: []string{"a.6.x", "a.6.y", "a.7.x"}, Misshapen: []Misshapen{{Name: "a.0.x", Want: []int{4, 768}, Found: []int{4, 384}}, {Name: "a.1.y", Want: []int{768, 4}, Found: []int{384, 4}}}}
	if says := "with width 384 and 6 layers, this one has width 768 and 8"; !strings.Contains(deep.Error(), says) {
		t.Errorf("%v, want %q", deep, says)
	}
	var target *TargetError
	if _, err = Open("testdata/plain", loratest.Store(t), []string{"classifier"}); !errors.As(err, &target) || !strings.Contains(err.Error(), "testdata/plain") {
		t.Errorf("no layer: %v", err)
	}
}

func TestRefusesFiles(t *testing.T) {
	sound, err := os.ReadFile(filepath.Join("testdata/plain", TensorsFile))
	loratest.Must(t, err)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"truncated": {sound[:len(sound)-40], "truncated"},
		"html":      {[]byte("<html><body>rate limited</body></html>"), "HTML page"},
		"absent":    {nil, "holds no adapter weights"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := edit(t, nil)
			path := filepath.Join(dir, TensorsFile)
			loratest.Must(t, os.Remove(path))
			if c.content != nil {
				loratest.Must(t, os.WriteFile(path, c.content, 0o644))
			}
			store := loratest.Store(t)
			before := loratest.Snapshot(t, store)
			if _, err := Open(dir, store, loratest.Modules()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
				t.Error(diff)
			}
		})
	}
	dir := edit(t, nil)
	loratest.Must(t, os.Rename(filepath.Join(dir, TensorsFile), filepath.Join(dir, "adapter_model.bin")))
	if _, err := Open(dir, loratest.Store(t), loratest.Modules()); err == nil || !strings.Contains(err.Error(), "safe_serialization") {
		t.Errorf("a pickle: %v", err)
	}
}

// Load takes values for the very adapter that is there.
func TestLoadRefusesAnotherConfiguration(t *testing.T) {
	a, store := opened(t, "plain")
	before := loratest.Snapshot(t, store)
	for field, value := range map[string]string{"r": "3", "lora_alpha": "4", "use_rslora": "true"} {
		t.Run(field, func(t *testing.T) {
			err := a.Load(edit(t, map[string]string{field: value}))
			var bad *ConfigError
			if !errors.As(err, &bad) || bad.Field != field {
				t.Errorf("%s: got %v", field, err)
			}
		})
	}
	var tensors *TensorsError
	if err := a.Load(edit(t, map[string]string{"peft_version": `"1"`})); err != nil {
		t.Errorf("the same adapter: %v", err)
	}
	if err := a.Load("testdata/suffix"); err == nil || errors.As(err, &tensors) {
		t.Errorf("another adapter: %v", err)
	}
	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
		t.Error(diff)
	}
}

// TestEmptyLayersPattern: PEFT takes an empty layers_pattern for none, with layers_to_transform
// and without (peft 0.21.0), and so does ReadConfig.
func TestEmptyLayersPattern(t *testing.T) {
	for _, layers := range []string{"null", "[0, 1]", "1"} {
		t.Run(layers, func(t *testing.T) {
			text := `{"peft_type": "LORA", "r": 2, "target_modules": ["query"], "layers_pattern": "", "layers_to_transform": ` + layers + `}`
			c, _, err := parseConfig(ConfigFile, []byte(text))
			if err != nil {
				t.Errorf("layers_to_transform %s: %v", layers, err)
				return
			}
			if len(c.LayersPattern) > 0 {
				t.Errorf("layers_to_transform %s: layers_pattern %q", layers, c.LayersPattern)
			}
			a, err := New(c)
			loratest.Must(t, err)
			loratest.Must(t, a.Inject(loratest.Store(t), loratest.Modules(), 1))
		})
	}
}

// TestAnotherRankIsNoOtherModel: an adapter whose settings name another rank than its
// matrices have is not called an adapter of a model of another width.
func TestAnotherRankIsNoOtherModel(t *testing.T) {
	_, err := Open(edit(t, map[string]string{"r": "7", "rank_pattern": "{}"}), loratest.Store(t), loratest.Modules())
	var e *TensorsError
	if !errors.As(err, &e) || len(e.Misshapen) <= fewNames {
		t.Fatalf("expected a *TensorsError of several tensors: %v", err)
	}
	if text := err.Error(); strings.Contains(text, "width") || !strings.Contains(text, "expected [7 ") {
		t.Errorf("the error of another rank: %s", text)
	}
}
