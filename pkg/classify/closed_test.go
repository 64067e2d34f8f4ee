package classify_test

import (
	"errors"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// TestClosedClassifier: the calls of a Classifier after Close give ErrClosed, and a second Close has no
// effect.
func TestClosedClassifier(t *testing.T) {
	ctx, modelDir := t.Context(), toytest.Model(t)
	c, err := classify.Open(ctx, modelDir, every["mood"].save(t, modelDir, t.TempDir()+"/mood", 1), classify.Options{MaxLength: 20})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	c.Close()
	for call, do := range map[string]func() error{
		"Classify": func() error { _, err := c.Classify(ctx, []string{"a b"}); return err },
		"Words":    func() error { _, err := c.Words(ctx, "a b", c.Model().Config.Labels[0]); return err },
		"Predict":  func() error { _, err := c.Predict(ctx, []data.Example{{Text: "a b"}}, nil, ""); return err },
		"PredictTask": func() error {
			_, err := c.PredictTask(ctx, []data.Example{{Text: "a b"}}, nil, "")
			return err
		},
	} {
		if err := do(); !errors.Is(err, classify.ErrClosed) {
			t.Errorf("%s after Close: %v, expected ErrClosed", call, err)
		}
	}
}
