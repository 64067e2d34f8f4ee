package bert

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// TestConfigReportsAllProblems: one error lists every field that cannot be used.
func TestConfigReportsAllProblems(t *testing.T) {
	_, err := ParseConfig([]byte(`{"vocab_size": 0, "hidden_size": 10, "num_hidden_layers": 1, "num_attention_heads": 3, "intermediate_size": 4,
		"hidden_act": "laplace", "hidden_dropout_prob": 1.5, "model_type": "gpt2", "is_decoder": true, "id2label": {"0": "a", "2": "b"}}`))
	for _, field := range []string{"vocab_size", "num_attention_heads", "hidden_act", "hidden_dropout_prob", "model_type", "is_decoder", "id2label"} {
		if err == nil || !strings.Contains(err.Error(), `field "`+field+`": `) {
			t.Errorf("the error does not name %s: %v", field, err)
		}
	}
	var ce *ConfigError
	if !errors.As(err, &ce) {
		t.Errorf("got a %T, want a *ConfigError", err)
	}
}

// TestSaveReportsAllProblems: one error lists every tensor that cannot be saved.
func TestSaveReportsAllProblems(t *testing.T) {
	m := newModel(t, Classification, 3)
	for _, name := range []string{WordEmbeddings, ClassifierWeight} {
		v := m.Variable(name)
		values := make([]float32, v.Shape().Size())
		values[1] = float32(math.NaN())
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Save(t.TempDir() + "/new"); err == nil || !strings.Contains(err.Error(), WordEmbeddings) || !strings.Contains(err.Error(), ClassifierWeight) {
		t.Errorf("the error does not name both tensors: %v", err)
	}
}

// TestModelFilesReportsAllProblems: one error lists every file that a repository lacks.
func TestModelFilesReportsAllProblems(t *testing.T) {
	_, err := modelFiles([]string{"README.md"})
	for _, name := range []string{"config.json", "vocab.txt", "model.safetensors"} {
		if err == nil || !strings.Contains(err.Error(), name+" ") {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}
