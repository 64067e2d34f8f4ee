package bert_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestRoundWhileReading: matrices that are rounded while they are read equal, to the bit, those
// that are rounded afterwards, and all other tensors are unchanged.
func TestRoundWhileReading(t *testing.T) {
	open := func(round func(string) bool) *bert.Model {
		m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}, Round: round})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	bytesOf := func(v *model.Variable) (copied []byte) {
		value, err := v.Value()
		if err == nil {
			err = value.ConstBytes(func(data []byte) { copied = bytes.Clone(data) })
		}
		if err != nil {
			t.Fatal(err)
		}
		return copied
	}
	exact, after := open(nil), open(nil)
	if err := after.RoundProjections(); err != nil {
		t.Fatal(err)
	}
	chosen := 0
	m := open(func(module string) bool {
		if !strings.HasPrefix(module, "bert/encoder/layer/") {
			t.Errorf("asked for %q, which is no projection of a layer", module)
		}
		if strings.HasSuffix(module, "/query") {
			return false
		}
		chosen++
		return true
	})
	if want := 5 * m.Config.NumHiddenLayers; chosen != want {
		t.Errorf("%d matrices chosen, expected %d", chosen, want)
	}
	rounded := 0
	for v := range m.Store.IterVariables() {
		want := exact.Store.GetVariable(v.Path())
		if v.DType() == dtypes.BFloat16 {
			rounded++
			want = after.Store.GetVariable(v.Path())
		}
		if !v.Shape().Equal(want.Shape()) || !bytes.Equal(bytesOf(v), bytesOf(want)) {
			t.Errorf("%s is %s, expected the values of %s", v.Path(), v.Shape(), want.Shape())
		}
		if v.Trainable {
			t.Errorf("%s is trainable", v.Path())
		}
	}
	if rounded != chosen {
		t.Errorf("%d matrices are bfloat16, expected the %d that were chosen", rounded, chosen)
	}
}
