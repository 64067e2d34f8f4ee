package data

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

func openFile(t *testing.T, name, content string) (*Dataset, error) {
	t.Helper()
	return Open(context.Background(), writeFile(t, filepath.Join(t.TempDir(), name), content))
}

func TestTables(t *testing.T) {
	named := &Dataset{
		Name:   "own",
		Labels: []string{"negative", "positive"},
		Train: []Example{
			{ID: "a1", Text: "Dull,\nvery dull.", Label: 0, Rating: 2},
			{ID: "train/3", Text: `The "best" café.`, Label: 1},
		},
		Test: []Example{
			{ID: "test/4", Text: "Fine.", Label: 1, Rating: 7},
			{ID: "17", Text: "Poor.", Label: 0},
		},
	}
	jsonl := `{"text": "Dull,<br />very   dull.", "label": "negative", "id": "a1", "rating": 2, "split": "train"}

{"label": "positive", "text": "The \"best\" caf\u00e9.", "split": "train", "extra": [1, {"x": null}], "rating": null}
{"text": "Fine.", "label": "positive", "rating": 7, "split": "test"}
{"text": "Poor.", "label": "negative", "id": 17, "split": "test"}`
	csv := "id,label,text,more,split,rating\n" +
		"a1,negative,\"Dull,<br />very   dull.\",x,train,2\n" +
		",positive,\"The \"\"best\"\" café.\",y,train,\n" +
		",positive,Fine.,z,test,7\n" +
		"17,negative,Poor.,,test,\n"
	unused := map[string]string{"own.jsonl": "extra", "own.ndjson": "extra", "own.csv": "more"}
	for name, content := range map[string]string{
		"own.jsonl":   jsonl,
		"own.ndjson":  "\ufeff" + strings.ReplaceAll(jsonl, "\n", "\r\n"),
		"own.csv":     csv,
		"own.CSV":     "\ufeff" + strings.ReplaceAll(csv, "\n", "\r\n"),
		"own.parquet": string(ownParquet(t)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := openFile(t, name, content)
			if err != nil {
				t.Error(err)
				return
			}
			unused := `column "` + unused[strings.ToLower(name)] + `" is not used`
			if name == "own.parquet" {
				unused = `columns "a_tags" and "z_score" are not used`
			}
			want := *named
			want.Notes = []string{name + ": " + unused}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		})
	}
}

func TestTableFolderAndIntegers(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "train.csv"), "text,label\n\"two\nlines\",1\nb,0\nc,2\n")
	writeFile(t, filepath.Join(dir, "test.jsonl"), `{"text":"d","label":2}`+"\n"+`{"text":"e","label":1}`+"\n"+`{"text":"f","label":"0"}`)
	writeFile(t, filepath.Join(dir, "notes.txt"), "not a half")
	got, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &Dataset{
		Name:   filepath.Base(dir),
		Labels: []string{"0", "1", "2"},
		// The id is the line where the record begins.
		Train: []Example{{ID: "train/2", Text: "two\nlines", Label: 1}, {ID: "train/4", Text: "b"}, {ID: "train/5", Text: "c", Label: 2}},
		Test:  []Example{{ID: "test/1", Text: "d", Label: 2}, {ID: "test/2", Text: "e", Label: 1}, {ID: "test/3", Text: "f"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTableWithoutSplitIsAllTraining(t *testing.T) {
	got, err := openFile(t, "own.csv", "text,label\na,x\nb,y\n")
	if err != nil || len(got.Train) != 2 || len(got.Test) != 0 {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestJSONLFaults(t *testing.T) {
	const good = `{"text":"a","label":0}` + "\n" + `{"text":"b","label":1}` + "\n"
	for name, fault := range map[string]struct{ line, want string }{
		"not JSON":            {`text,label`, "not a JSON object"},
		"cut":                 {`{"text":"a","lab`, "not a JSON object"},
		"an array":            {`["a", 0]`, "not a JSON object"},
		"two objects":         {`{"text":"a","label":0}{"text":"b","label":1}`, "not a JSON object"},
		"not UTF-8":           {"{\"text\":\"caf\xe9\",\"label\":0}", "not valid UTF-8"},
		"no text":             {`{"review":"a","label":0}`, `"text" is missing`},
		"blank text":          {`{"text":" <br /> ","label":0}`, "text is empty"},
		"text is a number":    {`{"text":7,"label":0}`, `"text" is a number`},
		"no label":            {`{"text":"c"}`, `"label" is missing`},
		"blank label":         {`{"text":"c","label":" "}`, "label is empty"},
		"label null":          {`{"text":"c","label":null}`, `"label" is missing`},
		"label is a fraction": {`{"text":"c","label":0.5}`, `"label" is 0.5`},
		"label is a list":     {`{"text":"c","label":[0]}`, `"label" is [0]`},
		"label is true":       {`{"text":"c","label":true}`, `"label" is true`},
		"label is a name":     {`{"text":"c","label":"pos"}`, "only integers"},
		"rating too high":     {`{"text":"c","label":0,"rating":11}`, "rating 11"},
		"rating is a name":    {`{"text":"c","label":0,"rating":"good"}`, `"rating" is "good"`},
		"another split":       {`{"text":"c","label":0,"split":"holdout"}`, `split "holdout"`},
		"empty split":         {`{"text":"c","label":0,"split":""}`, `"split" is empty`},
		"split for some only": {`{"text":"c","label":0,"split":"train"}`, "every record or to none"},
		"too long":            {`{"text":"` + strings.Repeat("x", longestLine) + `"}`, "one JSON object a line"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := openFile(t, "own.jsonl", good+fault.line+"\n")
			wantError(t, err, "own.jsonl:3: ", fault.want)
			var line *LineError
			if !errors.As(err, &line) || line.Line != 3 || d != nil {
				t.Errorf("%#v with %v", err, d)
			}
		})
	}
}

func TestCSVFaults(t *testing.T) {
	const good = "text,label,rating,split\na,0,,train\n\"b\nb\",1,,train\n"
	for name, fault := range map[string]struct {
		content, want string
		line          int
	}{
		"empty file":         {"", "header line", 0},
		"header only":        {"text,label\n", "no review", 0},
		"no header":          {"a,0\nb,1\n", `"text" and "label"`, 1},
		"a column twice":     {"text,label,text\na,0,b\n", "twice", 1},
		"too few fields":     {good + "c,0\n", "as in the header", 5},
		"an unquoted comma":  {good + "c, d,0,,train\n", "as in the header", 5},
		"an open quote":      {good + "\"c,0,,train\nd\n", "quote", 5},
		"a field too many":   {good + "\"c\" d, e,0,,train\n", "5 fields, expected 4", 5},
		"not UTF-8":          {good + "caf\xe9,0,,train\n", "not valid UTF-8", 5},
		"blank text":         {good + " ,0,,train\n", "text is empty", 5},
		"blank label":        {good + "c, ,,train\n", "label is empty", 5},
		"stars":              {good + "c,0,***,train\n", `"rating"`, 5},
		"blank split":        {good + "c,0,,\n", `"split" is empty`, 5},
		"label in test only": {good + "c,2,,test\n", "out of range: expected 0 to 1", 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, "own.csv", fault.content)
			wantError(t, err, "own.csv", fault.want)
			var line *LineError
			if errors.As(err, &line) != (fault.line > 0) || line != nil && line.Line != fault.line {
				t.Errorf("want line %d: %v", fault.line, err)
			}
		})
	}
}

func TestLabelAndClassFaults(t *testing.T) {
	_, err := openFile(t, "own.csv", "text,label,split\na,x,train\nb,y,train\nc,z,test\n")
	var label *LabelError
	if !errors.As(err, &label) || label.Label != "z" {
		t.Errorf("a name in test only: %v", err)
	}
	d, err := openFile(t, "own.csv", "text,label,split\na,x,train\nb,y,train\nc,x,test\n")
	if err != nil || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], `classes ["y"]`) {
		t.Errorf("a class without test reviews: %v, %v", d, err)
	}
	_, err = openFile(t, "own.csv", "text,label,split\na,x,train\nb,y,test\nc,x,test\n")
	if !errors.As(err, &label) || label.Label != "y" {
		t.Errorf("a class without training reviews: %v", err)
	}
	_, err = openFile(t, "own.csv", "text,label\na,x\nb,x\n")
	wantError(t, err, "at least two")
	_, err = openFile(t, "own.csv", "text,label,split\na,x,test\nb,y,test\n")
	wantError(t, err, "no training review")
}

func TestOpenFaults(t *testing.T) {
	dir := t.TempDir()
	for spec, want := range map[string]string{
		"":                               "expected \"sample\"",
		filepath.Join(dir, "nothing"):    "no such file or folder",
		writeFile(t, dir+"/x.docx", "x"): "not that of a known format",
		dir:                              "neither train.jsonl",
	} {
		_, err := Open(context.Background(), spec)
		wantError(t, err, want)
	}
	two := t.TempDir()
	writeFile(t, filepath.Join(two, "train.csv"), "text,label\na,0\nb,1\n")
	writeFile(t, filepath.Join(two, "train.jsonl"), `{"text":"a","label":0}`)
	_, err := Open(context.Background(), two)
	wantError(t, err, "train.csv", "train.jsonl", "one file for each half")
	other := t.TempDir()
	writeFile(t, filepath.Join(other, "train.csv"), "text,label,split\na,0,train\nb,1,test\n")
	_, err = Open(context.Background(), other)
	wantError(t, err, `train.csv:3`, `split is "test" in the file of the train half`)
}

// fuzzRows runs a reader of untrusted text: every fault must carry a line, and
// what is read must keep Review's promises.
func fuzzRows(t *testing.T, size int, read func(records.Sink) error) {
	b := tableBuilder{opener: Opener{Unlabelled: true}}
	last := 0
	next := func(line int) {
		if line <= last {
			t.Fatalf("line %d comes after line %d", line, last)
		}
		last = line
	}
	sink := b.sink(formats.Table{Path: "fuzz"})
	each, bad := sink.Each, sink.Bad
	sink.Each = func(r records.Record) error { next(r.Line); return each(r) }
	sink.Bad = func(line int, err error) error { next(line); return bad(line, err) }
	var err error
	memorytest.Bounded(t, size, func() { err = withPath("fuzz", read(sink)) })
	var line *LineError
	if errors.As(err, &line) && line.Line < max(last, 1) {
		t.Fatalf("fault at line %d, after line %d was read", line.Line, last)
	}
	d, err := b.dataset(t.Context(), "fuzz")
	if err != nil {
		return
	}
	checkReviews(t, d)
	if d.Validate() == nil {
		for _, n := range must(Counts(d.Train, len(d.Labels))) {
			if n == 0 {
				t.Fatal("an empty class passed")
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"text":"a","label":0}` + "\n" + `{"text":"b","label":1,"id":3,"rating":7,"split":"test"}`)
	f.Add(`{"text":"a","split":"unsupervised"}` + "\n" + `{"text":"b","label":-1,"split":"unsupervised"}`)
	f.Add("\ufeff{\"text\":\"\\ud800\",\"label\":\"x\"}\r\n\r\n{}")
	f.Add("{\"text\":\"a\",\"label\":-9223372036854775808}\n{\"text\":\"b\",\"label\":99999999999999999999}")
	f.Fuzz(func(t *testing.T, content string) {
		fuzzRows(t, len(content), func(to records.Sink) error { return formats.ReadJSONL(strings.NewReader(content), to) })
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("text,label\na,0\n\"b\nc\",1\n")
	f.Add("\ufefflabel,text,split,rating,id\r\nx,\"\"\"q\"\"\",test,10,1\r\n")
	f.Add("text,label\n\"open,0\n")
	f.Add("label,text\n\n")
	f.Fuzz(func(t *testing.T, content string) {
		fuzzRows(t, len(content), func(to records.Sink) error {
			return formats.ReadCSV(strings.NewReader(content), "fuzz", formats.CSV{}, to)
		})
	})
}
