package finetune

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/engine"
)

// The experiment with all defaults uses the embedded model and the embedded examples.
func TestDefaultExperiment(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for a minute; run without -short")
	}
	if e, err := engine.Shared(); err == nil && strings.HasPrefix(e.Config, "go:") && !strings.Contains(runtime.Version(), "simd") {
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
