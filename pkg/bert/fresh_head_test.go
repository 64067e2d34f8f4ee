package bert

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// zeros is a tensor of float32 zeros.
func zeros(shape ...int) safetensors.Named {
	size := 4
	for _, axis := range shape {
		size *= axis
	}
	return safetensors.Named{DType: "F32", Shape: shape, Data: make([]byte, size)}
}

// TestOtherHeads: what transformers ignores without loss stops no model from being opened,
// and is named.
func TestOtherHeads(t *testing.T) {
	dir := copyTiny(t)
	rewrite(t, dir, func(all map[string]safetensors.Named) {
		all["qa_outputs.weight"], all["qa_outputs.bias"] = zeros(2, 16), zeros(2)
		all["cls.seq_relationship.weight"], all["cls.seq_relationship.bias"] = zeros(2, 16), zeros(2)
		all["bert.embeddings.position_ids"] = safetensors.Named{DType: "I64", Shape: []int{1, 1}, Data: make([]byte, 8)}
		all["bert.embeddings.token_type_ids"] = safetensors.Named{DType: "I64", Shape: []int{1, 1}, Data: make([]byte, 8)}
		delete(all, "classifier.weight")
		delete(all, "classifier.bias")
	})
	for _, head := range []Head{NoHead, Classification, MaskedLM} {
		m, err := open(dir, head)
		if err != nil {
			t.Errorf("%s: %v", head, err)
			continue
		}
		for _, name := range []string{"qa_outputs.weight", "cls.seq_relationship.bias", "bert.embeddings.position_ids", "bert.embeddings.token_type_ids"} {
			if !slices.Contains(m.Skipped, name) {
				t.Errorf("%s: skipped %q, expected %s among them", head, m.Skipped, name)
			}
		}
		if fresh := slices.Contains(m.Fresh, "classifier.weight"); fresh != (head == Classification) {
			t.Errorf("%s: made %q anew", head, m.Fresh)
		}
		if v := m.Store.GetVariable("/qa_outputs/weight"); v != nil {
			t.Errorf("%s: qa_outputs is in the store", head)
		}
	}
}

// TestFreshHead: a head that does not fit is refused, with the option that leaves it out;
// with it the classifier is made anew, and the encoder is what it was.
func TestFreshHead(t *testing.T) {
	labels := []string{"neg", "pos"}
	want, err := open(tiny, NoHead)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, dir string)
		skipped string
		says    string
	}{
		"other number of labels": {func(*testing.T, string) {}, "classifier.weight", "classifier.weight: is [3 16], expected [2 16]"},
		"unknown head": {func(t *testing.T, dir string) {
			rewrite(t, dir, func(all map[string]safetensors.Named) {
				delete(all, "classifier.weight")
				delete(all, "classifier.bias")
				all["linear.weight"] = zeros(7, 16)
			})
		}, "linear.weight", "1 unexpected: linear.weight"},
		"deeper classifier": {func(t *testing.T, dir string) {
			rewrite(t, dir, func(all map[string]safetensors.Named) {
				all["classifier.weight"], all["classifier.bias"] = zeros(2, 16), zeros(2)
				all["classifier.dense.weight"] = zeros(16, 16)
			})
		}, "classifier.dense.weight", "1 unexpected: classifier.dense.weight"},
		"of tokens": {func(t *testing.T, dir string) {
			setField(t, dir, "architectures", []string{"BertForTokenClassification"})
			rewrite(t, dir, func(all map[string]safetensors.Named) {
				all["classifier.weight"], all["classifier.bias"] = zeros(2, 16), zeros(2)
			})
		}, "classifier.bias", `"architectures": is "BertForTokenClassification", whose classifier scores tokens`},
		"of several labels a text": {func(t *testing.T, dir string) {
			setField(t, dir, "problem_type", MultiLabel)
		}, "classifier.weight", "classifier.weight: is [3 16]"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTiny(t)
			c.spoil(t, dir)
			_, err := Open(context.Background(), dir, Options{Head: Classification, Labels: labels})
			if err == nil || !contains(err.Error(), c.says, "FreshHead", "fresh_head") {
				t.Errorf("without the option: %v", err)
			}
			m, err := Open(context.Background(), dir, Options{Head: Classification, Labels: labels, FreshHead: true, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(m.Skipped, c.skipped) {
				t.Errorf("skipped %q, expected %s among them", m.Skipped, c.skipped)
			}
			if want := []string{"classifier.weight", "classifier.bias"}; !slices.Equal(m.Fresh, want) {
				t.Errorf("fresh %q, expected %q", m.Fresh, want)
			}
			if m.Config.ProblemType != "" || !slices.Equal(m.Config.Labels, labels) {
				t.Errorf("problem type %q, labels %q", m.Config.ProblemType, m.Config.Labels)
			}
			for v := range want.Store.IterVariables() {
				if got := m.Store.GetVariable(v.Path()); got == nil || !got.MustValue().Equal(v.MustValue()) {
					t.Errorf("%s is not the file's", v.Path())
				}
			}
			saved := t.TempDir() + "/saved"
			if err := m.Save(saved); err != nil {
				t.Fatal(err)
			}
			if got := readField(t, saved, "problem_type"); got != "" && got != "null" {
				t.Errorf("problem_type %s is kept, of a classifier that is not", got)
			}
		})
	}
	dir := copyTiny(t) // an encoder that does not fit is refused with the option as well
	rewrite(t, dir, func(all map[string]safetensors.Named) {
		all["bert.encoder.layer.2.output.dense.bias"] = zeros(16)
	})
	_, err = Open(context.Background(), dir, Options{Head: Classification, Labels: labels, FreshHead: true})
	if bad := (*TensorsError)(nil); !errors.As(err, &bad) || len(bad.Unexpected) != 1 || strings.Contains(err.Error(), "fresh_head") {
		t.Errorf("a layer too many gave %v", err)
	}
}
