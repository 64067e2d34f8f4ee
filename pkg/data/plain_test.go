package data

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainLines are n sentences; format has one %d.
func plainLines(n int, format string) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(format, i))
	}
	return lines
}

// The lines of a text file are texts as they are: a title is no header, the end of a line no label.
func TestOpenTextsOfPlainText(t *testing.T) {
	for name, lines := range map[string][]string{
		"title":               append([]string{"The message"}, plainLines(30, "A sentence that is longer than its title, number %d.")...),
		"one word":            append([]string{"Review"}, plainLines(30, "A sentence that is longer than its title %d")...),
		"years":               plainLines(30, "It was written by somebody in this place, 19%02d"),
		"repeating ends":      append(plainLines(15, "Sentence %d says no, yes"), plainLines(15, "Sentence %d says yes, no")...),
		"semicolons":          plainLines(30, "One part of it; the other part %d"),
		"vertical bars":       plainLines(30, "left %d | right"),
		"tabs":                plainLines(30, "One text in two halves %d\tand the other one, which is long"),
		"a quote at the head": append([]string{`"It is odd" she said`}, plainLines(30, "And then, %d")...),
		"an open quote":       append([]string{`"It is odd`}, plainLines(30, "And then %d")...),
		"number signs":        append([]string{"# A title, with a comma", "# Another, one"}, plainLines(30, "And then, %d")...),
		"the word text":       append([]string{"A text, text"}, plainLines(30, "And then, %d")...),
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "a.txt"), "\ufeff"+strings.Join(lines, "\r\n\r\n"))
			set, err := Opener{}.OpenTexts(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, line := range lines {
				want = append(want, Clean(line))
			}
			if diff := cmp.Diff(want, set.AllTexts()); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(set.Notes, "\n"); !strings.Contains(notes, "a.txt: each line is a text") || strings.Contains(notes, "tabs") != (name == "tabs") || len(set.Warnings) > 0 {
				t.Errorf("notes %q, warnings %q", notes, set.Warnings)
			}
			read := 0
			if _, _, err := (Opener{}).Each(t.Context(), path, func(r Row) error { read++; return r.Bad }); err != nil || read != len(lines) {
				t.Errorf("Each read %d of %d lines: %v", read, len(lines), err)
			}
		})
	}
}

// A .txt file whose first line names columns, or whose options do, is a table as before.
func TestOpenTextsOfTablesInTextFiles(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		opener  Opener
		want    []string
	}{
		"one column":    {"text\nOne, two.\nThree, four.\n", Opener{}, []string{"One, two.", "Three, four."}},
		"quoted column": {"text\n\"One, two.\"\n\"Three, \"\"four\"\".\"\n", Opener{}, []string{"One, two.", `Three, "four".`}},
		"text and more": {"id\ttext\tnote\n1\tOne.\tx\n2\tTwo.\ty\n", Opener{}, []string{"One.", "Two."}},
		"known names":   {"review,sentiment\nOne.,pos\nTwo.,neg\n", Opener{}, []string{"One.", "Two."}},
		"Excel":         {"sep=;\ntext;a\nOne.;pos\nTwo.;neg\n", Opener{}, []string{"One.", "Two."}},
		"delimiter":     {"One is long enough.\t1\nTwo is long enough.\t0\n", Opener{Delimiter: "tab", Header: NoHeader}, []string{"One is long enough.", "Two is long enough."}},
		"header":        {"The message\nOne.\nTwo.\n", Opener{Header: HasHeader, Columns: Columns{Text: "The message"}}, []string{"One.", "Two."}},
		"columns":       {"what,why\nOne.,x\nTwo.,y\n", Opener{Columns: Columns{Text: "what"}}, []string{"One.", "Two."}},
		"quotes":        {"\"One,\n two.\"\n\"Three.\"\n", Opener{Quotes: DoubleQuotes, Header: NoHeader}, []string{"One,\ntwo.", "Three."}},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := c.opener.OpenTexts(t.Context(), writeFile(t, filepath.Join(t.TempDir(), "a.txt"), c.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, set.AllTexts()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Both texts of a pair are texts for a pre-training, and the sentences of tagged words are.
func TestOpenTextsOfPairsAndWords(t *testing.T) {
	for name, c := range map[string]struct{ file, content, note string }{
		"pairs":          {"a.jsonl", `{"premise":"One.","hypothesis":"Two.","label":0}` + "\n" + `{"premise":"Three.","hypothesis":"Four."}` + "\n", "pair"},
		"tagged":         {"a.conll", "One B-X\n. O\n\nTwo O\n\nThree O\n! O\n", "tags are not read"},
		"tagged text":    {"a.txt", "One B-X\n. O\n\nTwo O\n\nThree O\n! O\n", "tags are not read"},
		"lists of words": {"a.jsonl", `{"tokens":["One","."],"ner_tags":["O","O"]}` + "\n" + `{"tokens":["Two"],"ner_tags":["O"]}` + "\n", `the words of "tokens", joined by blanks, are the text`},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), c.file), c.content)
			set, err := Opener{}.OpenTexts(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string][]string{"pairs": {"One.", "Two.", "Three.", "Four."}, "lists of words": {"One .", "Two"}}[name]
			if want == nil {
				want = []string{"One .", "Two", "Three !"}
			}
			if diff := cmp.Diff(want, set.AllTexts()); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(set.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("the notes %q lack %q", notes, c.note)
			}
			for _, e := range append(set.Train, set.Unlabelled...) {
				if e.Words != nil || e.Label != noLabel {
					t.Errorf("%+v", e)
				}
			}
			if texts, _, err := OpenTexts(context.Background(), path); err != nil || len(texts) != len(want) {
				t.Errorf("the function returns %q, %v", texts, err)
			}
		})
	}
}

// A folder of text files needs no classes: one file, several, or one folder of texts.
func TestOpenTextsOfFolders(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
		note  string
	}{
		"one file":      {map[string]string{"book.txt": "One.\nTwo.\n"}, []string{"One.", "Two."}, "1 files, each with one text a line"},
		"several files": {map[string]string{"1.txt": "One.\nTwo.\n", "2.txt": "Three.\n"}, []string{"One.", "Two.", "Three."}, "2 files, each with one text a line; if each file is a single text"},
		"one folder":    {map[string]string{"docs/1.txt": "One.\nTwo.\n", "docs/2.txt": "Three.\n"}, []string{"One.\nTwo.", "Three."}, "2 files, each of them a text"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := Opener{}.OpenTexts(t.Context(), writeAll(t, c.files))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, set.AllTexts()); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(set.Notes, "\n"); !strings.Contains(notes, c.note) || strings.Contains(notes, "class") {
				t.Errorf("the notes are %q, expected %q", notes, c.note)
			}
		})
	}
}
