package show

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// The default folder follows the settings that differ from the notebooks' defaults.
func TestFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	usual := notebook.Settings{Dropout: notebook.DefaultDropout}
	for want, change := range map[string]func(*notebook.Settings){
		"../runs/lorabook-tiny-sample":                  func(*notebook.Settings) {},
		"../runs/lorabook-tiny-sample-r4":               func(s *notebook.Settings) { s.Rank = 4 },
		"../runs/lorabook-tiny-sample-r4-alpha16":       func(s *notebook.Settings) { s.Rank, s.Alpha = 4, 16 },
		"../runs/lorabook-tiny-sample-r0.2":             func(s *notebook.Settings) { s.Rank = 0.2 },
		"../runs/lorabook-tiny-sample-train200-test100": func(s *notebook.Settings) { s.Train, s.Test = 200, 100 },
		"../runs/lorabook-tiny-sample-dropout0":         func(s *notebook.Settings) { s.Dropout = 0 },
		"../runs/lorabook-tiny-sample-full":             func(s *notebook.Settings) { s.Method = "full" },
		"../runs/lorabook-tiny-sample-head-epochs3":     func(s *notebook.Settings) { s.Method, s.Epochs = "head", 3 },
		"../runs/bert-base-cased-aclImdb_v1":            func(s *notebook.Settings) { s.Model, s.Data = "bert-base-cased", "../data/aclImdb_v1.tar.gz" },
		"../runs/m-d":                                   func(s *notebook.Settings) { s.Model, s.Data = "models/m", "d.csv" },
		"../runs/bert-base-cased-imdb-train200":         func(s *notebook.Settings) { s.Model, s.Data, s.Train = "bert-base-cased", "imdb", 200 },
	} {
		s := usual
		change(&s)
		e, err := experiment(s)
		if got := Folder("", e); err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// A name without a slash lies in ../runs, a path is taken as it is.
func TestNamedFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("mine", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("mine", runfolder.ExperimentFile), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	absolute := filepath.Join(t.TempDir(), "run")
	for folder, want := range map[string]string{
		"first": "../runs/first", "../other/first": "../other/first", "./first": "./first", absolute: absolute,
		"mine": "mine", // a run folder that exists
	} {
		if got := Folder(folder, finetune.Experiment{}); got != want {
			t.Errorf("%s: %s, want %s", folder, got, want)
		}
	}
}

// Runs of an earlier version, which put every run into the folder of the model and the data, are
// found again; the error for another experiment there names the parameter.
func TestEarlierFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("notebooks", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir("notebooks")
	s := notebook.Settings{Dropout: notebook.DefaultDropout, Train: 200}
	e, err := experiment(s)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := e.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Create(runs, e.Name(), whole, runfolder.Environment{})
	if err == nil {
		err = folder.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := Folder("", e); got != "../runs/lorabook-tiny-sample" {
		t.Errorf("the run of an earlier version is not found: %s", got)
	}
	e.Adapter.R = 4
	if got := Folder("", e); got != "../runs/lorabook-tiny-sample-r4-alpha16-train200" {
		t.Errorf("another experiment: %s", got)
	}
	if _, err := open(e.Name(), e); err == nil || !strings.Contains(err.Error(), "adapter.r: 8 in the folder, 4 now") || !strings.Contains(err.Error(), "-p run=NAME") {
		t.Errorf("%v", err)
	}
	if _, err := finetune.Open("../runs/"+e.Name(), e, finetune.Options{}); err == nil || !strings.Contains(err.Error(), "the argument dir of finetune.Open") {
		t.Errorf("%v", err)
	}
}
