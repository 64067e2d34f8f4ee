package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Variables of the victim, which is this test binary with TestVictim.
const (
	victimRun        = "LORABOOK_VICTIM_RUN"
	victimExperiment = "LORABOOK_VICTIM_EXPERIMENT"
)

// TestVictim is the process that the tests disturb. On its own it does nothing.
func TestVictim(t *testing.T) {
	dir := os.Getenv(victimRun)
	if dir == "" {
		return
	}
	var e finetune.Experiment
	if err := json.Unmarshal([]byte(os.Getenv(victimExperiment)), &e); err != nil {
		t.Fatal(err)
	}
	r, err := finetune.Open(dir, e, finetune.Options{Backend: testenv.GoBackend(t), CheckpointEvery: time.Nanosecond, TensorBoard: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Report(t.Context()); err != nil {
		t.Fatal(errors.Join(err, r.Close()))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// victim returns a process that makes the report of an experiment in the folder dir, and its output.
func victim(t *testing.T, dir string, e finetune.Experiment) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	cmd, out := exec.Command(os.Args[0], "-test.run=^TestVictim$"), new(bytes.Buffer)
	cmd.Env = append(os.Environ(), victimRun+"="+dir, victimExperiment+"="+string(text))
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// variants are the methods and precisions.
func variants(t *testing.T) map[string]finetune.Experiment {
	t.Helper()
	model, source := toytest.Model(t), toytest.Data(t)
	all := make(map[string]finetune.Experiment)
	for name, change := range map[string]func(*finetune.Experiment){
		"LoRA":   func(*finetune.Experiment) {},
		"DoRA":   func(e *finetune.Experiment) { e.Adapter.DoRA = true },
		"rsLoRA": func(e *finetune.Experiment) { e.Adapter.RSLoRA = true },
		"PiSSA":  func(e *finetune.Experiment) { e.Adapter.Init = lora.InitPiSSA },
		"OLoRA":  func(e *finetune.Experiment) { e.Adapter.Init = lora.InitOLoRA },
		"EVA":    func(e *finetune.Experiment) { e.Adapter.Init = lora.InitEVA },
		"SHiRA":  func(e *finetune.Experiment) { e.Adapter = lora.Config{PeftType: lora.SHiRA, R: 4} },
		"head":   func(e *finetune.Experiment) { e.Method, e.Adapter = finetune.HeadOnly, lora.Config{} },
		"full": func(e *finetune.Experiment) {
			e.Method, e.Adapter, e.Training.LearningRate = finetune.Full, lora.Config{}, 2e-3
		},
		"prefix": func(e *finetune.Experiment) {
			e.Adapter.LayersToTransform, e.Training.PrefixCache = []int{1}, precision.Float32
		},
	} {
		for _, p := range []precision.Precision{precision.Float32, precision.BFloat16} {
			e := finetune.Experiment{
				Model: model, Seed: 3,
				Data:     splits.Config{Source: source, Train: 96, Validation: 40, Test: 80, MaxLength: 20},
				Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
				Training: finetune.Training{Epochs: 2, LearningRate: 0.02},
			}
			change(&e)
			label := name
			if p == precision.BFloat16 {
				e.Training.Precision, label = p, name+", bfloat16"
			}
			all[label] = e
		}
	}
	return all
}

// files returns the names of the files in a folder, and the content of those that must be equal to
// the bit: all but those with times, and the metadata of checkpoints.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	timed := []string{runfolder.ExperimentFile, runfolder.LockFile, runfolder.BaselineFile, runfolder.TrainingFile, runfolder.ReportFile, "history.jsonl"}
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case name == runfolder.StampsFile: // written when a run is opened again
			return nil
		case slices.Contains(timed, name), strings.Contains(name, "tfevents"), strings.HasPrefix(name, runfolder.LockFile):
			found[events(name)] = ""
			return nil
		case filepath.Ext(name) == ".safetensors":
			f, err := safetensors.Open(path)
			if err != nil {
				return err
			}
			var content strings.Builder
			for _, tensor := range slices.Sorted(slices.Values(f.Names())) {
				fmt.Fprintf(&content, "%s %x\n", tensor, f.Bytes(tensor))
			}
			found[name] = content.String()
			return f.Close()
		}
		content, err := os.ReadFile(path)
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// events returns the name of a file without the time and the machine in the name of an event file.
func events(name string) string {
	if before, _, ok := strings.Cut(name, "tfevents"); ok {
		return before + "tfevents"
	}
	return name
}

// same compares a run folder with one that nothing disturbed, and its history.
func same(t *testing.T, want, got string) {
	t.Helper()
	a, b := files(t, want), files(t, got)
	for name := range a {
		if other, ok := b[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if a[name] != other {
			t.Errorf("%s differs", name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			t.Errorf("%s is left", name)
		}
	}
	lines := func(dir string) []string {
		folder, err := runfolder.Open(filepath.Dir(dir), filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		history, err := folder.ReadHistory()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, l := range history {
			lines = append(lines, fmt.Sprint(l.Kind, l.Step, l.Loss, l.Accuracy, l.LearningRate))
		}
		return lines
	}
	if a, b := lines(want), lines(got); len(a) == 0 || !slices.Equal(a, b) {
		t.Errorf("the history is\n%q, expected\n%q", b, a)
	}
}
