package testset

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// trainedRun writes the folder of a run on the data set at source, with the first examples of the training
// half for training, the next for validation, and test.
func trainedRun(t *testing.T, source string, set *data.Dataset, test []data.Example) string {
	t.Helper()
	run := filepath.Join(t.TempDir(), "run")
	root, name := filepath.Split(run)
	folder, err := runfolder.Create(root, name, "an experiment", runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	in := inputs.Data(source, func(context.Context) (*data.Outline, error) { return set.Outline(), nil })
	if err := folder.CheckInput(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	examples := &splits.Examples{Train: set.Train[:50], Validation: set.Train[50:60], Test: test}
	if err := folder.Write(runfolder.SplitsFile, splits.Config{}.WithDefaults(1).Record(examples, 1)); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	return run
}

// If the data are those of the model's run, its test examples are evaluated, and examples that it was trained
// on are counted.
func TestTrainedIn(t *testing.T) {
	c, source := classifier(t, data.SingleLabel), toytest.DataOf(t, 90, 60)
	set, err := data.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	drawn := []data.Example{set.Test[7], set.Test[3], set.Train[80]}
	run := trainedRun(t, source, set, drawn)
	other := *set
	other.Train = slices.Clone(set.Train)
	other.Train[0].Text += " z"
	changed := *set
	changed.Test = slices.Clone(set.Test)
	changed.Test[7].Text += " z"
	for _, test := range []struct {
		part Part
		set  *data.Dataset
		n    int
		want *Seen
		says string
	}{
		{"", set, 3, &Seen{}, ""},
		{OfRun, set, 3, &Seen{}, ""},
		{All, set, 150, &Seen{50, 10}, "of the 150 examples 50 are training examples and 10 are validation examples of the model's training"},
		{Test, set, 60, &Seen{}, ""},
		{"", &other, 60, nil, ""},
		{All, &other, 150, nil, ""},
		{OfRun, &other, 0, nil, "is no run on the data set"},
		{OfRun, &changed, 0, nil, "the test examples of the run have changed"},
	} {
		notes := toytest.Notes{Progress: progress.Nop}
		report, err := Run(t.Context(), filepath.Join(t.TempDir(), "out"), c, test.set, Options{Part: test.part, TrainedIn: run, Progress: &notes})
		if test.n == 0 {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("part %q: %v, want an error with %s", test.part, err, test.says)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, report.Seen); diff != "" || report.Length.Examples != test.n {
			t.Errorf("part %q: %d examples, want %d; %s", test.part, report.Length.Examples, test.n, diff)
		}
		all := strings.Join(notes.Notes, "\n")
		if !strings.Contains(all, test.says) || test.says == "" && strings.Contains(all, "training examples") {
			t.Errorf("part %q: the notes are %q, want %q", test.part, notes.Notes, test.says)
		}
		if unknown := strings.Contains(strings.Join(report.Notes, "\n"), "it is not known whether"); unknown != (test.want == nil) {
			t.Errorf("part %q: the notes of the report are %q", test.part, report.Notes)
		}
	}
	if found, err := readTraining(t.TempDir(), set); found != nil || err != nil {
		t.Errorf("an adapter's folder: %v, %v", found, err)
	}
}

// Ids that are numbers of lines name other examples once a line is inserted, although the examples are the same.
func TestTrainedInByLine(t *testing.T) {
	dir := t.TempDir()
	lines := []string{"text,label"}
	for i := range 80 {
		lines = append(lines, []string{"a b ", "k k "}[i%2]+strings.Repeat("c ", i%7)+","+[]string{"bad", "good"}[i%2])
	}
	plain, gaps := filepath.Join(dir, "plain.csv"), filepath.Join(dir, "gaps.csv")
	toytest.WriteFile(t, plain, strings.Join(lines, "\n")+"\n")
	toytest.WriteFile(t, gaps, strings.Join(lines, "\n\n")+"\n")
	var sets []*data.Dataset
	for _, path := range []string{plain, gaps} {
		set, err := data.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	run := trainedRun(t, plain, sets[0], sets[0].Train[70:])
	for i, want := range []bool{true, false} {
		found, err := readTraining(run, sets[i])
		if err != nil || (found != nil) != want {
			t.Errorf("file %d: %v, %v", i, found, err)
		}
	}
}
