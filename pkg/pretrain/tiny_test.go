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

// On our own examples, which are not among its training texts, the embedded model predicts masked
// tokens far more accurately than the baseline that always predicts the most frequent token.
func TestTinyKnowsFilms(t *testing.T) {
	testenv.NeedsTime(t, "it evaluates many reviews")
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
	meter, err := newMaskedMeter(toytest.Backend(t), m, m.Encoder(), ids, Pretraining{Stages: []Stage{{Steps: 1, Rows: 20, Length: 160}}}.WithDefaults(), currentRules)
	if err != nil {
		t.Fatal(err)
	}
	defer meter.close()
	got, err := meter.measure(context.Background(), progress.Nop)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d places: accuracy %.1f %%, loss %.3f; always %q: %.1f %%", got.Places, 100*got.Accuracy, got.Loss, got.MostFrequent, 100*got.MostFrequentAccuracy)
	if got.Accuracy < 3*got.MostFrequentAccuracy {
		t.Errorf("accuracy %.3f, with the most frequent token alone %.3f: expected three times as much", got.Accuracy, got.MostFrequentAccuracy)
	}
}
