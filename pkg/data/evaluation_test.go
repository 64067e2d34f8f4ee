package data

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// evaluationSet is a folder of files, or one file, and what Opener.Evaluation reads of it.
type evaluationSet struct {
	opener Opener
	files  map[string]string
	open   string // the file to open; "" for the folder
	labels []string
	sizes  [3]int // of the halves train, validation and test
	notes  string // in a note
}

// answersOf returns the answers of the examples by name, in the order of the halves.
func answersOf(d *Dataset) (answers []string) {
	for _, e := range slices.Concat(d.Train, d.Validation, d.Test) {
		var names []string
		switch d.Task {
		case MultiLabel:
			for _, label := range e.Labels {
				names = append(names, d.Labels[label])
			}
		case TokenClassification:
			for _, tag := range e.Tags {
				names = append(names, d.Labels[tag])
			}
		case Regression:
			names = append(names, fmt.Sprint(e.Value))
		default:
			names = append(names, d.Labels[e.Label])
		}
		answers = append(answers, strings.Join(names, "+"))
	}
	return answers
}

// TestEvaluation: data sets that a training refuses are read for an evaluation, of every format and task.
func TestEvaluation(t *testing.T) {
	const declared = `{"info":{"features":{"label":{"names":["neg","pos"],"_type":"ClassLabel"}}}}`
	pack := func(labels ...int64) string {
		rows := make([]hubRow, len(labels))
		for i, label := range labels {
			rows[i] = hubRow{fmt.Sprint("text ", i), label}
		}
		return string(packParquet(t, declared, rows...))
	}
	var different strings.Builder
	var differentNames []string
	for i := range 30 {
		fmt.Fprintf(&different, "text %d,c%02d\n", i, i)
		differentNames = append(differentNames, fmt.Sprintf("c%02d", i))
	}
	for name, c := range map[string]struct {
		evaluationSet
		answers string
	}{
		"one class, CSV":               {evaluationSet{files: map[string]string{"own.csv": "text,label\na,good\nb,good\n"}, open: "own.csv", labels: []string{"good"}, sizes: [3]int{2}}, "good good"},
		"one class, TSV":               {evaluationSet{files: map[string]string{"own.tsv": "text\tlabel\na\tgood\n"}, open: "own.tsv", labels: []string{"good"}, sizes: [3]int{1}}, "good"},
		"one class, JSON":              {evaluationSet{files: map[string]string{"own.json": `[{"text":"a","label":"good"}]`}, open: "own.json", labels: []string{"good"}, sizes: [3]int{1}}, "good"},
		"one integer":                  {evaluationSet{files: map[string]string{"own.csv": "text,label\na,1\nb,1\n"}, open: "own.csv", labels: []string{"1"}, sizes: [3]int{2}, notes: "they are the names of the classes"}, "1 1"},
		"whole number with a point":    {evaluationSet{files: map[string]string{"own.jsonl": `{"text":"a","label":1.0}`}, open: "own.jsonl", labels: []string{"1"}, sizes: [3]int{1}}, "1"},
		"one boolean":                  {evaluationSet{files: map[string]string{"own.jsonl": `{"text":"a","label":true}`}, open: "own.jsonl", labels: []string{"true"}, sizes: [3]int{1}, notes: `booleans: they are the names of the classes, ["true"]`}, "true"},
		"only -1":                      {evaluationSet{files: map[string]string{"own.csv": "text,label\na,-1\nb,-1\n"}, open: "own.csv", labels: []string{"-1"}, sizes: [3]int{2}}, "-1 -1"},
		"-1 and 0":                     {evaluationSet{files: map[string]string{"own.csv": "text,label\na,0\nb,-1\n"}, open: "own.csv", labels: []string{"-1", "0"}, sizes: [3]int{2}}, "0 -1"},
		"-1 beside 0 and 2":            {evaluationSet{files: map[string]string{"test.csv": "text,label\na,0\nb,-1\nc,2\n"}, labels: []string{"-1", "0", "2"}, sizes: [3]int{0, 0, 3}}, "0 -1 2"},
		"-1 is skipped":                {evaluationSet{opener: Opener{BadRows: SkipBadRows}, files: map[string]string{"own.csv": "text,label\na,0\nb,-1\nc,2\n"}, open: "own.csv", labels: []string{"0", "2"}, sizes: [3]int{2}}, "0 2"},
		"a class of the test half":     {evaluationSet{files: map[string]string{"train.csv": "text,label\na,m\nb,z\n", "test.csv": "text,label\nc,m\nd,a\n"}, labels: []string{"m", "z", "a"}, sizes: [3]int{2, 0, 2}}, "m z m a"},
		"an integer of the test half":  {evaluationSet{files: map[string]string{"train.csv": "text,label\na,5\nb,10\n", "test.csv": "text,label\nc,10\nd,1\n"}, labels: []string{"5", "10", "1"}, sizes: [3]int{2, 0, 2}}, "5 10 10 1"},
		"a class of the split column":  {evaluationSet{files: map[string]string{"own.csv": "text,label,split\na,x,train\nb,y,dev\nc,z,test\n"}, open: "own.csv", labels: []string{"x", "y", "z"}, sizes: [3]int{1, 1, 1}}, "x y z"},
		"only a test split":            {evaluationSet{files: map[string]string{"own.csv": "text,label,split\na,x,test\nb,y,test\n"}, open: "own.csv", labels: []string{"x", "y"}, sizes: [3]int{0, 0, 2}}, "x y"},
		"only test.jsonl":              {evaluationSet{files: map[string]string{"test.jsonl": `{"text":"a","label":"x"}`}, labels: []string{"x"}, sizes: [3]int{0, 0, 1}}, "x"},
		"test.csv by its name":         {evaluationSet{files: map[string]string{"test.csv": "text,label\na,x\n"}, open: "test.csv", labels: []string{"x"}, sizes: [3]int{1}}, "x"},
		"a pattern of test files":      {evaluationSet{files: map[string]string{"test-a.csv": "text,label\na,x\n", "test-b.csv": "text,label\na,y\n"}, open: "test-*.csv", labels: []string{"x", "y"}, sizes: [3]int{0, 0, 2}}, "x y"},
		"only dev.csv":                 {evaluationSet{files: map[string]string{"dev.csv": "text,label\na,x\nb,x\n"}, labels: []string{"x"}, sizes: [3]int{0, 2}}, "x x"},
		"hidden test, validation":      {evaluationSet{files: map[string]string{"dev.csv": "text,label\na,x\n", "test.csv": "text\nb\n"}, labels: []string{"x"}, sizes: [3]int{0, 1}, notes: "the test half is not used"}, "x"},
		"all different":                {evaluationSet{files: map[string]string{"own.csv": "text,label\n" + different.String()}, open: "own.csv", labels: differentNames, sizes: [3]int{30}}, strings.Join(differentNames, " ")},
		"Parquet, names, validation":   {evaluationSet{files: map[string]string{"data/validation-00000-of-00001.parquet": pack(1, 1)}, labels: []string{"neg", "pos"}, sizes: [3]int{0, 2}}, "pos pos"},
		"Parquet, names, one file":     {evaluationSet{files: map[string]string{"own.parquet": pack(1)}, open: "own.parquet", labels: []string{"neg", "pos"}, sizes: [3]int{1}}, "pos"},
		"Parquet, the hub's folders":   {evaluationSet{files: map[string]string{"test/0000.parquet": pack(0)}, labels: []string{"neg", "pos"}, sizes: [3]int{0, 0, 1}}, "neg"},
		"folders of texts, test":       {evaluationSet{files: map[string]string{"test/sport/a.txt": "a", "test/art/b.txt": "b"}, labels: []string{"art", "sport"}, sizes: [3]int{0, 0, 2}}, "art sport"},
		"folders of texts, one class":  {evaluationSet{files: map[string]string{"sport/a.txt": "a", "sport/b.txt": "b", "README.md": "about"}, labels: []string{"sport"}, sizes: [3]int{2}}, "sport sport"},
		"folders of texts, test class": {evaluationSet{files: map[string]string{"train/sport/a.txt": "a", "train/war/a.txt": "a", "test/art/b.txt": "b"}, labels: []string{"sport", "war", "art"}, sizes: [3]int{2, 0, 1}}, "sport war art"},
		"a file of texts":              {evaluationSet{files: map[string]string{"sport.txt": "a\nb\n"}, labels: []string{"sport"}, sizes: [3]int{2}}, "sport sport"},
		"a file of texts, test":        {evaluationSet{files: map[string]string{"test/sport.txt": "a\nb\n"}, labels: []string{"sport"}, sizes: [3]int{0, 0, 2}}, "sport sport"},
		"files of texts, no training":  {evaluationSet{files: map[string]string{"dev/pos.txt": "a\n", "dev/neg.txt": "b\n", "test/pos.txt": "c\n"}, labels: []string{"neg", "pos"}, sizes: [3]int{0, 2, 1}}, "neg pos pos"},
		"several labels, test":         {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"train.csv": "text,label\na,x|z\n", "test.csv": "text,label\nb,y|x\nc,\n"}, labels: []string{"x", "z", "y"}, sizes: [3]int{1, 0, 2}}, "x+z x+y "},
		"several labels, one class":    {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"test.jsonl": `{"text":"a","label":["x"]}`}, labels: []string{"x"}, sizes: [3]int{0, 0, 1}}, "x"},
		"several labels, integers":     {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"test.jsonl": `{"text":"a","label":[10,2]}`}, labels: []string{"2", "10"}, sizes: [3]int{0, 0, 1}}, "2+10"},
		"several labels, one column":   {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"own.csv": "text,art\na,1\nb,0\n"}, open: "own.csv", labels: []string{"art"}, sizes: [3]int{2}, notes: `"art", which contains only 0 and 1, is the class`}, "art "},
		"one column in two halves":     {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"train.csv": "text,art\na,1\nb,0\n", "test.csv": "text,art\nc,1\n"}, labels: []string{"art"}, sizes: [3]int{2, 0, 1}}, "art  art"},
		"one column in a test half":    {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"dev.csv": "text,art\na,1\n", "test.csv": "text,art\nc,1\n"}, labels: []string{"art"}, sizes: [3]int{0, 1, 1}}, "art art"},
		"several labels, columns":      {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"test.csv": "text,art,war\na,1,0\n"}, labels: []string{"art", "war"}, sizes: [3]int{0, 0, 1}}, "art"},
		"numbers, test":                {evaluationSet{opener: Opener{Task: Regression}, files: map[string]string{"test.csv": "text,score\na,1\nb,2.5\n"}, labels: []string{"score"}, sizes: [3]int{0, 0, 2}}, "1 2.5"},
		"numbers, all the same":        {evaluationSet{opener: Opener{Task: Regression}, files: map[string]string{"own.csv": "text,score\na,3\nb,3\n"}, open: "own.csv", labels: []string{"score"}, sizes: [3]int{2}}, "3 3"},
		"tags, test":                   {evaluationSet{opener: Opener{Task: TokenClassification}, files: map[string]string{"test.conll": "Ann B-PER\nran O\n"}, labels: []string{"B-PER", "O"}, sizes: [3]int{0, 0, 1}}, "B-PER+O"},
		"tags, a tag of the test half": {evaluationSet{opener: Opener{Task: TokenClassification}, files: map[string]string{"train.conll": "Ann B-PER\nran O\n", "test.conll": "Rome B-LOC\n"}, labels: []string{"B-LOC", "B-PER", "O"}, sizes: [3]int{1, 0, 1}}, "B-PER+O B-LOC"},
		"tags, text files":             {evaluationSet{opener: Opener{Task: TokenClassification}, files: map[string]string{"test.txt": "Ann B-PER\nran O\n\nI O\n"}, labels: []string{"B-PER", "O"}, sizes: [3]int{0, 0, 2}}, "B-PER+O O"},
		"tags, hidden in test":         {evaluationSet{opener: Opener{Task: TokenClassification}, files: map[string]string{"dev.jsonl": aTagged, "test.jsonl": `{"tokens":["a"]}`}, labels: []string{"B-PER", "O"}, sizes: [3]int{0, 1}, notes: "the test half is not used: its 1 examples have no label"}, "B-PER+O"},
		"tags, only O":                 {evaluationSet{opener: Opener{Task: TokenClassification}, files: map[string]string{"own.jsonl": `{"tokens":["it","ran"],"ner_tags":["O","O"]}`}, open: "own.jsonl", labels: []string{"O"}, sizes: [3]int{1}}, "O+O"},
		"IMDB without tests":           {evaluationSet{files: map[string]string{"train/pos/127_10.txt": "x", "train/neg/127_1.txt": "x"}, labels: []string{"neg", "pos"}, sizes: [3]int{2}}, "neg pos"},
		"IMDB, an empty folder":        {evaluationSet{files: map[string]string{"test/pos/127_10.txt": "x", "test/neg/.keep": ""}, open: "test", labels: []string{"pos"}, sizes: [3]int{1}}, "pos"},
		"IMDB, test half of one class": {evaluationSet{files: map[string]string{"test/pos/127_10.txt": "Great."}, labels: []string{"neg", "pos"}, sizes: [3]int{0, 0, 1}}, "pos"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
			}
			spec := filepath.Join(dir, c.open)
			o := c.opener
			o.Evaluation = true
			d, err := o.Open(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if sizes := [3]int{len(d.Train), len(d.Validation), len(d.Test)}; sizes != c.sizes || !slices.Equal(d.Labels, c.labels) {
				t.Errorf("sizes %v, classes %q, want %v, %q", sizes, d.Labels, c.sizes, c.labels)
			}
			if answers := strings.Join(answersOf(d), " "); answers != c.answers {
				t.Errorf("the answers are %q, want %q", answers, c.answers)
			}
			if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, c.notes) {
				t.Errorf("the notes %q lack %q", notes, c.notes)
			}
			if warnings := strings.Join(d.Warnings, "\n"); strings.Contains(warnings, "training") || strings.Contains(warnings, "no test example") {
				t.Errorf("the warnings are those of a training: %q", warnings)
			}
			outline, err := o.Outline(t.Context(), spec)
			if err != nil || !slices.Equal(outline.Labels, d.Labels) || len(outline.Test) != len(d.Test) {
				t.Errorf("the outline: %v, %+v", err, outline)
			}
			o.HeldBytes = -1
			if outline, err = o.Outline(t.Context(), spec); err != nil || !slices.Equal(outline.Labels, d.Labels) || len(outline.Test) != len(d.Test) {
				t.Errorf("the outline that is not held: %v, %+v", err, outline)
			}
		})
	}
}

// TestEvaluationRefused: what has no label or no meaning is refused with file, value and remedy.
func TestEvaluationRefused(t *testing.T) {
	const rows = "text,label\na,x\nb,y\n"
	for name, c := range map[string]struct {
		evaluationSet
		want []string
	}{
		"hidden by -1":        {evaluationSet{files: map[string]string{"test.csv": "text,label\na,-1\nb,-1\n"}}, []string{"test.csv:2", "2 examples have the label -1", "an evaluation needs labels", "open the file by its name"}},
		"hidden numbers":      {evaluationSet{opener: Opener{Task: Regression}, files: map[string]string{"test.csv": "text,label\na,-1.0\nb,-1.0\n"}}, []string{"test.csv:2", "have the label -1"}},
		"missing labels":      {evaluationSet{files: map[string]string{"test.csv": "text,label\na,\nb,\n"}}, []string{"test.csv:2", "2 examples have no label"}},
		"some missing":        {evaluationSet{files: map[string]string{"test.csv": "text,label\na,x\nb,\n"}}, []string{"test.csv:3", `"label" is missing`, "1 of 2 rows"}},
		"no label column":     {evaluationSet{files: map[string]string{"test.csv": "text,remark\na b c,x y z\n"}}, []string{"test.csv", "Columns.Label", `"remark"`}},
		"wrong label column":  {evaluationSet{opener: Opener{Columns: Columns{Label: "stars"}}, files: map[string]string{"test.csv": rows}}, []string{"test.csv", `"stars"`, "no such column"}},
		"-1 of a declaration": {evaluationSet{files: map[string]string{"own.parquet": string(packParquet(t, hubMetadata, hubRow{"a", -1}))}, open: "own.parquet"}, []string{"own.parquet:1", `label "-1" is out of range`, "0 to 1"}},
		"all rows are bad":    {evaluationSet{opener: Opener{BadRows: SkipBadRows}, files: map[string]string{"own.parquet": string(packParquet(t, hubMetadata, hubRow{"a", -1}))}, open: "own.parquet"}, []string{"no example that can be evaluated", "own.parquet:1", "-1"}},
		"no class":            {evaluationSet{opener: Opener{Task: MultiLabel}, files: map[string]string{"test.jsonl": `{"text":"a","label":[]}`}}, []string{"no example has a label", "Columns.Label"}},
		"mixed":               {evaluationSet{files: map[string]string{"train.csv": rows, "test.csv": "text,label\nc,1\n"}}, []string{"test.csv:2", "only integers or only names"}},
		"no data":             {evaluationSet{files: map[string]string{"about.md": "x"}}, []string{"test.jsonl", "about.md"}},
		"a program":           {evaluationSet{files: map[string]string{"docs/a.txt": "x", "main.go": "package main"}}, []string{`one class, "docs"`, `["main.go"]`, "move the rest away"}},
		"a file of a class":   {evaluationSet{files: map[string]string{"pos.txt": "x", "notes.docx": "x"}}, []string{`one class, "pos"`, `["notes.docx"]`}},
		"only unlabelled":     {evaluationSet{files: map[string]string{"unsupervised.csv": "text\na\n"}}, []string{"only unlabelled"}},
		"-1 beside training":  {evaluationSet{files: map[string]string{"train.csv": "text,label\na,0\nb,2\nc,-1\n", "test.csv": "text,label\nd,2\n"}}, []string{"train.csv:4", `label "-1"`, "--bad-rows skip"}},
		"-1 of one table":     {evaluationSet{files: map[string]string{"own.csv": "text,label\na,0\nb,2\nc,-1\n"}, open: "own.csv"}, []string{"own.csv:4", `label "-1"`, "--bad-rows skip"}},
		"-1 in a test half":   {evaluationSet{files: map[string]string{"train.csv": "text,label\na,0\nb,1\n", "test.csv": "text,label\nd,1\ne,-1\n"}}, []string{"test.csv:3", `label "-1"`, "stands for a hidden label"}},
		"only words":          {evaluationSet{opener: Opener{Task: TokenClassification}, files: map[string]string{"test.jsonl": `{"tokens":["a"]}`}}, []string{"test.jsonl", "every column has another use", `"tokens"`}},
		"only texts":          {evaluationSet{files: map[string]string{"own.csv": "text\na\n"}, open: "own.csv"}, []string{"own.csv", "every column has another use", `"text"`}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
			}
			o := c.opener
			o.Evaluation = true
			_, err := o.Open(t.Context(), filepath.Join(dir, c.open))
			wantError(t, err, c.want...)
		})
	}
}

// TestTrainingStaysStrict: the rules for a training are those before, also for a data set that an evaluation
// accepts.
func TestTrainingStaysStrict(t *testing.T) {
	for name, c := range map[string]struct {
		task  Task
		files map[string]string
		want  string
	}{
		"one class":               {"", map[string]string{"train.csv": "text,label\na,x\n"}, "expected at least two"},
		"no training half":        {"", map[string]string{"test.csv": "text,label\na,x\nb,y\n"}, "train.jsonl"},
		"a split":                 {"", map[string]string{"train.csv": "text,label\na,x\nb,y\n", "test.csv": "text,label\nc,z\n"}, `label "z"`},
		"several labels":          {MultiLabel, map[string]string{"train.csv": "text,label\na,x|y\n", "test.csv": "text,label\nc,z\n"}, `label "z"`},
		"the same numbers":        {Regression, map[string]string{"train.csv": "text,label\na,3\nb,3\n"}, "every label is 3"},
		"a folder of one class":   {"", map[string]string{"sport/a.txt": "a"}, "train.jsonl"},
		"a declared class of two": {"", map[string]string{"train.parquet": string(packParquet(t, hubMetadata, hubRow{"a", 1}))}, `no review of class "neg"`},
	} {
		dir := t.TempDir()
		for file, content := range c.files {
			writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
		}
		o := Opener{Task: c.task}
		if _, err := o.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %s", name, err, c.want)
		}
		o.Evaluation = true
		d, err := o.Open(t.Context(), dir)
		if err != nil {
			t.Errorf("%s, for an evaluation: %v", name, err)
			continue
		}
		if name != "several labels" && name != "the same numbers" && d.Validate() == nil {
			t.Errorf("%s: Validate accepts the data set of an evaluation for a training", name)
		}
	}
}

// TestEvaluationNumbersClasses: the classes of the training half have the indices that they have for a
// training, by which a run's examples are known again.
func TestEvaluationNumbersClasses(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "train.csv"), "text,label\na,m\nb,z\n")
	before, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "test.csv"), "text,label\nc,a\n")
	after, err := Opener{Evaluation: true}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before.Train, after.Train); diff != "" {
		t.Error(diff)
	}
}

// TestEvaluationWarnings: what an evaluation is warned of, and what only matters to a training.
func TestEvaluationWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		evaluationSet
		has, lacks string // in the warnings
	}{
		"names in another case":   {evaluationSet{files: map[string]string{"train.csv": "text,label\na,pos\nb,neg\n", "test.csv": "text,label\nc,Pos\nd,NEG\n"}}, "", "only in case"},
		"halves are words":        {evaluationSet{files: map[string]string{"crash-test.csv": "text,label\na,x\n", "dev-x.csv": "text,label\na,x\n", "product-dev.csv": "text,label\na,x\n"}, open: "*.csv"}, "dev-x.csv (validation), product-dev.csv (validation)", ""},
		"and there is a training": {evaluationSet{files: map[string]string{"a-train.csv": "text,label\na,x\nb,y\n", "a-test.csv": "text,label\na,x\n"}, open: "*.csv"}, "", "words in the names"},
		"halves are names":        {evaluationSet{files: map[string]string{"dev.csv": "text,label\na,x\n", "test.csv": "text,label\na,x\n"}, open: "*.csv"}, "", "words in the names"},
		"IMDB without tests":      {evaluationSet{files: map[string]string{"train/pos/127_10.txt": "x", "Test/pos/127_1.txt": "x"}}, "no test review", ""},
	} {
		dir := t.TempDir()
		for file, content := range c.files {
			writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
		}
		d, err := Opener{Evaluation: true}.Open(t.Context(), filepath.Join(dir, c.open))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		warnings := strings.Join(d.Warnings, "\n")
		if !strings.Contains(warnings, c.has) || c.lacks != "" && strings.Contains(warnings, c.lacks) {
			t.Errorf("%s: the warnings are %q, want %q and not %q", name, warnings, c.has, c.lacks)
		}
	}
}

// TestFileOfAnotherHalf: a file that is named after another half than its folder is an error for a training and
// an evaluation, since test examples would be trained on.
func TestFileOfAnotherHalf(t *testing.T) {
	const rows = "text,label\na,x\nb,y\n"
	for name, c := range map[string]struct {
		files []string
		want  string // the file; "" for no error
	}{
		"test in train":        {[]string{"train/train.csv", "train/test.csv"}, "train/test.csv is named after the test half"},
		"a data set":           {[]string{"eval/train.csv", "eval/test.csv"}, "eval/test.csv is named after the test half and is in a folder of the validation half"},
		"shards":               {[]string{"train/test-00000-of-00001.csv"}, "test-00000-of-00001.csv is named after the test half"},
		"beside a half":        {[]string{"train.csv", "dev/train.csv"}, "dev/train.csv is named after the train half"},
		"another name of it":   {[]string{"train.csv", "dev/validation.csv"}, ""},
		"unlabelled":           {[]string{"train.csv", "unsupervised/test.csv"}, ""},
		"words in both":        {[]string{"train/train-a.csv", "train/b.csv", "test/crash-test.csv"}, ""},
		"folder of a data set": {[]string{"data/train.csv", "data/test.csv"}, ""},
	} {
		dir := t.TempDir()
		for _, file := range c.files {
			writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), rows)
		}
		for _, evaluation := range []bool{false, true} {
			_, err := Opener{Evaluation: evaluation}.Open(t.Context(), dir)
			if c.want == "" {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "open it by its name") {
				t.Errorf("%s: %v, want an error with %q", name, err, c.want)
			}
		}
	}
}

// TestWordOfAnotherHalf: a file whose name has the word of another half in it belongs to the half of its folder,
// with a warning, unless the name is that of a topic by the other files.
func TestWordOfAnotherHalf(t *testing.T) {
	for name, c := range map[string]struct {
		files  []string
		sizes  [3]int
		warned string // "" for no warning
	}{
		"the first word":        {[]string{"train/test-drive.csv", "train/camera.csv"}, [3]int{4}, "train/test-drive.csv: named after the test half, and read as examples of the train half, by their folder"},
		"the last word":         {[]string{"train/a.csv", "test/teacher_training.csv"}, [3]int{2, 0, 2}, "test/teacher_training.csv: named after the train half, and read as examples of the test half"},
		"small letters":         {[]string{"train/val-de-loire.csv"}, [3]int{2}, "named after the validation half"},
		"capitals":              {[]string{"train/A-TEST.csv", "train/a.csv"}, [3]int{4}, "train/A-TEST.csv: named after the test half"},
		"shards":                {[]string{"train/x-test-00000-of-00001.csv"}, [3]int{2}, "named after the test half"},
		"several":               {[]string{"train/a-test.csv", "train/b-test.csv", "train/c-dev.csv"}, [3]int{6}, "train/b-test.csv: named after the test half"},
		"a folder within":       {[]string{"data/train/a-test.csv"}, [3]int{2}, "named after the test half"},
		"a data set of its own": {[]string{"train.csv", "dev/reviews-train.csv", "dev/reviews-test.csv"}, [3]int{2, 4}, "dev/reviews-train.csv: named after the train half"},
		"a topic":               {[]string{"train/software_testing.csv", "test/software_testing.csv"}, [3]int{2, 0, 2}, ""},
		"a topic of validation": {[]string{"train/business-development.csv", "test/business-development.csv"}, [3]int{2, 0, 2}, ""},
		"a topic, first word":   {[]string{"train/dev-tools.csv", "test/dev-tools.csv"}, [3]int{2, 0, 2}, ""},
		"its own half too":      {[]string{"train/train_dev.csv", "dev/dev-test.csv"}, [3]int{2, 2}, ""},
		"unlabelled":            {[]string{"train/a.csv", "unsupervised/a-test.csv"}, [3]int{2}, ""},
		"a word in the middle":  {[]string{"train/a-test-b.csv"}, [3]int{2}, ""},
	} {
		dir := t.TempDir()
		for _, file := range c.files {
			writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), twoClasses)
		}
		for _, evaluation := range []bool{false, true} {
			d, err := Opener{Evaluation: evaluation}.Open(t.Context(), dir)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			warnings := strings.Join(d.Warnings, "\n")
			if sizes := [3]int{len(d.Train), len(d.Validation), len(d.Test)}; sizes != c.sizes || !strings.Contains(warnings, c.warned) || strings.Contains(warnings, "named after") != (c.warned != "") {
				t.Errorf("%s: sizes %v, warnings %q, want %v, %q", name, sizes, warnings, c.sizes, c.warned)
			}
		}
	}
}

// TestHalvesWithoutLabels: file names have no effect where labels are not read, or where a half is not read.
func TestHalvesWithoutLabels(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"train/test.csv", "train/a-dev.csv", "test/train.csv", "unsupervised/test.csv"} {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), twoClasses)
	}
	if texts, warnings, err := OpenTexts(t.Context(), dir); err != nil || len(texts) != 6 || warnings != nil {
		t.Errorf("OpenTexts: %q, %q, %v", texts, warnings, err)
	}
	count := 0
	_, warnings, err := Opener{}.Each(t.Context(), dir, func(Row) error { count++; return nil })
	if err != nil || count != 8 || warnings != nil {
		t.Errorf("Each: %d records, %q, %v", count, warnings, err)
	}
}
