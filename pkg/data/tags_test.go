package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// openTagged writes a file and opens it for TokenClassification.
func openTagged(t *testing.T, name, content string) (*Dataset, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return Opener{Task: TokenClassification}.Open(context.Background(), path)
}

const tagged = "-DOCSTART- -X- O\n\nAda NNP B-PER\nmet VBD O\nBob NNP B-PER\n\nBonn NNP B-LOC\nis VBZ O\n"

// The same sentences in all formats are the same examples.
func TestOpenTags(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(tagged)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"a.conll": tagged, "a.txt": tagged, "a.bio": tagged, "a.tsv": strings.ReplaceAll(tagged[18:], " ", "\t"), "a.conll.gz": packed.String(), "sentences": tagged,
		"a.jsonl": `{"tokens":["Ada","met","Bob"],"ner_tags":["B-PER","O","B-PER"],"pos_tags":[1,2,1]}` + "\n" + `{"tokens":["Bonn","is"],"ner_tags":["B-LOC","O"],"pos_tags":[1,2]}`,
		"b.json":  `[{"words":["Ada","met","Bob"],"tags":["B-PER","O","B-PER"]},{"words":["Bonn","is"],"tags":["B-LOC","O"]}]`,
	} {
		d, err := openTagged(t, name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := fmt.Sprintf("%q", d.Labels)
		for _, e := range d.Train {
			got += fmt.Sprintf(" %q %v %d", e.Words, e.Tags, e.Label)
			if e.Text != strings.Join(e.Words, " ") || e.Labels != nil {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if want := `["B-LOC" "B-PER" "O"] ["Ada" "met" "Bob"] [1 2 1] -1 ["Bonn" "is"] [0 2] -1`; got != want {
			t.Errorf("%s:\n%s, expected\n%s", name, got, want)
		}
		if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, "the scheme is IOB2") || !strings.Contains(notes, "LOC") {
			t.Errorf("%s: the notes are %q", name, d.Notes)
		}
		if !strings.Contains(d.String(), "train 2 sentences (5 words)") {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestOpenTagsSchemes(t *testing.T) {
	for content, want := range map[string]string{
		"a I-PER\nb I-PER\nc B-PER\n\nd O\n":          "IOB1",
		"a S-PER\nb O\n\nc B-LOC\nd E-LOC\n":          "BIOES",
		"a U-PER\nb O\n\nc B-LOC\nd I-LOC\ne L-LOC\n": "BILOU",
	} {
		d, err := openTagged(t, "a.conll", content)
		if err != nil || !strings.Contains(strings.Join(d.Notes, " "), "the scheme is "+want) {
			t.Errorf("%q: %v, %v, expected %s", content, d, err, want)
		}
	}
	d, err := openTagged(t, "a.conll", "a B-PER\nb O\nc I-PER\n")
	if err != nil || !strings.Contains(strings.Join(d.Warnings, " "), "1 entities do not begin") {
		t.Errorf("%+v, %v", d, err)
	}
}

// Integers are indices of the names that the file declares, as data sets of the hub have them.
func TestOpenTagsOfTheHub(t *testing.T) {
	type row struct {
		Tokens []string `parquet:"tokens,list"`
		Tags   []int64  `parquet:"ner_tags,list"`
	}
	path := filepath.Join(t.TempDir(), "train.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	features := `{"info":{"features":{"tokens":{"feature":{"dtype":"string","_type":"Value"},"_type":"List"},"ner_tags":{"feature":{"names":["O","B-PER","I-PER"],"_type":"ClassLabel"},"_type":"List"}}}}`
	w := parquet.NewGenericWriter[row](file, parquet.KeyValueMetadata("huggingface", features))
	if _, err := w.Write([]row{{[]string{"Ada", "Lovelace", "wrote"}, []int64{1, 2, 0}}, {[]string{"Yes"}, []int64{0}}}); err != nil || w.Close() != nil || file.Close() != nil {
		t.Fatal(err)
	}
	d, err := Opener{Task: TokenClassification}.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(d.Labels, d.Train[0].Words, d.Train[0].Tags, d.Train[1].Tags); got != "[O B-PER I-PER] [Ada Lovelace wrote] [1 2 0] [0]" {
		t.Error(got)
	}
}

func TestOpenTagsFaults(t *testing.T) {
	for says, c := range map[string][2]string{
		`a.conll:2: "Lovelace" has 1 column`:                           {"a.conll", "Ada B-PER\nLovelace\n"},
		`b.conll:1: tag "NNP"`:                                         {"b.conll", "Ada NNP\n"},
		"c.jsonl:1: 1 tags for 2 words":                                {"c.jsonl", `{"tokens":["Ada","met"],"tags":["O"]}`},
		"d.jsonl:1: field \"tokens\" is an empty list":                 {"d.jsonl", `{"tokens":[],"tags":[]}`},
		"the file declares no names":                                   {"e.jsonl", `{"tokens":["Ada"],"tags":[1]}`},
		`word 0 is blank`:                                              {"f.jsonl", `{"tokens":[" "],"tags":["O"]}`},
		"Columns.Label":                                                {"g.jsonl", `{"tokens":["Ada"],"parts":["O"]}`},
		"Columns.Text":                                                 {"h.jsonl", `{"text":"Ada","tags":["O"]}`},
		"j.conll:2: the first column numbers the words":                {"j.conll", "# a page\n1\tAda\tB-PER\tO\n2\tmet\tO\tO\n\n1\tBen\tB-PER\tO\n"},
		"k.tsv:1: the first column numbers the words or the sentences": {"k.tsv", "7\tAda\tB-PER\n7\tmet\tO\n8\tBen\tB-PER\n"},
		"prefixes of two schemes":                                      {"i.conll", "Ada S-PER\nBob U-PER\n"},
	} {
		if _, err := openTagged(t, c[0], c[1]); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, expected %q", c[0], err, says)
		}
	}
	_, err := openTagged(t, "a.conll", "Ada B-PER\nLovelace\n")
	if bad := (*LineError)(nil); !errors.As(err, &bad) || bad.Line != 2 || filepath.Base(bad.Path) != "a.conll" {
		t.Errorf("%#v", err)
	}
	path := filepath.Join(t.TempDir(), "a.conll")
	if err := os.WriteFile(path, []byte(tagged), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path); err == nil || !strings.Contains(err.Error(), "data.TokenClassification") {
		t.Errorf("opened for another task: %v", err)
	}
}

// A folder of .txt files with words and tags is divided into halves by the names, not into classes.
func TestOpenTagsFolder(t *testing.T) {
	for name, files := range map[string][]string{
		"halves": {"train.txt", "valid.txt", "test.txt", "README.txt"}, "names": {"eng.train.txt", "eng.valid.txt", "eng.test.txt"},
	} {
		dir := t.TempDir()
		for _, file := range files {
			content := tagged
			if file == "README.txt" {
				content = "Sentences of newspapers.\n"
			}
			writeFile(t, filepath.Join(dir, file), content)
		}
		d, err := Opener{Task: TokenClassification}.Open(context.Background(), dir)
		if err != nil || len(d.Train) != 2 || len(d.Validation) != 2 || len(d.Test) != 2 {
			t.Errorf("%s: %v, %v", name, d, err)
		} else if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, "halves by their names: train "+files[0]) {
			t.Errorf("%s: notes %q", name, d.Notes)
		}
		_, err = Open(context.Background(), dir)
		wantError(t, err, "a word with its tag on each line", "token_classification")
	}
	dir := t.TempDir() // texts are classes as before
	writeFile(t, filepath.Join(dir, "pos.txt"), "a fine film\nwell made\n")
	writeFile(t, filepath.Join(dir, "neg.txt"), "a dull film\nbadly made\n")
	if d, err := Open(context.Background(), dir); err != nil || len(d.Labels) != 2 || len(d.Train) != 4 {
		t.Errorf("%v, %v", d, err)
	}
	writeFile(t, filepath.Join(dir, "pos.txt"), tagged)
	_, err := Opener{Task: TokenClassification}.Open(context.Background(), dir)
	t.Log(err)
	if err == nil {
		t.Error("a text beside words with tags was read")
	}
}

// TestTestHalfWithoutTags: only a test half without any tags is left out; tags that cannot be read are an error.
func TestTestHalfWithoutTags(t *testing.T) {
	for name, c := range map[string]struct {
		test string
		want string // in the error; "" where the half is left out
	}{
		"no tags":             {`{"tokens":["a","b"]}`, ""},
		"an id":               {`{"id":"1","tokens":["a","b"]}`, ""},
		"tags are null":       {`{"tokens":["a","b"],"ner_tags":null}`, ""},
		"words":               {`{"tokens":["a","b"],"ner_tags":"B-PER O"}`, `"ner_tags": "B-PER O"`},
		"a part of a list":    {`{"tokens":["a","b"],"ner_tags":"['B-PER', 'O"}`, `"ner_tags": "['B-PER', 'O"`},
		"a number":            {`{"tokens":["a","b"],"ner_tags":3}`, `"ner_tags": 3`},
		"an object":           {`{"tokens":["a","b"],"ner_tags":{"feature":[0,1]}}`, `"ner_tags"`},
		"another name":        {`{"tokens":["a","b"],"gold":["B-PER","O"]}`, `"gold": `},
		"another name, an id": {`{"id":1,"tokens":["a","b"],"gold":["B-PER","O"]}`, `"gold": `},
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "train.jsonl"), aTagged)
		writeFile(t, filepath.Join(dir, "test.jsonl"), c.test)
		for _, evaluation := range []bool{false, true} {
			d, err := Opener{Task: TokenClassification, Evaluation: evaluation}.Open(t.Context(), dir)
			if c.want != "" {
				wantError(t, err, filepath.Join(dir, "test.jsonl"), "the list of tags", c.want)
				continue
			}
			if err != nil || len(d.Train) != 1 || len(d.Test) != 0 || d.HiddenTest != 1 {
				t.Errorf("%s: %v, %v", name, d, err)
			}
		}
	}
}

// TestParquetTestHalfWithoutTags: the same of a Parquet file whose tags are structures.
func TestParquetTestHalfWithoutTags(t *testing.T) {
	type features struct {
		Feature []int64 `parquet:"feature,list"`
	}
	type row struct {
		Tokens []string `parquet:"tokens,list"`
		Tags   features `parquet:"ner_tags"`
	}
	type hidden struct {
		Tokens []string `parquet:"tokens,list"`
	}
	tokens := []string{"a", "b"}
	for name, write := range map[string]func(path string) error{
		"structures": func(path string) error { return parquet.WriteFile(path, []row{{tokens, features{[]int64{0, 1}}}}) },
		"no tags":    func(path string) error { return parquet.WriteFile(path, []hidden{{tokens}}) },
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "train.jsonl"), aTagged)
		if err := write(filepath.Join(dir, "test.parquet")); err != nil {
			t.Fatal(err)
		}
		d, err := Opener{Task: TokenClassification}.Open(t.Context(), dir)
		if name == "no tags" {
			if err != nil || d.HiddenTest != 1 {
				t.Errorf("%s: %v, %v", name, d, err)
			}
			continue
		}
		wantError(t, err, "test.parquet", "the list of tags", "ner_tags")
	}
}

// TestListsInStrings: a CSV file has lists as pandas or JSON wrote them.
func TestListsInStrings(t *testing.T) {
	const rows = `tokens,ner_tags
"['Ada', ""O'Hara"", 'wrote']","['B-PER', 'I-PER', 'O']"
"[""Ben"", ""slept""]","[""B-PER"", ""O""]"
`
	d, err := openWith(t, Opener{Task: TokenClassification}, "own.csv", rows)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ada", "O'Hara", "wrote"}, d.Train[0].Words); diff != "" || d.Train[0].Text != "Ada O'Hara wrote" || len(d.Train[0].Tags) != 3 {
		t.Error(diff, d.Train[0])
	}
	for content, want := range map[string]string{
		"tokens,ner_tags\n\"['Ada', 'wrote']\",\"['B-PER']\"\n":  "1 tags for 2 words",
		"tokens,ner_tags\n\"['Ada', Ben]\",\"['B-PER', 'O']\"\n": "expected a list of words",
		"tokens,ner_tags\n\"['Ada', 'wrote']\",\"[1, 0]\"\n":     "declares no names",
		"word,tag\nAda,B-PER\n":                                  "each row has one word",
	} {
		_, err := openWith(t, Opener{Task: TokenClassification, Header: HasHeader}, "own.csv", content)
		wantError(t, err, want)
	}
}

// TestTagsWithoutTypes: the tags B, I and O are those of entities of one type.
func TestTagsWithoutTypes(t *testing.T) {
	d, err := openWith(t, Opener{Task: TokenClassification}, "own.tsv", "Warm\tO\nonion\tB\nsoup\tI\n\nBread\tB\n")
	if err != nil || len(d.Train) != 2 || len(d.Labels) != 3 {
		t.Errorf("%v, %v", d, err)
	}
}
