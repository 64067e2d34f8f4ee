package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/runlist"
)

// The command prints a table, or JSON.
func TestRunsCommand(t *testing.T) {
	dir := filepath.Join("..", "pkg", "finetune", "testdata", "runs")
	printed, err := command(t, "runs", dir)
	if err != nil || !strings.Contains(printed, "\nfinished  complete ") || !strings.Contains(printed, "\nstopped   stopped at step 3 of 8 ") {
		t.Errorf("%v\n%s", err, printed)
	}
	printed, err = command(t, "runs", "--json", dir)
	if err != nil {
		t.Fatal(err)
	}
	var list runlist.List
	if err := json.Unmarshal([]byte(printed), &list); err != nil || len(list.Groups) != 1 || list.Groups[0].Runs[0].Name != "finished" {
		t.Errorf("%v\n%s", err, printed)
	}
	if _, err := command(t, "runs", "missing"); err == nil || !strings.Contains(err.Error(), "there is no folder missing: go run ./kernel run writes") {
		t.Errorf("a missing folder: %v", err)
	}
	if _, err := command(t, "runs", "a", "b"); err == nil || !strings.Contains(err.Error(), `["a" "b"]`) {
		t.Errorf("two folders: %v", err)
	}
}
