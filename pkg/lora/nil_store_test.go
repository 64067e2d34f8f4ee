package lora

import (
	"errors"
	"testing"
)

// TestNilStore: an adapter on no model is an error, also with settings that read the model first.
func TestNilStore(t *testing.T) {
	modules := []string{"/bert/encoder/layer/0/attention/self/query"}
	for _, c := range []Config{{}, {TaskType: "FEATURE_EXTRACTION"}, {TargetModules: []string{AllLinear}}} {
		a, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Inject(nil, modules, 1); !errors.Is(err, errNoStore) {
			t.Errorf("%+v: Inject: %v", c, err)
		}
		if _, err := c.Layout(nil, modules); !errors.Is(err, errNoStore) {
			t.Errorf("%+v: Layout: %v", c, err)
		}
	}
}
