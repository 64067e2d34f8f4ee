package tiny_test

import (
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestEmbeddedModel: the embedded model opens for every purpose,
// and only a classifier is made up for it.
func TestEmbeddedModel(t *testing.T) {
	for head, fresh := range map[bert.Head][]string{
		bert.NoHead: nil, bert.MaskedLM: nil, bert.Classification: {"classifier.weight", "classifier.bias"},
	} {
		m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: head, Labels: []string{"neg", "pos"}})
		if err != nil {
			t.Fatalf("%v: %v", head, err)
		}
		if !slices.Equal(m.Fresh, fresh) {
			t.Errorf("%v: %q are fresh, expected %q", head, m.Fresh, fresh)
		}
		if ids := m.Tokenizer.Encode("A quiet film, and a very good one!", 0); slices.Contains(ids, m.Tokenizer.UNK()) {
			t.Errorf("it reads plain English as %q", m.Tokenizer.Tokens(ids))
		}
	}
}
