package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
)

// The command writes the event file of an unfinished run.
func TestTensorBoardCommand(t *testing.T) {
	run := filepath.Join("..", "pkg", "finetune", "testdata", "runs", "stopped")
	out := filepath.Join(t.TempDir(), "events")
	printed, err := command(t, "tensorboard", run, out)
	if err != nil || !strings.Contains(printed, "tensorboard --logdir "+out) {
		t.Fatalf("%v\n%s", err, printed)
	}
	if events := toytest.Events(t, out); len(events) != 15 {
		t.Errorf("events %q", events)
	}
	for _, args := range [][]string{{}, {"a", "b", "c"}, {"missing"}} {
		if _, err := command(t, append([]string{"tensorboard"}, args...)...); err == nil {
			t.Errorf("no error for %q", args)
		}
	}
}
