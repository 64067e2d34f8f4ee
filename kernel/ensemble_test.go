package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/ensemble"
)

// TestEnsembleCommand evaluates two published evaluations of one adapter, as text and as JSON.
func TestEnsembleCommand(t *testing.T) {
	const results = "../bench/imdb/results"
	args := []string{"ensemble", filepath.Join(results, "lora-256-once-seed-1"), filepath.Join(results, "lora-256-once-seed-1-at-384")}
	text, err := command(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"of 2 models", "93.51 % of 25,000", "lora-256-once-seed-1-at-384: accuracy 0.9347", "difference +0.0004, 95 % interval -0.0008 to +0.0015, p = 0.53"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	printed, err := command(t, append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var e ensemble.Ensemble
	if err := json.Unmarshal([]byte(printed), &e); err != nil || len(e.Models) != 2 || e.Metrics == nil || e.Metrics.Examples != 25_000 {
		t.Errorf("%v: %+v", err, e)
	}
	for want, args := range map[string][]string{
		"expected at least two folders": {"ensemble", results},
		"contains no run":               {"ensemble", args[1], t.TempDir()},
		"are the same folder":           {"ensemble", args[1], args[1] + "/"},
	} {
		if printed, err := command(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, expected an error with %q; printed %s", err, want, printed)
		}
	}
}
