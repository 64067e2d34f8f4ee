package label

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// read returns the lines of a JSONL file.
func read(t *testing.T, content string) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(content) {
		l := map[string]any{}
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// inShards calls do for each shard of n texts.
func inShards(n, size int, do func(from, to int)) {
	for from := 0; from < n; from += size {
		do(from, min(n, from+size))
	}
}

// The answers are those of package classify for the texts of each shard, to the bit, in the order of
// the texts.
func TestEqualsClassify(t *testing.T) {
	const n, size = 150, 64
	texts := letters(n)
	input := write(t, texts, 4)
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		t.Run(string(task), func(t *testing.T) {
			c := classifier(t, task)
			o := Options{Inputs: []string{input}, Output: filepath.Join(t.TempDir(), "out.jsonl"), ShardTexts: size}
			o.Lines.Probabilities = task == data.SingleLabel || task == data.MultiLabel
			report, content := labelled(t, c, o)
			var want []map[string]any
			long, unknown := 0, 0
			add := func(l map[string]any, isLong bool, marks int) {
				l["row"], l["id"] = float64(len(want)+1), fmt.Sprint("t", len(want))
				if isLong {
					l["long"] = true
					long++
				}
				if marks > 0 {
					l["unknown"] = float64(marks)
				}
				unknown += marks
				want = append(want, l)
			}
			inShards(n, size, func(from, to int) {
				switch task {
				case data.Regression:
					numbers, err := c.Score(t.Context(), texts[from:to])
					if err != nil {
						t.Fatal(err)
					}
					for _, a := range numbers {
						add(map[string]any{"value": a.Value}, a.Long, a.UnknownTokens.Unknown)
					}
				case data.TokenClassification:
					tagged, err := c.TagTexts(t.Context(), texts[from:to])
					if err != nil {
						t.Fatal(err)
					}
					for _, a := range tagged {
						words, tags, entities := []any{}, []any{}, []any{}
						for _, w := range a.Words {
							words, tags = append(words, w.Word), append(tags, w.Tag)
						}
						for _, e := range a.Entities {
							entities = append(entities, map[string]any{"type": e.Type, "text": e.Text, "start": float64(e.StartRune), "end": float64(e.EndRune), "probability": e.Probability})
						}
						add(map[string]any{"words": words, "tags": tags, "entities": entities}, a.Long, a.UnknownTokens.Unknown)
					}
				default:
					answers, err := c.Classify(t.Context(), texts[from:to])
					if err != nil {
						t.Fatal(err)
					}
					for _, a := range answers {
						all := map[string]any{}
						for i, class := range c.Model().Config.Labels {
							all[class] = a.Probabilities[i]
						}
						l := map[string]any{"probabilities": all}
						if task == data.SingleLabel {
							l["label"], l["probability"] = a.Label, a.Probability
						} else {
							labels := []any{}
							for _, class := range a.Labels {
								labels = append(labels, class)
							}
							l["labels"] = labels
						}
						add(l, a.Long, a.UnknownTokens.Unknown)
					}
				}
			})
			if diff := cmp.Diff(want, read(t, content)); diff != "" {
				t.Error(diff)
			}
			if c := report.Counts; c.Texts != n || c.Long != long || c.Tokens.Unknown != unknown || long == 0 || unknown == 0 || long == n {
				t.Errorf("counts %+v, expected %d texts, %d long, %d unknown tokens", c, n, long, unknown)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	texts := letters(100)
	input := write(t, texts, 1)
	c := classifier(t, data.SingleLabel)
	report, content := labelled(t, c, Options{Inputs: []string{input}, Output: filepath.Join(t.TempDir(), "out.jsonl"), ShardTexts: 9})
	counts := map[string]int{}
	for _, l := range read(t, content) {
		counts[l["label"].(string)]++
	}
	if diff := cmp.Diff(counts, report.Counts.Classes); diff != "" || len(counts) < 2 {
		t.Error(diff, counts)
	}
	for _, want := range []string{"100 texts", "[UNK]", "longer than the model reads", "texts/s", "finished"} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
}

// A CSV file has the same answers, also where texts have quotes and line breaks.
func TestCSV(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "in.csv")
	toytest.WriteFile(t, input, "id,text\n1,\"a \"\"b\"\", c\nd\"\n2,k k\n3,\n")
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression} {
		c := classifier(t, task)
		o := Options{Inputs: []string{input}, SkipBad: true, Lines: Lines{Text: true, Probabilities: task != data.Regression}}
		o.Output = filepath.Join(t.TempDir(), "out.jsonl")
		_, content := labelled(t, c, o)
		lines := read(t, content)
		o.Output = filepath.Join(t.TempDir(), "out.csv")
		_, content = labelled(t, c, o)
		rows, err := csv.NewReader(strings.NewReader(content)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 4 || len(lines) != 3 {
			t.Fatalf("%s: %d rows and %d lines, expected 4 and 3", task, len(rows), len(lines))
		}
		for i, l := range lines {
			row := map[string]string{}
			for column, name := range rows[0] {
				row[name] = rows[i+1][column]
			}
			want := map[string]string{"row": fmt.Sprint(l["row"]), "id": fmt.Sprint(l["id"]), "text": "", "text_pair": "", "unknown": "0", "long": "false", "error": ""}
			if marks, ok := l["unknown"]; ok {
				want["unknown"] = fmt.Sprint(marks)
			}
			if text, ok := l["text"]; ok {
				want["text"] = text.(string)
			}
			if err, ok := l["error"]; ok {
				want["error"] = err.(string)
			}
			value := func(v any) string {
				if v == nil {
					return ""
				}
				return fmt.Sprint(v)
			}
			switch task {
			case data.Regression:
				want["value"] = value(l["value"])
			case data.MultiLabel:
				var names []string
				if list, ok := l["labels"].([]any); ok {
					for _, name := range list {
						names = append(names, name.(string))
					}
				}
				want["labels"] = strings.Join(names, "|")
			default:
				want["label"], want["probability"] = value(l["label"]), value(l["probability"])
			}
			if task != data.Regression {
				all, _ := l["probabilities"].(map[string]any)
				for _, class := range c.Model().Config.Labels {
					want["probability of "+class] = value(all[class])
				}
			}
			if diff := cmp.Diff(want, row); diff != "" {
				t.Error(task, diff)
			}
		}
	}
}

// Pairs are read as pairs, single texts beside them as single texts.
func TestPairs(t *testing.T) {
	dir := t.TempDir()
	toytest.WriteFile(t, filepath.Join(dir, "a.csv"), "question1,question2\na b,c\nk,a k\n")
	toytest.WriteFile(t, filepath.Join(dir, "b.csv"), "text\nk a\n")
	c := classifier(t, data.SingleLabel)
	_, content := labelled(t, c, Options{Inputs: []string{filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")}, Output: filepath.Join(dir, "out.jsonl")})
	pairs, err := c.ClassifyExamples(t.Context(), []data.Example{{Text: "a b", TextPair: "c"}, {Text: "k", TextPair: "a k"}})
	if err != nil {
		t.Fatal(err)
	}
	one, err := c.Classify(t.Context(), []string{"k a"})
	if err != nil {
		t.Fatal(err)
	}
	lines := read(t, content)
	for i, a := range slices.Concat(pairs, one) {
		if l := lines[i]; l["label"] != a.Label || l["probability"] != a.Probability {
			t.Errorf("line %d is %v, expected %s with %v", i+1, l, a.Label, a.Probability)
		}
	}
}

// A text of markup alone is bad for a model of texts, which reads it without the markup, and not for a
// model of words, which reads it as it is.
func TestTextsThatAreBlankOnceCleaned(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "in.jsonl")
	toytest.WriteFile(t, input, `{"text":"a"}`+"\n"+`{"text":"<br />&nbsp;"}`+"\n"+`{"text":"k"}`+"\n")
	c := classifier(t, data.SingleLabel)
	o := Options{Inputs: []string{input}, Output: filepath.Join(dir, "out.jsonl")}
	if _, err := Run(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), "in.jsonl, record 2: the text is blank") || !strings.Contains(err.Error(), "--skip-bad") {
		t.Fatalf("%v, expected an error that names the record and the option", err)
	}
	o.SkipBad = true // the same output continues
	report, content := labelled(t, c, o)
	lines := read(t, content)
	if len(lines) != 3 || lines[1]["label"] != nil || !strings.Contains(fmt.Sprint(lines[1]["error"]), "record 2") || lines[2]["label"] == nil || report.Counts.Bad != 1 {
		t.Errorf("%v, %+v", lines, report.Counts)
	}
	tags, _ := labelled(t, classifier(t, data.TokenClassification), Options{Inputs: []string{input}, Output: filepath.Join(dir, "tags.jsonl")})
	if tags.Counts.Texts != 3 || tags.Counts.Bad != 0 {
		t.Errorf("tags: %+v", tags.Counts)
	}
}

// Words that the input gives are tagged as they are.
func TestWords(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "in.jsonl")
	toytest.WriteFile(t, input, `{"tokens":["a","k.","b"]}`+"\n"+`{"tokens":["c"]}`+"\n")
	c := classifier(t, data.TokenClassification)
	_, content := labelled(t, c, Options{Inputs: []string{input}, Output: filepath.Join(dir, "out.jsonl")})
	tagged, err := c.Tag(t.Context(), [][]string{{"a", "k.", "b"}, {"c"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range read(t, content) {
		for j, w := range tagged[i].Words {
			if l["words"].([]any)[j] != w.Word || l["tags"].([]any)[j] != w.Tag {
				t.Errorf("line %d is %v, expected %v", i+1, l, tagged[i])
			}
		}
	}
}

func TestBadTexts(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "in.jsonl")
	toytest.WriteFile(t, input, `{"text":"a"}`+"\n"+`{"text":" "}`+"\n"+`{"text":"k"}`+"\n")
	c := classifier(t, data.SingleLabel)
	o := Options{Inputs: []string{input}, Output: filepath.Join(dir, "out.jsonl")}
	if _, err := Run(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), "in.jsonl:2") || !strings.Contains(err.Error(), "--skip-bad") {
		t.Fatalf("%v, expected an error that names the line and the option", err)
	}
	o.SkipBad = true // the same output continues
	report, content := labelled(t, c, o)
	lines := read(t, content)
	if len(lines) != 3 || lines[1]["label"] != nil || !strings.Contains(fmt.Sprint(lines[1]["error"]), "in.jsonl:2") || lines[2]["label"] == nil || report.Counts.Bad != 1 {
		t.Errorf("%v, %+v", lines, report.Counts)
	}
}

func TestWrongOptions(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "in.jsonl")
	toytest.WriteFile(t, input, `{"text":"a"}`+"\n")
	toytest.WriteFile(t, filepath.Join(dir, "empty.jsonl"), "")
	toytest.WriteFile(t, filepath.Join(dir, "pairs.csv"), "question1,question2\na b,c\n")
	toytest.WriteFile(t, filepath.Join(dir, "there.jsonl"), "mine\n")
	models := map[data.Task]*classify.Classifier{}
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		models[task] = classifier(t, task)
	}
	out := filepath.Join(dir, "out.jsonl")
	for name, test := range map[string]struct {
		task data.Task
		o    Options
		want string
	}{
		"no input":            {data.SingleLabel, Options{Output: out}, "Inputs is empty"},
		"missing input":       {data.SingleLabel, Options{Inputs: []string{filepath.Join(dir, "none.jsonl")}, Output: out}, "no such file"},
		"empty input":         {data.SingleLabel, Options{Inputs: []string{filepath.Join(dir, "empty.jsonl")}, Output: out}, "hold no text"},
		"format":              {data.SingleLabel, Options{Inputs: []string{input}, Output: filepath.Join(dir, "out.parquet")}, ".jsonl or .csv"},
		"no output":           {data.SingleLabel, Options{Inputs: []string{input}}, ".jsonl or .csv"},
		"folder":              {data.SingleLabel, Options{Inputs: []string{input}, Output: filepath.Join(dir, "none", "out.csv")}, "does not exist"},
		"existing output":     {data.SingleLabel, Options{Inputs: []string{input}, Output: filepath.Join(dir, "there.jsonl")}, "exists"},
		"shard":               {data.SingleLabel, Options{Inputs: []string{input}, Output: out, ShardTexts: -1}, "ShardTexts"},
		"column":              {data.SingleLabel, Options{Inputs: []string{input}, Output: out, Opener: data.Opener{Columns: data.Columns{Text: "txt"}}}, `"txt"`},
		"tags as CSV":         {data.TokenClassification, Options{Inputs: []string{input}, Output: filepath.Join(dir, "out.csv")}, ".jsonl"},
		"tags of pairs":       {data.TokenClassification, Options{Inputs: []string{filepath.Join(dir, "pairs.csv")}, Output: out}, "pairs"},
		"probabilities":       {data.Regression, Options{Inputs: []string{input}, Output: out, Lines: Lines{Probabilities: true}}, "no probabilities"},
		"probabilities, tags": {data.TokenClassification, Options{Inputs: []string{input}, Output: out, Lines: Lines{Probabilities: true}}, "no probabilities"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Run(t.Context(), models[test.task], test.o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, expected an error with %q", err, test.want)
			}
			for _, suffix := range []string{"", partialSuffix, reportSuffix, lockSuffix} { // the next case begins anew
				_ = os.Remove(out + suffix)
			}
		})
	}
	if toytest.ReadFile(t, filepath.Join(dir, "there.jsonl")) != "mine\n" {
		t.Error("an existing file was changed")
	}
}

// The pool gets a context that has not ended, and its error is that of Run.
func TestStopped(t *testing.T) {
	input := write(t, letters(40), 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(fmt.Errorf("stopped by a test"))
	c := classifier(t, data.SingleLabel)
	o := Options{Inputs: []string{input}, Output: filepath.Join(t.TempDir(), "out.jsonl")}
	if _, err := Run(ctx, c, o); err == nil {
		t.Fatal("no error of an ended context")
	}
	if report, content := labelled(t, c, o); report.Counts.Texts != 40 || strings.Count(content, "\n") != 40 {
		t.Errorf("%d lines", strings.Count(content, "\n"))
	}
}
