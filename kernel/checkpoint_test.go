package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
)

// The command saves an adapter that opens, says which step it is, and changes no folder twice.
func TestCheckpointCommand(t *testing.T) {
	run := toyRun(t)
	dir := filepath.Join(t.TempDir(), "last")
	printed, err := command(t, "checkpoint", run, dir)
	if err != nil || !strings.Contains(printed, dir+": step ") || !strings.Contains(printed, "validation loss") {
		t.Fatalf("%v\n%s", err, printed)
	}
	c, err := classify.Open(t.Context(), "", dir, classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	for _, c := range []struct {
		says string
		args []string
	}{
		{"expected a new folder", []string{run, dir}},
		{"expected a run folder and a new folder", []string{run}},
		{"none", []string{filepath.Join(t.TempDir(), "none"), dir + "2"}},
	} {
		if _, err := command(t, append([]string{"checkpoint"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, expected an error with %q", c.args, err, c.says)
		}
	}
}
