package googlebert

import (
	"slices"
	"testing"
)

// TestHubName covers names that the fixtures in pkg/bert/testdata do not contain.
func TestHubName(t *testing.T) {
	for name, want := range map[string]string{
		"bert/encoder/layer_11/attention/output/dense/kernel": "bert.encoder.layer.11.attention.output.dense.weight",
		"module/bert/embeddings/LayerNorm/gamma":              "bert.embeddings.LayerNorm.gamma",
		"output_weights":                                      "classifier.weight",
		"output_bias":                                         "classifier.bias",
		"cls/squad/output_weights":                            "cls.squad.output_weights",
		"model/layer_with_weights-0/kernel":                   "model/layer_with_weights-0/kernel",
	} {
		if got := hubName(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"global_step", "bert/pooler/dense/kernel/adam_v", "output_bias/Adam_1"} {
		if !isOptimizerState(name) {
			t.Errorf("%s is taken for a tensor of the network", name)
		}
	}
}

func TestTranspose(t *testing.T) {
	const rows, columns = 37, 65 // more than one square, and no whole number of them
	values := make([]float32, rows*columns)
	for i := range values {
		values[i] = float32(i)
	}
	turned := transpose(values, rows, columns)
	for r := range rows {
		for c := range columns {
			if turned[c*rows+r] != values[r*columns+c] {
				t.Fatalf("[%d, %d] is wrong", r, c)
			}
		}
	}
	if !slices.Equal(transpose(turned, columns, rows), values) {
		t.Error("twice is not nothing")
	}
}
