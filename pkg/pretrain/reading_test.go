package pretrain

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Each setting of the reading has the effect of the option of data.Opener, and without it the error names
// the fields.
func TestReadingSettings(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		set           func(*Pretraining)
		want          []string
		fails         bool // without the setting
	}{
		"bad_rows": {"a.jsonl", `{"text":"a b"}` + "\n" + `{"text":" "}` + "\n" + `{"text":"c"}` + "\n",
			func(p *Pretraining) { p.BadRows = data.SkipBadRows }, []string{"a b", "c"}, true},
		"encoding": {"a.csv", "text\na caf\xe9\nb\n", func(p *Pretraining) { p.Encoding = "latin1" }, []string{"a café", "b"}, true},
		"columns": {"a.csv", "what,why\na b c,1\nd e f,2\n", func(p *Pretraining) { p.Columns.Text = "what" },
			[]string{"a b c", "d e f"}, true},
		"columns.text_pair": {"a.csv", "text,text_pair\na,b\nc,d\n", func(p *Pretraining) { p.Columns.TextPair = data.NoColumn }, []string{"a", "c"}, false},
		"columns.split":     {"a.csv", "text,part\na,train\nc,test\n", func(p *Pretraining) { p.Columns.Split = "part" }, []string{"a"}, false},
		"delimiter":         {"a.csv", "text:x\na:1\nb:2\n", func(p *Pretraining) { p.Delimiter = ":" }, []string{"a", "b"}, true},
		"header":            {"a.csv", "The message\nA sentence that is longer than that title.\nA sentence that is longer than the other.\n", func(p *Pretraining) { p.Header = data.NoHeader }, []string{"The message", "A sentence that is longer than that title.", "A sentence that is longer than the other."}, true},
		"quotes":            {"a.csv", "text\n\"a\" b\n\"c\"\n", func(p *Pretraining) { p.Quotes = data.NoQuotes }, []string{`"a" b`, `"c"`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			toytest.WriteFile(t, path, c.content)
			p := Pretraining{Texts: []string{path}}.WithDefaults()
			var without corpus
			texts, err := p.read(t.Context(), 0, &without)
			switch {
			case c.fails && (err == nil || !strings.Contains(err.Error(), "fields of its own: columns, bad_rows, delimiter")) && name != "header":
				t.Errorf("without the setting: %q, %v", texts, err)
			case err == nil && slices.Equal(texts, c.want):
				t.Error("the setting has no effect")
			}
			c.set(&p)
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			var with corpus
			if texts, err = p.read(t.Context(), 0, &with); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, texts); diff != "" {
				t.Error(diff)
			}
		})
	}
	for field, columns := range map[string]data.Columns{"columns.label": {Label: "y"}, "columns.id": {ID: "i"}} {
		toytest.WantField(t, Pretraining{Columns: columns}.WithDefaults().Validate(), field)
	}
	if p := (Pretraining{BadRows: data.FailBadRows}).WithDefaults(); p.BadRows != "" {
		t.Errorf("the default of bad_rows is written as %q", p.BadRows)
	}
}

// What the readers found is shown and kept in the result, and both texts of pairs are trained on. Another
// setting of the reading is another pre-training.
func TestReadersNotes(t *testing.T) {
	engine := testenv.GoBackend(t)
	dir := t.TempDir()
	pairs, plain := "", "a title\n"
	for i := range 10 {
		pairs += fmt.Sprintf(`{"premise":"a b %c","hypothesis":"c d %[1]c"}`+"\n", 'a'+i)
		plain += fmt.Sprintf("b c, d e %c\n", 'a'+i)
	}
	toytest.WriteFile(t, filepath.Join(dir, "pairs.jsonl"), pairs+`{"premise":"","hypothesis":"x"}`)
	toytest.WriteFile(t, filepath.Join(dir, "plain.txt"), plain)
	p := Pretraining{
		Model: toytest.MaskedModel(t), Texts: []string{filepath.Join(dir, "pairs.jsonl"), filepath.Join(dir, "plain.txt")}, HeldOut: 4,
		Stages: []Stage{{Steps: 2, Rows: 4, Length: 10}}, BadRows: data.SkipBadRows,
	}
	shown := &toytest.Notes{Progress: progress.Nop}
	run := filepath.Join(t.TempDir(), "run")
	result, err := Run(t.Context(), run, p, Options{Backend: engine, Progress: shown})
	if err != nil {
		t.Fatal(err)
	}
	if result.Texts != 2*10+11-4 {
		t.Errorf("%d training texts", result.Texts)
	}
	again, err := Run(t.Context(), run, p, Options{Backend: engine})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`"premise" and "hypothesis" are a pair`, "the second texts of 10 pairs are texts of their own", "plain.txt: each line is a text"} {
		for where, notes := range map[string][]string{"progress": shown.Notes, "result": result.DataNotes, "result of the folder": again.DataNotes, "text": {result.String()}} {
			if !strings.Contains(strings.Join(notes, "\n"), want) {
				t.Errorf("%s lacks note %d, %q: %q", where, i, want, notes)
			}
		}
	}
	if w := strings.Join(again.Warnings(), "\n"); !strings.Contains(w, "1 of 11 rows cannot be used and were skipped") {
		t.Errorf("the warnings are %q", w)
	}
	p.BadRows, p.Encoding = "", "latin1"
	_, err = Run(t.Context(), run, p, Options{Backend: engine})
	if changed := (*runfolder.ChangedError)(nil); !errors.As(err, &changed) || len(changed.Changes) != 2 || changed.Changes[0].Path != "bad_rows" || changed.Changes[1].Path != "encoding" {
		t.Errorf("with other settings: %v", err)
	}
}
