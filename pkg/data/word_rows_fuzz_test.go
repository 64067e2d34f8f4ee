package data

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzWordRows: a table with a word in each row has the sentences of the same words in lists and, where its lines can
// express them, of a CoNLL file.
func FuzzWordRows(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		vocabulary := []string{"Ada", "null", "NA", "None", "nan", "\"", "'", ",", "1,000", "3", "-", "#", "\u00e9", "[", "[]", "{}", "O", "B-PER", "\\", "word", "train"}
		tags := []string{"O", "B-PER", "I-PER", "B-LOC"}
		comma, tab, objects, lists, lines := "Sentence #,Word,Tag\n", "sentence_id\tword\ttag\n", "", "", ""
		quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
		fill := r.IntN(2) == 0
		for s := range 1 + r.IntN(8) {
			var words, its []string
			for w := range 1 + r.IntN(6) {
				word, tag := vocabulary[r.IntN(len(vocabulary))], tags[r.IntN(len(tags))]
				if s == 0 && w == 0 {
					word, tag = "Ada", "B-PER"
				}
				number := fmt.Sprintf("Sentence: %d", s+1)
				if fill && w > 0 {
					number = ""
				}
				comma += number + "," + quote(word) + "," + tag + "\n"
				tab += fmt.Sprintf("%d\t%s\t%s\n", s, word, tag)
				objects += fmt.Sprintf("{\"sentence_id\":%d,\"word\":%q,\"tag\":%q}\n", s, word, tag)
				lines += word + "\t" + tag + "\n"
				words, its = append(words, fmt.Sprintf("%q", word)), append(its, fmt.Sprintf("%q", tag))
			}
			lines += "\n"
			lists += fmt.Sprintf("{\"tokens\":[%s],\"ner_tags\":[%s]}\n", strings.Join(words, ","), strings.Join(its, ","))
		}
		want, err := openTagged(t, "a.jsonl", lists)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, content string
			o             Opener
		}{
			{"a.csv", comma, Opener{}}, {"rows.jsonl", objects, Opener{}}, {"a.conll", lines, Opener{}},
			{"a.tsv", tab, Opener{Quotes: NoQuotes, Delimiter: "tab"}},
		} {
			c.o.Task, c.o.Columns.Text = TokenClassification, ""
			if c.name != "a.conll" { // most words of a small table may be numbers
				c.o.Columns.Text = "word"
				if c.name == "a.csv" {
					c.o.Columns.Text = "Word"
				}
			}
			got, err := openWith(t, c.o, c.name, c.content)
			if err != nil {
				t.Errorf("%s: %v\n%s", c.name, err, c.content)
				continue
			}
			if diff := cmp.Diff(sentencesOf(want, want.Train), sentencesOf(got, got.Train)); diff != "" {
				t.Errorf("%s: %s\n%s", c.name, diff, c.content)
			}
		}
	})
}
