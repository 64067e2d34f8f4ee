package datareport

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tiny"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// file writes a file with a header and n rows.
func file(t *testing.T, name, header string, n int, row func(i int) string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	lines := []string{header}
	for i := range n {
		lines = append(lines, row(i))
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, o Options) *Report {
	t.Helper()
	r, err := Read(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// number spells a number, so that texts differ in more than digits.
func number(i int) string {
	words := strings.Fields("zero one two three four five six seven eight nine")
	var out []string
	for _, digit := range fmt.Sprint(i) {
		out = append(out, words[digit-'0'])
	}
	return strings.Join(out, " ")
}

// TestNamedLabelColumns: several label columns are classes without a named task.
func TestNamedLabelColumns(t *testing.T) {
	path := file(t, "letters.csv", "text,toxic,insult,other", 40, func(i int) string { return fmt.Sprintf("%s,%d,%d,7", number(i), i%2, i/2%2) })
	r := read(t, Options{Data: splits.Config{Source: path, Columns: data.Columns{Label: "toxic,insult"}}})
	if r.Task != data.MultiLabel || !slices.Equal(r.Set.Labels, []string{"toxic", "insult"}) {
		t.Errorf("%s because %s, classes %q", r.Task, r.Why, r.Set.Labels)
	}
	_, err := Read(t.Context(), Options{Data: splits.Config{Source: path, Columns: data.Columns{Label: "toxic,other"}}})
	if err == nil || !strings.Contains(err.Error(), "0 and 1") {
		t.Errorf("a column of other numbers: %v", err)
	}
}

// TestNumbersWithoutName: ids in a file without names of columns are no numbers to predict.
func TestNumbersWithoutName(t *testing.T) {
	path := file(t, "tweets.tsv", "638061181823922000\tthe soup of the day was warm, and the bread was old\tgood\tyes", 60, func(i int) string {
		return fmt.Sprintf("%d\tthe soup of the day was %s, and the bread was old\t%s\t%s", 638061181823922001+int64(i), number(i), []string{"good", "bad"}[i%2], []string{"yes", "no"}[i/2%2])
	})
	if r := read(t, Options{Data: splits.Config{Source: path}}); r.Task != "" || !strings.Contains(r.Why, "-p label=COLUMN") {
		t.Errorf("%q because %s", r.Task, r.Why)
	}
}

func TestTask(t *testing.T) {
	names := []string{"sport", "music", "travel", "food"}
	for name, test := range map[string]struct {
		header string
		row    func(i int) string
		task   data.Task // "" for no labels
		why    string
	}{
		"names":          {"text,label", func(i int) string { return number(i) + "," + names[i%4] }, data.SingleLabel, "4 different values"},
		"whole numbers":  {"review,stars", func(i int) string { return fmt.Sprintf("%s,%d", number(i), i%5) }, data.SingleLabel, "-p task=regression"},
		"a fraction":     {"text,label", func(i int) string { return fmt.Sprintf("%s,%d.5", number(i), i%5) }, data.Regression, "fraction"},
		"scores":         {"text,score", func(i int) string { return fmt.Sprintf("%s,%d.%d", number(i), i%5, i%7+1) }, data.Regression, "numbers"},
		"whole decimals": {"text,label", func(i int) string { return fmt.Sprintf("%s,%d.0", number(i), i%2) }, data.SingleLabel, "different"},
		"separated": {"text,label", func(i int) string { return number(i) + "," + names[i%4] + "|" + names[(i+i/4)%4] },
			data.MultiLabel, `"|"`},
		"columns of 0 and 1": {"text,toxic,insult", func(i int) string { return fmt.Sprintf("%s,%d,%d", number(i), i%2, i/2%2) },
			data.MultiLabel, `"toxic" and "insult"`},
		"sorted": {"text,label", func(i int) string { return fmt.Sprintf("%s,%d", number(i), i/30) }, data.SingleLabel, "2 different whole numbers. If"},
		"a genre beside scores": {"genre,sentence1,sentence2,score", func(i int) string {
			return fmt.Sprintf("%s,%s,%s,%d.%d", names[i%2], number(i), number(i+1), i%5, i%7+1)
		}, data.Regression, "\"score\""},
		"tags": {"words,tags", func(i int) string { return fmt.Sprintf(`"['%s', 'sings']","['B-%s', 'O']"`, number(i), names[i%4]) },
			data.TokenClassification, "tags"},
		"no labels":       {"text,author", func(i int) string { return number(i) + ",author " + number(2*i) }, "", "-p label=COLUMN"},
		"a name with a |": {"text,label", func(i int) string { return number(i) + "," + []string{"yes|no", "maybe", "perhaps"}[i%3] }, data.SingleLabel, "3 different"},
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, Options{Data: splits.Config{Source: file(t, "letters.csv", test.header, 60, test.row)}})
			if r.Task != test.task || !strings.Contains(r.Why, test.why) {
				t.Errorf("task %q because %q, expected %q because of %q", r.Task, r.Why, test.task, test.why)
			}
			if r.Labelled() != (r.Drawn != nil) || len(r.Examples()) != 60 || len(r.Columns) < 2 {
				t.Errorf("drawn %v, %d examples, columns %v", r.Drawn != nil, len(r.Examples()), r.Columns)
			}
			if again := read(t, Options{Data: r.Options.Data, Task: r.Task}); again.Task != r.Task {
				t.Errorf("with its own task it is %q", again.Task)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	path := file(t, "letters.csv", "text,label", 10, func(i int) string { return number(i) + "," + fmt.Sprint(i%2) })
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"no file":   {Options{Data: splits.Config{Source: "missing.csv"}}, "no such file"},
		"no column": {Options{Data: splits.Config{Source: path, Columns: data.Columns{Label: "lable"}}}, `did you mean "label"?`},
		"no text":   {Options{Data: splits.Config{Source: file(t, "n.csv", "a,label", 5, func(i int) string { return fmt.Sprintf("%d,%d", i, i%2) })}}, "-p text="},
		"one class": {Options{Data: splits.Config{Source: file(t, "n.csv", "text,label", 5, func(i int) string { return number(i) + ",x" })}}, "class"},
		"no task":   {Options{Task: "question_answering", Data: splits.Config{Source: path}}, `"token_classification"`},
		"no tags":   {Options{Task: "token_classification", Data: splits.Config{Source: path}}, "no column has lists"},
		"its task":  {Options{Task: data.Regression, Data: splits.Config{Source: data.Sample}}, "number"},
	} {
		if _, err := Read(t.Context(), test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, expected %q", name, err, test.want)
		}
	}
}

func TestColumnsAndBadRows(t *testing.T) {
	path := file(t, "letters.csv", "body,kind,label", 40, func(i int) string {
		switch {
		case i%10 == 0:
			return "," + fmt.Sprint(i) + ",yes"
		case i%4 == 0:
			return number(i) + ",,no"
		}
		return number(i) + "," + fmt.Sprint(i) + ",yes"
	})
	r := read(t, Options{Data: splits.Config{Source: path}})
	if r.Bad == nil || r.Bad.Count != 4 || r.Bad.Rows != 40 || r.Bad.First[0].Line != 2 {
		t.Fatalf("bad rows %+v", r.Bad)
	}
	want := []data.Column{
		{Name: "body", Type: "strings", Role: "text", Rows: 40, Empty: 4},
		{Name: "kind", Type: "whole numbers", Rows: 40, Empty: 8},
		{Name: "label", Type: "strings", Role: "label", Rows: 40},
	}
	for i, c := range r.Columns {
		if len(c.Values) != c.Rows-c.Empty {
			t.Errorf("column %q has %d values", c.Name, len(c.Values))
		}
		if c.Values = nil; fmt.Sprint(c) != fmt.Sprint(want[i]) {
			t.Errorf("column %+v, expected %+v", c, want[i])
		}
	}
	if s := r.Suggest(&Lengths{Tokens: []int{5}}); !s.SkipBadRows {
		t.Errorf("suggestion %+v", s)
	}
}

func TestClasses(t *testing.T) {
	r := read(t, Options{})
	if c := r.Classes(); len(c) != 2 || c[1] != (Class{"pos", 1, 300, [3]int{180, 20, 100}}) {
		t.Errorf("classes %+v", c)
	}
	names := []string{"a", "b", "c"}
	path := file(t, "m.csv", "text,label", 60, func(i int) string { return number(i) + "," + names[i%3] + "|" + names[(i+i/3)%3] })
	r = read(t, Options{Data: splits.Config{Source: path}})
	total := 0
	for _, c := range r.Classes() {
		total += c.Source
		if c.Drawn[0]+c.Drawn[1]+c.Drawn[2] != c.Source {
			t.Errorf("class %+v is not divided", c)
		}
	}
	if total != 99 { // 21 examples have one class
		t.Errorf("%d classes of all examples, expected 99", total)
	}
	if got := len(r.Samples(8)); got != 8 {
		t.Errorf("%d samples", got)
	}
}

func tokenizer(t *testing.T) *tokenizers.Tokenizer {
	t.Helper()
	dir, err := bert.Resolve(t.Context(), tiny.Name, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

func TestLengths(t *testing.T) {
	path := file(t, "long.csv", "text,label", 100, func(i int) string {
		return strings.Repeat("good ", 20+i*10) + "日本 😀 fine," + fmt.Sprint(i%2)
	})
	r := read(t, Options{Data: splits.Config{Source: path}})
	l, err := r.Lengths(t.Context(), tokenizer(t), 256, 512)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Tokens) != 100 || l.Tokens[0] >= l.Tokens[99] || l.Quantile(1) != l.Tokens[99] || l.Quantile(0.5) != l.Tokens[50] {
		t.Errorf("tokens %v", l.Tokens)
	}
	for i, c := range l.Truncations {
		cut := c.CutTokens > 0
		if c.Truncation != encoding.Truncations[i] || c.MaxLength != 256 || c.Long == 0 || cut == (c.Truncation == encoding.Windows) {
			t.Errorf("truncation %v: %+v", encoding.Truncations[i], c)
		}
	}
	for i := 1; i < len(l.Sizes); i++ {
		if a, b := l.Sizes[i-1], l.Sizes[i]; a.MaxLength >= b.MaxLength || a.CutTokens <= b.CutTokens {
			t.Errorf("sizes %+v and %+v", a, b)
		}
	}
	if l.WithUnknown != 100 || l.Unknown.Unknown != 300 {
		t.Errorf("%d examples with unknown words, %+v", l.WithUnknown, l.Unknown)
	}
	var words []string
	for _, w := range l.Words {
		words = append(words, w.Word)
		if w.Count != 100 || w.Characters != w.Word {
			t.Errorf("word %+v", w)
		}
	}
	if slices.Sort(words); !slices.Equal(words, []string{"日", "本", "😀"}) {
		t.Errorf("words %q", words)
	}
	s := r.Suggest(l)
	if s.MaxLength != 512 || s.Truncation != encoding.HeadTail {
		t.Errorf("suggestion %+v", s)
	}
	if small, err := r.Lengths(t.Context(), tokenizer(t), 64, 128); err != nil || small.Sizes[len(small.Sizes)-1].MaxLength != 128 {
		t.Errorf("%+v, %v", small.Sizes, err)
	}
}

// TestSuggestions shows that data for which the defaults fit need no parameter, and what the others
// need.
func TestSuggestions(t *testing.T) {
	suggest := func(r *Report) Suggestion {
		l, err := r.Lengths(t.Context(), tokenizer(t), 256, 256)
		if err != nil {
			t.Fatal(err)
		}
		return r.Suggest(l)
	}
	if s := suggest(read(t, Options{})); s != (Suggestion{}) {
		t.Errorf("the sample needs %+v", s)
	}
	many := file(t, "many.csv", "text,label", 4000, func(i int) string { return number(i) + "," + fmt.Sprint(i%2) })
	if s := suggest(read(t, Options{Data: splits.Config{Source: many}})); s != (Suggestion{All: 3000}) {
		t.Errorf("4,000 examples need %+v", s)
	}
	copies := file(t, "copies.csv", "text,label,split", 100, func(i int) string {
		return fmt.Sprintf("%s,%d,%s", number(i%50), i%2, []string{"train", "test"}[i/50])
	})
	r := read(t, Options{Data: splits.Config{Source: copies}})
	if s := suggest(r); s != (Suggestion{DropDuplicates: true}) {
		t.Errorf("copies need %+v", s)
	}
	found, err := r.Duplicates(t.Context())
	if err != nil || found.Count("test", "train").Exact != 50 {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestTaggedSource: words with tags are found as their task, from CoNLL files and from lists, and
// counted by words and entities.
func TestTaggedSource(t *testing.T) {
	dir := t.TempDir()
	path, folder, lists := filepath.Join(dir, "a.conll"), filepath.Join(dir, "halves"), filepath.Join(dir, "a.jsonl")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	sentences, rows := "", ""
	for i := range 40 {
		sentences += fmt.Sprintf("Ada B-PER\nByron I-PER\nmet O\nnobody%d O\n\nBonn B-LOC\nand O\nRome%d B-LOC\n\n", i, i)
		rows += fmt.Sprintf(`{"tokens": ["Ada", "Byron", "met", "nobody%d"], "ner_tags": ["B-PER", "I-PER", "O", "O"]}`+"\n"+`{"tokens": ["Bonn", "and", "Rome%d"], "ner_tags": ["B-LOC", "O", "B-LOC"]}`+"\n", i, i)
	}
	for name, text := range map[string]string{path: sentences, lists: rows, filepath.Join(folder, "train.txt"): sentences, filepath.Join(folder, "test.txt"): sentences} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		options Options
		why     string
	}{
		{Options{Data: splits.Config{Source: path}}, "a word and its tag"}, {Options{Data: splits.Config{Source: folder}}, "a word and its tag"},
		{Options{Data: splits.Config{Source: lists}}, `column "tokens" has lists of words, and column "ner_tags"`},
		{Options{Task: data.TokenClassification, Data: splits.Config{Source: path}}, "the parameter task names it"},
	} {
		r, err := Read(t.Context(), c.options)
		if err != nil {
			t.Errorf("%+v: %v", c.options, err)
			continue
		}
		halves := 1
		if c.options.Data.Source == folder {
			halves = 2
		}
		tags := r.Tags()
		if r.Task != data.TokenClassification || !strings.Contains(r.Why, c.why) || tags.Sentences != halves*80 || tags.Words != halves*280 || tags.Outside != halves*120 || tags.Longest != 4 {
			t.Errorf("%+v: task %q because %s, %+v", c.options, r.Task, r.Why, tags)
		}
		if len(tags.Types) != 2 || tags.Types[0].Name != "LOC" || tags.Types[0].Source != halves*80 || tags.Types[1].Source != halves*40 || r.DrawError != nil || tags.Types[0].Drawn[0] == 0 {
			t.Errorf("%+v: types %+v, %v", c.options, tags.Types, r.DrawError)
		}
		if got := fmt.Sprint(r.Answer(r.Set.Train[0])); got != "[B-PER I-PER O O]" && got != "[B-LOC O B-LOC]" {
			t.Errorf("answer %v", got)
		}
		l, err := r.Lengths(t.Context(), tokenizer(t), 256, 512)
		if err != nil || l.WordCount != tags.Words || l.WordPieces < l.WordCount || len(l.Truncations) != 1 {
			t.Errorf("lengths %+v, %v", l, err)
		}
		if short, err := r.Lengths(t.Context(), tokenizer(t), 4, 512); err != nil || short.Truncations[0].Words == 0 {
			t.Errorf("short lengths %+v, %v", short, err)
		} else if s := r.Suggest(short); s.Truncation == encoding.HeadTail {
			t.Errorf("suggestion %+v", s)
		}
	}
	if read(t, Options{}).Tags() != nil {
		t.Error("a set of texts has tags")
	}
}

// TestWordRows: a table with one word and its tag in each row is one of sentences.
func TestWordRows(t *testing.T) {
	row := func(i int) string {
		return fmt.Sprintf("%d,%s,%s", i/2, []string{"Ada", "reads"}[i%2], []string{"B-PER", "O"}[i%2])
	}
	for _, header := range []string{"sentence_id,word,tag", "sentence,word,tag", "document,token,label"} {
		r := read(t, Options{Data: splits.Config{Source: file(t, "own.csv", header, 40, row)}})
		if r.Task != data.TokenClassification || len(r.Set.Train) != 20 || !strings.Contains(r.Why, "each row has one word") {
			t.Errorf("%s: %s because %s", header, r.Task, r.Why)
		}
	}
	again := func(i int) string { return row(i % 8) }
	_, err := Read(t.Context(), Options{Data: splits.Config{Source: file(t, "own.csv", "sentence_id,word,tag", 40, again)}})
	if err == nil || !strings.Contains(err.Error(), "has rows before") {
		t.Error(err)
	}
}
