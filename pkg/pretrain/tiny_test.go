package pretrain

import (
	"context"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestTinyKnowsFilms: on reviews of our own, which it cannot have read, the embedded
// model finds hidden pieces far more often than the commonest piece would be right.
func TestTinyKnowsFilms(t *testing.T) {
	testenv.NeedsTime(t, "it answers many reviews")
	m, err := bert.Open(context.Background(), tiny.Name, bert.Options{Head: bert.MaskedLM})
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Open(context.Background(), data.Sample)
	if err != nil {
		t.Fatal(err)
	}
	ids := m.Tokenizer.EncodeAll(data.Texts(set.Test), 0)
	for i := range ids {
		ids[i] = ids[i][1 : len(ids[i])-1]
	}
	meter, err := newMaskedMeter(toytest.Backend(t), m, m.Encoder(), ids, Pretraining{Stages: []Stage{{Steps: 1, Rows: 20, Length: 160}}}.WithDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer meter.close()
	got, err := meter.measure(context.Background(), progress.Nop)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d places: %.1f %% right, loss %.3f; always %q: %.1f %%", got.Places, 100*got.Accuracy, got.Loss, got.Commonest, 100*got.CommonestAccuracy)
	if got.Accuracy < 3*got.CommonestAccuracy {
		t.Errorf("%.3f right, the commonest piece alone %.3f: expected three times that", got.Accuracy, got.CommonestAccuracy)
	}
}
