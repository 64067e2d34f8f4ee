package erroranalysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// The mistakes of a run are those of its predictions, the surest first; the table has no texts, is
// never replaced, and counts the kinds that a reader filled in.
func TestMistakesOfARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	options := finetune.Options{Backend: testenv.GoBackend(t)}
	r, err := finetune.Open(dir, finetune.Experiment{
		Model: toytest.Model(t), Data: splits.Config{Source: toytest.Data(t), Train: 48, Validation: 20, Test: 80, MaxLength: 8},
		Adapter: lora.Config{R: 4, Alpha: 8}, Training: finetune.Training{Epochs: 1},
	}, options)
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = finetune.OpenFinished(dir, finetune.Places{}, options); err != nil {
		t.Fatal(err)
	}
	list, err := Surest(t.Context(), r, 1000)
	if wrong := report.Comparison.Broken + report.Comparison.BothWrong; err != nil || len(list) != wrong || wrong < 5 {
		t.Fatalf("%d mistakes, expected %d: %v", len(list), wrong, err)
	}
	p, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	chosen, probabilities, err := p.Answers()
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]int{}
	for i, id := range p.IDs {
		row[id] = i
	}
	cut := 0
	for i, m := range list {
		at := row[m.ID]
		if m.Answer != p.Classes[chosen[at]] || m.Label != p.Classes[p.Labels[at]] || m.Answer == m.Label || m.Probability != probabilities[at][chosen[at]] || i > 0 && m.Probability > list[i-1].Probability {
			t.Errorf("%+v", m)
		}
		if words := len(strings.Fields(m.Example.Text)); m.Tokens != words+2 || m.Cut != (words+2 > 8) { // a token for each letter
			t.Errorf("%+v has %d words", m, words)
		}
		if m.Cut {
			cut++
		}
	}
	if cut == 0 || cut == len(list) {
		t.Errorf("%d of %d are cut", cut, len(list))
	}
	if few, err := Surest(t.Context(), r, 3); err != nil || len(few) != 3 || few[2].ID != list[2].ID {
		t.Errorf("%+v, %v", few, err)
	}
	path := filepath.Join(t.TempDir(), "mistakes.csv")
	if err := Write(path, list); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), list[0].Example.Text) || !strings.HasPrefix(string(text), "id,label,answer,probability,tokens,cut,duplicate,kind,note\n"+list[0].ID+",") {
		t.Errorf("%v\n%s", err, text)
	}
	if err := Write(path, list); err == nil || !strings.Contains(err.Error(), "expected a new file") {
		t.Error(err)
	}
	if _, err := Summarize(path); err == nil || !strings.Contains(err.Error(), "no row with a kind") {
		t.Error(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, kind := range []string{"wrong label", "Irony", " wrong label ", "cut"} {
		lines[i+1] = strings.TrimSuffix(lines[i+1], ",,") + "," + kind + ",read twice"
	}
	if err := os.WriteFile(path, []byte("\ufeff"+strings.Join(lines, "\r\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Summarize(path)
	if err != nil || s.Rows != len(list) || s.Filled != 4 || s.Counts[WrongLabel] != 2 || s.WrongLabels != 0.5 || s.Interval.Low < 0.14 || s.Interval.Low > 0.16 || !strings.Contains(s.String(), "50.0 % of these") {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Surest(t.Context(), r, 0); err == nil {
		t.Error("no error for 0 mistakes")
	}
}

// What is wrong in a filled table is an error with its line.
func TestBadTables(t *testing.T) {
	for text, says := range map[string]string{
		"":                              "expected the columns id",
		"name;kind\n":                   "line 1: found the columns",
		"id,kind\na,irony\nb,sarcasm\n": `line 3: kind is "sarcasm", expected one of`,
		"id,kind\na,irony\na,cut\n":     `line 3: the id "a" is in line 2 already`,
		"id,kind\na,irony,x\n":          "line 2: found 3 fields, expected 2",
		"id,kind\n\"a,irony\n":          "line 2",
		"id,kind\n":                     "no row with a kind",
	} {
		path := filepath.Join(t.TempDir(), "t.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Summarize(path); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: the error does not say %q: %v", text, says, err)
		}
	}
}
