package classify_test

import (
	"math"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// A predictor on several devices has the logits of one on one device, for single texts and for
// pairs, with numbers of texts that the devices do not divide.
func TestPredictorOnDevices(t *testing.T) {
	open := func() *classify.Predictor {
		t.Helper()
		m, err := bert.Open(t.Context(), toytest.Model(t), bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		p, err := classify.NewPredictor(toytest.Backend(t), m, m.Encoder(), 16)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	one := open()
	if err := one.SetDevices(-1); err == nil || !strings.Contains(err.Error(), "devices is -1, expected at least 1") {
		t.Error(err)
	}
	if err := one.SetDevices(99); err == nil || !strings.Contains(err.Error(), "devices is 99, and the engine") {
		t.Error(err)
	}
	if err := one.SetDevices(1); err != nil {
		t.Fatal(err)
	}
	if n := toytest.Backend(t).NumDevices(); n < 4 {
		t.Skipf("the engine has %d devices, and the test needs 4: `go run ./kernel install` installs XLA", n)
	}
	four := open()
	if err := four.SetDevices(4); err != nil {
		t.Fatal(err)
	}
	if err := four.SetDevices(2); err == nil || !strings.Contains(err.Error(), "devices is 2, but the predictor has 4") {
		t.Error(err)
	}
	for _, examples := range [][]data.Example{
		{{Text: "a b k"}},
		{{Text: "a b k"}, {Text: "b"}, {Text: "c d e f g h i j"}, {Text: "k k"}, {Text: "j"}},
		{{Text: "a b", TextPair: "k k"}, {Text: "b", TextPair: "c"}, {Text: "e f"}},
	} {
		want, err := one.Predict(t.Context(), examples, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := four.Predict(t.Context(), examples, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Logits {
			if !(math.Abs(float64(got.Logits[i]-want.Logits[i])) <= 1e-5) {
				t.Errorf("%d examples: logit %d is %v, on one device %v", len(examples), i, got.Logits[i], want.Logits[i])
			}
		}
	}
}
