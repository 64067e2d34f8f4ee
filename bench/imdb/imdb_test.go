package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestRecipes: every recipe is a valid experiment, and no two have the same name.
func TestRecipes(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recipes {
		e := r.experiment
		e.Model = "bert-base-cased"
		if _, err := e.WithDefaults(); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if seen[r.name] {
			t.Errorf("%s: the name is not unique", r.name)
		}
		seen[r.name] = true
	}
}

// TestCommand runs a recipe with lorabook-tiny and toy texts: the run is certified, and the same command
// shows its result again.
func TestCommand(t *testing.T) {
	testenv.NeedsTime(t, "it trains")
	runs, data := t.TempDir(), toytest.DataOf(t, validation+100, 40)
	said := make([]string, 2)
	for i := range said {
		var out, notes bytes.Buffer
		cmd := command()
		cmd.SetArgs([]string{"--runs", runs, "--model", "lorabook-tiny", "--data", data, "lora-256"})
		cmd.SetOut(&out)
		cmd.SetErr(&notes)
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, notes.String())
		}
		said[i] = out.String()
	}
	if said[0] != said[1] || !strings.Contains(said[0], "sha256:") {
		t.Errorf("the first output is\n%s\nthe second\n%s", said[0], said[1])
	}
	if _, err := os.Stat(filepath.Join(runs, "lora-256-seed-1", runfolder.CertificateFile)); err != nil {
		t.Error(err)
	}
}

// TestWrongRecipe: a misspelt name is an error with the names.
func TestWrongRecipe(t *testing.T) {
	for _, args := range [][]string{nil, {"lora"}} {
		cmd := command()
		cmd.SetArgs(append([]string{"--runs", t.TempDir()}, args...))
		cmd.SetOut(&bytes.Buffer{})
		cmd.SetErr(&bytes.Buffer{})
		if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), "share-mask") {
			t.Errorf("%q: %v, expected an error with the recipes", args, err)
		}
	}
}
