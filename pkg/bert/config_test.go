package bert

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// configOf is a small config.json with fields changed; nil removes one.
func configOf(t *testing.T, change map[string]any) []byte {
	t.Helper()
	fields := map[string]any{
		"vocab_size": 48, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 24,
	}
	for name, value := range change {
		if fields[name] = value; value == nil {
			delete(fields, name)
		}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestConfigLabels: the classes as transformers 5.24 names them.
func TestConfigLabels(t *testing.T) {
	type object = map[string]any
	for name, c := range map[string]struct {
		fields object
		want   []string
		says   string
	}{
		"names":                    {object{"id2label": object{"0": "neg", "1": "pos"}}, []string{"neg", "pos"}, ""},
		"numbers":                  {object{"id2label": object{"0": 0, "1": 1}}, []string{"0", "1"}, ""},
		"stars":                    {object{"id2label": object{"1": 5, "0": 4.5}}, []string{"4.5", "5"}, ""},
		"none":                     {object{"id2label": nil}, nil, ""},
		"num_labels alone":         {object{"num_labels": 3}, []string{"LABEL_0", "LABEL_1", "LABEL_2"}, ""},
		"num_labels and names":     {object{"num_labels": 2, "id2label": object{"0": "neg", "1": "pos"}}, []string{"neg", "pos"}, ""},
		"num_labels against names": {object{"num_labels": 3, "id2label": object{"0": "neg", "1": "pos"}}, nil, "num_labels"},
		"null":                     {object{"id2label": object{"0": nil}}, nil, "label 0 is null"},
		"an object":                {object{"id2label": object{"0": object{}}}, nil, "label 0 is {}"},
		"a list":                   {object{"id2label": []string{"neg"}}, nil, "id2label"},
		"num_labels of no number":  {object{"num_labels": "three"}, nil, "num_labels"},
		"num_labels without end":   {object{"num_labels": math.MaxInt/8 + 1}, nil, "num_labels"},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := ParseConfig(configOf(t, c.fields))
			if c.says != "" {
				if bad := (*ConfigError)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, expected a *ConfigError with %q", err, c.says)
				}
				return
			}
			if err != nil || !slices.Equal(config.Labels, c.want) {
				t.Errorf("labels %q, error %v, expected %q", config.Labels, err, c.want)
			}
		})
	}
}

// TestConfigKinds: what changes the network is read, and an unknown value is refused.
func TestConfigKinds(t *testing.T) {
	for _, c := range []struct {
		field string
		value any
		check func(Config) bool
	}{
		{"problem_type", MultiLabel, func(c Config) bool { return c.ProblemType == MultiLabel }},
		{"problem_type", nil, func(c Config) bool { return c.ProblemType == "" }},
		{"problem_type", 1, nil},
		{"tie_word_embeddings", false, func(c Config) bool { return c.UntiedDecoder }},
		{"tie_word_embeddings", true, func(c Config) bool { return !c.UntiedDecoder }},
		{"tie_word_embeddings", nil, func(c Config) bool { return !c.UntiedDecoder }},
		{"tie_word_embeddings", "no", nil},
		{"Hidden_Size", 32, func(c Config) bool { return c.HiddenSize == 16 }}, // another field
	} {
		config, err := ParseConfig(configOf(t, map[string]any{c.field: c.value}))
		if bad := (*ConfigError)(nil); c.check == nil && (!errors.As(err, &bad) || bad.Field != c.field) || c.check != nil && (err != nil || !c.check(config)) {
			t.Errorf("%s %v: %+v, error %v", c.field, c.value, config, err)
		}
	}
}

// fieldsOf reads the folder's config.json.
func fieldsOf(t *testing.T, dir string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

// TestConfigKept: saving and converting keep every field of config.json, as it was written,
// but for those whose meaning the new folder changes.
func TestConfigKept(t *testing.T) {
	source := copyTiny(t)
	for field, value := range map[string]any{
		"_name_or_path": "acme/reviews", "pad_token_id": nil, "bos_token_id": 7, "dtype": "bfloat16", "torch_dtype": "bfloat16",
		"label2id": map[string]any{"bad": 0, "mixed": 1, "good": 2}, "id2label": map[string]any{"0": "bad", "1": "mixed", "2": "good"},
		"problem_type": SingleLabel, "classifier_dropout": nil, "hidden_dropout_prob": 0, "gradient_checkpointing": false,
		"custom": map[string]any{"rate": 1e-5, "html": "<b>&</b>"}, "task_specific_params": nil, "directionality": "bidi", "pooler_type": "first_token_transform",
	} {
		setNull(t, source, field, value)
	}
	before := fieldsOf(t, source)
	for _, head := range []Head{NoHead, Classification, MaskedLM} {
		t.Run(head.String(), func(t *testing.T) {
			m, err := open(source, head)
			if err != nil {
				t.Fatal(err)
			}
			saved := filepath.Join(t.TempDir(), "saved")
			if err := m.Save(saved); err != nil {
				t.Fatal(err)
			}
			compareFields(t, before, fieldsOf(t, saved), map[string]any{
				"architectures": []any{head.String()}, "dtype": "float32", "torch_dtype": "float32",
			})
		})
	}
	t.Run("Convert", func(t *testing.T) {
		converted := filepath.Join(t.TempDir(), "converted")
		if err := Convert(t.Context(), source, converted, ResolveOptions{}); err != nil {
			t.Fatal(err)
		}
		compareFields(t, before, fieldsOf(t, converted), map[string]any{"dtype": "float32", "torch_dtype": "float32"})
	})
	t.Run("other classes", func(t *testing.T) {
		m, err := open(source, Classification)
		if err != nil {
			t.Fatal(err)
		}
		m.Config.Labels = []string{"rotten", "so-so", "fresh"}
		saved := filepath.Join(t.TempDir(), "saved")
		if err := m.Save(saved); err != nil {
			t.Fatal(err)
		}
		compareFields(t, before, fieldsOf(t, saved), map[string]any{
			"architectures": []any{"BertForSequenceClassification"}, "dtype": "float32", "torch_dtype": "float32",
			"id2label": map[string]any{"0": "rotten", "1": "so-so", "2": "fresh"}, "label2id": map[string]any{"rotten": 0., "so-so": 1., "fresh": 2.},
		})
	})
	t.Run("numbers for names", func(t *testing.T) {
		dir := copyTiny(t)
		setField(t, dir, "id2label", map[string]any{"0": 1, "1": 3, "2": 5})
		setField(t, dir, "label2id", map[string]any{"1": 0, "3": 1, "5": 2})
		converted := filepath.Join(t.TempDir(), "converted")
		if err := Convert(t.Context(), dir, converted, ResolveOptions{}); err != nil {
			t.Fatal(err)
		}
		compareFields(t, fieldsOf(t, dir), fieldsOf(t, converted), nil)
	})
}

// setNull is setField whose nil is JSON's null.
func setNull(t *testing.T, dir, field string, value any) {
	t.Helper()
	if value == nil {
		value = json.RawMessage("null")
	}
	setField(t, dir, field, value)
}

// compareFields fails where a field of before is missing or differs, but for those that
// changed names, which have the given values.
func compareFields(t *testing.T, before, after, changed map[string]any) {
	t.Helper()
	for field, want := range before {
		if value, ok := changed[field]; ok {
			want = value
		}
		if got, ok := after[field]; !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, expected %v", field, got, want)
		}
	}
}

// TestSpareRows: an embedding with any number of rows behind the last piece is opened.
func TestSpareRows(t *testing.T) {
	dir := copyTiny(t)
	path := filepath.Join(dir, "vocab.txt")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, spare := range []int{1, 7, 20} {
		if err := os.WriteFile(path, []byte(strings.Join(lines[:len(lines)-spare], "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := open(dir, Classification)
		if err != nil {
			t.Errorf("%d spare rows: %v", spare, err)
			continue
		}
		saved := filepath.Join(t.TempDir(), "saved")
		if err := m.Save(saved); err != nil {
			t.Fatal(err)
		}
		again, err := open(saved, Classification)
		if err != nil {
			t.Fatal(err)
		}
		same(t, m, again)
	}
}
