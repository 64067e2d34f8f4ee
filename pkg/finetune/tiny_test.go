package finetune

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestDefaultExperiment is what a newcomer runs: the embedded model on the embedded
// reviews, nothing set.
func TestDefaultExperiment(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for a minute; run without -short")
	}
	if e, err := engine.Shared(); err == nil && e.Name() == "go" && !strings.Contains(runtime.Version(), "simd") {
		t.Skip("SKIPPED: the pure Go engine would train for a quarter of an hour without vector instructions: export GOEXPERIMENT=simd, or install XLA's plugin (CONTRIBUTING.md)")
	}
	r := openToy(t, filepath.Join(t.TempDir(), "run"), Experiment{}, Options{})
	report, err := r.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report)
	if before, after := report.Before.Accuracy, report.After.Accuracy; after < 0.72 || after-before < 0.2 {
		t.Errorf("accuracy %.3f before and %.3f after on %d reviews, expected at least 0.72 and 0.2 more than before", before, after, report.After.Examples)
	}
}

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
	meter, err := pretrain.NewMaskedMeter(toytest.Backend(t), m, m.Encoder(), ids, pretrain.Pretraining{Stages: []pretrain.Stage{{Steps: 1, Rows: 20, Length: 160}}}.WithDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer meter.Close()
	got, err := meter.Measure(context.Background(), progress.Nop)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d places: %.1f %% right, loss %.3f; always %q: %.1f %%", got.Places, 100*got.Accuracy, got.Loss, got.Commonest, 100*got.CommonestAccuracy)
	if got.Accuracy < 3*got.CommonestAccuracy {
		t.Errorf("%.3f right, the commonest piece alone %.3f: expected three times that", got.Accuracy, got.CommonestAccuracy)
	}
}
