package runfolder

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plan represents an experiment: the folder accepts any JSON value.
type plan struct {
	Model string   `json:"model"`
	Seed  int64    `json:"seed"`
	Train steps    `json:"train"`
	Parts []string `json:"parts"`
	Extra string   `json:"extra,omitempty"`
}

type steps struct {
	Rate  float64 `json:"learning_rate"`
	Count int     `json:"count"`
}

var thePlan = plan{Model: "tiny", Seed: math.MaxInt64, Train: steps{Rate: 0.001, Count: 100}, Parts: []string{"query", "value"}}

func newRun(t *testing.T) *Folder {
	t.Helper()
	r, err := Create(t.TempDir(), "try", thePlan, CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// root returns the parent of the run folder.
func root(r *Folder) string { return filepath.Dir(r.Dir()) }

func TestSameExperimentOpensTheFolderAgain(t *testing.T) {
	r := newRun(t)
	if err := r.Write(BaselineFile, steps{Count: 7}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Create(root(r), "try", thePlan, Environment{Engine: "another"})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var got plan
	if err := again.Experiment(&got); err != nil || !cmp.Equal(got, thePlan) {
		t.Errorf("experiment is %+v, %v", got, err)
	}
	if got := again.Environment(); got.Engine != "test" || got.Go == "" || got.Cores < 1 || len(got.Modules) == 0 {
		t.Errorf("environment is %+v, expected the environment at the start of the run", got)
	}
	calls := 0
	count := func() (steps, error) { calls++; return steps{Count: 8}, nil }
	if held, err := Once(again, BaselineFile, count); err != nil || held.Count != 7 || calls != 0 {
		t.Errorf("the stored value is %+v, %v, after %d calls", held, err, calls)
	}
	for range 2 {
		if made, err := Once(again, ReportFile, count); err != nil || made.Count != 8 || calls != 1 {
			t.Errorf("the computed value is %+v, %v, after %d calls", made, err, calls)
		}
	}
}

func TestOnceWritesNothingAfterAFailure(t *testing.T) {
	r := newRun(t)
	broken := errors.New("broken")
	if _, err := Once(r, ReportFile, func() (steps, error) { return steps{1, 1}, broken }); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
	if r.Has(ReportFile) {
		t.Error("a report was written")
	}
}

func TestChangedExperimentIsNamedFieldByField(t *testing.T) {
	r := newRun(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	now := thePlan
	now.Seed--
	now.Train.Rate = 0.002
	now.Parts = []string{"query", "key"}
	_, err := Create(root(r), "try", now, Environment{})
	var changed *ChangedError
	if !errors.As(err, &changed) {
		t.Fatalf("error is %v", err)
	}
	want := []Change{
		{"parts[1]", `"value"`, `"key"`},
		{"seed", "9223372036854775807", "9223372036854775806"},
		{"train.learning_rate", "0.001", "0.002"},
	}
	if diff := cmp.Diff(want, changed.Changes); diff != "" {
		t.Error(diff)
	}
	if text := err.Error(); !strings.Contains(text, "train.learning_rate: 0.001 in the folder, 0.002 now") {
		t.Errorf("the error is %s", text)
	}
	// The refused call must neither keep the lock nor change the folder.
	again, err := Create(root(r), "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestNewFieldWithZeroValueChangesNothing(t *testing.T) {
	r := newRun(t)
	type later struct {
		plan
		Dropout float64        `json:"dropout"`
		Sub     map[string]any `json:"sub"`
		List    []int          `json:"list"`
	}
	if err := r.Same(later{plan: thePlan, Sub: map[string]any{"deep": 0}, List: []int{}}); err != nil {
		t.Error(err)
	}
	var changed *ChangedError
	err := r.Same(later{plan: thePlan, Dropout: 0.1})
	if !errors.As(err, &changed) || changed.Changes[0] != (Change{"dropout", "absent", "0.1"}) {
		t.Errorf("error is %v", err)
	}
}

func TestReadersNeedNoLockAndCannotWrite(t *testing.T) {
	r := newRun(t)
	reader, err := Open(root(r), "try")
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{
		"Write":            func() error { return reader.Write(ReportFile, 1) },
		"WritePredictions": func() error { return reader.WritePredictions(ReportPredictionsFile, filePredictions(2, 2)) },
		"OpenHistory":      func() error { _, err := reader.OpenHistory(); return err },
		"Once": func() error {
			_, err := Once(reader, ReportFile, func() (int, error) { t.Error("computed for a reader"); return 0, nil })
			return err
		},
	} {
		if err := write(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if _, err := Open(root(r), "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error for a missing run is %v", err)
	}
}

func TestRunNames(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/abs", ".hidden", "-flag", "dot.", "a b", "a\x00", "größe", "a\n", strings.Repeat("x", 101)} {
		if _, err := Create(t.TempDir(), name, 1, Environment{}); !errors.Is(err, ErrRunName) {
			t.Errorf("name %q: error is %v", name, err)
		}
		if _, err := Open(t.TempDir(), name); !errors.Is(err, ErrRunName) {
			t.Errorf("name %q: error is %v", name, err)
		}
	}
	for _, name := range []string{"a", "2026-11-23_r8.alpha16", strings.Repeat("x", 100)} {
		r, err := Create(t.TempDir(), name, 1, Environment{})
		if err != nil {
			t.Fatalf("name %q: %v", name, err)
		}
		if got := filepath.Base(r.Dir()); got != name {
			t.Errorf("the folder is %q, expected %q", got, name)
		}
		r.Close()
	}
}

// TestCopiedNames: a run folder stays readable under the names that a file manager gives to copies, and as
// the current folder.
func TestCopiedNames(t *testing.T) {
	made := newRun(t)
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"try (1)", "größe", ".hidden"} {
		if err := os.CopyFS(filepath.Join(root(made), name), os.DirFS(made.Dir())); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(root(made), name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := os.Mkdir(filepath.Join(made.Dir(), "below"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"..", "../try", ""} { // a name leads out of no folder
		if _, err := Open(filepath.Join(made.Dir(), "below"), name); !errors.Is(err, ErrRunName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Chdir(made.Dir())
	if r, err := Open("", "."); err != nil || r.Path(ReportFile) != ReportFile {
		t.Errorf("the current folder: %v", err)
	}
}

func TestFileNamesStayInTheFolder(t *testing.T) {
	r := newRun(t)
	for _, name := range []string{"../x.json", "a/b.json", ".json", "report", ExperimentFile} {
		if err := r.Write(name, 1); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	var v any
	if err := r.Read("../try/experiment.json", &v); err == nil {
		t.Error("a file outside was read")
	}
}

func TestFolderWithOtherFilesIsNotChanged(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine", "thesis.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, "mine", 1, Environment{}); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("error is %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Join(dir, "mine")); len(entries) != 1 {
		t.Errorf("the folder contains %v", entries)
	}
}

func TestExperimentOfAnotherVersion(t *testing.T) {
	r := newRun(t)
	var less struct {
		Model string `json:"model"`
	}
	if err := r.Experiment(&less); err == nil || !strings.Contains(err.Error(), "unknown field") {
		t.Errorf("an experiment with unknown fields was read: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.Path(ExperimentFile), []byte(`{"format": 99, "experiment": {}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(root(r), "try"); err == nil || !strings.Contains(err.Error(), "later version") {
		t.Errorf("error is %v", err)
	}
}

func TestExperimentThatIsNoJSON(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(dir, "try", math.NaN(), Environment{}); err == nil {
		t.Error("NaN was accepted")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("remaining files: %v", entries)
	}
}
