package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rowsOf returns what Each passes on, a line for each record.
func rowsOf(t *testing.T, o Opener, spec string) (string, []string) {
	t.Helper()
	var out strings.Builder
	notes, _, err := o.Each(context.Background(), spec, func(r Row) error {
		e := r.Example
		if r.Bad != nil {
			line := (*LineError)(nil)
			if !errors.As(r.Bad, &line) {
				t.Errorf("the reason is a %T, expected a *LineError: %v", r.Bad, r.Bad)
				return nil
			}
			fmt.Fprintf(&out, "%d bad in line %d\n", r.Number, line.Line)
			return nil
		}
		fmt.Fprintf(&out, "%d %q %q %q %q\n", r.Number, e.ID, e.Text, e.TextPair, e.Words)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return out.String(), notes
}

func writeAll(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEach(t *testing.T) {
	dir := writeAll(t, map[string]string{
		"part-0.jsonl":  `{"text":"one <br /> two","id":7,"label":"x","split":"strange"}` + "\n" + `{"text":" "}` + "\n" + `{"text":"three"}` + "\n",
		"part-1.jsonl":  `{"text":"four","id":"7","label":[1]}` + "\n",
		"pairs.csv":     "question1,question2,label\na,b,\nc,d,maybe\n",
		"half.csv":      "review\nfine\nweak\n",
		"tags.jsonl":    `{"tokens":["Ada","met"],"ner_tags":["B-PER","O"]}` + "\n" + `{"tokens":[]}` + "\n",
		"words.jsonl":   `{"tokens":["Ada","met"]}` + "\n",
		"a.conll":       tagged,
		"plain.jsonl":   `{"text":"Ada met Bob."}` + "\n",
		"set/train.csv": "text,label\na,1\n", "set/validation.csv": "text,label\nb,\n", "set/test.csv": "text,label\nc,9\n",
		"classes/pos/a.txt": "good", "classes/neg/b.txt": "bad",
		"heldout/test.csv": "text\nd\n", "heldout/dev.jsonl": `{"text":"e","label":"x"}` + "\n",
	})
	for _, test := range []struct {
		spec, want string
		task       Task
	}{
		{"part-*.jsonl", "1 \"7\" \"one\\ntwo\" \"\" []\n2 bad in line 2\n3 \"\" \"three\" \"\" []\n4 \"7\" \"four\" \"\" []\n", ""},
		{"pairs.csv", "1 \"\" \"a\" \"b\" []\n2 \"\" \"c\" \"d\" []\n", ""},
		{"half.csv", "1 \"\" \"fine\" \"\" []\n2 \"\" \"weak\" \"\" []\n", ""},
		{"tags.jsonl", "1 \"\" \"Ada met\" \"\" [\"Ada\" \"met\"]\n2 bad in line 2\n", TokenClassification},
		{"words.jsonl", "1 \"\" \"Ada met\" \"\" [\"Ada\" \"met\"]\n", TokenClassification},
		{"a.conll", "1 \"\" \"Ada met Bob\" \"\" [\"Ada\" \"met\" \"Bob\"]\n2 \"\" \"Bonn is\" \"\" [\"Bonn\" \"is\"]\n", TokenClassification},
		{"plain.jsonl", "1 \"\" \"Ada met Bob.\" \"\" []\n", TokenClassification},
		{"set", "1 \"\" \"a\" \"\" []\n2 \"\" \"b\" \"\" []\n3 \"\" \"c\" \"\" []\n", ""},
		{"heldout", "1 \"\" \"e\" \"\" []\n2 \"\" \"d\" \"\" []\n", ""},
		{"classes", "1 \"neg/b\" \"bad\" \"\" []\n2 \"pos/a\" \"good\" \"\" []\n", ""},
	} {
		if got, _ := rowsOf(t, Opener{Task: test.task}, filepath.Join(dir, test.spec)); got != test.want {
			t.Errorf("%s:\n%s, expected\n%s", test.spec, got, test.want)
		}
	}
	_, notes := rowsOf(t, Opener{}, filepath.Join(dir, "half.csv"))
	if text := strings.Join(notes, "\n"); !strings.Contains(text, `"review" is the text`) {
		t.Errorf("the notes are %q", notes)
	}
}

// The texts are those of Open, for the sources that are no tables too.
func TestEachEqualsOpen(t *testing.T) {
	set, err := Open(context.Background(), Sample)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i, e := range append(set.Train, set.Test...) {
		fmt.Fprintf(&want, "%d %q %q %q %q\n", i+1, e.ID, e.Text, "", []string(nil))
	}
	if got, _ := rowsOf(t, Opener{Columns: Columns{Text: "text"}, Task: TokenClassification}, Sample); got != want.String() {
		t.Error("the texts of the sample differ from those of Open")
	}
}

func TestEachErrors(t *testing.T) {
	dir := writeAll(t, map[string]string{"a.jsonl": `{"text":"x"}` + "\n" + `{"text":"y"}` + "\n", "b.jsonl": `{"other":1}` + "\n", "c.conll": tagged})
	none := func(Row) error { return nil }
	stop := errors.New("enough")
	count := 0
	if _, _, err := (Opener{}).Each(context.Background(), filepath.Join(dir, "a.jsonl"), func(Row) error { count++; return stop }); err != stop || count != 1 {
		t.Errorf("error %v after %d records, expected the caller's after one", err, count)
	}
	for _, test := range []struct{ spec, want string }{
		{"none.jsonl", "no such file"},
		{"b.jsonl", "text"},
		{"c.conll", "a word with its tag"},
	} {
		if _, _, err := (Opener{}).Each(context.Background(), filepath.Join(dir, test.spec), none); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, expected an error with %q", test.spec, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, _, err := (Opener{}).Each(ctx, filepath.Join(dir, "a.jsonl"), func(Row) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, expected that of the context", err)
	}
	if _, _, err := (Opener{Columns: Columns{Text: "txt"}}).Each(context.Background(), filepath.Join(dir, "a.jsonl"), none); err == nil || !strings.Contains(err.Error(), `"txt"`) {
		t.Errorf("error %v, expected one about the column", err)
	}
}
