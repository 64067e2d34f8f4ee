package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMergeArguments: wrong arguments are answered with the right command line.
func TestMergeArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"only"}, {"a", "b", "c"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			_, err := command(t, append([]string{"merge"}, args...)...)
			if err == nil || !strings.Contains(err.Error(), "go run ./kernel merge runs/imdb") {
				t.Errorf("got %v, expected an error with the command line", err)
			}
		})
	}
	if _, err := command(t, "merge", "--task", "stars", "nowhere", t.TempDir()); err == nil || !strings.Contains(err.Error(), "stars") {
		t.Errorf("an unknown task: %v", err)
	}
	if _, err := command(t, "merge", "nowhere", t.TempDir()); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a missing folder: %v", err)
	}
}

// TestMergeCommand merges a committed adapter; its flags name the model and the classes.
func TestMergeCommand(t *testing.T) {
	adapter := filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished", "adapter")
	model := filepath.Join("..", "pkg", "bert", "testdata", "encoder", "tiny")
	for _, test := range []struct {
		name, flag string
		want       map[string]string
	}{
		{"labels of the adapter", "", map[string]string{"0": "bad", "1": "mixed", "2": "good"}},
		{"labels of the flag", "--labels=one,two,three", map[string]string{"0": "one", "1": "two", "2": "three"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "merged")
			args := []string{"merge", "--model", model, adapter, out}
			if test.flag != "" {
				args = append(args, test.flag)
			}
			printed, err := command(t, args...)
			if err != nil || !strings.Contains(printed, out) {
				t.Fatalf("printed %q: %v", printed, err)
			}
			text, err := os.ReadFile(filepath.Join(out, "config.json"))
			if err != nil {
				t.Fatal(err)
			}
			var config struct{ ID2Label map[string]string }
			if err := json.Unmarshal(text, &config); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(config.ID2Label, test.want) {
				t.Errorf("id2label is %v, expected %v", config.ID2Label, test.want)
			}
			if _, err := os.Stat(filepath.Join(out, "model.safetensors")); err != nil {
				t.Error(err)
			}
			if _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), out) {
				t.Errorf("merged a second time into the same folder: %v", err)
			}
		})
	}
}
