package testset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// renamedEngine is an engine with another name.
type renamedEngine struct{ compute.Backend }

func (renamedEngine) Description() string {
	return `xla:cpu - PJRT "cpu" plugin (x) v9.1 [1 device(s)]`
}

// An evaluation that is continued on another engine says so at once and in its report, however often it
// was stopped and whatever engine ends it.
func TestOtherEngine(t *testing.T) {
	set := dataOf(t, data.SingleLabel)
	model := toytest.Classifier(t, data.SingleLabel)
	first := toytest.OpenClassifier(t, testenv.GoBackend(t), model)
	other := toytest.OpenClassifier(t, renamedEngine{testenv.GoBackend(t)}, model)
	for _, c := range []struct {
		name    string
		engines []*classify.Classifier // each computes a part, the last one the rest
		warns   bool
	}{
		{"one", []*classify.Classifier{first, first, first}, false},
		{"another", []*classify.Classifier{first, other}, true},
		{"there and back", []*classify.Classifier{first, other, first}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "evaluation")
			notes := &toytest.Notes{Progress: progress.Nop}
			var report *Report
			for i, engine := range c.engines {
				ctx, cancel := context.WithCancel(t.Context())
				o := Options{Progress: notes, partExamples: 1}
				if i < len(c.engines)-1 {
					o.Progress = stopAfter{notes, storedExamples(t, dir) + 1, cancel}
				}
				var err error
				report, err = Run(ctx, dir, engine, set, o)
				cancel()
				if last := i == len(c.engines)-1; last && err != nil || !last && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
			const want = `the engine is "xla:cpu v9.1", at first "Go`
			about := func(line string) bool { return strings.Contains(line, want) }
			if n := countFunc(notes.Notes, about); (n > 0) != c.warns {
				t.Errorf("%d notes about the engine in %q", n, notes.Notes)
			}
			if n := countFunc(report.Warnings, about); n > 1 || (n == 1) != c.warns {
				t.Errorf("the warnings of the report are %q", report.Warnings)
			}
			notes.Notes = nil
			again, err := Run(t.Context(), dir, first, set, Options{Progress: notes})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(again.Warnings, report.Warnings) || (countFunc(notes.Notes, about) == 1) != c.warns {
				t.Errorf("the finished evaluation has the warnings %q and notes %q, expected %q", again.Warnings, notes.Notes, report.Warnings)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "evaluation_machines*")); len(left) > 0 {
				t.Errorf("%v are left", left)
			}
		})
	}
}

// storedExamples returns the number of examples whose predictions a folder has; 0 without the folder.
func storedExamples(t *testing.T, dir string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, partFiles))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		n += strings.Count(toytest.ReadFile(t, file), `"id"`)
	}
	return n
}

func countFunc(lines []string, is func(string) bool) (n int) {
	for _, line := range lines {
		if is(line) {
			n++
		}
	}
	return n
}

// Parts of a version that did not store their machines are those of the one that began.
func TestMachinesOfEarlierVersions(t *testing.T) {
	begun := runfolder.CurrentEnvironment("xla:cpu")
	folder, err := runfolder.Create(t.TempDir(), "run", "an experiment", begun)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if list, err := readMachines(folder); err != nil || len(list) != 0 {
		t.Errorf("without parts: %v, %v", list, err)
	}
	toytest.WriteFile(t, folder.Path(partFile(0)), "")
	list, err := readMachines(folder)
	if err != nil || len(list) != 1 || list[0].Engine != "xla:cpu" {
		t.Errorf("with a part: %v, %v", list, err)
	}
	now := begun
	now.CPU, now.Cores = "another", runtime.GOMAXPROCS(0)+3
	warning := machinesWarning(list.With(now))
	for _, want := range []string{"the processor is \"another\"", fmt.Sprintf("the number of cores is %q", fmt.Sprint(now.Cores)), "delete the folder"} {
		if !strings.Contains(warning, want) {
			t.Errorf("no %q in %q", want, warning)
		}
	}
	if got := machinesWarning(list.With(begun)); got != "" {
		t.Errorf("for the same machine: %q", got)
	}
}

// The digest of the model, which the plan of an evaluation has, differs between the precisions of its products: a
// continuation in another one is refused.
func TestDigestHasPrecision(t *testing.T) {
	model := toytest.Classifier(t, data.SingleLabel)
	digests := map[string]precision.Precision{}
	for _, of := range []precision.Precision{precision.Float32, precision.BFloat16} {
		c, err := classify.Open(t.Context(), model, "", classify.Options{Precision: of})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sum, err := c.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests[sum] = of
	}
	if len(digests) != 2 {
		t.Errorf("both precisions have the digest %v", digests)
	}
}
